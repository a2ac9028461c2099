import { describe, expect, test } from 'vitest';
import type { JobQueueEntry } from '../job-queue/index.ts';
import { PLAIN_ENTRY } from '../testing/plain-entry.ts';
import { statusOf } from './entry-commands.ts';
import { entryInputOf } from './entry-create.ts';
import { runsToCome } from './entry-show.ts';

const NOW = new Date('2026-08-03T10:01:00Z');
const ONCE = PLAIN_ENTRY.schedule;
const ENTRY = PLAIN_ENTRY;
const hourly = {
  ...ONCE,
  runOnMondays: true,
  startingTime: '08:00',
  endingTime: '12:00',
  minutesBetweenRuns: 60,
  intervalFrom: 'starting-time',
} as const;

describe('runs to come', () => {
  const at = (entry: Partial<JobQueueEntry>) =>
    runsToCome({ ...ENTRY, ...entry }, NOW).map((run) => run.at.toISOString());

  test('of one that runs once', () => {
    expect(at({})).toEqual([NOW.toISOString()]);
    expect(at({ status: 'Ready', earliestStart: new Date('2026-09-01T00:00Z') })).toEqual([
      '2026-09-01T00:00:00.000Z',
    ]);
  });

  test('of a recurring one: five, from the planned one on', () => {
    const earliestStart = new Date('2026-08-03T11:00Z');
    expect(at({ status: 'Ready', schedule: hourly, earliestStart })).toEqual([
      '2026-08-03T11:00:00.000Z',
      '2026-08-03T12:00:00.000Z',
      '2026-08-10T08:00:00.000Z',
      '2026-08-10T09:00:00.000Z',
      '2026-08-10T10:00:00.000Z',
    ]);
  });

  test('none after the expiration, and none of a finished one', () => {
    const earliestStart = new Date('2026-08-03T11:00Z');
    const expiration = new Date('2026-08-03T12:00Z');
    expect(at({ status: 'Ready', schedule: hourly, earliestStart, expiration })).toHaveLength(2);
    expect(at({ status: 'Finished' })).toEqual([]);
  });
});

describe('the fields of a new entry', () => {
  test('only what was given', () => {
    expect(entryInputOf({ object: 'Sync' }, 'UTC')).toEqual({ object: 'Sync' });
  });

  test('all of them', () => {
    const options = {
      object: 'Sync',
      parameter: 'ORDERS',
      parameters: '{"from":1}',
      reportOutputType: 'pdf',
      description: 'Orders',
      earliestStart: '2026-08-01T08:00',
      expiration: '2027-01-01T00:00Z',
      days: 'mon',
      startingTime: '08:00',
      endingTime: '17:00',
      minutes: '5',
      dateFormula: '1D',
      intervalFrom: 'end-of-run',
      timeZone: 'Europe/Berlin',
      maximumAttempts: '3',
      rerunDelay: '30s',
      timeout: '1h',
    };
    expect(entryInputOf(options, 'UTC')).toEqual({
      object: 'Sync',
      parameterString: 'ORDERS',
      parameters: { from: 1 },
      reportOutputType: 'PDF',
      description: 'Orders',
      earliestStart: new Date('2026-08-01T06:00Z'),
      expiration: new Date('2027-01-01T00:00Z'),
      runOnTuesdays: false,
      runOnWednesdays: false,
      runOnThursdays: false,
      runOnFridays: false,
      runOnSaturdays: false,
      runOnSundays: false,
      runOnMondays: true,
      startingTime: '08:00',
      endingTime: '17:00',
      minutesBetweenRuns: 5,
      nextRunDateFormula: '1D',
      intervalFrom: 'end-of-run',
      timeZone: 'Europe/Berlin',
      maximumAttempts: 3,
      rerunDelaySeconds: 30,
      timeout: 3_600_000,
    });
  });

  test('times without an offset are those of the user when no zone is given', () => {
    expect(
      entryInputOf({ object: 'Sync', earliestStart: '2026-08-01T08:00' }, 'America/New_York'),
    ).toMatchObject({
      earliestStart: new Date('2026-08-01T12:00Z'),
    });
  });
});

test('a status is known in any case of letters', () => {
  expect(statusOf('on hold')).toBe('On Hold');
  expect(() => statusOf('onhold')).toThrow(expect.objectContaining({ code: 'VALIDATION', field: 'status' }));
});
