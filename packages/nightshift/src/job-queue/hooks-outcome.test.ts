import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { StoredError } from '../foundation/index.ts';
import type { Session } from '../session/index.ts';
import { until } from '../testing/condition.ts';
import { EVERY_DAY } from '../testing/every-day.ts';
import { HookedEntries } from '../testing/hooked-entries.ts';
import { get, setOnHold } from './job-queue.ts';
import type { JobQueueEntry } from './job-queue-entry.ts';

const kit = new HookedEntries();
beforeAll(() => kit.start());
afterAll(() => kit.stop());
afterEach(() => kit.expectSound());

describe('after an error', () => {
  test('onError each time, onFinalError once, each in a transaction of its own with the outcome before it', async () => {
    const seen: unknown[] = [];
    const tell = (what: string) => async (session: Session, own: JobQueueEntry, error: StoredError) => {
      const { status } = await get(kit.admin, own.id);
      seen.push([what, own.status, status, own.attempts, error.message]);
      await kit.effect(session, own, what);
    };
    const entry = await kit.readyEntry(
      (_, { attempts }) => Promise.reject(new Error(`attempt ${attempts}`)),
      { onError: tell('error'), onFinalError: tell('final') },
      { maximumAttempts: 1, rerunDelaySeconds: 5 },
    );
    await until('the first failed', async () => seen.length === 1);
    kit.travel(60_000);
    await until('the last failed', async () => (await kit.effectsOf(entry)).length === 3);
    expect(seen).toEqual([
      ['error', 'Ready', 'Ready', 1, 'attempt 0'],
      ['error', 'Error', 'Error', 1, 'attempt 1'],
      ['final', 'Error', 'Error', 1, 'attempt 1'],
    ]);
    expect(await kit.effectsOf(entry)).toEqual(['error', 'error', 'final']);
    const again = { entryId: entry.id, status: 'Ready', attempts: 1 };
    const isAttempt = (event: Readonly<Record<string, unknown>>) =>
      event['entryId'] === entry.id && event['taskId'] !== entry.taskId;
    expect((await kit.waitFor('AL0000E24', isAttempt)).dimensions).toMatchObject(again);
  });

  test.each<readonly [what: string, fails: (session: Session) => unknown]>([
    ['throws', () => Promise.reject(new Error('no mail server'))],
    ['ends quietly', (session) => session.error('')],
    ['sends bad SQL', (session) => session.db.query('select nothing from nowhere')],
    ['forgets an await', (session) => void session.db.query('select pg_sleep(0.05)')],
  ])(
    'one that %s: the outcome stands, the log and telemetry tell it, the other is called',
    async (_, fails) => {
      const called: string[] = [];
      const entry = await kit.readyEntry(() => Promise.reject(new Error('original')), {
        onError: async (session, own) => {
          await kit.effect(session, own, 'gone');
          await fails(session);
        },
        onFinalError: () => void called.push('final'),
      });
      expect((await kit.inStatus(entry, 'Error')).error).toMatchObject({ message: 'original' });
      expect((await kit.faultOf(entry)).dimensions).toMatchObject({ hook: 'onError' });
      await until('the log entry tells it', async () =>
        (await kit.logsOf(entry))[0]?.note?.includes('the hook onError failed'),
      );
      await until('the other was called', () => called.length === 1);
      expect(await kit.logsOf(entry)).toMatchObject([{ status: 'Error', error: { message: 'original' } }]);
      expect(await kit.effectsOf(entry)).toEqual([]);
    },
  );

  test.each<readonly [what: string, fails: (session: Session) => unknown]>([
    ['tries to end the transaction', (session) => session.db.query('rollback')],
    ['fails at its commit', (session) => session.db.query('insert into checked values (7)')],
    [
      'loses its connection',
      async (session) => {
        const { rows } = await session.db.query<{ pid: number }>('select pg_backend_pid() as pid');
        await kit.query('select pg_terminate_backend($1)', [rows[0]?.pid]);
        await session.db.query('select 1');
      },
    ],
  ])('one that %s ends its session: the next attempt comes all the same', async (_, fails) => {
    let runs = 0;
    const entry = await kit.readyEntry(
      () => {
        if (++runs === 1) throw new Error('original');
      },
      { onError: fails },
      { maximumAttempts: 1, rerunDelaySeconds: 5 },
    );
    await kit.faultOf(entry);
    await until('its next attempt is planned', async () => (await get(kit.admin, entry.id)).attempts === 1);
    kit.travel(60_000);
    await kit.inStatus(entry, 'Finished');
    expect((await kit.logsOf(entry)).map(({ status }) => status)).toEqual(['Success', 'Error']);
  });
});

describe('the next run', () => {
  test('in place of the proposed one, which it is given with the time zone', async () => {
    const seen: unknown[] = [];
    const start = kit.now();
    const entry = await kit.readyEntry(
      () => undefined,
      {
        nextRun: (own, proposed, zone) => {
          seen.push([own.entryNo, proposed, zone]);
          return new Date(start.getTime() + 90_000);
        },
      },
      { ...EVERY_DAY, minutesBetweenRuns: 10, timeZone: 'Europe/Berlin' },
    );
    await kit.ended(entry, 1);
    const next = await get(kit.admin, entry.id);
    expect(next).toMatchObject({ status: 'Ready', earliestStart: new Date(start.getTime() + 90_000) });
    expect(seen).toEqual([[entry.entryNo, new Date(start.getTime() + 600_000), 'Europe/Berlin']]);
    expect((await kit.waitFor('AL0000E24', ({ taskId }) => taskId === next.taskId)).dimensions).toMatchObject(
      {
        entryId: entry.id,
        status: 'Ready',
        earliestStart: next.earliestStart?.toISOString(),
      },
    );
    await setOnHold(kit.admin, entry.id);
  });

  test('null: it is over; of one that runs once it can make another run', async () => {
    const over = await kit.readyEntry(() => undefined, { nextRun: () => null }, EVERY_DAY);
    await kit.inStatus(over, 'Finished');
    const proposed: unknown[] = [];
    const at = new Date(kit.now().getTime() + 60_000);
    const again = await kit.readyEntry(() => undefined, {
      nextRun: (_, date) => {
        proposed.push(date);
        return proposed.length === 1 ? at : undefined;
      },
    });
    await kit.ended(again, 1);
    expect(await get(kit.admin, again.id)).toMatchObject({ status: 'Ready', earliestStart: at });
    kit.travel(60_000);
    await kit.inStatus(again, 'Finished');
    expect(proposed).toEqual([null, null]);
  });

  test.each<readonly [what: string, answer: () => unknown]>([
    ['now', () => kit.now()],
    ['the past', () => new Date(0)],
    ['no time', () => new Date(Number.NaN)],
    ['a text', () => '2030-01-01'],
    ['a promise', () => Promise.resolve(new Date('2030-01-01'))],
    ['the year 10000', () => new Date(Date.UTC(10_000, 0, 1))],
    [
      'an error',
      () => {
        throw new Error('no idea');
      },
    ],
  ])('%s as an answer: told, and the proposed time stands', async (_, answer) => {
    const entry = await kit.readyEntry(
      (session, record) => kit.effect(session, record, 'object'),
      { nextRun: answer as () => Date },
      { ...EVERY_DAY, minutesBetweenRuns: 10 },
    );
    expect((await kit.faultOf(entry)).dimensions).toMatchObject({ hook: 'nextRun' });
    const [log] = await kit.ended(entry, 1);
    expect(log).toMatchObject({ status: 'Success' });
    expect(log?.note).toContain('the hook nextRun failed');
    expect((await get(kit.admin, entry.id)).earliestStart).toEqual(new Date(kit.now().getTime() + 600_000));
    expect(await kit.effectsOf(entry)).toEqual(['object']);
    await setOnHold(kit.admin, entry.id);
  });

  test('not asked for attempts, rests and entries that were put On Hold; asked after a final error', async () => {
    let asked = 0;
    const at = new Date(kit.now().getTime() + 3_600_000);
    const nextRun = () => {
      asked++;
      return at;
    };
    const rests = await kit.readyEntry((session) => session.reportNothingToDo(), { nextRun }, EVERY_DAY);
    await kit.inStatus(rests, 'On Hold with Inactivity Timeout');
    await setOnHold(kit.admin, rests.id);
    const keeps = {
      ...EVERY_DAY,
      maximumAttempts: 1,
      rerunDelaySeconds: 5,
      afterFinalError: 'continue-schedule',
    };
    const failing = await kit.readyEntry(() => Promise.reject(new Error('no')), { nextRun }, keeps);
    await kit.ended(failing, 1);
    expect(asked).toBe(0);
    kit.travel(60_000);
    await kit.ended(failing, 2);
    expect(asked).toBe(1);
    expect(await get(kit.admin, failing.id)).toMatchObject({ status: 'Ready', earliestStart: at });
    await setOnHold(kit.admin, failing.id);
  });
});
