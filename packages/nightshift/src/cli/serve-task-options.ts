import type { Command } from 'commander';
import { SECOND_MS } from '../foundation/index.ts';
import { type JobQueueOptions, jobQueueOptions } from '../job-queue/index.ts';
import { type ReportOptions, reportOptions } from '../reports/index.ts';
import { type TaskSchedulerOptions, taskSchedulerOptions } from '../task-scheduler/index.ts';
import { parseSeconds, parseWholeNumber } from './parsing.ts';

/** The flags of `serve` that are options of the task scheduler, the job queue and the report inbox. */
export interface ServeTaskFlags {
  readonly concurrency?: string;
  readonly drain?: string;
  /** False with `--no-tasks`. Default: true. */
  readonly tasks?: boolean;
  readonly tasksPerUser?: string;
  readonly tasksPerSecond?: string;
  readonly retryPolicy?: string;
  readonly retryExceptions?: string;
  readonly failedTaskDays?: string;
  readonly logDays?: string;
  readonly documentDays?: string;
}

/** Adds the flags to a command. */
export function addServeTaskFlags(command: Command): Command {
  return command
    .option('--concurrency <n>', 'tasks that run at a time, 1 to 100 (default: 10)')
    .option('--tasks-per-user <n>', 'tasks of one user that run at a time, 1 to 1,000 (default: no limit)')
    .option('--tasks-per-second <n>', 'tasks that are started in a second, 1 to 100,000 (default: no limit)')
    .option('--no-tasks', 'run no tasks here')
    .option('--retry-policy <name>', 'online or on-premises: how tasks are retried (default: online)')
    .option('--retry-exceptions <list>', "more errors that are retried: 'Name;Name:Code'")
    .option('--failed-task-days <n>', 'how long failed tasks are kept (default: 90)')
    .option('--log-days <n>', 'how long log entries and Finished job queue entries are kept (default: 90)')
    .option('--document-days <n>', 'how long documents are kept in the report inbox (default: 90)')
    .option('--drain <seconds>', 'how long running sessions are waited for at the end (default: 30)');
}

/** The options that the flags mean. @throws NightshiftError VALIDATION */
export function taskOptionsOf(flags: ServeTaskFlags): TaskSchedulerOptions {
  const { concurrency, drain, tasks, tasksPerUser, tasksPerSecond } = flags;
  const { retryPolicy, retryExceptions, failedTaskDays } = flags;
  return taskSchedulerOptions({
    enableTaskScheduler: tasks ?? true,
    ...given(concurrency, (text) => ({
      maximumConcurrentRunningTasks: parseWholeNumber(text, 'concurrency'),
    })),
    ...given(tasksPerUser, (text) => ({
      maximumConcurrentTasksPerUser: parseWholeNumber(text, 'tasks-per-user'),
    })),
    ...given(tasksPerSecond, (text) => ({
      maximumTasksStartedPerSecond: parseWholeNumber(text, 'tasks-per-second'),
    })),
    // What is no policy is refused there.
    ...given(retryPolicy, (text) => ({ retryPolicy: text as 'online' })),
    ...given(retryExceptions, (text) => ({ taskSchedulerExecutionRetryExceptions: text })),
    ...given(failedTaskDays, (text) => ({
      failedTaskRetentionDays: parseWholeNumber(text, 'failed-task-days'),
    })),
    ...given(drain, (text) => ({ drainMs: parseSeconds(text, 'drain') * SECOND_MS })),
  });
}

/** The options of the job queue that the flags mean. @throws NightshiftError VALIDATION */
export function jobQueueOptionsOf({ logDays }: ServeTaskFlags): JobQueueOptions {
  return jobQueueOptions(
    given(logDays, (text) => ({ logRetentionDays: parseWholeNumber(text, 'log-days') })),
  );
}

/** The options of the report inbox that the flags mean. @throws NightshiftError VALIDATION */
export function reportOptionsOf({ documentDays }: ServeTaskFlags): ReportOptions {
  return reportOptions(
    given(documentDays, (text) => ({ retentionDays: parseWholeNumber(text, 'document-days') })),
  );
}

function given<T extends object>(text: string | undefined, option: (text: string) => T): T | object {
  return text === undefined ? {} : option(text);
}
