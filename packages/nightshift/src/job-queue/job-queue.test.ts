import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HOUR_MS } from '../foundation/index.ts';
import { codeunit } from '../session/index.ts';
import { cancelTask, taskExists } from '../task-scheduler/index.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { create, get, list, logEntries, setOnHold, setStatusToReady } from './job-queue.ts';
import type { JobQueueEntry } from './job-queue-entry.ts';

const sync = codeunit({ name: 'Sync', id: 50_100, onRun: () => undefined });
const clock = new FakeClock();
const NOW = clock.now();
const UNKNOWN_ID = '019b0000-0000-7000-8000-000000000001';
let kit: TestPlatform;

// Nothing runs here: this file is about what people may do.
beforeAll(async () => {
  kit = await startTestPlatform({
    codeunits: [sync],
    clock,
    taskScheduler: { enableTaskScheduler: false },
  });
});
afterAll(() => kit.stop());

const tasks = () => kit.query<{ id: string }>('select * from nightshift.scheduled_task order by id');

async function newEntry(fields: object = {}): Promise<JobQueueEntry> {
  return create(kit.admin, { object: sync as never, ...fields });
}

/** What another transaction sees of it. */
async function row(entry: JobQueueEntry) {
  const [found] = await kit.query<Record<string, unknown>>(
    'select * from nightshift.job_queue_entry where id = $1',
    [entry.id],
  );
  return found ?? {};
}

describe('create', () => {
  test('the entry stands On Hold, with its defaults and without a task', async () => {
    const before = await tasks();
    const entry = await newEntry({ parameterString: 'ORDERS' });
    expect(entry).toMatchObject({
      object: 'Sync',
      parameterString: 'ORDERS',
      description: 'Sync',
      status: 'On Hold',
      attempts: 0,
      error: null,
      taskId: null,
      lastReadyState: null,
      timeout: 12 * HOUR_MS,
      version: 1,
      schedule: { timeZone: 'UTC', startingTime: null },
    });
    expect(await get(kit.admin, entry.id)).toEqual(entry);
    expect(await tasks()).toEqual(before);
  });

  test('a codeunit may be named by its number', async () => {
    expect((await newEntry({ object: '50100' })).object).toBe('Sync');
  });

  test('what was written comes back, whatever the characters', async () => {
    const fields = {
      parameterString: `it's "quoted" \\ % _ 😀 ; drop table`,
      description: 'Ünïcode\nin lines',
      earliestStart: new Date('2026-02-01T12:34:56.789Z'),
      expiration: new Date('9999-12-31T23:59:59.000Z'),
      maximumAttempts: 10,
      rerunDelaySeconds: 3600,
      timeout: 1,
    };
    expect(await newEntry(fields)).toMatchObject(fields);
    const schedule = {
      runOnMondays: true,
      runOnSundays: true,
      startingTime: '08:30:15',
      endingTime: '02:00:00',
      minutesBetweenRuns: 90,
      intervalFrom: 'end-of-run',
      timeZone: 'Asia/Kolkata',
    } as const;
    expect((await newEntry(schedule)).schedule).toMatchObject(schedule);
    const formula = { nextRunDateFormula: '1M+CM', startingTime: '00:00:00' } as const;
    expect((await newEntry(formula)).schedule).toMatchObject(formula);
  });

  test('in a session that rolls back it never was', async () => {
    let id = '';
    const failing = kit.open(async (session) => {
      id = (await create(session, { object: sync })).id;
      await setStatusToReady(session, id);
      expect((await get(session, id)).status).toBe('Ready');
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    await expect(get(kit.admin, id)).rejects.toMatchObject({ code: 'ENTRY_UNKNOWN', field: 'entryId' });
  });

  test.each<readonly [field: string, code: string, fields: object]>([
    ['object', 'CODEUNIT_UNKNOWN', { object: 'Synk' }],
    ['object', 'CODEUNIT_UNKNOWN', { object: '' }],
    ['object', 'CODEUNIT_UNKNOWN', { object: '50101' }],
    ['object', 'CODEUNIT_UNKNOWN', { object: 'x\0y' }],
    ['parameterString', 'VALIDATION', { parameterString: 'x'.repeat(251) }],
    ['expiration', 'VALIDATION', { earliestStart: NOW, expiration: new Date(0) }],
    ['nextRunDateFormula', 'DATE_FORMULA_INVALID', { nextRunDateFormula: 'tomorrow' }],
    ['minutesBetweenRuns', 'VALIDATION', { runOnMondays: true, minutesBetweenRuns: -5 }],
    ['startingTime', 'VALIDATION', { runOnMondays: true, startingTime: '25:00' }],
    ['timeZone', 'VALIDATION', { timeZone: 'Mars/Olympus' }],
    ['colour', 'VALIDATION', { colour: 'red' }],
  ])('a bad %s is %s, and nothing is stored', async (field, code, fields) => {
    const count = async () => (await kit.query('select from nightshift.job_queue_entry')).length;
    const before = await count();
    await expect(newEntry(fields)).rejects.toMatchObject({ code, field });
    const inSession = kit.open((session) => create(session, { object: sync, ...fields } as never));
    await expect(inSession).rejects.toMatchObject({ code, field });
    expect(await count()).toBe(before);
  });
});

describe('set Ready', () => {
  test('creates one task for the caller, due when the entry is', async () => {
    const entry = await newEntry({ timeout: 5_000 });
    const ready = await setStatusToReady(kit.admin, entry.id);
    expect(ready).toMatchObject({
      status: 'Ready',
      attempts: 0,
      error: null,
      version: 2,
      lastReadyState: NOW,
    });
    const own = (await tasks()).filter(({ id }) => id === ready.taskId);
    expect(own).toMatchObject([
      {
        codeunit: 'Job Queue Dispatcher',
        failure_codeunit: 'Job Queue Error Handler',
        user_no: 1,
        lane: 1,
        due: NOW,
        timeout_ms: '5000',
        record: { entryId: entry.id },
      },
    ]);
  });

  test('again is a no-op: the same task, schedule and counters', async () => {
    const entry = await newEntry();
    const ready = await setStatusToReady(kit.admin, entry.id);
    const before = await tasks();
    await kit.query('update nightshift.job_queue_entry set attempts = 3 where id = $1', [entry.id]);
    expect(await setStatusToReady(kit.admin, entry.id)).toEqual({ ...ready, attempts: 3 });
    expect(await tasks()).toEqual(before);
  });

  test('by many at once: one task', async () => {
    const entry = await newEntry();
    const before = (await tasks()).length;
    const answers = await Promise.all([1, 2, 3, 4].map(() => setStatusToReady(kit.admin, entry.id)));
    expect(new Set(answers.map(({ taskId }) => taskId)).size).toBe(1);
    expect((await tasks()).length).toBe(before + 1);
  });

  test('with an earliest start in the future the task waits for it; one in the past is now', async () => {
    const earliestStart = new Date(NOW.getTime() + HOUR_MS);
    const later = await setStatusToReady(kit.admin, (await newEntry({ earliestStart })).id);
    expect(later.earliestStart).toEqual(earliestStart);
    const past = await setStatusToReady(kit.admin, (await newEntry({ earliestStart: new Date(0) })).id);
    expect(past.earliestStart).toEqual(NOW);
    const dues = await kit.query(
      'select due from nightshift.scheduled_task where id = any($1) order by due',
      [[later.taskId, past.taskId]],
    );
    expect(dues).toEqual([{ due: NOW }, { due: earliestStart }]);
  });

  test('with a schedule it waits for its window', async () => {
    const schedule = { runOnTuesdays: true, startingTime: '06:00', timeZone: 'Europe/Berlin' };
    const ready = await setStatusToReady(kit.admin, (await newEntry(schedule)).id);
    expect(ready.earliestStart).toEqual(new Date('2026-01-06T05:00:00.000Z'));
  });

  test('after Error it forgets the error and the attempts', async () => {
    const entry = await newEntry();
    const broken = `update nightshift.job_queue_entry set status = 'Error', attempts = 2, error = '{"message": "no"}' where id = $1`;
    await kit.query(broken, [entry.id]);
    expect((await get(kit.admin, entry.id)).error).toMatchObject({ message: 'no' });
    expect(await setStatusToReady(kit.admin, entry.id)).toMatchObject({
      status: 'Ready',
      attempts: 0,
      error: null,
    });
  });

  test('while its run is under way: CONFLICT with the state, and no second task', async () => {
    const entry = await newEntry();
    const { taskId } = await setStatusToReady(kit.admin, entry.id);
    await kit.query('update nightshift.scheduled_task set claim = id where id = $1', [taskId]);
    await kit.query("update nightshift.job_queue_entry set status = 'In Process' where id = $1", [entry.id]);
    const before = await tasks();
    const conflict = { code: 'CONFLICT', details: { status: 'In Process' } };
    await expect(setStatusToReady(kit.admin, entry.id)).rejects.toMatchObject(conflict);
    expect(await setOnHold(kit.admin, entry.id)).toMatchObject({ status: 'On Hold', taskId });
    await expect(setStatusToReady(kit.admin, entry.id)).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await tasks()).toEqual(before);
    await kit.query('delete from nightshift.scheduled_task where id = $1', [taskId]);
    expect(await setStatusToReady(kit.admin, entry.id)).toMatchObject({ status: 'Ready' });
  });

  test('events: the change and the enqueuing, after the commit only', async () => {
    const entry = await newEntry();
    const of = (id: string) =>
      kit.telemetry.events().filter((event) => event.id === id && event.dimensions['entryId'] === entry.id);
    await kit.open(async (session) => {
      await setStatusToReady(session, entry.id);
      expect(of('AL0000E24')).toEqual([]);
    });
    expect(of('AL0000E24')).toHaveLength(1);
    expect(of('AL0000FNM').map(({ dimensions }) => dimensions)).toMatchObject([
      { oldStatus: 'On Hold', status: 'Ready' },
    ]);
  });
});

describe('set On Hold', () => {
  test('removes the pending task, and is a no-op the second time', async () => {
    const entry = await newEntry();
    const { taskId } = await setStatusToReady(kit.admin, entry.id);
    expect(await setOnHold(kit.admin, entry.id)).toMatchObject({
      status: 'On Hold',
      taskId: null,
      version: 3,
    });
    expect(await taskExists(kit.admin, taskId as string)).toBe(false);
    expect(await setOnHold(kit.admin, entry.id)).toMatchObject({ version: 3 });
  });

  test('On Hold and Ready in one transaction that rolls back leave the task as it was', async () => {
    const entry = await newEntry();
    const ready = await setStatusToReady(kit.admin, entry.id);
    const failing = kit.open(async (session) => {
      await setOnHold(session, entry.id);
      await setStatusToReady(session, entry.id);
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await get(kit.admin, entry.id)).toEqual(ready);
    expect(await taskExists(kit.admin, ready.taskId as string)).toBe(true);
  });

  test('happens by itself when somebody removes its task', async () => {
    const entry = await newEntry();
    const { taskId } = await setStatusToReady(kit.admin, entry.id);
    expect(await cancelTask(kit.admin, taskId as string)).toBe(true);
    expect(await get(kit.admin, entry.id)).toMatchObject({ status: 'On Hold', taskId: null });
    expect(await setStatusToReady(kit.admin, entry.id)).toMatchObject({ status: 'Ready' });
  });
});

describe('reading', () => {
  test.each(['', 'x', null, undefined, 7, {}, `${UNKNOWN_ID} `])('the id %j is none', async (id) => {
    const expected = { code: 'VALIDATION', field: 'entryId' };
    for (const verb of [get, setStatusToReady, setOnHold]) {
      await expect(verb(kit.admin, id as string)).rejects.toMatchObject(expected);
    }
    if (id !== undefined) {
      await expect(logEntries(kit.admin, { entryId: id as string })).rejects.toMatchObject(expected);
    }
  });

  test('an id that nobody knows', async () => {
    const expected = { code: 'ENTRY_UNKNOWN', field: 'entryId' };
    for (const verb of [get, setStatusToReady, setOnHold]) {
      await expect(verb(kit.admin, UNKNOWN_ID)).rejects.toMatchObject(expected);
    }
    expect(await logEntries(kit.admin, { entryId: UNKNOWN_ID })).toEqual([]);
  });

  test('list: all by number, or those of a status; an unknown status is refused', async () => {
    const entry = await newEntry();
    const all = await list(kit.admin);
    expect(all.at(-1)).toEqual(entry);
    expect(all.map(({ entryNo }) => entryNo)).toEqual(
      all.map(({ entryNo }) => entryNo).toSorted((a, b) => a - b),
    );
    const ready = await list(kit.admin, { status: 'Ready' });
    expect(new Set(ready.map(({ status }) => status))).toEqual(new Set(['Ready']));
    for (const status of ['ready', '', null, 5]) {
      const expected = { code: 'VALIDATION', field: 'status' };
      await expect(list(kit.admin, { status: status as never })).rejects.toMatchObject(expected);
    }
  });

  test.each([-1, 0, 1.5, Number.NaN, '5', Number.POSITIVE_INFINITY, null])(
    'logEntries: the limit %j is refused',
    async (limit) => {
      await expect(logEntries(kit.admin, { limit: limit as number })).rejects.toMatchObject({
        code: 'VALIDATION',
        field: 'limit',
      });
    },
  );

  test('a row that is deleted is unknown from then on', async () => {
    const entry = await newEntry();
    await kit.query('delete from nightshift.job_queue_entry where id = $1', [entry.id]);
    await expect(get(kit.admin, entry.id)).rejects.toMatchObject({ code: 'ENTRY_UNKNOWN' });
    expect(await row(entry)).toEqual({});
  });
});
