import type { QueryConfig, QueryResult } from 'nightshift';
import type pg from 'pg';
import { createFreeSession, type FreeSession } from './free-session.ts';

/** A session on one plain connection, with what tests look at. */
export interface DirectSession extends FreeSession {
  /** Commits so far. */
  readonly commits: number;
  /** Runs before each commit; a test throws here to make a run break off. */
  beforeCommit: (commits: number) => void;
  /** Ends the session as the platform does when `onRun` has thrown. */
  rollback(): Promise<void>;
}

/** The needed part of a session: a transaction that begins with the first statement, and savepoints. */
export function createDirectSession(client: pg.Client, idempotencyKey = 'test-run'): DirectSession {
  const transaction = createTransaction(client);
  let commits = 0;
  const session: DirectSession = {
    ...createFreeSession(),
    idempotencyKey,
    get commits() {
      return commits;
    },
    beforeCommit: () => undefined,
    db: { query: transaction.query },
    async commit() {
      session.beforeCommit(commits + 1);
      await transaction.end('commit');
      commits += 1;
    },
    savepoint: transaction.savepoint,
    rollback: () => transaction.end('rollback'),
  };
  return session;
}

function createTransaction(client: pg.Client) {
  let isOpen = false;
  const query = async <Row>(
    text: string | QueryConfig,
    values?: readonly unknown[],
  ): Promise<QueryResult<Row>> => {
    if (!isOpen) await client.query('begin');
    isOpen = true;
    const config = typeof text === 'string' ? { text, values } : text;
    const result = await client.query({ text: config.text, values: [...(config.values ?? [])] });
    const { rows, rowCount, command, fields } = result;
    return { rows: rows as Row[], rowCount: rowCount ?? 0, command, fields };
  };
  return {
    query,
    async savepoint<T>(fn: () => Promise<T>): Promise<T> {
      await query('savepoint item');
      try {
        const value = await fn();
        await query('release savepoint item');
        return value;
      } catch (thrown) {
        await query('rollback to savepoint item');
        await query('release savepoint item');
        throw thrown;
      }
    },
    async end(how: 'commit' | 'rollback'): Promise<void> {
      if (isOpen) await client.query(how);
      isOpen = false;
    },
  };
}
