import { classifyFailure, SQLSTATE_QUERY_CANCELED, SQLSTATE_READ_ONLY } from '../database/index.ts';
import { isNightshiftError } from '../foundation/index.ts';

/** In which state a session leaves the connection of its slot. */
export class ConnectionState {
  /** It is of no use any more. */
  isBroken = false;
  /** It is of none for another session. */
  #isUnfit = false;
  /** User code may have changed something that outlives its transaction. */
  hasTraces = false;

  /** Whether another session may have it once the traces are gone. */
  get isFit(): boolean {
    return !this.isBroken && !this.#isUnfit;
  }

  /** Whether another session may have it as it is. */
  get isClean(): boolean {
    return this.isFit && !this.hasTraces;
  }

  /**
   * Notes what a failed statement means for it. A prepared form that no longer fits its tables is made anew on another
   * connection; a late cancel must not hit the next session on this one.
   * @param readsOnly whether the session was begun as one that only reads; elsewhere that nothing may be written is the
   *   server's fault
   * @returns whether PostgreSQL refused the statement, for want of rights or because nothing may be written
   */
  failed(error: unknown, readsOnly: boolean): boolean {
    const { kind, code } = classifyFailure(error);
    const isLate = isNightshiftError(error, 'STATEMENT_TIMEOUT');
    const isWrite = readsOnly && code === SQLSTATE_READ_ONLY;
    if (kind === 'connection' && !isWrite) this.isBroken = true;
    if (kind === 'schema' || code === SQLSTATE_QUERY_CANCELED || isLate) this.#isUnfit = true;
    return (kind === 'refused' || isWrite) && error instanceof Error && !isLate;
  }
}
