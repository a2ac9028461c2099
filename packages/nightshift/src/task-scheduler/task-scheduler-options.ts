import { z } from 'zod';
import { HOUR_MS, MINUTE_MS, NightshiftError, SECOND_MS } from '../foundation/index.ts';

/** Default of how many tasks one server instance runs at a time. */
export const CONCURRENT_TASKS_DEFAULT = 10;
/** Timeout of a task that states none. */
export const TASK_TIMEOUT_MS_DEFAULT = 12 * HOUR_MS;
/** Longest timeout; a longer one is cut, and the cut is reported. */
export const TASK_TIMEOUT_MS_MAX = 48 * HOUR_MS;
/** How long a stopping instance waits for running sessions. */
export const DRAIN_MS_DEFAULT = 30 * SECOND_MS;

const optionsSchema = z
  .strictObject({
    /** Whether this instance runs tasks. */
    enableTaskScheduler: z.boolean().default(true),
    /** Tasks of this instance that run at the same time: 1 to 100. */
    maximumConcurrentRunningTasks: z.int().min(1).max(100).default(CONCURRENT_TASKS_DEFAULT),
    /** Milliseconds; timeout of a task that states none. */
    defaultTaskTimeoutMs: z.int().min(1).max(TASK_TIMEOUT_MS_MAX).default(TASK_TIMEOUT_MS_DEFAULT),
    /** Milliseconds; how long a stopping instance waits for running sessions: 0 to 10 minutes. */
    drainMs: z
      .int()
      .min(0)
      .max(10 * MINUTE_MS)
      .default(DRAIN_MS_DEFAULT),
    /** How tasks are retried after a retriable error. */
    retryPolicy: z.enum(['online', 'on-premises']).default('online'),
  })
  .readonly();

/** What may be given of the options. */
export type TaskSchedulerOptionsInput = z.input<typeof optionsSchema>;
/** The complete, frozen options. */
export type TaskSchedulerOptions = z.output<typeof optionsSchema>;

/** Fills defaults and checks. @throws NightshiftError VALIDATION naming the option */
export function taskSchedulerOptions(input: TaskSchedulerOptionsInput): TaskSchedulerOptions {
  const parsed = optionsSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const field = ['taskScheduler', ...(issue?.path ?? [])].join('.');
  throw new NightshiftError('VALIDATION', `Option ${field}: ${issue?.message ?? 'invalid'}.`, { field });
}
