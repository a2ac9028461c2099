import { statement } from '../database/index.ts';

// What may have gone wrong in company $1; null: in all. $2: the time that a test has set. $3: from how many milliseconds on a
// start counts as late, $4: the same for one that waits in its category, $5: the user whose entries only are looked at; null:
// everybody's. First all that runs, then what is late, the latest first, at most $8 of them: the next page begins after $6 and
// $7, of its last row. Whatever is planned or runs now is found by an index, however many entries there are.
export const readWatchedEntries = statement(
  'entries_watched',
  `with t as (select coalesce($2::timestamptz, clock_timestamp()) as now), planned as (
    select e.id, e.earliest_start as since
    from nightshift.job_queue_entry e, t
    where e.status in ('Ready', 'On Hold with Inactivity Timeout')
      and e.earliest_start < t.now - $3 * interval '1 ms'
      and (e.earliest_start, e.entry_no) > (coalesce($6::timestamptz, '-infinity'), coalesce($7::bigint, 0))
      and ($1::integer is null or e.company_no = $1) and ($5::integer is null or $5 in (e.created_by, e.run_as))
    order by e.earliest_start, e.entry_no
    limit $8
  ), waiting as (
    select e.id, e.waiting_since
    from nightshift.job_queue_entry e, t
    where e.status = 'Waiting' and e.waiting_since < t.now - $4 * interval '1 ms'
      and (e.waiting_since, e.entry_no) > (coalesce($6::timestamptz, '-infinity'), coalesce($7::bigint, 0))
      and ($1::integer is null or e.company_no = $1) and ($5::integer is null or $5 in (e.created_by, e.run_as))
  ), late as (
    select l.id, null::bigint as log_no, l.since
    from (select * from planned union all select * from waiting) l
    join nightshift.job_queue_entry e on e.id = l.id
    order by l.since, e.entry_no
    limit $8
  ), watched as (
    select * from late
    union all
    select l.entry_id, l.no, l.started_at
    from nightshift.job_queue_log_entry l
    where l.status = 'In Process' and l.task_id is not null and $6::timestamptz is null
  )
  select e.id, e.entry_no, e.object, e.status, e.company_no, c.name as company, w.log_no, w.since, t.now,
    to_char(timezone('UTC', w.since), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as since_exactly,
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
  order by w.log_no is null, w.since, e.entry_no, w.log_no`,
);

// Whichever instance comes first looks for all; no row: one has looked within the last $2 milliseconds. $1: the time that a
// test has set. A clock that was set back keeps nobody from looking.
export const beginWatch = statement(
  'watch_begin',
  `with t as (select coalesce($1::timestamptz, clock_timestamp()) as now)
  update nightshift.job_queue_watch w set looked_at = t.now, looks = looks + 1 from t
  where w.no = 1 and (w.looked_at is null or w.looked_at not between t.now - $2 * interval '1 ms' and t.now)
  returning w.looks, w.told`,
);

// What look $1 has told, unless another one has begun meanwhile.
export const endWatch = statement(
  'watch_end',
  'update nightshift.job_queue_watch set told = $2 where no = 1 and looks = $1',
);
