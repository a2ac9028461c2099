import type { Schedule } from '../job-queue/index.ts';
import type { Chance } from './simulated-entries.ts';
import { slowInitialRun, slowIsInside, slowNextRun } from './slow-recurrence.ts';

// What becomes of an entry in the course of a year, by the words of the rules; the other half of `slow-recurrence.ts`.

/** An order, and the span in which it is followed; instants in milliseconds. */
export interface SlowOrder {
  readonly schedule: Schedule;
  readonly missedRuns: 'skip' | 'run-once';
  readonly from: number;
  readonly until: number;
}

/** What happened to a planned run. */
export interface SlowStep {
  readonly planned: number;
  readonly what: 'run' | 'missed' | 'outside-window';
  /** How many planned runs did not happen in time, with this one. */
  readonly missed: number;
}

const MINUTE_MS = 60_000;
const MISSED_MAX = 1_000;

/** Follows an order from run to run. */
export function slowYear(order: SlowOrder, chance: () => Chance): readonly SlowStep[] {
  const { schedule, missedRuns, from, until } = order;
  const steps: SlowStep[] = [];
  for (let planned = slowInitialRun(schedule, null, from); planned < until; ) {
    const { late, takes, readyBefore } = chance();
    if (readyBefore !== null) planned = slowInitialRun(schedule, null, planned - readyBefore);
    const now = planned + late;
    const missed = missedBy(schedule, planned, now);
    if (missed > 0 && missedRuns === 'skip') {
      steps.push({ planned, what: 'missed', missed });
      planned = slowNextRun(schedule, now);
    } else if (!slowIsInside(schedule, now)) {
      steps.push({ planned, what: 'outside-window', missed });
      planned = slowInitialRun(schedule, planned, now);
    } else {
      steps.push({ planned, what: 'run', missed });
      planned = slowNextRun(schedule, now + takes);
    }
  }
  return steps;
}

/** Late by more than ten minutes, or than the time to the run after it, but at least a minute; only what has a grid misses. */
function missedBy(schedule: Schedule, planned: number, now: number): number {
  const hasGrid = schedule.cron !== null || schedule.nextRunDateFormula !== null;
  if (!hasGrid && schedule.intervalFrom === 'end-of-run') return 0;
  if (now - planned <= MINUTE_MS) return 0;
  let next = slowNextRun(schedule, planned);
  if (now - planned <= Math.max(MINUTE_MS, Math.min(10 * MINUTE_MS, next - planned))) return 0;
  let count = 1;
  for (; next <= now && count < MISSED_MAX; count++) next = slowNextRun(schedule, next);
  return count;
}
