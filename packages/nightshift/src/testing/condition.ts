import { describeDuration, SECOND_MS, systemClock } from '../foundation/index.ts';

/** How long a condition may take to come true before the test fails. */
export const CONDITION_MS_MAX = 20 * SECOND_MS;
const POLL_MS_MIN = 2;
const POLL_MS_MAX = 50;

/**
 * Waits until `check` answers something truthy, and returns that. For what gives no signal: a row, a backend that is
 * gone. What `check` throws counts as "not yet", and is told when the time is up.
 *
 * @param what completes "waited in vain until …"
 * @throws Error after 20 s or `maximumMs`, with the last answer
 */
export async function until<T>(
  what: string,
  check: () => T | Promise<T>,
  maximumMs = CONDITION_MS_MAX,
): Promise<Exclude<T, null | undefined | false | 0 | ''>> {
  const deadline = systemClock.monotonic() + maximumMs;
  let pause = POLL_MS_MIN;
  for (;;) {
    let last: string;
    try {
      const answer = await check();
      if (answer) return answer as Exclude<T, null | undefined | false | 0 | ''>;
      last = `the last answer was ${JSON.stringify(answer)}`;
    } catch (error) {
      last = `the last check failed: ${String(error)}`;
    }
    if (systemClock.monotonic() >= deadline) {
      throw new Error(`waited ${describeDuration(maximumMs)} in vain until ${what}; ${last}`);
    }
    await systemClock.sleep(pause);
    pause = Math.min(pause * 2, POLL_MS_MAX);
  }
}

/** Waits for a promise that may never settle. @throws Error after 20 s or `maximumMs`, saying `what` it waited for */
export async function within<T>(what: string, promise: Promise<T>, maximumMs = CONDITION_MS_MAX): Promise<T> {
  const enough = new AbortController();
  const timeout = systemClock.sleep(maximumMs, enough.signal).then(() => {
    if (!enough.signal.aborted)
      throw new Error(`waited ${describeDuration(maximumMs)} in vain until ${what}`);
    return promise;
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    enough.abort();
  }
}
