import { statement } from '../database/index.ts';

// $2: only the tasks of this user; null: everybody's. $3: the time that a test has set. What a run has reported may be much, and
// is read elsewhere.
export const TASK_ROWS = `select t.id, t.state, t.codeunit, t.failure_codeunit, t.failing, u.name as user_name, c.name as company_name,
    t.due, t.attempt, t.losses, t.suspect, t.record, t.record_table, t.timeout_ms::float8 as timeout_ms, t.language,
    t.time_zone, t.error - 'errors' as error, t.correlation_id, t.idempotency_key, t.created_at, t.failed_at, i.place, i.host, i.process_id,
    coalesce(u.state = 'disabled' or u.valid_until <= coalesce($3::timestamptz, clock_timestamp()), u.no is null)
      as user_gone, r.name as reassigned_by
  from nightshift.every_task t
  left join nightshift.app_user u on u.no = t.user_no
  left join nightshift.app_user r on r.no = t.reassigned_by
  left join nightshift.company c on c.no = t.lane
  left join nightshift.server_instance i on i.epoch = t.claimed_by and i.ended_at is null
  where t.lane = $1 and ($2::integer is null or t.user_no = $2)`;

// $4: only these states; null: all of them. $6: only those of users who are gone.
export const listTasksOfCompany = statement(
  'tasks_list_of_company',
  `${TASK_ROWS} and ($4::text[] is null or t.state = any($4))
    and (not $6::boolean or u.no is null or u.state = 'disabled'
      or u.valid_until <= coalesce($3::timestamptz, clock_timestamp()))
  order by t.due, t.id
  limit $5`,
);

// $4: its id.
export const readTask = statement('task_read', `${TASK_ROWS} and t.id = $4`);

// The time, and what is being upgraded in company $1; null when nothing is.
export const situationOfTask = statement(
  'task_situation',
  `select coalesce($2::timestamptz, clock_timestamp()) as now,
    (select what from nightshift.upgrade_in_progress where company_no in (0, $1)
      order by started_at, company_no, backend limit 1) as upgrade`,
);

// Every instance that has not ended, as it matters to a task that would run codeunit $2. The company ($1) makes no
// difference: instances serve all.
export const instancesForTask = statement(
  'task_instances',
  `select place, host, process_id, runs_tasks, held, $2::text = any(codeunits) as has_codeunit,
    extract(epoch from clock_timestamp() - beat_at)::float8 * 1000 as silent_ms, blocked_since is not null as blocked
  from nightshift.server_instance
  where ended_at is null and $1::integer is not null
  order by place, epoch`,
);

/**
 * Tasks that an instance has claimed, as a query of their `claimed_by` and `user_no`. Whatever else there is, only what is due is
 * read: no index is kept for it. `now`: an expression that is no volatile function.
 */
export function claimedTasks(now: string): string {
  const claimed = (suspects: string) => `select claimed_by, user_no from nightshift.scheduled_task
      where lane = c.no and ready and suspect ${suspects} and due <= ${now} and claim is not null`;
  return `select t.claimed_by, t.user_no from nightshift.company c
    cross join lateral (${claimed('= 0')} union all ${claimed('> 0')}) t`;
}
