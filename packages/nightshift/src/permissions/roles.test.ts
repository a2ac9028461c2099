import { describe, expect, it, onTestFinished } from 'vitest';
import { type Database, openDatabase } from '../database/index.ts';
import { randomSecret } from '../foundation/index.ts';
import { createPlatform } from '../platform/index.ts';
import { codeunit } from '../session/index.ts';
import {
  createEmptyDatabase,
  createTestDatabase,
  type TestDatabase,
  type TestDatabaseOptions,
} from '../testing/test-database.ts';
import { ADMIN, startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { addUsers } from '../testing/test-rights.ts';
import { withClient } from '../testing/test-server.ts';
import { readDirectory } from './directory.ts';
import { lockEnvironment } from './permissions.sql.ts';
import { alignRoles, type RoleIdentity, roleForIdentity } from './role-align.ts';
import { describeDifference, repairRoles, roleDrift } from './role-drift.ts';
import { type RoleNames, roleNames } from './role-names.ts';
import { ensureRoles } from './roles.ts';

async function fresh(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const target = await createTestDatabase(options);
  onTestFinished(() => target.drop());
  return target;
}

async function open(target: TestDatabase): Promise<Database> {
  const database = await openDatabase({ url: target.url, applicationName: 'test' });
  onTestFinished(() => database.close().catch(() => undefined));
  return database;
}

async function ensured(target: TestDatabase): Promise<RoleNames> {
  const database = await open(target);
  const names = await ensureRoles(database, await readDirectory(database));
  await database.close();
  return names;
}

/** Makes the role of somebody, as a slot does that is to work for him. */
function inTransaction(database: Database, mark: string, identity: RoleIdentity): Promise<string> {
  return database.transaction(async (tx) => {
    await tx.run(lockEnvironment, []);
    return roleForIdentity(tx, roleNames(mark), identity);
  });
}

async function rolesOf(target: TestDatabase, mark: string) {
  return target.query<{ rolname: string }>(
    `select rolname, rolcanlogin, rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls as powerful
     from pg_roles where starts_with(rolname, $1) order by rolname`,
    [`ns_${mark}_`],
  );
}

/** A login of the test's own that owns an empty database. */
async function ownerOf(target: TestDatabase, rights: string): Promise<string> {
  const login = `test_login_${randomSecret(4)}`;
  const create = `create role ${login} login password 'known' ${rights}`;
  await target.query(create);
  const own = `alter database ${target.name} owner to ${login}`;
  await target.query(own);
  onTestFinished(async () => {
    await target.drop();
    const drop = `drop role ${login}`;
    await using other = await createEmptyDatabase();
    await other.query(drop);
  });
  const url = new URL(target.url);
  url.username = login;
  url.password = 'known';
  return url.href;
}

describe('the roles of a database', () => {
  it('are made, have no power of their own, and cannot log in', async () => {
    const target = await fresh();
    const { mark } = await ensured(target);
    expect(mark).toMatch(/^[0-9a-f]{6}$/);
    const plain = { rolcanlogin: false, powerful: false };
    expect(await rolesOf(target, mark)).toEqual([
      { rolname: `ns_${mark}_app`, ...plain },
      { rolname: `ns_${mark}_session`, ...plain },
    ]);
  });

  it('are the same the second time, and when several processes make them at once', async () => {
    const target = await fresh();
    const marks = await Promise.all(Array.from({ length: 5 }, () => ensured(target)));
    expect(new Set(marks.map(({ mark }) => mark)).size).toBe(1);
    expect((await ensured(target)).mark).toBe(marks[0]?.mark);
  });

  it('of users and permission sets come when they are first needed, the schemas of companies at once', async () => {
    const target = await fresh();
    await target.query("insert into nightshift.company (name) values ('Café 😀 & Söhne')");
    await target.query("insert into nightshift.app_user (name) values ('O''BRIEN')");
    const { mark } = await ensured(target);
    const database = await open(target);
    const names = async () =>
      (await rolesOf(target, mark)).map(({ rolname }) => rolname.slice(`ns_${mark}_`.length));
    expect(await names()).toEqual(['app', 'session']);
    const needed = await inTransaction(database, mark, { userNo: 1, companyNo: 2, lentNo: null });
    expect(needed).toBe(`ns_${mark}_u1_c2`);
    expect(await names()).toEqual(['app', 'c2', 'p1_c2', 'session', 'u1_c2']);
    // Who has no permission set is a member of none.
    await inTransaction(database, mark, { userNo: 2, companyNo: 2, lentNo: null });
    await inTransaction(database, mark, { userNo: 1, companyNo: 2, lentNo: null });
    expect(await names()).toEqual(['app', 'c2', 'p1_c2', 'session', 'u1_c2', 'u2_c2']);
    const schemas = await target.query(
      "select nspname from pg_namespace where nspname ~ '^(co_|app_)' order by nspname",
    );
    expect(schemas).toEqual([{ nspname: 'app_shared' }, { nspname: 'co_1' }, { nspname: 'co_2' }]);
  });

  it('of rights that a codeunit lends have those rights beside the rights of the user, while it runs only', async () => {
    const target = await fresh();
    await target.query(
      `insert into nightshift.inherent_permission (codeunit, application, tables)
       values ('Post', 'test', '{"number_series": "RM"}')`,
    );
    await target.query('delete from nightshift.permission_assignment');
    const { mark } = await ensured(target);
    const make = `set role ns_${mark}_app; create table co_1.number_series (); create table co_1.other (); reset role`;
    await target.query(make);
    const database = await open(target);
    const lent = await inTransaction(database, mark, { userNo: 1, companyNo: 1, lentNo: 1 });
    expect(lent).toBe(`ns_${mark}_u1_c1_i1`);
    const rights = `select has_table_privilege($1, 'co_1.number_series', 'select, update') as lent,
      has_table_privilege($1, 'co_1.number_series', 'insert, delete') as more,
      has_table_privilege($1, 'co_1.other', 'select') as other, has_schema_privilege($1, 'co_1', 'usage') as there`;
    const nothing = { lent: false, more: false, other: false, there: true };
    expect(await target.query(rights, [lent])).toEqual([{ ...nothing, lent: true }]);
    expect(await target.query(rights, [`ns_${mark}_u1_c1`])).toEqual([nothing]);
    await target.query('update nightshift.inherent_permission set is_obsolete = true');
    await database.transaction((tx) => alignRoles(tx, roleNames(mark), { lentNo: 1 }));
    expect(await target.query(rights, [lent])).toEqual([{ ...nothing, there: false }]);
  });

  it('a user of one company has no rights in another', async () => {
    const target = await fresh();
    await target.query("insert into nightshift.company (name) values ('Other')");
    const { mark } = await ensured(target);
    await inTransaction(await open(target), mark, { userNo: 1, companyNo: 1, lentNo: null });
    const rights = await target.query(
      `select has_schema_privilege($1, 'co_1', 'usage') as own, has_schema_privilege($1, 'co_2', 'usage') as other,
        has_schema_privilege($1, 'co_1', 'create') as create_own,
        has_schema_privilege($1, 'nightshift', 'usage') as platform,
        has_schema_privilege($1, 'public', 'create') as public,
        has_database_privilege($1, current_database(), 'create') as schemas,
        has_database_privilege($1, current_database(), 'temporary') as temporary,
        pg_has_role($1, $2, 'member') as owner`,
      [`ns_${mark}_u1_c1`, `ns_${mark}_app`],
    );
    expect(rights).toEqual([
      {
        own: true,
        other: false,
        create_own: false,
        platform: false,
        public: false,
        schemas: false,
        temporary: false,
        owner: false,
      },
    ]);
  });

  it('what sessions may call is not for everybody, and runs with a fixed search path', async () => {
    const target = await fresh();
    await ensured(target);
    const loose = await target.query(
      `select p.oid::regprocedure::text as function from pg_proc p
       where p.pronamespace in ('nightshift'::regnamespace, 'nightshift_session'::regnamespace)
         and (has_function_privilege('public', p.oid, 'execute')
           or p.prosecdef and p.proconfig @> '{"search_path=pg_catalog, pg_temp"}' is not true)`,
    );
    expect(loose).toEqual([]);
  });
});

describe('a copied database', () => {
  it('gets a mark of its own, shares no role with its origin, and leaves the origin alone', async () => {
    const origin = await fresh();
    const first = await ensured(origin);
    const copy = await fresh({ template: origin.name });
    const second = await ensured(copy);
    expect(second.mark).not.toBe(first.mark);
    expect((await ensured(copy)).mark).toBe(second.mark);
    expect((await ensured(origin)).mark).toBe(first.mark);
    expect(await rolesOf(copy, second.mark)).toHaveLength(2);
    expect(await rolesOf(origin, first.mark)).toHaveLength(2);
  });

  it('forgets the instances, the slots and the claims of its origin', async () => {
    const origin = await fresh();
    await ensured(origin);
    const epoch = '00000000-0000-4000-8000-000000000001';
    await origin.query(
      `insert into nightshift.server_instance (epoch, place, host, process_id, version, codeunits, runs_tasks)
       values ($1, 1, 'h', 1, '0', '{}', true)`,
      [epoch],
    );
    await origin.query('insert into nightshift.slot (number, epoch) values (1, $1)', [epoch]);
    await origin.query(
      `insert into nightshift.scheduled_task (id, lane, user_no, codeunit, ready, due, timeout_ms, claim, claimed_by)
       values ($1, 1, 1, 'X', true, now(), 1000, $1, $1)`,
      [epoch],
    );
    const copy = await fresh({ template: origin.name });
    await ensured(copy);
    const left = `select (select count(*)::int from nightshift.slot) as slots,
      (select count(*)::int from nightshift.server_instance where ended_at is null) as instances,
      (select count(*)::int from nightshift.scheduled_task where claim is not null) as claims`;
    expect(await copy.query(left)).toEqual([{ slots: 0, instances: 0, claims: 0 }]);
    expect(await origin.query(left)).toEqual([{ slots: 1, instances: 1, claims: 1 }]);
  });

  const orders = { name: '0001_orders', sql: 'create table orders (n int); insert into orders values (1)' };
  const priced = { name: '0002_price', sql: 'alter table orders add column price numeric' };

  async function copyOfApplication(): Promise<{ origin: TestPlatform; copy: TestDatabase }> {
    const origin = await startTestPlatform({ migrations: [orders] });
    await origin.open((session) => session.db.query('select * from orders'));
    await origin.platform.stop();
    onTestFinished(() => origin.database?.drop());
    return { origin, copy: await fresh({ template: origin.database?.name ?? '' }) };
  }

  it('takes further migrations of the application', async () => {
    const { copy } = await copyOfApplication();
    const copied = await startTestPlatform({ database: copy, migrations: [orders, priced] });
    onTestFinished(() => copied.stop());
    expect(copied.platform.applied).toEqual(['CRONUS: 0002_price']);
    const rows = await copied.open((session) => session.db.query('select n, price from orders'));
    expect(rows.rows).toEqual([{ n: 1, price: null }]);
  });

  it('its data is closed to the roles of its origin', async () => {
    const { origin, copy } = await copyOfApplication();
    const [{ mark }] = (await origin.query('select mark from nightshift.environment')) as [{ mark: string }];
    await ensured(copy);
    const rights = "select has_table_privilege($1, 'co_1.orders', 'select') as reads";
    expect(await origin.query(rights, [`ns_${mark}_u1_c1`])).toEqual([{ reads: true }]);
    expect(await copy.query(rights, [`ns_${mark}_u1_c1`])).toEqual([{ reads: false }]);
  });
});

describe('the login of the platform', () => {
  it('without CREATEROLE is told so, and nothing is half-done', async () => {
    const target = await createEmptyDatabase();
    const url = await ownerOf(target, '');
    await expect(createPlatform({ database: { url } })).rejects.toMatchObject({
      code: 'DATABASE_RIGHTS',
      field: 'database.url',
    });
    expect(await target.query('select mark from nightshift.environment')).toEqual([{ mark: '000000' }]);
  });

  it('with CREATEROLE needs to be no superuser: sessions and tasks work', async () => {
    const target = await createEmptyDatabase();
    const url = await ownerOf(target, 'createrole');
    const write = codeunit({
      name: 'Write',
      onRun: (session) => session.db.query('insert into note values ($1)', [session.clientType]),
    });
    const migrations = [{ name: '0001_note', sql: 'create table note (text text)' }];
    const world = await startTestPlatform({ database: { url }, codeunits: [write], migrations });
    onTestFinished(() => world.stop());
    await world.open((session) => session.run(write));
    const { taskScheduler } = await import('../platform/index.ts');
    await taskScheduler.createTask(world.admin, write);
    await world.waitFor('LC0043');
    const rows = await target.query('select text from co_1.note order by 1');
    expect(rows).toEqual([{ text: 'background' }, { text: 'management' }]);
    const temporary = 'create temporary table t ()';
    await expect(world.open((session) => session.db.query(temporary))).rejects.toMatchObject({
      cause: { code: '42501' },
    });
    const [{ mark }] = (await target.query('select mark from nightshift.environment')) as [{ mark: string }];
    const names = roleNames(mark);
    const { database } = world.platform;
    expect(await roleDrift(database, names)).toEqual([]);
    const byHand = `grant delete on co_1.note to ${names.session}; alter role ${names.session} createrole;
      revoke ${names.company(1)} from ${names.userInCompany(1, 1)} granted by ${names.maker(null, 1)}`;
    await target.query(byHand);
    const beyond = `alter role ${names.session} bypassrls; create role ${names.setInCompany(9, 9)}`;
    await target.query(beyond);
    const { repaired, remaining } = await database.transaction((tx) => repairRoles(tx, names));
    expect(repaired.map(describeDifference)).toHaveLength(2);
    expect(remaining.map(({ kind }) => kind)).toEqual(['role-powers', 'role-extra']);
    await world.open((session) => session.run(write));
    const undo = `alter role ${names.session} nobypassrls; drop role ${names.setInCompany(9, 9)}`;
    await target.query(undo);
    await database.transaction((tx) => repairRoles(tx, names));
    expect(await roleDrift(database, names)).toEqual([]);
    await world.stop();
  });
});

describe('a slot', () => {
  it('its login alone may do nothing, whoever holds its password', async () => {
    const world = await startTestPlatform({
      migrations: [{ name: '0001_note', sql: 'create table note (text text)' }],
    });
    onTestFinished(() => world.stop());
    await world.open((session) => session.db.query('insert into note values ($1)', ['secret']));
    const [{ mark }] = (await world.query('select mark from nightshift.environment')) as [{ mark: string }];
    const login = `ns_${mark}_s1`;
    const change = `alter role ${login} password 'known'`;
    await world.query(change);
    const url = new URL(world.database?.tcpUrl ?? '');
    url.username = login;
    url.password = 'known';
    const tries = [
      'select * from co_1.note',
      'select * from nightshift.environment',
      'select * from nightshift.slot',
      'create temporary table t ()',
      'create table public.t ()',
      'create schema s',
      'create role r',
      `alter role ${login} superuser`,
      `grant ns_${mark}_app to ${login}`,
      `set role ns_${mark}_app`,
      'set role postgres',
      'set session authorization postgres',
      `select nightshift_session.create_tasks(1, 1, '[]', null)`,
      "copy (select 1) to program 'true'",
      "select pg_read_file('PG_VERSION')",
      'select pg_terminate_backend(pid) from pg_stat_activity where usename <> session_user and pid <> pg_backend_pid()',
    ];
    await withClient(url.href, async (client) => {
      for (const attempt of tries) {
        const answer = await client.query(attempt).catch((error: { code: string }) => error.code);
        expect([attempt, answer]).toEqual([attempt, '42501']);
      }
      const { rows } = await client.query('select current_user as who');
      expect(rows).toEqual([{ who: login }]);
    });
  });

  it('belongs to one user in one company at a time', async () => {
    const target = await fresh();
    await target.query("insert into nightshift.company (name) values ('Other')");
    const world = await startTestPlatform({ database: target });
    onTestFinished(() => world.stop());
    await addUsers(world, { name: 'SECOND' });
    const identities = [ADMIN, { user: 'SECOND', company: 'Other' }, { user: 'ADMIN', company: 'Other' }];
    const memberships: unknown[] = [];
    for (const identity of identities) {
      await world.platform.open(identity, async (session) => {
        const { rows } = await session.db.query<{ slot: string }>('select session_user as slot');
        memberships.push(
          ...(await target.query(
            `select split_part(roleid::regrole::text, '_', 3) || '_' || split_part(roleid::regrole::text, '_', 4) as role,
              split_part(member::regrole::text, '_', 3) as slot, inherit_option, set_option, admin_option
             from pg_auth_members where member = $1::regrole`,
            [rows[0]?.slot],
          )),
        );
      });
    }
    const only = { slot: 's1', inherit_option: false, set_option: true, admin_option: false };
    expect(memberships).toEqual(['u1_c1', 'u2_c2', 'u1_c2'].map((role) => ({ role, ...only })));
  });
});
