import type { Schedule } from '../job-queue/index.ts';
import { slowCronTimes } from './slow-cron.ts';
import { type SlowZone, slowZone } from './slow-zone.ts';

// When an entry runs next, written a second time from the words of the rules alone: slow, step by step, with nothing of the
// product's. Instants and wall-clock times are milliseconds.

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** Steps by the day, for each formula that the simulation knows. A day is its midnight, as if it were UTC. */
export const SLOW_FORMULAS: Readonly<Record<string, (day: number) => number>> = {
  '1D': (day) => day + DAY_MS,
  '2W': (day) => day + 14 * DAY_MS,
  '1D+CM': (day) => stepTo(day + DAY_MS, (at) => dateOf(at + DAY_MS) === 1),
  'CM+1D': (day) => stepTo(day, (at) => dateOf(at + DAY_MS) === 1) + DAY_MS,
  'CW+3D': (day) => stepTo(day, (at) => weekdayOf(at) === 7) + 3 * DAY_MS,
  WD1: (day) => stepTo(day + DAY_MS, (at) => weekdayOf(at) === 1),
  D15: (day) => stepTo(day + DAY_MS, (at) => dateOf(at) === 15),
  '1D+CQ-9D': (day) => stepTo(day + DAY_MS, isEndOfQuarter) - 9 * DAY_MS,
};

const WEEKDAYS = [
  'runOnMondays',
  'runOnTuesdays',
  'runOnWednesdays',
  'runOnThursdays',
  'runOnFridays',
  'runOnSaturdays',
  'runOnSundays',
] as const;

/** The run after one that has ended at `finish`. */
export function slowNextRun(schedule: Schedule, finish: number): number {
  const zone = slowZone(schedule.timeZone);
  const wall = zone.wallAt(finish);
  if (schedule.cron !== null) return firstAfter(finish, zone, slowCronTimes(schedule.cron, wall - DAY_MS));
  if (schedule.nextRunDateFormula !== null) {
    const step = SLOW_FORMULAS[schedule.nextRunDateFormula] as (day: number) => number;
    // Where the formula leads back, the first later day from which it leads on.
    const start = timeOf(schedule.startingTime);
    let at = finish;
    for (let day = midnight(wall); at <= finish; day += DAY_MS) at = zone.firstAt(step(day) + start);
    return slowIsInside(schedule, at) ? at : opening(schedule, at, () => true);
  }
  if (schedule.intervalFrom === 'starting-time' && schedule.minutesBetweenRuns > 1440)
    return nextOfLongGrid(schedule, finish);
  if (schedule.intervalFrom === 'starting-time')
    return firstAfter(finish, zone, gridPoints(schedule, wall - 2 * DAY_MS), schedule);
  return fitted(schedule, finish + schedule.minutesBetweenRuns * MINUTE_MS);
}

/** The first run of an entry that is set Ready at `now`. */
export function slowInitialRun(schedule: Schedule, earliestStart: number | null, now: number): number {
  const base = Math.max(earliestStart ?? now, now);
  const zone = slowZone(schedule.timeZone);
  if (schedule.cron !== null) {
    const times = slowCronTimes(schedule.cron, zone.wallAt(base) - DAY_MS);
    return firstAfter(base - 1, zone, times);
  }
  if (schedule.nextRunDateFormula !== null) return opening(schedule, base, () => true);
  if (schedule.intervalFrom === 'end-of-run') return fitted(schedule, base);
  return opening(schedule, base, (day) => runsOn(schedule, day));
}

/** Whether a run may begin at this time of day (§2.5). */
export function slowIsInside(schedule: Schedule, at: number): boolean {
  const { startingTime, endingTime } = schedule;
  const wall = slowZone(schedule.timeZone).wallAt(at);
  const time = wall - midnight(wall);
  const start = timeOf(startingTime);
  const end = timeOf(endingTime);
  if (endingTime === null || startingTime === endingTime) return startingTime === null || time >= start;
  if (start > end) return time >= start || time <= end;
  return time >= start && time <= end;
}

/**
 * The first of these wall-clock times that comes after an instant, and in its window. In a gap a time comes with its end, of
 * two the first counts.
 */
function firstAfter(instant: number, zone: SlowZone, walls: Iterable<number>, window?: Schedule): number {
  for (const wall of walls) {
    const at = zone.firstAt(wall);
    if (at > instant && (window === undefined || slowIsInside(window, at))) return at;
  }
  throw new Error('the times came to an end');
}

/** Starting time, and every interval after it, as long as the window is open; days by their evening. */
function* gridPoints(schedule: Schedule, from: number): Generator<number> {
  for (let day = midnight(from); ; day += DAY_MS) {
    if (!runsOn(schedule, day)) continue;
    const end = closing(schedule, day);
    for (
      let wall = day + timeOf(schedule.startingTime);
      wall <= end;
      wall += schedule.minutesBetweenRuns * MINUTE_MS
    )
      yield wall;
  }
}

/** Steps over a day count from the first day of 2000, and a point outside the window moves to its next opening. */
function nextOfLongGrid(schedule: Schedule, finish: number): number {
  const zone = slowZone(schedule.timeZone);
  const step = schedule.minutesBetweenRuns * MINUTE_MS;
  for (let wall = Date.UTC(2000, 0, 1) + timeOf(schedule.startingTime); ; wall += step) {
    // Windows open once a week at least, so what lies further back has long been.
    if (wall < finish - 20 * DAY_MS) continue;
    const at = opening(schedule, zone.firstAt(wall), (day) => runsOn(schedule, day));
    if (at > finish) return at;
  }
}

/** The last millisecond of the window that opens on a day. */
function closing({ startingTime, endingTime }: Schedule, day: number): number {
  if (endingTime === null || startingTime === endingTime) return day + DAY_MS - 1;
  const crosses = timeOf(startingTime) > timeOf(endingTime);
  return day + timeOf(endingTime) + (crosses ? DAY_MS : 0);
}

/** The first instant, not before `base`, in a window that opens on an allowed day. */
function opening(schedule: Schedule, base: number, isAllowed: (day: number) => boolean): number {
  const zone = slowZone(schedule.timeZone);
  for (let day = midnight(zone.wallAt(base)) - 2 * DAY_MS; ; day += DAY_MS) {
    if (!isAllowed(day)) continue;
    const at = zone.firstAt(day + timeOf(schedule.startingTime), base);
    if (zone.wallAt(at) <= closing(schedule, day)) return at;
  }
}

/** {@link fitOnce}, and once more when a gap has moved it out of its hours. */
function fitted(schedule: Schedule, candidate: number): number {
  let at = candidate;
  do at = fitOnce(schedule, at);
  while (!slowIsInside(schedule, at));
  return at;
}

/** §2.4, step by step, on the clock on the wall; whatever it moves comes at the first instant that shows the new time. */
function fitOnce(schedule: Schedule, candidate: number): number {
  const zone = slowZone(schedule.timeZone);
  const original = zone.wallAt(candidate);
  const { startingTime, endingTime } = schedule;
  const start = timeOf(startingTime);
  const end = timeOf(endingTime);
  let wall = original;
  const day = () => midnight(wall);
  const time = () => wall - midnight(wall);
  const crosses = endingTime !== null && start > end;
  const isPast = endingTime !== null && time() > end;
  let skip = 0;
  let extra = 0;
  if (crosses && end < time() && time() < start) wall = day() + start;
  else if (!crosses && isPast) {
    wall = day() + start;
    skip = 1;
  }
  while (!runsOn(schedule, midnight(original) + skip * DAY_MS) && extra < 7) {
    extra++;
    skip++;
  }
  if (!crosses && startingTime !== null && time() < start) wall = day() + start;
  if (skip > 0 && time() > start) wall = day() + start;
  if (startingTime === null && extra > 0) wall = day();
  wall += skip * DAY_MS;
  return wall === original ? candidate : zone.firstAt(wall, candidate);
}

function stepTo(from: number, isThere: (day: number) => boolean): number {
  let day = from;
  while (!isThere(day)) day += DAY_MS;
  return day;
}

function isEndOfQuarter(day: number): boolean {
  return dateOf(day + DAY_MS) === 1 && new Date(day).getUTCMonth() % 3 === 2;
}

function runsOn(schedule: Schedule, day: number): boolean {
  return schedule[WEEKDAYS[weekdayOf(day) - 1] ?? 'runOnMondays'];
}

const midnight = (wall: number) => Math.floor(wall / DAY_MS) * DAY_MS;
const dateOf = (day: number) => new Date(day).getUTCDate();
const weekdayOf = (day: number) => new Date(day).getUTCDay() || 7;

/** Milliseconds since midnight; of a blank time none. */
function timeOf(text: string | null): number {
  if (text === null) return 0;
  const [hours = 0, minutes = 0, seconds = 0] = text.split(':').map(Number);
  return ((hours * 60 + minutes) * 60 + seconds) * 1_000;
}
