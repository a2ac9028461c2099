import type { ScheduleInput } from '../job-queue/index.ts';
import { SLOW_FORMULAS } from './slow-recurrence.ts';

/** An entry of the simulation: its order, and the year in which it runs. */
export interface SimulatedEntry {
  readonly name: string;
  readonly schedule: ScheduleInput;
  readonly missedRuns: 'skip' | 'run-once';
  readonly from: number;
  readonly until: number;
}

/** What happens to a run. */
export interface Chance {
  /** How long after its planned time a task comes up, in milliseconds. */
  readonly late: number;
  /** How long the run takes, in milliseconds. */
  readonly takes: number;
  /** Somebody sets the entry Ready anew so long before it would run; null: nobody does. */
  readonly readyBefore: number | null;
}

/** A number from 0 up to 1, the next of a row that the seed decides. */
export type Dice = () => number;

/** Zones with a year in which their clocks are set, by an hour or a half, at night or at midnight; and some without. */
const ZONES: readonly (readonly [zone: string, years: readonly number[]])[] = [
  ['Europe/Berlin', [2026, 2027, 2028]],
  ['Europe/Berlin', [2028]],
  ['America/New_York', [2026, 2027]],
  ['America/Sao_Paulo', [2017, 2018, 2026]],
  ['Australia/Lord_Howe', [2026, 2028]],
  ['Asia/Kolkata', [2026]],
  ['Africa/Cairo', [2026]],
  ['Pacific/Chatham', [2027]],
  ['UTC', [2028]],
];

const CRONS: readonly string[] = [
  '30 2 * * *',
  '15 0 * * MON-FRI',
  '0 */12 * * *',
  '*/20 1-3 * * SUN',
  '45 23 * * 1,3,5',
  '0 3 29 2 *',
  '10 2 1,15 * *',
  '5 2 13 * FRI',
  '0 0 31 * *',
];

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** mulberry32: small, and the same everywhere. */
export function diceOf(seed: number): Dice {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The entry with a number: always the same one. */
export function simulatedEntry(no: number): SimulatedEntry {
  const dice = diceOf(no);
  const [timeZone, years] = oneOf(dice, ZONES);
  const year = oneOf(dice, years);
  const kind = KINDS[no % KINDS.length] as (dice: Dice) => ScheduleInput;
  const schedule = { ...kind(dice), timeZone };
  const missedRuns = oneOf(dice, ['skip', 'run-once'] as const);
  const from = Date.UTC(year, 0, 1) + Math.floor(dice() * 48) * HOUR_MS;
  const until = Date.UTC(year + 1, 0, 1);
  return { name: `entry ${no}: ${wordsOf(schedule)}, ${missedRuns}`, schedule, missedRuns, from, until };
}

/** Mostly in time and short; now and then nothing runs for hours or days, and a run takes longer than its interval. */
export function chance(dice: Dice): Chance {
  const isOutage = dice() < 0.02;
  const isLong = dice() < 0.05;
  return {
    late: Math.floor(isOutage ? dice() ** 2 * 72 * HOUR_MS : dice() < 0.5 ? 0 : dice() * 30_000),
    takes: Math.floor(isLong ? dice() * 5 * HOUR_MS : dice() * 40_000),
    readyBefore: dice() < 0.01 ? Math.floor(dice() ** 3 * 30 * HOUR_MS) : null,
  };
}

const KINDS: readonly ((dice: Dice) => ScheduleInput)[] = [nightly, byHours, dense, overMidnight, other];

/** Once in the hours in which clocks are set, with or without an end. */
function nightly(dice: Dice): ScheduleInput {
  const start = quarters(dice, 0, 4.5);
  const end = dice() < 0.4 ? null : start + 15 + quarters(dice, 0, 3);
  return {
    ...weekdays(dice, 0.9),
    startingTime: timeText(start, dice() < 0.2 ? 17 : null),
    endingTime: end === null ? null : timeText(end, null),
    minutesBetweenRuns: oneOf(dice, [0, 1440]),
    ...rule(dice),
  };
}

/** Some times a day, open or within hours; also all round the clock. */
function byHours(dice: Dice): ScheduleInput {
  const start = dice() < 0.3 ? null : quarters(dice, 0, 12);
  const end = dice() < 0.4 ? null : (start ?? 0) + quarters(dice, 0, 11);
  return {
    ...weekdays(dice, 0.7),
    startingTime: start === null ? null : timeText(start, null),
    endingTime: end === null ? null : timeText(end, null),
    minutesBetweenRuns: 90 + Math.floor(dice() * 500),
    ...rule(dice),
  };
}

/** Every few minutes in a short window at night. */
function dense(dice: Dice): ScheduleInput {
  const start = quarters(dice, 0, 3);
  return {
    ...weekdays(dice, 0.25, 7),
    startingTime: timeText(start, null),
    endingTime: timeText(start + 15 + quarters(dice, 0, 1.5), null),
    minutesBetweenRuns: 10 + Math.floor(dice() * 40),
    ...rule(dice),
  };
}

function overMidnight(dice: Dice): ScheduleInput {
  return {
    ...weekdays(dice, 0.5),
    startingTime: timeText(quarters(dice, 19, 23.75), null),
    endingTime: timeText(quarters(dice, 0, 4), dice() < 0.2 ? 30 : null),
    minutesBetweenRuns: 40 + Math.floor(dice() * 240),
    ...rule(dice),
  };
}

/** A date formula, a cron pattern, or an interval of days. */
function other(dice: Dice): ScheduleInput {
  const start = dice() < 0.3 ? null : quarters(dice, 0, 4);
  const startingTime = start === null ? null : timeText(start, null);
  const which = dice();
  if (which < 0.4) return { cron: oneOf(dice, CRONS) };
  if (which < 0.7) {
    const end = dice() < 0.5 || start === null ? null : timeText(start + quarters(dice, 0.25, 3), null);
    return { nextRunDateFormula: oneOf(dice, Object.keys(SLOW_FORMULAS)), startingTime, endingTime: end };
  }
  const minutesBetweenRuns = 1441 + Math.floor(dice() * 8_000);
  return { ...weekdays(dice, 0.7), startingTime, minutesBetweenRuns, ...rule(dice) };
}

function rule(dice: Dice): Pick<ScheduleInput, 'intervalFrom'> {
  return { intervalFrom: oneOf(dice, ['starting-time', 'end-of-run'] as const) };
}

/** Each with this chance; one for sure, so that it recurs. */
function weekdays(dice: Dice, share: number, sure = 1 + Math.floor(dice() * 7)): ScheduleInput {
  const runs = Array.from({ length: 7 }, (_, at) => dice() < share || at + 1 === sure);
  const [
    runOnMondays,
    runOnTuesdays,
    runOnWednesdays,
    runOnThursdays,
    runOnFridays,
    runOnSaturdays,
    runOnSundays,
  ] = runs;
  return {
    runOnMondays,
    runOnTuesdays,
    runOnWednesdays,
    runOnThursdays,
    runOnFridays,
    runOnSaturdays,
    runOnSundays,
  };
}

/** Minutes since midnight, in quarter hours. */
function quarters(dice: Dice, fromHour: number, toHour: number): number {
  return Math.floor((fromHour + dice() * (toHour - fromHour)) * 4) * 15;
}

function timeText(minutes: number, seconds: number | null): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const text = `${two(Math.floor(minutes / 60) % 24)}:${two(minutes % 60)}`;
  return seconds === null ? text : `${text}:${two(seconds)}`;
}

function oneOf<T>(dice: Dice, values: readonly T[]): T {
  return values[Math.floor(dice() * values.length)] as T;
}

function wordsOf(schedule: ScheduleInput): string {
  const said = Object.entries(schedule).filter(
    ([, value]) => value !== null && value !== false && value !== 0,
  );
  const days = said.filter(([, value]) => value === true).map(([field]) => field.slice(5, 7));
  const rest = said.filter(([, value]) => value !== true).map(([field, value]) => `${field} ${value}`);
  return [days.join(''), ...rest].join(', ');
}
