import { classifyFailure } from '../database/index.ts';
import { isNightshiftError, NightshiftError, SECOND_MS } from '../foundation/index.ts';
import { type CompanyCard, type Directory, lockEnvironment, readDirectory } from '../permissions/index.ts';
import type { Caller } from '../session/index.ts';
import { admit } from './administrate.ts';
import type { AdministrationService } from './administration-service.ts';
import { objectOf } from './companies.ts';
import { quoted } from './company.ts';
import { beginDeletingCompany, keepCompany, sessionsOfCompany, waitForLocks } from './company-removal.sql.ts';
import { type RemovedWithCompany, removeCompany, removeRows } from './company-removal.ts';
import { workOnCompanies } from './company-work.ts';

/** Until then every process knows that no session is to be opened there any more, and a bit to be sure. */
const KNOWN_EVERYWHERE_MS = 1.2 * SECOND_MS;
/** How long its tables may be in somebody's use. */
const LOCK_MS = 10 * SECOND_MS;
/** How often its sessions are looked for before it is said that they run. */
const LOOKS = 5;
const LOOK_MS = 0.2 * SECOND_MS;
const LOCK_NOT_AVAILABLE = '55P03';

/** That a company is really meant. */
export interface CompanyDeletion {
  /** The company's name once more. */
  readonly confirm: string;
}

/** What was deleted. */
export interface DeletedCompany extends RemovedWithCompany {
  readonly no: number;
  readonly name: string;
}

/**
 * Deletes a company with all that is in it: its tables, job queue entries and their log, tasks, and what was assigned to
 * users in it. What happened to its sessions is kept as long as that of others, and the audit log for good. When it ends
 * half-way, the company stays closed, and another call finishes it. It takes more than a second.
 * @returns what went with it
 * @throws NightshiftError COMPANY_UNKNOWN; VALIDATION naming `confirm`; CONFLICT while sessions run in it, for the last
 *   company, and while somebody else creates, copies or deletes it; PERMISSION_DENIED
 */
export async function deleteCompany(
  caller: Caller,
  name: string,
  { confirm }: CompanyDeletion,
): Promise<DeletedCompany> {
  const verb = 'company.delete';
  const { service, actor } = await admit(caller, verb, { kind: 'company', id: null, name });
  const { database, directory, authority } = service;
  const company = (await readDirectory(database)).company(name);
  if (confirm !== company.name) {
    throw new NightshiftError('VALIDATION', `Confirm with the company's name, ${quoted(company.name)}.`, {
      field: 'confirm',
    });
  }
  return workOnCompanies(database, { alone: company.no }, async (work) => {
    await close(service, company);
    const rows = await removeRows(work, company.no);
    const deleted = await inUse(company, () =>
      work.transaction(async (tx) => {
        await tx.run(lockEnvironment, []);
        await tx.command(waitForLocks(LOCK_MS));
        const removed = { ...rows, ...(await removeCompany(tx, service.names, company.no)) };
        await authority.done(tx, { actor, verb, object: objectOf(company), before: company, after: removed });
        return { no: company.no, name: company.name, ...removed };
      }),
    );
    await directory.refresh();
    return deleted;
  });
}

/** Opens no more sessions in the company, everywhere. @throws NightshiftError CONFLICT */
async function close(service: AdministrationService, company: CompanyCard): Promise<void> {
  const { database, directory, clock } = service;
  await refuseWhileInUse(service, company);
  await database.transaction(async (tx) => {
    await tx.run(lockEnvironment, []);
    refuseLast(await readDirectory(tx), company);
    await tx.run(beginDeletingCompany, [company.no]);
  });
  await directory.refresh();
  try {
    await clock.sleep(KNOWN_EVERYWHERE_MS, new AbortController().signal);
    await refuseWhileInUse(service, company);
  } catch (error) {
    // One that somebody has begun to delete before has lost what it had.
    if (company.state === 'open' && isNightshiftError(error, 'CONFLICT')) {
      await database.run(keepCompany, [company.no]);
      await directory.refresh();
    }
    throw error;
  }
}

function refuseLast({ companies }: Directory, { no, name }: CompanyCard): void {
  if (companies.some((other) => other.no !== no && other.state === 'open')) return;
  throw new NightshiftError('CONFLICT', `Company ${quoted(name)} is the last one, and cannot be deleted.`);
}

interface SessionRow {
  readonly id: number;
  readonly codeunit: string;
  readonly user_name: string | null;
  readonly place: number;
}

/** @throws NightshiftError CONFLICT with the sessions */
async function refuseWhileInUse(
  { database, clock }: AdministrationService,
  company: CompanyCard,
): Promise<void> {
  const read = () => database.run<SessionRow>(sessionsOfCompany, [company.no]);
  let rows = await read();
  // What has ended a moment ago is listed still.
  for (let tries = 1; rows.length > 0 && tries < LOOKS; tries++) {
    await clock.sleep(LOOK_MS, new AbortController().signal);
    rows = await read();
  }
  if (rows.length === 0) return;
  const sessions = rows.map(({ user_name: user, ...rest }) => ({ ...rest, user }));
  const list = sessions.map(
    ({ id, codeunit, user, place }) => `${id} (${codeunit}, ${user}, instance ${place})`,
  );
  throw new NightshiftError(
    'CONFLICT',
    `Sessions run in company ${quoted(company.name)}: ${list.slice(0, 10).join(', ')}${list.length > 10 ? ' …' : ''}. Stop them, or wait for them.`,
    { details: { sessions } },
  );
}

/** @throws NightshiftError CONFLICT when somebody keeps hold of a table */
async function inUse<T>(company: CompanyCard, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (classifyFailure(error).code !== LOCK_NOT_AVAILABLE) throw error;
    const text = `Somebody keeps hold of tables of company ${quoted(company.name)}. Delete it again when that is over; it stays closed until then.`;
    throw new NightshiftError('CONFLICT', text, { cause: error });
  }
}
