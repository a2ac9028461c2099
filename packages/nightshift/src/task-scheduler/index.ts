export { errorText, instantText } from './explanation-text.ts';
export { deleteFailedTask, rerunFailedTask } from './failed-tasks.ts';
export {
  cancelOwnedTask,
  createOwnedTask,
  ownedTaskExists,
  type PreparedTask,
  prepareOwnedTask,
} from './owned-tasks.ts';
export { endInstance, listInstances } from './presence.sql.ts';
export { LEASE_MS, LOCK_LEASE_MS, type Presence, SELF_FENCE_MS, startPresence } from './presence.ts';
export { reaperOf } from './reaper.ts';
export { type ReassignOptions, reassignTask } from './reassigned-task.ts';
export { parseRetryExceptions, retryAfter } from './retriable-errors.ts';
export { type RetryPolicy, retryDelay } from './retry-policy.ts';
export { RunAhead } from './run-ahead.ts';
export type { TaskFailure } from './scheduled-task.ts';
export { SchemaWatch, UPGRADE_CHANNEL } from './schema-watch.ts';
export { runShared } from './shared-run.ts';
export { sharedSizesOf } from './shared-tasks.ts';
export { storableJson } from './storable-json.ts';
export { SuspectClaim } from './suspect-claim.ts';
export { systemTaskOf } from './system-task.ts';
export { type SystemTaskHours, untilSystemTaskHoursMs } from './system-task-hours.ts';
export { taskActions, taskStateText } from './task-actions.ts';
export { TaskBirths } from './task-birth.ts';
export { type ClaimContext, TaskClaim } from './task-claim.ts';
export { TaskCompletion } from './task-completion.ts';
export { TaskCreation } from './task-creation.ts';
export { TaskDispatcher } from './task-dispatcher.ts';
export { type ExplainedTask, explainOwnedTask, explainTask, type TaskHindrance } from './task-explanation.ts';
export type { TaskHandler } from './task-handlers.ts';
export { TaskLimits } from './task-limits.ts';
export { claimedTasks, listTasksOfCompany, readTask } from './task-list.sql.ts';
export {
  getTask,
  LISTED_TASKS_MAX,
  listTasks,
  type ScheduledTask,
  TASK_STATES,
  type TaskFilter,
  type TaskState,
} from './task-list.ts';
export { pageTasks, type TaskPage, type TaskPlace, type TaskQuery } from './task-page.ts';
export { type KeyValue, type RowReference, rowOf } from './task-record.ts';
export { taskRetentionOf } from './task-retention.ts';
export { runTask } from './task-runner.ts';
export { canCreateTask, cancelTask, createTask, setTaskReady, taskExists } from './task-scheduler.ts';
export {
  type TaskSchedulerOptions,
  type TaskSchedulerOptionsInput,
  taskSchedulerOptions,
} from './task-scheduler-options.ts';
export { TASK_SCHEDULER } from './task-scheduler-service.ts';
export { TaskUsers } from './task-users.ts';
export { WAKE_CHANNEL, WakeUp, wakeCallsOf } from './wake-up.ts';
export { type BlockedBy, describeBlockedBy } from './watchdog-place.ts';
