import type pg from 'pg';

/** What a task does: nothing, or one row written. */
export type TaskKind = 'no-op' | 'one-row';

/** Called by every task when its work is done, before it is completed. */
export type OnTask = () => void;

/** A worker that is started, ready, and has nothing to do. */
export interface DrainRun {
  /** Puts tasks in place in one transaction and calls `starting` just before its COMMIT, which is the starting gun. */
  load(tasks: number, starting: () => Promise<void>): Promise<void>;
  /** Ends the worker. */
  close(): Promise<void>;
}

/** An opened client without a worker. */
export interface EnqueueRun {
  /** Creates one task; resolves when it is committed. */
  one(): Promise<unknown>;
  /** Creates a group of tasks by the fastest public call. */
  group(tasks: number): Promise<unknown>;
  close(): Promise<void>;
}

/** One system under test, on a database of its own. */
export interface BenchSystem {
  readonly name: string;
  /** The options that matter, for the report. */
  readonly options: string;
  /** What it promises about effects, for the report. */
  readonly guarantee: string;
  /** Makes its tables. */
  install(): Promise<void>;
  openDrain(kind: TaskKind, onTask: OnTask): Promise<DrainRun>;
  openEnqueue(): Promise<EnqueueRun>;
  /** Statements about its tables; run by the referee on a connection of its own. */
  readonly sql: {
    /** One row, one boolean: whether a task is not completed yet. */
    readonly unfinished: string;
    /** One row, one number: tasks stored. */
    readonly stored: string;
    /** One row: `written` and `distinct_tasks` of the effect table. */
    readonly effects: string;
    /** Empties the tables. */
    readonly reset: readonly string[];
  };
}

/** What a system is made with. */
export interface SystemContext {
  /** URL of its own database. */
  readonly url: string;
  /** A connection that is none of the system's. */
  readonly referee: pg.Client;
}

/** The effect table of the peers, equal to the one that our application's migration makes. */
export const CREATE_EFFECT = 'create table if not exists effect (task text not null)';
/** The one row that a task writes. */
export const INSERT_EFFECT = 'insert into effect (task) values ($1)';
/** Counts effects in the peers' databases. */
export const COUNT_EFFECTS =
  'select count(*)::integer as written, count(distinct task)::integer as distinct_tasks from effect';

/** Runs `work` between BEGIN and COMMIT of the referee, with `starting` just before COMMIT. */
export async function loadInTransaction(
  client: pg.Client,
  work: () => Promise<unknown>,
  starting: () => Promise<void>,
): Promise<void> {
  await client.query('begin');
  await work();
  await starting();
  await client.query('commit');
}
