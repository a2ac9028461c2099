import { NightshiftError } from '../foundation/index.ts';
import { retryDelay } from '../task-scheduler/index.ts';
import type { WorkItems } from './work-items.ts';

/** How items are processed. */
export interface ChunkOptions {
  /** Items of one chunk, which commits at once: 1 to 10,000. Default: 100. */
  readonly limit?: number;
  /** Runs of an item, the first one included, before it is Failed for good: 1 to 1,000. Default: by the retry policy, 5. */
  readonly maxAttempts?: number;
  /** Milliseconds after which no further item is begun. Default: none, only the session's end. */
  readonly timeBudget?: number;
  /** Which come first. `newest` not together with a concurrency key. Default: `oldest`. */
  readonly order?: 'oldest' | 'newest';
  /**
   * Chunks that are worked on side by side, each in a session and a transaction of its own: 1 to 16. Default: 1, in the
   * caller's session.
   */
  readonly concurrency?: number;
}

/** The options, checked and complete. */
export interface ChunkPlan {
  readonly limit: number;
  readonly maxAttempts: number | null;
  readonly timeBudget: number | null;
  readonly newest: boolean;
  readonly concurrency: number;
}

const DEFAULT_LIMIT = 100;
const RANGES = {
  limit: [1, 10_000],
  maxAttempts: [1, 1_000],
  timeBudget: [1, 48 * 60 * 60 * 1_000],
  concurrency: [1, 16],
} as const;

/** @throws NightshiftError VALIDATION with the option */
export function chunkPlan<Payload, In>(items: WorkItems<Payload, In>, options: ChunkOptions): ChunkPlan {
  for (const field of Object.keys(RANGES) as (keyof typeof RANGES)[]) {
    const [minimum, maximum] = RANGES[field];
    const value = options[field];
    if (value === undefined || (Number.isInteger(value) && value >= minimum && value <= maximum)) continue;
    throw invalid(field, `${field} is a whole number from ${minimum} to ${maximum}`);
  }
  const { order = 'oldest', limit = DEFAULT_LIMIT, concurrency = 1 } = options;
  if (order !== 'oldest' && order !== 'newest') throw invalid('order', 'order is oldest or newest');
  if (order === 'newest' && items.isKeyed) {
    throw invalid('order', 'Items with a concurrency key are processed oldest first');
  }
  return {
    limit,
    maxAttempts: options.maxAttempts ?? null,
    timeBudget: options.timeBudget ?? null,
    newest: order === 'newest',
    concurrency,
  };
}

/** Milliseconds until an item that failed is tried again; null: it is Failed for good. */
export function delayAfter<Payload, In>(
  { retryPolicy }: WorkItems<Payload, In>,
  { maxAttempts }: Pick<ChunkPlan, 'maxAttempts'>,
  attempt: number,
): number | null {
  // What is never tried again by itself is not, however many attempts a run would grant.
  if (maxAttempts === null || retryPolicy.maximumRetries === 0) return retryDelay(retryPolicy, attempt);
  if (attempt >= maxAttempts) return null;
  // More attempts than the policy knows: its last wait repeats.
  return retryPolicy.delaysMs[Math.min(attempt, retryPolicy.delaysMs.length) - 1] ?? 0;
}

function invalid(field: string, text: string): NightshiftError {
  return new NightshiftError('VALIDATION', `${text}.`, { field });
}
