import { statement } from '../database/index.ts';

// For callers with a transaction. Rows for those tasks only that have an idempotency key.
export const createTasks = statement(
  'tasks_create',
  `select wanted, present, present_codeunit from nightshift_session.create_tasks($1, $2, $3::jsonb, $4::timestamptz)
  order by wanted`,
);

// For callers without a transaction: tasks of several users and companies in one statement. $3: those of them that are
// claimed at once, $4 and $5: by which claim of which instance. $6: the notification that the commit brings along, or null.
export const createTasksOfMany = statement(
  'tasks_create_of_many',
  `with created as (insert into nightshift.scheduled_task
    (id, lane, user_no, codeunit, failure_codeunit, ready, due, record, record_table, timeout_ms, language, time_zone,
    correlation_id, claim, claimed_by)
  select t.id, t.lane, t.user_no, t.codeunit, t.failure_codeunit, t.ready,
    coalesce(t.due, $2::timestamptz, clock_timestamp()), t.record, t.record_table, t.timeout_ms, t.language, t.time_zone,
    t.correlation_id, case when t.id = any($3::uuid[]) then $4::uuid end, case when t.id = any($3::uuid[]) then $5::uuid end
  from json_to_recordset($1::json) as t(id uuid, lane integer, user_no integer, codeunit text,
    failure_codeunit text, ready boolean, due timestamptz, record jsonb, record_table text, timeout_ms bigint,
    language text, time_zone text, correlation_id uuid)
  on conflict (id) do nothing)
  select pg_notify('nightshift_tasks', $6::text) where $6::text is not null`,
);

// The same for tasks with idempotency keys. Gives up (55P03) when a transaction that has taken one of them goes on.
export const createKeyedTasks = statement(
  'tasks_create_keyed',
  `select wanted, present, present_codeunit from nightshift.insert_keyed_tasks($1::jsonb, $2::timestamptz)
  order by wanted`,
);

// Ends a backend of ours and waits for its end. A row that says false: it has not ended yet; no row: it is gone.
export const endBackend = statement(
  'tasks_end_backend',
  `select pg_terminate_backend(pid, $2) as gone from pg_stat_activity
  where pid = $1 and usename = current_user and datname = current_database()
    and application_name = current_setting('application_name')`,
);

// Tasks that one statement was to insert, all or none: whether one of them is there or has been, and whether one of them
// could not have begun yet. $1: their ids; $2: `ready` and `due` of each, a null `due` is now.
export const lookForTasks = statement(
  'tasks_look_for',
  `select exists (select from nightshift.scheduled_task where id = any($1::uuid[]))
      or exists (select from nightshift.failed_task where id = any($1::uuid[]))
      or exists (select from nightshift.background_session_event where unique_id = any($1::uuid[]))
      or nightshift.is_in_bundle($1::uuid[]) as seen,
    exists (select from json_to_recordset($2::json) as t(ready boolean, due timestamptz)
      where not t.ready or t.due > coalesce($3::timestamptz, clock_timestamp())) as too_early`,
);

export const taskOfKey = statement(
  'task_of_key',
  'select id, codeunit from nightshift.scheduled_task where lane = $1 and idempotency_key = $2',
);
