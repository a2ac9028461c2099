import type pg from 'pg';
import { NightshiftError } from '../foundation/index.ts';
import { classifyFailure } from './sqlstate.ts';
import type { Executor, Statement } from './statement.ts';

/** How often a transaction that lost against another one (deadlock, serialization) is tried again. */
const TRANSACTION_TRIES_MAX = 5;

/** An executor over one connection. */
export function executorOver(client: pg.ClientBase): Executor {
  return {
    async run<Row>(target: Statement, values: readonly unknown[]): Promise<Row[]> {
      const result = await client.query({
        name: target.name,
        text: target.text,
        values: values as unknown[],
      });
      return result.rows as Row[];
    },
  };
}

/**
 * Commits, and believes only the tag: a failed transaction answers COMMIT with `ROLLBACK`, without an error.
 * @throws NightshiftError COMMIT_UNKNOWN when the connection broke before the answer came: it may have taken effect
 */
export async function commitChecked(client: pg.ClientBase): Promise<void> {
  let tag: string;
  try {
    tag = (await client.query('commit')).command;
  } catch (error) {
    if (classifyFailure(error).kind === 'connection') {
      throw new NightshiftError('COMMIT_UNKNOWN', 'The connection broke before the commit was answered.', {
        cause: error,
      });
    }
    throw error;
  }
  if (tag !== 'COMMIT') {
    throw new NightshiftError('DATABASE_ERROR', 'The transaction had failed and was rolled back.');
  }
}

/**
 * Runs `work` in one transaction of a pooled connection: commits when it resolves, rolls back when it rejects. Work
 * that lost against another transaction is run again, so it must do nothing but call `tx`.
 */
export async function withTransaction<T>(pool: pg.Pool, work: (tx: Executor) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await once(pool, work);
    } catch (error) {
      const again = classifyFailure(error).kind === 'transaction' && attempt < TRANSACTION_TRIES_MAX;
      if (!again) throw error;
    }
  }
}

async function once<T>(pool: pg.Pool, work: (tx: Executor) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query('begin');
    const value = await work(executorOver(client));
    await commitChecked(client);
    return value;
  } catch (error) {
    await client.query('rollback').catch((failure: Error) => {
      broken = failure;
    });
    throw error;
  } finally {
    client.release(broken);
  }
}
