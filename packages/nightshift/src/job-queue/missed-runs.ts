import { MINUTE_MS } from '../foundation/index.ts';
import { nextRunTime } from './recurrence.ts';
import { completeSchedule, isRecurring, type Schedule, type ScheduleInput } from './schedule.ts';

/** What becomes of runs that did not happen in time: nothing but a trace, or one run for all of them. */
export type MissedRunsPolicy = 'skip' | 'run-once';

/** A run is not missed before it is this late: tasks wait for places, and for each other. */
const LATE_MS_MAX = 10 * MINUTE_MS;
/** Also when the next run of a schedule comes sooner. */
const LATE_MS_MIN = MINUTE_MS;
/** Counted no further. */
export const MISSED_RUNS_MAX = 1_000;

/** Runs that a schedule had planned and that did not happen. */
export interface MissedRuns {
  /** At most {@link MISSED_RUNS_MAX}. */
  readonly count: number;
  readonly first: Date;
  readonly last: Date;
}

/**
 * The runs that an entry has missed that was to run at `planned` and comes up at `now`: the planned one, when it is later
 * than ten minutes or than the time to the run after it, whichever is less, but at least a minute; and those after it up
 * to `now`. A schedule whose interval counts from the end of a run plans none but the next, and so does a one-off: they
 * are late, and miss nothing.
 * @returns null when nothing is missed
 */
export function missedRuns(
  schedule: ScheduleInput,
  planned: Date,
  now: Date,
  zone?: string,
): MissedRuns | null {
  const complete = completeSchedule(schedule);
  if (!isRecurring(complete) || !hasGrid(complete)) return null;
  const late = now.getTime() - planned.getTime();
  // Nearly every run is this punctual, and needs no look at the one after it.
  if (late <= LATE_MS_MIN) return null;
  const next = nextRunTime(complete, planned, zone);
  const gap = next === null ? Number.POSITIVE_INFINITY : next.getTime() - planned.getTime();
  const patience = Math.max(LATE_MS_MIN, Math.min(LATE_MS_MAX, gap));
  if (late <= patience) return null;
  let count = 1;
  let last = planned;
  for (let run = next; run !== null && run <= now && count < MISSED_RUNS_MAX; count++) {
    last = run;
    run = nextRunTime(complete, run, zone);
  }
  return { count, first: planned, last };
}

/** Runs that did not happen, for the log. @param count how many of them */
export function missedText({ first, last, count: all }: MissedRuns, count: number): string {
  const many = all === MISSED_RUNS_MAX ? `at least ${count} runs` : count === 1 ? '1 run' : `${count} runs`;
  return `missed ${many}, planned from ${first.toISOString()} to ${last.toISOString()}`;
}

/** Whether its runs are at times that do not depend on when the last one ended. */
function hasGrid({ cron, nextRunDateFormula, intervalFrom }: Schedule): boolean {
  return cron !== null || nextRunDateFormula !== null || intervalFrom === 'starting-time';
}
