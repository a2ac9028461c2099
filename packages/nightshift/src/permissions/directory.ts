import type { Executor } from '../database/index.ts';
import { NightshiftError } from '../foundation/index.ts';
import {
  bothRights,
  effectiveSets,
  NO_RIGHTS,
  type Rights,
  type StoredPermissionSet,
} from './effective-rights.ts';
import { readDirectoryRows } from './permissions.sql.ts';

/** A company: a partition of business data, one PostgreSQL schema. */
export interface Company {
  readonly no: number;
  readonly name: string;
}

/** A company with what its administrators set. */
export interface CompanyCard extends Company {
  /** IANA. */
  readonly timeZone: string;
  /** `creating` and `deleting`: no session is opened in it. */
  readonly state: 'creating' | 'open' | 'deleting';
  readonly version: number;
}

/** A user, with what a session takes over from him. */
export interface User {
  readonly no: number;
  readonly name: string;
  /** BCP 47. */
  readonly language: string;
  /** IANA. */
  readonly timeZone: string;
}

/** A user with what his administrators set. */
export interface UserCard extends User {
  readonly fullName: string;
  readonly state: 'enabled' | 'disabled';
  /** A person, or an integration. */
  readonly kind: 'person' | 'application';
  /** Whether he may create tasks and set entries Ready. */
  readonly canSchedule: boolean;
  /** An administrator of another organisation: may start no unattended work. */
  readonly isDelegated: boolean;
  /** From then on he counts as disabled; null: never. */
  readonly validUntil: Date | null;
  readonly version: number;
}

/** That a user has a permission set. */
export interface Assignment {
  readonly userNo: number;
  readonly setNo: number;
  /** Null: in all companies. */
  readonly companyNo: number | null;
}

/** Rights to tables that a codeunit is lent while it runs. */
export interface InherentPermission {
  readonly no: number;
  readonly codeunit: string;
  readonly tables: Readonly<Record<string, string>>;
}

/** Who, where, with which rights: by name and by number. */
export interface Directory {
  readonly companies: readonly CompanyCard[];
  readonly users: readonly UserCard[];
  readonly permissionSets: readonly StoredPermissionSet[];
  readonly assignments: readonly Assignment[];
  /** Those that are declared now. */
  readonly inherentPermissions: readonly InherentPermission[];
  /** @throws NightshiftError COMPANY_UNKNOWN */
  company(name: string): CompanyCard;
  /** @throws NightshiftError USER_UNKNOWN */
  user(name: string): UserCard;
  /** @throws NightshiftError COMPANY_UNKNOWN */
  companyByNo(no: number): CompanyCard;
  /** @throws NightshiftError USER_UNKNOWN */
  userByNo(no: number): UserCard;
  /** @throws NightshiftError PERMISSION_SET_UNKNOWN */
  permissionSet(name: string): StoredPermissionSet;
  /** What a set gives with all that it includes; nothing for a name that is no set. */
  rightsOfSet(name: string): Rights;
  /** The sets that a user has in a company, those for all companies among them, by name. */
  setsOf(userNo: number, companyNo: number): readonly StoredPermissionSet[];
  /** What a user may do in a company by his sets, whatever his state is. */
  rightsOf(userNo: number, companyNo: number): Rights;
  /** What a user may do in every company. */
  rightsEverywhere(userNo: number): Rights;
}

/** What the database has, as one state of it. */
export interface DirectoryRows {
  /** Grows with every change. */
  readonly version: number;
  readonly companies: readonly CompanyCard[];
  readonly users: readonly UserCard[];
  readonly permissionSets: readonly StoredPermissionSet[];
  readonly assignments: readonly Assignment[];
  readonly inherentPermissions: readonly InherentPermission[];
}

/** Whether a user counts as gone at `now`: disabled, or expired. */
export function isGone(user: Pick<UserCard, 'state' | 'validUntil'>, now: Date): boolean {
  return user.state === 'disabled' || (user.validUntil !== null && user.validUntil <= now);
}

/** Reads all rows, in one statement. @param userNos users that are asked about; null: all */
export async function readRows(
  database: Executor,
  userNos: readonly number[] | null = null,
): Promise<DirectoryRows> {
  const [row] = await database.run<{ rows: StoredRows }>(readDirectoryRows, [userNos]);
  if (row === undefined) throw new NightshiftError('INTERNAL', 'The directory could not be read.');
  const { users, version, ...rest } = row.rows;
  const dated = users.map((user) => ({
    ...user,
    validUntil: user.validUntil === null ? null : new Date(user.validUntil),
  }));
  return { ...rest, version: Number(version), users: dated };
}

type StoredRows = Omit<DirectoryRows, 'users'> & {
  readonly users: readonly (Omit<UserCard, 'validUntil'> & { readonly validUntil: string | null })[];
};

/** Reads the directory as it is now. */
export async function readDirectory(database: Executor): Promise<Directory> {
  return directoryOf(await readRows(database));
}

/** The same with some of the users only, and what is assigned to them. @param userNos null: all */
export async function readDirectoryOf(
  database: Executor,
  userNos: readonly number[] | null,
): Promise<Directory> {
  return directoryOf(await readRows(database, userNos));
}

/** A directory over given rows; what it works out it keeps. */
export function directoryOf(rows: Omit<DirectoryRows, 'version'>): Directory {
  const { companies, users, permissionSets, assignments, inherentPermissions } = rows;
  const companiesByName = new Map(companies.map((company) => [company.name, company]));
  const companiesByNo = new Map(companies.map((company) => [company.no, company]));
  const usersByName = new Map(users.map((user) => [user.name, user]));
  const usersByNo = new Map(users.map((user) => [user.no, user]));
  const setsByNo = new Map(permissionSets.map((set) => [set.no, set]));
  const setsByName = new Map(permissionSets.map((set) => [set.name, set]));
  const assignmentsOf = Map.groupBy(assignments, ({ userNo }) => userNo);
  const known = new Map<string, Rights>();
  let effective: ReadonlyMap<string, Rights> | null = null;
  const rightsOfSet = (name: string) => {
    effective ??= effectiveSets(permissionSets);
    return effective.get(name) ?? NO_RIGHTS;
  };
  const setsWhere = (userNo: number, fits: (assignment: Assignment) => boolean) => {
    const numbers = new Set((assignmentsOf.get(userNo) ?? []).filter(fits).map(({ setNo }) => setNo));
    return [...numbers]
      .flatMap((no) => setsByNo.get(no) ?? [])
      .sort((one, other) => (one.name < other.name ? -1 : 1));
  };
  const setsOf = (userNo: number, companyNo: number) =>
    setsWhere(userNo, (assignment) => assignment.companyNo === null || assignment.companyNo === companyNo);
  const remembered = (key: string, sets: () => readonly StoredPermissionSet[]) => {
    const present = known.get(key);
    if (present !== undefined) return present;
    const rights = sets().reduce((sum, { name }) => bothRights(sum, rightsOfSet(name)), NO_RIGHTS);
    known.set(key, rights);
    return rights;
  };
  return {
    companies,
    users,
    permissionSets,
    assignments,
    inherentPermissions,
    company: (name) => found(companiesByName.get(name), 'company', name),
    user: (name) => found(usersByName.get(name), 'user', name),
    companyByNo: (no) => found(companiesByNo.get(no), 'company', no),
    userByNo: (no) => found(usersByNo.get(no), 'user', no),
    permissionSet: (name) => found(setsByName.get(name), 'permission set', name),
    rightsOfSet,
    setsOf,
    rightsOf: (userNo, companyNo) => remembered(`${userNo} ${companyNo}`, () => setsOf(userNo, companyNo)),
    rightsEverywhere: (userNo) =>
      remembered(`${userNo}`, () => setsWhere(userNo, ({ companyNo }) => companyNo === null)),
  };
}

const UNKNOWN = {
  company: { code: 'COMPANY_UNKNOWN', field: 'company' },
  user: { code: 'USER_UNKNOWN', field: 'user' },
  'permission set': { code: 'PERMISSION_SET_UNKNOWN', field: 'permissionSet' },
} as const;

function found<T>(value: T | undefined, kind: keyof typeof UNKNOWN, wanted: string | number): T {
  if (value !== undefined) return value;
  const { code, field } = UNKNOWN[kind];
  throw new NightshiftError(code, `There is no ${kind} ${JSON.stringify(wanted)}.`, { field });
}
