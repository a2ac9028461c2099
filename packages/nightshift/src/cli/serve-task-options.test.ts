import { Command } from 'commander';
import { expect, test } from 'vitest';
import { taskSchedulerOptions } from '../task-scheduler/index.ts';
import {
  addServeTaskFlags,
  jobQueueOptionsOf,
  reportOptionsOf,
  type ServeTaskFlags,
  taskOptionsOf,
} from './serve-task-options.ts';

const parsed = (...words: string[]) =>
  taskOptionsOf(addServeTaskFlags(new Command()).parse(words, { from: 'user' }).opts<ServeTaskFlags>());

test('without flags the options are the default ones', () => {
  expect(parsed()).toEqual(taskSchedulerOptions({}));
});

test('each flag is an option', () => {
  const words =
    '--no-tasks --concurrency 20 --tasks-per-user 5 --tasks-per-second 300 --retry-policy on-premises --failed-task-days 7 --drain 2m';
  expect(parsed(...words.split(' '), '--retry-exceptions', 'HttpError:429;FetchError')).toEqual(
    taskSchedulerOptions({
      enableTaskScheduler: false,
      maximumConcurrentRunningTasks: 20,
      maximumConcurrentTasksPerUser: 5,
      maximumTasksStartedPerSecond: 300,
      retryPolicy: 'on-premises',
      failedTaskRetentionDays: 7,
      drainMs: 120_000,
      taskSchedulerExecutionRetryExceptions: 'HttpError:429;FetchError',
    }),
  );
});

test('--log-days is an option of the job queue; without it that has its default', () => {
  expect(jobQueueOptionsOf({ logDays: '7' })).toEqual({ logRetentionDays: 7 });
  expect(jobQueueOptionsOf({})).toEqual({ logRetentionDays: 90 });
  for (const [logDays, field] of [
    ['0', 'jobQueue.logRetentionDays'],
    ['x', 'log-days'],
  ] as const) {
    expect(() => jobQueueOptionsOf({ logDays })).toThrow(
      expect.objectContaining({ code: 'VALIDATION', field }),
    );
  }
});

test('--document-days is an option of the report inbox; without it that has its default', () => {
  expect(reportOptionsOf({ documentDays: '7' })).toEqual({ retentionDays: 7 });
  expect(reportOptionsOf({})).toEqual({ retentionDays: 90 });
  for (const [documentDays, field] of [
    ['0', 'reportInbox.retentionDays'],
    ['x', 'document-days'],
  ] as const) {
    expect(() => reportOptionsOf({ documentDays })).toThrow(
      expect.objectContaining({ code: 'VALIDATION', field }),
    );
  }
});

test.each([
  ['--concurrency', 'x', 'concurrency'],
  ['--tasks-per-user', '-1', 'tasks-per-user'],
  ['--retry-policy', 'dispatcher', 'taskScheduler.retryPolicy'],
  ['--retry-exceptions', 'a b', 'taskScheduler.taskSchedulerExecutionRetryExceptions'],
  ['--failed-task-days', '0', 'taskScheduler.failedTaskRetentionDays'],
])('%s %s is refused', (flag, value, field) => {
  expect(() => parsed(flag, value)).toThrow(expect.objectContaining({ code: 'VALIDATION', field }));
});
