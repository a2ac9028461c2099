import type pg from 'pg';
import { type Executor, type Opening, type Statement, streamOf } from '../database/index.ts';
import { isNightshiftError, NightshiftError } from '../foundation/index.ts';
import { commitFailure } from './commit.ts';
import { ConnectionState } from './connection-state.ts';
import { lentRightsOf } from './lending-host.ts';
import type { LentRights } from './lent-rights.ts';
import { RightsNotice } from './rights-notice.ts';
import { SavepointedTransaction } from './savepointed-transaction.ts';
import type { QueryConfig, QueryResult, SessionDatabase } from './session.ts';
import { guarded, lookAfter, transactionLeft, wiped } from './session-bounds.ts';
import { lockRefused, sessionEnded, unawaited } from './session-errors.ts';
import type { SlotLease } from './slot-lease.ts';
import { type Asked, quietly, type SentQuery, sendInTime, together, userQuery } from './slot-wire.ts';
import type { Slot } from './slots.ts';
import { isUndoneWholly, wantsLook } from './statement-guard.ts';
import { StatementTally } from './statement-tally.ts';
import type { TransactionFrame } from './transaction-frame.ts';
import type { SavepointTransaction } from './transaction-savepoints.ts';
import type { TransactionSurroundings } from './transaction-surroundings.ts';
import { Unopened } from './unopened.ts';

/**
 * The one transaction at a time of a session, on a slot that it holds from its first statement to its end. Begins
 * lazily; how it begins and ends, its frame knows.
 */
export class SessionTransaction extends SavepointedTransaction implements SessionDatabase, Executor {
  readonly #frame: TransactionFrame;
  readonly #lease: SlotLease;
  readonly #surroundings: TransactionSurroundings;
  #open = false;
  #pending = 0;
  #lent: LentRights | null = null;
  readonly #rights: RightsNotice;
  /** What it has sent so far. */
  readonly tally = new StatementTally();
  /** The answer to what has begun the open one, while it is missing; null: none is, or it is there. */
  #beginning: Promise<unknown> | null = null;
  /** The statement that was sent last. */
  #sent: Promise<unknown> | null = null;
  #firstError: unknown = null;
  /** Why nothing more can be done: stopped, or a commit that failed, also when user code swallowed that. */
  #ended: unknown = null;
  #closed = false;
  readonly #connection = new ConnectionState();
  #committedBy: number | null = null;

  constructor(frame: TransactionFrame, surroundings: TransactionSurroundings) {
    super(surroundings);
    this.#frame = frame;
    this.#lease = frame.lease;
    this.#surroundings = surroundings;
    this.#rights = frame.rights ?? new RightsNotice(surroundings);
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
    const keyword = guarded(this, statement);
    // PostgreSQL lets who reads lock tables against those who write.
    if (keyword === 'LOCK' && this.#frame.readsOnly === true) throw lockRefused();
    const leavesTraces = this.#frame.leavesTraces(keyword, statement);
    if (leavesTraces) this.#connection.hasTraces = true;
    const send = () => this.#send(userQuery(text, more, keyword), !leavesTraces && isUndoneWholly(keyword));
    const { rows, rowCount, command, fields } = await this.followed(keyword, statement, send);
    if (leavesTraces && wantsLook(statement)) await this.#look(statement);
    return { rows: rows as Row[], rowCount: rowCount ?? 0, command, fields };
  }

  escaped(error: NightshiftError, statement: string): void {
    this.seal(error);
    this.#surroundings.trail().escaped(error, statement);
  }

  async #look(statement: string): Promise<void> {
    const { slot } = this.#lease;
    if (slot === null || this.#ended !== null || this.#firstError !== null) return;
    this.#pending++;
    const role = this.#lent?.role ?? slot.role;
    await lookAfter(this, slot, { role, statement }).finally(() => this.#pending--);
  }

  /** Runs a statement of the platform in this transaction, with the rights of the session. */
  async run<Row>(target: Statement, values: readonly unknown[]): Promise<Row[]> {
    const answer = await this.#send({ name: target.name, text: target.text, values });
    return answer.rows as Row[];
  }

  /** Runs `work` with the rights that are lent under a number; when it throws, its statements are undone. */
  lend<T>(no: number, work: () => Promise<T>): Promise<T> {
    this.#lent ??= lentRightsOf(this, this.#lease, this.#surroundings.clock);
    return quietly(this.#lent.run(no, work));
  }

  protected override forSavepoints(): SavepointTransaction {
    const canUndo = () => this.#ended === null && !this.#connection.isBroken;
    return {
      command: async (text) => void (await this.#send({ text, values: [], command: true })),
      isAtRest: () => this.#open && this.#pending === 0 && this.#firstError === null && canUndo(),
      firstError: () => this.#firstError,
      canUndo,
      undone: () => {
        this.#firstError = null;
      },
    };
  }

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
    if (this.hasOpenSavepoint) throw new NightshiftError('TRANSACTION_CONTROL', 'A savepoint is open.');
    this.#open = false;
    this.endSavepoints();
    this.#pending++;
    this.#committedBy = slot.backend;
    try {
      await this.#frame.commit(slot, last, this.#connection.isClean);
    } catch (error) {
      const reason = commitFailure(error);
      if (isNightshiftError(reason, 'COMMIT_UNKNOWN', 'CLAIM_LOST')) this.#connection.isBroken = true;
      this.#ended ??= reason;
      throw reason;
    } finally {
      this.#pending--;
    }
  }

  /** Rolls back what is open. Never throws: a connection that cannot roll back is ended, which does the same. */
  async rollback(): Promise<void> {
    this.#firstError = null;
    this.loseSavepoints(this.#closed ? sessionEnded : undefined);
    const { slot } = this.#lease;
    if (!this.#open || slot === null) return;
    this.#open = false;
    await this.#frame.rollback(slot).catch(() => {
      this.#connection.isBroken = true;
    });
  }

  /**
   * Refuses every further use with `reason`; the transaction itself is ended by `close`.
   * @param cancels a statement that runs is about to be cancelled; a cancel that comes late must not hit the next session
   */
  seal(reason: NightshiftError, cancels = true): void {
    this.#ended ??= reason;
    this.#frame.refuse(this.#ended);
    if (cancels && this.#pending > 0) this.#connection.isBroken = true;
  }

  /** Ends the connection at once: the server rolls back, and nothing of this session can commit any more. */
  destroy(): void {
    this.#connection.isBroken = true;
    this.#open = false;
    if (this.#lease.slot !== null) streamOf(this.#lease.slot.client).destroy();
  }

  /** Gives the slot back; an open transaction is rolled back first. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#open) await this.rollback();
    else this.loseSavepoints(sessionEnded);
    const { slot } = this.#lease;
    const { hasTraces } = this.#connection;
    if (hasTraces && slot !== null && !(await wiped(this.#frame, slot, this.#surroundings)))
      this.#connection.isBroken = true;
    this.#frame.release(this.#connection.isFit);
  }

  async #send(config: SentQuery, mayBeFirst = false): Promise<pg.QueryResult> {
    this.#pending++;
    this.tally.sent(config);
    try {
      const answer = await (mayBeFirst ? this.#first(config) : this.#exchange(config, true));
      this.tally.rows += answer.rowCount ?? 0;
      const status = this.#lease.slot?.client.getTransactionStatus();
      // The second line behind the guard: whatever left the transaction costs the connection.
      if (this.#open && status === 'I') throw transactionLeft(this, config.text);
      // ROLLBACK TO by user code has made the transaction sound again.
      if (status === 'T' && this.#pending === 1) this.#firstError = null;
      return answer;
    } catch (error) {
      const late = isNightshiftError(error, 'STATEMENT_TIMEOUT');
      // Where it was asked for, and not where its answer was read.
      if (error instanceof Error && !isNightshiftError(error)) Error.captureStackTrace(error);
      if (late || !isNightshiftError(error)) this.#firstError ??= error;
      const isRefused = this.#connection.failed(error, this.#frame.readsOnly === true);
      if (isRefused) this.#surroundings.trail().failed(error as Error, config.text);
      throw error;
    } finally {
      this.#pending--;
    }
  }

  /** As `#exchange`, for what the frame may send together with the first statements of others. */
  #first(config: SentQuery): Promise<pg.QueryResult> {
    const isFirst = !this.#open && !this.#closed && this.#ended === null;
    const answered = isFirst && config.timeoutMs === undefined ? this.#frame.first?.(config) : null;
    if (answered == null) return this.#exchange(config, true);
    this.#open = true;
    this.#sent = answered;
    if (!this.#frame.mayMove) return answered;
    this.#beginning = answered;
    const { slot } = this.#lease;
    return this.#answerTo({ config, slot, begun: answered, ahead: null, answered, mayMove: true });
  }

  /** Sends a statement, behind the preamble when it is the first of its transaction. */
  async #exchange(config: SentQuery, mayMove: boolean): Promise<pg.QueryResult> {
    this.refuseIfEnded();
    if (config.command !== true) {
      this.refuseLostSavepoint();
      this.#lent?.refuseOthers();
    }
    const turn = this.#frame.turn?.() ?? null;
    if (turn !== null) await turn;
    const slot = this.#lease.slot ?? this.#lease.take() ?? (await this.#lease.acquire());
    this.refuseIfEnded();
    const asked = together(slot.client, () => {
      const opening = this.#begin(slot, config);
      const ahead = this.sendWaitingSavepoints(slot.client);
      const answered = quietly(sendInTime(this.#surroundings, slot, config, { before: this.#sent, opening }));
      if (opening !== null) this.#beginning = answered;
      return { config, slot, begun: this.#beginning, ahead, answered, mayMove };
    });
    this.#sent = asked.answered;
    return this.#answerTo(asked);
  }

  async #answerTo({ config, slot, begun, ahead, answered, mayMove }: Asked): Promise<pg.QueryResult> {
    try {
      // All are on their way. When it cannot be opened, that explains their errors.
      if (begun !== null) await begun;
    } catch (error) {
      if (error instanceof Unopened) {
        // A connection that died while it was idle: nothing was done on it, so another one will do, in the same order.
        const moves = mayMove && this.#frame.mayMove && error.isOfConnection;
        this.#connection.isBroken ||= !moves;
        if (!moves) throw error.cause;
        if (slot !== null && this.#lease.leave(slot)) this.#open = false;
        return this.#exchange(config, false);
      }
    } finally {
      if (this.#beginning === begun) this.#beginning = null;
    }
    if (ahead !== null) await ahead;
    return await answered;
  }

  /** Opens the transaction unless it is open. @returns what the statement brings along for that; null: nothing */
  #begin(slot: Slot, { command }: SentQuery): Opening | null {
    if (this.#open) return this.#rights.look(slot);
    this.#open = true;
    if (this.#frame.rights === undefined) this.#rights.begun();
    const opening = command === true ? null : (this.#frame.opening ?? null);
    this.#beginning = opening === null ? this.#frame.begin(slot) : null;
    return opening;
  }

  /** @throws why nothing more can be done */
  refuseIfEnded(): void {
    if (this.#ended !== null) throw this.#ended;
    if (this.#closed) throw sessionEnded();
  }
}
