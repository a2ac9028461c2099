import { statement } from '../database/index.ts';

// The present instant comes along, so that schedules are computed on the database's clock.
export const readEntry = statement(
  'entry_read',
  `select e.*, coalesce($5::timestamptz, clock_timestamp()) as now
  from nightshift_session.entry_read($1, $2, $3, $4) e`,
);

export const createEntry = statement(
  'entry_create',
  `select e.*, coalesce($4::timestamptz, clock_timestamp()) as now
  from nightshift_session.entry_create($1, $2, $3::jsonb) e`,
);

export const setEntryStatus = statement(
  'entry_set_status',
  `select e.*, coalesce($6::timestamptz, clock_timestamp()) as now
  from nightshift_session.entry_set_status($1, $2, $3, $4, $5::jsonb) e`,
);

export const entryTaskCancelled = statement(
  'entry_task_cancelled',
  'select nightshift_session.entry_task_cancelled($1, $2, $3)',
);

export const beginRun = statement(
  'run_begin',
  'select nightshift_session.run_begin($1, $2, $3, $4::jsonb, $5::jsonb) as no',
);

export const endRun = statement(
  'run_end',
  'select nightshift_session.run_end($1, $2, $3, $4::jsonb, $5::jsonb)',
);

export const addLogEntry = statement(
  'log_add',
  'select nightshift_session.log_add($1, $2, $3, $4::jsonb) as no',
);

export const listEntries = statement(
  'entries_list',
  `select e.*, coalesce($3::timestamptz, clock_timestamp()) as now
  from nightshift.job_queue_entry e
  where company_no = $1 and ($2::text is null or status = $2)
  order by entry_no`,
);

export const listLogEntries = statement(
  'log_entries_list',
  `select l.*, u.name as user_name
  from nightshift.job_queue_log_entry l join nightshift.app_user u on u.no = l.user_no
  where company_no = $1 and ($2::uuid is null or entry_id = $2)
  order by l.no desc
  limit $3`,
);

// The last resort: the error handler failed too. Runs in the transaction that records the task's failure.
export const failEntryOfTask = statement(
  'entry_fail_of_task',
  `with closed as (
    update nightshift.job_queue_log_entry set status = $2, ended_at = coalesce($4::timestamptz, clock_timestamp()),
      error = $3
    where task_id = $1 and status = 'In Process'
  )
  update nightshift.job_queue_entry set status = 'Error', error = $3
  where task_id = $1 and status in ('Ready', 'In Process', 'Waiting')
  returning id`,
);
