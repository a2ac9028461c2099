import type { CompiledQuery, ConnectionProvider, DatabaseConnection, QueryResult } from 'kysely';
import { NightshiftError } from '../foundation/index.ts';
import type { QueryResult as Answer, Session } from '../session/index.ts';
import {
  closeCursor,
  cursorIsOpen,
  declareCursor,
  fetchFromCursor,
  releaseSavepoint,
  rollbackToSavepoint,
  setSavepoint,
} from './commands.sql.ts';
import { HeldSavepoint } from './held-savepoint.ts';

/** Commands whose number of rows is one of changes. */
const CHANGES = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE']);

/** Number of the last cursor; names are unique in the process, so also in each transaction. */
let lastCursor = 0;

/**
 * What Kysely takes for a connection: the session's transaction, or a part of it behind a savepoint that the caller ends
 * by hand.
 */
export class SessionConnection implements DatabaseConnection {
  readonly #session: Session;
  #held: HeldSavepoint | null = null;
  /** The named savepoints that are open in it, outermost first. */
  readonly #names: string[] = [];

  constructor(session: Session) {
    this.#session = session;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const { rows, rowCount, command } = await this.#send<R>(query.sql, query.parameters);
    return CHANGES.has(command) ? { rows, numAffectedRows: BigInt(rowCount) } : { rows };
  }

  /** Reads through a cursor, so that no more than `chunkSize` rows are held at a time. */
  async *streamQuery<R>(query: CompiledQuery, chunkSize: number): AsyncIterableIterator<QueryResult<R>> {
    lastCursor++;
    const name = `ns_cursor_${lastCursor}`;
    const fetching = fetchFromCursor(name, chunkSize);
    await this.#send(declareCursor(name, query.sql), query.parameters);
    try {
      for (;;) {
        const { rows } = await this.#send<R>(fetching);
        if (rows.length > 0) yield { rows };
        if (rows.length < chunkSize) return;
      }
    } finally {
      await this.#close(name);
    }
  }

  async begin(): Promise<void> {
    this.#held = await HeldSavepoint.open(this.#session);
  }

  async commit(): Promise<void> {
    await this.#held?.release();
  }

  async rollback(): Promise<void> {
    await this.#held?.undo();
  }

  async savepoint(name: string): Promise<void> {
    await this.#send(setSavepoint(name));
    this.#names.push(name);
  }

  /** @throws NightshiftError TRANSACTION_CONTROL for a name that is not open in this transaction */
  async rollbackTo(name: string): Promise<void> {
    const at = this.#find(name);
    await this.#send(rollbackToSavepoint(name));
    this.#names.length = at + 1;
  }

  /** @throws NightshiftError TRANSACTION_CONTROL for a name that is not open in this transaction */
  async release(name: string): Promise<void> {
    const at = this.#find(name);
    await this.#send(releaseSavepoint(name));
    this.#names.length = at;
  }

  /** Another name may be a savepoint around the transaction: going back to that would undo the work of others. */
  #find(name: string): number {
    const at = this.#names.lastIndexOf(name);
    if (at === -1) {
      throw new NightshiftError('TRANSACTION_CONTROL', `No savepoint "${name}" is open in the transaction.`);
    }
    return at;
  }

  #send<R>(text: string, values: readonly unknown[] = []): Promise<Answer<R>> {
    const send = () => this.#session.db.query<R>(text, values);
    return this.#held === null ? send() : this.#held.inside(send);
  }

  /** The transaction may have ended or failed meanwhile, and taken the cursor along; a second error helps nobody then. */
  async #close(name: string): Promise<void> {
    try {
      const open = await this.#send(cursorIsOpen.text, [name]);
      if (open.rowCount > 0) await this.#send(closeCursor(name));
    } catch {}
  }
}

/** Hands out connections at once, so that a query is in flight from the moment at which it is executed. */
export class SessionConnections implements ConnectionProvider {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  async provideConnection<T>(consumer: (connection: DatabaseConnection) => Promise<T>): Promise<T> {
    return await consumer(new SessionConnection(this.#session));
  }
}
