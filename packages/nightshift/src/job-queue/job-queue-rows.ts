import type { EntryOutputType } from '../contract/report-output-type.ts';
import type { StoredError } from '../foundation/index.ts';
import type { ObjectType } from '../permissions/index.ts';
import type { LogLine } from '../session/index.ts';
import {
  ENTRY_PRIORITIES,
  type EntryPriority,
  type JobQueueEntry,
  type JobQueueEntryStatus,
  type RecordToProcess,
} from './job-queue-entry.ts';
import type { JobQueueLogEntry, JobQueueLogStatus, RunPhase, RunTrigger } from './job-queue-log-entry.ts';
import type { MissedRunsPolicy } from './missed-runs.ts';
import type { IntervalFrom } from './schedule.ts';

const PRIORITY_STEP = 1000;

/** An entry as PostgreSQL returns it. */
export interface EntryRow {
  readonly id: string;
  readonly entry_no: string;
  readonly object_type: ObjectType;
  readonly report_output_type: EntryOutputType | null;
  readonly object: string;
  readonly parameter_string: string;
  readonly parameters: unknown;
  readonly record_table: string | null;
  readonly record_key: RecordToProcess['key'] | null;
  readonly description: string;
  readonly status: JobQueueEntryStatus;
  readonly status_since: Date;
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
  readonly cron: string | null;
  readonly missed_runs: MissedRunsPolicy;
  readonly after_final_error: 'stop' | 'continue-schedule';
  readonly interval_from: IntervalFrom;
  readonly time_zone: string;
  readonly maximum_attempts: number;
  readonly attempts: number;
  readonly rerun_delay_seconds: number;
  readonly timeout_ms: string;
  readonly inactivity_timeout_minutes: number;
  readonly manual_recurrence: boolean;
  readonly category_code: string | null;
  readonly priority: number;
  readonly notify_on_success: boolean;
  readonly expected_duration_ms: string | null;
  readonly keep_log_days: number | null;
  readonly tags: readonly string[];
  readonly owner_no: number | null;
  readonly session_id: number | null;
  readonly session_started_at: Date | null;
  readonly waiting_since: Date | null;
  readonly category_slot: number | null;
  readonly declared_name: string | null;
  readonly run_as: number;
  readonly last_ready_at: Date | null;
  readonly error: StoredError | null;
  readonly task_id: string | null;
  readonly note: string | null;
  readonly version: number;
  readonly created_by: number;
  /** The database's clock, read with the row. */
  readonly now: Date;
}

/** From the row to the domain. */
export function entryOf(row: EntryRow): JobQueueEntry {
  return {
    id: row.id,
    entryNo: Number(row.entry_no),
    objectType: row.object_type,
    object: row.object,
    parameterString: row.parameter_string,
    parameters: row.parameters,
    reportOutputType: row.report_output_type,
    recordToProcess:
      row.record_table === null ? null : { table: row.record_table, key: row.record_key ?? {} },
    description: row.description,
    status: row.status,
    statusSince: row.status_since,
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
      cron: row.cron,
      intervalFrom: row.interval_from,
      timeZone: row.time_zone,
    },
    missedRuns: row.missed_runs,
    afterFinalError: row.after_final_error,
    maximumAttempts: row.maximum_attempts,
    attempts: row.attempts,
    rerunDelaySeconds: row.rerun_delay_seconds,
    timeout: Number(row.timeout_ms),
    ...moreOf(row),
    runAs: row.run_as,
    lastReadyState: row.last_ready_at,
    error: row.error,
    taskId: row.task_id,
    note: row.note,
    version: row.version,
    createdBy: row.created_by,
  };
}

function moreOf(row: EntryRow) {
  return {
    inactivityTimeoutMinutes: row.inactivity_timeout_minutes,
    manualRecurrence: row.manual_recurrence,
    category: row.category_code,
    priority: priorityOf(row.priority),
    notifyOnSuccess: row.notify_on_success,
    expectedDuration: row.expected_duration_ms === null ? null : Number(row.expected_duration_ms),
    keepLogDays: row.keep_log_days,
    tags: row.tags,
    owner: row.owner_no,
    sessionId: row.session_id,
    sessionStartedAt: row.session_started_at,
    waitingSince: row.waiting_since,
    categorySlot: row.category_slot,
    declaredName: row.declared_name,
  };
}

/** As it is stored, with room between them: High 1000, Normal 2000, Low 3000. */
export function storedPriority(priority: EntryPriority): number {
  return (ENTRY_PRIORITIES.indexOf(priority) + 1) * PRIORITY_STEP;
}

function priorityOf(stored: number): EntryPriority {
  return ENTRY_PRIORITIES[stored / PRIORITY_STEP - 1] ?? 'Normal';
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
  readonly planned_at: Date | null;
  readonly phase: RunPhase | null;
  readonly trigger: RunTrigger;
  readonly category_code: string | null;
  readonly instance_epoch: string | null;
  readonly instance_name: string | null;
  readonly codeunit_version: string | null;
  readonly parameters: unknown;
  readonly fingerprint: string | null;
  readonly error_messages: number;
  readonly items_done: string | null;
  readonly items_total: string | null;
  readonly correlation_id: string | null;
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
    parameters: row.parameters,
    description: row.description,
    category: row.category_code,
    status: row.status,
    attempt: row.attempt,
    trigger: row.trigger,
    plannedAt: row.planned_at,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    wait: row.planned_at === null ? null : Math.max(0, row.started_at.getTime() - row.planned_at.getTime()),
    note: row.note,
    error: row.error,
    phase: row.phase,
    fingerprint: row.fingerprint,
    errorMessages: row.error_messages,
    lines: row.lines,
    progress: row.progress,
    items: itemsOf(row),
    ...whereOf(row),
  };
}

function itemsOf({ items_done: done, items_total: total, progress }: LogEntryRow): JobQueueLogEntry['items'] {
  if (done === null) return null;
  const { counts = null } = progress ?? {};
  return { done: Number(done), total: total === null ? null : Number(total), counts };
}

function whereOf(row: LogEntryRow) {
  return {
    instanceEpoch: row.instance_epoch,
    instanceName: row.instance_name,
    codeunitVersion: row.codeunit_version,
    correlationId: row.correlation_id,
  };
}
