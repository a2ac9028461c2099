import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Caller, codeunit, type Session, type UserInterface } from '../session/index.ts';
import { until } from '../testing/condition.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { addSets, addUsers } from '../testing/test-rights.ts';
import { type RightsRecordingInput, recordRights } from './record-rights.ts';

type Act = (session: Session) => Promise<unknown>;

const acts = new Map<string, Act>();
const act = codeunit({
  name: 'Act',
  record: z.object({ key: z.string() }),
  permissions: { tables: { sales_order: 'RI' } },
  onRun: (session, { key }) => acts.get(key)?.(session),
});
const nested = codeunit({
  name: 'Nested',
  onRun: (session) => session.db.query('select count(*) from item'),
});
const lender = codeunit({
  name: 'Lender',
  inherentPermissions: { tables: { number_series: 'RM' } },
  onRun: (session) => session.db.query('update number_series set last = last + 1 where code = $1', ['O']),
});

const TABLES = {
  name: '0001_tables',
  sql: `
    create table customer (no integer primary key, name text);
    create table sales_order (no integer generated always as identity primary key,
      customer integer references customer on delete cascade, total numeric not null default 0);
    create table sales_line (order_no integer references sales_order on delete cascade, item text);
    create table item (code text primary key, stock integer not null default 0);
    create table number_series (code text primary key, last integer not null);
    create table change_log (what text);
    create table statistics (orders integer);
    create table queue (no integer, done boolean default false);
    create table part (no integer, day date) partition by range (day);
    create table part_2026 partition of part for values from ('2026-01-01') to ('2027-01-01');
    create table "Odd ""name"" 💥" (v text);
    create view order_totals as select customer, sum(total) as total from sales_order group by customer;
    create function log_order() returns trigger language plpgsql as $$ begin
      insert into change_log values (new.no::text);
      return new;
    end $$;
    create trigger log_order after insert on sales_order for each row execute function log_order();
    create function count_late() returns trigger language plpgsql as $$ begin
      update statistics set orders = orders + 1;
      return null;
    end $$;
    create constraint trigger count_late after insert on sales_order deferrable initially deferred
      for each row execute function count_late();
    create function restock(p_code text) returns void language plpgsql as $$ begin
      update item set stock = stock + 1 where code = p_code;
    end $$;
    insert into customer values (1, 'one');
    insert into item values ('a', 1);
    insert into number_series values ('O', 1);
    insert into statistics values (0);
    insert into queue values (1);
  `,
};
const nobody = {} as UserInterface;
let kit: TestPlatform;
let security: Caller;

beforeAll(async () => {
  kit = await startTestPlatform({ codeunits: [act, nested, lender], migrations: [TABLES] });
  await addSets(kit, { 'Run Act': { codeunits: ['Act', 'Nested'], tables: { item: 'R' } } });
  await addUsers(
    kit,
    { name: 'SECURITY', sets: ['Security Admin', 'Run Act'] },
    { name: 'CLERK', sets: ['Run Act'] },
  );
  security = kit.platform.as({ user: 'SECURITY', company: 'CRONUS' });
});
afterAll(() => kit.stop());

/** Records an act. */
async function recorded(work: Act, more: Partial<RightsRecordingInput> = {}, caller: Caller = kit.admin) {
  const key = `act ${acts.size}`;
  acts.set(key, work);
  return recordRights(caller, { codeunit: 'Act', record: { key }, userInterface: nobody, ...more });
}
const query =
  (text: string, values?: readonly unknown[]): Act =>
  (session) =>
    session.db.query(text, values);

describe('what a statement needs', () => {
  it.each<[string, string, readonly unknown[], Record<string, string>]>([
    ['a read', 'select name from customer where no = $1', [1], { customer: 'R' }],
    ['a read that finds nothing', 'select name from customer where no = $1', [-1], { customer: 'R' }],
    [
      'a join',
      'select 1 from customer c join sales_order o on o.customer = c.no',
      [],
      { customer: 'R', sales_order: 'R' },
    ],
    ['an insert', "insert into item (code) values ('b')", [], { item: 'I' }],
    ['an insert that answers', "insert into item (code) values ('c') returning code", [], { item: 'RI' }],
    ['an update of all', 'update item set stock = 0', [], { item: 'M' }],
    ['an update of some', 'update item set stock = 0 where code = $1', ['x'], { item: 'RM' }],
    ['a delete of all', 'delete from queue', [], { queue: 'D' }],
    ['a delete of some', 'delete from queue where no = $1', [5], { queue: 'RD' }],
    [
      'an upsert',
      "insert into item values ('a', 2) on conflict (code) do update set stock = excluded.stock",
      [],
      { item: 'RIM' },
    ],
    ['an insert or nothing', "insert into item values ('a', 2) on conflict do nothing", [], { item: 'I' }],
    ['a lock', 'select no from queue for update skip locked', [], { queue: 'RM' }],
    ['a view', 'select total from order_totals', [], { order_totals: 'R' }],
    [
      'a statement with several',
      'with gone as (delete from queue returning no) insert into item select no::text from gone',
      [],
      { item: 'I', queue: 'RD' },
    ],
    [
      'a merge',
      'merge into item i using customer c on c.name = i.code when matched then update set stock = 0 when not matched then do nothing',
      [],
      { customer: 'R', item: 'RM' },
    ],
    ['a subquery', 'update item set stock = (select count(*) from queue)', [], { item: 'M', queue: 'R' }],
    ['no table', 'select $1', ['$2'], {}],
    [
      'a text that looks like a parameter',
      "select name from customer where name = '$9'",
      [],
      { customer: 'R' },
    ],
    ['a partitioned table', "insert into part values (1, '2026-05-05')", [], { part: 'I' }],
    ['an odd name', 'select v from "Odd ""name"" 💥"', [], { 'Odd "name" 💥': 'R' }],
    ['a cascade of a foreign key', 'delete from customer', [], { customer: 'D' }],
    ['a cursor', 'declare c cursor for select no from queue', [], { queue: 'R' }],
  ])('%s', async (_, text, values, tables) => {
    const { byStatements, insideFunctions, error, notLookedInto } = await recorded(query(text, values));
    expect(error).toBeNull();
    expect({ byStatements, insideFunctions, notLookedInto }).toEqual({
      byStatements: tables,
      insideFunctions: {},
      notLookedInto: [],
    });
  });

  it('is told apart from what its triggers and functions do, also those that wait for the commit', async () => {
    const all = await recorded(async (session) => {
      await session.db.query('insert into sales_order (customer) values (1)');
      await session.db.query("select restock('a')");
    });
    expect(all).toMatchObject({
      byStatements: { sales_order: 'I' },
      insideFunctions: { change_log: 'I', item: 'RM', statistics: 'RM' },
      isComplete: true,
    });
    expect(all.permissionSet).toEqual({
      name: 'Act',
      codeunits: ['Act'],
      reports: [],
      tables: { change_log: 'I', item: 'RM', sales_order: 'I', statistics: 'RM' },
    });
    expect(all.undeclared).toEqual({ change_log: 'I', item: 'RM', statistics: 'RM' });
  });

  it('of an anonymous block is seen by what it does; that nobody can look into it is told', async () => {
    const block = await recorded(query('do $$ begin delete from queue; end $$'));
    expect(block.insideFunctions).toEqual({ queue: 'RD' });
    expect(block.notLookedInto).toMatchObject([{ text: expect.stringMatching(/^do/) }]);
  });
});

describe('a recording', () => {
  it('leaves nothing behind, whatever was committed in between', async () => {
    const run = await recorded(async (session) => {
      await session.db.query("insert into item (code) values ('gone')");
      await session.commit();
      const { rows } = await session.db.query("select 1 from item where code = 'gone'");
      expect(rows).toHaveLength(1);
      await session.commit();
    });
    expect(run).toMatchObject({ error: null, isKept: false, byStatements: { item: 'RI' }, isComplete: true });
    expect(await kit.query("select 1 from co_1.item where code = 'gone'")).toEqual([]);
    // Roles are the cluster's: other tests may have theirs for a moment.
    const nobody = async (sql: string) => (await kit.query(sql)).length === 0;
    await until('no probe is left', () => nobody("select 1 from pg_roles where rolname like '%probe%'"));
    // The connection is as good as new.
    await kit.open((session) => session.db.query('select 1'));
    await until('no transaction is left open', () =>
      nobody("select 1 from pg_stat_activity where datname = current_database() and state like 'idle in%'"),
    );
  });

  it('keeps it when that is wanted', async () => {
    const run = await recorded(
      async (session) => {
        await session.db.query("insert into item (code) values ('kept 1')");
        await session.commit();
        await session.db.query("insert into item (code) values ('kept 2')");
      },
      { keep: true },
    );
    expect(run).toMatchObject({ isKept: true, byStatements: { item: 'I' } });
    expect(await kit.query("select 1 from co_1.item where code like 'kept%'")).toHaveLength(2);
  });

  it('names the codeunits that were run by others, and takes off what they are lent', async () => {
    const run = await recorded(async (session) => {
      await session.run(nested);
      await session.run(lender);
      await session.run(nested);
      await session.db.query('select last from number_series');
    });
    expect(run.codeunits).toEqual(['Act', 'Nested', 'Lender']);
    expect(run.byStatements).toEqual({ item: 'R', number_series: 'R' });
    expect(run.permissionSet.codeunits).toEqual(['Act', 'Nested', 'Lender']);
  });

  it('of a run that failed tells what it needed until then', async () => {
    const run = await recorded(async (session) => {
      await session.db.query("insert into item (code) values ('x')");
      await session.db.query('select 1 / 0');
    });
    expect(run).toMatchObject({ isComplete: false, byStatements: { item: 'I' } });
    expect(run.error?.message).toMatch(/division by zero/);
    const thrown = await recorded(async (session) => {
      await session.db.query('insert into sales_order (customer) values (1)');
      throw new Error('I give up');
    });
    // Its transaction was sound, so what triggers did is seen.
    expect(thrown).toMatchObject({ isComplete: true, insideFunctions: { change_log: 'I' } });
    const quiet = await recorded(async (session) => session.error(''));
    expect(quiet).toMatchObject({ error: null, byStatements: {} });
  });

  it('of a user without the rights ends where the first one is missing, and tells it', async () => {
    const run = await recorded(query('select name from customer'), { user: 'CLERK' });
    expect(run.error?.code).toBe('PERMISSION_DENIED');
    expect(run).toMatchObject({ user: 'CLERK', byStatements: { customer: 'R' } });
  });

  it('is for Security Admin, who runs nothing as somebody else', async () => {
    const clerk = kit.platform.as({ user: 'CLERK', company: 'CRONUS' });
    await expect(recorded(query('select 1'), {}, clerk)).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    expect((await recorded(query('select 1 from item'), {}, security)).user).toBe('SECURITY');
    await expect(recorded(query('select 1'), { user: 'ADMIN' }, security)).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
      message: 'User SECURITY may not run a codeunit as ADMIN; in company CRONUS that takes SUPER.',
    });
    const rows = await kit.query(
      "select user_name, result, object_name, after from nightshift.audit_log where verb = 'rights.record' and user_name = 'SECURITY' order by id",
    );
    expect(rows).toEqual([
      {
        user_name: 'SECURITY',
        result: 'allowed',
        object_name: 'Act',
        after: { runAs: 'SECURITY', keep: false },
      },
      { user_name: 'SECURITY', result: 'denied', object_name: 'ADMIN', after: null },
    ]);
  });

  it('refuses what is not there, and a record that does not fit, before anything runs', async () => {
    await expect(recorded(query('select 1'), { codeunit: 'Nothing' })).rejects.toMatchObject({
      code: 'CODEUNIT_UNKNOWN',
    });
    await expect(recorded(query('select 1'), { record: { key: 1 } })).rejects.toMatchObject({
      code: 'RECORD_INVALID',
    });
    await expect(recorded(query('select 1'), { user: 'NOBODY' })).rejects.toMatchObject({
      code: 'USER_UNKNOWN',
    });
  });
});
