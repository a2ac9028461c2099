import type { TestPlatform } from './test-platform.ts';

/** A user for a test, and what he has. */
export interface TestUser {
  readonly name: string;
  /** Permission sets. Default: SUPER. */
  readonly sets?: readonly string[];
  /** Where he has them; null, the default: in all companies. */
  readonly company?: string | null;
  /** Further columns of his row, by their names in the table. Default: none. */
  readonly columns?: Readonly<Record<string, unknown>>;
}

const ADD_USER = `insert into nightshift.app_user select (jsonb_populate_record(null::nightshift.app_user,
  jsonb_build_object('no', nextval('nightshift.app_user_no_seq'), 'language', 'en-US', 'time_zone', 'UTC',
    'full_name', '', 'state', 'enabled', 'kind', 'person', 'can_schedule', true, 'is_delegated', false,
    'version', 1, 'created_at', now()) || $1)).*`;

const ASSIGN = `insert into nightshift.permission_assignment (user_no, set_no, company_no)
  select u.no, s.no, (select no from nightshift.company where name = $3)
  from nightshift.app_user u join nightshift.permission_set s on s.name = any($2) where u.name = $1`;

/** Adds users to the database of a test, past all verbs. */
export async function addUsers(kit: TestPlatform, ...users: readonly TestUser[]): Promise<void> {
  for (const { name, sets = ['SUPER'], company = null, columns = {} } of users) {
    await kit.query(ADD_USER, [JSON.stringify({ ...columns, name })]);
    await kit.query(ASSIGN, [name, sets, company]);
  }
  await kit.platform.directory.refresh();
}

/** Adds a company to the database of a test, past all verbs: without tables. */
export async function addCompany(kit: TestPlatform, name: string): Promise<void> {
  await kit.query('insert into nightshift.company (name) values ($1)', [name]);
  await kit.platform.directory.refresh();
}
