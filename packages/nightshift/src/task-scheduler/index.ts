export { endInstance, listInstances } from './presence.sql.ts';
export { LEASE_MS, type Presence, SELF_FENCE_MS, startPresence } from './presence.ts';
export { reaperOf } from './reaper.ts';
export { type RetryPolicy, retryDelay } from './retry-policy.ts';
export type { TaskFailure } from './scheduled-task.ts';
export { storableJson } from './storable-json.ts';
export { TaskClaim } from './task-claim.ts';
export { TaskCompletion } from './task-completion.ts';
export { TaskCreation } from './task-creation.ts';
export { TaskDispatcher } from './task-dispatcher.ts';
export type { TaskHandler } from './task-handlers.ts';
export { runTask } from './task-runner.ts';
export { listTasks } from './task-scheduler.sql.ts';
export {
  cancelTask,
  createTask,
  setTaskReady,
  TASK_SCHEDULER,
  taskExists,
} from './task-scheduler.ts';
export {
  type TaskSchedulerOptions,
  type TaskSchedulerOptionsInput,
  taskSchedulerOptions,
} from './task-scheduler-options.ts';
export { WAKE_CHANNEL, WakeUp } from './wake-up.ts';
export { type BlockedBy, describeBlockedBy } from './watchdog-place.ts';
