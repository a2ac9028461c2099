import { AsyncLocalStorage } from 'node:async_hooks';
import { NightshiftError } from '../foundation/index.ts';

/** What a stack of savepoints asks of its transaction. */
export interface SavepointHost {
  /** Sends a command about the transaction. */
  command(text: string): Promise<void>;
  /** The error that has failed the transaction; null while it is sound. */
  firstError(): unknown;
  /** Whether there is still a transaction to go back in. */
  canUndo(): boolean;
  /** The transaction is sound again. */
  undone(): void;
}

/** In which savepoint of which stack the running code is. */
const inside = new AsyncLocalStorage<ReadonlyMap<SavepointStack, number>>();

/**
 * The savepoints of one transaction. PostgreSQL keeps them as a stack: one that was opened beside another would undo the
 * other's work, so only code inside the innermost one may open the next.
 */
export class SavepointStack {
  #depth = 0;

  get isEmpty(): boolean {
    return this.#depth === 0;
  }

  /** The transaction has ended, and all its savepoints with it. */
  clear(): void {
    this.#depth = 0;
  }

  /**
   * Runs `fn` behind a savepoint: when it throws, or leaves a failed statement behind, its statements are undone.
   * @throws NightshiftError TRANSACTION_CONTROL for a savepoint beside another one
   */
  async run<T>(host: SavepointHost, fn: () => Promise<T>): Promise<T> {
    if ((inside.getStore()?.get(this) ?? 0) !== this.#depth) {
      throw new NightshiftError(
        'TRANSACTION_CONTROL',
        'Savepoints must nest: await one before opening the next.',
      );
    }
    const depth = ++this.#depth;
    const name = `ns_savepoint_${depth}`;
    try {
      await host.command(`savepoint ${name}`);
      const value = await inside.run(new Map(inside.getStore()).set(this, depth), fn);
      const failed = host.firstError();
      if (failed !== null) throw failed;
      await host.command(`release savepoint ${name}`);
      return value;
    } catch (error) {
      if (host.canUndo()) {
        await host.command(`rollback to savepoint ${name}; release savepoint ${name}`);
        host.undone();
      }
      throw error;
    } finally {
      this.#depth = depth - 1;
    }
  }
}
