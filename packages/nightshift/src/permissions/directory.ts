import type { Executor } from '../database/index.ts';
import { NightshiftError } from '../foundation/index.ts';
import { listCompanies, listUsers } from './permissions.sql.ts';

/** A company: a partition of business data, one PostgreSQL schema. */
export interface Company {
  readonly no: number;
  readonly name: string;
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

/** Who and where, by name and by number. Read at the start; the lists are small. */
export interface Directory {
  readonly companies: readonly Company[];
  readonly users: readonly User[];
  /** @throws NightshiftError COMPANY_UNKNOWN */
  company(name: string): Company;
  /** @throws NightshiftError USER_UNKNOWN */
  user(name: string): User;
  /** @throws NightshiftError COMPANY_UNKNOWN */
  companyByNo(no: number): Company;
  /** @throws NightshiftError USER_UNKNOWN */
  userByNo(no: number): User;
}

/** Reads the directory. */
export async function readDirectory(database: Executor): Promise<Directory> {
  const [companies, users] = await Promise.all([
    database.run<Company>(listCompanies, []),
    database.run<{ no: number; name: string; language: string; time_zone: string }>(listUsers, []),
  ]);
  return directoryOf(
    companies,
    users.map(({ no, name, language, time_zone }) => ({ no, name, language, timeZone: time_zone })),
  );
}

/** A directory over given lists. */
export function directoryOf(companies: readonly Company[], users: readonly User[]): Directory {
  const found = <T>(value: T | undefined, kind: 'company' | 'user', wanted: string | number): T => {
    if (value !== undefined) return value;
    const code = kind === 'company' ? 'COMPANY_UNKNOWN' : 'USER_UNKNOWN';
    throw new NightshiftError(code, `There is no ${kind} ${JSON.stringify(wanted)}.`, { field: kind });
  };
  return {
    companies,
    users,
    company: (name) =>
      found(
        companies.find((company) => company.name === name),
        'company',
        name,
      ),
    user: (name) =>
      found(
        users.find((user) => user.name === name),
        'user',
        name,
      ),
    companyByNo: (no) =>
      found(
        companies.find((company) => company.no === no),
        'company',
        no,
      ),
    userByNo: (no) =>
      found(
        users.find((user) => user.no === no),
        'user',
        no,
      ),
  };
}
