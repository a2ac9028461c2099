import type { Clock } from '../foundation/index.ts';
import type { Directory } from '../permissions/index.ts';
import type { RunNotes } from '../session/index.ts';
import type { Dimensions, Telemetry } from '../telemetry/index.ts';
import { type ClaimedTask, codeunitToRun, sessionUniqueIdOf } from './scheduled-task.ts';

/** What dimensions are made from. */
export interface TaskTelemetryParts {
  readonly clock: Clock;
  readonly directory: Directory;
}

/** What the events about a run of a task say of the task. Work it out only when somebody listens. */
export function taskDimensions({ directory }: TaskTelemetryParts, task: ClaimedTask): Dimensions {
  const { userNo, companyNo } = task;
  return {
    taskId: task.id,
    sessionUniqueId: sessionUniqueIdOf(task),
    codeunit: codeunitToRun(task),
    isFailureCodeunit: task.failing,
    company: directory.companies.find(({ no }) => no === companyNo)?.name ?? null,
    user: directory.users.find(({ no }) => no === userNo)?.name ?? null,
    attemptNumber: task.attempt,
    losses: task.losses,
  };
}

/** Of a run that begins. `waitMs`: since the task was due. */
export function startDimensions(parts: TaskTelemetryParts, task: ClaimedTask, sessionId: number): Dimensions {
  return { ...taskDimensions(parts, task), sessionId, waitMs: waitMs(parts.clock, task) };
}

/** Of a run that has ended, and had begun at `begun` on the monotonic clock. */
export function endDimensions(
  parts: TaskTelemetryParts,
  task: ClaimedTask,
  { begun, notes }: { readonly begun: number; readonly notes: RunNotes },
): Dimensions {
  const runMs = Math.round(parts.clock.monotonic() - begun);
  const { sessionId, statements, rows } = notes;
  return {
    ...taskDimensions(parts, task),
    sessionId,
    waitMs: Math.max(0, waitMs(parts.clock, task) - runMs),
    runMs,
    statements,
    rows,
  };
}

/** By this machine's clock, against a due time by the database's. */
function waitMs(clock: Clock, { dueSeconds }: ClaimedTask): number {
  return Math.max(0, Math.round(clock.now().getTime() - dueSeconds * 1_000));
}

/** Says how many tasks of each company were claimed at once. */
export function tellClaimed(telemetry: Telemetry, tasks: readonly ClaimedTask[]): void {
  if (!telemetry.active || tasks.length === 0) return;
  const counts = new Map<number, number>();
  for (const { companyNo } of tasks) counts.set(companyNo, (counts.get(companyNo) ?? 0) + 1);
  for (const [lane, count] of counts) telemetry.emit('NS0017', { lane, count });
}
