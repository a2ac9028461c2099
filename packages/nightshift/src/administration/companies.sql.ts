import { statement } from '../database/index.ts';

// Companies that are made, copied or removed right now, by their numbers: held by a connection of its own, so that a
// process which dies in the middle lets go of them.

export const lockCompany = statement('company_lock', 'select pg_try_advisory_lock(1853120630, $1) as locked');

export const lockCompanyShared = statement(
  'company_lock_shared',
  'select pg_try_advisory_lock_shared(1853120630, $1) as locked',
);

export const nextCompanyNo = statement(
  'company_next_no',
  `select n as no, to_regnamespace('co_' || n) is not null as has_schema
  from nextval(pg_get_serial_sequence('nightshift.company', 'no')) n`,
);

export const addCompany = statement(
  'company_add',
  `insert into nightshift.company (no, name, time_zone, state) values ($1, $2, $3, 'creating')`,
);

// Changes of tables are counted from the start where they wake job queue entries.
export const watchTablesOf = statement('company_watch_tables', 'select nightshift.watch_tables($1)');

export const openCompany = statement(
  'company_open',
  `update nightshift.company set state = 'open' where no = $1 and state = 'creating' returning no`,
);

export const renameCompany = statement(
  'company_rename',
  'update nightshift.company set name = $2, version = version + 1 where no = $1 returning version',
);

export const setCompanyTimeZone = statement(
  'company_set_time_zone',
  'update nightshift.company set time_zone = $2, version = version + 1 where no = $1 returning version',
);

export const clearWorkingHours = statement(
  'company_clear_working_hours',
  'delete from nightshift.company_working_hours where company_no = $1',
);

export const addWorkingHours = statement(
  'company_add_working_hours',
  `insert into nightshift.company_working_hours (company_no, weekday, starting_time, ending_time)
  select $1, h.weekday, h."from", h."to" from jsonb_to_recordset($2) as h(weekday smallint, "from" time, "to" time)`,
);

export const clearHolidays = statement(
  'company_clear_holidays',
  'delete from nightshift.company_holiday where company_no = $1',
);

export const addHolidays = statement(
  'company_add_holidays',
  `insert into nightshift.company_holiday (company_no, day, name)
  select $1, h.day, h.name from jsonb_to_recordset($2) as h(day date, name text)`,
);

export const readApplicationMigrations = statement(
  'application_migration_read',
  'select digest from nightshift.application_migration where company_no = $1 and application = $2 and name = $3',
);

export const recordApplicationMigration = statement(
  'application_migration_record',
  'insert into nightshift.application_migration (company_no, application, name, digest) values ($1, $2, $3, $4)',
);

export const listApplicationMigrations = statement(
  'application_migration_list',
  `select application, name, digest from nightshift.application_migration where company_no = $1
  order by application, name`,
);

// Both names are made by the platform.
export function workAsOwner(owner: string, schema: string): string {
  return `set local role ${owner}; set local search_path to ${schema}, app_shared`;
}
