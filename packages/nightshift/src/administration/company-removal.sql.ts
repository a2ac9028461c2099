import { statement } from '../database/index.ts';

export const beginDeletingCompany = statement(
  'company_begin_deleting',
  `update nightshift.company set state = 'deleting' where no = $1`,
);

export const keepCompany = statement(
  'company_keep',
  `update nightshift.company set state = 'open' where no = $1 and state = 'deleting'`,
);

export const sessionsOfCompany = statement(
  'company_sessions',
  `select a.session_id as id, a.codeunit, u.name as user_name, i.place
  from nightshift.active_session a
  join nightshift.server_instance i on i.epoch = a.epoch
  left join nightshift.app_user u on u.no = a.user_no
  where i.ended_at is null and a.company_no = $1
  order by a.started_at, a.session_id, a.epoch`,
);

// The next $2 rows, so that no lock is held for long.

export const removeTasks = statement(
  'company_remove_tasks',
  `with gone as (
    delete from nightshift.scheduled_task where id in (
      select id from nightshift.scheduled_task where lane = $1 limit $2)
    returning 1
  ) select count(*)::int as rows from gone`,
);

export const removeFailedTasks = statement(
  'company_remove_failed_tasks',
  `with gone as (
    delete from nightshift.failed_task where id in (
      select id from nightshift.failed_task where lane = $1 limit $2)
    returning 1
  ) select count(*)::int as rows from gone`,
);

export const removeLogEntries = statement(
  'company_remove_log_entries',
  `with gone as (
    delete from nightshift.job_queue_log_entry where no in (
      select no from nightshift.job_queue_log_entry where company_no = $1 limit $2)
    returning 1
  ) select count(*)::int as rows from gone`,
);

export const removeEntries = statement(
  'company_remove_entries',
  `with gone as (
    delete from nightshift.job_queue_entry where id in (
      select id from nightshift.job_queue_entry where company_no = $1 limit $2)
    returning 1
  ) select count(*)::int as rows from gone`,
);

export const countTables = statement(
  'company_count_tables',
  `select count(*)::int as rows from pg_class
  where relnamespace = to_regnamespace($1) and relkind in ('r', 'p') and not relispartition`,
);

export const removeAssignments = statement(
  'company_remove_assignments',
  `with gone as (delete from nightshift.permission_assignment where company_no = $1 returning 1)
  select count(*)::int as rows from gone`,
);

export const forgetMigrations = statement(
  'company_forget_migrations',
  'delete from nightshift.application_migration where company_no = $1',
);

export const removeCompanyRow = statement('company_remove', 'delete from nightshift.company where no = $1');

// The name is made by us; what depends on it lies in it.
export function dropSchema(schema: string): string {
  return `drop schema if exists ${schema} cascade`;
}

export function waitForLocks(ms: number): string {
  return `set local lock_timeout = ${ms}`;
}
