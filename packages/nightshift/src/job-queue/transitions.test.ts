import { describe, expect, test } from 'vitest';
import { HOUR_MS, MINUTE_MS, SECOND_MS, storedErrorOf } from '../foundation/index.ts';
import { EVERY_DAY } from '../testing/every-day.ts';
import { PLAIN_ENTRY } from '../testing/plain-entry.ts';
import { JOB_QUEUE_ENTRY_STATUSES, type JobQueueEntry } from './job-queue-entry.ts';
import { type ScheduleInput, scheduleOf } from './schedule.ts';
import { afterError, afterSuccess, decideDispatch, firstRun } from './transitions.ts';

const TASK = '019b0000-0000-7000-8000-000000000001';
const NOW = new Date('2026-01-05T08:00:00.000Z'); // a Monday
const ERROR = storedErrorOf(new Error('no'));
const STARTABLE = ['Ready', 'In Process', 'Waiting', 'On Hold with Inactivity Timeout'];
const DAILY = {
  ...EVERY_DAY,
} as const;

function entryWith(
  fields: Partial<Omit<JobQueueEntry, 'schedule'>> & { readonly schedule?: ScheduleInput } = {},
): JobQueueEntry {
  return {
    ...PLAIN_ENTRY,
    status: 'Ready',
    taskId: TASK,
    ...fields,
    schedule: scheduleOf(fields.schedule ?? {}),
  };
}

describe('decideDispatch', () => {
  test.each(JOB_QUEUE_ENTRY_STATUSES)('status %s', (status) => {
    const kind = STARTABLE.includes(status) ? 'run' : 'not-ready';
    expect(decideDispatch(entryWith({ status }), TASK, NOW)).toMatchObject({ kind });
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
    expect(decideDispatch(entryWith({ expiration: NOW }), TASK, NOW)).toEqual({ kind: 'run', missed: null });
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
    expect(decideDispatch(entry, TASK, NOW)).toEqual({ kind: 'outside-window', runAt, missed: null });
    expect(decideDispatch(entry, TASK, runAt)).toEqual({ kind: 'run', missed: null });
    expect(decideDispatch(entry, TASK, new Date('2026-01-05T11:00:00.000Z'))).toEqual({
      kind: 'run',
      missed: null,
    });
    expect(decideDispatch(entry, TASK, new Date('2026-01-05T11:00:00.001Z')).kind).toBe('outside-window');
  });

  test('a run that is taken up again was inside the window when it began', () => {
    const schedule = { ...DAILY, startingTime: '10:00', endingTime: '11:00' };
    expect(decideDispatch(entryWith({ schedule, status: 'In Process' }), TASK, NOW)).toEqual({
      kind: 'run',
      missed: null,
    });
  });

  test('the hours are those of the entry’s time zone', () => {
    const hours = { ...DAILY, startingTime: '09:00', endingTime: '09:30' };
    const berlin = entryWith({ schedule: { ...hours, timeZone: 'Europe/Berlin' } });
    expect(decideDispatch(berlin, TASK, NOW)).toEqual({ kind: 'run', missed: null });
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

  test('one whose object plans its runs is Ready for what it has planned, else it stands On Hold', () => {
    const entry = entryWith({ status: 'In Process', manualRecurrence: true, schedule: DAILY });
    const plannedRun = new Date(NOW.getTime() + HOUR_MS);
    const planned = { status: 'Ready', attempts: 0, error: null, runAt: plannedRun };
    expect(afterSuccess(entry, NOW, { plannedRun })).toEqual(planned);
    expect(afterSuccess(entry, NOW, { plannedRun, nothingToDo: true })).toEqual(planned);
    expect(afterSuccess(entry, NOW)).toMatchObject({ status: 'On Hold', runAt: null });
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
        isFinal: true,
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
      isFinal: false,
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
      isFinal: false,
    });
  });

  test('a run outside its window is still tried again: the window is enforced at the dispatch', () => {
    const schedule = { ...DAILY, startingTime: '08:00', endingTime: '08:00:01' };
    const entry = entryWith({ status: 'In Process', schedule, maximumAttempts: 1, rerunDelaySeconds: 600 });
    const { runAt } = afterError(entry, ERROR, NOW);
    expect(runAt).toEqual(new Date(NOW.getTime() + 10 * MINUTE_MS + 10));
    expect(decideDispatch({ ...entry, status: 'Ready' }, TASK, runAt as Date).kind).toBe('outside-window');
  });

  test('keeps its schedule after the last attempt when it is to, with attempts anew; a one-off has none', () => {
    const kept = { status: 'In Process', attempts: 1, maximumAttempts: 1 } as const;
    const nightly = entryWith({
      ...kept,
      afterFinalError: 'continue-schedule',
      schedule: { ...DAILY, startingTime: '02:00' },
    });
    const runAt = new Date('2026-01-06T02:00:00.000Z');
    expect(afterError(nightly, ERROR, NOW)).toEqual({
      status: 'Ready',
      attempts: 0,
      error: ERROR,
      runAt,
      isFinal: true,
    });
    const once = entryWith({ ...kept, afterFinalError: 'continue-schedule' });
    expect(afterError(once, ERROR, NOW)).toMatchObject({ status: 'Error', isFinal: true });
    const held = entryWith({ ...nightly, status: 'On Hold' });
    expect(afterError(held, ERROR, NOW)).toMatchObject({ status: 'On Hold', isFinal: false });
  });
});

const QUARTERS = { ...DAILY, startingTime: '06:00', minutesBetweenRuns: 15 } as const;
const at = (time: string) => new Date(`2026-01-05T${time}Z`);

describe('missed runs', () => {
  const late = entryWith({ schedule: QUARTERS, earliestStart: at('07:00:00') });
  const missed = { count: 5, first: at('07:00:00'), last: at('08:00:00') };

  test('one run stands for all of them, or none runs', () => {
    expect(decideDispatch(late, TASK, NOW)).toEqual({ kind: 'run', missed });
    expect(decideDispatch({ ...late, missedRuns: 'skip' }, TASK, NOW)).toEqual({
      kind: 'missed',
      missed,
      runAt: at('08:15:00'),
    });
  });

  test('are looked at once: not of a retry, not of a run that is taken up again, not without a plan', () => {
    for (const fields of [
      { attempts: 1 },
      { status: 'In Process' },
      { status: 'On Hold with Inactivity Timeout' },
      { earliestStart: null },
      { earliestStart: at('07:59:00') },
    ] as const) {
      const entry = { ...late, missedRuns: 'skip', ...fields } as const;
      expect(decideDispatch(entry, TASK, NOW)).toEqual({ kind: 'run', missed: null });
    }
  });

  test('one that waited for its place in its category runs, whatever the policy', () => {
    const waited = { ...late, missedRuns: 'skip', categorySlot: 1 } as const;
    expect(decideDispatch(waited, TASK, NOW)).toEqual({ kind: 'run', missed });
  });

  test('expired comes before, the window after', () => {
    const expired = { ...late, expiration: at('07:30:00') };
    expect(decideDispatch(expired, TASK, NOW).kind).toBe('expired');
    const closed = entryWith({
      schedule: { ...QUARTERS, endingTime: '07:30' },
      earliestStart: at('07:00:00'),
    });
    const seen = decideDispatch(closed, TASK, NOW);
    expect(seen).toMatchObject({ kind: 'outside-window', missed: { count: 3 } });
    expect(decideDispatch({ ...closed, missedRuns: 'skip' }, TASK, NOW).kind).toBe('missed');
  });
});

describe('inactivity', () => {
  const recurring = entryWith({ status: 'In Process', schedule: QUARTERS, inactivityTimeoutMinutes: 90 });

  test('one that recurs rests for its timeout, fitted into its hours; a one-off is Finished', () => {
    const rests = { status: 'On Hold with Inactivity Timeout', attempts: 0, error: null };
    expect(afterSuccess(recurring, NOW, { nothingToDo: true })).toEqual({ ...rests, runAt: at('09:30:00') });
    const daytime = entryWith({
      ...recurring,
      schedule: { ...QUARTERS, endingTime: '09:00' },
    });
    expect(afterSuccess(daytime, NOW, { nothingToDo: true }).runAt).toEqual(
      new Date('2026-01-06T06:00:00.000Z'),
    );
    expect(afterSuccess(entryWith({ status: 'In Process' }), NOW, { nothingToDo: true }).status).toBe(
      'Finished',
    );
  });

  test('what became of the entry in mid-run counts more', () => {
    expect(afterSuccess({ ...recurring, status: 'On Hold' }, NOW, { nothingToDo: true })).toMatchObject({
      status: 'On Hold',
      runAt: null,
    });
  });

  test('set Ready it runs at once, whenever its rest would have ended', () => {
    const resting = entryWith({
      status: 'On Hold with Inactivity Timeout',
      earliestStart: at('20:00:00'),
      schedule: QUARTERS,
    });
    expect(firstRun(resting, NOW)).toEqual(NOW);
  });
});

test('one whose object plans its runs stands On Hold after a good run', () => {
  const manual = entryWith({ status: 'In Process', manualRecurrence: true, schedule: DAILY });
  expect(afterSuccess(manual, NOW)).toEqual({ status: 'On Hold', attempts: 0, error: null, runAt: null });
});
