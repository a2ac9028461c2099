import { type JobQueueOptions, jobQueueOptions } from '../job-queue/index.ts';
import { type PageTaskOptions, pageTaskOptions } from '../page-background-task/index.ts';
import { type PermissionOptions, permissionOptions } from '../permissions/index.ts';
import { type ReportOptions, reportOptions } from '../reports/index.ts';
import { type SessionOptions, sessionOptions } from '../session/index.ts';
import { type TaskSchedulerOptions, taskSchedulerOptions } from '../task-scheduler/index.ts';
import type { PlatformOptions } from './platform-options.ts';

/** The options of the parts of a platform, complete with their defaults. */
export interface CheckedOptions {
  readonly schedulerOptions: TaskSchedulerOptions;
  readonly sessions: SessionOptions;
  readonly jobQueue: JobQueueOptions;
  readonly pages: PageTaskOptions;
  readonly reports: ReportOptions;
  readonly permissions: PermissionOptions;
}

/** Fills defaults and checks. @throws NightshiftError VALIDATION naming the option */
export function checkedOptions(options: PlatformOptions): CheckedOptions {
  return {
    schedulerOptions: taskSchedulerOptions(options.taskScheduler ?? {}),
    sessions: sessionOptions(options.sessions ?? {}),
    permissions: permissionOptions(options.permissions ?? {}),
    jobQueue: jobQueueOptions(options.jobQueue ?? {}),
    pages: pageTaskOptions(options.pages ?? {}),
    reports: reportOptions(options.reportInbox ?? {}),
  };
}
