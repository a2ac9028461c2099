import { statement } from '../database/index.ts';

/** The latest failed runs that are grouped at most. */
export const FAILED_RUNS_GROUPED_MAX = 100_000;

// Failed runs of company $1 by what went wrong, the latest first; $2: only of this user, or of entries of his. From $3 until
// before $4; null: no bound. $5: how many groups.
export const readErrorGroups = statement(
  'log_error_groups',
  `select g.fingerprint, g.runs, g.entries, g.first_at, g.last_at, g.last_no::float8 as last_no,
    (select count(*)::integer from nightshift.job_queue_entry e
      where e.company_no = $1 and e.status = 'Error' and e.id = any(g.ids)) as stopped,
    s.error ->> 'code' as code, coalesce(s.error ->> 'message', '') as message, s.object
  from (
    select f.fingerprint, count(*)::integer as runs, count(distinct f.entry_id)::integer as entries,
      array_agg(distinct f.entry_id) as ids, min(f.started_at) as first_at, max(f.started_at) as last_at, max(f.no) as last_no
    from (
      select l.fingerprint, l.entry_id, l.started_at, l.no from nightshift.job_queue_log_entry l
      where l.company_no = $1 and l.fingerprint is not null
        and ($2::integer is null or l.user_no = $2 or exists (
          select from nightshift.job_queue_entry e where e.id = l.entry_id and $2 in (e.created_by, e.run_as)
        ))
        and l.started_at >= coalesce($3::timestamptz, '-infinity')
        and l.started_at < coalesce($4::timestamptz, 'infinity')
      order by l.started_at desc
      limit ${FAILED_RUNS_GROUPED_MAX}
    ) f
    group by f.fingerprint order by max(f.no) desc limit $5
  ) g join nightshift.job_queue_log_entry s on s.no = g.last_no
  order by g.last_no desc`,
);

// How many entries of company $1 are in which state; $2: only of this user. Of approvals, those that are open; $3: only those
// that this user has asked for, or is asked about.
export const countCues = statement(
  'entry_cues',
  `select e.failed, e.in_process, e.in_queue, e.on_hold, a.waiting
  from (
    select count(*) filter (where status = 'Error')::integer as failed,
      count(*) filter (where status = 'In Process')::integer as in_process,
      count(*) filter (where status in ('Ready', 'Waiting'))::integer as in_queue,
      count(*) filter (where status in ('On Hold', 'On Hold with Inactivity Timeout'))::integer as on_hold
    from nightshift.job_queue_entry
    where company_no = $1 and status <> 'Finished' and ($2::integer is null or $2 in (created_by, run_as))
  ) e cross join (
    select count(*)::integer as waiting from nightshift.approval_request r
    where r.company_no = $1 and r.status = 'Open' and ($3::integer is null or $3 in (r.requested_by, r.asked_user_no))
  ) a`,
);

// What stands before entry $2 of company $1, were it eligible at $3: tasks that are due by then and wait for a place, and, for
// a category, entries that come before it. And by how much the last hundred runs of the company began late, in milliseconds.
export const readPlanSurroundings = statement(
  'entry_plan_surroundings',
  `select (select count(*)::integer from (
      select from nightshift.scheduled_task t
      where t.lane = $1 and t.ready and t.suspect = 0 and t.claim is null and t.due <= $3 limit 10001) due) as ahead,
    (select count(*)::integer from nightshift.job_queue_entry o
      where e.category_code is not null and o.company_no = e.company_no and o.category_code = e.category_code
        and o.status = 'Waiting' and o.id <> e.id) as waiting,
    (select percentile_cont(0.5) within group (order by ms) from (
      select extract(epoch from l.started_at - l.planned_at)::float8 * 1000 as ms
      from nightshift.job_queue_log_entry l
      where l.company_no = $1 and l.task_id is not null and l.planned_at is not null
      order by l.no desc limit 100
    ) runs) as usual_wait_ms
  from nightshift.job_queue_entry e where e.company_no = $1 and e.id = $2`,
);
