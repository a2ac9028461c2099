import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HOUR_MS, MINUTE_MS } from '../foundation/index.ts';
import {
  HOLIDAYS_MAX,
  isWorkingTime,
  type Weekday,
  WORKING_INTERVALS_MAX,
  type WorkCalendar,
  type WorkingHours,
  workCalendar,
  workingTimeWithin,
} from './work-calendar.ts';

const ALL_DAYS = [1, 2, 3, 4, 5, 6, 7] as const;
const on = (from: string, to: string, days: readonly Weekday[] = ALL_DAYS): readonly WorkingHours[] =>
  days.map((weekday) => ({ weekday, from, to }));
const calendar = (
  hours: readonly WorkingHours[],
  timeZone = 'Europe/Berlin',
  ...holidays: readonly string[]
): WorkCalendar =>
  workCalendar({ timeZone, hours, holidays: holidays.map((day) => ({ day, name: 'Holiday' })) });
const hoursWithin = (of: WorkCalendar, from: string, to: string) =>
  workingTimeWithin(of, new Date(from), new Date(to)) / HOUR_MS;
const isOpen = (of: WorkCalendar, at: string) => isWorkingTime(of, new Date(at));

describe('working time', () => {
  const office = calendar(
    [...on('08:00', '12:00', [1, 2, 3, 4, 5]), ...on('13:00', '17:00', [1, 2, 3, 4])],
    'Europe/Berlin',
    '2026-12-25',
  );

  test('is from the beginning of an interval until right before its end', () => {
    // Monday, 3 August 2026, by the clock in Berlin.
    expect(isOpen(office, '2026-08-03T07:59:59.999+02:00')).toBe(false);
    expect(isOpen(office, '2026-08-03T08:00+02:00')).toBe(true);
    expect(isOpen(office, '2026-08-03T11:59:59.999+02:00')).toBe(true);
    expect(isOpen(office, '2026-08-03T12:00+02:00')).toBe(false);
    expect(isOpen(office, '2026-08-07T14:00+02:00')).toBe(false);
    expect(isOpen(office, '2026-08-08T09:00+02:00')).toBe(false);
  });

  test('is none on a holiday, which is a day of that time zone', () => {
    expect(isOpen(office, '2026-12-24T10:00+01:00')).toBe(true);
    expect(isOpen(office, '2026-12-25T10:00+01:00')).toBe(false);
    const night = calendar(on('23:00', '24:00'), 'Europe/Berlin', '2026-12-25');
    expect(isOpen(night, '2026-12-25T22:30Z')).toBe(false);
    expect(isOpen(night, '2026-12-26T22:30Z')).toBe(true);
  });

  test('adds up over days', () => {
    expect(hoursWithin(office, '2026-08-03T00:00+02:00', '2026-08-10T00:00+02:00')).toBe(36);
    expect(hoursWithin(office, '2026-08-03T11:00+02:00', '2026-08-03T13:30+02:00')).toBe(1.5);
    expect(hoursWithin(office, '2026-08-10T00:00+02:00', '2026-08-03T00:00+02:00')).toBe(0);
    expect(hoursWithin(office, '2026-08-03T09:00+02:00', '2026-08-03T09:00+02:00')).toBe(0);
  });

  test('until 24:00 goes on without a gap into the next day', () => {
    const night = calendar([...on('22:00', '24:00', [5]), ...on('00:00', '06:00', [6])], 'UTC');
    expect(hoursWithin(night, '2026-08-07T00:00Z', '2026-08-09T00:00Z')).toBe(8);
    expect(isOpen(night, '2026-08-07T23:59:59.999Z')).toBe(true);
    expect(isOpen(night, '2026-08-08T00:00Z')).toBe(true);
  });

  test('without any hours is around the clock, but for holidays', () => {
    const always = calendar([], 'UTC', '2026-08-04');
    expect(hoursWithin(always, '2026-08-03T00:00Z', '2026-08-06T00:00Z')).toBe(48);
  });
});

describe('in the nights in which the clocks change', () => {
  const night = calendar(on('01:00', '05:00'));

  test('the hour that is skipped does not count', () => {
    expect(hoursWithin(night, '2026-03-29T00:00+01:00', '2026-03-29T12:00+02:00')).toBe(3);
    const gap = calendar(on('02:00', '03:00'));
    expect(hoursWithin(gap, '2026-03-28T12:00Z', '2026-03-29T12:00Z')).toBe(0);
    expect(isOpen(gap, '2026-03-29T01:00Z')).toBe(false);
  });

  test('the hour that comes twice counts twice', () => {
    expect(hoursWithin(night, '2026-10-25T00:00+02:00', '2026-10-25T12:00+01:00')).toBe(5);
    const twice = calendar(on('02:00', '03:00'));
    expect([isOpen(twice, '2026-10-25T00:30Z'), isOpen(twice, '2026-10-25T01:30Z')]).toEqual([true, true]);
  });

  test('also where it happens at midnight, and by half an hour', () => {
    // Santiago skips 00:00–01:00 on 6 September 2026 and has 23:00–24:00 twice on 4 April.
    const all = calendar(on('00:00', '24:00', [6]), 'America/Santiago');
    expect(hoursWithin(all, '2026-04-04T00:00-03:00', '2026-04-06T00:00-04:00')).toBe(25);
    const sundays = calendar(on('00:00', '24:00', [7]), 'America/Santiago');
    expect(hoursWithin(sundays, '2026-09-05T00:00-04:00', '2026-09-07T12:00-03:00')).toBe(23);
    const island = calendar(on('00:00', '24:00', [7]), 'Australia/Lord_Howe');
    expect(hoursWithin(island, '2026-04-04T00:00Z', '2026-04-06T00:00Z')).toBe(24.5);
  });
});

const minuteText = (minute: number) =>
  `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
const anyHours = fc
  .array(
    fc.tuple(
      fc.integer({ min: 1, max: 7 }),
      fc.uniqueArray(fc.integer({ min: 0, max: 96 }), { minLength: 2, maxLength: 6 }),
    ),
    { maxLength: 7 },
  )
  .map((days) =>
    [...new Map(days)].flatMap(([weekday, quarters]) => {
      const at = quarters.toSorted((one, other) => one - other).map((quarter) => minuteText(quarter * 15));
      return Array.from({ length: Math.floor(at.length / 2) }, (_, n) => ({
        weekday: weekday as Weekday,
        from: at[2 * n] ?? '',
        to: at[2 * n + 1] ?? '',
      }));
    }),
  );
const anyCalendar = fc.record({
  hours: anyHours,
  timeZone: fc.constantFrom(
    'UTC',
    'Europe/Berlin',
    'America/Santiago',
    'Australia/Lord_Howe',
    'Asia/Kolkata',
  ),
  holidays: fc
    .uniqueArray(fc.integer({ min: 1, max: 28 }), { maxLength: 3 })
    .map((days) => days.map((day) => ({ day: `2026-03-${String(day).padStart(2, '0')}`, name: 'H' }))),
});
const anyMinute = fc
  .integer({ min: 0, max: 60 * 24 * 60 })
  .map((minute) => new Date(Date.UTC(2026, 1, 20) + minute * MINUTE_MS));

/** By what the clock on the wall shows in each quarter of an hour: slow, and in other words. */
function byTheClock(of: WorkCalendar, from: Date, to: Date): number {
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone: of.timeZone,
    dateStyle: 'short',
    timeStyle: 'short',
    hourCycle: 'h23',
  });
  let total = 0;
  for (let at = from.getTime(); at < to.getTime(); at += MINUTE_MS) {
    const [day = '', time = ''] = format.format(at).split(', ');
    const weekday = new Date(`${day}T00:00Z`).getUTCDay() || 7;
    const isHoliday = of.holidays.some((holiday) => holiday.day === day);
    const isInside = of.hours.some((each) => each.weekday === weekday && each.from <= time && time < each.to);
    if (!isHoliday && (isInside || of.hours.length === 0)) total += MINUTE_MS;
  }
  return total;
}

describe('of any calendar', () => {
  test('working time is what the clock on the wall says, minute for minute', () => {
    fc.assert(
      fc.property(anyCalendar, anyMinute, fc.integer({ min: 0, max: 3_000 }), (given, from, minutes) => {
        const of = workCalendar(given);
        const to = new Date(from.getTime() + minutes * MINUTE_MS);
        expect(workingTimeWithin(of, from, to)).toBe(byTheClock(of, from, to));
        expect(isWorkingTime(of, from)).toBe(byTheClock(of, from, new Date(from.getTime() + 1)) > 0);
      }),
      { numRuns: 60 },
    );
  });

  test('it adds up, is never negative, and never more than the time', () => {
    fc.assert(
      fc.property(anyCalendar, fc.tuple(anyMinute, anyMinute, anyMinute), (given, instants) => {
        const of = workCalendar(given);
        const [from, between, to] = instants.toSorted((one, other) => one.getTime() - other.getTime()) as [
          Date,
          Date,
          Date,
        ];
        const whole = workingTimeWithin(of, from, to);
        expect(workingTimeWithin(of, from, between) + workingTimeWithin(of, between, to)).toBe(whole);
        expect(whole).toBeGreaterThanOrEqual(0);
        expect(whole).toBeLessThanOrEqual(to.getTime() - from.getTime());
      }),
    );
  });

  test('it is kept as it is, in order', () => {
    fc.assert(
      fc.property(anyCalendar, (given) => {
        const of = workCalendar(given);
        expect(workCalendar(of)).toEqual(of);
        const shuffled = { ...given, hours: given.hours.toReversed(), holidays: given.holidays.toReversed() };
        expect(workCalendar(shuffled)).toEqual(of);
      }),
    );
  });
});

describe('a calendar', () => {
  const given = { timeZone: 'UTC', hours: [], holidays: [] };
  const refused = (field: string) => expect.objectContaining({ code: 'VALIDATION', field });

  test.each([
    [[{ weekday: 0, from: '08:00', to: '09:00' }]],
    [[{ weekday: 8, from: '08:00', to: '09:00' }]],
    [[{ weekday: 1.5, from: '08:00', to: '09:00' }]],
    [[{ weekday: 1, from: '8:00', to: '09:00' }]],
    [[{ weekday: 1, from: '24:00', to: '24:00' }]],
    [[{ weekday: 1, from: '08:60', to: '09:00' }]],
    [[{ weekday: 1, from: '08:00', to: '24:01' }]],
    [[{ weekday: 1, from: '09:00', to: '09:00' }]],
    [[{ weekday: 1, from: '22:00', to: '06:00' }]],
    [[{ weekday: 1, from: '08:00\n', to: '09:00' }]],
    [on('08:00', '12:00', [1, 1])],
    [[...on('08:00', '12:00', [3]), ...on('11:59', '13:00', [3])]],
    [[null]],
    [{}],
    ['mon'],
  ])('with hours %j is refused', (hours) => {
    const wrong = { ...given, hours } as unknown as WorkCalendar;
    expect(() => workCalendar(wrong)).toThrow(refused('hours'));
  });

  test.each([
    [[{ day: '2026-02-29', name: 'x' }]],
    [[{ day: '2026-2-1', name: 'x' }]],
    [[{ day: '1066-10-14', name: 'x' }]],
    [[{ day: '2026-12-25', name: '' }]],
    [[{ day: '2026-12-25', name: 'x'.repeat(101) }]],
    [[{ day: '2026-12-25', name: 'a\u0000b' }]],
    [[{ day: '2026-12-25T00:00Z', name: 'x' }]],
    [['2026-12-25']],
    [
      [
        { day: '2026-12-25', name: 'x' },
        { day: '2026-12-25', name: 'y' },
      ],
    ],
    [null],
  ])('with holidays %j is refused', (holidays) => {
    const wrong = { ...given, holidays } as unknown as WorkCalendar;
    expect(() => workCalendar(wrong)).toThrow(refused('holidays'));
  });

  test('has limits, and a time zone that there is', () => {
    const many = Array.from({ length: WORKING_INTERVALS_MAX + 1 }, (_, n) =>
      on(minuteText(n), minuteText(n + 1), [2]),
    );
    expect(() => workCalendar({ ...given, hours: many.flat() })).toThrow(refused('hours'));
    expect(workCalendar({ ...given, hours: many.flat().slice(1) }).hours).toHaveLength(WORKING_INTERVALS_MAX);
    const days = Array.from({ length: HOLIDAYS_MAX + 1 }, (_, n) => ({
      day: new Date(n * 24 * HOUR_MS).toISOString().slice(0, 10),
      name: 'x',
    }));
    expect(() => workCalendar({ ...given, holidays: days })).toThrow(refused('holidays'));
    expect(() => workCalendar({ ...given, timeZone: 'Berlin' })).toThrow(refused('timeZone'));
    expect(() => workCalendar(null as unknown as WorkCalendar)).toThrow(
      expect.objectContaining({ code: 'VALIDATION' }),
    );
  });
});
