import { Temporal } from 'temporal-polyfill';
import { runsOnWeekdays, type Schedule, WEEKDAY_FIELDS } from './schedule.ts';
import { isAfter, occurrenceNotBefore, type PlannedRun } from './wall-clock.ts';

/** The hours and days in which a schedule may start runs, ready for arithmetic. */
export interface RunWindow {
  readonly zone: string;
  /** Blank starting time = midnight. */
  readonly start: Temporal.PlainTime;
  /** Inclusive; null = open until midnight: no ending time, or one equal to the starting time. */
  readonly end: Temporal.PlainTime | null;
  /** Whether the window ends on the day after it opened. */
  readonly crossesMidnight: boolean;
  /** Whether it opens on ISO weekday `n` is at `n - 1`. All of them when a formula or nobody chooses the days. */
  readonly opensOn: readonly boolean[];
}

/** The window of a schedule in `zone`. */
export function runWindowOf(schedule: Schedule, zone: string): RunWindow {
  const start = Temporal.PlainTime.from(schedule.startingTime ?? '00:00');
  const end = schedule.endingTime === null ? null : Temporal.PlainTime.from(schedule.endingTime);
  const order = end === null ? -1 : Temporal.PlainTime.compare(start, end);
  const byWeekday = schedule.nextRunDateFormula === null && runsOnWeekdays(schedule);
  return {
    zone,
    start,
    end: order === 0 && schedule.startingTime !== null ? null : end,
    crossesMidnight: order > 0,
    opensOn: WEEKDAY_FIELDS.map((field) => !byWeekday || schedule[field]),
  };
}

/** Whether the time of day is in the window, ends included; weekdays are not looked at (reference §2.5). */
export function isInHours(window: RunWindow, time: Temporal.PlainTime): boolean {
  const started = Temporal.PlainTime.compare(time, window.start) >= 0;
  const notEnded = window.end === null || Temporal.PlainTime.compare(time, window.end) <= 0;
  return window.crossesMidnight ? started || notEnded : started && notEnded;
}

/** Whether the window is open: in its hours, and opened on one of its weekdays; the tail after midnight belongs to the evening before. */
export function isOpenAt(window: RunWindow, at: Temporal.ZonedDateTime): boolean {
  const time = at.toPlainTime();
  if (!isInHours(window, time)) return false;
  const isTail = window.crossesMidnight && Temporal.PlainTime.compare(time, window.start) < 0;
  const opened = at.toPlainDate().subtract({ days: isTail ? 1 : 0 });
  return opensOn(window, opened);
}

/** Whether the window opens on that day. */
export function opensOn(window: RunWindow, day: Temporal.PlainDate): boolean {
  return window.opensOn[day.dayOfWeek - 1] === true;
}

/**
 * `run` itself when the window is open then, else the window's next opening. An opening that daylight saving moves out
 * of its own window is passed over, and the note says so.
 */
export function nextOpening(window: RunWindow, run: PlannedRun): PlannedRun {
  if (isOpenAt(window, run.at)) return run;
  let skipped = skippedNote(run);
  for (let day = run.at.toPlainDate(); ; day = day.add({ days: 1 })) {
    if (!opensOn(window, day)) continue;
    const opening = occurrenceNotBefore(day.toPlainDateTime(window.start), window.zone, run.at);
    if (isAfter(run.at, opening.at)) continue;
    if (isOpenAt(window, opening.at)) return { ...opening, note: skipped ?? opening.note };
    skipped = skippedNote(opening);
  }
}

/** What to say about a run that daylight saving moved out of the window; null when it was not moved. */
export function skippedNote(run: PlannedRun): string | null {
  return run.inGap ? `${run.at.toPlainDate()}: ${run.note}, skipped: outside window` : null;
}
