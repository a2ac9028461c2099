import { describe, expect, test } from 'vitest';
import { isRecurring, type ScheduleInput, scheduleOf, WEEKDAY_FIELDS } from './schedule.ts';

const WEEKDAYS = { runOnMondays: true, runOnFridays: true } as const;

describe('scheduleOf', () => {
  test('nothing given: a one-off without hours', () => {
    const schedule = scheduleOf({});
    expect(schedule).toEqual({
      runOnMondays: false,
      runOnTuesdays: false,
      runOnWednesdays: false,
      runOnThursdays: false,
      runOnFridays: false,
      runOnSaturdays: false,
      runOnSundays: false,
      startingTime: null,
      endingTime: null,
      minutesBetweenRuns: 0,
      nextRunDateFormula: null,
      cron: null,
      intervalFrom: 'end-of-run',
      timeZone: 'UTC',
    });
    expect(Object.isFrozen(schedule)).toBe(true);
    expect(isRecurring(schedule)).toBe(false);
  });

  test.each(WEEKDAY_FIELDS)('%s makes it recurring, and 0 minutes become 1440', (field) => {
    const schedule = scheduleOf({ [field]: true });
    expect(isRecurring(schedule)).toBe(true);
    expect(schedule.minutesBetweenRuns).toBe(1440);
  });

  test('a formula makes it recurring, and the minutes stay 0', () => {
    const schedule = scheduleOf({
      nextRunDateFormula: '1D+CM',
      startingTime: '11:00',
      minutesBetweenRuns: 0,
    });
    expect(isRecurring(schedule)).toBe(true);
    expect(schedule).toMatchObject({ minutesBetweenRuns: 0, intervalFrom: 'starting-time' });
  });

  test('minutes alone do not', () => {
    const schedule = scheduleOf({ minutesBetweenRuns: 60 });
    expect(isRecurring(schedule)).toBe(false);
    expect(schedule.minutesBetweenRuns).toBe(60);
  });

  test('the interval counts from the starting time where there is one, unless said otherwise', () => {
    expect(scheduleOf({ ...WEEKDAYS, startingTime: '00:00' }).intervalFrom).toBe('starting-time');
    expect(scheduleOf({ ...WEEKDAYS, endingTime: '17:00' }).intervalFrom).toBe('end-of-run');
    expect(scheduleOf({ ...WEEKDAYS, startingTime: '08:00', intervalFrom: 'end-of-run' }).intervalFrom).toBe(
      'end-of-run',
    );
    expect(scheduleOf({ ...WEEKDAYS, intervalFrom: 'starting-time' }).intervalFrom).toBe('starting-time');
  });

  test.each<ScheduleInput>([
    {
      ...WEEKDAYS,
      startingTime: '08:00',
      endingTime: '17:00:30',
      minutesBetweenRuns: 5,
      timeZone: 'Europe/Berlin',
    },
    { ...WEEKDAYS, startingTime: '22:00', endingTime: '02:00' },
    { ...WEEKDAYS, startingTime: '09:00', endingTime: '09:00' },
    { ...WEEKDAYS, minutesBetweenRuns: 5_256_000, timeZone: 'Etc/GMT+5' },
    { nextRunDateFormula: '<-CM+1M>', endingTime: '23:59:59' },
    { runOnSundays: undefined, startingTime: undefined, endingTime: null, nextRunDateFormula: null },
  ])('accepts %o and changes nothing the second time', (input) => {
    const schedule = scheduleOf(input);
    expect(scheduleOf(schedule)).toEqual(schedule);
  });

  test.each<[string, unknown]>([
    ['startingTime', { startingTime: '08:00' }],
    ['endingTime', { endingTime: '17:00', minutesBetweenRuns: 5 }],
    ['startingTime', { ...WEEKDAYS, startingTime: '24:00' }],
    ['startingTime', { ...WEEKDAYS, startingTime: '8:00' }],
    ['startingTime', { ...WEEKDAYS, startingTime: '' }],
    ['startingTime', { ...WEEKDAYS, startingTime: '08:00:60' }],
    ['endingTime', { ...WEEKDAYS, endingTime: '08:00:00.5' }],
    ['endingTime', { ...WEEKDAYS, endingTime: 17 }],
    ['minutesBetweenRuns', { ...WEEKDAYS, minutesBetweenRuns: -1 }],
    ['minutesBetweenRuns', { ...WEEKDAYS, minutesBetweenRuns: 1.5 }],
    ['minutesBetweenRuns', { ...WEEKDAYS, minutesBetweenRuns: 5_256_001 }],
    ['minutesBetweenRuns', { ...WEEKDAYS, minutesBetweenRuns: '5' }],
    ['nextRunDateFormula', { ...WEEKDAYS, nextRunDateFormula: '1D' }],
    ['nextRunDateFormula', { minutesBetweenRuns: 5, nextRunDateFormula: '1D' }],
    ['intervalFrom', { ...WEEKDAYS, intervalFrom: 'now' }],
    ['timeZone', { ...WEEKDAYS, timeZone: 'Europe/Nowhere' }],
    ['timeZone', { ...WEEKDAYS, timeZone: '+01:00' }],
    ['timeZone', { ...WEEKDAYS, timeZone: '' }],
    ['timeZone', { ...WEEKDAYS, timeZone: '2026-01-01T00:00Z[Europe/Berlin]' }],
    ['timeZone', { ...WEEKDAYS, timeZone: Symbol('zone') }],
    ['runOnMondays', { runOnMondays: 1 }],
    ['runOnSundays', { runOnSundays: 'true' }],
  ])('names %s when it refuses %o', (field, input) => {
    expect(() => scheduleOf(input as ScheduleInput)).toThrow(
      expect.objectContaining({ code: 'VALIDATION', field }),
    );
  });

  test.each(['1X', '', '9000Y', '-9000Y', '-2010Y'])('refuses the formula "%s"', (nextRunDateFormula) => {
    expect(() => scheduleOf({ nextRunDateFormula })).toThrow(
      expect.objectContaining({ code: 'DATE_FORMULA_INVALID', field: 'nextRunDateFormula' }),
    );
  });

  test('knows a time zone however it is written, and in more ways than are remembered', () => {
    const ways = Array.from({ length: 2_048 }, (_, way) =>
      [...'america/new_york'].map((letter, at) => ((way >> at) & 1 ? letter.toUpperCase() : letter)).join(''),
    );
    for (const timeZone of ways) expect(scheduleOf({ timeZone }).timeZone).toBe(timeZone);
  });
});
