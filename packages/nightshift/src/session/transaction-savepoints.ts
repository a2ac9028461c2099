import type pg from 'pg';
import { isAboutSavepoint, SavepointMarks, type SavepointObserver } from './savepoint-marks.ts';
import { type SavepointHost, SavepointStack } from './savepoint-stack.ts';
import { quietly, sendQuery } from './slot-wire.ts';

/** What the savepoints of a transaction ask of it. */
export interface SavepointTransaction extends Pick<SavepointHost, 'firstError' | 'canUndo' | 'undone'> {
  /** Sends a command by itself. */
  command(text: string): Promise<void>;
  /** Whether it is open, nothing is under way and nothing has failed: then a command about a savepoint of ours succeeds. */
  isAtRest(): boolean;
}

const OPENING = 'savepoint ';

/**
 * The savepoints of a session's transaction. By themselves their commands would take a round trip each, so they wait for the
 * next statement and travel in one write with it; a savepoint that no statement comes for is never sent. What a command means
 * holds as soon as it is said. Where it could fail it travels alone: its error would meet a statement that it has nothing to
 * do with.
 */
export class TransactionSavepoints {
  readonly #transaction: SavepointTransaction;
  readonly #stack = new SavepointStack();
  readonly #marks: SavepointMarks;
  readonly #waiting: string[] = [];
  /** User code has made or ended savepoints itself: whether ours are still there only PostgreSQL knows. */
  #hasForeign = false;
  /** What the stack asks: the one here, or that of an isolate. */
  readonly host: SavepointHost;

  constructor(observer: SavepointObserver, transaction: SavepointTransaction) {
    this.#transaction = transaction;
    this.#marks = new SavepointMarks(observer);
    const { firstError, canUndo, undone } = transaction;
    this.host = {
      command: (text) => this.#command(text),
      postpone: (text) => this.#postpone(text),
      withdraw: (opening, end) => this.#withdraw(opening, end),
      firstError,
      canUndo,
      undone,
    };
  }

  /** Whether none is open. */
  get isEmpty(): boolean {
    return this.#stack.isEmpty;
  }

  /** As `SavepointStack.run`. */
  run<T>(fn: () => Promise<T>, prefix?: string): Promise<T> {
    return this.#stack.run(this.host, fn, prefix);
  }

  /** As `SavepointStack.refuseLost`. */
  refuseLost(): void {
    this.#stack.refuseLost();
  }

  /** Sends a statement of user code, and follows what becomes of it. `keyword` is its first word, in capitals. */
  follow<T>(keyword: string, text: string, send: () => Promise<T>): Promise<T> {
    if (isAboutSavepoint(keyword)) this.#hasForeign = true;
    return this.#marks.follow(keyword, text, send);
  }

  /** Sends the commands that wait, as one message. @returns its answer; null when none do */
  sendWaiting(client: pg.Client): Promise<unknown> | null {
    if (this.#waiting.length === 0) return null;
    const text = this.#waiting.join('; ');
    this.#waiting.length = 0;
    return quietly(sendQuery(client, { text, values: [], command: true }));
  }

  /** The transaction has ended, and its savepoints with it. */
  over(): void {
    this.#hasForeign = false;
    this.#waiting.length = 0;
    this.#marks.clear();
  }

  /** The same in the midst of their functions. @param reason what these are told. Default: that their savepoint is gone */
  lose(reason: Parameters<SavepointStack['clear']>[0]): void {
    this.#stack.clear(reason);
    this.over();
  }

  #command(text: string): Promise<void> {
    const keyword = text.slice(0, text.indexOf(' ')).toUpperCase();
    return this.#marks.follow(keyword, text, () => this.#transaction.command(text));
  }

  #postpone(text: string): boolean {
    if (this.#hasForeign || !this.#transaction.isAtRest()) return false;
    this.#marks.foretold(text);
    this.#waiting.push(text);
    return true;
  }

  #withdraw(opening: string, end: 'kept' | 'undone'): boolean {
    const at = this.#waiting.lastIndexOf(opening);
    if (at === -1) return false;
    this.#waiting.length = at;
    const name = opening.slice(OPENING.length);
    if (end === 'undone') this.#marks.foretold(`rollback to savepoint ${name}`);
    this.#marks.foretold(`release savepoint ${name}`);
    return true;
  }
}
