import type { StoredError } from '../foundation/index.ts';
import { describeSchedule, type JobQueueEntry, type JobQueueLogEntry } from '../job-queue/index.ts';
import { type Directory, isGone, type UserCard } from '../permissions/index.ts';

/** What is shown of an error: never its stack. */
export function errorView(error: StoredError | null) {
  if (error === null) return null;
  const { code, message, field, causes } = error;
  return { code, message, field, causes };
}

/**
 * An entry for `--json`: the fields that scripts may rely on.
 * @param now the time at which its user may be gone
 */
export function entryView(entry: JobQueueEntry, directory: Directory, now: Date) {
  const { schedule, error, runAs, createdBy, timeout, ...rest } = entry;
  const user = directory.users.find(({ no }) => no === runAs);
  const creator = directory.users.find(({ no }) => no === createdBy);
  return {
    ...rest,
    nextRun: nextRunOf(entry),
    schedule,
    scheduleText: describeSchedule(schedule, 'en'),
    timeoutMs: timeout,
    runAs: user?.name ?? String(runAs),
    /** Why its user is gone; null: he is there. */
    runAsGone: user === undefined ? null : whyGone(user, now),
    createdBy: creator?.name ?? String(createdBy),
    error: errorView(error),
  };
}

function whyGone(user: UserCard, now: Date): 'disabled' | 'expired' | null {
  if (!isGone(user, now)) return null;
  return user.state === 'disabled' ? 'disabled' : 'expired';
}

/** As whom an entry runs, with a mark when he is gone: `HUGO (disabled)`. */
export function runAsText({
  runAs,
  runAsGone,
}: Pick<ReturnType<typeof entryView>, 'runAs' | 'runAsGone'>): string {
  return runAsGone === null ? runAs : `${runAs} (${runAsGone})`;
}

/** When an entry will run; null when it will not by itself. */
export function nextRunOf({ status, earliestStart }: JobQueueEntry): Date | null {
  return status === 'Ready' || status === 'On Hold with Inactivity Timeout' ? earliestStart : null;
}

/** A log entry for `--json`. */
export function logEntryView(entry: JobQueueLogEntry) {
  return { ...entry, error: errorView(entry.error) };
}
