import type pg from 'pg';

/**
 * What a task does: nothing; one row written in a transaction of its own; one row written where several tasks may
 * share a transaction; or tells that it has begun and then works until it is stopped.
 */
export type TaskKind = 'no-op' | 'one-row' | 'shared-row' | 'long';

/** Called by every task: by `long` in its first line, by the others when the work is done, before completion. */
export type OnTask = () => void;

/** A worker that is started, ready, and has nothing to do. */
export interface WorkerRun {
  /** Puts tasks in place in one transaction and calls `starting` just before its COMMIT, which is the starting gun. */
  load(tasks: number, starting: () => Promise<void>): Promise<void>;
  /** Creates one task by the worker's own process; resolves when it is committed. */
  one(): Promise<unknown>;
  /** Ends the worker. */
  close(): Promise<void>;
}

/** An opened client without a worker. */
export interface ProducerRun {
  /** Creates one task; resolves when it is committed. */
  one(): Promise<unknown>;
  /** Creates a group of tasks by the fastest public call. */
  group(tasks: number): Promise<unknown>;
  close(): Promise<void>;
}

/** One system under test, on a database of its own. */
export interface BenchSystem {
  /** The options that matter, for the report. */
  readonly options: string;
  /** What it promises about effects, for the report. */
  readonly guarantee: string;
  /** Makes its tables. */
  install(): Promise<void>;
  /** @throws Error for a kind of task that it does not have */
  openWorker(kind: TaskKind, onTask: OnTask): Promise<WorkerRun>;
  /** `wakes`: whether a worker of another process waits for its tasks. */
  openProducer(wakes: boolean): Promise<ProducerRun>;
  /** Puts tasks in place that do nothing and are due in a year: one by the public interface, the others as its copies. */
  plant(tasks: number): Promise<void>;
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
    /** Clears away what has ended, and leaves what waits. */
    readonly tidy: readonly string[];
  };
}

/** What a system is made with. */
export interface SystemContext {
  /** URL of its own database. */
  readonly url: string;
  /** A connection that is none of the system's. */
  readonly referee: pg.Client;
}

/** When planted tasks are due. */
export const PLANTED_DUE_MS = 365 * 24 * 3_600_000;

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

/** Which row is copied, and how often. */
interface Multiplication {
  readonly table: string;
  /** A condition that one row fulfils. */
  readonly original: string;
  /** The values that differ, as SQL by column; `n` goes from 2 up. */
  readonly changes: Readonly<Record<string, string>>;
  /** Rows in the end, the original among them. */
  readonly rows: number;
}

/** Copies a row by SQL, where a million calls of the public interface would take too long. */
export async function multiplyRow(client: pg.Client, multiplication: Multiplication): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `select quote_ident(attname) as name from pg_attribute
    where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = '' order by attnum`,
    [multiplication.table],
  );
  const columns = rows.map(({ name }) => name);
  await client.query(multiplyStatement(multiplication, columns), [multiplication.rows]);
}

function multiplyStatement({ table, original, changes }: Multiplication, columns: readonly string[]): string {
  const values = columns.map((name) => changes[name] ?? `original.${name}`);
  return `insert into ${table} (${columns.join(', ')})
    select ${values.join(', ')}
    from (select * from ${table} where ${original} limit 1) original, generate_series(2, $1::integer) n`;
}

/** For a kind of task that a system does not have. */
export function lacks(system: string, kind: TaskKind): Error {
  return new Error(`${system} has no tasks of the kind ${kind}`);
}
