import type { Temporal } from 'temporal-polyfill';
import { NightshiftError } from '../foundation/index.ts';
import { applyDateFormula, parseDateFormula } from './date-formula.ts';
import { nextCronRun } from './recurrence-cron.ts';
import { fitToWindow } from './recurrence-fit.ts';
import { nextGridRun } from './recurrence-grid.ts';
import { isInHours, nextOpening, type RunWindow, runWindowOf } from './run-window.ts';
import {
  completeSchedule,
  isRecurring,
  runsOnWeekdays,
  type Schedule,
  type ScheduleInput,
} from './schedule.ts';
import { dateOf, firstOccurrence, isAfter, type PlannedRun, runAt, zonedAt } from './wall-clock.ts';

/** Most runs that {@link previewRuns} gives at once. */
export const PREVIEW_RUNS_MAX = 1000;

/** One run of a preview. */
export interface PreviewedRun {
  readonly at: Date;
  /** For people: what daylight saving did to this run or to one skipped before it; null = nothing. */
  readonly note: string | null;
}

/**
 * When a schedule runs next after a run that finished at `finishedAt`; null when it is not recurring (no weekday, no
 * formula and no cron pattern). Wall-clock times are those of `zone`, by default the schedule's own time zone. `schedule` need not come
 * from `scheduleOf`: missing fields have their defaults, but 0 minutes stay 0.
 *
 * - Date formula: the day it leads to from the finish day, at the starting time (blank = 00:00). Our addition: when
 *   that is not after the finish (`CM` on the last of the month), it is applied to the first later day that leads to a
 *   time after it; in Business Central the job would run again and again.
 * - Cron: its first time strictly after the finish.
 * - `intervalFrom: 'starting-time'`: the first grid point strictly after the finish; see `nextGridRun`.
 * - `intervalFrom: 'end-of-run'`: finish + minutes (absolute milliseconds), fitted into window and weekdays as Business
 *   Central does (reference §2.2, §2.4). With 0 minutes the candidate is midnight after `earliestStart`, or after the
 *   finish when that is null; only then can the result be in the past.
 *
 * Daylight saving: in the gap the first instant after it, in the overlap the first occurrence.
 *
 * @throws NightshiftError `VALIDATION` (a field of the schedule, `finishedAt`, `earliestStart`, `timeZone`);
 * `DATE_FORMULA_INVALID` when the formula is wrong or leaves the years 1–9999.
 */
export function nextRunTime(
  schedule: ScheduleInput,
  finishedAt: Date,
  zone?: string,
  earliestStart: Date | null = null,
): Date | null {
  const rules = rulesOf(schedule, zone);
  const finished = zonedAt(finishedAt, rules.window.zone, 'finishedAt');
  const earliest = earliestStart === null ? null : zonedAt(earliestStart, rules.window.zone, 'earliestStart');
  const run = nextRun(rules, finished, earliest);
  return run === null ? null : dateOf(run.at);
}

/**
 * When an entry that is set Ready at `now` runs for the first time: at `now` or `earliestStart`, whichever is later,
 * if the schedule may start a run then, else when its window opens next. With `intervalFrom: 'end-of-run'` "may start"
 * is Business Central's rule (reference §2.3, §2.4). One-off and formula schedules look at the hours only and sleep
 * until the window opens (design §7). A cron schedule runs at its first time from then on. `zone` as for {@link nextRunTime}.
 *
 * @throws NightshiftError `VALIDATION` (a field of the schedule, `earliestStart`, `now`, `timeZone`).
 */
export function initialRunTime(
  schedule: ScheduleInput,
  earliestStart: Date | null,
  now: Date,
  zone?: string,
): Date {
  const rules = rulesOf(schedule, zone);
  const from = zonedAt(now, rules.window.zone, 'now');
  const earliest = earliestStart === null ? from : zonedAt(earliestStart, rules.window.zone, 'earliestStart');
  const base = runAt(isAfter(earliest, from) ? earliest : from);
  if (rules.schedule.cron !== null) {
    const first = nextCronRun(rules.schedule.cron, base.at.subtract({ milliseconds: 1 }));
    return dateOf((first ?? base).at);
  }
  const byTheirRule = rules.byWeekday && rules.schedule.intervalFrom === 'end-of-run';
  return dateOf(
    (byTheirRule ? fitToWindow(rules.schedule, rules.window, base) : nextOpening(rules.window, base)).at,
  );
}

/**
 * Whether the hours of the schedule include `at` (reference §2.5): both ends count, an ending time before the starting
 * time is one of the next day, equal times mean "from then on", no times mean always. Weekdays are not looked at: a
 * run that is late is not stopped by the day. `zone` as for {@link nextRunTime}.
 *
 * @throws NightshiftError `VALIDATION` (a field of the schedule, `at`, `timeZone`).
 */
export function isWithinRunWindow(schedule: ScheduleInput, at: Date, zone?: string): boolean {
  const { window } = rulesOf(schedule, zone);
  return isInHours(window, zonedAt(at, window.zone, 'at').toPlainTime());
}

/**
 * The next `count` runs after `from` (0 to 1000), as {@link nextRunTime} gives them one after another, were each to
 * finish the moment it starts; none when not recurring. Notes tell what daylight saving did: "02:30 does not exist
 * that night", "02:30 comes twice that night, the first one counts", "…, skipped: outside window".
 *
 * @throws NightshiftError as {@link nextRunTime}; `VALIDATION` with the field `from` or `count`.
 */
export function previewRuns(
  schedule: ScheduleInput,
  from: Date,
  count: number,
  zone?: string,
): readonly PreviewedRun[] {
  if (!Number.isInteger(count) || count < 0 || count > PREVIEW_RUNS_MAX) {
    const sentence = `The number of runs must be a whole number from 0 to ${PREVIEW_RUNS_MAX}.`;
    throw new NightshiftError('VALIDATION', sentence, { field: 'count' });
  }
  const rules = rulesOf(schedule, zone);
  const runs: PreviewedRun[] = [];
  let finished = zonedAt(from, rules.window.zone, 'from');
  while (runs.length < count) {
    const run = nextRun(rules, finished, null);
    if (run === null) break;
    runs.push({ at: dateOf(run.at), note: run.note });
    finished = run.at;
  }
  return runs;
}

interface Rules {
  readonly schedule: Schedule;
  readonly window: RunWindow;
  /** Whether weekdays, and not a formula, choose the days. */
  readonly byWeekday: boolean;
}

function rulesOf(input: ScheduleInput, zone: string | undefined): Rules {
  const schedule = completeSchedule(input);
  const byWeekday = schedule.nextRunDateFormula === null && runsOnWeekdays(schedule);
  return { schedule, window: runWindowOf(schedule, zone ?? schedule.timeZone), byWeekday };
}

function nextRun(
  { schedule, window }: Rules,
  finished: Temporal.ZonedDateTime,
  earliest: Temporal.ZonedDateTime | null,
): PlannedRun | null {
  if (!isRecurring(schedule)) return null;
  if (schedule.cron !== null) return nextCronRun(schedule.cron, finished);
  if (schedule.nextRunDateFormula !== null)
    return nextFormulaRun(schedule.nextRunDateFormula, window, finished);
  const minutes = schedule.minutesBetweenRuns;
  if (schedule.intervalFrom === 'starting-time') return nextGridRun(window, minutes, finished);
  if (minutes > 0) return fitToWindow(schedule, window, runAt(finished.add({ minutes })));
  const midnight = (earliest ?? finished).toPlainDate().add({ days: 1 }).toPlainDateTime();
  return fitToWindow(schedule, window, firstOccurrence(midnight, window.zone));
}

function nextFormulaRun(formula: string, window: RunWindow, finished: Temporal.ZonedDateTime): PlannedRun {
  const terms = parseDateFormula(formula);
  const today = finished.toPlainDate();
  const runFrom = (days: number) => {
    const day = applyDateFormula(formula, terms, today.add({ days }));
    return firstOccurrence(day.toPlainDateTime(window.start), window.zone);
  };
  const isLater = (days: number) => isAfter(runFrom(days).at, finished);
  if (isLater(0)) return nextOpening(window, runFrom(0));
  // Formulas are monotone in their day, so the first day that leads beyond the finish is found by doubling and halving.
  let tooEarly = 0;
  let lateEnough = 1;
  while (!isLater(lateEnough)) {
    tooEarly = lateEnough;
    lateEnough *= 2;
  }
  while (lateEnough - tooEarly > 1) {
    const middle = Math.floor((tooEarly + lateEnough) / 2);
    if (isLater(middle)) lateEnough = middle;
    else tooEarly = middle;
  }
  return nextOpening(window, runFrom(lateEnough));
}
