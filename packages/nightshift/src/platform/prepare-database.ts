import { declareInherentPermissions, declarePermissionSets } from '../administration/index.ts';
import {
  checkSchema,
  type Database,
  migrate,
  PLATFORM_MIGRATIONS,
  readMigrationFolder,
} from '../database/index.ts';
import { type Clock, isNightshiftError } from '../foundation/index.ts';
import { declareEntries, declareWakes } from '../job-queue/index.ts';
import {
  alignAtStart,
  ensureRoles,
  LiveDirectory,
  type PermissionOptions,
  type RoleNames,
} from '../permissions/index.ts';
import { type Application, declarationsOf } from './application.ts';
import { checkApplication, migrateApplication } from './application-migrations.ts';
import { ALL_COMPANIES, duringUpgrade } from './upgrade.ts';

/** What a database is prepared with. */
export interface PreparationParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly application: Application;
  readonly permissions: PermissionOptions;
}

/** A database that fits the application. */
export interface PreparedDatabase {
  readonly directory: LiveDirectory;
  readonly names: RoleNames;
  /** Migrations that were applied. */
  readonly applied: readonly string[];
}

/**
 * Brings a database up to date, or only checks that it is: the platform's schema, roles, the tables of the application, and
 * what its code declares about rights.
 * @throws NightshiftError SCHEMA_MISSING, SCHEMA_NEWER, MIGRATION_CHANGED, DATABASE_RIGHTS; CONFLICT when it is set up for
 *   the other enforcement
 */
export async function prepareDatabase(
  { database, clock, application, permissions }: PreparationParts,
  mode: 'apply' | 'check',
): Promise<PreparedDatabase> {
  const platformApplied = await prepareSchema(database, mode);
  const directory = await LiveDirectory.read(database, clock);
  const { enforcement } = permissions;
  const names = await ensureRoles(database, directory, { enforcement, mayChange: mode === 'apply' });
  if (mode === 'check') {
    await checkApplication(database, directory.companies, application);
    return { directory, names, applied: platformApplied };
  }
  const applied = await migrateApplication(database, names, directory.companies, application);
  await declarePermissionSets({ database, names, clock }, application);
  await declareInherentPermissions({ database, names, clock }, application);
  await alignAtStart(database, names, clock);
  await directory.refresh();
  const companies = directory.companies.filter(({ state }) => state === 'open');
  await declareWakes(database, application, companies);
  await declareEntries(database, declarationsOf(application), companies);
  return { directory, names, applied: [...platformApplied, ...applied] };
}

async function prepareSchema(database: Database, mode: 'apply' | 'check'): Promise<readonly string[]> {
  const migrations = await readMigrationFolder(PLATFORM_MIGRATIONS);
  const check = () => database.exclusively((client) => checkSchema(client, migrations));
  const isCurrent = await check().then(
    () => true,
    (error: unknown) => {
      if (mode === 'check' || !isNightshiftError(error, 'SCHEMA_MISSING')) throw error;
      return false;
    },
  );
  if (isCurrent) return [];
  const upgrade = { companyNo: ALL_COMPANIES, what: 'Nightshift' };
  const apply = () => database.exclusively((client) => migrate(client, migrations));
  return (await duringUpgrade(database, upgrade, apply)).applied;
}
