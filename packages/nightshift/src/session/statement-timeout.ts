import { classifyFailure, SQLSTATE_QUERY_CANCELED } from '../database/index.ts';
import { type Clock, NightshiftError } from '../foundation/index.ts';

/** Longest time that a statement may be given, in milliseconds. */
export const STATEMENT_TIMEOUT_MS_MAX = 48 * 60 * 60 * 1_000;

/** How long a cancel may take before there is another one. */
const CANCEL_AGAIN_MS = 500;

/** What enforces the time of a statement. User code may change every timeout of PostgreSQL; this one it cannot. */
export interface StatementWatch {
  readonly clock: Clock;
  /** Cancels what the backend is doing. Resolves when it was told, and never rejects. */
  cancel(backend: number): Promise<void>;
}

/** Where a statement is. */
export interface StatementPlace {
  readonly backend: number;
  /** What was sent before it and may still run: its time begins when that has ended. Null when nothing was. */
  readonly before: Promise<unknown> | null;
}

/** @throws NightshiftError VALIDATION */
export function checkStatementTimeout(ms: unknown): asserts ms is number {
  if (Number.isInteger(ms) && Number(ms) >= 1 && Number(ms) <= STATEMENT_TIMEOUT_MS_MAX) return;
  throw new NightshiftError(
    'VALIDATION',
    `timeoutMs is a whole number of milliseconds from 1 to ${STATEMENT_TIMEOUT_MS_MAX}.`,
    { field: 'timeoutMs' },
  );
}

/**
 * Waits for a statement that was sent, and cancels it when it takes longer than `ms`.
 * @throws NightshiftError STATEMENT_TIMEOUT; the transaction has failed then
 */
export async function withinTime<T>(
  watch: StatementWatch,
  ms: number,
  statement: Promise<T>,
  place: StatementPlace,
): Promise<T> {
  const done = new AbortController();
  let late = false;
  const timer = (async () => {
    // A cancel hits whatever runs; what waits its turn has not taken any time yet.
    await place.before?.catch(() => undefined);
    await watch.clock.sleep(ms, done.signal);
    while (!done.signal.aborted) {
      late = true;
      // Awaited, also by a statement that ended in time after all: it must not hit the next one.
      await watch.cancel(place.backend);
      // A cancel that reaches the backend before the statement does is lost.
      await watch.clock.sleep(CANCEL_AGAIN_MS, done.signal);
    }
  })();
  try {
    return await statement;
  } catch (error) {
    if (!late || classifyFailure(error).code !== SQLSTATE_QUERY_CANCELED) throw error;
    throw new NightshiftError('STATEMENT_TIMEOUT', `The statement took longer than ${ms} ms.`, {
      cause: error,
    });
  } finally {
    done.abort();
    await timer;
  }
}
