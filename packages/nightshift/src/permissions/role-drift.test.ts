import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { addCompany, addUsers } from '../testing/test-rights.ts';
import { alignRoles, type RoleScope } from './role-align.ts';
import { describeDifference, repairRoles, roleDrift, unknownTables } from './role-drift.ts';
import { type RoleNames, roleNames } from './role-names.ts';

const TABLES = `create table sales_order (no serial primary key, item text, price numeric);
  create sequence loose_no;
  create table drawn (no integer default nextval('loose_no'));
  create table measured (at date) partition by range (at);
  create table measured_2024 partition of measured for values from ('2024-01-01') to ('2025-01-01');
  create view dear_order as select * from sales_order where price > 100;
  create table "Sales ""Order"" 😀" (n int);
  create table secret (n int);
  insert into sales_order (item, price) values ('chair', 200);`;

const CLERK = {
  sales_order: 'RI',
  drawn: 'I',
  measured: 'RI',
  dear_order: 'R',
  'Sales "Order" 😀': 'RIMD',
  misspelt: 'R',
};

let kit: TestPlatform;
let names: RoleNames;

const ADD_SET = `insert into nightshift.permission_set (name, source, definition) values ($1, 'administrator', $2)`;

beforeAll(async () => {
  kit = await startTestPlatform({ migrations: [{ name: '0001_tables', sql: TABLES }] });
  const [row] = await kit.query<{ mark: string }>('select mark from nightshift.environment');
  names = roleNames(row?.mark ?? '');
  await kit.query(ADD_SET, ['CLERK', JSON.stringify({ tables: CLERK })]);
  await kit.query(ADD_SET, [
    "O'Brien's 😀",
    JSON.stringify({ includes: ['CLERK'], tables: { secret: 'R' } }),
  ]);
  await kit.query(ADD_SET, [
    'NOT SECRET',
    JSON.stringify({ includes: ['SUPER'], excludes: ["O'Brien's 😀"] }),
  ]);
  await addUsers(kit, { name: 'CLARA', sets: ['CLERK'] }, { name: 'ANNA 😀 "A"', sets: ["O'Brien's 😀"] });
});
afterAll(() => kit.stop());

/** One statement as somebody. */
async function as(user: string, text: string): Promise<unknown[]> {
  return kit.platform.open(
    { user, company: 'CRONUS' },
    async (session) => (await session.db.query(text)).rows,
  );
}

const drift = async () => (await roleDrift(kit.platform.database, names)).map(describeDifference);
const repair = () =>
  kit.platform.database.transaction(async (tx) =>
    (await repairRoles(tx, names)).repaired.map(describeDifference),
  );
const align = (scope: RoleScope) =>
  kit.platform.database.transaction(async (tx) => (await alignRoles(tx, names, scope)).length);
const DENIED = { cause: { code: '42501' } };

describe('the rights of a permission set', () => {
  it('are what it names: tables, the numbers they draw, views, partitioned tables, names to be quoted', async () => {
    await as('CLARA', "insert into sales_order (item) values ('table')");
    await as('CLARA', 'insert into drawn default values');
    await as('CLARA', "insert into measured values ('2024-05-01')");
    await as('CLARA', 'insert into "Sales ""Order"" 😀" values (1)');
    await as('CLARA', 'update "Sales ""Order"" 😀" set n = 2');
    await as('CLARA', 'delete from "Sales ""Order"" 😀"');
    expect(await as('CLARA', 'select item from dear_order')).toEqual([{ item: 'chair' }]);
    expect(await as('CLARA', 'select count(*)::int as n from measured')).toEqual([{ n: 1 }]);
  });

  it.each([
    'update sales_order set price = 1',
    'delete from sales_order',
    'select * from secret',
    'select * from measured_2024',
    'select * from drawn',
    "select nextval('loose_no'), setval('loose_no', 1)",
    'truncate sales_order',
    'create table t ()',
    'select * from nightshift.app_user',
  ])('are nothing else: %s', async (text) => {
    await expect(as('CLARA', text)).rejects.toMatchObject(DENIED);
  });

  it('follow what it includes and excludes', async () => {
    expect(await as('ANNA 😀 "A"', 'select item from sales_order where price = 200')).toHaveLength(1);
    expect(await as('ANNA 😀 "A"', 'select * from secret')).toEqual([]);
    await addUsers(kit, { name: 'LESS', sets: ['NOT SECRET'] });
    await expect(as('LESS', 'select * from secret')).rejects.toMatchObject(DENIED);
    await as('LESS', 'update sales_order set price = 200');
    await expect(as('LESS', "insert into sales_order (item) values ('x')")).rejects.toMatchObject(DENIED);
  });

  it('without a table still let a refusal name the table', async () => {
    await addUsers(kit, { name: 'VIEWER', sets: ['Job Queue View'] });
    await expect(as('VIEWER', 'select * from secret')).rejects.toThrow(/secret/);
  });

  it('SUPER is everything, also what its owner makes later, and nothing of the platform', async () => {
    await addUsers(kit, { name: 'BOSS', sets: ['SUPER'] });
    await as('BOSS', 'select 1');
    const make = `set role ${names.app}; create table co_1.later (no serial, x int); reset role`;
    await kit.query(make);
    await as('BOSS', 'insert into later (x) values (1)');
    await expect(as('CLARA', 'select * from later')).rejects.toMatchObject(DENIED);
    await expect(as('BOSS', 'select * from nightshift.app_user')).rejects.toMatchObject(DENIED);
    // Of a set that excludes something, nobody knows what a table by hand is to it, until somebody looks.
    expect(await drift()).toEqual([
      expect.stringMatching(/lacks SELECT, USAGE, UPDATE on sequence co_1.later_no_seq/),
      expect.stringMatching(/lacks SELECT, INSERT, UPDATE, DELETE on table co_1.later/),
    ]);
    await align({ companyNo: 1 });
    expect(await drift()).toEqual([]);
    await as('LESS', 'insert into later (x) values (1)');
  });
});

describe('a change of rights', () => {
  const clara = 'select no from nightshift.app_user where name = $1';

  async function numbersOf(user: string, set: string) {
    const [who] = await kit.query<{ no: number }>(clara, [user]);
    const [what] = await kit.query<{ no: number }>(
      'select no from nightshift.permission_set where name = $1',
      [set],
    );
    return { userNo: who?.no ?? 0, setNo: what?.no ?? 0 };
  }

  it('that takes a right away stops the running session at its next statement', async () => {
    await addUsers(kit, { name: 'RUNNER', sets: ['CLERK'] });
    const { userNo, setNo } = await numbersOf('RUNNER', 'CLERK');
    const count = 'select count(*)::int as n from sales_order';
    const running = kit.platform.open({ user: 'RUNNER', company: 'CRONUS' }, async (session) => {
      await session.db.query(count);
      await kit.query('delete from nightshift.permission_assignment where user_no = $1', [userNo]);
      expect(await align({ userNo })).toBe(1);
      await session.db.query(count);
    });
    await expect(running).rejects.toThrow(/sales_order/);
    await kit.query('insert into nightshift.permission_assignment (user_no, set_no) values ($1, $2)', [
      userNo,
      setNo,
    ]);
    expect(await align({ userNo })).toBe(1);
    expect(await as('RUNNER', count)).toEqual([{ n: expect.any(Number) }]);
    expect(await drift()).toEqual([]);
  });

  it('of a set reaches the sets that include or exclude it', async () => {
    const { setNo } = await numbersOf('CLARA', 'CLERK');
    const define = `update nightshift.permission_set set definition = $2 where no = $1`;
    await kit.query(define, [setNo, JSON.stringify({ tables: { drawn: 'I' } })]);
    expect(await align({ setNo })).toBeGreaterThan(0);
    expect(await drift()).toEqual([]);
    await expect(as('ANNA 😀 "A"', 'select * from sales_order')).rejects.toMatchObject(DENIED);
    await as('LESS', 'select * from sales_order');
    await kit.query(define, [setNo, JSON.stringify({ tables: CLERK })]);
    await align({ setNo });
    expect(await drift()).toEqual([]);
    await as('ANNA 😀 "A"', 'select * from sales_order');
  });

  it('that deletes a set leaves none of its roles', async () => {
    await kit.query(ADD_SET, ['SHORT', JSON.stringify({ tables: { secret: 'RIMD' } })]);
    await addUsers(kit, { name: 'SHORTLY', sets: ['SHORT'] });
    await as('SHORTLY', 'select * from secret');
    const { setNo, userNo } = await numbersOf('SHORTLY', 'SHORT');
    await kit.query('delete from nightshift.permission_set where no = $1', [setNo]);
    await align({ setNo });
    expect(
      await kit.query('select 1 from pg_roles where rolname = $1', [names.setInCompany(setNo, 1)]),
    ).toEqual([]);
    await align({ userNo });
    expect(await drift()).toEqual([]);
  });

  it('that disables a user, or lets him expire, leaves his role without memberships', async () => {
    await addUsers(kit, { name: 'GOING', sets: ['CLERK', 'SUPER'] });
    await as('GOING', 'select 1');
    const { userNo } = await numbersOf('GOING', 'CLERK');
    const memberships = () =>
      kit.query('select roleid::regrole::text from pg_auth_members where member = $1::regrole', [
        names.userInCompany(userNo, 1),
      ]);
    expect(await memberships()).toHaveLength(3);
    const gone = ["state = 'disabled'", "state = 'enabled', valid_until = now() - interval '1 second'"];
    for (const change of gone) {
      const sql = `update nightshift.app_user set ${change} where no = ${userNo}`;
      await kit.query(sql);
      await align({ userNo });
      expect(await memberships()).toEqual([]);
      expect(await drift()).toEqual([]);
    }
    await kit.query('update nightshift.app_user set valid_until = null where no = $1', [userNo]);
    await align({ userNo });
    expect(await memberships()).toHaveLength(3);
  });

  it('of a name is in the comments that people read who look at the database', async () => {
    const { userNo } = await numbersOf('CLARA', 'CLERK');
    const comment = () =>
      kit.query("select shobj_description($1::regrole, 'pg_authid') as text", [
        names.userInCompany(userNo, 1),
      ]);
    expect(await comment()).toEqual([{ text: 'Nightshift: user CLARA in company CRONUS' }]);
    const long = `'"\\ 😀 ${'x'.repeat(50)}`;
    await kit.query('update nightshift.app_user set name = $2 where no = $1', [userNo, long]);
    expect(await drift()).toEqual([]);
    await align({ userNo });
    expect(await comment()).toEqual([{ text: `Nightshift: user ${long} in company CRONUS` }]);
    await kit.query("update nightshift.app_user set name = 'CLARA' where no = $1", [userNo]);
    await align({ userNo });
  });

  it('reaches one company only when the set is assigned there', async () => {
    await addCompany(kit, 'OTHER');
    await addUsers(kit, { name: 'BOTH', sets: ['CLERK'], company: 'CRONUS' });
    await as('BOTH', 'select * from sales_order');
    const { userNo } = await numbersOf('BOTH', 'CLERK');
    const refused = kit.platform.open({ user: 'BOTH', company: 'OTHER' }, (session) =>
      session.db.query('select 1'),
    );
    await expect(refused).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    await kit.query(
      `insert into nightshift.permission_assignment (user_no, set_no, company_no)
       select $1, no, 2 from nightshift.permission_set where name = 'Job Queue View'`,
      [userNo],
    );
    await kit.platform.directory.refresh();
    const foreign = kit.platform.open({ user: 'BOTH', company: 'OTHER' }, (session) =>
      session.db.query('select * from co_1.sales_order'),
    );
    await expect(foreign).rejects.toMatchObject({ cause: { code: '42501' } });
  });
});

describe('drift', () => {
  const user = () => names.userInCompany(1, 1);
  const SUPER = 1;

  async function drifted(commands: readonly string[], found: readonly RegExp[]): Promise<void> {
    await kit.open((session) => session.db.query('select 1'));
    expect(await drift()).toEqual([]);
    for (const command of commands) await kit.query(command);
    const sentences = await drift();
    expect(sentences).toHaveLength(found.length);
    for (const text of found) expect(sentences).toContainEqual(expect.stringMatching(text));
    expect(await repair()).toHaveLength(found.length);
    expect(await drift()).toEqual([]);
    expect(await repair()).toEqual([]);
    await kit.open((session) => session.db.query('select * from sales_order'));
  }

  it.each<readonly [what: string, commands: () => readonly string[], found: readonly RegExp[]]>([
    [
      'grants by hand',
      () => [
        `grant truncate, update on co_1.secret to ${names.session}`,
        `grant select on co_1.secret to public`,
        `grant update (price) on co_1.sales_order to ${user()}`,
        `grant usage on sequence co_1.loose_no to ${user()}`,
        `grant create on schema app_shared to ${names.setInCompany(SUPER, 1)}`,
        `grant select on nightshift.app_user to ${names.session}`,
      ],
      [
        /u1_c1 has USAGE on sequence co_1.loose_no/,
        /p1_c1 has CREATE on schema app_shared/,
        /u1_c1 has UPDATE on column price of co_1.sales_order/,
        /public has SELECT on table co_1.secret/,
        /session has TRUNCATE, UPDATE on table co_1.secret/,
        /session has SELECT on table nightshift.app_user/,
      ],
    ],
    [
      'rights that may be passed on, and were',
      () => [
        `grant select on co_1.secret to ${names.setInCompany(SUPER, 1)} with grant option`,
        `set role ${user()}; grant select on co_1.secret to ${names.session}; reset role`,
      ],
      [/p1_c1 may pass on rights on table co_1.secret/, /session has SELECT on table co_1.secret/],
    ],
    [
      'rights taken away by hand',
      () => [
        `revoke select on co_1.sales_order from ${names.setInCompany(SUPER, 1)}`,
        `revoke usage on schema co_1 from ${names.company(1)}`,
        `alter default privileges for role ${names.app} in schema co_1 revoke all on tables from ${names.setInCompany(SUPER, 1)}`,
        `revoke ${names.session} from ${names.company(1)}`,
      ],
      [/is no member of .*session/, /lacks USAGE on schema co_1/, /lacks SELECT on table/, /tables to come/],
    ],
    [
      'memberships by hand',
      () => [
        `grant ${names.app} to ${user()}`,
        `grant pg_read_all_data to ${names.session}`,
        `grant ${names.setInCompany(SUPER, 1)} to ${user()} with admin true`,
      ],
      [
        /session is a member of pg_read_all_data/,
        /u1_c1 is a member of .*_app/,
        /u1_c1 is a member of .*_p1_c1/,
        /u1_c1 is no member of .*_p1_c1/,
      ],
    ],
    [
      'a slot that may work for two',
      () => [`grant ${names.app} to ${names.slot(1)}`],
      [/s1 is a member of .*_app/],
    ],
    [
      'powers',
      () => [
        `alter role ${user()} superuser login`,
        `alter role ${names.session} createrole bypassrls`,
        `alter role ${names.slot(1)} createdb`,
        `alter role ${names.app} login`,
      ],
      [/app has LOGIN/, /s1 has CREATEDB/, /session has CREATEROLE, BYPASSRLS/, /u1_c1 has SUPERUSER, LOGIN/],
    ],
    [
      'roles of what is no more',
      () => [
        `create role ${names.userInCompany(99, 1)}; create role ${names.setInCompany(1, 99)}`,
        `grant select on co_1.secret to ${names.setInCompany(1, 99)}`,
      ],
      [/has SELECT on table co_1.secret/, /p1_c99 belongs to no company/, /u99_c1 belongs to no company/],
    ],
    [
      'a table that was given away',
      () => [`alter table co_1.drawn owner to ${user()}`],
      [/u1_c1 owns something/, /u1_c1 has .* on table co_1.drawn/],
    ],
    [
      'a role that was dropped',
      () => [`drop owned by ${names.setInCompany(SUPER, 1)}; drop role ${names.setInCompany(SUPER, 1)}`],
      [/p1_c1 is missing/],
    ],
  ])('by %s is found and repaired', async (_what, commands, found) => {
    if (found.length === 1 && /missing/.test(String(found[0]))) {
      await kit.query(commands()[0] ?? '');
      expect(await drift()).toContainEqual(expect.stringMatching(found[0] as RegExp));
      await repair();
      expect(await drift()).toEqual([]);
      await kit.open((session) => session.db.query('insert into secret values (1)'));
      return;
    }
    await drifted(commands(), found);
  });

  it('what a role of nobody owns is not lost with it', async () => {
    const role = names.userInCompany(99, 1);
    const make = `create role ${role}; create table app_shared.stray (); alter table app_shared.stray owner to ${role}`;
    await kit.query(make);
    await repair();
    const owner = "select relowner::regrole::text as owner from pg_class where relname = 'stray'";
    expect(await kit.query(owner)).toEqual([{ owner: names.app }]);
    expect(await drift()).toEqual([]);
    await kit.query('drop table app_shared.stray');
  });

  it('names that permission sets give to tables which are nowhere are a hint', async () => {
    expect(await unknownTables(kit.platform.database)).toEqual([
      { permissionSet: 'CLERK', table: 'misspelt' },
    ]);
  });

  it('others who were given something are left alone', async () => {
    const guest = `guest_${names.mark}`;
    const make = `create role ${guest}; grant select on co_1.secret to ${guest}; grant ${user()} to ${guest}`;
    await kit.query(make);
    expect(await drift()).toEqual([]);
    const drop = `drop owned by ${guest}; drop role ${guest}`;
    await kit.query(drop);
  });
});
