import { statement } from '../database/index.ts';

export const readServer = statement(
  'doctor_server',
  `select current_setting('server_version') as version, current_user as login, r.rolsuper as is_superuser,
    r.rolcreaterole as may_create_roles, has_database_privilege(current_database(), 'CREATE') as may_create,
    pg_is_in_recovery() or current_setting('default_transaction_read_only') = 'on' as read_only,
    current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
      - current_setting('reserved_connections')::int as connections_max,
    a.ours, a.others, pg_backend_pid() as backend, clock_timestamp() as now
  from pg_roles r cross join (
    select count(*) filter (where application_name like 'nightshift%')::int as ours,
      count(*) filter (where application_name not like 'nightshift%')::int as others
    from pg_stat_activity where backend_type = 'client backend'
  ) a
  where r.rolname = current_user`,
);

// Codeunits that StartSession began more than $1 times within a minute of the last hour, each for less than $2 milliseconds.
export const readFrequentStarts = statement(
  'doctor_frequent_starts',
  `select codeunit, company, max(starts)::int as starts, max(median_ms)::float8 as median_ms
  from (
    select e.codeunit, c.name as company, count(*) as starts,
      percentile_cont(0.5) within group (order by extract(epoch from e.at - e.started_at) * 1000) as median_ms
    from nightshift.background_session_event e join nightshift.company c on c.no = e.company_no
    where e.origin = 'start-session' and e.type <> 'Start' and e.at > statement_timestamp() - interval '1 hour'
      -- What StartSession began is never in a bundle.
      and e.bundle_first_at is null
    group by e.codeunit, c.name, date_trunc('minute', e.started_at)
  ) minutes
  where starts > $1 and median_ms < $2
  group by codeunit, company
  order by codeunit, company`,
);

// Entries that ought to run, and those that have stopped; with the task that stands behind each.
export const readEntryHealth = statement(
  'doctor_entries',
  `select e.entry_no::int as entry_no, c.name as company, e.object, e.status, t.id is not null as has_task,
    e.error ->> 'message' as error
  from nightshift.job_queue_entry e
  join nightshift.company c on c.no = e.company_no
  left join nightshift.scheduled_task t on t.id = e.task_id
  where e.status in ('Ready', 'In Process', 'Waiting', 'Error')
  order by e.entry_no`,
);

// $1: how many milliseconds past its due time a task is late. $2: how long a live instance may be silent.
export const readTaskHealth = statement(
  'doctor_tasks',
  `select case when t.failing then t.failure_codeunit else t.codeunit end as codeunit, c.name as company,
    count(*)::int as tasks,
    count(*) filter (where t.ready and t.claim is null
      and t.due < clock_timestamp() - $1 * interval '1 millisecond')::int as late,
    count(*) filter (where t.claim is not null and i.epoch is null)::int as orphaned
  from nightshift.scheduled_task t
  join nightshift.company c on c.no = t.lane
  left join nightshift.server_instance i on i.epoch = t.claimed_by and i.ended_at is null
    and i.beat_at > clock_timestamp() - $2 * interval '1 millisecond'
  group by 1, 2
  order by 1, 2`,
);

export const readFailedTasks = statement(
  'doctor_failed_tasks',
  `select f.codeunit, c.name as company, f.state = 'Poison' as is_poison, count(*)::int as tasks, max(f.failed_at) as last_failed_at,
    (array_agg(f.error ->> 'message' order by f.failed_at desc, f.id desc))[1] as error
  from nightshift.failed_task f
  join nightshift.company c on c.no = f.lane
  group by 1, 2, 3
  order by 1, 2, 3`,
);
