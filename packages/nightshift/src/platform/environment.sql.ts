import { statement } from '../database/index.ts';

// What the database is called, and whether it is the one that was approved; nulls until one was.
export const readEnvironmentState = statement(
  'environment_state',
  `select e.name, e.approved_oid is null as is_new, e.approved_oid = d.oid as same_database,
    e.approved_system_identifier = c.system_identifier as same_server
  from pg_database d cross join pg_control_system() c
  left join nightshift.environment e on true
  where d.datname = current_database()`,
);

// For the first instance only: whoever loses against another one that starts finds the row named and changes nothing.
export const nameEnvironment = statement(
  'environment_name',
  `update nightshift.environment e set name = $1, approved_oid = d.oid,
    approved_system_identifier = c.system_identifier
  from pg_database d cross join pg_control_system() c
  where d.datname = current_database() and e.name is null
    and (e.approved_oid is null
      or (e.approved_oid = d.oid and e.approved_system_identifier = c.system_identifier))`,
);

// $1 null: the name stays as it is.
export const approveEnvironment = statement(
  'environment_approve',
  `update nightshift.environment e set name = coalesce($1, e.name), approved_oid = d.oid,
    approved_system_identifier = c.system_identifier
  from pg_database d cross join pg_control_system() c
  where d.datname = current_database()`,
);

export const recordHold = statement(
  'environment_record_hold',
  'update nightshift.server_instance set environment = $2, held = $3 where epoch = $1',
);

// What would begin, or should have begun, by itself.
export const countWaitingWork = statement(
  'environment_waiting_work',
  `select
    (select count(*)::int from nightshift.scheduled_task
      where ready and claim is null and due <= coalesce($1::timestamptz, clock_timestamp())) as due_tasks,
    (select count(*)::int from nightshift.job_queue_entry where status = 'Ready') as ready_entries`,
);
