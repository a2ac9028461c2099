import { Temporal } from 'temporal-polyfill';
import { isOpenAt, nextOpening, opensOn, type RunWindow, skippedNote } from './run-window.ts';
import { firstOccurrence, isAfter, type PlannedRun } from './wall-clock.ts';

const MINUTES_PER_DAY = 1440;
/** Day from which grids with steps over a day count; Business Central's "Reference Starting Time" lies on it. */
const ANCHOR_DAY = Temporal.PlainDate.from('2000-01-01');
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
  const from = finished.toPlainDateTime();
  let skipped: string | null = null;
  // A window that opened yesterday may still be open.
  for (let day = from.toPlainDate().subtract({ days: 1 }); ; day = day.add({ days: 1 })) {
    if (!opensOn(window, day)) continue;
    for (const wall of gridOf(window, minutes, day, from)) {
      const run = firstOccurrence(wall, window.zone);
      if (!isAfter(run.at, finished)) continue;
      if (isOpenAt(window, run.at)) return { ...run, note: skipped ?? run.note };
      skipped ??= skippedNote(run);
    }
  }
}

function nextOfLongGrid(window: RunWindow, minutes: number, finished: Temporal.ZonedDateTime): PlannedRun {
  const anchor = ANCHOR_DAY.toPlainDateTime(window.start);
  const behind = minutesBetween(anchor, finished.toPlainDateTime()) - LONGEST_MOVE_MINUTES;
  for (let k = Math.floor(behind / minutes); ; k++) {
    const point = firstOccurrence(anchor.add({ minutes: k * minutes }), window.zone);
    const run = nextOpening(window, point);
    if (isAfter(run.at, finished)) return run;
  }
}

/** The wall-clock times `start + k × minutes` of the window that opens on `day`, from the last one not after `from`. */
function* gridOf(
  window: RunWindow,
  minutes: number,
  day: Temporal.PlainDate,
  from: Temporal.PlainDateTime,
): Generator<Temporal.PlainDateTime, void> {
  const opens = day.toPlainDateTime(window.start);
  const closes =
    window.end === null
      ? day.toPlainDateTime('23:59:59.999')
      : day.add({ days: window.crossesMidnight ? 1 : 0 }).toPlainDateTime(window.end);
  const first = Math.max(0, Math.floor(minutesBetween(opens, from) / minutes));
  for (let k = first; ; k++) {
    const wall = opens.add({ minutes: k * minutes });
    if (Temporal.PlainDateTime.compare(wall, closes) > 0) return;
    yield wall;
  }
}

/** Minutes from `from` to `to` on a wall clock that knows no daylight saving; negative when `to` is before. */
function minutesBetween(from: Temporal.PlainDateTime, to: Temporal.PlainDateTime): number {
  return from.until(to, { largestUnit: 'minute' }).total('minute');
}
