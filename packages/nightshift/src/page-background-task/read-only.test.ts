import { afterAll, beforeAll, expect, test } from 'vitest';
import { companies, items, jobQueue, taskScheduler } from '../platform/index.ts';
import { codeunit, type Session, startSession, stopSession } from '../session/index.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { backgroundTask, openPage, runBackgroundTask } from './index.ts';

/** What a test wants the task to do. */
let work: (session: Session) => unknown = () => undefined;
const worker = backgroundTask({
  name: 'The Works',
  onRun: async (session) => ({ answer: JSON.stringify((await work(session)) ?? null) }),
});
const lent = backgroundTask({
  name: 'Lent',
  inherentPermissions: { tables: { customer: 'RIMD' } },
  onRun: async (session) => ({ answer: JSON.stringify((await work(session)) ?? null) }),
});
const plain = codeunit({ name: 'Plain', onRun: () => undefined });

let world: TestPlatform;
beforeAll(async () => {
  world = await startTestPlatform({
    codeunits: [worker, lent, plain],
    migrations: [
      {
        name: '0001_customer',
        sql: `create table customer (no text primary key, "Name" text);
          insert into customer values ('10000', 'Adatum');
          create sequence number_series;
          create function raise_it() returns void language plpgsql as $$
            begin insert into customer values ('from a function', ''); end $$;
          create function "Odd"() returns bigint language sql as $$ select nextval('number_series') $$`,
      },
    ],
  });
});
afterAll(() => world.stop());

const run = (act: (session: Session) => unknown, target = worker) => {
  work = act;
  return runBackgroundTask(world.admin, target, {});
};
interface Failure {
  readonly code: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly message: string;
}
/** The code, the table and the text of what a task fails with that does that. */
async function refusal(act: (session: Session) => unknown, target = worker) {
  const { code, details, message } = await run(act, target).then(
    ({ answer = '' }): Failure => ({ code: 'none', details: {}, message: answer }),
    (error: Failure) => error,
  );
  return { code, table: details['table'], message };
}
const query = (text: string) => (session: Session) => session.db.query(text);
const untouched = async () => {
  const [row] = await world.query<{ count: number; last: string | null }>(
    "select count(*)::int, (select last_value from pg_sequences where sequencename = 'number_series') as last from co_1.customer",
  );
  expect(row).toEqual({ count: 1, last: null });
};

test.each([
  ["insert into customer values ('1', '')", 'customer'],
  ["insert into co_1.\"customer\" values ('1', '')", 'customer'],
  ["update customer set no = '1'", 'customer'],
  ['delete from only customer', 'customer'],
  [
    'merge into customer c using (select 1) s on false when not matched then insert values (null, null)',
    'customer',
  ],
  ["with made as (insert into customer values ('1', '') returning *) select * from made", 'customer'],
  ["select nextval('number_series')", 'number_series'],
  ["select setval('number_series', 9)", 'number_series'],
  ['select "Odd"()', null],
  ['select raise_it()', 'customer'],
  ['do $$ begin perform raise_it(); end $$', 'customer'],
  ['select * from customer for update', 'customer'],
  ['select * from customer for no key update', 'customer'],
  ['select * from customer for share', 'customer'],
  ['truncate customer', 'customer'],
  ['create table mine (no text)', 'mine'],
  ['drop table customer', 'customer'],
  ['lock table customer in row exclusive mode', null],
  ['lock customer', null],
  ["copy customer from program 'true'", 'customer'],
])('the database refuses %s, and the table is named', async (statement, table) => {
  const { code, table: named } = await refusal(query(statement));
  // Some are refused for want of rights first; nothing of any is done.
  expect(['READ_ONLY', 'PERMISSION_DENIED', 'CODEUNIT_ERROR']).toContain(code);
  if (code === 'READ_ONLY') expect(named).toBe(table);
  await untouched();
});

test('what the most used words are refused with', async () => {
  expect(await refusal(query("insert into customer values ('1', '')"))).toEqual({
    code: 'READ_ONLY',
    table: 'customer',
    message: 'The session only reads: the database refused INSERT (customer).',
  });
  expect(await refusal(query("select nextval('number_series')"))).toMatchObject({ code: 'READ_ONLY' });
  expect(await refusal(query('select * from customer for update'))).toMatchObject({ code: 'READ_ONLY' });
  expect(await refusal(query('create temp table mine (no text)'))).toMatchObject({ code: 'READ_ONLY' });
});

test('no way leads out of the transaction that only reads', async () => {
  for (const statement of [
    'commit; begin',
    'commit',
    '/* */ ; begin read write',
    'rollback',
    'set transaction read write',
    'set session characteristics as transaction read write',
    'reset role',
  ])
    expect(await refusal(query(statement)), statement).toMatchObject({ code: 'TRANSACTION_CONTROL' });
  expect((await refusal(query("select 1; insert into customer values ('1', '')"))).code).not.toBe('none');
  for (const setting of ["'transaction_read_only', 'off', false", "'transaction_read_only', 'off', true"])
    expect((await refusal(query(`select set_config(${setting})`))).code, setting).not.toBe('none');
  for (const harmless of [
    "select set_config('default_transaction_read_only', 'off', false)",
    'do $$ begin execute $x$set default_transaction_read_only = off$x$; end $$',
  ]) {
    const told = await refusal(async (session) => {
      await session.db.query(harmless);
      await session.commit();
      await session.db.query("insert into customer values ('1', '')");
    });
    expect(told, harmless).toMatchObject({ code: 'READ_ONLY', table: 'customer' });
  }
  const told = await refusal(async (session) => {
    await session.savepoint(async () => undefined);
    await session.savepoint(() => session.db.query("insert into customer values ('1', '')"));
  });
  expect(told).toMatchObject({ code: 'READ_ONLY' });
  await untouched();
});

test('what it swallows does not make it succeed', async () => {
  const swallowed = await refusal((session) =>
    session.db.query("insert into customer values ('1', '')").catch(() => 'swallowed'),
  );
  expect(swallowed).toMatchObject({ code: 'READ_ONLY', table: 'customer' });
});

test('what is left on the connection is taken back: locks, what it listens to, settings', async () => {
  await run(async (session) => {
    await session.db.query('select pg_advisory_lock(4711)');
    await session.db.query("select set_config('app.left', 'behind', false)");
    await session.db.query("notify nobody, 'hears'");
  });
  expect(await world.query('select from pg_locks where objid = 4711')).toEqual([]);
  const { answer } = await run(async (session) => {
    const { rows } = await session.db.query("select current_setting('app.left', true) as left");
    return rows;
  });
  expect(JSON.parse(answer ?? '')).toEqual([{ left: expect.not.stringContaining('behind') }]);
});

test('lent rights are rights to read', async () => {
  const write = query("insert into customer values ('1', '')");
  expect(await refusal(write, lent)).toMatchObject({ code: 'READ_ONLY', table: 'customer' });
  await untouched();
});

test('it calls nobody back, and sets nothing off', async () => {
  for (const [what, act] of Object.entries<(session: Session) => unknown>({
    confirm: (session) => session.confirm('Sure?'),
    runPage: (session) => session.runPage('Card'),
    openPage: (session) => openPage(session, { name: 'Card' }),
    runBackgroundTask: (session) => runBackgroundTask(session, worker, {}),
    startSession: (session) => startSession(session, plain),
    stopSession: (session) => stopSession(session, 7),
    enqueue: (session) => jobQueue.enqueue(session, plain),
    create: (session) => jobQueue.create(session, { object: plain }),
    company: (session) => companies.create(session, { name: 'New' }),
    items: (session) => items.retry(session, 'orders', { ids: [] } as never),
  }))
    expect(await refusal(act), what).toMatchObject({ code: 'CALLBACK_NOT_ALLOWED' });
  expect(await refusal((session) => taskScheduler.createTask(session, plain))).toMatchObject({
    code: 'READ_ONLY',
  });
  expect(await world.query('select from nightshift.scheduled_task')).toEqual([]);
});
