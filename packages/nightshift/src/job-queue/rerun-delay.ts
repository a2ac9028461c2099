import { HOUR_MS, NightshiftError, SECOND_MS } from '../foundation/index.ts';

/** Greatest rerun delay of a job queue entry, in seconds (Business Central, table 472 field 47). */
export const RERUN_DELAY_SECONDS_MAX = 3600;

const LAST_GROWING_ATTEMPT = 7;
const LONGEST_EXTRA_MS = 6 * HOUR_MS;

/**
 * How long a failed job queue entry waits before its rerun, in milliseconds: the entry's rerun delay, plus 10^attempt
 * ms for the attempts 1 to 7 (10 ms … 2 h 46 min 40 s) and 6 h for every later one (reference §2.7).
 *
 * @param rerunDelaySeconds whole seconds, 0 to 3600.
 * @param attempt number of the rerun, from 1.
 * @throws NightshiftError `VALIDATION`, field `rerunDelaySeconds` or `attempt`.
 */
export function rerunDelay(rerunDelaySeconds: number, attempt: number): number {
  if (
    !Number.isInteger(rerunDelaySeconds) ||
    rerunDelaySeconds < 0 ||
    rerunDelaySeconds > RERUN_DELAY_SECONDS_MAX
  ) {
    const sentence = `The rerun delay must be a whole number of seconds from 0 to ${RERUN_DELAY_SECONDS_MAX}.`;
    throw new NightshiftError('VALIDATION', sentence, { field: 'rerunDelaySeconds' });
  }
  if (!Number.isInteger(attempt) || attempt < 1) {
    throw new NightshiftError('VALIDATION', 'The attempt must be a whole number from 1.', {
      field: 'attempt',
    });
  }
  const extra = attempt <= LAST_GROWING_ATTEMPT ? 10 ** attempt : LONGEST_EXTRA_MS;
  return rerunDelaySeconds * SECOND_MS + extra;
}
