import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { codeunit, type Session } from '../session/index.ts';
import { until } from '../testing/condition.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { rowOf } from './task-record.ts';
import { cancelTask, createTask, setTaskReady } from './task-scheduler.ts';

const TABLES = {
  name: '0001_tables',
  sql: `create table sales_order (no text primary key, shop int not null, day date, at timestamptz, open boolean,
      amount numeric not null default 0, big bigint);
    create table secret (no int primary key);
    create table "Größe$" ("Name 1" text, "größe" text);
    insert into sales_order (no, shop, day, at, open, amount, big)
      values ('S1', 1, '2026-07-01', '2026-07-01T08:00:00Z', true, 12.50, 9007199254740993),
      ('S2', 2, '2026-07-02', '2026-07-02T08:00:00Z', false, 1, 1), ('O''Neil"; drop table x', 2, null, null, null, 3, 3);
    insert into secret values (1)`,
};

const orderSchema = z.object({
  no: z.string(),
  amount: z.coerce.number(),
  day: z.string().nullish(),
  at: z.date().nullish(),
  big: z.string().nullish(),
});

const seen: { readonly codeunit: string; readonly record: unknown }[] = [];
let fails = false;

function note(name: string) {
  return (session: Session, record: unknown) => {
    seen.push({ codeunit: `${name} ${session.idempotencyKey}`, record });
    if (name === 'Post' && fails) throw new Error('cannot be posted');
  };
}

const post = codeunit({ name: 'Post', record: orderSchema, onRun: note('Post') });
const report = codeunit({ name: 'Report', record: orderSchema.optional(), onRun: note('Report') });
const plainReport = codeunit({ name: 'Plain Report', onRun: note('Plain Report') });
const strictReport = codeunit({ name: 'Strict Report', record: orderSchema, onRun: note('Strict Report') });
const any = codeunit({ name: 'Any', record: z.looseObject({}), onRun: note('Any') });
const plain = codeunit({ name: 'Plain', onRun: () => undefined });

let kit: TestPlatform;

beforeAll(async () => {
  kit = await startTestPlatform({
    codeunits: [post, report, plainReport, strictReport, any, plain],
    migrations: [TABLES],
  });
  // Its roles are made when they are first needed; SUPER is the set with number 1.
  await kit.open((session) => session.db.query('select 1'));
  await kit.query(`do $$ begin
    execute format('revoke all on co_1.secret from ns_%s_p1_c1', (select mark from nightshift.environment)); end $$`);
});
afterAll(() => kit.stop());

const completed = (task: string) => kit.waitFor('LC0043', ({ taskId }) => taskId === task);

/** What a codeunit was handed by a task. */
const recordsOf = (name: string, task: string) =>
  seen.filter(({ codeunit: which }) => which === `${name} ${task}`).map(({ record }) => record);

/** The error that a task without a failure codeunit ends with. */
async function failureOf(task: string) {
  const [row] = await until('it has failed', async () => {
    const rows = await kit.query<{ error: Record<string, unknown> }>(
      'select error from nightshift.failed_task where id = $1',
      [task],
    );
    return rows.length > 0 && rows;
  });
  return row?.error;
}

describe('the record is a row', () => {
  test('as it is when the task runs, not as it was when it was created', async () => {
    const record = rowOf('sales_order', { no: 'S2' });
    const task = await createTask(kit.admin, post, { record, ready: false });
    await kit.query("update co_1.sales_order set amount = 99.5 where no = 'S2'");
    await setTaskReady(kit.admin, task);
    await completed(task);
    expect(recordsOf('Post', task)).toMatchObject([{ no: 'S2', amount: 99.5 }]);
  });

  test('with values as session.db.query returns them', async () => {
    const task = await createTask(kit.admin, post, { record: rowOf('sales_order', { no: 'S1' }) });
    await completed(task);
    expect(recordsOf('Post', task)).toEqual([
      {
        no: 'S1',
        amount: 12.5,
        day: '2026-07-01',
        at: new Date('2026-07-01T08:00:00Z'),
        big: '9007199254740993',
      },
    ]);
  });

  test.each([
    ['a number', { shop: 1 }],
    ['a boolean', { open: true }],
    ['a bigint', { big: 9007199254740993n }],
    ['a Date', { at: new Date('2026-07-01T08:00:00Z') }],
    ['a day', { day: '2026-07-01' }],
    ['two columns', { shop: 1, no: 'S1' }],
  ])('found by %s', async (_, key) => {
    const task = await createTask(kit.admin, post, { record: rowOf('sales_order', key) });
    await completed(task);
    expect(recordsOf('Post', task)).toMatchObject([{ no: 'S1' }]);
  });

  test('that its creator has written in the same transaction', async () => {
    const task = await kit.open(async (session) => {
      await session.db.query("insert into sales_order (no, shop) values ('NEW', 9)");
      return createTask(session, post, { record: rowOf('sales_order', { no: 'NEW' }) });
    });
    await completed(task);
    expect(recordsOf('Post', task)).toMatchObject([{ no: 'NEW' }]);
  });

  test('whatever its key holds, it is a value', async () => {
    const record = rowOf('sales_order', { no: `O'Neil"; drop table x` });
    const task = await createTask(kit.admin, post, { record });
    await completed(task);
    expect(recordsOf('Post', task)).toMatchObject([{ amount: 3 }]);
  });
});

describe('the row is gone', () => {
  const gone = { record: rowOf('sales_order', { no: 'GONE', shop: 7 }) };

  test('the main codeunit fails with table and key, and is not retried', async () => {
    const task = await createTask(kit.admin, post, gone);
    expect(await failureOf(task)).toMatchObject({
      code: 'RECORD_NOT_FOUND',
      field: 'record',
      message: 'The record of this task is gone: there is no row sales_order (no = "GONE", shop = 7).',
    });
    expect(recordsOf('Post', task)).toEqual([]);
  });

  test.each([
    ['that takes a record', report, 'Report'],
    ['without a record', plainReport, 'Plain Report'],
  ] as const)(
    'a failure codeunit %s runs with the stored error and without a record',
    async (_, failing, name) => {
      const failureCodeunit = failing as typeof report;
      const task = await createTask(kit.admin, post, { ...gone, failureCodeunit });
      await completed(task);
      expect(recordsOf(name, task)).toEqual([undefined]);
    },
  );
});

describe('the failure codeunit', () => {
  test('gets the row when it is there', async () => {
    fails = true;
    const record = rowOf('sales_order', { no: 'S1' });
    const task = await createTask(kit.admin, post, { record, failureCodeunit: report });
    await completed(task);
    fails = false;
    expect(recordsOf('Report', task)).toMatchObject([{ no: 'S1', amount: 12.5 }]);
  });

  test.each([
    ['a table that does not exist', rowOf('no_such_table', { no: 1 })],
    ['a row that does not fit', rowOf('Größe$', { größe: 'x' })],
    ['a table that its user may not read', rowOf('secret', { no: 1 })],
  ])('runs also after %s', async (_, record) => {
    await kit.query(`truncate co_1."Größe$"; insert into co_1."Größe$" values ('n', 'x')`);
    const task = await createTask(kit.admin, post, { record, failureCodeunit: report });
    await completed(task);
    expect(recordsOf('Report', task)).toEqual([undefined]);
  });

  test('must take a record that is undefined; the types say so, and the door', async () => {
    const record = rowOf('sales_order', { no: 'S1' });
    // @ts-expect-error: the row may be gone when the failure codeunit runs
    const creating = createTask(kit.admin, post, { record, failureCodeunit: strictReport });
    await expect(creating).rejects.toMatchObject({ code: 'RECORD_INVALID', field: 'failureCodeunit' });
    // @ts-expect-error: it takes no record
    const without = createTask(kit.admin, plain, { record });
    await expect(without).rejects.toMatchObject({ code: 'RECORD_INVALID', field: 'record' });
    // With a value it need not.
    const task = await createTask(kit.admin, post, {
      record: { no: 'V', amount: 1 },
      failureCodeunit: strictReport,
      ready: false,
    });
    expect(await cancelTask(kit.admin, task)).toBe(true);
  });
});

describe('a reference that leads nowhere is told in one sentence', () => {
  test.each([
    [
      'a missing table',
      rowOf('no_such_table', { no: 1 }),
      'RECORD_INVALID',
      /"no_such_table" does not exist/,
    ],
    ['another case', rowOf('Sales_Order', { no: 'S1' }), 'RECORD_INVALID', /"Sales_Order" does not exist/],
    ['a missing column', rowOf('sales_order', { nr: 1 }), 'RECORD_INVALID', /column "nr" does not exist/],
    [
      'a value of another type',
      rowOf('sales_order', { shop: 'S1' }),
      'RECORD_INVALID',
      /invalid input syntax/,
    ],
    [
      'several rows',
      rowOf('sales_order', { shop: 2 }),
      'RECORD_INVALID',
      /several fit sales_order \(shop = 2\)/,
    ],
    ['no permission', rowOf('secret', { no: 1 }), 'PERMISSION_DENIED', /permission denied for table secret/],
    ['another company', rowOf('co_1', { no: 1 }), 'RECORD_INVALID', /"co_1" does not exist/],
  ])('%s', async (_, record, code, message) => {
    const task = await createTask(kit.admin, any, { record });
    const error = await failureOf(task);
    expect(error).toMatchObject({ code, field: 'record' });
    expect(error?.['message']).toMatch(message);
    expect(error?.['message']).toMatch(/^The record of this task/);
  });

  test('one that SQL of a session has written', async () => {
    const id = '019b0000-0000-7000-8000-0000000000aa';
    const tasks = [
      {
        id,
        codeunit: 'Any',
        ready: true,
        record: { 'a" or true --': 1 },
        record_table: 'x y',
        timeout_ms: 1_000,
      },
    ];
    await kit.open((session) =>
      session.db.query('select nightshift_session.create_tasks(1, 1, $1::jsonb, null)', [
        JSON.stringify(tasks),
      ]),
    );
    await kit.platform.instance.wake(1, true);
    expect(await failureOf(id)).toMatchObject({ code: 'RECORD_INVALID' });
  });
});

describe('rowOf', () => {
  test.each([
    ['no name', '', { no: 1 }, 'record.table'],
    ['a name with a blank', 'a b', { no: 1 }, 'record.table'],
    ['a name with a quote', 'a"b', { no: 1 }, 'record.table'],
    ['a schema', 'co_2.sales_order', { no: 1 }, 'record.table'],
    ['too long a name', 'ü'.repeat(32), { no: 1 }, 'record.table'],
    ['no column', 't', {}, 'record.key'],
    ['no object', 't', 'no', 'record.key'],
    ['a column with a quote', 't', { 'a"': 1 }, 'record.key'],
    ['null', 't', { no: null }, 'record.key.no'],
    ['NaN', 't', { no: Number.NaN }, 'record.key.no'],
    ['a NUL', 't', { no: 'a\0' }, 'record.key.no'],
    ['half a character', 't', { no: '\ud83d' }, 'record.key.no'],
    ['an object', 't', { no: {} }, 'record.key.no'],
    ['a bad Date', 't', { no: new Date(Number.NaN) }, 'record.key.no'],
  ])('refuses %s', (_, table, key, field) => {
    expect(() => rowOf(table, key as never)).toThrow(expect.objectContaining({ code: 'VALIDATION', field }));
  });

  test('is frozen, and what is done to the key afterwards is no part of it', () => {
    const key = { no: 1 };
    const reference = rowOf('t', key);
    key.no = 2;
    expect(reference.key).toEqual({ no: 1 });
    expect(Object.isFrozen(reference) && Object.isFrozen(reference.key)).toBe(true);
    expect(String(reference)).toBe('t (no = 1)');
  });
});
