import { z } from 'zod';
import { HOUR_MS, MINUTE_MS, NightshiftError, parsedOptions, SECOND_MS } from '../foundation/index.ts';
import { parseRetryExceptions, RETRY_AFTER_MS_MAX } from './retriable-errors.ts';
import { type RetryPolicy, retryDelay } from './retry-policy.ts';
import { parseTimeOfDay } from './system-task-hours.ts';
import { BLOCKED_GRACE_MS } from './watchdog.ts';

/** Default of how many tasks one server instance runs at a time. */
export const CONCURRENT_TASKS_DEFAULT = 10;
/** Timeout of a task that states none. */
export const TASK_TIMEOUT_MS_DEFAULT = 12 * HOUR_MS;
/** Longest timeout that can be allowed. */
export const TASK_TIMEOUT_MS_MAX = 48 * HOUR_MS;
/** How long a stopping instance waits for running sessions. */
export const DRAIN_MS_DEFAULT = 30 * SECOND_MS;
/** How long failed tasks are kept. */
export const FAILED_TASK_RETENTION_DAYS_DEFAULT = 90;

/** The retry policies that may be chosen by name. */
type ChosenPolicy = 'online' | 'on-premises' | RetryPolicy;

/** A check whose complaint becomes the complaint about the option. */
function checkedBy<T>(check: (value: T) => unknown) {
  return (value: T, context: z.RefinementCtx) => {
    try {
      check(value);
    } catch (error) {
      const message = error instanceof NightshiftError ? error.message : 'invalid';
      context.addIssue({ code: 'custom', message });
    }
  };
}

/** A copy that nobody changes behind our back. */
function frozenPolicy(policy: ChosenPolicy): ChosenPolicy {
  if (typeof policy === 'string') return policy;
  const { delaysMs, maximumRetries } = policy;
  return Object.freeze({ delaysMs: Object.freeze([...delaysMs]), maximumRetries });
}

function checkPolicy(policy: ChosenPolicy): void {
  const isOwn = typeof policy === 'object' && policy !== null && Array.isArray(policy.delaysMs);
  if (!isOwn && policy !== 'online' && policy !== 'on-premises') {
    throw new NightshiftError('VALIDATION', 'online, on-premises, or { delaysMs, maximumRetries }.');
  }
  retryDelay(policy, 1);
  if (isOwn && policy.delaysMs.some((delay) => delay > RETRY_AFTER_MS_MAX))
    throw new NightshiftError('VALIDATION', 'The delays of a retry policy are at most 48 h.');
}

const timeOfDay = (whenAbsent: string) =>
  z.string().superRefine(checkedBy(parseTimeOfDay)).default(whenAbsent);
const timeout = z.int().min(1).max(TASK_TIMEOUT_MS_MAX);

/** The options one by one; what belongs together is checked afterwards. */
export const optionsSchema = z.strictObject({
  /** Whether this instance runs tasks. */
  enableTaskScheduler: z.boolean().default(true),
  /** Whether what is known of a task's user must be at most a second old when it runs; otherwise what was told last will do. */
  enableUserConsistencyValidationOnTasks: z.boolean().default(true),
  /** Tasks of this instance that run at the same time: 1 to 100. */
  maximumConcurrentRunningTasks: z.int().min(1).max(100).default(CONCURRENT_TASKS_DEFAULT),
  /** Tasks of one user that run at the same time: 1 to 1,000; 0 = as many as there are places. */
  maximumConcurrentTasksPerUser: z.int().min(0).max(1_000).default(0),
  /** Tasks that this instance starts in a second: 1 to 100,000; 0 = as many as it can. Those that are claimed wait for their turn. */
  maximumTasksStartedPerSecond: z.int().min(0).max(100_000).default(0),
  /** Milliseconds; timeout of a task that states none, at most the longest one. Default: 12 h, or the longest one. */
  defaultTaskTimeoutMs: timeout.optional(),
  /** Milliseconds; the longest timeout: a longer one is cut, and the cut is reported. At most 48 h. */
  maxTaskSchedulerSessionTimeoutMs: timeout.default(TASK_TIMEOUT_MS_MAX),
  /** Milliseconds; how long a stopping instance waits for running sessions: 0 to 10 minutes. */
  drainMs: z
    .int()
    .min(0)
    .max(10 * MINUTE_MS)
    .default(DRAIN_MS_DEFAULT),
  /**
   * Milliseconds; how long the main thread may stay blocked past the timeout of the session that blocks it, before the
   * process is killed so that others can take over its work: 1 s to 1 h.
   */
  blockedGraceMs: z.int().min(SECOND_MS).max(HOUR_MS).default(BLOCKED_GRACE_MS),
  /** How tasks are retried after a retriable error: `online`, `on-premises`, or a policy of your own. */
  retryPolicy: z
    .custom<ChosenPolicy>()
    .superRefine(checkedBy(checkPolicy))
    .transform(frozenPolicy)
    .default('online'),
  /** Errors after which a main codeunit is run again besides the usual ones: `Name;Name:Code`. */
  taskSchedulerExecutionRetryExceptions: z.string().superRefine(checkedBy(parseRetryExceptions)).default(''),
  /** `HH:mm[:ss]`, in the time zone of the server: when the platform's own housekeeping may begin. */
  taskSchedulerSystemTaskStartTime: timeOfDay('00:00:00'),
  /** And until when, inclusive; earlier than the start: of the next day. */
  taskSchedulerSystemTaskEndTime: timeOfDay('23:59:59'),
  /** Days after which failed tasks are removed: 1 to 3,650. */
  failedTaskRetentionDays: z.int().min(1).max(3_650).default(FAILED_TASK_RETENTION_DAYS_DEFAULT),
});

const completeSchema = optionsSchema
  .superRefine(({ defaultTaskTimeoutMs, maxTaskSchedulerSessionTimeoutMs }, context) => {
    if (defaultTaskTimeoutMs === undefined || defaultTaskTimeoutMs <= maxTaskSchedulerSessionTimeoutMs)
      return;
    const message = 'longer than maxTaskSchedulerSessionTimeoutMs';
    context.addIssue({ code: 'custom', message, path: ['defaultTaskTimeoutMs'] });
  })
  .transform((options) => ({
    ...options,
    defaultTaskTimeoutMs:
      options.defaultTaskTimeoutMs ??
      Math.min(TASK_TIMEOUT_MS_DEFAULT, options.maxTaskSchedulerSessionTimeoutMs),
  }))
  .readonly();

/** What may be given of the options. */
export type TaskSchedulerOptionsInput = z.input<typeof completeSchema>;
/** The complete, frozen options. */
export type TaskSchedulerOptions = z.output<typeof completeSchema>;

/** Fills defaults and checks. @throws NightshiftError VALIDATION naming the option */
export function taskSchedulerOptions(input: TaskSchedulerOptionsInput): TaskSchedulerOptions {
  return parsedOptions('taskScheduler', completeSchema, input);
}
