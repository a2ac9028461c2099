import type { StoredError } from '../foundation/index.ts';
import { describeSchedule, type JobQueueEntry, type JobQueueLogEntry } from '../job-queue/index.ts';
import type { Directory } from '../permissions/index.ts';

/** What is shown of an error: never its stack. */
export function errorView(error: StoredError | null) {
  if (error === null) return null;
  const { code, message, field, causes } = error;
  return { code, message, field, causes };
}

/** An entry for `--json`: the fields that scripts may rely on. */
export function entryView(entry: JobQueueEntry, directory: Directory) {
  const { schedule, error, runAs, timeout, ...rest } = entry;
  return {
    ...rest,
    nextRun: nextRunOf(entry),
    schedule,
    scheduleText: describeSchedule(schedule, 'en'),
    timeoutMs: timeout,
    runAs: directory.users.find(({ no }) => no === runAs)?.name ?? String(runAs),
    error: errorView(error),
  };
}

/** When an entry will run; null when it will not by itself. */
export function nextRunOf({ status, earliestStart }: JobQueueEntry): Date | null {
  return status === 'Ready' ? earliestStart : null;
}

/** A log entry for `--json`. */
export function logEntryView(entry: JobQueueLogEntry) {
  return { ...entry, error: errorView(entry.error) };
}
