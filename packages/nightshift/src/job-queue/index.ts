export { APPROVAL_STATUSES, type ApprovalRequest, type ApprovalStatus } from './approval-request.ts';
export {
  approve,
  getApproval,
  listApprovals,
  reject,
  requestApproval,
  withdraw,
} from './approvals.ts';
export { categories, type JobQueueCategory } from './categories.ts';
export { listCategories } from './category.sql.ts';
export type { CategoryChanges, CategoryInput } from './category-input.ts';
export { type PlacesGiven, taskCancelled, tellPlacesGiven } from './category-places.ts';
export { categoryTurns } from './category-turns.ts';
export { evaluateDateFormula } from './date-formula.ts';
export {
  declaration,
  declarations,
  declareEntries,
  type EntryDeclaration,
  resetToCode,
} from './declared.ts';
export { checkDeclaredEntries, type Declarations, type DeclaredEntry } from './declared-entry.ts';
export { describeSchedule } from './describe-schedule.ts';
export { type Enqueued, type EnqueueOptions, enqueue } from './enqueue.ts';
export type { JobQueueEntryInput } from './entry-input.ts';
export { type JobQueueEntryChanges, modify } from './entry-modify.ts';
export {
  describe,
  describeMany,
  type EntryQuery,
  type ListedEntry,
  page,
} from './entry-page.ts';
export { JOB_QUEUE_DISPATCHER } from './entry-task.ts';
export { copy, remove, restart, runNow, setPriority, stopRun } from './entry-verbs.ts';
export {
  type DoneWithMany,
  type EachEntry,
  type EntrySelection,
  hold,
  release,
  removeFailed,
} from './entry-verbs-many.ts';
export { errorMessages, type JobQueueErrorMessage } from './error-messages.ts';
export type { EntryExplanation } from './explain-entry.ts';
export { checkHooks, type JobQueueHooks } from './hooks.ts';
export {
  ALERT_KINDS,
  type Alert,
  type AlertKind,
  type AlertPage,
  type AlertQuery,
  approvalActions,
  type Cues,
  type CueThresholds,
  type CueThresholdsView,
  categoryActions,
  cues,
  cueThresholds,
  type EntryBehind,
  entriesOfSessions,
  entriesOfTasks,
  explain,
  getAlert,
  listAlerts,
  markAlerts,
  type NeighbouringRun,
  plannedRuns,
  planSchedule,
  type ReadyRehearsal,
  type RunErrorFilter,
  type RunErrorGroup,
  type RunFacts,
  type RunMoment,
  rehearseReady,
  retention,
  runErrorGroups,
  runFacts,
  runLines,
  type SchedulePlan,
  type ScheduleWish,
  type SeenAlerts,
  setCompanyCueThresholds,
  setCueThresholds,
} from './insight.ts';
export {
  failEntryOfTask,
  listEntries,
  listEntriesPage,
  listErrorMessages,
  listLogEntries,
  lockEntryOfTask,
} from './job-queue.sql.ts';
export { create, get, list, logEntries, setOnHold, setStatusToReady } from './job-queue.ts';
export { jobQueueDispatcher, jobQueueErrorHandler } from './job-queue-codeunits.ts';
export {
  type EntryPriority,
  JOB_QUEUE_ENTRY_STATUSES,
  type JobQueueEntry,
  type JobQueueEntryStatus,
  jobQueueEntryRecord,
} from './job-queue-entry.ts';
export type { JobQueueLogEntry } from './job-queue-log-entry.ts';
export { type JobQueueOptions, type JobQueueOptionsInput, jobQueueOptions } from './job-queue-options.ts';
export { JOB_QUEUE, type JobQueueService, type RetentionDays } from './job-queue-service.ts';
export { jobQueueServicesOf } from './job-queue-services.ts';
export { lastResort } from './log-columns.ts';
export { type LogQuery, logEntry, logPage } from './log-page.ts';
export { reassign } from './reassign.ts';
export { initialRunTime, isWithinRunWindow, nextRunTime, previewRuns } from './recurrence.ts';
export { rerunDelay } from './rerun-delay.ts';
export { type RunOnceResult, runOnce } from './run-once.ts';
export { isRecurring, type Schedule, type ScheduleInput } from './schedule.ts';
export { scheduleWarnings } from './schedule-warnings.ts';
export { declareWakes } from './table-wake.ts';
export { wake } from './wake.ts';
export { watch } from './watch.ts';
export type { WatchCase } from './watch-rules.ts';
