import type { Temporal } from 'temporal-polyfill';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../foundation/index.ts';
import { isOpenAt, nextOpening, type RunWindow, skippedNote } from './run-window.ts';
import { firstOccurrence, isAfter, type PlannedRun, wallClockOf, wallMsOf } from './wall-clock.ts';

const DAY_MS = 24 * HOUR_MS;
const MINUTES_PER_DAY = 1440;
/** Day from which grids with steps over a day count; Business Central's "Reference Starting Time" lies on it. */
const ANCHOR_DAY_MS = Date.UTC(2000, 0, 1);
/** 1970-01-01, with which milliseconds begin, was a Thursday. */
const FIRST_WEEKDAY = 3;
const DAYS_OF_WEEK = 7;
/** No point is moved further than this to reach an open window: a week, and another if that night has a gap. */
const LONGEST_MOVE_MINUTES = 16 * MINUTES_PER_DAY;

/**
 * The first grid point strictly after `finished` (`intervalFrom: 'starting-time'`).
 *
 * Up to a day (0 counts as a day) the grid begins anew each time the window opens: starting time + k × minutes, up to
 * the ending time (inclusive) or midnight. Over a day it is counted from 2000-01-01 at the starting time in wall-clock
 * minutes, so that it never depends on when a run ended; a point outside the window, or on a day the window does not
 * open, moves to the next opening. A point of the repeated hour in autumn counts once; points of the missing hour in
 * spring fall together on the first instant after it, or are skipped when that is outside the window.
 */
export function nextGridRun(
  window: RunWindow,
  minutes: number,
  finished: Temporal.ZonedDateTime,
): PlannedRun {
  return minutes > MINUTES_PER_DAY
    ? nextOfLongGrid(window, minutes, finished)
    : nextOfDailyGrid(window, minutes === 0 ? MINUTES_PER_DAY : minutes, finished);
}

function nextOfDailyGrid(window: RunWindow, minutes: number, finished: Temporal.ZonedDateTime): PlannedRun {
  const from = wallMsOf(finished);
  let skipped: string | null = null;
  // A window that opened yesterday may still be open.
  for (let day = Math.floor(from / DAY_MS) - 1; ; day++) {
    if (!opensOnDay(window, day)) continue;
    for (const wall of gridOf(window, minutes * MINUTE_MS, day * DAY_MS, from)) {
      const run = firstOccurrence(wallClockOf(wall), window.zone);
      if (!isAfter(run.at, finished)) continue;
      if (isOpenAt(window, run.at)) return { ...run, note: skipped ?? run.note };
      skipped ??= skippedNote(run);
    }
  }
}

function nextOfLongGrid(window: RunWindow, minutes: number, finished: Temporal.ZonedDateTime): PlannedRun {
  const anchor = ANCHOR_DAY_MS + timeOfDayMs(window.start);
  const behind = (wallMsOf(finished) - anchor) / MINUTE_MS - LONGEST_MOVE_MINUTES;
  for (let k = Math.floor(behind / minutes); ; k++) {
    const point = firstOccurrence(wallClockOf(anchor + k * minutes * MINUTE_MS), window.zone);
    const run = nextOpening(window, point);
    if (isAfter(run.at, finished)) return run;
  }
}

/**
 * The wall-clock times `start + k × step` of the window that opens on `day`, after `from`: none up to it can lie after
 * it on the time line. All in milliseconds, since a grid is long and most of it is passed over.
 */
function* gridOf(window: RunWindow, step: number, day: number, from: number): Generator<number, void> {
  const opens = day + timeOfDayMs(window.start);
  const closes =
    window.end === null
      ? day + DAY_MS - 1
      : day + (window.crossesMidnight ? DAY_MS : 0) + timeOfDayMs(window.end);
  const first = Math.max(0, Math.floor((from - opens) / step) + 1);
  for (let wall = opens + first * step; wall <= closes; wall += step) yield wall;
}

function opensOnDay(window: RunWindow, day: number): boolean {
  const weekday = (day + FIRST_WEEKDAY) % DAYS_OF_WEEK; // negative before 1970
  return window.opensOn.at(weekday) === true;
}

function timeOfDayMs({ hour, minute, second }: Temporal.PlainTime): number {
  return ((hour * 60 + minute) * 60 + second) * SECOND_MS;
}
