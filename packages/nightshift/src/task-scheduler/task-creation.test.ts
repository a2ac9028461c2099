import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { HOUR_MS } from '../foundation/index.ts';
import { codeunit } from '../session/index.ts';
import { until } from '../testing/condition.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { cancelTask, createTask, setTaskReady, taskExists } from './task-scheduler.ts';

const order = codeunit({
  name: 'Order',
  record: z.object({ no: z.number(), lines: z.array(z.object({ item: z.string() })).optional() }),
  onRun: () => undefined,
});
const plain = codeunit({ name: 'Plain', onRun: () => undefined });
const anything = codeunit({ name: 'Anything', record: z.unknown(), onRun: () => undefined });
const stranger = codeunit({ name: 'Stranger', onRun: () => undefined });

const UNKNOWN_ID = '019b0000-0000-7000-8000-000000000001';
let kit: TestPlatform;

// Nothing runs here: what is created stays to be looked at.
beforeAll(async () => {
  kit = await startTestPlatform({
    codeunits: [order, plain, anything],
    taskScheduler: { enableTaskScheduler: false },
  });
  await kit.query(`create table insert_log (rows int);
    create function log_insert() returns trigger language plpgsql security definer set search_path = public as
      $$ begin insert into insert_log select count(*) from added; return null; end $$;
    create trigger log_insert after insert on nightshift.scheduled_task referencing new table as added
      for each statement execute function log_insert();
    create function refuse_poison() returns trigger language plpgsql as
      $$ begin if new.record ->> 'no' = '666' then raise exception 'poison'; end if; return new; end $$;
    create trigger refuse_poison before insert on nightshift.scheduled_task for each row
      execute function refuse_poison();`);
});
afterAll(() => kit.stop());

async function stored(): Promise<readonly string[]> {
  const rows = await kit.query<{ id: string }>('select id from nightshift.scheduled_task order by id');
  return rows.map(({ id }) => id);
}

async function task(id: string) {
  const [row] = await kit.query<Record<string, unknown>>(
    'select * from nightshift.scheduled_task where id = $1',
    [id],
  );
  return row;
}

describe('createTask outside a session', () => {
  test('has committed when it answers, with everything that was said', async () => {
    const notBefore = new Date('2030-01-01T00:00:00.000Z');
    const options = { record: { no: 1 }, notBefore, timeout: 5_000, ready: false, failureCodeunit: plain };
    const id = await createTask(kit.admin, order, options);
    expect(await task(id)).toMatchObject({
      codeunit: 'Order',
      failure_codeunit: 'Plain',
      ready: false,
      due: notBefore,
      record: { no: 1 },
      timeout_ms: '5000',
      attempt: 0,
      claim: null,
    });
  });

  test('defaults: ready, due now, twelve hours, no failure codeunit, no record', async () => {
    const id = await createTask(kit.admin, plain);
    const [clock] = await kit.query<{ late: boolean }>(
      "select due between clock_timestamp() - interval '10 s' and clock_timestamp() as late from nightshift.scheduled_task where id = $1",
      [id],
    );
    expect(clock?.late).toBe(true);
    expect(await task(id)).toMatchObject({
      ready: true,
      failure_codeunit: null,
      record: null,
      timeout_ms: String(12 * HOUR_MS),
    });
  });

  test('calls at the same time share inserts', async () => {
    await kit.query('truncate insert_log');
    const ids = await Promise.all(
      Array.from({ length: 500 }, (_, no) => createTask(kit.admin, order, { record: { no } })),
    );
    expect(new Set(ids).size).toBe(500);
    const [log] = await kit.query<{ statements: number; rows: number }>(
      'select count(*)::int as statements, sum(rows)::int as rows from insert_log',
    );
    expect(log?.rows).toBe(500);
    expect(log?.statements).toBeLessThanOrEqual(3);
  });

  test('one that the database refuses does not spoil those that share its insert', async () => {
    const numbers = Array.from({ length: 50 }, (_, no) => (no === 20 ? 666 : no));
    const results = await Promise.allSettled(
      numbers.map((no) => createTask(kit.admin, order, { record: { no } })),
    );
    const refused = results.flatMap((result, index) => (result.status === 'rejected' ? [index] : []));
    expect(refused).toEqual([20]);
    const ids = new Set(await stored());
    for (const result of results) if (result.status === 'fulfilled') expect(ids).toContain(result.value);
  });

  test('large records that are created together need not fit into one insert', async () => {
    const text = 'x'.repeat(900_000);
    const ids = await Promise.all(
      Array.from({ length: 12 }, () => createTask(kit.admin, anything, { record: { text } })),
    );
    const lengths = await kit.query<{ length: number }>(
      "select length(record ->> 'text') as length from nightshift.scheduled_task where id = any($1)",
      [ids],
    );
    expect(lengths).toEqual(ids.map(() => ({ length: 900_000 })));
  });

  test('what is done to the record after the call is no part of the task', async () => {
    const record = { no: 1, lines: [{ item: 'A' }] };
    const created = createTask(kit.admin, order, { record });
    record.no = 2;
    (record.lines[0] as { item: string }).item = 'half \ud83d\0';
    expect(await task(await created)).toMatchObject({ record: { no: 1, lines: [{ item: 'A' }] } });
  });

  test('a codeunit is known by its name: a copy of it will do', async () => {
    const copy = codeunit({ name: 'Plain', onRun: () => undefined });
    expect(await task(await createTask(kit.admin, copy))).toMatchObject({ codeunit: 'Plain' });
  });
});

describe('createTask inside a session', () => {
  test('the task exists when the session commits', async () => {
    const id = await kit.open(async (session) => {
      const made = await createTask(session, plain);
      expect(await taskExists(session, made)).toBe(true);
      expect(await taskExists(kit.admin, made)).toBe(false);
      expect(kit.telemetry.events('LC0040').map(({ dimensions }) => dimensions['taskId'])).not.toContain(
        made,
      );
      await session.commit();
      expect(await taskExists(kit.admin, made)).toBe(true);
      return made;
    });
    await kit.waitFor('LC0040', ({ taskId }) => taskId === id);
  });

  test('it never exists when the session rolls back, and nobody is told of it', async () => {
    let id = '';
    const failing = kit.open(async (session) => {
      id = await createTask(session, plain);
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    expect(await taskExists(kit.admin, id)).toBe(false);
    expect(kit.telemetry.events('LC0040').map(({ dimensions }) => dimensions['taskId'])).not.toContain(id);
  });

  test('a savepoint that is undone takes its task along', async () => {
    const [kept, undone] = await kit.open(async (session) => {
      const before = await createTask(session, plain);
      let inside = '';
      const savepoint = session.savepoint(async () => {
        inside = await createTask(session, plain);
        throw new Error('undo');
      });
      await expect(savepoint).rejects.toThrow('undo');
      return [before, inside] as const;
    });
    expect(await taskExists(kit.admin, kept)).toBe(true);
    expect(await taskExists(kit.admin, undone)).toBe(false);
  });

  test('two tasks of one transaction, one of which is cancelled in it', async () => {
    const [one, other] = await kit.open(async (session) => {
      const ids = [
        await createTask(session, plain),
        await createTask(session, plain, { ready: false }),
      ] as const;
      expect(await cancelTask(session, ids[0])).toBe(true);
      expect(await setTaskReady(session, ids[1])).toBe(true);
      return ids;
    });
    expect(await taskExists(kit.admin, one)).toBe(false);
    expect(await task(other)).toMatchObject({ ready: true });
  });
});

describe('the door refuses, and stores nothing', () => {
  const cyclic: Record<string, unknown> = {};
  cyclic['self'] = cyclic;
  class Money {
    readonly amount = 1;
  }
  const records: readonly (readonly [what: string, record: unknown, code: string, field: string])[] = [
    ['a wrong type', { no: 'one' }, 'RECORD_INVALID', 'record.no'],
    [
      'a wrong type deep inside',
      { no: 1, lines: [{ item: 'a' }, { item: 2 }] },
      'RECORD_INVALID',
      'record.lines.1.item',
    ],
    ['nothing', undefined, 'RECORD_INVALID', 'record'],
    ['null', null, 'RECORD_INVALID', 'record'],
  ];
  const anyRecords: readonly (readonly [what: string, record: unknown, field: string])[] = [
    ['a class instance', { price: new Money() }, 'record.price'],
    ['a Date', { at: new Date(0) }, 'record.at'],
    ['a Map', new Map(), 'record'],
    ['a function', { run: () => 1 }, 'record.run'],
    ['a cycle', cyclic, 'record.self'],
    ['a NUL', { text: 'a\0b' }, 'record.text'],
    ['a NUL in a key', { 'a\0b': 1 }, 'record'],
    ['half a character', ['\ud83d'], 'record[0]'],
    ['a bigint', { no: 1n }, 'record.no'],
    ['NaN', { no: Number.NaN }, 'record.no'],
    ['__proto__', JSON.parse('{"__proto__": {"admin": true}}'), 'record'],
    ['a hole', [undefined], 'record[0]'],
    ['toJSON', { a: { toJSON: 'x' }, b: { toJSON: () => 'x\0' } }, 'record.b.toJSON'],
  ];

  async function refused(call: () => Promise<unknown>, expected: object): Promise<void> {
    const before = await stored();
    await expect(Promise.try(call)).rejects.toMatchObject(expected);
    await expect(kit.open(() => Promise.try(call))).rejects.toMatchObject(expected);
    expect(await stored()).toEqual(before);
  }

  test.each(records)('a record that does not fit: %s', (_, record, code, field) =>
    refused(() => createTask(kit.admin, order, { record: record as never }), { code, field }),
  );

  test.each(anyRecords)('a record that JSON cannot carry: %s', (_, record, field) =>
    refused(() => createTask(kit.admin, anything, { record }), { code: 'JSON_INVALID', field }),
  );

  test('a record that is too deep or too long', async () => {
    let deep: unknown = 1;
    for (let level = 0; level < 100; level++) deep = { deep };
    await refused(() => createTask(kit.admin, anything, { record: deep }), { code: 'JSON_INVALID' });
    const long = 'x'.repeat(1_000_001);
    await refused(() => createTask(kit.admin, anything, { record: long }), { code: 'JSON_INVALID' });
  });

  test('a record for a codeunit that takes none', () =>
    refused(() => createTask(kit.admin, plain, { record: { no: 1 } } as never), {
      code: 'RECORD_INVALID',
      field: 'record',
    }));

  test('a record that does not fit the failure codeunit', () =>
    refused(() => createTask(kit.admin, anything, { record: { no: 'x' }, failureCodeunit: order as never }), {
      code: 'RECORD_INVALID',
      field: 'record.no',
    }));

  test('codeunits that the application lacks', async () => {
    await refused(() => createTask(kit.admin, stranger), { code: 'CODEUNIT_UNKNOWN' });
    await refused(() => createTask(kit.admin, plain, { failureCodeunit: stranger }), {
      code: 'CODEUNIT_UNKNOWN',
    });
  });

  test.each([
    ['notBefore', { notBefore: new Date(Number.NaN) }],
    ['notBefore', { notBefore: '2026-01-01' }],
    ['notBefore', { notBefore: new Date(8.64e15) }],
    ['notBefore', { notBefore: new Date(-8.64e15) }],
    ['notBefore', { notBefore: null }],
    ['timeout', { timeout: 0 }],
    ['timeout', { timeout: -5 }],
    ['timeout', { timeout: 1.5 }],
    ['timeout', { timeout: Number.NaN }],
    ['timeout', { timeout: '5' }],
    ['ready', { ready: 'maybe' }],
    ['ready', { ready: null }],
  ])('%s: %j', (field, options) =>
    refused(() => createTask(kit.admin, plain, options as never), { code: 'VALIDATION', field }),
  );

  test('someone who is no caller', async () => {
    const nobody = { user: 'ADMIN', company: 'CRONUS', language: 'en-US', timeZone: 'UTC' };
    await expect(createTask(nobody, plain)).rejects.toMatchObject({ code: 'VALIDATION', field: 'session' });
  });
});

describe('timeouts', () => {
  test('48 h is let in; more is cut and reported', async () => {
    const longest = await createTask(kit.admin, plain, { timeout: 48 * HOUR_MS });
    expect(await task(longest)).toMatchObject({ timeout_ms: String(48 * HOUR_MS) });
    const wanted = 48 * HOUR_MS + 1;
    const cut = await createTask(kit.admin, plain, { timeout: wanted });
    expect(await task(cut)).toMatchObject({ timeout_ms: String(48 * HOUR_MS) });
    const events = kit.telemetry.events('LC0057').map(({ dimensions }) => dimensions);
    expect(events).toEqual([{ taskId: cut, wanted }]);
  });
});

describe('verbs about one task', () => {
  const verbs = { setTaskReady, taskExists, cancelTask };

  test.each(Object.entries(verbs))('%s of an id that nobody knows: false', async (_, verb) => {
    expect(await verb(kit.admin, UNKNOWN_ID)).toBe(false);
    expect(await kit.open((session) => verb(session, UNKNOWN_ID))).toBe(false);
  });

  test.each(Object.entries(verbs))('%s of what is no id: VALIDATION', async (_, verb) => {
    for (const id of ['', '1', `${UNKNOWN_ID}x`, null, undefined, 7, {}, "'; drop table t"]) {
      await expect(verb(kit.admin, id as string)).rejects.toMatchObject({
        code: 'VALIDATION',
        field: 'taskId',
      });
    }
  });

  test('setTaskReady keeps the due time, or moves it; a bad one is refused', async () => {
    const notBefore = new Date('2030-01-01T00:00:00.000Z');
    const id = await createTask(kit.admin, plain, { notBefore, ready: false });
    expect(await setTaskReady(kit.admin, id)).toBe(true);
    expect(await task(id)).toMatchObject({ ready: true, due: notBefore });
    const earlier = new Date('2029-01-01T00:00:00.000Z');
    expect(await setTaskReady(kit.admin, id, { notBefore: earlier })).toBe(true);
    expect(await task(id)).toMatchObject({ due: earlier });
    const wrong = setTaskReady(kit.admin, id, { notBefore: new Date(Number.NaN) });
    await expect(wrong).rejects.toMatchObject({ code: 'VALIDATION', field: 'notBefore' });
  });

  test('a cancelled task is gone, and cannot be cancelled twice', async () => {
    const id = await createTask(kit.admin, plain);
    const answers = await Promise.all([1, 2, 3].map(() => cancelTask(kit.admin, id)));
    expect(answers.filter(Boolean)).toHaveLength(1);
    expect(await taskExists(kit.admin, id)).toBe(false);
    await until('it was reported once', () =>
      kit.telemetry.events('LC0042').some((event) => event.dimensions['taskId'] === id),
    );
    expect(kit.telemetry.events('LC0042').filter((event) => event.dimensions['taskId'] === id)).toHaveLength(
      1,
    );
  });

  test('a claimed task runs: it exists, and can neither be cancelled nor set ready', async () => {
    const id = await createTask(kit.admin, plain);
    await kit.query('update nightshift.scheduled_task set claim = id where id = $1', [id]);
    expect(await taskExists(kit.admin, id)).toBe(true);
    expect(await cancelTask(kit.admin, id)).toBe(false);
    expect(await setTaskReady(kit.admin, id)).toBe(false);
  });
});
