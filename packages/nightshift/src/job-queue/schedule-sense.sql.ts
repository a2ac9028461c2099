import { statement } from '../database/index.ts';

// The median of the last 50 good background runs of entry $1, in milliseconds; null when it has none. Runs with a person in
// front of them take as long as that person.
export const readMedianRun = statement(
  'entry_median_run',
  `select percentile_cont(0.5) within group (order by ms) as median_ms from (
    select extract(epoch from ended_at - started_at)::float8 * 1000 as ms
    from nightshift.job_queue_log_entry
    where entry_id = $1 and status = 'Success' and task_id is not null
    order by no desc limit 50
  ) runs`,
);
