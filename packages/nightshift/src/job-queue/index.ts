export { evaluateDateFormula } from './date-formula.ts';
export { describeSchedule } from './describe-schedule.ts';
export type { JobQueueEntryInput } from './entry-input.ts';
export { entryTaskCancelled, failEntryOfTask, listEntries, listLogEntries } from './job-queue.sql.ts';
export { create, get, list, logEntries, setOnHold, setStatusToReady } from './job-queue.ts';
export { JOB_QUEUE_DISPATCHER, jobQueueDispatcher, jobQueueErrorHandler } from './job-queue-codeunits.ts';
export {
  JOB_QUEUE_ENTRY_STATUSES,
  type JobQueueEntry,
  type JobQueueEntryStatus,
  jobQueueEntryRecord,
} from './job-queue-entry.ts';
export { type JobQueueLogEntry, logStatusOf } from './job-queue-log-entry.ts';
export { JOB_QUEUE } from './job-queue-service.ts';
export { initialRunTime, isWithinRunWindow, nextRunTime, previewRuns } from './recurrence.ts';
export { rerunDelay } from './rerun-delay.ts';
export { type RunOnceResult, runOnce } from './run-once.ts';
export type { Schedule, ScheduleInput } from './schedule.ts';
