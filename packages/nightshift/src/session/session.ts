import type { StoredError } from '../foundation/index.ts';
import type { Codeunit } from './codeunit.ts';
import type { Dialog } from './dialogs.ts';

/** Where a session comes from. `web` has a person behind it; the others have none. */
export type ClientType = 'web' | 'api' | 'background' | 'child' | 'management';

/** The answer to a statement, in the shape that `pg` users know. */
export interface QueryResult<Row> {
  readonly rows: Row[];
  /** Rows returned or changed. */
  readonly rowCount: number;
  /** The command tag's first word: `SELECT`, `INSERT` … */
  readonly command: string;
}

/** A statement as an object, as `pg` takes it too. */
export interface QueryConfig {
  readonly text: string;
  readonly values?: readonly unknown[];
}

/** The session's door to the database: one transaction at a time, begun by the first statement. */
export interface SessionDatabase {
  /**
   * Runs one statement with parameters `$1 …` in the session's transaction.
   * @throws NightshiftError TRANSACTION_CONTROL for statements that would leave the transaction or change its rights;
   *   errors of PostgreSQL come through with their SQLSTATE in `code`
   */
  query<Row = Record<string, unknown>>(text: string | QueryConfig, values?: readonly unknown[]): Promise<QueryResult<Row>>;
}

/** Structured lines kept with the log entry of the run, and telemetry. Text is cut at 4 kB, lines at 1,000 a run. */
export interface SessionLog {
  info(message: string, details?: Readonly<Record<string, unknown>>): void;
  warning(message: string, details?: Readonly<Record<string, unknown>>): void;
  error(message: string, details?: Readonly<Record<string, unknown>>): void;
}

/**
 * One run of code: as a user, in a company, with at most one open transaction. Handed to `onRun` as its first argument;
 * unusable once `onRun` has settled.
 */
export interface Session extends Dialog {
  /** Unique while the session is active; reused over time. */
  readonly id: number;
  /** Never reused; stays the same when the task scheduler retries a task. */
  readonly uniqueId: string;
  readonly user: string;
  readonly company: string;
  readonly clientType: ClientType;
  /** Whether a person can answer dialogs. */
  readonly guiAllowed: boolean;
  /** A BCP 47 tag such as `en-US`. */
  readonly language: string;
  /** An IANA name such as `Europe/Berlin`. */
  readonly timeZone: string;
  /** Aborted when the session is stopped, times out or its server instance shuts down. */
  readonly signal: AbortSignal;
  /** 0 for the first run of a task, 1 for its first retry, and so on. */
  readonly attempt: number;
  /** The same for every attempt of one piece of work: hand it to systems outside as their idempotency key. */
  readonly idempotencyKey: string;
  /** In a failure codeunit, and when a task is retried: the error of the run before; else null. */
  readonly lastError: StoredError | null;
  readonly db: SessionDatabase;
  readonly log: SessionLog;
  /**
   * Commits the open transaction; the next statement begins another.
   * @throws NightshiftError CLAIM_LOST when another instance owns the work now; nothing was committed then
   */
  commit(): Promise<void>;
  /** Runs `fn` behind a savepoint: when it throws, its statements are undone and the transaction goes on. */
  savepoint<T>(fn: () => Promise<T>): Promise<T>;
  /**
   * Runs another codeunit in this session and this transaction; also the way to debug background code.
   * @throws NightshiftError SESSION_DEPTH_EXCEEDED beyond 14 levels, with the chain
   */
  run<In, Out>(target: Codeunit<In, Out>, ...record: RecordArgument<In>): Promise<void>;
  /** Waits; ends early with SESSION_STOPPED when the session is stopped. */
  sleep(ms: number): Promise<void>;
  /** Reports progress; the last report is shown with the run. */
  progress(done: number, total: number | null, text?: string): void;
}

/** The record of a codeunit as an argument: required where its schema asks for one, absent where it takes none. */
export type RecordArgument<In> = [In] extends [undefined] ? [] : undefined extends In ? [record?: In] : [record: In];
