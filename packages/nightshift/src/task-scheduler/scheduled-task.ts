import type { StoredError } from '../foundation/index.ts';
import type { LogLine } from '../session/index.ts';

/** A task as its claim returned it. */
export interface ClaimedTask {
  readonly id: string;
  /** The random value of the claim; every write about the task names it. */
  readonly claim: string;
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
}

/** The row of a claim, as PostgreSQL returns it. */
export interface ClaimedTaskRow {
  readonly id: string;
  readonly lane: number;
  readonly user_no: number;
  readonly codeunit: string;
  readonly failure_codeunit: string | null;
  readonly failing: boolean;
  readonly due_seconds: number;
  readonly record: unknown;
  readonly timeout_ms: number;
  readonly attempt: number;
  readonly losses: number;
  readonly suspect: number;
  readonly last_error: TaskFailure | null;
  readonly correlation_id: string | null;
  readonly language: string | null;
  readonly time_zone: string | null;
  readonly record_table: string | null;
}

/** From the row to the domain. */
export function claimedTaskOf(row: ClaimedTaskRow, claim: string): ClaimedTask {
  return {
    id: row.id,
    claim,
    companyNo: row.lane,
    userNo: row.user_no,
    codeunit: row.codeunit,
    failureCodeunit: row.failure_codeunit,
    failing: row.failing,
    dueSeconds: row.due_seconds,
    record: row.record ?? undefined,
    timeoutMs: row.timeout_ms,
    attempt: row.attempt,
    losses: row.losses,
    suspect: row.suspect,
    lastError: row.last_error,
    correlationId: row.correlation_id,
    language: row.language,
    timeZone: row.time_zone,
    recordTable: row.record_table,
  };
}

/** The codeunit that runs next. */
export function codeunitToRun(task: ClaimedTask): string {
  return task.failing ? (task.failureCodeunit ?? task.codeunit) : task.codeunit;
}
