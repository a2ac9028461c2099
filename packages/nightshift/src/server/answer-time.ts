import { executorOver, type RequestWork } from '../database/index.ts';
import { type Clock, NightshiftError, SECOND_MS } from '../foundation/index.ts';
import type { Platform } from '../platform/index.ts';
import { cancelStatementOf } from './server.sql.ts';

/** How long a commit that is on its way is waited for. */
const COMMIT_MS_MAX = 2 * SECOND_MS;

/** A request that is to be answered in time. */
export interface TimedRequest<T> {
  /** What it does in the database. */
  readonly noted: RequestWork;
  /** Whether a repeat of it has no second effect. */
  readonly isRepeatable: boolean;
  readonly work: () => Promise<T>;
}

/**
 * What a request answers, unless it takes too long: then whoever asked is told, and it is cancelled. Of a change he is told that
 * nothing was changed, or, when something of it may have been committed, that it may have happened.
 * @throws NightshiftError ANSWER_TIMEOUT
 */
export async function inTime<T>(
  { database }: Platform,
  { clock, answerMs }: { readonly clock: Clock; readonly answerMs: number },
  { noted, isRepeatable, work }: TimedRequest<T>,
): Promise<T> {
  const over = new AbortController();
  const doing = work();
  // What comes too late is nobody's matter any more.
  doing.catch(() => undefined);
  try {
    const late = clock.sleep(answerMs, over.signal).then((): typeof LATE => LATE);
    const first = await Promise.race([doing, late]);
    if (first !== LATE) return first;
    const nothing = tooLong(answerMs, noted.changes ? ' Nothing was changed.' : '');
    void noted.giveUp(nothing, (backend) => cancelStatement(database, backend), clock);
    if (noted.isCommitting) {
      const enough = clock
        .sleep(Math.min(COMMIT_MS_MAX, answerMs), over.signal)
        .then((): typeof LATE => LATE);
      const second = await Promise.race([doing.catch((): typeof LATE => LATE), enough]);
      if (second !== LATE) return second;
    }
    throw noted.mayStand ? tooLong(answerMs, mayHaveHappened(isRepeatable)) : nothing;
  } finally {
    over.abort();
  }
}

const LATE: unique symbol = Symbol('late');

function tooLong(answerMs: number, what: string): NightshiftError {
  return new NightshiftError('ANSWER_TIMEOUT', `The answer took longer than ${answerMs} ms.${what}`);
}

function mayHaveHappened(isRepeatable: boolean): string {
  const then = isRepeatable ? 'ask again with the same Idempotency-Key' : 'look before you ask again';
  return ` It may have happened: ${then}.`;
}

/** Over a connection of its own: behind what takes so long it would wait. */
function cancelStatement(database: Platform['database'], backend: number): Promise<unknown> {
  return database.exclusively((client) => executorOver(client).run(cancelStatementOf, [backend]));
}
