import { Temporal } from 'temporal-polyfill';
import { NightshiftError } from '../foundation/index.ts';
import { checkCron } from './cron.ts';
import { applyDateFormula, parseDateFormula } from './date-formula.ts';

/** Greatest `minutesBetweenRuns`: ten years of 365 days. */
export const MINUTES_BETWEEN_RUNS_MAX = 5_256_000;

/** What 0 minutes become in a recurring schedule without a date formula: a day (Business Central, table 472 field 18). */
export const MINUTES_BETWEEN_RUNS_DEFAULT = 1440;

/** Time zone of a schedule that names none. */
export const TIME_ZONE_DEFAULT = 'UTC';

/** From where the interval counts: the grid that begins at the starting time, or the end of the last run (Business Central). */
export type IntervalFrom = 'starting-time' | 'end-of-run';

/** When a job queue entry runs. Times are wall-clock times of `timeZone`. Made by {@link scheduleOf}, complete and frozen. */
export interface Schedule {
  readonly runOnMondays: boolean;
  readonly runOnTuesdays: boolean;
  readonly runOnWednesdays: boolean;
  readonly runOnThursdays: boolean;
  readonly runOnFridays: boolean;
  readonly runOnSaturdays: boolean;
  readonly runOnSundays: boolean;
  /** 'HH:mm' or 'HH:mm:ss'; null = blank, which differs from '00:00'. */
  readonly startingTime: string | null;
  /** 'HH:mm' or 'HH:mm:ss', inclusive; before `startingTime` = the next day; null = blank: open-ended. */
  readonly endingTime: string | null;
  /** Whole minutes, 0 to {@link MINUTES_BETWEEN_RUNS_MAX}; 0 = none, counted as once a day. */
  readonly minutesBetweenRuns: number;
  /** A formula such as '1D+CM' instead of weekdays and minutes; null = none. */
  readonly nextRunDateFormula: string | null;
  /** A cron pattern such as '30 2 * * MON-FRI' instead of all of the above; null = none. */
  readonly cron: string | null;
  readonly intervalFrom: IntervalFrom;
  /** IANA name, for instance 'Europe/Berlin'. */
  readonly timeZone: string;
}

/** A schedule as a caller writes it: whatever is left out has its default. */
export type ScheduleInput = { readonly [Field in keyof Schedule]?: Schedule[Field] | undefined };

/** The weekday fields, Monday first: the field of ISO weekday `n` is at `n - 1`. */
export const WEEKDAY_FIELDS = Object.freeze([
  'runOnMondays',
  'runOnTuesdays',
  'runOnWednesdays',
  'runOnThursdays',
  'runOnFridays',
  'runOnSaturdays',
  'runOnSundays',
] as const);

const TIME_OF_DAY = /^(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d)?$/;
const TIME_ZONE_NAME = /^[A-Za-z][A-Za-z0-9._+/-]*$/;
const FORMULA_PROBES = [Temporal.PlainDate.from('2000-01-01'), Temporal.PlainDate.from('2199-12-31')];

/** Zones that were looked up are remembered, up to so many names. */
const ZONES_MAX = 1_000;
const knownZones = new Set<string>();

function refuse(field: string, sentence: string, cause?: unknown): NightshiftError {
  return new NightshiftError('VALIDATION', sentence, { field, cause });
}

/** Whether the schedule repeats: any weekday, a date formula or a cron pattern (minutes alone do not make it recurring). */
export function isRecurring(schedule: ScheduleInput): boolean {
  const { nextRunDateFormula, cron } = schedule;
  return (nextRunDateFormula ?? null) !== null || (cron ?? null) !== null || runsOnWeekdays(schedule);
}

/** Whether any weekday is set. */
export function runsOnWeekdays(schedule: ScheduleInput): boolean {
  return WEEKDAY_FIELDS.some((field) => schedule[field] === true);
}

/**
 * The complete, frozen schedule for `input`.
 *
 * Defaults: no weekdays, no times, 0 minutes (1440 when recurring without a formula), no formula, 'UTC',
 * `intervalFrom` 'starting-time' when a starting time is set and 'end-of-run' otherwise. Starting and ending time
 * may be equal (open-ended), and the ending time may be before the starting time (the window crosses midnight).
 * Applied to its own result it changes nothing.
 *
 * @throws NightshiftError `VALIDATION` with the field: a value of the wrong kind or out of range, an unknown time
 * zone, a time without weekdays or formula; `nextRunDateFormula` when weekdays or minutes are given beside it; `cron`
 * when anything else says when, or when the pattern never comes.
 * `DATE_FORMULA_INVALID` for a formula that cannot be read, or that leaves the years 1–9999 from a day of 2000–2199.
 */
export function scheduleOf(input: ScheduleInput): Schedule {
  const schedule = completeSchedule(input);
  if (schedule.cron !== null) return Object.freeze(cronAlone(schedule));
  if (schedule.nextRunDateFormula !== null) {
    if (runsOnWeekdays(schedule) || schedule.minutesBetweenRuns > 0) {
      throw refuse('nextRunDateFormula', 'Give either a date formula, or weekdays and minutes between runs.');
    }
    assertStaysInCalendar(schedule.nextRunDateFormula);
  }
  if (!isRecurring(schedule)) {
    for (const field of ['startingTime', 'endingTime'] as const) {
      if (schedule[field] === null) continue;
      throw refuse(field, `The ${words(field)} needs a recurring schedule: set a weekday or a date formula.`);
    }
  }
  const daily = schedule.minutesBetweenRuns === 0 && runsOnWeekdays(schedule);
  return Object.freeze(daily ? { ...schedule, minutesBetweenRuns: MINUTES_BETWEEN_RUNS_DEFAULT } : schedule);
}

/**
 * `input` with its defaults, each field checked by itself. Unlike {@link scheduleOf} it leaves 0 minutes as they are
 * and does not look at the fields together: the pure functions accept what only programs can write.
 *
 * @throws NightshiftError as {@link scheduleOf} does for a single field.
 */
export function completeSchedule(input: ScheduleInput): Schedule {
  const startingTime = timeOfDay('startingTime', input.startingTime);
  const formula = input.nextRunDateFormula ?? null;
  if (formula !== null) parseDateFormula(formula);
  return {
    runOnMondays: flag('runOnMondays', input.runOnMondays),
    runOnTuesdays: flag('runOnTuesdays', input.runOnTuesdays),
    runOnWednesdays: flag('runOnWednesdays', input.runOnWednesdays),
    runOnThursdays: flag('runOnThursdays', input.runOnThursdays),
    runOnFridays: flag('runOnFridays', input.runOnFridays),
    runOnSaturdays: flag('runOnSaturdays', input.runOnSaturdays),
    runOnSundays: flag('runOnSundays', input.runOnSundays),
    startingTime,
    endingTime: timeOfDay('endingTime', input.endingTime),
    minutesBetweenRuns: minutes(input.minutesBetweenRuns ?? 0),
    nextRunDateFormula: formula,
    cron: cronPattern(input.cron ?? null),
    intervalFrom: intervalFrom(
      input.intervalFrom ?? (startingTime === null ? 'end-of-run' : 'starting-time'),
    ),
    timeZone: timeZoneName(input.timeZone ?? TIME_ZONE_DEFAULT),
  };
}

/**
 * `name` if it is a time zone this machine knows, by IANA name; offsets such as '+01:00' are none.
 *
 * @throws NightshiftError `VALIDATION`, field `timeZone`.
 */
export function timeZoneName(name: string): string {
  if (knownZones.has(name)) return name;
  try {
    if (!TIME_ZONE_NAME.test(name)) throw new RangeError('not a name');
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name);
    if (knownZones.size >= ZONES_MAX) knownZones.clear();
    knownZones.add(name);
    return name;
  } catch (cause) {
    throw refuse(
      'timeZone',
      `There is no time zone "${String(name).slice(0, 64)}"; use a name such as Europe/Berlin.`,
      cause,
    );
  }
}

function flag(field: string, value: boolean | undefined): boolean {
  if (value === undefined) return false;
  if (typeof value !== 'boolean') throw refuse(field, `${field} must be true or false.`);
  return value;
}

/** A pattern says all that there is to say about times. */
function cronAlone(schedule: Schedule): Schedule {
  const { startingTime, endingTime, nextRunDateFormula, minutesBetweenRuns } = schedule;
  const alone =
    startingTime === null && endingTime === null && nextRunDateFormula === null && minutesBetweenRuns === 0;
  if (alone && !runsOnWeekdays(schedule)) return schedule;
  throw refuse('cron', 'Give either a cron pattern, or weekdays, minutes and times, or a date formula.');
}

function cronPattern(pattern: string | null): string | null {
  if (pattern !== null) checkCron(pattern);
  return pattern;
}

function timeOfDay(field: 'startingTime' | 'endingTime', value: string | null | undefined): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string' && TIME_OF_DAY.test(value)) return value;
  throw refuse(
    field,
    `The ${words(field)} must be a time from 00:00 to 23:59:59, written HH:mm or HH:mm:ss.`,
  );
}

function minutes(value: number): number {
  if (Number.isInteger(value) && value >= 0 && value <= MINUTES_BETWEEN_RUNS_MAX) return value;
  const sentence = `The minutes between runs must be a whole number from 0 to ${MINUTES_BETWEEN_RUNS_MAX}.`;
  throw refuse('minutesBetweenRuns', sentence);
}

function intervalFrom(value: IntervalFrom): IntervalFrom {
  if (value === 'starting-time' || value === 'end-of-run') return value;
  throw refuse('intervalFrom', "The interval counts from 'starting-time' or 'end-of-run'.");
}

/** A formula is monotone in its day, so the first and the last day of a span stand for all days between. */
function assertStaysInCalendar(formula: string): void {
  const terms = parseDateFormula(formula);
  for (const day of FORMULA_PROBES) applyDateFormula(formula, terms, day);
}

function words(field: 'startingTime' | 'endingTime'): string {
  return field === 'startingTime' ? 'starting time' : 'ending time';
}
