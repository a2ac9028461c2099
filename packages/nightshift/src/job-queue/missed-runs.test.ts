import { describe, expect, test } from 'vitest';
import { MISSED_RUNS_MAX, missedRuns } from './missed-runs.ts';
import { type ScheduleInput, WEEKDAY_FIELDS } from './schedule.ts';

const EVERY_DAY = Object.fromEntries(WEEKDAY_FIELDS.map((field) => [field, true]));
const NIGHTLY: ScheduleInput = { ...EVERY_DAY, startingTime: '02:00', minutesBetweenRuns: 1440 };
const HOURLY: ScheduleInput = { ...EVERY_DAY, startingTime: '00:00', minutesBetweenRuns: 60 };
const EVERY_MINUTE: ScheduleInput = { cron: '* * * * *' };
const PLANNED = '2026-01-01T02:00Z';

function missed(schedule: ScheduleInput, now: string, planned = PLANNED) {
  const runs = missedRuns(schedule, new Date(planned), new Date(now));
  return runs === null ? null : `${runs.count} until ${runs.last.toISOString().slice(5, 16)}`;
}

describe('runs that were missed', () => {
  test.each<[ScheduleInput, now: string, expected: string | null]>([
    [NIGHTLY, '2026-01-01T02:00Z', null],
    [NIGHTLY, '2026-01-01T02:10Z', null],
    [NIGHTLY, '2026-01-01T02:10:01Z', '1 until 01-01T02:00'],
    [NIGHTLY, '2026-01-03T01:59Z', '2 until 01-02T02:00'],
    [NIGHTLY, '2026-01-03T02:00Z', '3 until 01-03T02:00'],
    [HOURLY, '2026-01-01T05:30Z', '4 until 01-01T05:00'],
    // The next one comes sooner than ten minutes, but a minute is always granted.
    [EVERY_MINUTE, '2026-01-01T02:01:00Z', null],
    [EVERY_MINUTE, '2026-01-01T02:01:01Z', '2 until 01-01T02:01'],
    [{ nextRunDateFormula: '1D', startingTime: '02:00' }, '2026-01-02T12:00Z', '2 until 01-02T02:00'],
  ])('%j at %s: %s', (schedule, now, expected) => {
    expect(missed(schedule, now)).toBe(expected);
  });

  test.each<ScheduleInput>([
    {},
    { ...EVERY_DAY, minutesBetweenRuns: 60 },
    { ...NIGHTLY, intervalFrom: 'end-of-run' },
  ])('%j misses nothing, it is only late', (schedule) => {
    expect(missed(schedule, '2027-01-01T00:00Z')).toBeNull();
  });

  test('are not counted for ever', () => {
    expect(missed(EVERY_MINUTE, '2036-01-01T00:00Z')).toMatch(
      new RegExp(`^${MISSED_RUNS_MAX} until 01-01T18:39`),
    );
  });
});
