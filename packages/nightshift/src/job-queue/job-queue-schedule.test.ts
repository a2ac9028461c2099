import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HOUR_MS } from '../foundation/index.ts';
import { codeunit } from '../session/index.ts';
import { until } from '../testing/condition.ts';
import { EVERY_DAY } from '../testing/every-day.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { create, get, logEntries, setStatusToReady } from './job-queue.ts';
import type { JobQueueEntry } from './job-queue-entry.ts';

const sync = codeunit({ name: 'Sync', onRun: () => undefined });
const clock = new FakeClock();
let kit: TestPlatform;

beforeAll(async () => {
  kit = await startTestPlatform({ codeunits: [sync], clock });
});
afterAll(() => kit.stop());

/** Sets the wall clock and lets the dispatcher look. */
function at(instant: Date | string): void {
  clock.at(instant);
  kit.platform.instance.wake();
}

async function readyAt(instant: string, fields: object): Promise<JobQueueEntry> {
  clock.at(instant);
  const { id } = await create(kit.admin, { object: sync, ...fields });
  return setStatusToReady(kit.admin, id);
}

const logsOf = (entry: JobQueueEntry) => logEntries(kit.admin, { entryId: entry.id });

/** Lets the entry's task come up at its time, so many times; returns when it ran, oldest first. */
async function follow(entry: JobQueueEntry, runs: number): Promise<readonly string[]> {
  // As it was when it was set Ready: it may be due at once, and planned for the next time before anybody asks.
  let planned = entry.earliestStart;
  for (let run = 1; run <= runs; run++) {
    at(planned as Date);
    await until('it has run and is planned again', async () => {
      const done = (await logsOf(entry)).filter(({ endedAt }) => endedAt !== null).length;
      return done === run && (await get(kit.admin, entry.id)).status !== 'In Process';
    });
    planned = (await get(kit.admin, entry.id)).earliestStart;
  }
  return (await logsOf(entry)).map(({ startedAt }) => startedAt.toISOString()).toReversed();
}

describe('a recurring entry', () => {
  test('keeps its local time through the night that loses an hour', async () => {
    const entry = await readyAt('2026-03-27T08:00:00Z', {
      ...EVERY_DAY,
      startingTime: '02:30',
      endingTime: '04:00',
      timeZone: 'Europe/Berlin',
    });
    expect(await follow(entry, 4)).toEqual([
      '2026-03-28T01:30:00.000Z',
      '2026-03-29T01:00:00.000Z', // 02:30 does not exist: 03:00 summer time
      '2026-03-30T00:30:00.000Z',
      '2026-03-31T00:30:00.000Z',
    ]);
  });

  test('runs once in the night that has an hour twice', async () => {
    const entry = await readyAt('2026-10-24T08:00:00Z', {
      ...EVERY_DAY,
      startingTime: '02:30',
      endingTime: '04:00',
      timeZone: 'Europe/Berlin',
    });
    expect(await follow(entry, 3)).toEqual([
      '2026-10-25T00:30:00.000Z', // the first 02:30
      '2026-10-26T01:30:00.000Z',
      '2026-10-27T01:30:00.000Z',
    ]);
  });

  test('skips the days that are not its own, and keeps the grid of its starting time', async () => {
    const entry = await readyAt('2026-01-05T08:00:00Z', {
      runOnMondays: true,
      runOnWednesdays: true,
      startingTime: '09:00',
      endingTime: '11:00',
      minutesBetweenRuns: 90,
    });
    expect(await follow(entry, 5)).toEqual([
      '2026-01-05T09:00:00.000Z',
      '2026-01-05T10:30:00.000Z',
      '2026-01-07T09:00:00.000Z',
      '2026-01-07T10:30:00.000Z',
      '2026-01-12T09:00:00.000Z',
    ]);
  });

  test('counts from the end of the run, or by a formula, when it is told to', async () => {
    const interval = await readyAt('2026-01-05T08:00:00Z', { ...EVERY_DAY, minutesBetweenRuns: 45 });
    expect(await follow(interval, 3)).toEqual([
      '2026-01-05T08:00:00.000Z',
      '2026-01-05T08:45:00.000Z',
      '2026-01-05T09:30:00.000Z',
    ]);
    const formula = await readyAt('2026-01-30T08:00:00Z', {
      nextRunDateFormula: '1D+CM',
      startingTime: '06:00',
    });
    expect(await follow(formula, 3)).toEqual([
      '2026-01-30T08:00:00.000Z',
      '2026-01-31T06:00:00.000Z',
      '2026-02-28T06:00:00.000Z',
    ]);
  });

  test('is Ready again with one task, and every run is told apart by its task', async () => {
    const entry = await readyAt('2026-01-05T08:00:00Z', { ...EVERY_DAY, startingTime: '08:00' });
    await follow(entry, 3);
    const tasks = await kit.query(`select from nightshift.scheduled_task where record ->> 'entryId' = $1`, [
      entry.id,
    ]);
    expect(tasks).toHaveLength(1);
    const logs = await logsOf(entry);
    expect(new Set(logs.map(({ taskId }) => taskId)).size).toBe(3);
    expect(logs.every(({ status }) => status === 'Success')).toBe(true);
    expect(await get(kit.admin, entry.id)).toMatchObject({
      status: 'Ready',
      version: entry.version,
      earliestStart: new Date('2026-01-08T08:00:00.000Z'),
    });
  });
});

describe('a task that comes up late', () => {
  test('outside the window: nothing runs, a log entry says why, and it comes again when the window opens', async () => {
    const entry = await readyAt('2026-01-05T07:00:00Z', {
      ...EVERY_DAY,
      startingTime: '08:00',
      endingTime: '09:00',
    });
    at('2026-01-05T11:00:00Z');
    await kit.waitFor('AL0000P9D', ({ entryId }) => entryId === entry.id);
    const planned = await get(kit.admin, entry.id);
    expect(planned).toMatchObject({ status: 'Ready', earliestStart: new Date('2026-01-06T08:00:00.000Z') });
    expect(planned.taskId).not.toBe(entry.taskId);
    const note = expect.stringMatching(
      /^outside the time window; missed 1 run, planned from 2026-01-05T08:00/u,
    );
    expect(await logsOf(entry)).toMatchObject([
      { status: 'Skipped', note, startedAt: new Date('2026-01-05T11:00:00Z') },
    ]);
    at('2026-01-06T08:00:00Z');
    await until('it has run', async () => (await logsOf(entry))[0]?.status === 'Success');
  });

  test('inside the window on another day: it runs', async () => {
    const entry = await readyAt('2026-01-05T07:00:00Z', {
      runOnMondays: true,
      startingTime: '08:00',
      endingTime: '09:00',
    });
    at('2026-01-06T08:30:00Z');
    await until('it has run', async () => (await logsOf(entry))[0]?.status === 'Success');
    expect((await get(kit.admin, entry.id)).earliestStart).toEqual(new Date('2026-01-12T08:00:00.000Z'));
  });

  test.each([
    ['a one-off', {}],
    ['a recurring one', EVERY_DAY],
  ])('%s that has expired: Finished, with a log entry that says so', async (_, schedule) => {
    const start = '2026-01-05T08:00:00Z';
    const expiration = new Date('2026-01-05T09:00:00Z');
    const entry = await readyAt(start, { ...schedule, expiration, earliestStart: expiration });
    at(new Date(expiration.getTime() + 1));
    await kit.waitFor('AL0000P9E', ({ entryId }) => entryId === entry.id);
    expect(await get(kit.admin, entry.id)).toMatchObject({ status: 'Finished', taskId: null, error: null });
    expect(await logsOf(entry)).toMatchObject([{ status: 'Skipped', note: 'expired' }]);
  });

  test('at the instant of its expiration it still runs', async () => {
    const expiration = new Date('2026-01-05T09:00:00Z');
    const entry = await readyAt('2026-01-05T08:00:00Z', { expiration, earliestStart: expiration });
    at(expiration);
    await until('it has run', async () => (await logsOf(entry))[0]?.status === 'Success');
  });

  test('the clock going back an hour before its time delays nothing that has begun', async () => {
    const entry = await readyAt('2026-01-05T08:00:00Z', {
      earliestStart: new Date('2026-01-05T09:00:00Z'),
    });
    at('2026-01-05T09:00:00Z');
    await until('it has run', async () => (await logsOf(entry))[0]?.status === 'Success');
    at(new Date(clock.now().getTime() - HOUR_MS));
    expect((await get(kit.admin, entry.id)).status).toBe('Finished');
  });
});
