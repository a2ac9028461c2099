import {
  classifyFailure,
  type Database,
  type Executor,
  executorOver,
  type Transaction,
} from '../database/index.ts';
import { isNightshiftError, NightshiftError } from '../foundation/index.ts';

/** A little longer than such a statement waits for the lock of the environment; see `nightshift.join_slot`. */
const ANSWER_MS_MAX = 5_000;
/** About a minute of waiting for the lock: an application may be migrating. */
const TRIES_MAX = 12;

/**
 * Work of a server instance on its slots, one piece at a time: all of it needs the lock of the environment, and waiting
 * for that together it would take every connection.
 */
export class SlotTurns {
  readonly #database: Database;
  /** The last piece that was begun. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * A statement that is a transaction by itself, and that does no harm when it is repeated. It goes over the connections
   * that all share, where it must not wait for the lock; when it says that it is busy, or when its answer is lost, it is
   * repeated over one of its own.
   */
  statement<T>(work: (executor: Executor, waits: boolean) => Promise<T | 'busy'>): Promise<T | 'busy'> {
    return this.#inTurn(async () => {
      try {
        const value = await work(this.#database, false);
        if (value !== 'busy') return value;
      } catch (error) {
        if (!isRepeated(error)) throw error;
      }
      return this.#patiently((executor) => work(executor, true));
    });
  }

  /** Any connection that rested in the pool may be dead without a word. */
  async #patiently<T>(work: (executor: Executor) => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      let connected = false;
      try {
        return await this.#database.exclusively((client) => {
          connected = true;
          return work(executorOver(client, ANSWER_MS_MAX));
        });
      } catch (error) {
        if (!connected || !isRepeated(error) || tries === TRIES_MAX) throw error;
      }
    }
  }

  /** A transaction. */
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.#inTurn(async () => {
      try {
        return await this.#database.transaction(work);
      } catch (error) {
        // Of the work of the session, which is to run over the slot, nothing was committed.
        throw isNightshiftError(error, 'COMMIT_UNKNOWN') ? error.cause : error;
      }
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }
}

/** It waited too long for a lock, or nobody knows what happened. */
function isRepeated(error: unknown): boolean {
  const { kind } = classifyFailure(error);
  return kind === 'transaction' || kind === 'connection';
}

/** The slots of this server instance were given to others: it was taken for dead. */
export function slotLost(): NightshiftError {
  return new NightshiftError(
    'INSTANCE_LOST',
    'This server instance was taken for dead, and its slots are used by others.',
  );
}
