import type { StoredError } from '../foundation/index.ts';
import type { LogLine } from '../session/index.ts';
import type { JobQueueEntry, JobQueueEntryStatus } from './job-queue-entry.ts';
import type { JobQueueLogEntry, JobQueueLogStatus } from './job-queue-log-entry.ts';
import type { IntervalFrom } from './schedule.ts';

/** An entry as PostgreSQL returns it. */
export interface EntryRow {
  readonly id: string;
  readonly entry_no: string;
  readonly object: string;
  readonly parameter_string: string;
  readonly description: string;
  readonly status: JobQueueEntryStatus;
  readonly earliest_start: Date | null;
  readonly expiration: Date | null;
  readonly run_on_mondays: boolean;
  readonly run_on_tuesdays: boolean;
  readonly run_on_wednesdays: boolean;
  readonly run_on_thursdays: boolean;
  readonly run_on_fridays: boolean;
  readonly run_on_saturdays: boolean;
  readonly run_on_sundays: boolean;
  readonly starting_time: string | null;
  readonly ending_time: string | null;
  readonly minutes_between_runs: number;
  readonly next_run_date_formula: string | null;
  readonly interval_from: IntervalFrom;
  readonly time_zone: string;
  readonly maximum_attempts: number;
  readonly attempts: number;
  readonly rerun_delay_seconds: number;
  readonly timeout_ms: string;
  readonly run_as: number;
  readonly last_ready_at: Date | null;
  readonly error: StoredError | null;
  readonly task_id: string | null;
  readonly version: number;
  /** The database's clock, read with the row. */
  readonly now: Date;
}

/** From the row to the domain. */
export function entryOf(row: EntryRow): JobQueueEntry {
  return {
    id: row.id,
    entryNo: Number(row.entry_no),
    object: row.object,
    parameterString: row.parameter_string,
    description: row.description,
    status: row.status,
    earliestStart: row.earliest_start,
    expiration: row.expiration,
    schedule: {
      runOnMondays: row.run_on_mondays,
      runOnTuesdays: row.run_on_tuesdays,
      runOnWednesdays: row.run_on_wednesdays,
      runOnThursdays: row.run_on_thursdays,
      runOnFridays: row.run_on_fridays,
      runOnSaturdays: row.run_on_saturdays,
      runOnSundays: row.run_on_sundays,
      startingTime: row.starting_time,
      endingTime: row.ending_time,
      minutesBetweenRuns: row.minutes_between_runs,
      nextRunDateFormula: row.next_run_date_formula,
      intervalFrom: row.interval_from,
      timeZone: row.time_zone,
    },
    maximumAttempts: row.maximum_attempts,
    attempts: row.attempts,
    rerunDelaySeconds: row.rerun_delay_seconds,
    timeout: Number(row.timeout_ms),
    runAs: row.run_as,
    lastReadyState: row.last_ready_at,
    error: row.error,
    taskId: row.task_id,
    version: row.version,
  };
}

/** A log entry as PostgreSQL returns it. */
export interface LogEntryRow {
  readonly no: string;
  readonly entry_id: string;
  readonly entry_no: string;
  readonly task_id: string | null;
  readonly session_id: number;
  readonly user_name: string;
  readonly object: string;
  readonly parameter_string: string;
  readonly description: string;
  readonly status: JobQueueLogStatus;
  readonly attempt: number;
  readonly started_at: Date;
  readonly ended_at: Date | null;
  readonly note: string | null;
  readonly error: StoredError | null;
  readonly lines: readonly LogLine[];
  readonly progress: JobQueueLogEntry['progress'];
}

/** From the row to the domain. */
export function logEntryOf(row: LogEntryRow): JobQueueLogEntry {
  return {
    no: Number(row.no),
    entryId: row.entry_id,
    entryNo: Number(row.entry_no),
    taskId: row.task_id,
    sessionId: row.session_id,
    user: row.user_name,
    object: row.object,
    parameterString: row.parameter_string,
    description: row.description,
    status: row.status,
    attempt: row.attempt,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    note: row.note,
    error: row.error,
    lines: row.lines,
    progress: row.progress,
  };
}
