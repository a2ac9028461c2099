import { statement } from '../database/index.ts';

export const createTasks = statement(
  'tasks_create',
  'select wanted, present from nightshift_session.create_tasks($1, $2, $3::jsonb, $4::timestamptz) order by wanted',
);

// For callers without a transaction: tasks of several users and companies in one statement.
export const createTasksOfMany = statement(
  'tasks_create_of_many',
  `insert into nightshift.scheduled_task
    (id, lane, user_no, codeunit, failure_codeunit, ready, due, record, record_table, timeout_ms, language, time_zone,
    correlation_id)
  select t.id, t.lane, t.user_no, t.codeunit, t.failure_codeunit, t.ready,
    coalesce(t.due, $2::timestamptz, clock_timestamp()), t.record, t.record_table, t.timeout_ms, t.language, t.time_zone,
    t.correlation_id
  from json_to_recordset($1::json) as t(id uuid, lane integer, user_no integer, codeunit text,
    failure_codeunit text, ready boolean, due timestamptz, record jsonb, record_table text, timeout_ms bigint,
    language text, time_zone text, correlation_id uuid)
  on conflict (id) do nothing`,
);

export const setTaskReady = statement(
  'task_set_ready',
  'select nightshift_session.set_task_ready($1, $2, $3, $4::timestamptz) as done',
);

export const taskExists = statement(
  'task_exists',
  'select nightshift_session.task_exists($1, $2, $3) as done',
);

export const cancelTask = statement(
  'task_cancel',
  'select nightshift_session.cancel_task($1, $2, $3) as done',
);

// now() and not clock_timestamp(): only a stable function can bound the index scan, and future tasks may be a million.
export const claimDueTasks = statement(
  'tasks_claim_due',
  `with due as materialized (
    select id from nightshift.scheduled_task
    where lane = $1 and ready and claim is null and suspect = 0 and due <= coalesce($2::timestamptz, now())
      and (case when failing then failure_codeunit else codeunit end) = any($3::text[])
    order by due, id
    limit $4
    for update skip locked
  )
  update nightshift.scheduled_task set claim = $5, claimed_by = $6
  where id = any(array(select id from due))
  returning id, lane, user_no, codeunit, failure_codeunit, failing, record, timeout_ms::float8 as timeout_ms, attempt,
    losses, suspect, last_error, correlation_id, language, time_zone, record_table, extract(epoch from due)::float8 as due_seconds`,
);

export const nextDueInMs = statement(
  'tasks_next_due',
  `select extract(epoch from min(due) - coalesce($2::timestamptz, clock_timestamp())) * 1000 as ms
  from nightshift.scheduled_task
  where lane = $1 and ready and claim is null and suspect = 0 and due > coalesce($2::timestamptz, now())`,
);

export const completeTasks = statement(
  'tasks_complete',
  `delete from nightshift.scheduled_task t
  using unnest($1::uuid[], $2::uuid[]) as done(id, claim)
  where t.id = done.id and t.claim = done.claim
  returning t.id`,
);

export const releaseTasks = statement(
  'tasks_release',
  `update nightshift.scheduled_task t set claim = null, claimed_by = null
  from unnest($1::uuid[], $2::uuid[]) as back(id, claim)
  where t.id = back.id and t.claim = back.claim`,
);

// After a lost answer: rows that this instance is said to hold although it never learned of them.
export const releaseUnknownClaims = statement(
  'tasks_release_unknown',
  `update nightshift.scheduled_task set claim = null, claimed_by = null
  where claimed_by = $1 and not (claim = any($2::uuid[]))`,
);

// A failure codeunit that is run again still works on the error of the main one.
export const retryTask = statement(
  'task_retry',
  `update nightshift.scheduled_task set claim = null, claimed_by = null, attempt = attempt + 1,
    due = coalesce($3::timestamptz, clock_timestamp()) + $4 * interval '1 millisecond',
    last_error = case when failing then last_error else $5 end
  where id = $1 and claim = $2
  returning id`,
);

export const passToFailureCodeunit = statement(
  'task_pass_to_failure',
  `update nightshift.scheduled_task set claim = null, claimed_by = null, attempt = 0, failing = true,
    due = coalesce($3::timestamptz, clock_timestamp()), last_error = $4
  where id = $1 and claim = $2
  returning id`,
);

export const failTask = statement(
  'task_fail',
  `with gone as (
    delete from nightshift.scheduled_task where id = $1 and claim = $2
    returning id, lane, user_no, codeunit, failure_codeunit, due, record, record_table, attempt, timeout_ms, language,
      time_zone, correlation_id, idempotency_key, created_at
  )
  insert into nightshift.failed_task
    (id, lane, user_no, codeunit, failure_codeunit, due, record, record_table, attempt, timeout_ms, language, time_zone,
    correlation_id, idempotency_key, error, created_at, failed_at)
  select id, lane, user_no, codeunit, failure_codeunit, due, record, record_table, attempt, timeout_ms, language,
    time_zone, correlation_id, idempotency_key, $3, created_at, coalesce($4::timestamptz, clock_timestamp())
  from gone
  returning id`,
);

// Waits for the row lock of a COMMIT that may still be under way; a row means that it did not take effect. The first time
// it runs again at once; work whose COMMIT kills its backend every time must not do so without a pause.
export const reclaimTask = statement(
  'task_reclaim',
  `update nightshift.scheduled_task set claim = null, claimed_by = null, losses = losses + 1,
    due = case losses when 0 then due
      else coalesce($3::timestamptz, clock_timestamp()) + least(losses, 60) * interval '1 second' end
  where id = $1 and claim = $2
  returning id`,
);

export const listTasks = statement(
  'tasks_list',
  `select id, u.name as user_name, c.name as company_name, codeunit, failure_codeunit, due, attempt, last_error as error,
    t.created_at,
    case when not ready then 'Not Ready' when claim is not null then 'Running'
      when attempt > 0 or losses > 0 then 'Retrying' else 'Pending' end as state
  from nightshift.scheduled_task t
  join nightshift.app_user u on u.no = t.user_no
  join nightshift.company c on c.no = t.lane
  where t.lane = $1
  union all
  select id, u.name, c.name, codeunit, failure_codeunit, due, attempt, error, f.created_at, f.state
  from nightshift.failed_task f
  join nightshift.app_user u on u.no = f.user_no
  join nightshift.company c on c.no = f.lane
  where f.lane = $1
  order by due, id
  limit $2`,
);

// Committed by the work itself, with its own effects.
export const completeTask = statement('task_complete', 'select nightshift_session.complete_task($1, $2)');

export const checkClaim = statement('task_check_claim', 'select nightshift_session.check_claim($1, $2)');

export const wakeOthers = statement('tasks_wake', "select pg_notify('nightshift_tasks', $1)");
