import { streamOf } from '../database/index.ts';
import { commitFailure, sendCommit } from './commit.ts';
import type { BoundStatement } from './commit-fence.ts';
import { afterMember, MEMBER_SAVEPOINT, UNDO_MEMBER } from './session.sql.ts';
import { SlotLease } from './slot-lease.ts';
import { cleaned, commanded } from './slot-wire.ts';
import type { Slot, SlotIdentity, SlotPool } from './slots.ts';
import { leavesTraces } from './statement-guard.ts';
import type { TransactionFrame } from './transaction-frame.ts';

/** Where the transaction stands: in a session that runs, or behind one that was kept or undone. */
type Place = 'inside' | 'kept' | 'undone';

/**
 * One transaction of several sessions of one user in one company, which run one after another, each behind a savepoint.
 * To each of them it is the frame of its own transaction. What the end of one and the beginning of the next have to say
 * travels with the next one's first statement, so that a session of one statement costs one round trip.
 */
export class SharedTransaction implements TransactionFrame {
  readonly lease: SlotLease;
  /** Null while nothing is open. */
  #slot: Slot | null = null;
  #place: Place = 'inside';
  #mayMove = true;
  /** The connection is of no more use. */
  #spoilt = false;
  #stopped = false;
  #hasTraces = false;
  /** One of them may have opened cursors that it has left open. */
  #hasCursors = false;

  constructor(slots: SlotPool, identity: SlotIdentity) {
    this.lease = new SlotLease(slots, identity);
  }

  get mayMove(): boolean {
    return this.#mayMove;
  }

  /**
   * Whether nothing of it may commit: something happened that cannot be undone for one session alone, or one of them was
   * told to stop.
   */
  get isToBeUndone(): boolean {
    return this.#spoilt || this.#stopped;
  }

  /** The backend that works for it; null before the first statement. */
  get backend(): number | null {
    return this.lease.slot?.backend ?? null;
  }

  begin(slot: Slot): Promise<unknown> {
    const isFirst = slot !== this.#slot;
    // On another slot it begins anew: nothing had been done on the first one.
    if (isFirst) this.#spoilt = false;
    const text = isFirst ? `${slot.preamble}; ${MEMBER_SAVEPOINT}` : this.#next(slot);
    this.#mayMove = isFirst;
    this.#slot = slot;
    this.#place = 'inside';
    return commanded(slot.client, text, () => {
      this.#spoilt = true;
    });
  }

  #next(slot: Slot): string {
    if (this.#place === 'undone') return UNDO_MEMBER;
    return `${afterMember(slot.identityAgain, this.#hasCursors)}; ${MEMBER_SAVEPOINT}`;
  }

  /** A session has ended well: what it did stays, if the whole stays. */
  async commit(): Promise<void> {
    this.#place = 'kept';
  }

  /** A session is undone: by what is sent next. */
  async rollback(): Promise<void> {
    this.#place = 'undone';
  }

  leavesTraces(keyword: string, text: string): boolean {
    const leaves = leavesTraces(keyword, text);
    if (leaves || keyword === 'DECLARE') this.#hasCursors = true;
    return leaves;
  }

  refuse(reason: unknown): void {
    this.#stopped = true;
    this.lease.refuse(reason);
  }

  async clean(): Promise<void> {
    this.#hasTraces = true;
  }

  /** A session is over; the slot stays. */
  release(fit: boolean): void {
    if (!fit) this.#spoilt = true;
  }

  /**
   * Commits what the sessions have done. Nothing may be spoilt, and the last session must be over.
   * @param fence raises when one of their claims is lost
   * @throws NightshiftError CLAIM_LOST or COMMIT_UNKNOWN, or the database's error; nothing was committed then, or nobody
   *   knows. Its backend must be ended in the latter case
   */
  async commitAll(fence: BoundStatement): Promise<void> {
    const slot = this.#slot;
    if (slot === null) return;
    // The last one, too, may have changed who and where the transaction is.
    const before = this.#place === 'undone' ? UNDO_MEMBER : afterMember(slot.identityAgain, this.#hasCursors);
    try {
      await sendCommit(slot.client, fence, before);
      this.#slot = null;
    } catch (error) {
      this.#spoilt = true;
      throw commitFailure(error);
    }
  }

  /**
   * Ends it: what is not committed is rolled back, and the slot given back. Never throws.
   * @param endBackend ends the backend at once; closing the socket is not enough, since one that is at work notices that
   *   only when its statement ends
   */
  async end(endBackend: (backend: number) => void): Promise<void> {
    const { slot } = this.lease;
    if (slot !== null && this.#spoilt) {
      streamOf(slot.client).destroy();
      if (this.#slot !== null) endBackend(slot.backend);
    } else if (slot !== null) {
      await this.#settle(slot).catch(() => {
        this.#spoilt = true;
      });
    }
    this.#slot = null;
    this.lease.release(() => !this.#spoilt);
  }

  async #settle(slot: Slot): Promise<void> {
    if (this.#slot !== null) await slot.client.query('rollback');
    if (this.#hasTraces) await cleaned(slot);
  }
}
