import type { CallerDoor, RunNotes, Session } from '../session/index.ts';
import { errorFingerprint } from './error-fingerprint.ts';
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
  const { epoch, name } = door.service(JOB_QUEUE).instance();
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
    correlation_id: door.correlationId,
  };
}

/** What set a run off that nobody in particular asked for: the failure of the one before, or its schedule. */
export function triggerOf(entry: JobQueueEntry, session: Session, asked: RunTrigger | undefined): RunTrigger {
  if (entry.attempts > 0 || session.attempt > 0) return 'retry';
  return asked ?? 'schedule';
}

/** What a run leaves behind. */
export function notesColumns({ lines, progress }: Pick<RunNotes, 'lines' | 'progress'>): LogColumns {
  return {
    lines,
    progress,
    items_done: progress === null ? null : whole(progress.done),
    items_total: progress === null || progress.total === null ? null : whole(progress.total),
  };
}

/** How a run failed, as far as the task scheduler has seen it. */
export function failureColumns(failure: FailedRun) {
  const { lines = [], progress = null, reached: _reached, sessionId: _sessionId, ...error } = failure;
  return {
    ...notesColumns({ lines, progress: progress as RunNotes['progress'] }),
    status: logStatusOf(error),
    error,
    phase: phaseOf(failure),
    fingerprint: errorFingerprint(error),
  };
}

/**
 * Where a run failed whose outcome the last resort writes: the error handler failed, too, or there was nobody as whom it
 * could run. What the run itself has left behind is lost then.
 */
export function lastResortColumns(failure: FailedRun, failing: boolean): LogColumns {
  const { phase, fingerprint } = failureColumns(failure);
  return {
    phase: failing && phase !== null ? ('in the error handler' satisfies RunPhase) : phase,
    fingerprint,
  };
}

/** Columns of whole numbers take what user code has reported, whatever it is. */
function whole(value: number): number {
  const bound = Number.MAX_SAFE_INTEGER;
  return Math.trunc(Math.max(-bound, Math.min(bound, value)));
}
