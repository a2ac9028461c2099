import { derivedUuid, type StoredError } from '../foundation/index.ts';
import type { ErrorMessages, LogLine, StartReached } from '../session/index.ts';

/** A task to be inserted, with its columns as `create_tasks` names them. What is undefined stays null. */
export interface NewTask {
  readonly id: string;
  readonly lane: number;
  readonly user_no: number;
  readonly codeunit: string;
  readonly failure_codeunit: string | null;
  readonly ready: boolean;
  /** ISO 8601, or null for now. */
  readonly due: string | null;
  readonly record: unknown;
  readonly record_table: string | undefined;
  readonly timeout_ms: number;
  readonly language: string | undefined;
  readonly time_zone: string | undefined;
  readonly correlation_id: string | undefined;
  readonly idempotency_key: string | undefined;
}

/** A task as its claim returned it. */
export interface ClaimedTask {
  readonly id: string;
  /** The random value of the claim; every write about the task names it. */
  readonly claim: string;
  /** Of the ledger of what is claimed and not started. */
  readonly ticket: number;
  readonly companyNo: number;
  readonly userNo: number;
  readonly codeunit: string;
  readonly failureCodeunit: string | null;
  /** Whether the failure codeunit runs now. */
  readonly failing: boolean;
  /** Seconds since 1970; orders the tasks of a claim. */
  readonly dueSeconds: number;
  readonly record: unknown;
  readonly timeoutMs: number;
  /** Retries by the scheduler so far. */
  readonly attempt: number;
  /** Instances that died holding it. */
  readonly losses: number;
  /** How many times in a row an instance was lost while it held this task. */
  readonly suspect: number;
  readonly lastError: TaskFailure | null;
  /** What it has in common with the session that created it; null when a caller without one did. */
  readonly correlationId: string | null;
  /** Null: that of the user. */
  readonly language: string | null;
  /** IANA name; null: that of the user. */
  readonly timeZone: string | null;
  /** Where `record` is the key of a row: the table, in the company's schema. */
  readonly recordTable: string | null;
}

/** What is kept of a run that failed. */
export interface TaskFailure extends StoredError {
  readonly sessionId: number;
  readonly lines: readonly LogLine[];
  readonly progress: unknown;
  /** What it has reported; absent when that is not known. */
  readonly errors?: ErrorMessages;
  /** How far the run had come; absent when that is not known. */
  readonly reached?: StartReached | null;
}

/** The row of a claim, as PostgreSQL returns it. */
export interface ClaimedTaskRow {
  readonly id: string;
  readonly lane: number;
  readonly user_no: number;
  readonly codeunit: string;
  readonly due_seconds: number;
  readonly timeout_ms: number;
  readonly correlation_id: string | null;
  /** Null: a first run, of a task without a record or anything else that is special. */
  readonly more: {
    readonly failure_codeunit: string | null;
    readonly failing: boolean;
    readonly record: unknown;
    readonly record_table: string | null;
    readonly attempt: number;
    readonly losses: number;
    readonly suspect: number;
    readonly last_error: TaskFailure | null;
    readonly language: string | null;
    readonly time_zone: string | null;
  } | null;
}

/** From the row to the domain. */
export function claimedTaskOf(row: ClaimedTaskRow, claim: string, ticket: number): ClaimedTask {
  const { more } = row;
  return {
    id: row.id,
    claim,
    ticket,
    companyNo: row.lane,
    userNo: row.user_no,
    codeunit: row.codeunit,
    failureCodeunit: more?.failure_codeunit ?? null,
    failing: more?.failing ?? false,
    dueSeconds: row.due_seconds,
    record: more?.record ?? undefined,
    timeoutMs: row.timeout_ms,
    attempt: more?.attempt ?? 0,
    losses: more?.losses ?? 0,
    suspect: more?.suspect ?? 0,
    lastError: more?.last_error ?? null,
    correlationId: row.correlation_id,
    language: more?.language ?? null,
    timeZone: more?.time_zone ?? null,
    recordTable: more?.record_table ?? null,
  };
}

/** The codeunit that runs next. */
export function codeunitToRun(task: ClaimedTask): string {
  return task.failing ? (task.failureCodeunit ?? task.codeunit) : task.codeunit;
}

/** The unique id of the session that runs next: the failure codeunit has a new one, retries stay in the same. */
export function sessionUniqueIdOf(task: ClaimedTask): string {
  return task.failing ? derivedUuid(`${task.id} failure`) : task.id;
}
