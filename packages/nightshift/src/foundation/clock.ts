import { setTimeout as sleepFor } from 'node:timers/promises';

/** The one source of time, handed down from the top. Tests hand down another one (`testing/fake-clock.ts`). */
export interface Clock {
  /** Now in this process; for arithmetic, deadlines and backoff. */
  now(): Date;
  /** The instant a test has set, else null. Goes to SQL as `coalesce($n::timestamptz, clock_timestamp())`. */
  pinned(): Date | null;
  /** Milliseconds that never jump, for measuring and for deadlines of our own. */
  monotonic(): number;
  /** Resolves after `ms`, or at once when `signal` is aborted; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Node clamps longer timers to 1 ms, so a longer sleep is cut into pieces. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/** The clock of production: the machine's. */
export const systemClock: Clock = Object.freeze({
  now: () => new Date(),
  pinned: () => null,
  monotonic: () => performance.now(),
  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    let left = ms;
    while (left > 0 && signal?.aborted !== true) {
      const piece = Math.min(left, TIMER_MS_MAX);
      await sleepFor(piece, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
      left -= piece;
    }
  },
});
