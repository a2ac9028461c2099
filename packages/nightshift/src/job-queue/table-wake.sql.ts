import { statement } from '../database/index.ts';

export const declareWakesOf = statement('wakes_declare', 'select nightshift.declare_wakes($1, $2::jsonb)');

export const watchTables = statement('tables_watch', 'select nightshift.watch_tables($1) as missing');

export const markChanges = statement(
  'run_mark_changes',
  'select nightshift_session.run_mark_changes($1, $2, $3, $4)',
);

export const sawAll = statement('run_saw_all', 'select nightshift_session.run_saw_all($1, $2, $3) as saw');

// Those that rest while one of their tables is changed; found by an index of the few that rest.
export const readChanged = statement(
  'entries_changed',
  `select e.id from nightshift.job_queue_entry e
  where e.status = 'On Hold with Inactivity Timeout' and e.change_mark is not null
    and e.change_mark <> nightshift.changes(e.changes_of)
  order by e.id limit 1000`,
);

export const wakeChanged = statement(
  'entry_wake_changed',
  `select e.*, c.name as company, coalesce($2::timestamptz, clock_timestamp()) as now
  from nightshift.wake_changed($1, $2::timestamptz) e join nightshift.company c on c.no = e.company_no
  order by e.entry_no`,
);
