import { Temporal } from 'temporal-polyfill';
import { isInHours, opensOn, type RunWindow } from './run-window.ts';
import type { Schedule } from './schedule.ts';
import { occurrenceNotBefore, type PlannedRun } from './wall-clock.ts';

/**
 * Moves a candidate to the next moment Business Central would run it (`intervalFrom: 'end-of-run'`; reference §2.4).
 * Their rule to the letter, with its peculiarities: a day is skipped when the candidate is after the ending time, and
 * the calendar weekday counts, also after midnight. Only daylight saving is ours: a result that the gap pushes out of
 * the window is fitted again.
 *
 * At least one weekday must be set.
 */
export function fitToWindow(schedule: Schedule, window: RunWindow, candidate: PlannedRun): PlannedRun {
  let run = candidate;
  do {
    run = fitOnce(schedule, window, run);
  } while (!isInHours(window, run.at.toPlainTime()) || !opensOn(window, run.at.toPlainDate()));
  return run;
}

function fitOnce(schedule: Schedule, window: RunWindow, candidate: PlannedRun): PlannedRun {
  const { start } = window;
  const end = schedule.endingTime === null ? null : Temporal.PlainTime.from(schedule.endingTime);
  const date = candidate.at.toPlainDate();
  const original = candidate.at.toPlainTime();
  const past = end !== null && Temporal.PlainTime.compare(original, end) > 0;
  let time = original;
  let skip = 0;
  if (window.crossesMidnight) {
    if (past && isBefore(time, start)) time = start;
  } else {
    if (past) skip = 1;
    if (past || isBefore(time, start)) time = start;
  }
  let extra = 0;
  while (!opensOn(window, date.add({ days: skip }))) {
    extra++;
    skip++;
  }
  if (skip > 0 && isBefore(start, time)) time = start;
  if (schedule.startingTime === null && extra > 0 && schedule.minutesBetweenRuns !== 0) time = start;
  if (skip === 0 && time === original) return candidate;
  const wall = date.add({ days: skip }).toPlainDateTime(time);
  return occurrenceNotBefore(wall, window.zone, candidate.at);
}

function isBefore(a: Temporal.PlainTime, b: Temporal.PlainTime): boolean {
  return Temporal.PlainTime.compare(a, b) < 0;
}
