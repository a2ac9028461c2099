import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, test } from 'vitest';
import { describeSchedule } from './describe-schedule.ts';
import { initialRunTime, nextRunTime, previewRuns } from './recurrence.ts';
import { nextCronRun } from './recurrence-cron.ts';
import { isRecurring, scheduleOf } from './schedule.ts';

const BERLIN = 'Europe/Berlin';

function runsOf(pattern: string, from: string, count: number): readonly string[] {
  const runs = previewRuns({ cron: pattern, timeZone: BERLIN }, new Date(from), count);
  return runs.map(({ at, note }) => `${at.toISOString().slice(0, 16)}${note === null ? '' : ` ${note}`}`);
}

describe('a cron pattern', () => {
  test('runs by the wall clock of its zone', () => {
    expect(runsOf('30 2 * * MON-FRI', '2026-01-01T00:00Z', 3)).toEqual([
      '2026-01-01T01:30',
      '2026-01-02T01:30',
      '2026-01-05T01:30',
    ]);
  });

  test('in the gap the first instant after it, once', () => {
    expect(runsOf('*/20 2 * * *', '2026-03-29T00:00Z', 3)).toEqual([
      '2026-03-29T01:00 02:00 does not exist that night',
      '2026-03-30T00:00',
      '2026-03-30T00:20',
    ]);
  });

  test('in the overlap the first occurrence only', () => {
    expect(runsOf('30 2 * * *', '2026-10-25T00:00Z', 2)).toEqual([
      '2026-10-25T00:30 02:30 comes twice that night, the first one counts',
      '2026-10-26T01:30',
    ]);
  });

  test('of the second pass of the repeated hour, none', () => {
    expect(runsOf('*/15 2 * * *', '2026-10-25T01:20Z', 1)).toEqual(['2026-10-26T01:00']);
  });

  test('knows the last of the month, the nth weekday, leap days and seconds', () => {
    expect(runsOf('0 0 L * *', '2026-02-01T00:00Z', 2)).toEqual(['2026-02-27T23:00', '2026-03-30T22:00']);
    expect(runsOf('0 9 * * MON#1', '2026-02-03T00:00Z', 1)).toEqual(['2026-03-02T08:00']);
    expect(runsOf('0 12 29 2 *', '2026-01-01T00:00Z', 1)).toEqual(['2028-02-29T11:00']);
    expect(nextRunTime({ cron: '15 * * * * *' }, new Date('2026-01-01T00:00:15Z'))).toEqual(
      new Date('2026-01-01T00:01:15Z'),
    );
  });

  test('set Ready, an entry runs at the first time from then on, not at once', () => {
    const schedule = { cron: '0 2 * * *' };
    const at = (from: string, earliest: string | null) =>
      initialRunTime(schedule, earliest === null ? null : new Date(earliest), new Date(from)).toISOString();
    expect(at('2026-01-01T02:00:00Z', null)).toBe('2026-01-01T02:00:00.000Z');
    expect(at('2026-01-01T02:00:00.001Z', null)).toBe('2026-01-02T02:00:00.000Z');
    expect(at('2026-01-01T00:00:00Z', '2026-02-01T12:00Z')).toBe('2026-02-02T02:00:00.000Z');
  });

  test('at the end of the calendar comes no more', () => {
    const last = '9999-12-31T23:59:30Z';
    expect(nextRunTime({ cron: '0 2 * * *' }, new Date(last))).toBeNull();
    expect(initialRunTime({ cron: '0 2 * * *' }, null, new Date(last)).toISOString()).toBe(
      '9999-12-31T23:59:30.000Z',
    );
  });

  test('makes a schedule recurring, and is told as it is', () => {
    const schedule = scheduleOf({ cron: '0 2 * * *', timeZone: BERLIN });
    expect(isRecurring(schedule)).toBe(true);
    expect(describeSchedule(schedule, 'en')).toBe('By the cron pattern 0 2 * * * (Europe/Berlin)');
  });

  test.each([
    '',
    '* * * *',
    '@daily',
    '0 0 ? * *',
    '60 * * * *',
    '0 24 * * *',
    '0 0 31 2 *',
    '0 0 1 1 * * 2030',
    '*/0 * * * *',
    'a b c d e',
    '0'.repeat(101),
    '\0 * * * *',
  ])('%j is refused', (cron) => {
    expect(() => scheduleOf({ cron })).toThrow(
      expect.objectContaining({ code: 'VALIDATION', field: 'cron' }),
    );
  });

  test.each([
    { runOnMondays: true },
    { minutesBetweenRuns: 5 },
    { startingTime: '08:00' },
    { endingTime: '08:00' },
    { nextRunDateFormula: '1D' },
  ])('is refused beside %j', (more) => {
    expect(() => scheduleOf({ cron: '0 2 * * *', ...more })).toThrow(
      expect.objectContaining({ code: 'VALIDATION', field: 'cron' }),
    );
  });

  test('its next run is later, fits the pattern, and none is left out', () => {
    const field = (low: number, high: number) =>
      fc.oneof(
        fc.constant('*'),
        fc.integer({ min: low, max: high }).map(String),
        fc.integer({ min: 2, max: 20 }).map((step) => `*/${step}`),
      );
    const zones = fc.constantFrom(BERLIN, 'UTC', 'Australia/Lord_Howe', 'Asia/Kolkata', 'America/New_York');
    const instants = fc.integer({ min: Date.UTC(2026, 0), max: Date.UTC(2026, 11) });
    fc.assert(
      fc.property(field(0, 59), field(0, 23), zones, instants, (minute, hour, zone, from) => {
        const after = Temporal.Instant.fromEpochMilliseconds(from).toZonedDateTimeISO(zone);
        const run = nextCronRun(`${minute} ${hour} * * *`, after);
        expect(run?.at.epochMilliseconds).toBeGreaterThan(from);
        if (run === null || run.inGap) return;
        expect([matches(minute, run.at.minute), matches(hour, run.at.hour), run.at.second]).toEqual([
          true,
          true,
          0,
        ]);
        // Asked again just before it, the answer is the same.
        expect(
          nextCronRun(`${minute} ${hour} * * *`, run.at.subtract({ seconds: 1 }))?.at.equals(run.at),
        ).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

function matches(field: string, value: number): boolean {
  if (field === '*') return true;
  return field.startsWith('*/') ? value % Number(field.slice(2)) === 0 : Number(field) === value;
}
