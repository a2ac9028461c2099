import type { Transaction } from '../database/index.ts';
import { NightshiftError } from '../foundation/index.ts';
import {
  alignRoles,
  type CompanyCard,
  workCalendar as checkedCalendar,
  type Directory,
  readWorkCalendar,
  type WorkCalendar,
} from '../permissions/index.ts';
import { actorOf, type Caller, doorOf } from '../session/index.ts';
import { type Administrator, administrate, admit, changeAs } from './administrate.ts';
import { administrationOf } from './administration-service.ts';
import {
  addHolidays,
  addWorkingHours,
  clearHolidays,
  clearWorkingHours,
  renameCompany as renameCompanySql,
  setCompanyTimeZone,
} from './companies.sql.ts';
import {
  checkedCompanyName,
  type ListedCompany,
  listed,
  quoted,
  refuseOldVersion,
  refuseTakenName,
  refuseUnlessOpen,
} from './company.ts';

/** What a change is based on. */
export interface CompanyChangeOptions {
  /** The company's version, as it was read: the change is refused when it has another one by now. Default: any. */
  readonly version?: number;
}

/**
 * The companies in which the caller has a permission set, by name; those that come or go, too.
 * @throws NightshiftError PERMISSION_DENIED, USER_DISABLED
 */
export async function listCompanies(caller: Caller): Promise<readonly ListedCompany[]> {
  const administrator = await admit(caller, 'company.read', { kind: 'company', id: null });
  return (await visible(administrator))
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
    .map(listed);
}

/** One of those. @throws NightshiftError COMPANY_UNKNOWN, also when the caller has no permission set in it */
export async function getCompany(caller: Caller, name: string): Promise<ListedCompany> {
  return listed(await visibleCompany(caller, name));
}

/**
 * Gives a company another name. Its number and its tables stay as they are.
 * @returns the company
 * @throws NightshiftError COMPANY_UNKNOWN, VALIDATION naming `name`, CONFLICT when the name is taken or the version is not
 *   the one that was given, PERMISSION_DENIED
 */
export async function renameCompany(
  caller: Caller,
  name: string,
  newName: string,
  { version }: CompanyChangeOptions = {},
): Promise<ListedCompany> {
  const wanted = checkedCompanyName(newName);
  const wish = { kind: 'company', id: null, name };
  return administrate(caller, 'company.rename', wish, async ({ tx, directory, service }) => {
    const company = directory.company(name);
    const object = objectOf(company);
    refuseOldVersion(company, version);
    refuseUnlessOpen(company);
    refuseTakenName(directory, wanted, company.no);
    if (wanted === company.name) return { value: listed(company), object, isChange: false };
    await tx.run(renameCompanySql, [company.no, wanted]);
    // Their comments name it.
    await alignRoles(tx, service.names, { companyNo: company.no });
    return {
      value: listed({ ...company, name: wanted, version: company.version + 1 }),
      object,
      before: { name: company.name },
      after: { name: wanted },
    };
  });
}

/** A work calendar, and the version of its company. */
export interface CompanyCalendar extends WorkCalendar {
  readonly version: number;
}

/** When people work in a company. @throws NightshiftError COMPANY_UNKNOWN, PERMISSION_DENIED */
export async function workCalendar(caller: Caller, name: string): Promise<CompanyCalendar> {
  const company = await visibleCompany(caller, name);
  const calendar = await readWorkCalendar(administrationOf(doorOf(caller)).database, company.no);
  return calendar ?? unknown(name);
}

/**
 * Sets when people work in a company: all of it is replaced.
 * @returns what is stored: checked and in order
 * @throws NightshiftError VALIDATION naming `timeZone`, `hours` or `holidays`, COMPANY_UNKNOWN, CONFLICT when the version is
 *   not the one that was given, PERMISSION_DENIED
 */
export async function setWorkCalendar(
  caller: Caller,
  name: string,
  calendar: WorkCalendar,
  { version }: CompanyChangeOptions = {},
): Promise<CompanyCalendar> {
  const wanted = checkedCalendar(calendar);
  const known = await visibleCompany(caller, name);
  const { no } = known;
  const verb = 'company.setWorkCalendar';
  // Whether he may is asked of that company, wherever the caller is.
  const door = doorOf(caller);
  const service = administrationOf(door);
  const actor = { ...actorOf(door), company: known };
  const reach = await service.authority.demand(actor, verb, objectOf(known));
  const administrator = { service, actor, reach };
  const value = await changeAs(administrator, verb, objectOf(known), async ({ tx, directory }) => {
    const company = directory.companyByNo(no);
    const before = await readWorkCalendar(tx, no);
    refuseOldVersion(company, version);
    refuseUnlessOpen(company);
    await storeCalendar(tx, no, wanted);
    return {
      value: { ...wanted, version: company.version + 1 },
      object: objectOf(company),
      before: withoutVersion(before),
      after: wanted,
    };
  });
  await service.directory.refresh();
  return value;
}

async function storeCalendar(tx: Transaction, no: number, calendar: WorkCalendar): Promise<void> {
  await tx.run(setCompanyTimeZone, [no, calendar.timeZone]);
  await tx.run(clearWorkingHours, [no]);
  await tx.run(addWorkingHours, [no, JSON.stringify(calendar.hours)]);
  await tx.run(clearHolidays, [no]);
  await tx.run(addHolidays, [no, JSON.stringify(calendar.holidays)]);
}

function withoutVersion(calendar: CompanyCalendar | null): WorkCalendar | null {
  if (calendar === null) return null;
  const { version: _, ...rest } = calendar;
  return rest;
}

async function visible({ service, actor }: Administrator): Promise<readonly CompanyCard[]> {
  const directory = await service.authority.directory();
  return directory.companies.filter(({ no }) => mayKnow(directory, actor.user.no, no));
}

async function visibleCompany(caller: Caller, name: string): Promise<CompanyCard> {
  const administrator = await admit(caller, 'company.read', { kind: 'company', id: null, name });
  return (await visible(administrator)).find((company) => company.name === name) ?? unknown(name);
}

/** Whoever has a set in a company, or one for all, knows of it. */
function mayKnow(directory: Directory, userNo: number, companyNo: number): boolean {
  return directory.setsOf(userNo, companyNo).length > 0;
}

function unknown(name: string): never {
  throw new NightshiftError('COMPANY_UNKNOWN', `There is no company ${quoted(name)}.`, { field: 'company' });
}

/** The company, as the audit log knows it. */
export function objectOf({ no, name }: Pick<CompanyCard, 'no' | 'name'>) {
  return { kind: 'company', id: String(no), name };
}
