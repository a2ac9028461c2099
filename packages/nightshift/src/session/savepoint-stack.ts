import { AsyncLocalStorage } from 'node:async_hooks';
import { NightshiftError } from '../foundation/index.ts';

/** What a stack of savepoints asks of its transaction. */
export interface SavepointHost {
  /** Sends a command about the transaction. */
  command(text: string): Promise<void>;
  /** Has a command travel with the next statement, if that comes to the same. @returns whether it does; else send it */
  postpone(text: string): boolean;
  /** Takes back a command that has not travelled yet, and what was postponed after it. @returns whether there was one */
  withdraw(text: string, end: 'kept' | 'undone'): boolean;
  /** The error that has failed the transaction; null while it is sound. */
  firstError(): unknown;
  /** Whether there is still a transaction to go back in. */
  canUndo(): boolean;
  /** The transaction is sound again. */
  undone(): void;
}

/**
 * One savepoint. `ending`: its commands are under way, so nothing may be opened in it any more; `lost`: what is around
 * it ended first and took it along.
 */
interface Savepoint {
  readonly name: string;
  readonly around: Savepoint | undefined;
  state: 'open' | 'ending' | 'ended' | 'lost';
  /** What is told to who uses a lost one. */
  reason: NightshiftError | null;
}

/** In which savepoint of which stack the running code is. */
const inside = new AsyncLocalStorage<ReadonlyMap<SavepointStack, Savepoint>>();

/**
 * The savepoints of one transaction. PostgreSQL keeps them as a stack: one that was opened beside another would undo the
 * other's work, so only code inside the innermost one may open the next.
 */
export class SavepointStack {
  #open: Savepoint[] = [];

  get isEmpty(): boolean {
    return this.#open.length === 0;
  }

  /** The transaction has ended, and all its savepoints with it: `reason` makes what their functions are told. */
  clear(reason: () => NightshiftError = lost): void {
    this.#loseFrom(0, reason);
  }

  /**
   * Refuses what comes from inside a savepoint that was taken along by the one around it: it was undone, and what is
   * done in its name now would stay.
   * @throws NightshiftError TRANSACTION_CONTROL
   */
  refuseLost(): void {
    const here = inside.getStore()?.get(this);
    if (here !== undefined) refuseIfLost(here);
  }

  /**
   * Runs `fn` behind a savepoint: when it throws, or leaves a failed statement or an open savepoint behind, its
   * statements are undone.
   * @throws NightshiftError TRANSACTION_CONTROL for a savepoint beside another one, or one that outlives the one around
   *   it; the error of the statement that failed in it
   * @param prefix of its name; its commands travel by themselves then. Default: that of all others, whose commands travel
   *   with the next statement where they can
   */
  async run<T>(host: SavepointHost, fn: () => Promise<T>, prefix?: string): Promise<T> {
    const savepoint = this.#push(prefix ?? 'ns_savepoint_');
    const opening = `savepoint ${savepoint.name}`;
    let begun = false;
    try {
      if (prefix !== undefined || !host.postpone(opening)) await host.command(opening);
      begun = true;
      refuseIfLost(savepoint);
      const value = await inside.run(new Map(inside.getStore()).set(this, savepoint), fn);
      this.#end(savepoint);
      const failed = host.firstError();
      if (failed !== null) throw failed;
      if (!host.withdraw(opening, 'kept')) await release(host, savepoint, prefix === undefined);
      return value;
    } catch (thrown) {
      // A statement that nobody awaited may have failed before the release: that is what went wrong.
      const error = savepoint.state === 'ending' ? (host.firstError() ?? thrown) : thrown;
      if (begun && savepoint.state !== 'lost' && host.canUndo()) {
        savepoint.state = 'ending';
        this.#loseFrom(this.#open.indexOf(savepoint) + 1, lost);
        const closing = `rollback to savepoint ${savepoint.name}; release savepoint ${savepoint.name}`;
        if (!host.withdraw(opening, 'undone')) await host.command(closing);
        host.undone();
      }
      throw error;
    } finally {
      this.#pop(savepoint);
    }
  }

  /** Opens the next one, if the code that runs is in the innermost one. */
  #push(prefix: string): Savepoint {
    const innermost = this.#open.at(-1);
    const around = this.#around();
    if (around !== innermost || around?.state === 'ending') {
      throw new NightshiftError(
        'TRANSACTION_CONTROL',
        'Savepoints must nest: await one before opening the next.',
      );
    }
    const name = `${prefix}${this.#open.length + 1}`;
    const savepoint: Savepoint = { name, around, state: 'open', reason: null };
    this.#open.push(savepoint);
    return savepoint;
  }

  /** The savepoint in which the running code is; those that have ended since are passed over. */
  #around(): Savepoint | undefined {
    let here = inside.getStore()?.get(this);
    while (here?.state === 'ended') here = here.around;
    return here;
  }

  /** Its function has returned. */
  #end(savepoint: Savepoint): void {
    refuseIfLost(savepoint);
    if (this.#open.at(-1) !== savepoint) {
      throw new NightshiftError(
        'TRANSACTION_CONTROL',
        'Savepoints must nest: one that was opened inside has not ended.',
      );
    }
    savepoint.state = 'ending';
  }

  #pop(savepoint: Savepoint): void {
    if (savepoint.state === 'lost') return;
    const depth = this.#open.indexOf(savepoint);
    this.#loseFrom(depth + 1, lost);
    this.#open.length = depth;
    savepoint.state = 'ended';
  }

  #loseFrom(depth: number, reason: () => NightshiftError): void {
    // An error has a stack, which costs more than all else at the end of a session without savepoints.
    if (this.#open.length <= depth) return;
    const error = reason();
    for (const savepoint of this.#open.splice(depth)) {
      savepoint.state = 'lost';
      savepoint.reason = error;
    }
  }
}

async function release(host: SavepointHost, { name }: Savepoint, mayWait: boolean): Promise<void> {
  const closing = `release savepoint ${name}`;
  if (!mayWait || !host.postpone(closing)) await host.command(closing);
}

function refuseIfLost(savepoint: Savepoint): void {
  if (savepoint.state === 'lost') throw savepoint.reason;
}

function lost(): NightshiftError {
  return new NightshiftError(
    'TRANSACTION_CONTROL',
    'The savepoint is gone: the one around it, or the transaction, ended before it did.',
  );
}
