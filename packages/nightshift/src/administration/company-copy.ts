import { type Migration, migrationDigest } from '../database/index.ts';
import { NightshiftError } from '../foundation/index.ts';
import type { Company, CompanyCard } from '../permissions/index.ts';
import type { Caller } from '../session/index.ts';
import { type Administrator, admit, changeAs } from './administrate.ts';
import type { AdministeredApplication, AdministrationService } from './administration-service.ts';
import { listApplicationMigrations } from './companies.sql.ts';
import { objectOf } from './companies.ts';
import { checkedCompanyName, type ListedCompany, quoted, refuseUnlessOpen } from './company.ts';
import { type CopiedRows, type CopyProgress, copyRows } from './company-copy-rows.ts';
import { makeCompany, opened } from './company-create.ts';
import { applyMigration } from './company-tables.ts';

/** What is copied, and what the copy is called. */
export interface CompanyCopy {
  /** The company that is there. */
  readonly from: string;
  /** 1 to 30 characters; spaces around it do not count. */
  readonly to: string;
  /** Told of every table. Default: nobody. */
  readonly onProgress?: (progress: CopyProgress) => void;
}

/** What a copy took along. */
export interface CopiedCompany extends CopiedRows {
  readonly company: ListedCompany;
}

/**
 * Makes a company that has what another one has: the tables with all their rows as they are at one moment, the work
 * calendar, and the job queue entries. Entries that would run are On Hold in the copy; tasks, log entries, and permission
 * sets that users have in that company only are not taken along. The tables are made by the application's migrations, as
 * many as the other one has; it goes on working meanwhile. When it fails, nothing is left.
 * @throws NightshiftError COMPANY_UNKNOWN; VALIDATION naming `name`; CONFLICT when the name is taken, or when the company has
 *   what does not come from the application's migrations: `details.differences` lists it; PERMISSION_DENIED
 */
export async function copyCompany(
  caller: Caller,
  { from, to, onProgress = () => undefined }: CompanyCopy,
): Promise<CopiedCompany> {
  const name = checkedCompanyName(to);
  const administrator = await admit(caller, 'company.copy', { kind: 'company', id: null, name: from });
  const { service } = administrator;
  const source = (await service.authority.directory()).company(from);
  refuseUnlessOpen(source);
  const migrations = await migrationsOf(service, source);
  const input = { name, timeZone: source.timeZone };
  const owner = service.names.app;
  const application = service.application.name;
  try {
    return await makeCompany(service, input, source.no, async (work, company) => {
      for (const migration of migrations)
        await work.transaction((tx) => applyMigration(tx, { owner, company, application, migration }));
      const copied = await copyRows(work, { owner, source, target: company, onProgress });
      return finish(administrator, { source, company, copied });
    });
  } catch (error) {
    throw error instanceof NightshiftError ? error : copyFailed(source, error);
  }
}

function copyFailed({ name }: Company, cause: unknown): NightshiftError {
  const message = cause instanceof Error ? cause.message : String(cause);
  return new NightshiftError('DATABASE_ERROR', `Company ${quoted(name)} could not be copied: ${message}.`, {
    cause,
  });
}

async function finish(
  administrator: Administrator,
  { source, company, copied }: { source: CompanyCard; company: Company; copied: CopiedRows },
): Promise<CopiedCompany> {
  const verb = 'company.copy';
  return changeAs(administrator, verb, objectOf(source), async ({ tx, directory }) => {
    const value = { company: await opened(tx, directory, company), ...copied };
    const after = { no: company.no, name: company.name, ...copied };
    return { value, before: { no: source.no, name: source.name }, after };
  });
}

/**
 * The application's migrations that a company has.
 * @throws NightshiftError CONFLICT when it has others, MIGRATION_CHANGED
 */
async function migrationsOf(
  { database, application }: AdministrationService,
  source: CompanyCard,
): Promise<readonly Migration[]> {
  const rows = await database.run<StoredMigration>(listApplicationMigrations, [source.no]);
  const known = new Map(application.migrations.map((migration) => [migration.name, migration]));
  return rows.map((row) => {
    const isOurs = row.application === application.name;
    const migration = isOurs ? (known.get(row.name) ?? application.migrationNamed?.(row.name)) : null;
    if (migration != null && migrationDigest(migration.sql) === row.digest) return migration;
    throw notOurs(source, row, application);
  });
}

interface StoredMigration {
  readonly application: string;
  readonly name: string;
  readonly digest: string;
}

function notOurs(
  { name }: CompanyCard,
  { application, name: migration }: StoredMigration,
  { name: ours }: AdministeredApplication,
): NightshiftError {
  const text = `Company ${quoted(name)} has migration ${migration} of application ${quoted(application)}, which ${quoted(ours)}, the one that runs here, does not have like that.`;
  return new NightshiftError('CONFLICT', text, { details: { application, migration } });
}
