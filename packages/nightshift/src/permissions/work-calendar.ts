import { Temporal } from 'temporal-polyfill';
import type { Executor } from '../database/index.ts';
import { checkTimeZone, HOUR_MS, MINUTE_MS, NightshiftError } from '../foundation/index.ts';
import { checkText } from './permission-set.ts';
import { readWorkCalendar as readWorkCalendarSql } from './work-calendar.sql.ts';

/** Most intervals on one day of the week. */
export const WORKING_INTERVALS_MAX = 10;
/** Most holidays of a company. */
export const HOLIDAYS_MAX = 2_000;

/** ISO 8601: 1 is Monday. */
export type Weekday = 1 | 2 | 3 | 4 | 5 | 6 | 7;

/** An interval of a weekday on which people work, in wall-clock time; its end does not belong to it. */
export interface WorkingHours {
  readonly weekday: Weekday;
  /** `HH:mm`. */
  readonly from: string;
  /** `HH:mm`; `24:00` is the end of the day. */
  readonly to: string;
}

/** A day on which nobody works. */
export interface Holiday {
  /** `YYYY-MM-DD`. */
  readonly day: string;
  /** 1 to 100 characters. */
  readonly name: string;
}

/** When people work in a company. */
export interface WorkCalendar {
  /** IANA. */
  readonly timeZone: string;
  /** Sorted, without overlaps. None at all: around the clock, on every day that is no holiday. */
  readonly hours: readonly WorkingHours[];
  /** Sorted, each day once. */
  readonly holidays: readonly Holiday[];
}

const TIME = /^(?:([01]\d|2[0-3]):([0-5]\d)|24:00)$/;
const DAY_MS = 24 * HOUR_MS;
const DAYS_A_WEEK = 7;
const MINUTES_AN_HOUR = 60;
/** 1970-01-01 was a Thursday. */
const WEEKDAY_OF_DAY_ZERO = 3;

/**
 * A calendar as it was given, checked and put in order.
 * @throws NightshiftError VALIDATION with the field
 */
export function workCalendar(input: WorkCalendar): WorkCalendar {
  if (typeof input !== 'object' || input === null)
    throw new NightshiftError('VALIDATION', 'A work calendar is {timeZone, hours, holidays}.');
  return Object.freeze({
    timeZone: checkTimeZone('timeZone', input.timeZone),
    hours: checkedHours(input.hours),
    holidays: checkedHolidays(input.holidays),
  });
}

/** Reads the calendar of a company, with the version of the company. @returns null when there is no such company */
export async function readWorkCalendar(
  database: Executor,
  companyNo: number,
): Promise<(WorkCalendar & { readonly version: number }) | null> {
  type Row = WorkCalendar & { readonly version: number };
  const [row] = await database.run<{ calendar: Row }>(readWorkCalendarSql, [companyNo]);
  return row?.calendar ?? null;
}

/** Whether an instant lies in the working time, by the clock on the wall: an hour that comes twice counts twice. */
export function isWorkingTime(calendar: WorkCalendar, at: Date): boolean {
  const ms = at.getTime();
  return workingTimeWithin(calendar, at, new Date(ms + 1)) > 0;
}

/**
 * How much of the time from `from` until `to` is working time, in milliseconds; 0 when `to` is not later. In the night in
 * which the clocks are put back an hour comes twice, and counts twice; the one that is skipped does not count.
 */
export function workingTimeWithin(calendar: WorkCalendar, from: Date, to: Date): number {
  const rules = rulesOf(calendar);
  let total = 0;
  for (const { begin, end, offset } of steadySpans(calendar.timeZone, from.getTime(), to.getTime()))
    total += workingOnWall(rules, begin + offset, end + offset);
  return total;
}

/** A span of time in which the clocks are not put forward or back. */
interface SteadySpan {
  readonly begin: number;
  readonly end: number;
  /** What the clock on the wall is ahead of UTC, in milliseconds. */
  readonly offset: number;
}

function* steadySpans(zone: string, from: number, to: number): Generator<SteadySpan> {
  let begin = from;
  while (begin < to) {
    const at = Temporal.Instant.fromEpochMilliseconds(begin).toZonedDateTimeISO(zone);
    const next = at.getTimeZoneTransition('next')?.epochMilliseconds ?? Number.POSITIVE_INFINITY;
    const end = Math.min(next, to);
    yield { begin, end, offset: at.offsetNanoseconds / 1_000_000 };
    begin = end;
  }
}

/** A calendar in numbers: milliseconds of the day by weekday (0 is Monday), and days since 1970. */
interface Rules {
  readonly hours: readonly (readonly { readonly from: number; readonly to: number }[])[];
  readonly holidays: ReadonlySet<number>;
}

const WHOLE_DAY = Object.freeze([{ from: 0, to: DAY_MS }]);

function rulesOf({ hours, holidays }: WorkCalendar): Rules {
  const of = (weekday: number) =>
    hours
      .filter((each) => each.weekday === weekday + 1)
      .map(({ from, to }) => ({ from: minutesOf(from) * MINUTE_MS, to: minutesOf(to) * MINUTE_MS }));
  return {
    hours: Array.from({ length: DAYS_A_WEEK }, (_, weekday) =>
      hours.length === 0 ? WHOLE_DAY : of(weekday),
    ),
    holidays: new Set(holidays.map(({ day }) => Date.parse(`${day}T00:00Z`) / DAY_MS)),
  };
}

/** Working time between two readings of the clock on the wall, which goes evenly in between. */
function workingOnWall(rules: Rules, begin: number, end: number): number {
  let total = 0;
  for (let day = Math.floor(begin / DAY_MS); day * DAY_MS < end; day++) {
    if (rules.holidays.has(day)) continue;
    const weekday = (((day + WEEKDAY_OF_DAY_ZERO) % DAYS_A_WEEK) + DAYS_A_WEEK) % DAYS_A_WEEK;
    for (const { from, to } of rules.hours[weekday] ?? []) {
      const first = Math.max(begin, day * DAY_MS + from);
      const last = Math.min(end, day * DAY_MS + to);
      if (last > first) total += last - first;
    }
  }
  return total;
}

function checkedHours(hours: unknown): readonly WorkingHours[] {
  if (!Array.isArray(hours)) throw refused('hours', 'hours is a list of {weekday, from, to}.');
  const sorted = (hours as WorkingHours[])
    .map(oneInterval)
    .sort((one, other) => one.weekday - other.weekday || (one.from < other.from ? -1 : 1));
  for (const [at, { weekday, from, to }] of sorted.entries()) {
    const before = sorted[at - 1];
    if (before !== undefined && before.weekday === weekday && before.to > from) {
      throw refused('hours', `${before.from}–${before.to} and ${from}–${to} of the same day overlap.`);
    }
    if (sorted[at - WORKING_INTERVALS_MAX]?.weekday === weekday)
      throw refused('hours', `A day has at most ${WORKING_INTERVALS_MAX} intervals.`);
  }
  return Object.freeze(sorted);
}

function oneInterval(given: WorkingHours): WorkingHours {
  const { weekday, from, to } = given ?? {};
  if (!Number.isInteger(weekday) || weekday < 1 || weekday > DAYS_A_WEEK)
    throw refused('hours', 'A weekday is a number from 1, Monday, to 7, Sunday.');
  for (const time of [from, to])
    if (typeof time !== 'string' || !TIME.test(time))
      throw refused('hours', `${JSON.stringify(time)} is no time; write 08:00 or 24:00.`);
  if (from < to) return Object.freeze({ weekday, from, to });
  throw refused(
    'hours',
    `${from}–${to} ends before it begins; write what goes on after midnight as ${from}–24:00, and the rest on the next day.`,
  );
}

function checkedHolidays(holidays: unknown): readonly Holiday[] {
  if (!Array.isArray(holidays)) throw refused('holidays', 'holidays is a list of {day, name}.');
  if (holidays.length > HOLIDAYS_MAX)
    throw refused('holidays', `A company has at most ${HOLIDAYS_MAX} holidays.`);
  const sorted = (holidays as Holiday[]).map(oneHoliday).sort((one, other) => (one.day < other.day ? -1 : 1));
  for (const [at, { day }] of sorted.entries())
    if (sorted[at - 1]?.day === day) throw refused('holidays', `${day} is given twice.`);
  return Object.freeze(sorted);
}

function oneHoliday(given: Holiday): Holiday {
  const { day, name } = given ?? {};
  if (!isDay(day)) throw refused('holidays', `${JSON.stringify(day)} is no day; write 2026-12-25.`);
  checkText('holidays', name, 1, 100);
  return Object.freeze({ day, name });
}

/** Only whole days of the years 1900 to 9999, written with all their digits. */
function isDay(day: unknown): day is string {
  if (typeof day !== 'string' || !/^\d{4}-\d\d-\d\d$/.test(day) || day < '1900') return false;
  const date = new Date(`${day}T00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day);
}

function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * MINUTES_AN_HOUR + minutes;
}

function refused(field: 'hours' | 'holidays', text: string): NightshiftError {
  return new NightshiftError('VALIDATION', text, { field });
}
