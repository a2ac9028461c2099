import { AsyncLocalStorage } from 'node:async_hooks';
import type pg from 'pg';
import type { Clock, NightshiftError } from '../foundation/index.ts';
import type { Statement } from './statement.ts';

/** How often a statement that does not end is cancelled again: a cancel that comes before it is lost. */
const AGAIN_MS = 100;

const storage = new AsyncLocalStorage<RequestWork>();

/** A connection that a request has for itself: for a transaction, or for a single statement. */
export interface RequestConnection {
  /** A statement, or a command, goes out. @throws NightshiftError why the request was given up */
  sends(target: Statement | null): void;
  /** @throws NightshiftError why the request was given up: then it must not commit */
  commits(): void;
  /** The commit took effect, or may have. */
  stands(): void;
  /** Resolves when no cancel is on its way that would hit whoever has the connection next. */
  ended(): Promise<void>;
}

/**
 * What a request does in the database. One that takes too long is given up as long as nothing of it stands: its statements are
 * cancelled, and nothing of it begins or commits any more. So it can be said for certain that nothing was changed.
 */
export class RequestWork {
  /** Whether it is a request that changes something. One that only reads can always be given up. */
  readonly changes: boolean;
  readonly #open = new Set<OpenConnection>();
  #refusal: NightshiftError | null = null;
  #lasts = false;
  #isOver = false;

  constructor(changes: boolean) {
    this.changes = changes;
  }

  /** Runs `work`; what the platform does meanwhile in its course belongs to the request. @throws what `work` throws, or why it was given up */
  async run<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await storage.run(this, work);
    } catch (error) {
      throw this.#refusal !== null && !this.mayStand ? this.#refusal : error;
    } finally {
      // What it has set off lives on, and is nobody's request.
      this.#isOver = true;
    }
  }

  /** Whether something of it has taken effect, or may have. */
  get mayStand(): boolean {
    return this.changes && (this.#lasts || this.isCommitting);
  }

  /** Whether a commit is on its way. */
  get isCommitting(): boolean {
    return [...this.#open].some(({ state }) => state === 'commits');
  }

  /** Notes that something takes effect that is never taken back. @throws NightshiftError why it was given up */
  lasts(): void {
    if (this.#refusal !== null) throw this.#refusal;
    this.#lasts = true;
  }

  /** Notes that a transaction of it may have taken effect. */
  stood(): void {
    this.#lasts = true;
  }

  /**
   * Gives the request up, unless something of it may stand: cancels what it waits for until that has ended.
   * @param cancel cancels the statement of a backend
   */
  async giveUp(
    refusal: NightshiftError,
    cancel: (backend: number) => Promise<unknown>,
    clock: Clock,
  ): Promise<void> {
    if (this.mayStand) return;
    this.#refusal = refusal;
    for (;;) {
      const waiting = [...this.#open].filter(({ state }) => state === 'works');
      if (waiting.length === 0) return;
      await Promise.all(waiting.map((each) => each.cancel(cancel)));
      await clock.sleep(AGAIN_MS);
    }
  }

  /** @throws NightshiftError why it was given up */
  refuseIfGivenUp(): void {
    if (this.#refusal !== null) throw this.#refusal;
  }

  /** It has this connection for itself until `ended`. */
  begins(client: pg.ClientBase): RequestConnection {
    const { processID } = client as pg.ClientBase & { readonly processID?: number };
    const connection = new OpenConnection(this, processID ?? null, () => this.#open.delete(connection));
    this.#open.add(connection);
    return connection;
  }

  /** The request in whose course this runs; null: none. */
  static current(): RequestWork | null {
    const present = storage.getStore();
    return present === undefined || present.#isOver ? null : present;
  }
}

class OpenConnection implements RequestConnection {
  readonly #request: RequestWork;
  readonly #backend: number | null;
  readonly #leave: () => void;
  #cancelling: Promise<unknown> = Promise.resolve();
  #writes = false;
  state: 'works' | 'commits' | 'ended' = 'works';

  constructor(request: RequestWork, backend: number | null, leave: () => void) {
    this.#request = request;
    this.#backend = backend;
    this.#leave = leave;
  }

  sends(target: Statement | null): void {
    // It waited for the connection for so long.
    this.#request.refuseIfGivenUp();
    this.#writes ||= target === null || writes(target);
  }

  commits(): void {
    this.#request.refuseIfGivenUp();
    if (this.#request.changes && this.#writes) this.state = 'commits';
  }

  stands(): void {
    if (this.#writes) this.#request.stood();
  }

  cancel(cancel: (backend: number) => Promise<unknown>): Promise<unknown> {
    if (this.#backend !== null) this.#cancelling = cancel(this.#backend).catch(() => undefined);
    return this.#cancelling;
  }

  async ended(): Promise<void> {
    this.state = 'ended';
    await this.#cancelling;
    this.#leave();
  }
}

const WRITES = /\b(insert|update|delete|merge|truncate)\b|\bnightshift\w*\.\w+\s*\(|\bpg_notify\b/i;
// What locks a row, and functions of ours that only read and lock.
const HARMLESS =
  /\bfor (no key )?update\b|\bnightshift_session\.(entry_read|category_lock|items_(counts|get|groups|list))\s*\(/gi;
const known = new WeakMap<Statement, boolean>();

/** Whether a statement may change something. A function of ours counts as one that does. */
function writes(target: Statement): boolean {
  const before = known.get(target);
  if (before !== undefined) return before;
  const found = WRITES.test(target.text.replaceAll(HARMLESS, ''));
  known.set(target, found);
  return found;
}

/** Notes a statement that commits by itself. @throws NightshiftError why the request was given up */
export function noteStatement(target: Statement): void {
  const request = RequestWork.current();
  if (request !== null && writes(target)) request.lasts();
}

/**
 * Notes that the request in whose course this runs, if any, does what no rollback undoes.
 * @throws NightshiftError why the request was given up
 */
export function noteLastingEffect(): void {
  RequestWork.current()?.lasts();
}
