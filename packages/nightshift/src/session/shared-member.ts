import type pg from 'pg';
import { classifyFailure, SQLSTATE_READ_ONLY } from '../database/index.ts';
import type { RightsNotice } from './rights-notice.ts';
import type { SlotLease } from './slot-lease.ts';
import type { SentQuery } from './slot-wire.ts';
import type { Slot } from './slots.ts';
import { leavesTraces } from './statement-guard.ts';
import type { TransactionFrame } from './transaction-frame.ts';
import { Unopened } from './unopened.ts';

/** What a session that shares a transaction asks of that. */
export interface MemberLine {
  readonly lease: SlotLease;
  readonly rights: RightsNotice;
  /** Whether nothing had been done on the slot before the current one began. */
  readonly mayMove: boolean;
  /** Whether statements may be sent before their session's turn. Takes a slot that is ready at once. */
  mayRunAhead(): boolean;
  /** The one whose turn it is. */
  readonly current: SharedMember | undefined;
  /** Begins it with what its session sends next. */
  begin(member: SharedMember, slot: Slot): Promise<unknown>;
  /** Sends the first statements that may be sent now. */
  sendReady(): void;
  /** Undoes what those behind the current one have sent. Null: nothing. */
  callBack(): Promise<void> | null;
  /** What the current one has done is undone, by what is sent next. */
  undo(member: SharedMember): void;
  /** It could not be opened on its slot: nothing was done there. */
  leave(): void;
  /** The connection is of no more use. */
  spoil(): void;
  refuse(reason: unknown): void;
  noteCursors(): void;
  noteTraces(): void;
  /** It is over: it is the next one's turn. */
  over(member: SharedMember): void;
}

/** The first statement of a session, while it waits for its answer. */
export interface FirstStatement {
  readonly config: SentQuery;
  readonly answer: PromiseWithResolvers<pg.QueryResult>;
}

/** What the database has answered. */
export interface FirstAnswer {
  readonly result: pg.QueryResult | null;
  readonly error: unknown;
  /** What goes before the statement has failed already. */
  readonly unopened: boolean;
}

/**
 * The place of a session in the line of those that share a transaction. They have their turns one after another. But while
 * one waits for the answer to its first statement, the next one begins, and its first statement is sent at once. It gets the
 * answer when its turn has come; if one before it has sent another statement meanwhile, or did not end well, what was
 * sent is undone, and sent again. Its code cannot tell.
 */
export class SharedMember implements TransactionFrame {
  readonly lease: SlotLease;
  readonly rights: RightsNotice;
  readonly line: MemberLine;
  readonly #waits: () => void;
  #first: FirstStatement | null = null;
  #hasAsked = false;
  /** Of a statement that was sent ahead, until its session's turn. */
  #answer: FirstAnswer | null = null;
  #turn: PromiseWithResolvers<void> | null = null;
  /** The number of its savepoint; 0 while nothing of it is sent. */
  #level = 0;
  /** Changes when what was sent does not count any more. */
  #sending = 0;
  #goesOn = false;
  #undone = false;
  #over = false;
  /** Its turn will never come: it is to end. */
  isLost = false;
  /** Called when it waits for its turn. */
  onWaits: (() => void) | null = null;
  /** Called when its turn has come. */
  onTurn: (() => void) | null = null;
  /** Called when its turn will never come. */
  onLost: (() => void) | null = null;

  /** @param waits called when its session waits for the answer to its first statement */
  constructor(line: MemberLine, waits: () => void) {
    this.lease = line.lease;
    this.rights = line.rights;
    this.line = line;
    this.#waits = waits;
  }

  get mayMove(): boolean {
    return this.isCurrent && this.line.mayMove;
  }

  get isCurrent(): boolean {
    return this.line.current === this;
  }

  get level(): number {
    return this.#level;
  }

  /** A statement that waits to be sent; null: none. What was undone for good must not be sent again until its session has ended. */
  get ready(): FirstStatement | null {
    return this.#level === 0 && !this.isLost ? this.#first : null;
  }

  /** Whether the next one may be sent behind it: it has sent its first statement, and nothing else so far. */
  get mayBeFollowed(): boolean {
    return this.#level > 0 && !this.#goesOn && !this.#undone;
  }

  /** Whether others may have begun behind its first statement. */
  get hasAsked(): boolean {
    return this.#hasAsked;
  }

  /** Whether it has sent one statement at most, and ended well. */
  get keptToOne(): boolean {
    return !this.#goesOn && !this.#undone;
  }

  first(config: SentQuery): Promise<pg.QueryResult> | null {
    if (!this.line.mayRunAhead() || this.#hasAsked || this.#goesOn) return null;
    const answer = Promise.withResolvers<pg.QueryResult>();
    this.#first = { config, answer };
    this.#hasAsked = true;
    if (!this.isCurrent) this.onWaits?.();
    this.line.sendReady();
    this.#waits();
    return answer.promise;
  }

  turn(): Promise<void> | null {
    this.#goesOn = true;
    if (this.isCurrent) return this.line.callBack();
    this.onWaits?.();
    this.#turn ??= Promise.withResolvers();
    return this.#turn.promise.then(() => this.line.callBack() ?? undefined);
  }

  begin(slot: Slot): Promise<unknown> {
    return this.line.begin(this, slot);
  }

  /** Notes that something of it is sent behind a savepoint. @returns the number by which its answer is known */
  sent(level: number): number {
    this.#level = level;
    return ++this.#sending;
  }

  /** What was sent of it is undone, and does not count. */
  unsent(): void {
    this.#level = 0;
    this.#sending++;
    this.#answer = null;
  }

  answered(sending: number, answer: FirstAnswer): void {
    if (sending !== this.#sending) return;
    if (this.isCurrent) this.#handOver(answer);
    else this.#answer = answer;
  }

  /** Its turn has come. */
  take(): void {
    this.onTurn?.();
    this.#turn?.resolve();
    if (this.#answer !== null) this.#handOver(this.#answer);
  }

  /** Its turn will never come. Its session is told by `onLost`, when all are lost that are to be. */
  lose(): void {
    this.unsent();
    this.isLost = true;
  }

  #handOver({ result, error, unopened }: FirstAnswer): void {
    const first = this.#first;
    this.#answer = null;
    if (unopened && this.#level === 1 && this.line.mayMove) {
      this.#first = null;
      this.line.leave();
      first?.answer.reject(new Unopened(error));
      return;
    }
    if (unopened) this.line.spoil();
    if (result === null && this.#level > 1 && isOfTheOneBefore(error)) {
      this.#again();
      return;
    }
    this.#first = null;
    if (result === null) first?.answer.reject(error);
    else first?.answer.resolve(result);
  }

  #again(): void {
    this.line.undo(this);
    this.unsent();
    this.line.sendReady();
  }

  /** It has ended well: what it did stays, if the whole stays. */
  async commit(): Promise<void> {}

  /** It is undone: by what is sent next. */
  async rollback(): Promise<void> {
    this.#undone = true;
    if (this.#level > 0) this.line.undo(this);
  }

  leavesTraces(keyword: string, text: string): boolean {
    const leaves = leavesTraces(keyword, text);
    if (leaves || keyword === 'DECLARE') this.line.noteCursors();
    return leaves;
  }

  refuse(reason: unknown): void {
    if (!this.isLost) this.line.refuse(reason);
    this.#turn?.reject(reason);
    this.#first?.answer.reject(reason);
  }

  async clean(): Promise<void> {
    this.line.noteTraces();
  }

  release(fit: boolean): void {
    if (this.#over) return;
    this.#over = true;
    if (!fit) this.line.spoil();
    this.line.over(this);
  }
}

/** That nothing may be written ends with the savepoint of the session that has said so. */
function isOfTheOneBefore(error: unknown): boolean {
  return classifyFailure(error).code === SQLSTATE_READ_ONLY;
}
