import { statement } from '../database/index.ts';

export const deleteEntry = statement(
  'entry_delete',
  `select deleted, activated, category from nightshift_session.entry_delete($1, $2, $3)
  order by activated nulls first`,
);

export const copyEntry = statement(
  'entry_copy',
  `select e.*, coalesce($5::timestamptz, clock_timestamp()) as now
  from nightshift_session.entry_copy($1, $2, $3, $4) e`,
);

export const setEntryPriority = statement(
  'entry_set_priority',
  `select e.*, coalesce($5::timestamptz, clock_timestamp()) as now
  from nightshift_session.entry_set_priority($1, $2, $3, $4::smallint) e`,
);

// For whoever locks nothing else from then on.
export const lockEntryOnly = statement(
  'entry_lock_only',
  'select from nightshift.job_queue_entry where company_no = $1 and id = $2 order by entry_no for update',
);

// The session of the run that is under way. $2: the task that runs it.
export const sessionOfRun = statement(
  'entry_session_of_run',
  `select l.session_id
  from nightshift.job_queue_log_entry l join nightshift.scheduled_task t on t.id = l.task_id
  where l.entry_id = $1 and l.task_id = $2 and l.status = 'In Process' and t.claim is not null
  order by l.no desc
  limit 1`,
);

// What a verb about many entries looks at, one after another. $2: the statuses. $3 and $4: of this category, of this object.
// $5: only those that this user has created or that run as him. $6: only those whose note begins so.
export const entriesToChange = statement(
  'entries_to_change',
  `select e.id, e.entry_no, e.object, u.name as run_as
  from nightshift.job_queue_entry e join nightshift.app_user u on u.no = e.run_as
  where e.company_no = $1 and e.status = any($2::text[])
    and ($3::text is null or e.category_code = $3) and ($4::text is null or e.object = $4)
    and ($5::integer is null or $5 in (e.created_by, e.run_as))
    and ($6::text is null or starts_with(e.note, $6))
  order by e.entry_no`,
);

// One-off entries that ended in Error. $2: milliseconds that this is ago, at least. $3: only of this user. $4: the time that a
// test has set.
export const failedEntries = statement(
  'entries_failed',
  `select e.id, e.entry_no, e.object, u.name as run_as
  from nightshift.job_queue_entry e join nightshift.app_user u on u.no = e.run_as
  where e.company_no = $1 and e.status = 'Error' and e.cron is null and e.next_run_date_formula is null
    and not (e.run_on_mondays or e.run_on_tuesdays or e.run_on_wednesdays or e.run_on_thursdays or e.run_on_fridays
      or e.run_on_saturdays or e.run_on_sundays)
    and e.status_since <= coalesce($4::timestamptz, clock_timestamp()) - $2::bigint * interval '1 millisecond'
    and ($3::integer is null or $3 in (e.created_by, e.run_as))
  order by e.entry_no`,
);

export const userNameOf = statement('entry_user_name', 'select name from nightshift.app_user where no = $1');
