import { classifyFailure, SQLSTATE_QUERY_CANCELED } from '../database/index.ts';
import { isNightshiftError } from '../foundation/index.ts';

/** What a failed statement means for its connection. */
export interface Aftermath {
  /** It is of no use any more. */
  readonly isBroken: boolean;
  /** It is of none for another session. */
  readonly isUnfit: boolean;
  /** PostgreSQL refused the statement; nothing is wrong with the connection. */
  readonly isRefused: boolean;
}

/**
 * A prepared form that no longer fits its tables is made anew on another connection; a late cancel must not hit the next
 * session on this one.
 */
export function aftermathOf(error: unknown): Aftermath {
  const { kind, code } = classifyFailure(error);
  const isLate = isNightshiftError(error, 'STATEMENT_TIMEOUT');
  return {
    isBroken: kind === 'connection',
    isUnfit: kind === 'schema' || code === SQLSTATE_QUERY_CANCELED || isLate,
    isRefused: kind === 'refused' && error instanceof Error && !isLate,
  };
}
