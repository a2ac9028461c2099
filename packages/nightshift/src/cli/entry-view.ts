import type { StoredError } from '../foundation/index.ts';
import { describeSchedule, type JobQueueEntry, type JobQueueLogEntry } from '../job-queue/index.ts';
import type { EntryPeople } from './entry-people.ts';

/** What is shown of an error: never its stack. */
export function errorView(error: StoredError | null) {
  if (error === null) return null;
  const { code, message, field, causes } = error;
  return { code, message, field, causes };
}

/** An entry for `--json`: the fields that scripts may rely on. */
export function entryView(entry: JobQueueEntry, people: EntryPeople) {
  const { schedule, error, runAs: _, createdBy: __, timeout, ...rest } = entry;
  return {
    ...rest,
    nextRun: nextRunOf(entry),
    schedule,
    scheduleText: describeSchedule(schedule, 'en'),
    timeoutMs: timeout,
    ...people,
    error: errorView(error),
  };
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
