import { Temporal } from 'temporal-polyfill';
import { HOUR_MS } from '../foundation/index.ts';
import { runWindowOf } from './run-window.ts';
import {
  completeSchedule,
  runsOnWeekdays,
  type Schedule,
  type ScheduleInput,
  WEEKDAY_FIELDS,
} from './schedule.ts';
import { timeText } from './wall-clock.ts';

const MINUTES_PER_HOUR = 60;
const MINUTES_PER_DAY = 1440;
const MINUTES_PER_WEEK = 10_080;
/** The locale of the sentences; one of another language falls back to it, lest two languages mix in one sentence. */
const FALLBACK_LOCALE = 'en';
/** Noon of Monday, 1 January 2024: where the names of the weekdays are read from. */
const A_MONDAY_MS = Date.UTC(2024, 0, 1, 12);
const DAY_MS = 24 * HOUR_MS;
/** From how many neighbouring days on "Monday to Wednesday" reads better than a list. */
const RANGE_DAYS_MIN = 3;

/**
 * One line for people about when a schedule runs, in the schedule's own time zone:
 * "Every 5 minutes, Monday to Friday, between 08:00 and 17:00 (Europe/Berlin)". When the interval counts from the end
 * of the last run it says "Every 5 minutes from the end of the last run". English only so far; `locale` (BCP 47) chooses among
 * the kinds of English, any other and any unknown one gives 'en'.
 *
 * @throws NightshiftError `VALIDATION` or `DATE_FORMULA_INVALID` when a field of the schedule is wrong.
 */
export function describeSchedule(schedule: ScheduleInput, locale: string): string {
  const complete = completeSchedule(schedule);
  const language = englishOf(locale);
  const parts = partsOf(complete, language).filter((part) => part !== '');
  return `${parts.join(', ')} (${complete.timeZone})`;
}

function partsOf(schedule: Schedule, locale: string): readonly string[] {
  if (schedule.cron !== null) return [`By the cron pattern ${schedule.cron}`];
  const opens = `at ${timeText(runWindowOf(schedule, schedule.timeZone).start)}`;
  if (schedule.nextRunDateFormula !== null) {
    const formula = schedule.nextRunDateFormula.replace(/[<>]/g, '').trim();
    return [`On the day that ${formula} gives after each run`, opens];
  }
  if (!runsOnWeekdays(schedule)) return ['Once', windowText(schedule)];
  const days = weekdaysText(schedule, locale);
  if (runsOncePerWindow(schedule))
    return [days === '' ? 'Every day' : days[0]?.toUpperCase() + days.slice(1), opens];
  const inWholeDays = schedule.minutesBetweenRuns % MINUTES_PER_DAY === 0;
  const onGrid = schedule.intervalFrom === 'starting-time';
  const interval = `Every ${spanText(schedule.minutesBetweenRuns, locale)}`;
  return [
    onGrid ? interval : `${interval} from the end of the last run`,
    days,
    onGrid && inWholeDays ? opens : windowText(schedule),
  ];
}

/** Whether a window never has a second run: then its opening says more than the minutes. */
function runsOncePerWindow(schedule: Schedule): boolean {
  const minutes = schedule.minutesBetweenRuns;
  if (minutes === 0) return true;
  if (schedule.intervalFrom !== 'starting-time' || minutes > MINUTES_PER_DAY) return false;
  const { start, end, crossesMidnight } = runWindowOf(schedule, schedule.timeZone);
  const open = start.until(end ?? Temporal.PlainTime.from('23:59:59.999')).total('minute');
  return minutes > open + (crossesMidnight ? MINUTES_PER_DAY : 0);
}

function spanText(minutes: number, locale: string): string {
  const [unit, size] = unitOf(minutes);
  const format = new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' });
  return minutes === size ? unit : format.format(minutes / size);
}

function unitOf(minutes: number): readonly [unit: string, minutes: number] {
  if (minutes % MINUTES_PER_WEEK === 0) return ['week', MINUTES_PER_WEEK];
  if (minutes % MINUTES_PER_DAY === 0) return ['day', MINUTES_PER_DAY];
  return minutes % MINUTES_PER_HOUR === 0 ? ['hour', MINUTES_PER_HOUR] : ['minute', 1];
}

/** The days; empty when it is all of them. */
function weekdaysText(schedule: Schedule, locale: string): string {
  const chosen = WEEKDAY_FIELDS.flatMap((field, index) => (schedule[field] ? [index] : []));
  if (chosen.length === WEEKDAY_FIELDS.length) return '';
  const format = new Intl.DateTimeFormat(locale, { weekday: 'long', timeZone: 'UTC' });
  const names = chosen.map((index) => format.format(new Date(A_MONDAY_MS + index * DAY_MS)));
  const areNeighbours = chosen.every((day, place) => place === 0 || day - 1 === chosen[place - 1]);
  if (areNeighbours && names.length >= RANGE_DAYS_MIN) return `${names[0]} to ${names.at(-1)}`;
  return `on ${new Intl.ListFormat(locale, { type: 'conjunction' }).format(names)}`;
}

/** The hours; empty when there are none. */
function windowText(schedule: Schedule): string {
  const { start, end, crossesMidnight } = runWindowOf(schedule, schedule.timeZone);
  if (end === null) return schedule.startingTime === null ? '' : `from ${timeText(start)}`;
  if (schedule.startingTime === null) return `until ${timeText(end)}`;
  return `between ${timeText(start)} and ${timeText(end)}${crossesMidnight ? ' the next day' : ''}`;
}

function englishOf(locale: string): string {
  try {
    const [name = FALLBACK_LOCALE] = Intl.getCanonicalLocales(locale);
    return new Intl.Locale(name).language === FALLBACK_LOCALE ? name : FALLBACK_LOCALE;
  } catch {
    return FALLBACK_LOCALE;
  }
}
