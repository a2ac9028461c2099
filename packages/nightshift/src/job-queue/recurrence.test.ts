import { Temporal } from 'temporal-polyfill';
import { describe, expect, test } from 'vitest';
import { initialRunTime, isWithinRunWindow, nextRunTime, previewRuns } from './recurrence.ts';
import { type ScheduleInput, WEEKDAY_FIELDS } from './schedule.ts';

/** Weekdays by ISO number, Monday = 1. */
function on(...days: readonly number[]): ScheduleInput {
  return Object.fromEntries(WEEKDAY_FIELDS.map((field, index) => [field, days.includes(index + 1)]));
}

function at(local: string, zone = 'UTC'): Date {
  return new Date(Temporal.PlainDateTime.from(local).toZonedDateTime(zone).epochMilliseconds);
}

describe('a date formula', () => {
  test.each([
    ['1D', '2026-03-10T12:00', '2026-03-11T11:00'],
    ['0D', '2026-03-10T10:00', '2026-03-10T11:00'],
    ['0D', '2026-03-10T11:00', '2026-03-11T11:00'],
    ['CM', '2026-03-10T12:00', '2026-03-31T11:00'],
    ['CM', '2026-03-31T11:00', '2026-04-30T11:00'],
    ['-CM', '2026-03-10T12:00', '2026-04-01T11:00'],
    ['-1Y', '2026-03-10T12:00', '2026-03-11T11:00'],
    ['WD1', '2026-03-09T12:00', '2026-03-16T11:00'],
  ])('%s after %s: %s', (nextRunDateFormula, from, next) => {
    for (const intervalFrom of ['starting-time', 'end-of-run'] as const) {
      const schedule = { nextRunDateFormula, startingTime: '11:00', intervalFrom };
      expect(nextRunTime(schedule, at(from))).toEqual(at(next));
    }
  });

  test('a blank starting time is midnight', () => {
    expect(nextRunTime({ nextRunDateFormula: '1W' }, at('2026-03-10T12:00'))).toEqual(at('2026-03-17T00:00'));
  });

  test('leaving the calendar is an error', () => {
    expect(() => nextRunTime({ nextRunDateFormula: '8000Y' }, at('2026-03-10T12:00'))).toThrow(
      expect.objectContaining({ code: 'DATE_FORMULA_INVALID' }),
    );
  });
});

describe('what is not recurring, or outside its window', () => {
  test('a one-off has no next run', () => {
    expect(nextRunTime({ minutesBetweenRuns: 2880 }, at('2012-01-01T13:00'))).toBeNull();
    expect(previewRuns({ minutesBetweenRuns: 2880 }, at('2012-01-01T13:00'), 5)).toEqual([]);
  });

  test.each<[ScheduleInput, string]>([
    [{}, '2012-01-01T07:00'],
    [{ startingTime: '08:00', endingTime: '17:00' }, '2012-01-01T08:00'],
    [{ startingTime: '22:00', endingTime: '06:00' }, '2012-01-01T22:00'],
    [{ startingTime: '22:00', endingTime: '08:00' }, '2012-01-01T07:00'],
    [{ endingTime: '06:00' }, '2012-01-02T00:00'],
    [{ nextRunDateFormula: '1W', startingTime: '05:00', endingTime: '06:00' }, '2012-01-02T05:00'],
  ])('%o set ready at 07:00 runs at %s', (schedule, expected) => {
    expect(initialRunTime(schedule, null, at('2012-01-01T07:00'))).toEqual(at(expected));
  });

  test('the earliest start counts when it is later than now', () => {
    const schedule = { startingTime: '08:00', endingTime: '17:00' };
    expect(initialRunTime(schedule, at('2012-01-03T18:00'), at('2012-01-01T07:00'))).toEqual(
      at('2012-01-04T08:00'),
    );
    expect(initialRunTime(schedule, at('2011-12-31T18:00'), at('2012-01-01T07:00'))).toEqual(
      at('2012-01-01T08:00'),
    );
  });

  test('the tail after midnight opens with its evening, or by the calendar day', () => {
    const sundays = { ...on(7), startingTime: '22:00', endingTime: '02:00' };
    const mondayNight = at('2012-01-02T00:30');
    expect(initialRunTime(sundays, null, mondayNight)).toEqual(mondayNight);
    expect(initialRunTime({ ...sundays, intervalFrom: 'end-of-run' }, null, mondayNight)).toEqual(
      at('2012-01-08T00:30'),
    );
    const sundayNight = at('2012-01-08T00:30');
    expect(initialRunTime(sundays, null, sundayNight)).toEqual(at('2012-01-08T22:00'));
    expect(initialRunTime({ ...sundays, intervalFrom: 'end-of-run' }, null, sundayNight)).toEqual(
      sundayNight,
    );
  });
});

test.each<[ScheduleInput, string, boolean]>([
  [{}, '03:00', true],
  [{ startingTime: '22:00', endingTime: '02:00' }, '22:00', true],
  [{ startingTime: '22:00', endingTime: '02:00' }, '02:00', true],
  [{ startingTime: '22:00', endingTime: '02:00' }, '02:00:00.001', false],
  [{ startingTime: '22:00', endingTime: '02:00' }, '21:59:59', false],
  [{ startingTime: '08:00', endingTime: '17:00' }, '08:00', true],
  [{ startingTime: '08:00', endingTime: '17:00' }, '17:00', true],
  [{ startingTime: '08:00', endingTime: '17:00' }, '17:00:01', false],
  [{ startingTime: '08:00', endingTime: '17:00' }, '07:59:59', false],
  [{ startingTime: '09:00', endingTime: '09:00:00' }, '09:01', true],
  [{ startingTime: '09:00', endingTime: '09:00' }, '08:59', false],
  [{ startingTime: '09:00' }, '23:59:59.999', true],
  [{ startingTime: '09:00' }, '08:59', false],
  [{ endingTime: '09:00' }, '00:00', true],
  [{ endingTime: '09:00' }, '09:01', false],
  [{ endingTime: '00:00' }, '00:00', true],
  [{ endingTime: '00:00' }, '00:01', false],
  [{ ...on(1), startingTime: '09:00' }, '10:00', true],
])('%o at %s: within its hours is %s', (schedule, time, expected) => {
  expect(isWithinRunWindow(schedule, at(`2012-01-01T${time}`))).toBe(expected);
});

describe('wrong arguments', () => {
  const moment = at('2012-01-01T00:00');
  const never = new Date(Number.NaN);
  test.each<[string, () => unknown]>([
    ['finishedAt', () => nextRunTime({}, never)],
    ['finishedAt', () => nextRunTime({}, '2012-01-01' as unknown as Date)],
    ['finishedAt', () => nextRunTime({}, new Date(8.64e15))],
    ['earliestStart', () => nextRunTime({}, moment, 'UTC', never)],
    ['now', () => initialRunTime({}, null, never)],
    ['earliestStart', () => initialRunTime({}, never, moment)],
    ['at', () => isWithinRunWindow({}, never)],
    ['from', () => previewRuns({}, never, 1)],
    ['count', () => previewRuns({}, moment, -1)],
    ['count', () => previewRuns({}, moment, 1001)],
    ['count', () => previewRuns({}, moment, 0.5)],
    ['timeZone', () => nextRunTime({}, moment, 'Mars/Olympus')],
    ['startingTime', () => nextRunTime({ startingTime: '25:00' }, moment)],
  ])('%s is named', (field, call) => {
    expect(call).toThrow(expect.objectContaining({ code: 'VALIDATION', field }));
  });
});
