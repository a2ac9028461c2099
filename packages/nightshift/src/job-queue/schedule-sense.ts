import { describeDuration, MINUTE_MS } from '../foundation/index.ts';
import { type WorkCalendar, workingTimeWithin } from '../permissions/index.ts';
import { instantText } from '../task-scheduler/index.ts';
import { initialRunTime, previewRuns } from './recurrence.ts';
import { isRecurring, type Schedule } from './schedule.ts';

/** Runs that take longer than this are felt by people who work meanwhile. */
const LONG_RUN_MS = MINUTE_MS;
/** More often than this, a schedule costs more than it gives. */
const SHORT_INTERVAL_MS = 5 * MINUTE_MS;
/** So many runs are looked at: a week of hourly ones. */
const RUNS_LOOKED_AT = 168;

/** What makes little sense about a schedule. */
export interface ScheduleWarning {
  readonly kind: 'working-hours' | 'short-interval' | 'interval-below-run';
  /** One sentence. */
  readonly text: string;
}

/** What a schedule is judged by. */
export interface ScheduleSenseFacts {
  readonly now: Date;
  readonly schedule: Schedule;
  readonly earliestStart: Date | null;
  /** Null: it has not run yet. */
  readonly medianRunMs: number | null;
  /** When people work in the company; null: not known. */
  readonly workCalendar: WorkCalendar | null;
}

/** What makes little sense about a schedule, were the entry set Ready now. Pure. */
export function scheduleSense(facts: ScheduleSenseFacts): readonly ScheduleWarning[] {
  const runs = eligibleTimes(facts);
  return [...inWorkingHours(facts, runs), ...intervalWarnings(facts, runs)];
}

function eligibleTimes({ now, schedule, earliestStart }: ScheduleSenseFacts): readonly Date[] {
  const first = initialRunTime(schedule, earliestStart, now, schedule.timeZone);
  const later = isRecurring(schedule) ? previewRuns(schedule, first, RUNS_LOOKED_AT, schedule.timeZone) : [];
  return [first, ...later.map(({ at }) => at)];
}

function inWorkingHours(facts: ScheduleSenseFacts, runs: readonly Date[]): readonly ScheduleWarning[] {
  const { medianRunMs, workCalendar, schedule } = facts;
  // Who works around the clock has no better time.
  if (medianRunMs === null || medianRunMs <= LONG_RUN_MS || (workCalendar?.hours.length ?? 0) === 0)
    return [];
  const meeting = runs.find(
    (at) => workingTimeWithin(workCalendar as WorkCalendar, at, new Date(at.getTime() + medianRunMs)) > 0,
  );
  if (meeting === undefined) return [];
  const from = instantText(meeting, schedule.timeZone);
  const text = `It is eligible from ${from}, takes ${describeDuration(medianRunMs)} as a rule, and meets the working hours of the company.`;
  return [{ kind: 'working-hours', text }];
}

function intervalWarnings(facts: ScheduleSenseFacts, runs: readonly Date[]): readonly ScheduleWarning[] {
  const shortest = shortestInterval(runs);
  if (shortest === null) return [];
  const { from, ms } = shortest;
  const { medianRunMs, schedule } = facts;
  const again = `Eligible from ${instantText(from, schedule.timeZone)}, it is eligible again after ${describeDuration(ms)}`;
  const warnings: ScheduleWarning[] = [];
  if (ms < SHORT_INTERVAL_MS) {
    warnings.push({ kind: 'short-interval', text: `${again}: fewer than 5 minutes are seldom worth it.` });
  }
  if (medianRunMs !== null && ms < medianRunMs) {
    const text = `${again}, which is less than the ${describeDuration(medianRunMs)} that it takes as a rule.`;
    warnings.push({ kind: 'interval-below-run', text });
  }
  return warnings;
}

/** The first run is when it is set Ready, which may be just before a point of the grid: it does not count. */
function shortestInterval(runs: readonly Date[]): { readonly from: Date; readonly ms: number } | null {
  let shortest: { readonly from: Date; readonly ms: number } | null = null;
  for (let place = 2; place < runs.length; place++) {
    const from = runs[place - 1] as Date;
    const ms = (runs[place] as Date).getTime() - from.getTime();
    if (shortest === null || ms < shortest.ms) shortest = { from, ms };
  }
  return shortest;
}
