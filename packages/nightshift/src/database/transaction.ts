import type pg from 'pg';
import { isNightshiftError, NightshiftError, SECOND_MS } from '../foundation/index.ts';
import { type RequestConnection, RequestWork } from './request-work.ts';
import { classifyFailure, SQLSTATE_LOCK_NOT_AVAILABLE } from './sqlstate.ts';
import type { Executor, Statement } from './statement.ts';

/** How often a transaction that lost against another one (deadlock, serialization) is tried again. */
const TRANSACTION_TRIES_MAX = 5;

/** A statement of a transaction may wait for locks, but not for ever: the network may have lost its answer. */
const ANSWER_MS_MAX = 60_000;
/** What waits for nothing. */
const PROMPT_ANSWER_MS_MAX = 5_000;
/** On how many connections a transaction tries to begin: any that rested in the pool may have died without a word. */
const CONNECTION_TRIES_MAX = 5;

/** A transaction of the platform. */
export interface Transaction extends Executor {
  /** Runs a command that takes no parameters, as those on roles and tables. */
  command(text: string): Promise<void>;
}

/** An executor over one connection. @param answerMs how long an answer may take. Default: as long as it takes */
export function executorOver(client: pg.ClientBase, answerMs?: number): Executor {
  return {
    async run<Row>(target: Statement, values: readonly unknown[]): Promise<Row[]> {
      const result = await client.query({
        name: target.name,
        text: target.text,
        values: values as unknown[],
        query_timeout: answerMs,
      } as pg.QueryConfig);
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
    const commit = { text: 'commit', query_timeout: ANSWER_MS_MAX } as pg.QueryConfig;
    tag = (await client.query(commit)).command;
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
 * @param lockMs how long it waits for a lock. Default: as long as its statements may take
 * @throws NightshiftError DATABASE_BUSY when it has waited so long
 */
export async function withTransaction<T>(
  pool: pg.Pool,
  work: (tx: Transaction) => Promise<T>,
  lockMs?: number,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await once(pool, work, lockMs);
    } catch (error) {
      const { kind, code } = classifyFailure(error);
      if (lockMs !== undefined && code === SQLSTATE_LOCK_NOT_AVAILABLE) throw lockBusy(lockMs, error);
      if (kind !== 'transaction' || attempt === TRANSACTION_TRIES_MAX) throw error;
    }
  }
}

function lockBusy(lockMs: number, cause: unknown): NightshiftError {
  const text = `Somebody else has held for ${lockMs / SECOND_MS} s what this would change. Nothing was done.`;
  return new NightshiftError('DATABASE_BUSY', text, { cause });
}

async function once<T>(
  pool: pg.Pool,
  work: (tx: Transaction) => Promise<T>,
  lockMs: number | undefined,
): Promise<T> {
  const request = RequestWork.current();
  request?.refuseIfGivenUp();
  const client = await begun(pool, lockMs);
  const noted = request?.begins(client);
  let broken: Error | undefined;
  try {
    const value = await work(transactionOver(client, noted));
    noted?.commits();
    await commitChecked(client);
    noted?.stands();
    return value;
  } catch (error) {
    if (isNightshiftError(error, 'COMMIT_UNKNOWN')) noted?.stands();
    // Nothing more is to be had of a connection that is lost; its end rolls back.
    if (classifyFailure(error).kind === 'connection') broken = error as Error;
    else
      await command(client, 'rollback', PROMPT_ANSWER_MS_MAX).catch((failure: Error) => {
        broken = failure;
      });
    throw error;
  } finally {
    await noted?.ended();
    client.release(broken);
  }
}

function transactionOver(client: pg.ClientBase, noted: RequestConnection | undefined): Transaction {
  const { run } = executorOver(client, ANSWER_MS_MAX);
  return {
    run<Row>(target: Statement, values: readonly unknown[]) {
      noted?.sends(target);
      return run<Row>(target, values);
    },
    command(text) {
      noted?.sends(null);
      return command(client, text, ANSWER_MS_MAX);
    },
  };
}

/** A connection with a transaction open. One that does not even answer that has done nothing: another one will do. */
async function begun(pool: pg.Pool, lockMs: number | undefined): Promise<pg.PoolClient> {
  const begin = lockMs === undefined ? 'begin' : `begin; set local lock_timeout = ${lockMs}`;
  for (let tries = 1; ; tries++) {
    const client = await pool.connect();
    try {
      await command(client, begin, PROMPT_ANSWER_MS_MAX);
      return client;
    } catch (error) {
      client.release(error as Error);
      if (tries === CONNECTION_TRIES_MAX || classifyFailure(error).kind !== 'connection') throw error;
    }
  }
}

async function command(client: pg.ClientBase, text: string, answerMs: number): Promise<void> {
  await client.query({ text, query_timeout: answerMs } as pg.QueryConfig);
}
