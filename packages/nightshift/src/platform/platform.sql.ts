import { statement } from '../database/index.ts';

export const lockApplication = statement('application_lock', 'select pg_advisory_xact_lock(1853120628, 4)');

export const readApplicationMigrations = statement(
  'application_migration_read',
  'select digest from nightshift.application_migration where company_no = $1 and application = $2 and name = $3',
);

export const recordApplicationMigration = statement(
  'application_migration_record',
  'insert into nightshift.application_migration (company_no, application, name, digest) values ($1, $2, $3, $4)',
);

// Both names are made by the platform.
export function workAsOwner(owner: string, schema: string): string {
  return `set local role ${owner}; set local search_path to ${schema}, app_shared`;
}
