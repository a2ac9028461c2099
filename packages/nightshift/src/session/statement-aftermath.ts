import { classifyFailure, SQLSTATE_QUERY_CANCELED, SQLSTATE_READ_ONLY } from '../database/index.ts';
import { isNightshiftError } from '../foundation/index.ts';

/** What a failed statement means for its connection. */
export interface Aftermath {
  /** It is of no use any more. */
  readonly isBroken: boolean;
  /** It is of none for another session. */
  readonly isUnfit: boolean;
  /** PostgreSQL refused the statement, for want of rights or because nothing may be written. */
  readonly isRefused: boolean;
}

/**
 * A prepared form that no longer fits its tables is made anew on another connection; a late cancel must not hit the next
 * session on this one.
 * @param readsOnly whether the session was begun as one that only reads; elsewhere that nothing may be written is the server's
 *   fault
 */
export function aftermathOf(error: unknown, readsOnly: boolean): Aftermath {
  const { kind, code } = classifyFailure(error);
  const isLate = isNightshiftError(error, 'STATEMENT_TIMEOUT');
  const isWrite = readsOnly && code === SQLSTATE_READ_ONLY;
  return {
    isBroken: kind === 'connection' && !isWrite,
    isUnfit: kind === 'schema' || code === SQLSTATE_QUERY_CANCELED || isLate,
    isRefused: (kind === 'refused' || isWrite) && error instanceof Error && !isLate,
  };
}
