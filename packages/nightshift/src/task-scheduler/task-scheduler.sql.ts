import { statement } from '../database/index.ts';
import { CLAIMED_COLUMNS } from './claimed-columns.ts';

// Of these, $1 is the caller's user and $2 his company. "Own only": what runs as somebody else is left alone, and answered
// as 'foreign'.

// $5: own only. $6: whether the caller may say that work runs as an application user.
export const setTaskReady = statement(
  'task_set_ready',
  'select nightshift_session.set_task_ready($1, $2, $3, $4::timestamptz, $5, $6) as answer',
);

// $4: own only.
export const taskExists = statement(
  'task_exists',
  'select nightshift_session.task_exists($1, $2, $3, $4) as present',
);

// $4: own only.
export const cancelTask = statement(
  'task_cancel',
  'select answer, codeunit, user_no from nightshift_session.cancel_task($1, $2, $3, $4)',
);

// $4: codeunits whose tasks only their owner runs again. $7: own only.
export const rerunFailedTask = statement(
  'task_rerun_failed',
  `select answer, codeunit, user_no
  from nightshift_session.rerun_failed_task($1, $2, $3, $4::text[], $5::bigint, $6::timestamptz, $7)`,
);

// $4: own only.
export const deleteFailedTask = statement(
  'task_delete_failed',
  'select answer, codeunit, user_no from nightshift_session.delete_failed_task($1, $2, $3, $4)',
);

// $4: whom it is given to. $5: codeunits whose tasks only their owner gives away.
export const reassignTask = statement(
  'task_reassign',
  `select answer, codeunit, user_no
  from nightshift_session.reassign_task($1, $2, $3, $4, $5::text[], $6::bigint, $7::timestamptz)`,
);

// now() and not clock_timestamp(): only a stable function can bound the index scan, and future tasks may be a million.
// Begins at the floor ($7, $8), or a second ago where that is earlier: what commits now may have been due since then. The
// rows are locked when their places are taken, so the places still hold. $9: users. Who upgrades is asked of the locks,
// which is slow, so only when somebody seems to.
// Nobody waits for the disk: a claim that a crash of the server undoes was of a process whose connections died with it, and
// whatever a session commits behind its claim comes after it in the log, so there is never an effect without its claim.
function claimDue(name: string, users: string) {
  return statement(
    name,
    `with due as materialized (
      select ctid from nightshift.scheduled_task
      where lane = $1 and ready and claim is null and suspect = 0 and due <= coalesce($2::timestamptz, now())
        and (due, id) >= (
          least(to_timestamp($7::float8), coalesce($2::timestamptz, now()) - interval '1 second'),
          case when to_timestamp($7::float8) < coalesce($2::timestamptz, now()) - interval '1 second' then $8::uuid
            else '00000000-0000-0000-0000-000000000000' end
        )
        and (case when failing then failure_codeunit else codeunit end) = any($3::text[])
        and user_no ${users}
        and (not exists (select from nightshift.upgrade)
          or not exists (select from nightshift.upgrade_in_progress where company_no in (0, $1)))
      order by due, id
      limit (select case when set_config('synchronous_commit', 'off', true) = 'off' then $4::integer end)
      for update skip locked
    )
    update nightshift.scheduled_task set claim = $5, claimed_by = $6
    where ctid = any(array(select ctid from due))
    returning ${CLAIMED_COLUMNS}`,
  );
}

// Users that are left out.
export const claimDueTasks = claimDue('tasks_claim_due', '<> all($9::integer[])');

// Of these users only.
export const claimDueTasksOf = claimDue('tasks_claim_due_of', '= any($9::integer[])');

// For each lane: whether something is due from its floor ($4) on, and when something will be.
export const lookAtLanes = statement(
  'tasks_look_at_lanes',
  `select l.no as lane,
    exists (
      select from nightshift.scheduled_task t
      where t.lane = l.no and t.ready and t.claim is null and t.suspect = 0
        and t.due <= coalesce($2::timestamptz, now())
        and t.due >= least(to_timestamp(l.floor), coalesce($2::timestamptz, now()) - interval '1 second')
        and (case when t.failing then t.failure_codeunit else t.codeunit end) = any($3::text[])
        and (not exists (select from nightshift.upgrade)
          or not exists (select from nightshift.upgrade_in_progress where company_no in (0, l.no)))
    ) as due,
    (
      select date_part('epoch', t.due - coalesce($2::timestamptz, clock_timestamp())) * 1000
      from nightshift.scheduled_task t
      where t.lane = l.no and t.ready and t.claim is null and t.suspect = 0
        and t.due > coalesce($2::timestamptz, now())
      order by t.due
      limit 1
    ) as next_ms
  from unnest($1::integer[], $4::float8[]) as l(no, floor)
  order by l.no`,
);

// Of one claim: a third of the work of the next one.
export const completeTasksOfClaim = statement(
  'tasks_complete_of_claim',
  'delete from nightshift.scheduled_task where id = any($1::uuid[]) and claim = $2',
);

export const completeTasks = statement(
  'tasks_complete',
  `delete from nightshift.scheduled_task t
  using unnest($1::uuid[], $2::uuid[]) as done(id, claim)
  where t.id = done.id and t.claim = done.claim`,
);

export const releaseTasks = statement(
  'tasks_release',
  `update nightshift.scheduled_task t set claim = null, claimed_by = null
  from unnest($1::uuid[], $2::uuid[]) as back(id, claim)
  where t.id = back.id and t.claim = back.claim`,
);

// After a lost answer: rows that this instance is said to hold although it never learned of them. And those of instances
// whose claim came after they had been declared dead, and that did not live to notice.
export const releaseUnknownClaims = statement(
  'tasks_release_unknown',
  `update nightshift.scheduled_task t set claim = null, claimed_by = null
  where (claimed_by = $1 and not (claim = any($2::uuid[])))
    or (claim is not null
      and not exists (select from nightshift.server_instance i where i.epoch = t.claimed_by and i.ended_at is null))`,
);

// A failure codeunit that is run again still works on the error of the main one.
export const retryTask = statement(
  'task_retry',
  `update nightshift.scheduled_task set claim = null, claimed_by = null, attempt = attempt + 1, suspect = 0,
    due = coalesce($3::timestamptz, clock_timestamp()) + $4 * interval '1 millisecond',
    last_error = case when failing then last_error else $5 end
  where id = $1 and claim = $2
  returning id`,
);

export const passToFailureCodeunit = statement(
  'task_pass_to_failure',
  `update nightshift.scheduled_task set claim = null, claimed_by = null, attempt = 0, failing = true, suspect = 0,
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

// Committed by the work itself, with its own effects.
export const completeTask = statement('task_complete', 'select nightshift_session.complete_task($1, $2)');

// The same for tasks that share a transaction.
export const completeSharedTasks = statement(
  'tasks_complete_shared',
  'select nightshift_session.complete_tasks($1, $2)',
);

export const checkClaim = statement('task_check_claim', 'select nightshift_session.check_claim($1, $2)');

// A notification is a commit of its own, and there is nothing in it that would have to be on the disk.
export const wakeOthers = statement(
  'tasks_wake',
  `select pg_notify('nightshift_tasks', $1)
  where set_config('synchronous_commit', 'off', true) = 'off'`,
);
