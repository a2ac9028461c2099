import type pg from 'pg';
import {
  classifyFailure,
  type Executor,
  SQLSTATE_QUERY_CANCELED,
  type Statement,
  streamOf,
} from '../database/index.ts';
import { isNightshiftError, NightshiftError } from '../foundation/index.ts';
import { commitFailure } from './commit.ts';
import { SavepointMarks, type SavepointObserver } from './savepoint-marks.ts';
import { type SavepointHost, SavepointStack } from './savepoint-stack.ts';
import type { QueryConfig, QueryResult, SessionDatabase } from './session.ts';
import { sessionEnded, unawaited } from './session-errors.ts';
import type { SlotLease } from './slot-lease.ts';
import { named, quietly, type SentQuery, sendQuery, together, userQuery } from './slot-wire.ts';
import type { Slot } from './slots.ts';
import { guardStatement } from './statement-guard.ts';
import { type StatementWatch, withinTime } from './statement-timeout.ts';
import type { TransactionFrame } from './transaction-frame.ts';

/**
 * The one transaction at a time of a session, on a slot that it holds from its first statement to its end. Begins
 * lazily; how it begins and ends, its frame knows.
 */
export class SessionTransaction implements SessionDatabase, Executor {
  readonly #frame: TransactionFrame;
  readonly #lease: SlotLease;
  readonly #watch: StatementWatch;
  #open = false;
  #pending = 0;
  readonly #savepoints = new SavepointStack();
  readonly #marks: SavepointMarks;
  #running: string | null = null;
  #statements = 0;
  #rows = 0;
  /** The statement that was sent last. */
  #sent: Promise<unknown> | null = null;
  #firstError: unknown = null;
  /** Why nothing more can be done: stopped, or a commit that failed, also when user code swallowed that. */
  #ended: unknown = null;
  #closed = false;
  /** The connection is of no use any more, or of none for another session. */
  #broken = false;
  #unfit = false;
  /** User code may have changed something that outlives its transaction. */
  #traces = false;
  #committedBy: number | null = null;

  constructor(frame: TransactionFrame, more: SavepointObserver & StatementWatch) {
    this.#frame = frame;
    this.#lease = frame.lease;
    this.#watch = more;
    this.#marks = new SavepointMarks(more);
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
    return this.#lease.slot?.backend ?? null;
  }

  /** Whether the backend works for this session only: another one's COMMIT is not on its way there. */
  get isAlone(): boolean {
    return this.#lease.slot?.answered == null;
  }

  /** The backend that was told to commit last; null when none was. */
  get committedBy(): number | null {
    return this.#committedBy;
  }

  /** The statement that the database works on, without its values; null when none. */
  get running(): string | null {
    return this.#pending === 0 ? null : (this.#running?.replace(/\s+/g, ' ').trim().slice(0, 300) ?? null);
  }

  /** Statements that were sent, without those about the transaction itself. */
  get statements(): number {
    return this.#statements;
  }

  /** Rows that they returned or changed. */
  get rows(): number {
    return this.#rows;
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
    const statement = typeof text === 'string' ? text : text.text;
    const keyword = guardStatement(statement);
    if (this.#frame.leavesTraces(keyword, statement)) this.#traces = true;
    const send = () => this.#send(userQuery(text, more, keyword));
    const { rows, rowCount, command, fields } = await this.#marks.follow(keyword, statement, send);
    return { rows: rows as Row[], rowCount: rowCount ?? 0, command, fields };
  }

  /** Runs a statement of the platform in this transaction, with the rights of the session. */
  async run<Row>(target: Statement, values: readonly unknown[]): Promise<Row[]> {
    const answer = await this.#send({ name: target.name, text: target.text, values });
    return answer.rows as Row[];
  }

  savepoint<T>(fn: () => Promise<T>): Promise<T> {
    return quietly(this.#savepoints.run(this.savepointHost, fn));
  }

  /** What a stack of savepoints asks of its transaction: the one here, or that of an isolate. */
  readonly savepointHost: SavepointHost = {
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
    this.refuseIfEnded();
    if (this.#pending > 0) throw unawaited(this.#pending);
    if (this.#firstError !== null) throw this.#firstError;
    const { slot } = this.#lease;
    if (!this.#open || slot === null) return;
    if (!this.#savepoints.isEmpty) throw new NightshiftError('TRANSACTION_CONTROL', 'A savepoint is open.');
    this.#open = false;
    this.#marks.clear();
    this.#pending++;
    this.#committedBy = slot.backend;
    const committed = this.#frame.commit(slot, last, !this.#traces && !this.#unfit && !this.#broken);
    try {
      await committed;
    } catch (error) {
      const reason = commitFailure(error);
      if (isNightshiftError(reason, 'COMMIT_UNKNOWN')) this.#broken = true;
      this.#ended ??= reason;
      throw reason;
    } finally {
      this.#pending--;
    }
  }

  /** Rolls back what is open. Never throws: a connection that cannot roll back is ended, which does the same. */
  async rollback(): Promise<void> {
    this.#firstError = null;
    this.#savepoints.clear(this.#closed ? sessionEnded : undefined);
    this.#marks.clear();
    const { slot } = this.#lease;
    if (!this.#open || slot === null) return;
    this.#open = false;
    await this.#frame.rollback(slot).catch(() => {
      this.#broken = true;
    });
  }

  /**
   * Refuses every further use with `reason`; the transaction itself is ended by `close`. A statement that runs now is
   * about to be cancelled, and a cancel that comes late must not hit the next session on this connection.
   */
  seal(reason: NightshiftError): void {
    this.#ended ??= reason;
    this.#frame.refuse(this.#ended);
    if (this.#pending > 0) this.#broken = true;
  }

  /** Ends the connection at once: the server rolls back, and nothing of this session can commit any more. */
  destroy(): void {
    this.#broken = true;
    this.#open = false;
    if (this.#lease.slot !== null) streamOf(this.#lease.slot.client).destroy();
  }

  /** Gives the slot back; an open transaction is rolled back first. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.rollback();
    if (this.#traces) await this.#wipe();
    this.#frame.release(!this.#broken && !this.#unfit);
  }

  async #send(config: SentQuery): Promise<pg.QueryResult> {
    this.#pending++;
    this.#running = config.text;
    if (config.command !== true) this.#statements++;
    try {
      const answer = await this.#exchange(config, true);
      this.#rows += answer.rowCount ?? 0;
      if (this.#lease.slot !== null) this.#checkStatus(this.#lease.slot);
      return answer;
    } catch (error) {
      const late = isNightshiftError(error, 'STATEMENT_TIMEOUT');
      // Where it was asked for, and not where its answer was read.
      if (error instanceof Error && !isNightshiftError(error)) Error.captureStackTrace(error);
      if (late || !isNightshiftError(error)) this.#firstError ??= error;
      // A prepared form that no longer fits its tables is made anew on another connection; a late cancel must not hit
      // the next session on this one.
      const { kind, code } = classifyFailure(error);
      if (kind === 'connection') this.#broken = true;
      if (kind === 'schema' || code === SQLSTATE_QUERY_CANCELED || late) this.#unfit = true;
      throw error;
    } finally {
      this.#pending--;
    }
  }

  /** Sends a statement, behind the preamble when it is the first of its transaction. */
  async #exchange(config: SentQuery, mayMove: boolean): Promise<pg.QueryResult> {
    this.refuseIfEnded();
    if (config.command !== true) this.#savepoints.refuseLost();
    const slot = this.#lease.slot ?? this.#lease.take() ?? (await this.#lease.acquire());
    this.refuseIfEnded();
    const [begun, answered] = together(slot.client, () => [
      this.#open ? null : this.#begin(slot),
      quietly(this.#timed(slot, config)),
    ]);
    try {
      // Both are on their way; the preamble's error explains the statement's.
      if (begun !== null) await begun;
    } catch (error) {
      // A connection that died while it was idle: nothing was done on it, so another one will do.
      if (
        !mayMove ||
        !this.#frame.mayMove ||
        this.#pending > 1 ||
        classifyFailure(error).kind !== 'connection'
      )
        throw error;
      if (this.#lease.leave(slot)) this.#open = false;
      return this.#exchange(config, false);
    }
    return await answered;
  }

  #timed(slot: Slot, config: SentQuery): Promise<pg.QueryResult> {
    const answered = sendQuery(slot.client, named(config, slot));
    const place = { backend: slot.backend, before: this.#sent ?? slot.answered };
    this.#sent = answered;
    if (config.timeoutMs === undefined) return answered;
    return withinTime(this.#watch, config.timeoutMs, answered, place);
  }

  /** A command of our own about the transaction. */
  async #control(text: string): Promise<void> {
    const keyword = text.slice(0, text.indexOf(' ')).toUpperCase();
    await this.#marks.follow(keyword, text, () => this.#send({ text, values: [], command: true }));
  }

  #begin(slot: Slot): Promise<unknown> {
    this.#open = true;
    return this.#frame.begin(slot);
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
    const { slot } = this.#lease;
    if (slot === null) return;
    await this.#frame.clean(slot).catch(() => {
      this.#broken = true;
    });
  }

  /** @throws why nothing more can be done */
  refuseIfEnded(): void {
    if (this.#ended !== null) throw this.#ended;
    if (this.#closed) throw sessionEnded();
  }
}
