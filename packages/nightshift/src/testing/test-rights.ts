import { checkDefinition, type PermissionSetDefinition } from '../permissions/index.ts';
import { companies } from '../platform/index.ts';
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

const ADD_SET = `insert into nightshift.permission_set (name, source, definition) values ($1, 'administrator', $2)
  on conflict (name) do update set definition = excluded.definition`;

const TAKE = `delete from nightshift.permission_assignment
  where user_no = (select no from nightshift.app_user where name = $1)
    and set_no = (select no from nightshift.permission_set where name = $2)`;

/** Adds permission sets to the database of a test, or changes them, past all verbs: what each gives, by name. */
export async function addSets(
  kit: TestPlatform,
  sets: Readonly<Record<string, Partial<PermissionSetDefinition>>>,
): Promise<void> {
  for (const [name, definition] of Object.entries(sets)) {
    await kit.query(ADD_SET, [name, JSON.stringify(checkDefinition(definition))]);
  }
  await kit.platform.directory.refresh();
}

/** Takes a permission set from a user, past all verbs; who knows of it is left to notifications. */
export async function takeSet(kit: TestPlatform, user: string, set: string): Promise<void> {
  await kit.query(TAKE, [user, set]);
}

/** Adds a company to the database of a test, as its administrator: with the tables of the application. */
export async function addCompany(kit: TestPlatform, name: string): Promise<void> {
  await companies.create(kit.admin, { name });
}
