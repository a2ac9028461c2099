export {
  type BackgroundTask,
  type BackgroundTaskDefinition,
  backgroundTask,
  backgroundTaskResult,
  platformBackgroundTask,
  type TypedBackgroundTaskDefinition,
} from './background-task.ts';
export type {
  Page,
  PageErrorLevel,
  PageNotification,
  PageTaskCancellation,
  PageTaskCompletion,
  PageTaskFacts,
  PageTaskFailure,
  PageTriggers,
} from './page.ts';
export {
  cancelBackgroundTask,
  cancelPageTask,
  closePage,
  type EnqueueTaskOptions,
  enqueueBackgroundTask,
  enqueuePageTask,
  type OpenPageOptions,
  openPage,
  setCurrentRecord,
} from './page-background-task.ts';
export { type PageTaskOptions, type PageTaskOptionsInput, pageTaskOptions } from './page-task-options.ts';
export { PAGE_TASKS } from './page-task-service.ts';
export { PageTasks } from './page-tasks.ts';
export {
  type RunPageTaskOptions,
  type RunTaskOptions,
  runBackgroundTask,
  runPageBackgroundTask,
  runTaskByName,
} from './run-background-task.ts';
export type { TextDictionary } from './text-dictionary.ts';
