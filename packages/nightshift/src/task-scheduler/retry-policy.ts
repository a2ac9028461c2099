import { MINUTE_MS, NightshiftError, SECOND_MS } from '../foundation/index.ts';

/** How often, and after which waits, a task's main codeunit is run again. */
export interface RetryPolicy {
  /** Waits in milliseconds before retry 1, 2, …; the last one repeats. At least one unless `maximumRetries` is 0. */
  readonly delaysMs: readonly number[];
  /** Retries after the first run; a whole number, 0 = none. */
  readonly maximumRetries: number;
}

/** The policies that have a name. */
export type RetryPolicyName = 'online' | 'on-premises' | 'dispatcher';

/** A named policy or one of your own. */
export type RetryPolicyChoice = RetryPolicyName | RetryPolicy;

/**
 * The named policies: `online` and `on-premises` are Business Central's (reference §4.4), `dispatcher` is ours for the
 * tasks of the job queue, so that an entry is not In Process for hours before its own attempts decide (design §6).
 */
export const RETRY_POLICIES: Readonly<Record<RetryPolicyName, RetryPolicy>> = Object.freeze({
  online: policy([0.5, 0.5, 1, 1, 2, 2, 3, 3, 5], MINUTE_MS, 99),
  'on-premises': policy([2, 2, 4, 15], MINUTE_MS, 9),
  dispatcher: policy([1, 5, 30], SECOND_MS, 3),
});

function policy(delays: readonly number[], unitMs: number, maximumRetries: number): RetryPolicy {
  return Object.freeze({ delaysMs: Object.freeze(delays.map((delay) => delay * unitMs)), maximumRetries });
}

/**
 * How long to wait before the retry number `attempt` (1 = the first retry), in milliseconds; null when there are no
 * more retries.
 *
 * @throws NightshiftError `VALIDATION`, field `attempt` (a whole number from 1) or `retryPolicy` (an unknown name, a
 * delay that is negative or not finite, no delays, a `maximumRetries` that is no whole number from 0).
 */
export function retryDelay(policy: RetryPolicyChoice, attempt: number): number | null {
  if (!Number.isInteger(attempt) || attempt < 1)
    throw refuse('attempt', 'The attempt must be a whole number from 1.');
  const { delaysMs, maximumRetries } = resolve(policy);
  if (attempt > maximumRetries) return null;
  const delay = delaysMs[Math.min(attempt, delaysMs.length) - 1];
  if (delay === undefined) throw refuse('retryPolicy', 'A retry policy needs at least one delay.');
  return delay;
}

/** How many retries a policy has in all. @throws NightshiftError `VALIDATION`, field `retryPolicy` */
export function retriesOf(policy: RetryPolicyChoice): number {
  return resolve(policy).maximumRetries;
}

function resolve(policy: RetryPolicyChoice): RetryPolicy {
  if (typeof policy === 'string') {
    if (Object.hasOwn(RETRY_POLICIES, policy)) return RETRY_POLICIES[policy];
    throw refuse(
      'retryPolicy',
      `There is no retry policy "${policy}"; use ${Object.keys(RETRY_POLICIES).join(', ')}.`,
    );
  }
  if (!Number.isInteger(policy.maximumRetries) || policy.maximumRetries < 0) {
    throw refuse('retryPolicy', 'The maximum number of retries must be a whole number from 0.');
  }
  if (!policy.delaysMs.every((delay) => Number.isFinite(delay) && delay >= 0)) {
    throw refuse('retryPolicy', 'The delays of a retry policy must be milliseconds, 0 or more.');
  }
  return policy;
}

function refuse(field: string, sentence: string): NightshiftError {
  return new NightshiftError('VALIDATION', sentence, { field });
}
