import {
  classifyFailure,
  SQLSTATE_IN_FAILED_TRANSACTION,
  SQLSTATE_NO_CONNECTION,
  SQLSTATE_UNKNOWN_STATEMENT,
} from '../database/index.ts';

/** How the session before has left a connection: in a transaction that failed, or without what it is to know. */
const LEFT_SO = new Set([SQLSTATE_IN_FAILED_TRANSACTION, SQLSTATE_UNKNOWN_STATEMENT]);

/** A transaction could not be opened: of what was sent for it nothing was done. */
export class Unopened {
  /** Why. What the session before is to blame for is the same as if the connection were gone. */
  readonly cause: unknown;

  constructor(error: unknown) {
    this.cause = LEFT_SO.has(classifyFailure(error).code ?? '') ? connectionEnded(error) : error;
  }

  /** Whether another connection would do. */
  get isOfConnection(): boolean {
    return classifyFailure(this.cause).kind === 'connection';
  }
}

function connectionEnded(cause: unknown): Error {
  const text = 'The connection was ended with the transaction before.';
  return Object.assign(new Error(text, { cause }), { code: SQLSTATE_NO_CONNECTION });
}
