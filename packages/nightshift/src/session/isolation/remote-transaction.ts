import { classifyFailure, type Executor, type Statement } from '../../database/index.ts';
import { isNightshiftError, NightshiftError } from '../../foundation/index.ts';
import { type SavepointHost, SavepointStack } from '../savepoint-stack.ts';
import type { QueryConfig, QueryResult, SessionDatabase } from '../session.ts';
import { quietly } from '../slot-wire.ts';
import { crossingValues, rowsOf } from './crossing-values.ts';
import type { Request, TextAnswer } from './messages.ts';

/** How a transaction in an isolate reaches the one outside. @throws what the session is refused with */
export type Ask = (request: Request) => Promise<unknown>;

/** An isolate's view of its session's transaction, which is outside. Keeps the stack of savepoints, as it is code. */
export class RemoteTransaction implements SessionDatabase, Executor {
  readonly #ask: Ask;
  readonly #mayGoOn: () => boolean;
  readonly #savepoints = new SavepointStack();
  #open = false;
  #firstError: unknown = null;

  /** @param mayGoOn whether the session is neither stopped nor at its end */
  constructor(ask: Ask, mayGoOn: () => boolean) {
    this.#ask = ask;
    this.#mayGoOn = mayGoOn;
  }

  /** Whether something was asked of the database since the last commit. */
  get open(): boolean {
    return this.#open;
  }

  query<Row>(text: string | QueryConfig, values?: readonly unknown[]): Promise<QueryResult<Row>> {
    // A forgotten await fails the run as UNAWAITED_QUERY; it must not end the isolate as well.
    return quietly(this.#query(text, values));
  }

  async #query<Row>(text: string | QueryConfig, more?: readonly unknown[]): Promise<QueryResult<Row>> {
    const config: QueryConfig = typeof text === 'string' ? { text } : text;
    if (typeof config.text !== 'string') throw new TypeError('The text of a query is a string.');
    const values = crossingValues(more ?? config.values ?? []);
    const answer = (await this.#send({
      kind: 'query',
      text: config.text,
      values,
      timeoutMs: config.timeoutMs,
    })) as TextAnswer;
    if (answer.sound) this.#firstError = null;
    const { fields, rowCount, command } = answer;
    return { rows: rowsOf(answer, config) as Row[], fields, rowCount, command };
  }

  /** Runs a statement of the platform, by its name, in the transaction outside. */
  run<Row>(target: Statement, values: readonly unknown[]): Promise<Row[]> {
    return quietly(this.#run(target, values));
  }

  async #run<Row>(target: Statement, values: readonly unknown[]): Promise<Row[]> {
    return (await this.#send({
      kind: 'statement',
      name: target.name,
      values: crossingValues(values),
    })) as Row[];
  }

  savepoint<T>(fn: () => Promise<T>): Promise<T> {
    return quietly(this.#savepoints.run(this.#savepointHost, fn));
  }

  commit(): Promise<void> {
    return quietly(this.#commit());
  }

  async #commit(): Promise<void> {
    this.refuseOpenSavepoint();
    try {
      await this.#ask({ kind: 'commit' });
      this.#firstError = null;
    } finally {
      this.#open = false;
    }
  }

  /** @throws NightshiftError TRANSACTION_CONTROL */
  refuseOpenSavepoint(): void {
    if (!this.#savepoints.isEmpty) throw new NightshiftError('TRANSACTION_CONTROL', 'A savepoint is open.');
  }

  readonly #savepointHost: SavepointHost = {
    command: async (command) => {
      this.#open = true;
      await this.#ask({ kind: 'savepoint', command });
    },
    // Outside it is known what may wait; what crosses does so at once.
    postpone: () => false,
    withdraw: () => false,
    firstError: () => this.#firstError,
    canUndo: () => this.#mayGoOn() && classifyFailure(this.#firstError).kind !== 'connection',
    undone: () => {
      this.#firstError = null;
    },
  };

  async #send(request: Request): Promise<unknown> {
    this.#savepoints.refuseLost();
    this.#open = true;
    try {
      return await this.#ask(request);
    } catch (error) {
      if (!isNightshiftError(error)) this.#firstError ??= error;
      throw error;
    }
  }
}
