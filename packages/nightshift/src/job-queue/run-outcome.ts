import { NightshiftError } from '../foundation/index.ts';
import { doorOf, type PrivilegedSession, type Session } from '../session/index.ts';
import { type PreparedTask, storableJson } from '../task-scheduler/index.ts';
import { type PlacesGiven, tellAfterCommit } from './category-places.ts';
import { entryDimensions } from './entry-dimensions.ts';
import { prepareEntryTask } from './entry-task.ts';
import { addLogEntry, endRun, readEntry } from './job-queue.sql.ts';
import type { JobQueueEntry } from './job-queue-entry.ts';
import type { RunTrigger } from './job-queue-log-entry.ts';
import { type EntryRow, entryOf } from './job-queue-rows.ts';
import { JOB_QUEUE } from './job-queue-service.ts';
import { beginningColumns, failureColumns, type LogColumns, triggerOf } from './log-columns.ts';
import { type EntryOutcome, isExpired } from './transitions.ts';

// How the dispatcher and the error handler write what becomes of an entry and of its log, under the claim of its task.

/** An entry, and the database's clock. */
export interface LockedEntry {
  readonly entry: JobQueueEntry;
  readonly now: Date;
}

export function claimOf(privileged: PrivilegedSession): NonNullable<PrivilegedSession['claim']> {
  if (privileged.claim !== null) return privileged.claim;
  throw new NightshiftError('INTERNAL', 'The job queue dispatcher runs under a task only.');
}

export function lockEntry(privileged: PrivilegedSession, entryId: string): Promise<LockedEntry | null> {
  return foundEntry(privileged, entryId, true);
}

/** An entry as it is now, not locked. */
export function readUnlocked(privileged: PrivilegedSession, entryId: string): Promise<LockedEntry | null> {
  return foundEntry(privileged, entryId, false);
}

async function foundEntry(
  privileged: PrivilegedSession,
  entryId: string,
  lock: boolean,
): Promise<LockedEntry | null> {
  const door = doorOf(privileged.caller);
  const { clock } = door.service(JOB_QUEUE);
  const values = [door.user.no, door.company.no, entryId, lock, clock.pinned()];
  const [row] = await privileged.run<EntryRow>(readEntry, values);
  return row === undefined ? null : { entry: entryOf(row), now: row.now };
}

/** The outcome of an entry that does not run again. */
export const FINISHED = { status: 'Finished', attempts: 0, error: null, runAt: null } as const;

/** The outcome of an entry that has not run, and will later. */
export function keeping({ attempts, error }: JobQueueEntry, runAt: Date): EntryOutcome {
  return { status: 'Ready', attempts, error, runAt };
}

/** Writes an outcome without a run, and why. */
export async function skip(
  privileged: PrivilegedSession,
  found: LockedEntry,
  { note, ...outcome }: EntryOutcome & { readonly note: string },
): Promise<void> {
  const session = privileged.caller;
  const { entry, now } = found;
  await addSkipped(privileged, found, note);
  await writeOutcome(privileged, entry, outcome, { ...leftOpen(session), ended_at: now });
  if (outcome.status !== 'Finished' || isExpired(entry, now)) return;
  const door = doorOf(session);
  const { telemetry } = door.service(JOB_QUEUE);
  door.afterCommit(() => telemetry.emit('AL0000FNY', entryDimensions(entry, door)));
}

export function addSkipped(privileged: PrivilegedSession, found: LockedEntry, note: string): Promise<void> {
  const log = { status: 'Skipped', ended_at: found.now, note };
  return addLog(privileged, found, triggerOf(found.entry, privileged.caller, undefined), log);
}

/** Adds the log entry of a run that has not begun. */
export async function addLog(
  privileged: PrivilegedSession,
  { entry, now }: LockedEntry,
  trigger: RunTrigger,
  ended: LogColumns,
): Promise<void> {
  const session = privileged.caller;
  const door = doorOf(session);
  const begin = { startedAt: now, trigger, plannedAt: entry.earliestStart };
  const log = storableJson({ ...beginningColumns(session, door, entry, begin), ...ended });
  await privileged.run(addLogEntry, [door.user.no, door.company.no, entry.id, log]);
}

/**
 * Writes what becomes of the entry and of its open log entries, and creates the task of the next run.
 * @returns the id of that task; null when there is none
 */
export async function writeOutcome(
  privileged: PrivilegedSession,
  entry: JobQueueEntry,
  outcome: EntryOutcome,
  log: LogColumns,
): Promise<string | null> {
  return (await writeOutcomeIf(privileged, entry, outcome, { log, seen: null }))?.nextTaskId ?? null;
}

/** The same for an entry that was not read again. @returns null when it was changed since it was `seen`: nothing is written then */
export async function writeOutcomeIf(
  privileged: PrivilegedSession,
  entry: JobQueueEntry,
  outcome: EntryOutcome,
  { log, seen }: { readonly log: LogColumns; readonly seen: string | null },
): Promise<{ readonly nextTaskId: string | null } | null> {
  const next = outcome.runAt === null ? null : prepareEntryTask(privileged.caller, entry, outcome.runAt);
  const nextTaskId = next?.id ?? null;
  const fields = {
    status: outcome.status,
    attempts: outcome.attempts,
    error: outcome.error,
    // An entry that was put On Hold while it ran may have a plan of its own already.
    earliest_start: outcome.earliestStart ?? outcome.runAt ?? entry.earliestStart,
    task_id: nextTaskId,
    ...(outcome.alert === undefined ? {} : { alert: outcome.alert }),
  };
  const given = await endedRun(privileged, entry.id, { log, fields: storableJson(fields), seen, next });
  if (given === null) return null;
  next?.inserted();
  const door = doorOf(privileged.caller);
  tellAfterCommit(door, given);
  const { runAt, earliestStart } = outcome;
  if (nextTaskId !== null && runAt !== null && earliestStart === undefined) {
    const { telemetry } = door.service(JOB_QUEUE);
    const planned = {
      status: outcome.status,
      attempts: outcome.attempts,
      taskId: nextTaskId,
      earliestStart: runAt.toISOString(),
    };
    const dimensions = { ...entryDimensions(entry, door), ...planned };
    door.afterCommit(() => telemetry.emit('AL0000E24', dimensions));
  }
  return { nextTaskId };
}

/** What is written at the end of a run, under the claim of its task. */
interface RunEnd {
  readonly log: LogColumns;
  /** Those of the entry that change, as JSON. */
  readonly fields: string;
  /** What the entry must be unchanged since; null: whatever it is. */
  readonly seen: string | null;
  readonly next: PreparedTask | null;
}

/** @returns the places that it has freed; null when the entry was changed since it was seen */
async function endedRun(
  privileged: PrivilegedSession,
  entryId: string,
  { log, fields, seen, next }: RunEnd,
): Promise<readonly PlacesGiven[] | null> {
  const { taskId, nonce } = claimOf(privileged);
  const [user = null, , tasks = null, now = null] = next?.values ?? [];
  const values = [taskId, nonce, entryId, storableJson(log), fields, seen, user, tasks, now];
  const rows = await privileged.run<PlacesGiven & { readonly changed: boolean }>(endRun, values);
  return rows[0]?.changed === true ? null : rows;
}

/** Closes the log entry that an earlier attempt of this task has left open, when there will be no other. */
export function closeLeftOpen(privileged: PrivilegedSession, entryId: string, note: string): Promise<void> {
  return closeLog(privileged, entryId, { ...leftOpen(privileged.caller), note });
}

/** Closes the open log entry of this task; whatever has become of the job queue entry stays. */
export async function closeLog(
  privileged: PrivilegedSession,
  entryId: string,
  log: LogColumns,
): Promise<void> {
  const door = doorOf(privileged.caller);
  const { clock } = door.service(JOB_QUEUE);
  const closed = { ...log, ended_at: clock.now() };
  const given = await endedRun(privileged, entryId, { log: closed, fields: '{}', seen: null, next: null });
  tellAfterCommit(door, given ?? []);
}

/** How a log entry is closed that an earlier attempt of this task left open. */
export function leftOpen({ lastError }: Session): LogColumns {
  if (lastError === null) return { status: 'Lost', note: 'its end was not confirmed; runs again' };
  return { ...failureColumns(lastError), note: 'runs again' };
}
