import type { StoredError } from '../foundation/index.ts';
import type { JobQueueEntry, JobQueueEntryStatus } from './job-queue-entry.ts';
import { initialRunTime, isWithinRunWindow, nextRunTime } from './recurrence.ts';
import { rerunDelay } from './rerun-delay.ts';

/** Business Central stops counting here, whatever the maximum says (reference §2.7). */
const ATTEMPTS_MAX = 10;

/** What the dispatcher does with an entry whose task has come up. */
export type DispatchDecision =
  | { readonly kind: 'not-ready' }
  | { readonly kind: 'expired' }
  | { readonly kind: 'outside-window'; readonly runAt: Date }
  | { readonly kind: 'run' };

/** What becomes of an entry: the fields that change, and when it runs next, if it does. */
export interface EntryOutcome {
  readonly status: JobQueueEntryStatus;
  readonly attempts: number;
  readonly error: StoredError | null;
  /** Null: it does not run again by itself. */
  readonly runAt: Date | null;
}

/**
 * The checks before a run, in the order of Business Central's dispatcher (reference §3.2). A task that is no longer the
 * entry's own finds it not ready: the entry was rescheduled meanwhile.
 */
export function decideDispatch(entry: JobQueueEntry, taskId: string | null, now: Date): DispatchDecision {
  const startable = ['Ready', 'In Process', 'Waiting', 'On Hold with Inactivity Timeout'].includes(
    entry.status,
  );
  if (!startable || entry.taskId !== taskId) return { kind: 'not-ready' };
  if (isExpired(entry, now)) return { kind: 'expired' };
  // A run that is taken up again was inside the window when it began.
  if (entry.status !== 'In Process' && !isWithinRunWindow(entry.schedule, now, entry.schedule.timeZone)) {
    return { kind: 'outside-window', runAt: firstRun(entry, now) };
  }
  return { kind: 'run' };
}

/** When an entry that is set Ready now runs first. */
export function firstRun(entry: JobQueueEntry, now: Date): Date {
  return initialRunTime(entry.schedule, entry.earliestStart, now, entry.schedule.timeZone);
}

/** What becomes of an entry after a good run. One that was put On Hold meanwhile stays so. */
export function afterSuccess(entry: JobQueueEntry, finishedAt: Date): EntryOutcome {
  const done = { attempts: 0, error: null, runAt: null };
  if (entry.status !== 'In Process') return { ...done, status: entry.status };
  const { schedule, earliestStart } = entry;
  const runAt = nextRunTime(schedule, finishedAt, schedule.timeZone, earliestStart);
  return runAt === null ? { ...done, status: 'Finished' } : { ...done, status: 'Ready', runAt };
}

/**
 * What becomes of an entry after a failed run: another attempt after a wait, or Error, in which it stays, also when it
 * recurs (reference §2.7). One that was put On Hold meanwhile stays so.
 */
export function afterError(entry: JobQueueEntry, error: StoredError, now: Date): EntryOutcome {
  if (entry.status === 'On Hold') return { status: 'On Hold', attempts: entry.attempts, error, runAt: null };
  if (entry.attempts < Math.min(entry.maximumAttempts, ATTEMPTS_MAX)) {
    const attempts = entry.attempts + 1;
    const runAt = new Date(now.getTime() + rerunDelay(entry.rerunDelaySeconds, attempts));
    return { status: 'Ready', attempts, error, runAt };
  }
  return { status: 'Error', attempts: entry.attempts, error, runAt: null };
}

function isExpired(entry: JobQueueEntry, now: Date): boolean {
  return entry.expiration !== null && entry.expiration.getTime() < now.getTime();
}
