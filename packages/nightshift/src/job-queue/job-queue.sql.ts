import { statement } from '../database/index.ts';

// The present instant comes along, so that schedules are computed on the database's clock.
export const readEntry = statement(
  'entry_read',
  `select e.*, coalesce($5::timestamptz, clock_timestamp()) as now
  from nightshift_session.entry_read($1, $2, $3, $4) e`,
);

// In which category an entry is; outside of every transaction.
export const categoryOfEntry = statement(
  'entry_category',
  'select category_code as code from nightshift.job_queue_entry where company_no = $1 and id = $2',
);

export const createEntry = statement(
  'entry_create',
  `select e.*, coalesce($4::timestamptz, clock_timestamp()) as now
  from nightshift_session.entry_create($1, $2, $3::jsonb) e`,
);

export const modifyEntry = statement(
  'entry_modify',
  `select e.*, coalesce($6::timestamptz, clock_timestamp()) as now
  from nightshift_session.entry_modify($1, $2, $3, $4, $5::jsonb) e`,
);

export const setEntryStatus = statement(
  'entry_set_status',
  `select e.*, coalesce($6::timestamptz, clock_timestamp()) as now
  from nightshift_session.entry_set_status($1, $2, $3, $4, $5::jsonb, $6::timestamptz) e`,
);

export const wakeEntry = statement(
  'entry_wake',
  `select e.*, coalesce($4::timestamptz, clock_timestamp()) as now
  from nightshift_session.entry_wake($1, $2, $3, $4::timestamptz) e`,
);

// Whether the caller is asked to let the entry run: then it is his to decide.
export const entryAsksCaller = statement(
  'entry_asks_caller',
  'select nightshift_session.entry_asks_caller($1, $2, $3) as asks',
);

export const entryTaskCancelled = statement(
  'entry_task_cancelled',
  'select activated, category from nightshift_session.entry_task_cancelled($1, $2, $3) order by activated',
);

// No row: the category is full. `seen`: what run_end is told when the entry is to be as it is then.
export const beginRun = statement(
  'run_begin',
  'select no, seen::text from nightshift_session.run_begin($1, $2, $3, $4::jsonb, $5::jsonb) order by no',
);

export const waitForPlace = statement('run_wait', 'select nightshift_session.run_wait($1, $2, $3, $4)');

// $6: of run_begin, or null. $7 to $9: the task of the next run, if there is one.
export const endRun = statement(
  'run_end',
  `select activated, category, changed
  from nightshift_session.run_end($1, $2, $3, $4::jsonb, $5::jsonb, $6::xid, $7, $8::jsonb, $9::timestamptz)
  order by activated`,
);

export const addLogEntry = statement(
  'log_add',
  'select nightshift_session.log_add($1, $2, $3, $4::jsonb) as no',
);

// $2: the status; null: all but Finished, or really all where $6 says so. $4: of this user only, created by him or running as
// him. $5: only those whose user is gone. $7: numbers after this one; null: from the start. $8: so many; null: all. Each of the
// three ways follows an index of its own, so that a page is read and no more.
const LIST_ENTRIES = `select e.*, coalesce($3::timestamptz, clock_timestamp()) as now
  from (
    (select * from nightshift.job_queue_entry
    where company_no = $1 and entry_no > coalesce($7::bigint, 0) and status <> 'Finished' and $2::text is null
      and not $6::boolean
    order by entry_no)
    union all
    (select * from nightshift.job_queue_entry
    where company_no = $1 and entry_no > coalesce($7::bigint, 0) and $2::text is null and $6::boolean
    order by entry_no)
    union all
    (select * from nightshift.job_queue_entry
    where company_no = $1 and entry_no > coalesce($7::bigint, 0) and status = $2
    order by entry_no)
  ) e
  where ($4::integer is null or $4 in (created_by, run_as))
    and (not $5::boolean or exists (
      select from nightshift.app_user u
      where u.no = e.run_as
        and (u.state = 'disabled' or u.valid_until <= coalesce($3::timestamptz, clock_timestamp()))
    ))
  order by entry_no
  limit $8::bigint`;

// Under two names: a plan that was made for all of them would be kept for a page.
export const listEntries = statement('entries_list', LIST_ENTRIES);
export const listEntriesPage = statement('entries_page', LIST_ENTRIES);

export const listLogEntries = statement(
  'log_entries_list',
  `select l.*, u.name as user_name
  from nightshift.job_queue_log_entry l join nightshift.app_user u on u.no = l.user_no
  where company_no = $1 and ($2::uuid is null or entry_id = $2)
    and ($5::text is null or l.status = $5) and ($6::text is null or l.fingerprint = $6)
    and ($4::integer is null or l.user_no = $4 or exists (
      select from nightshift.job_queue_entry e where e.id = l.entry_id and $4 in (e.created_by, e.run_as)
    ))
  order by l.no desc
  limit $3`,
);

// $3: of runs of this user, or of entries created by him or running as him, only. One row without a message where there is none.
export const listErrorMessages = statement(
  'log_error_messages_list',
  `select m.*
  from nightshift.job_queue_log_entry l left join nightshift.job_queue_error_message m on m.log_no = l.no
  where l.company_no = $1 and l.no = $2::bigint
    and ($3::integer is null or l.user_no = $3 or exists (
      select from nightshift.job_queue_entry e where e.id = l.entry_id and $3 in (e.created_by, e.run_as)
    ))
  order by m.no`,
);

// Before what makes a task fail for good: its entry is locked before the task is.
export const lockEntryOfTask = statement(
  'entry_lock_of_task',
  'select from nightshift.lock_entry_of_task($1) order by entry_no',
);

// The last resort: the error handler failed too, or there was nobody as whom it could run. In the transaction that records the
// task's failure.
export const failEntryOfTask = statement(
  'entry_fail_of_task',
  `select activated, category from nightshift.fail_entry_of_task($1, $2, $3::jsonb, $4::timestamptz, $5::jsonb)
  order by activated`,
);
