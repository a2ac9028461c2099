import { describe, expect, test } from 'vitest';
import { HOUR_MS, MINUTE_MS, SECOND_MS, storedErrorOf } from '../foundation/index.ts';
import { JOB_QUEUE_ENTRY_STATUSES, type JobQueueEntry } from './job-queue-entry.ts';
import { type ScheduleInput, scheduleOf } from './schedule.ts';
import { afterError, afterSuccess, decideDispatch, firstRun } from './transitions.ts';

const TASK = '019b0000-0000-7000-8000-000000000001';
const NOW = new Date('2026-01-05T08:00:00.000Z'); // a Monday
const ERROR = storedErrorOf(new Error('no'));
const STARTABLE = ['Ready', 'In Process', 'Waiting', 'On Hold with Inactivity Timeout'];
const DAILY = {
  runOnMondays: true,
  runOnTuesdays: true,
  runOnWednesdays: true,
  runOnThursdays: true,
  runOnFridays: true,
  runOnSaturdays: true,
  runOnSundays: true,
} as const;

function entryWith(
  fields: Partial<Omit<JobQueueEntry, 'schedule'>> & { readonly schedule?: ScheduleInput } = {},
): JobQueueEntry {
  return {
    id: '019b0000-0000-7000-8000-000000000002',
    entryNo: 1,
    object: 'Process Orders',
    parameterString: '',
    description: 'Process Orders',
    status: 'Ready',
    earliestStart: null,
    expiration: null,
    maximumAttempts: 0,
    attempts: 0,
    rerunDelaySeconds: 0,
    timeout: HOUR_MS,
    runAs: 1,
    lastReadyState: null,
    error: null,
    taskId: TASK,
    version: 1,
    ...fields,
    schedule: scheduleOf(fields.schedule ?? {}),
  };
}

describe('decideDispatch', () => {
  test.each(JOB_QUEUE_ENTRY_STATUSES)('status %s', (status) => {
    const kind = STARTABLE.includes(status) ? 'run' : 'not-ready';
    expect(decideDispatch(entryWith({ status }), TASK, NOW)).toEqual({ kind });
  });

  test.each([
    ['another task', '019b0000-0000-7000-8000-00000000000f'],
    ['no task', null],
  ])('%s than the entry’s own finds it not ready', (_, taskId) => {
    expect(decideDispatch(entryWith(), taskId, NOW)).toEqual({ kind: 'not-ready' });
  });

  test('an entry without a task is not started by a session without a task unless it is Ready', () => {
    expect(decideDispatch(entryWith({ taskId: null, status: 'On Hold' }), null, NOW)).toEqual({
      kind: 'not-ready',
    });
  });

  test('expiration is inclusive: the instant itself still runs, a millisecond later does not', () => {
    expect(decideDispatch(entryWith({ expiration: NOW }), TASK, NOW)).toEqual({ kind: 'run' });
    const before = new Date(NOW.getTime() - 1);
    expect(decideDispatch(entryWith({ expiration: before }), TASK, NOW)).toEqual({ kind: 'expired' });
  });

  test('expired comes before the window, and not ready before both', () => {
    const schedule = { ...DAILY, startingTime: '10:00', endingTime: '11:00' };
    const expiration = new Date(NOW.getTime() - 1);
    expect(decideDispatch(entryWith({ schedule, expiration }), TASK, NOW).kind).toBe('expired');
    expect(decideDispatch(entryWith({ schedule, expiration, status: 'On Hold' }), TASK, NOW).kind).toBe(
      'not-ready',
    );
  });

  test('outside the window it comes again when that opens', () => {
    const entry = entryWith({ schedule: { ...DAILY, startingTime: '10:00', endingTime: '11:00' } });
    const runAt = new Date('2026-01-05T10:00:00.000Z');
    expect(decideDispatch(entry, TASK, NOW)).toEqual({ kind: 'outside-window', runAt });
    expect(decideDispatch(entry, TASK, runAt)).toEqual({ kind: 'run' });
    expect(decideDispatch(entry, TASK, new Date('2026-01-05T11:00:00.000Z'))).toEqual({ kind: 'run' });
    expect(decideDispatch(entry, TASK, new Date('2026-01-05T11:00:00.001Z')).kind).toBe('outside-window');
  });

  test('a run that is taken up again was inside the window when it began', () => {
    const schedule = { ...DAILY, startingTime: '10:00', endingTime: '11:00' };
    expect(decideDispatch(entryWith({ schedule, status: 'In Process' }), TASK, NOW)).toEqual({ kind: 'run' });
  });

  test('the hours are those of the entry’s time zone', () => {
    const hours = { ...DAILY, startingTime: '09:00', endingTime: '09:30' };
    const berlin = entryWith({ schedule: { ...hours, timeZone: 'Europe/Berlin' } });
    expect(decideDispatch(berlin, TASK, NOW)).toEqual({ kind: 'run' });
    expect(decideDispatch(entryWith({ schedule: hours }), TASK, NOW).kind).toBe('outside-window');
  });
});

describe('firstRun', () => {
  test('now, or the earliest start when that is later', () => {
    expect(firstRun(entryWith(), NOW)).toEqual(NOW);
    const later = new Date(NOW.getTime() + HOUR_MS);
    expect(firstRun(entryWith({ earliestStart: later }), NOW)).toEqual(later);
    const past = new Date(NOW.getTime() - HOUR_MS);
    expect(firstRun(entryWith({ earliestStart: past }), NOW)).toEqual(NOW);
  });
});

describe('afterSuccess', () => {
  test('a one-off is Finished, with its attempts and error forgotten', () => {
    const entry = entryWith({ status: 'In Process', attempts: 3, error: ERROR });
    expect(afterSuccess(entry, NOW)).toEqual({ status: 'Finished', attempts: 0, error: null, runAt: null });
  });

  test('a recurring one is Ready for its next run', () => {
    const entry = entryWith({
      status: 'In Process',
      attempts: 2,
      schedule: { ...DAILY, startingTime: '09:00' },
    });
    const runAt = new Date('2026-01-05T09:00:00.000Z');
    expect(afterSuccess(entry, NOW)).toEqual({ status: 'Ready', attempts: 0, error: null, runAt });
  });

  test('the next run lies strictly after the finish', () => {
    const entry = entryWith({ status: 'In Process', schedule: { ...DAILY, startingTime: '08:00' } });
    expect(afterSuccess(entry, NOW).runAt).toEqual(new Date('2026-01-06T08:00:00.000Z'));
  });

  test.each(JOB_QUEUE_ENTRY_STATUSES.filter((status) => status !== 'In Process'))(
    'one that became %s meanwhile stays so and is not planned again',
    (status) => {
      const entry = entryWith({ status, attempts: 1, error: ERROR, schedule: DAILY });
      expect(afterSuccess(entry, NOW)).toEqual({ status, attempts: 0, error: null, runAt: null });
    },
  );
});

describe('afterError', () => {
  test('without attempts it ends in Error, also when it recurs', () => {
    for (const schedule of [{}, DAILY]) {
      const entry = entryWith({ status: 'In Process', schedule });
      expect(afterError(entry, ERROR, NOW)).toEqual({
        status: 'Error',
        attempts: 0,
        error: ERROR,
        runAt: null,
      });
    }
  });

  test.each([
    [0, 0, 10],
    [1, 0, 100],
    [2, 30, 31 * SECOND_MS],
    [5, 0, 1_000 * SECOND_MS],
    [7, 3600, 7 * HOUR_MS],
    [9, 0, 6 * HOUR_MS],
  ])('after %i used attempts and a delay of %i s it waits %i ms', (attempts, rerunDelaySeconds, waitMs) => {
    const entry = entryWith({ status: 'In Process', attempts, maximumAttempts: 10, rerunDelaySeconds });
    expect(afterError(entry, ERROR, NOW)).toEqual({
      status: 'Ready',
      attempts: attempts + 1,
      error: ERROR,
      runAt: new Date(NOW.getTime() + waitMs),
    });
  });

  test('the last attempt leads to Error, and no more than ten count', () => {
    const spent = entryWith({ status: 'In Process', attempts: 2, maximumAttempts: 2 });
    expect(afterError(spent, ERROR, NOW)).toMatchObject({ status: 'Error', attempts: 2, runAt: null });
    const many = entryWith({ status: 'In Process', attempts: 10, maximumAttempts: 99 });
    expect(afterError(many, ERROR, NOW)).toMatchObject({ status: 'Error', attempts: 10, runAt: null });
  });

  test('one that was put On Hold meanwhile stays so, with the error', () => {
    const entry = entryWith({ status: 'On Hold', attempts: 1, maximumAttempts: 5 });
    expect(afterError(entry, ERROR, NOW)).toEqual({
      status: 'On Hold',
      attempts: 1,
      error: ERROR,
      runAt: null,
    });
  });

  test('a run outside its window is still tried again: the window is enforced at the dispatch', () => {
    const schedule = { ...DAILY, startingTime: '08:00', endingTime: '08:00:01' };
    const entry = entryWith({ status: 'In Process', schedule, maximumAttempts: 1, rerunDelaySeconds: 600 });
    const { runAt } = afterError(entry, ERROR, NOW);
    expect(runAt).toEqual(new Date(NOW.getTime() + 10 * MINUTE_MS + 10));
    expect(decideDispatch({ ...entry, status: 'Ready' }, TASK, runAt as Date).kind).toBe('outside-window');
  });
});
