import { AsyncLocalStorage } from 'node:async_hooks';
import { NightshiftError } from '../foundation/index.ts';
import type { Session } from '../session/index.ts';

/** What a held savepoint is ended with when it is to be undone; nobody else ever sees it. */
const UNDO = Symbol('undo');

/**
 * A savepoint of a session that is ended by a call instead of by the end of a function. While it is open, no other can be
 * opened but in `inside`: nothing tells whether what comes from elsewhere is nested in it or runs beside it.
 */
export class HeldSavepoint {
  readonly #inside: <T>(work: () => T) => T;
  readonly #end: PromiseWithResolvers<void>;
  readonly #finished: Promise<void>;
  #ended = false;

  private constructor(
    inside: <T>(work: () => T) => T,
    end: PromiseWithResolvers<void>,
    finished: Promise<void>,
  ) {
    this.#inside = inside;
    this.#end = end;
    this.#finished = finished;
  }

  /** @throws NightshiftError TRANSACTION_CONTROL beside another savepoint, SESSION_ENDED */
  static async open(session: Session): Promise<HeldSavepoint> {
    const opened = Promise.withResolvers<<T>(work: () => T) => T>();
    const end = Promise.withResolvers<void>();
    const finished = session.savepoint(async () => {
      opened.resolve(AsyncLocalStorage.snapshot());
      await end.promise;
    });
    finished.catch(opened.reject);
    return new HeldSavepoint(await opened.promise, end, finished);
  }

  /** Runs `work` as code inside the savepoint. @throws NightshiftError TRANSACTION_CONTROL when it has ended */
  inside<T>(work: () => T): T {
    if (this.#ended) throw new NightshiftError('TRANSACTION_CONTROL', 'The transaction has ended.');
    return this.#inside(work);
  }

  /**
   * Keeps what was done in it.
   * @throws the error of a statement that failed in it, which undoes it; NightshiftError TRANSACTION_CONTROL when what is
   *   around it ended first
   */
  async release(): Promise<void> {
    this.#ended = true;
    this.#end.resolve();
    await this.#finished;
  }

  /** Undoes what was done in it. Does nothing when that has happened already. */
  async undo(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    this.#end.reject(UNDO);
    await this.#finished.catch((error: unknown) => {
      if (error !== UNDO) throw error;
    });
  }
}
