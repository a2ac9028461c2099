import type { z } from 'zod';
import type { ReportOutputType } from '../contract/report-output-type.ts';
import type { Statement } from '../database/index.ts';
import type { StoredError } from '../foundation/index.ts';
import type { ObjectType } from '../permissions/index.ts';
import type { Caller } from './caller.ts';
import type { Dialog } from './dialogs.ts';
import type { ErrorReport } from './error-message.ts';
import type { ProgressCounts, SessionLog } from './log-line.ts';
import type { RunNotes } from './session-outcome.ts';

/** Where a session comes from. `web` has a person behind it; the others have none. */
export type ClientType = 'web' | 'api' | 'background' | 'child' | 'management';

/**
 * Where a codeunit runs: in the main thread of the server instance, in a thread of its own, or in a process of its own.
 */
export type Isolation = 'main' | 'thread' | 'process';

/** The answer to a statement, in the shape that `pg` users know. */
export interface QueryResult<Row> {
  readonly rows: Row[];
  /** Rows returned or changed. */
  readonly rowCount: number;
  /** The command tag's first word: `SELECT`, `INSERT` … */
  readonly command: string;
  /** The columns, in order. */
  readonly fields: readonly QueryField[];
}

/** A column of an answer. */
export interface QueryField {
  readonly name: string;
  /** The OID of its type in `pg_type`. */
  readonly dataTypeID: number;
}

/** How columns become values, in the shape that `pg` users know. */
export interface TypeParsers {
  /** The function that reads a value of the type with this OID from its text. NULL is never passed to it. */
  getTypeParser(oid: number, format?: 'text' | 'binary'): (text: string) => unknown;
}

/** A statement as an object, as `pg` takes it too. */
export interface QueryConfig {
  readonly text: string;
  readonly values?: readonly unknown[];
  /**
   * Milliseconds, 1 to 48 h: a statement that takes longer is cancelled and fails with STATEMENT_TIMEOUT, whatever the
   * code has set in PostgreSQL. Default: as long as the session may take.
   */
  readonly timeoutMs?: number;
  /** `array`: each row is an array, in the order of `fields`. Default: an object by column names. */
  readonly rowMode?: 'array';
  /** Default: those of `pg`, but days (`date`) stay text. */
  readonly types?: TypeParsers;
}

/** The session's door to the database: one transaction at a time, begun by the first statement. */
export interface SessionDatabase {
  /**
   * Runs one statement with parameters `$1 …` in the session's transaction.
   * @throws NightshiftError TRANSACTION_CONTROL for statements that would end the transaction or change its rights, which
   *   end the session, and for others that are no business of its code; STATEMENT_TIMEOUT; errors of PostgreSQL come
   *   through with their SQLSTATE in `code`. A session that ends with 42501 ends with PERMISSION_DENIED, which names the
   *   right, the table and the permission sets
   */
  query<Row = Record<string, unknown>>(
    text: string | QueryConfig,
    values?: readonly unknown[],
  ): Promise<QueryResult<Row>>;
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
  /** The same for everything that one piece of work has set off: the sessions and tasks that it starts take it over. */
  readonly correlationId: string;
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
  /**
   * Reports progress; the last report is shown with the run. `total` null: not known; `counts`: how items went. Never throws.
   */
  progress(done: number, total: number | null, text?: string, counts?: ProgressCounts): void;
  /**
   * Says that this run found nothing to do: a job queue entry that recurs rests for its inactivity timeout then, instead of
   * until its next run. Without effect where no job queue entry runs, and when the run fails. Never throws.
   */
  reportNothingToDo(): void;
  /**
   * Says when the job queue entry that runs this codeunit runs again: the way in which an entry with manual recurrence is
   * planned, by each of its runs; the last call counts. It is kept with the outcome of the run, so one that fails has planned
   * nothing. Without effect where no entry with manual recurrence runs.
   * @throws NightshiftError VALIDATION when `at` is no time, or is over
   */
  planNextRun(at: Date): void;
  /**
   * Notes an error in the run's register, and the run goes on: for work that is to find all faults and not only the first.
   * Kept whatever becomes of the run and of what it wrote: with the log entry of a job queue run, elsewhere as lines of the
   * session's end. By itself it is no failure: a run that returns is a Success with error messages. Never throws.
   */
  reportError(error: string | ErrorReport): void;
  /** How many errors the run has reported so far. */
  readonly reportedErrors: number;
  /**
   * Fails the run if it has reported errors, as errors that are collected in Business Central are thrown at the end of their
   * scope; call it where the work is to be undone then. Without effect when there are none.
   * @throws NightshiftError ERRORS_REPORTED with the text of the first and how many there are
   */
  throwReportedErrors(): void;
}

/** The record of a codeunit as an argument: required where its schema asks for one, absent where it takes none. */
export type RecordArgument<In> = [In] extends [undefined]
  ? []
  : undefined extends In
    ? [record?: In]
    : [record: In];

/** What a codeunit says it needs: rights R, I, M, D per table. Whoever schedules it must have them. */
export interface CodeunitPermissions {
  readonly tables?: Readonly<Record<string, string>>;
}

/**
 * A named unit of business code with one entry point. `In` is what a caller passes as its record, `Out` what `onRun`
 * receives after the schema; both are `undefined` for a codeunit without a record.
 */
export interface Codeunit<In = unknown, Out = unknown> {
  /** A report is a codeunit that yields a document; `report()` makes one. */
  readonly objectType: ObjectType;
  readonly name: string;
  /** An optional number, as Business Central's objects have; null when it has none. */
  readonly id: number | null;
  /** Of its code; null: that of the application. */
  readonly version: string | null;
  /** The schema of its record; null when it takes none. */
  readonly record: z.ZodType<Out, In> | null;
  readonly permissions: CodeunitPermissions;
  /** Rights to tables that it is lent while it runs; null: none. */
  readonly inherentPermissions: Readonly<Record<string, string>> | null;
  /** Where it runs when a session in the background is opened for it. */
  readonly isolation: Isolation;
  /** Tasks of it that run at the same time on a server instance; null: as many as there are places. */
  readonly maximumConcurrent: number | null;
  /** So many tasks of it share a transaction at most; null: none do. */
  readonly sharedTransaction: number | null;
  /** What a report yields, the one that it yields when nobody says which in front; of a codeunit nothing. */
  readonly outputTypes: readonly ReportOutputType[];
  /** Tables of the company whose changes end the rest of a job queue entry that runs it. */
  readonly wakeOn: readonly string[];
  /** The entry point. What it returns is ignored. */
  onRun(session: Session, record: Out): unknown;
  /** Set for the platform's own codeunits only. */
  readonly onRunPrivileged:
    | ((session: Session, record: never, privileged: PrivilegedSession) => unknown)
    | null;
}

/** A codeunit of any record: what registries and lists hold. */
export type AnyCodeunit = Codeunit<unknown, unknown>;

/** The claim under which a session works for a scheduled task. */
export interface TaskClaim {
  readonly taskId: string;
  readonly nonce: string;
}

/**
 * What the platform's own codeunits are handed beside the session. `session.run` passes the plain session on, so user
 * code never sees it.
 */
export interface PrivilegedSession {
  /** The session as a caller of verbs. */
  readonly caller: Caller & Session;
  /** The claim of the task that runs; null in a session without a task. */
  readonly claim: TaskClaim | null;
  /** Runs a platform statement in the session's transaction. */
  run<Row>(target: Statement, values: readonly unknown[]): Promise<Row[]>;
  /**
   * Runs a codeunit as `session.run` does, but where its `isolation` says: for what a session is started for.
   * @throws NightshiftError UNAWAITED_QUERY when it leaves queries of the session in flight
   */
  start(target: AnyCodeunit, record: unknown): Promise<void>;
  /**
   * Runs code of the application in the session, beside what is started there.
   * @throws what it throws; NightshiftError UNAWAITED_QUERY when it leaves queries of the session in flight
   */
  call<T>(work: (session: Session) => T | Promise<T>): Promise<T>;
  /** Undoes the open transaction, so that what follows begins another. */
  rollback(): Promise<void>;
  /** What the run has logged and reported so far. */
  notes(): RunNotes;
}
