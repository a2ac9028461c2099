import { errorFingerprint } from '../foundation/index.ts';
import { type CallerDoor, NO_ERRORS, type RunNotes, type Session } from '../session/index.ts';
import type { TaskFailure } from '../task-scheduler/index.ts';
import type { JobQueueEntry } from './job-queue-entry.ts';
import {
  type FailedRun,
  logStatusOf,
  phaseOf,
  type RunPhase,
  type RunTrigger,
} from './job-queue-log-entry.ts';
import { JOB_QUEUE } from './job-queue-service.ts';

// What is written into a log entry, by the names of its columns.

/** Columns of a log entry. */
export type LogColumns = Readonly<Record<string, unknown>>;

/** What a run is about, where and by what it was set off: known as it begins. */
export function beginningColumns(
  session: Pick<Session, 'id' | 'uniqueId'>,
  door: CallerDoor,
  entry: JobQueueEntry,
  run: { readonly startedAt: Date; readonly trigger: RunTrigger; readonly plannedAt: Date | null },
): LogColumns {
  const { instance, codeunits, version } = door.service(JOB_QUEUE);
  const { epoch, name } = instance();
  const own = codeunits.has(entry.object) ? codeunits.get(entry.object).version : null;
  return {
    session_id: session.id,
    session_unique_id: session.uniqueId,
    attempt: entry.attempts,
    started_at: run.startedAt,
    planned_at: run.plannedAt,
    trigger: run.trigger,
    category_code: entry.category,
    parameters: entry.parameters,
    instance_epoch: epoch,
    instance_name: name,
    codeunit_version: own ?? version,
    correlation_id: door.correlationId,
  };
}

/** What set a run off that nobody in particular asked for: the failure of the one before, or its schedule. */
export function triggerOf(entry: JobQueueEntry, session: Session, asked: RunTrigger | undefined): RunTrigger {
  if (entry.attempts > 0 || session.attempt > 0) return 'retry';
  return asked ?? 'schedule';
}

/** What a run leaves behind. */
export function notesColumns({
  lines,
  progress,
  errors,
}: Pick<RunNotes, 'lines' | 'progress' | 'errors'>): LogColumns {
  return {
    lines,
    progress,
    ...(errors.count === 0 ? {} : { error_messages: errors.count, messages: errors.kept }),
    items_done: progress === null ? null : whole(progress.done),
    items_total: progress === null || progress.total === null ? null : whole(progress.total),
  };
}

/** How a run failed, as far as the task scheduler has seen it. */
export function failureColumns(failure: FailedRun) {
  const {
    lines: _lines,
    progress: _progress,
    errors: _errors,
    reached: _reached,
    sessionId: _id,
    ...error
  } = failure;
  return {
    ...keptColumns(failure),
    status: logStatusOf(error),
    error,
    phase: phaseOf(failure),
    fingerprint: errorFingerprint(error),
  };
}

/** What the task scheduler has kept of what a run that failed has left behind. */
function keptColumns({ lines = [], progress = null, errors = NO_ERRORS }: Partial<TaskFailure>): LogColumns {
  return notesColumns({ lines, progress: progress as RunNotes['progress'], errors });
}

/**
 * What is written of a run whose outcome the last resort writes: the error handler failed, too, or there was nobody as whom it
 * could run. What the run itself has left behind is with the task, if anything is.
 */
export function lastResort(
  failure: FailedRun,
  { failing, lastError }: { readonly failing: boolean; readonly lastError: TaskFailure | null },
) {
  const { status, error, phase, fingerprint } = failureColumns(failure);
  const more = {
    ...(lastError === null ? {} : keptColumns(lastError)),
    phase: failing && phase !== null ? ('in the error handler' satisfies RunPhase) : phase,
    fingerprint,
  };
  return { status, error, more };
}

/** Columns of whole numbers take what user code has reported, whatever it is. */
function whole(value: number): number {
  const bound = Number.MAX_SAFE_INTEGER;
  return Math.trunc(Math.max(-bound, Math.min(bound, value)));
}
