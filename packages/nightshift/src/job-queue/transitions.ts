import { MINUTE_MS, type StoredError } from '../foundation/index.ts';
import type { JobQueueEntry, JobQueueEntryStatus } from './job-queue-entry.ts';
import { type MissedRuns, missedRuns } from './missed-runs.ts';
import { initialRunTime, isWithinRunWindow, nextRunTime } from './recurrence.ts';
import { rerunDelay } from './rerun-delay.ts';
import { isRecurring } from './schedule.ts';

/** Business Central stops counting here, whatever the maximum says (reference §2.7). */
const ATTEMPTS_MAX = 10;
/** In these, the task of an entry may start it. */
const STARTABLE: readonly JobQueueEntryStatus[] = [
  'Ready',
  'In Process',
  'Waiting',
  'On Hold with Inactivity Timeout',
];

/** What the dispatcher does with an entry whose task has come up. */
export type DispatchDecision =
  | { readonly kind: 'not-ready' }
  | { readonly kind: 'expired' }
  /** It came up too late, and late runs are skipped; `runAt` null: there is no later one. */
  | { readonly kind: 'missed'; readonly missed: MissedRuns; readonly runAt: Date | null }
  | { readonly kind: 'outside-window'; readonly runAt: Date; readonly missed: MissedRuns | null }
  /** `missed`: the run stands for these. */
  | { readonly kind: 'run'; readonly missed: MissedRuns | null };

/** What becomes of an entry: the fields that change, and when it runs next, if it does. */
export interface EntryOutcome {
  readonly status: JobQueueEntryStatus;
  readonly attempts: number;
  readonly error: StoredError | null;
  /** Null: it does not run again by itself. */
  readonly runAt: Date | null;
  /** When it is planned, where its task comes up at another time. Default: `runAt`. */
  readonly earliestStart?: Date | null;
  /** What somebody is told of it. Default: a good run tells by itself, nothing else does. */
  readonly alert?: 'retries' | 'failed';
}

/** What a good run has said about the next one. */
export interface RunReport {
  /** It found nothing to do. Default: false. */
  readonly nothingToDo?: boolean;
  /** When its entry runs again if it has manual recurrence. Default: null, it has not said that. */
  readonly plannedRun?: Date | null;
}

/** What becomes of an entry after a failed run. */
export interface ErrorOutcome extends EntryOutcome {
  /** Whether no attempts are left. */
  readonly isFinal: boolean;
}

/**
 * The checks before a run, in the order of Business Central's dispatcher (reference §3.2). A task that is no longer the
 * entry's own finds it not ready: the entry was rescheduled meanwhile.
 */
export function decideDispatch(entry: JobQueueEntry, taskId: string | null, now: Date): DispatchDecision {
  if (!STARTABLE.includes(entry.status) || entry.taskId !== taskId) return { kind: 'not-ready' };
  if (isExpired(entry, now)) return { kind: 'expired' };
  const { schedule } = entry;
  const missed = missedBy(entry, now);
  // One that had to wait for its place was there in time.
  const wasInTime = entry.categorySlot !== null;
  if (missed !== null && entry.missedRuns === 'skip' && !wasInTime) {
    return {
      kind: 'missed',
      missed,
      runAt: nextRunTime(schedule, now, schedule.timeZone, entry.earliestStart),
    };
  }
  // A run that is taken up again was inside the window when it began.
  if (entry.status !== 'In Process' && !isWithinRunWindow(schedule, now, schedule.timeZone)) {
    return { kind: 'outside-window', runAt: firstRun(entry, now), missed };
  }
  return { kind: 'run', missed };
}

/** The planned runs that an entry has missed; looked at once, as the first of them comes up. */
function missedBy(entry: JobQueueEntry, now: Date): MissedRuns | null {
  const { schedule, earliestStart } = entry;
  if (entry.status !== 'Ready' || entry.attempts > 0 || earliestStart === null) return null;
  return missedRuns(schedule, earliestStart, now, schedule.timeZone);
}

/** When an entry that is set Ready now runs first. One that rests because there was nothing to do rests no longer then. */
export function firstRun(entry: JobQueueEntry, now: Date): Date {
  const isResting = entry.status === 'On Hold with Inactivity Timeout';
  return initialRunTime(entry.schedule, isResting ? null : entry.earliestStart, now, entry.schedule.timeZone);
}

/**
 * What becomes of an entry after a good run. One that was put On Hold meanwhile stays so. One that recurs and found nothing
 * to do rests; one whose object plans its runs stands On Hold, unless it has said when it runs again.
 */
export function afterSuccess(entry: JobQueueEntry, finishedAt: Date, report: RunReport = {}): EntryOutcome {
  const { nothingToDo = false, plannedRun = null } = report;
  const done = { attempts: 0, error: null, runAt: null };
  if (entry.status !== 'In Process') return { ...done, status: entry.status };
  const { schedule, earliestStart } = entry;
  if (entry.manualRecurrence && plannedRun !== null) return { ...done, status: 'Ready', runAt: plannedRun };
  if (nothingToDo && isRecurring(schedule)) {
    return { ...done, status: 'On Hold with Inactivity Timeout', runAt: restsUntil(entry, finishedAt) };
  }
  if (entry.manualRecurrence) return { ...done, status: 'On Hold' };
  const runAt = nextRunTime(schedule, finishedAt, schedule.timeZone, earliestStart);
  return runAt === null ? { ...done, status: 'Finished' } : { ...done, status: 'Ready', runAt };
}

function restsUntil({ schedule, inactivityTimeoutMinutes }: JobQueueEntry, from: Date): Date {
  const over = new Date(from.getTime() + inactivityTimeoutMinutes * MINUTE_MS);
  return initialRunTime(schedule, null, over, schedule.timeZone);
}

/**
 * What becomes of an entry after a failed run: another attempt after a wait, or Error, in which it stays, also when it
 * recurs (reference §2.7), unless it is to keep its schedule. One that was put On Hold meanwhile stays so.
 */
export function afterError(entry: JobQueueEntry, error: StoredError, now: Date): ErrorOutcome {
  const failed = { attempts: entry.attempts, error, runAt: null, isFinal: false };
  if (entry.status === 'On Hold') return { ...failed, status: 'On Hold' };
  if (entry.attempts < Math.min(entry.maximumAttempts, ATTEMPTS_MAX)) {
    const attempts = entry.attempts + 1;
    const runAt = new Date(now.getTime() + rerunDelay(entry.rerunDelaySeconds, attempts));
    return { ...failed, status: 'Ready', attempts, runAt };
  }
  const { schedule } = entry;
  const runAt =
    entry.afterFinalError === 'continue-schedule'
      ? nextRunTime(schedule, now, schedule.timeZone, entry.earliestStart)
      : null;
  if (runAt === null) return { ...failed, status: 'Error', isFinal: true };
  return { status: 'Ready', attempts: 0, error, runAt, isFinal: true };
}

export function isExpired(entry: JobQueueEntry, now: Date): boolean {
  return entry.expiration !== null && entry.expiration.getTime() < now.getTime();
}
