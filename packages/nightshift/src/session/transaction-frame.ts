import type pg from 'pg';
import { type Opening, opening } from '../database/index.ts';
import { sendCommit } from './commit.ts';
import type { CommitFence } from './commit-fence.ts';
import type { RightsNotice } from './rights-notice.ts';
import { IDENTITY } from './session.sql.ts';
import type { SessionSpec } from './session-spec.ts';
import { SlotLease } from './slot-lease.ts';
import { cleaned, commanded, type SentQuery, soon } from './slot-wire.ts';
import type { Slot, SlotPool } from './slots.ts';
import { leavesTraces } from './statement-guard.ts';

/** How the transaction of a session begins and ends: as one of its own, or as a part of one that is shared. */
export interface TransactionFrame {
  /** The slot that it works on. */
  readonly lease: SlotLease;
  /**
   * Sends what begins it and a first statement, perhaps before it is this session's turn; null: that is left to `begin`. Only
   * for statements that leave nothing behind when they are undone.
   */
  first?(config: SentQuery): Promise<pg.QueryResult> | null;
  /** Waits until the session may send its next statement; null: it may at once. */
  turn?(): Promise<void> | null;
  /** Sends what begins it. @throws Unopened */
  begin(slot: Slot): Promise<unknown>;
  /** What begins it when it is sent with the first statement; null: that is left to `begin`. */
  readonly opening?: Opening | null;
  /** What it knows of rights that change, when others know it, too. Default: what the session does. */
  readonly rights?: RightsNotice;
  /** Whether another slot would do when the beginning fails: nothing was done on this one. */
  readonly mayMove: boolean;
  /** Whether the database refuses every write in it. Default: false. */
  readonly readsOnly?: boolean;
  /**
   * Keeps its effects; sent before it returns. `last`: the session asks for nothing more. `fit`: nothing of it is left on
   * the connection, so that the next session may have it before the answer is there.
   */
  commit(slot: Slot, last: boolean, fit: boolean): Promise<void>;
  rollback(slot: Slot): Promise<unknown>;
  /** Whether a statement may leave something behind that `clean` takes back. */
  leavesTraces(keyword: string, text: string): boolean;
  /** The session was told to stop; who waits for the slot gets the reason. */
  refuse(reason: unknown): void;
  /** Takes back what user code has left on the connection. */
  clean(slot: Slot): Promise<unknown>;
  /** The session needs the slot no more. @param fit whether the connection is of use for others */
  release(fit: boolean): void;
}

/** What begins it in front of its first statement: BEGIN, and the identity that the slot was prepared for. */
const OPENING = opening({ text: 'begin' }, IDENTITY);
/** The same where nothing may be written. The identity is a query: from then on nothing can make the transaction READ WRITE again. */
const READ_ONLY_OPENING = opening({ text: 'begin read only' }, IDENTITY);

/** A transaction that one session has for itself. */
class OwnTransaction implements TransactionFrame {
  readonly mayMove = true;
  readonly lease: SlotLease;
  readonly #fence: CommitFence | null;
  readonly readsOnly: boolean;
  readonly #onLastCommit: (() => void) | null;

  /**
   * @param onLastCommit called when the last COMMIT is on its way: its slot then serves others already. Null: it does not
   *   before the answer is there
   */
  constructor(
    lease: SlotLease,
    fence: CommitFence | null,
    readOnly: boolean,
    onLastCommit: (() => void) | null,
  ) {
    this.lease = lease;
    this.#fence = fence;
    this.readsOnly = readOnly;
    this.#onLastCommit = onLastCommit;
  }

  get opening(): Opening {
    return this.readsOnly ? READ_ONLY_OPENING : OPENING;
  }

  begin({ client, readOnlyPreamble, preamble }: Slot): Promise<void> {
    return commanded(client, this.readsOnly ? readOnlyPreamble : preamble);
  }

  commit({ client }: Slot, last: boolean, fit: boolean): Promise<void> {
    const fence = this.#fence;
    const guard = fence === null ? null : last ? fence.complete : fence.check;
    if (!last || !fit || this.#onLastCommit === null) return sendCommit(client, guard);
    const committed = sendCommit(client, guard, null, soon);
    this.lease.handOver(committed.catch(() => undefined));
    this.#onLastCommit();
    return committed;
  }

  rollback({ client }: Slot): Promise<unknown> {
    return client.query('rollback');
  }

  leavesTraces(keyword: string, text: string): boolean {
    return leavesTraces(keyword, text);
  }

  refuse(reason: unknown): void {
    this.lease.refuse(reason);
  }

  clean(slot: Slot): Promise<unknown> {
    return cleaned(slot);
  }

  release(fit: boolean): void {
    this.lease.release(() => fit);
  }
}

/** The frame of a transaction that this session has for itself. */
export function ownTransaction(slots: SlotPool, spec: SessionSpec): TransactionFrame {
  const { user, company, fence, readOnly, onLastCommit, lentNo = null } = spec;
  const lease = new SlotLease(slots, { userNo: user.no, companyNo: company.no, lentNo });
  return new OwnTransaction(lease, fence, readOnly, onLastCommit ?? null);
}
