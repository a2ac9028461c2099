import type { Database } from '../database/index.ts';
import { checkTimeZone, NightshiftError } from '../foundation/index.ts';
import {
  type Company,
  companySchema,
  type Directory,
  lockEnvironment,
  ownSchema,
  type RoleNames,
  readDirectory,
} from '../permissions/index.ts';
import { type Caller, doorOf } from '../session/index.ts';
import { admit, type ChangeContext, changeAs } from './administrate.ts';
import type { AdministrationService } from './administration-service.ts';
import { addCompany, lockCompany, nextCompanyNo, openCompany, watchTablesOf } from './companies.sql.ts';
import { objectOf } from './companies.ts';
import { checkedCompanyName, type ListedCompany, listed, quoted, refuseTakenName } from './company.ts';
import { removeCompany } from './company-removal.ts';
import { applyMigration } from './company-tables.ts';
import { type CompanyWork, workOnCompanies } from './company-work.ts';

/** What a new company is to be. */
export interface CompanyInput {
  /** 1 to 30 characters; spaces around it do not count. */
  readonly name: string;
  /** An IANA name such as `Europe/Berlin`, of its schedules and its work calendar. Default: `UTC`. */
  readonly timeZone?: string;
}

/**
 * Creates a company: its schema, the application's tables in it, and what `onCompanyCreate` of the application fills in, for
 * which the platform must be started. Sessions are opened in it when all that is done; when it fails, nothing of the company
 * is left. Nobody but those who have permission sets for all companies has any in it.
 * @throws NightshiftError VALIDATION with the field; CONFLICT when the name is taken; PERMISSION_DENIED; DATABASE_ERROR with
 *   the migration that failed; PLATFORM_NOT_STARTED; what `onCompanyCreate` threw
 */
export async function createCompany(caller: Caller, input: CompanyInput): Promise<ListedCompany> {
  const name = checkedCompanyName(input.name);
  const timeZone = checkTimeZone('timeZone', input.timeZone ?? 'UTC');
  const wish = { kind: 'company', id: null, name };
  const administrator = await admit(caller, 'company.create', wish);
  const { service } = administrator;
  return makeCompany(service, { name, timeZone }, null, async (work, company) => {
    const { application, names } = service;
    for (const migration of application.migrations) {
      const step = { owner: names.app, company, application: application.name, migration };
      await work.transaction((tx) => applyMigration(tx, step));
    }
    await fill(service, caller, company);
    return changeAs(administrator, 'company.create', wish, async ({ tx, directory }) => {
      const value = await opened(tx, directory, company);
      return { value, object: objectOf(value), after: { name, timeZone } };
    });
  });
}

/** Runs `onCompanyCreate` as the caller, in the new company. */
async function fill(service: AdministrationService, caller: Caller, company: Company): Promise<void> {
  const { onCompanyCreate } = service.application;
  if (onCompanyCreate === null) return;
  const { user } = doorOf(caller);
  await service.openDuringCreation({ user, company }, (session) => onCompanyCreate(session));
}

/** Opens a company that was made. @throws NightshiftError CONFLICT when somebody has removed it meanwhile */
export async function opened(
  tx: ChangeContext['tx'],
  directory: Directory,
  { no, name }: Company,
): Promise<ListedCompany> {
  await tx.run(watchTablesOf, [no]);
  const [row] = await tx.run(openCompany, [no]);
  if (row === undefined) {
    throw new NightshiftError('CONFLICT', `Company ${quoted(name)} was removed while it was created.`);
  }
  return listed({ ...directory.companyByNo(no), state: 'open' });
}

/**
 * Makes a company: its row and its schema, then what `complete` does, which opens it. When that fails, nothing is left.
 * @param beside the number of a company that must stay meanwhile; null: none
 */
export async function makeCompany<T>(
  service: AdministrationService,
  input: Required<CompanyInput>,
  beside: number | null,
  complete: (work: CompanyWork, company: Company) => Promise<T>,
): Promise<T> {
  const { database, names, directory } = service;
  const no = await freeNumber(database);
  const company = { no, name: input.name };
  return workOnCompanies(database, { alone: no, ...(beside === null ? {} : { beside }) }, async (work) => {
    try {
      await begin(service, company, input.timeZone);
      await directory.refresh();
      return await complete(work, company);
    } catch (error) {
      // Whatever is left when this fails too, the next one of this name removes.
      await remove(work, names, no).catch(() => undefined);
      throw error;
    } finally {
      await directory.refresh().catch(() => undefined);
    }
  });
}

/** Adds the row and the schema. */
async function begin(
  { database, names }: AdministrationService,
  { no, name }: Company,
  timeZone: string,
): Promise<void> {
  await database.transaction(async (tx) => {
    await tx.run(lockEnvironment, []);
    let directory = await readDirectory(tx);
    const left = directory.companies.find((each) => each.name === name && each.state === 'creating');
    if (left !== undefined) {
      // Its maker has died, or he would hold its lock.
      const [row] = await tx.run<{ locked: boolean }>(lockCompany, [left.no]);
      if (row?.locked === true) {
        await removeCompany(tx, names, left.no);
        directory = await readDirectory(tx);
      }
    }
    refuseTakenName(directory, name, null);
    await tx.run(addCompany, [no, name, timeZone]);
    for (const command of ownSchema(companySchema(no), names.app)) await tx.command(command);
  });
}

async function remove(work: CompanyWork, names: RoleNames, no: number): Promise<void> {
  await work.transaction(async (tx) => {
    await tx.run(lockEnvironment, []);
    await removeCompany(tx, names, no);
  });
}

/** A number whose schema does not exist: somebody may have made one by hand. */
async function freeNumber(database: Database): Promise<number> {
  for (;;) {
    const [row] = await database.run<{ no: number; has_schema: boolean }>(nextCompanyNo, []);
    if (row === undefined) throw new NightshiftError('INTERNAL', 'No number for a company could be had.');
    if (!row.has_schema) return Number(row.no);
  }
}
