import type pg from 'pg';
import {
  classifyFailure,
  type Executor,
  SQLSTATE_CLAIM_LOST,
  SQLSTATE_QUERY_CANCELED,
  type Statement,
} from '../database/index.ts';
import { isNightshiftError, NightshiftError } from '../foundation/index.ts';
import type { CommitFence } from './commit-fence.ts';
import { type SavepointHost, SavepointStack } from './savepoint-stack.ts';
import { SLOT_CLEANING } from './session.sql.ts';
import type { QueryConfig, QueryResult, SessionDatabase } from './session.ts';
import { unawaited } from './session-errors.ts';
import { named, quietly, type SentQuery, sendBound, together } from './slot-wire.ts';
import type { Slot, SlotIdentity, SlotPool } from './slots.ts';
import { streamOf } from './socket.ts';
import { guardStatement, leavesTraces } from './statement-guard.ts';

/**
 * The one transaction at a time of a session, on a slot that it holds from its first statement to its end. Begins
 * lazily; every COMMIT passes the fence.
 */
export class SessionTransaction implements SessionDatabase, Executor {
  readonly #slots: SlotPool;
  readonly #identity: SlotIdentity;
  readonly #fence: CommitFence | null;
  #slot: Slot | null = null;
  #acquiring: Promise<Slot> | null = null;
  #open = false;
  #pending = 0;
  readonly #savepoints = new SavepointStack();
  #firstError: unknown = null;
  /** Why nothing more can be done: stopped, or a commit that failed, also when user code swallowed that. */
  #ended: unknown = null;
  #closed = false;
  #broken = false;
  /** User code may have changed something that outlives its transaction. */
  #traces = false;

  constructor(slots: SlotPool, identity: SlotIdentity, fence: CommitFence | null) {
    this.#slots = slots;
    this.#identity = identity;
    this.#fence = fence;
  }

  /** Whether a transaction is open: something was asked of the database since the last commit. */
  get open(): boolean {
    return this.#open;
  }

  /** Queries sent and not yet answered. */
  get pending(): number {
    return this.#pending;
  }

  /** The backend that works for this session; null before its first statement. */
  get backend(): number | null {
    return this.#slot?.backend ?? null;
  }

  /** The first error of the open transaction that was not undone by a savepoint; null when it is sound. */
  get firstError(): unknown {
    return this.#firstError;
  }

  query<Row>(text: string | QueryConfig, values?: readonly unknown[]): Promise<QueryResult<Row>> {
    // A forgotten await fails the run as UNAWAITED_QUERY; it must not end the process as well.
    return quietly(this.#query(text, values));
  }

  async #query<Row>(text: string | QueryConfig, more?: readonly unknown[]): Promise<QueryResult<Row>> {
    const config =
      typeof text === 'string' ? { text, values: more } : { text: text.text, values: more ?? text.values };
    const keyword = guardStatement(config.text);
    if (leavesTraces(keyword, config.text)) this.#traces = true;
    // Parameters force the extended protocol, which takes one statement a message: that is what the guard relies on.
    const answer = await this.#send({
      text: config.text,
      values: config.values ?? [],
      queryMode: 'extended',
    });
    return { rows: answer.rows as Row[], rowCount: answer.rowCount ?? 0, command: answer.command };
  }

  /** Runs a statement of the platform in this transaction, with the rights of the session. */
  async run<Row>(target: Statement, values: readonly unknown[]): Promise<Row[]> {
    const answer = await this.#send({ name: target.name, text: target.text, values });
    return answer.rows as Row[];
  }

  savepoint<T>(fn: () => Promise<T>): Promise<T> {
    return quietly(this.#savepoints.run(this.#savepointHost, fn));
  }

  /** What the stack of savepoints asks of its transaction. */
  readonly #savepointHost: SavepointHost = {
    command: (text) => this.#control(text),
    firstError: () => this.#firstError,
    canUndo: () => this.#ended === null && !this.#broken,
    undone: () => {
      this.#firstError = null;
    },
  };

  /**
   * Commits what is open, behind the fence. `last` also removes the task; then there is nothing to do without an open
   * transaction, and the caller removes the task itself.
   * @throws NightshiftError CLAIM_LOST, COMMIT_UNKNOWN, or the error that had failed the transaction
   */
  commit(last: boolean): Promise<void> {
    return quietly(this.#commit(last));
  }

  async #commit(last: boolean): Promise<void> {
    this.#refuseIfEnded();
    if (this.#pending > 0) throw unawaited(this.#pending);
    if (this.#firstError !== null) throw this.#firstError;
    if (!this.#open || this.#slot === null) return;
    if (!this.#savepoints.isEmpty) throw new NightshiftError('TRANSACTION_CONTROL', 'A savepoint is open.');
    const { client } = this.#slot;
    const guard = this.#fence === null ? null : last ? this.#fence.complete : this.#fence.check;
    const [fenced, committed] = together(client, () => [
      guard === null ? Promise.resolve() : sendBound(client, guard),
      client.query('commit'),
    ]);
    this.#open = false;
    this.#pending++;
    const [fenceResult, commitResult] = await Promise.allSettled([fenced, committed]);
    this.#pending--;
    if (fenceResult.status === 'rejected') this.#fail(fenceResult.reason);
    if (commitResult.status === 'rejected') this.#fail(commitResult.reason);
    if (commitResult.value.command !== 'COMMIT') {
      this.#fail(new NightshiftError('DATABASE_ERROR', 'The transaction had failed and was rolled back.'));
    }
  }

  /** Rolls back what is open. Never throws: a connection that cannot roll back is ended, which does the same. */
  async rollback(): Promise<void> {
    this.#firstError = null;
    this.#savepoints.clear();
    if (!this.#open || this.#slot === null) return;
    this.#open = false;
    await this.#slot.client.query('rollback').catch(() => {
      this.#broken = true;
    });
  }

  /**
   * Refuses every further use with `reason`; the transaction itself is ended by `close`. A statement that runs now is
   * about to be cancelled, and a cancel that comes late must not hit the next session on this connection.
   */
  seal(reason: NightshiftError): void {
    this.#ended ??= reason;
    if (this.#pending > 0) this.#broken = true;
  }

  /** Ends the connection at once: the server rolls back, and nothing of this session can commit any more. */
  destroy(): void {
    this.#broken = true;
    this.#open = false;
    if (this.#slot !== null) streamOf(this.#slot.client).destroy();
  }

  /** Gives the slot back; an open transaction is rolled back first. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.rollback();
    if (this.#traces) await this.#wipe();
    const slot = this.#slot ?? (await this.#acquiring?.catch(() => null)) ?? null;
    this.#slot = this.#acquiring = null;
    if (slot !== null) this.#slots.release(slot, !this.#broken);
  }

  async #send(config: SentQuery): Promise<pg.QueryResult> {
    this.#pending++;
    try {
      const answer = await this.#exchange(config, true);
      if (this.#slot !== null) this.#checkStatus(this.#slot);
      return answer;
    } catch (error) {
      if (!isNightshiftError(error)) this.#firstError ??= error;
      // A prepared form that no longer fits its tables is made anew on another connection; a late cancel must not hit
      // the next session on this one.
      const { kind, code } = classifyFailure(error);
      if (kind === 'connection' || kind === 'schema' || code === SQLSTATE_QUERY_CANCELED) this.#broken = true;
      throw error;
    } finally {
      this.#pending--;
    }
  }

  /** Sends a statement, behind the preamble when it is the first of its transaction. */
  async #exchange(config: SentQuery, mayMove: boolean): Promise<pg.QueryResult> {
    this.#refuseIfEnded();
    const slot = this.#slot ?? this.#takeSlot() ?? (await this.#acquireSlot());
    this.#refuseIfEnded();
    const [begun, answered] = together(slot.client, () => [
      this.#open ? null : this.#begin(slot),
      quietly(slot.client.query(named(config, slot) as pg.QueryConfig)),
    ]);
    try {
      // Both are on their way; the preamble's error explains the statement's.
      if (begun !== null) await begun;
    } catch (error) {
      // A connection that died while it was idle: nothing was done on it, so another one will do.
      if (!mayMove || this.#pending > 1 || classifyFailure(error).kind !== 'connection') throw error;
      this.#leaveSlot(slot);
      return this.#exchange(config, false);
    }
    return await answered;
  }

  #leaveSlot(slot: Slot): void {
    if (this.#slot !== slot) return; // the session ended meanwhile, and gave it back itself
    this.#open = false;
    this.#slot = null;
    this.#acquiring = null;
    this.#slots.release(slot, false);
  }

  /** A command of our own about the transaction. */
  async #control(text: string): Promise<void> {
    await this.#send({ text, values: [], command: true });
  }

  #begin(slot: Slot): Promise<unknown> {
    this.#open = true;
    return slot.client.query(slot.preamble);
  }

  #takeSlot(): Slot | null {
    if (this.#acquiring !== null) return null;
    this.#slot = this.#slots.take(this.#identity);
    return this.#slot;
  }

  /** Statements of one session that run side by side share its slot: only the first asks for one. */
  async #acquireSlot(): Promise<Slot> {
    this.#acquiring ??= this.#slots.acquire(this.#identity);
    try {
      this.#slot = await this.#acquiring;
      return this.#slot;
    } catch (error) {
      this.#acquiring = null;
      throw error;
    }
  }

  /** The second line behind the guard: whatever left the transaction costs the connection. */
  #checkStatus(slot: Slot): void {
    const status = slot.client.getTransactionStatus();
    if (this.#open && status === 'I') {
      this.destroy();
      const error = new NightshiftError(
        'TRANSACTION_CONTROL',
        "A statement ended the session's transaction.",
      );
      this.seal(error);
      throw error;
    }
    // ROLLBACK TO by user code has made the transaction sound again.
    if (status === 'T' && this.#pending === 1) this.#firstError = null;
  }

  /** Takes back what user code set for the whole connection. */
  async #wipe(): Promise<void> {
    this.#traces = false;
    await this.#slot?.client.query(SLOT_CLEANING).catch(() => {
      this.#broken = true;
    });
  }

  #refuseIfEnded(): void {
    if (this.#ended !== null) throw this.#ended;
    if (this.#closed)
      throw new NightshiftError(
        'SESSION_ENDED',
        'The session has ended: its handle cannot be used any more.',
      );
  }

  #fail(error: unknown): never {
    const { kind, code } = classifyFailure(error);
    let reason = error;
    if (code === SQLSTATE_CLAIM_LOST) {
      reason = new NightshiftError('CLAIM_LOST', 'Another server instance owns this work now.', {
        cause: error,
      });
    } else if (kind === 'connection') {
      this.#broken = true;
      const text = 'The connection broke before the commit was answered.';
      reason = new NightshiftError('COMMIT_UNKNOWN', text, { cause: error });
    }
    this.#ended ??= reason;
    throw reason;
  }
}
