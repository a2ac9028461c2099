import { statement } from '../database/index.ts';

// What may have gone wrong in company $1; null: in all. $2: the time that a test has set. $3: from how many milliseconds on a
// start counts as late, $4: the same for one that waits in its category, $5: the user whose entries only are looked at; null:
// everybody's. Whatever is planned or runs now is found by an index, however many entries there are.
export const readWatchedEntries = statement(
  'entries_watched',
  `with t as (select coalesce($2::timestamptz, clock_timestamp()) as now), watched as (
    select e.id, null::bigint as log_no, e.earliest_start as since
    from nightshift.job_queue_entry e, t
    where e.status in ('Ready', 'On Hold with Inactivity Timeout')
      and e.earliest_start < t.now - $3 * interval '1 ms'
    union all
    select e.id, null, e.waiting_since
    from nightshift.job_queue_entry e, t
    where e.status = 'Waiting' and e.waiting_since < t.now - $4 * interval '1 ms'
    union all
    select l.entry_id, l.no, l.started_at
    from nightshift.job_queue_log_entry l where l.status = 'In Process' and l.task_id is not null
  )
  select e.id, e.entry_no, e.object, e.status, e.company_no, c.name as company, w.log_no, w.since, t.now,
    e.expected_duration_ms::float8 as expected_ms,
    case when w.log_no is not null and e.expected_duration_ms is null then (
      select percentile_cont(0.5) within group (order by ms) from (
        select extract(epoch from r.ended_at - r.started_at)::float8 * 1000 as ms
        from nightshift.job_queue_log_entry r
        where r.entry_id = e.id and r.status = 'Success' and r.task_id is not null
        order by r.no desc limit 50
      ) runs) end as median_ms,
    (select r.started_at from nightshift.job_queue_log_entry r
      where r.company_no = e.company_no and w.log_no is null order by r.no desc limit 1) as last_run_at
  from watched w join nightshift.job_queue_entry e on e.id = w.id
  join nightshift.company c on c.no = e.company_no, t
  where ($1::integer is null or e.company_no = $1) and ($5::integer is null or $5 in (e.created_by, e.run_as))
  order by w.since, e.entry_no
  limit 1000`,
);
