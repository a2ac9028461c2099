import { FIRE_DEFERRED, readTableActivity } from './recording.sql.ts';
import type { SlotLease } from './slot-lease.ts';
import type { Slot } from './slots.ts';
import type { TransactionFrame } from './transaction-frame.ts';

/** What was done with a table, also by functions and triggers. */
export interface TableActivity {
  readonly schema: string;
  readonly table: string;
  /** Scans, whether they found a row or not. */
  readonly reads: number;
  readonly inserts: number;
  readonly updates: number;
  readonly deletes: number;
}

/** Who is told what a recorded transaction does. */
export interface TransactionRecorder {
  /** Schemas of the tables that are looked at. */
  readonly schemas: readonly string[];
  /** Whether what was done is kept. Otherwise all of it is one transaction, which is rolled back; commits are not carried out. */
  readonly keeps: boolean;
  /** A statement of user code is about to be sent. */
  asked(text: string): void;
  /** What a transaction has done, before it ended; null when it could not be seen any more, because it had failed. */
  did(activity: readonly TableActivity[] | null): void;
}

/** A transaction that is watched: its statements, and what they do with tables. */
export class RecordedTransaction implements TransactionFrame {
  readonly #frame: TransactionFrame;
  readonly #recorder: TransactionRecorder;
  /** What the connection had done before; null: no transaction is open. */
  #before: Promise<readonly TableActivity[]> | null = null;
  #settled: Promise<void> = Promise.resolve();

  constructor(frame: TransactionFrame, recorder: TransactionRecorder) {
    this.#frame = frame;
    this.#recorder = recorder;
  }

  get lease(): SlotLease {
    return this.#frame.lease;
  }

  get mayMove(): boolean {
    return this.#frame.mayMove;
  }

  begin(slot: Slot): Promise<unknown> {
    // It goes on after a commit that was not carried out.
    if (this.#before !== null) return Promise.resolve();
    const begun = this.#frame.begin(slot);
    // Sent right behind it, before the first statement.
    this.#before = this.#activity(slot);
    return Promise.all([begun, this.#before]).catch((error: unknown) => {
      this.#before = null;
      throw error;
    });
  }

  async commit(slot: Slot, last: boolean, fit: boolean): Promise<void> {
    const { keeps } = this.#recorder;
    if (!last && !keeps) return;
    if (last) await slot.client.query(FIRE_DEFERRED);
    await this.#note(slot);
    if (keeps) await this.#frame.commit(slot, last, fit);
    else await this.#frame.rollback(slot);
  }

  async rollback(slot: Slot): Promise<unknown> {
    const noted = this.#note(slot).catch(() => this.#recorder.did(null));
    const undone = this.#frame.rollback(slot);
    await noted;
    return undone;
  }

  leavesTraces(keyword: string, text: string): boolean {
    this.#recorder.asked(text);
    return this.#frame.leavesTraces(keyword, text);
  }

  refuse(reason: unknown): void {
    this.#frame.refuse(reason);
  }

  clean(slot: Slot): Promise<unknown> {
    return this.#frame.clean(slot);
  }

  release(fit: boolean): void {
    const { slot } = this.lease;
    if (this.#before === null || slot === null) {
      this.#frame.release(fit);
      return;
    }
    // Its last commit was not carried out, and nothing came after it.
    this.#settled = this.rollback(slot).then(
      () => this.#frame.release(fit),
      () => this.#frame.release(false),
    );
  }

  /** Resolves when all is told and undone. */
  get settled(): Promise<void> {
    return this.#settled;
  }

  /** Tells what the open transaction has done. The question is sent before it returns. */
  async #note(slot: Slot): Promise<void> {
    const before = this.#before;
    if (before === null) return;
    this.#before = null;
    const [then, now] = await Promise.all([before, this.#activity(slot)]);
    this.#recorder.did(difference(then, now));
  }

  async #activity({ client }: Slot): Promise<readonly TableActivity[]> {
    const { text } = readTableActivity;
    const answer = await client.query<TableActivity>(text, [[...this.#recorder.schemas]]);
    return answer.rows;
  }
}

function difference(
  before: readonly TableActivity[],
  after: readonly TableActivity[],
): readonly TableActivity[] {
  return after.map((now) => {
    const then = before.find(({ schema, table }) => schema === now.schema && table === now.table);
    return {
      ...now,
      reads: now.reads - (then?.reads ?? 0),
      inserts: now.inserts - (then?.inserts ?? 0),
      updates: now.updates - (then?.updates ?? 0),
      deletes: now.deletes - (then?.deletes ?? 0),
    };
  });
}
