import { companies, createPlatform, type Platform, rights } from 'nightshift';
import pg from 'pg';
import { IDENTITY } from '../systems/nightshift.ts';

/** How many of everything a database has. */
export interface RightsSize {
  readonly users: number;
  readonly companies: number;
  readonly permissionSets: number;
  /** Permission sets that each user is given. */
  readonly setsOfUser: number;
}

/** A platform on a database that has many users. */
export interface RightsWorld {
  readonly platform: Platform;
  /** Roles that were made ahead, and how long that took. */
  readonly made: { readonly roles: number; readonly ms: number };
}

/** The permission sets name two of ten tables each. */
const TABLES = 10;

const ADD_USERS = `insert into nightshift.app_user (name) select 'USER ' || g from generate_series(1, $1::int) g`;
const ADD_SETS = `insert into nightshift.permission_set (name, source, definition)
  select 'Set ' || g, 'administrator', jsonb_build_object('tables', jsonb_build_object(
    'table_' || (g % $2::int), 'RIMD', 'table_' || ((g + 1) % $2::int), 'R'))
  from generate_series(1, $1::int) g`;
const ASSIGN = `insert into nightshift.permission_assignment (user_no, set_no)
  select u.no, s.no from nightshift.app_user u
  cross join lateral (select (u.no * 7 + g) % $1::int + 1 as nth from generate_series(1, $2::int) g) w
  join nightshift.permission_set s on s.name = 'Set ' || w.nth
  where u.name like 'USER %'`;
const ASSIGN_ALL = `insert into nightshift.permission_assignment (user_no, set_no)
  select u.no, s.no from nightshift.app_user u, nightshift.permission_set s
  where u.name = 'USER 1' and s.source = 'administrator' on conflict do nothing`;

/**
 * Starts a platform on a new database and fills it. `USER 1` has every permission set. Places for sessions: as few as there
 * can be, so that slots change their users.
 */
export async function rightsWorld(url: string, size: RightsSize): Promise<RightsWorld> {
  const tables = Array.from({ length: TABLES }, (_, at) => `create table table_${at} (n int);`).join('\n');
  const platform = await createPlatform({
    name: 'rights',
    database: { url },
    migrations: [{ name: '0001_tables', sql: tables }],
    taskScheduler: { maximumConcurrentRunningTasks: 1 },
    sessions: { backgroundSessionsMaxConcurrent: 0 },
  });
  await platform.start();
  const filler = new pg.Client({ connectionString: url });
  await filler.connect();
  const caller = platform.as(IDENTITY);
  for (let no = 2; no <= size.companies; no++) await companies.create(caller, { name: `Company ${no}` });
  await filler.query(ADD_USERS, [size.users]);
  await filler.query(ADD_SETS, [size.permissionSets, TABLES]);
  await filler.query(ASSIGN, [size.permissionSets, size.setsOfUser]);
  await filler.query(ASSIGN_ALL);
  await filler.query('vacuum analyze');
  await filler.end();
  await platform.directory.refresh();
  const begun = performance.now();
  const roles = await rights.prepare(caller);
  return { platform, made: { roles, ms: performance.now() - begun } };
}
