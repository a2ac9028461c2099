import type { Executor } from '../database/index.ts';
import { NightshiftError } from '../foundation/index.ts';
import type { RunnableObject } from '../permissions/index.ts';
import { type Caller, doorOf } from '../session/index.ts';
import { cancelOwnedTask, ownedTaskExists } from '../task-scheduler/index.ts';
import { type PlacesGiven, taskCancelled, tellAfterCommit } from './category-places.ts';
import { type AdmittedEntry, entryUnknown } from './entry-access.ts';
import { entryDimensions } from './entry-dimensions.ts';
import { createEntryTask } from './entry-task.ts';
import { deleteEntry } from './entry-verbs.sql.ts';
import { setEntryStatus } from './job-queue.sql.ts';
import type { JobQueueEntry } from './job-queue-entry.ts';
import type { RunTrigger } from './job-queue-log-entry.ts';
import { type EntryRow, entryOf } from './job-queue-rows.ts';
import { JOB_QUEUE } from './job-queue-service.ts';
import { firstRun } from './transitions.ts';

// What people do to an entry, without the question whether they may. All of it in a transaction that holds the entry's row;
// `inside` is the caller whose transaction that is, and as whom the entry runs from then on.

/** How an entry is set Ready. */
export interface ReadyPlan {
  /** When it runs first. Default: by its schedule. */
  readonly runAt?: Date;
  /** Who has asked for the first run. Default: its schedule. */
  readonly trigger?: RunTrigger;
}

/**
 * Sets an entry Ready: it runs as `inside`.
 * @throws NightshiftError CONFLICT while it runs
 */
export async function makeReady(
  tx: Executor,
  inside: Caller,
  { entry, now }: AdmittedEntry,
  { runAt = firstRun(entry, now), trigger }: ReadyPlan = {},
): Promise<JobQueueEntry> {
  // Also of an entry that was put On Hold in mid-run: two runs of one entry never overlap.
  await cancelPlan(tx, inside, entry);
  const taskId = await createEntryTask(inside, entry, runAt, trigger === undefined ? {} : { trigger });
  const fields = { earliest_start: runAt, attempts: 0, error: null, task_id: taskId, last_ready_at: now };
  return writeStatus(tx, inside, entry, { status: 'Ready', fields });
}

/**
 * Puts an entry On Hold. A run that is under way goes on, and is the last.
 * @param note why, where that is not plain
 */
export async function makeOnHold(
  tx: Executor,
  inside: Caller,
  entry: JobQueueEntry,
  note: string | null = null,
): Promise<JobQueueEntry> {
  // A running task stays the entry's own, so that its outcome finds its log entry.
  const isGone = entry.taskId !== null && (await cancelPending(tx, inside, entry, entry.taskId));
  const fields = { task_id: isGone ? null : entry.taskId, note };
  return writeStatus(tx, inside, entry, { status: 'On Hold', fields });
}

/** Takes back what is planned of an entry. @throws NightshiftError CONFLICT while it runs */
export async function cancelPlan(tx: Executor, inside: Caller, entry: JobQueueEntry): Promise<void> {
  const { taskId } = entry;
  if (taskId === null || (await cancelPending(tx, inside, entry, taskId))) return;
  if (await ownedTaskExists(inside, taskId)) {
    throw entryRuns(entry);
  }
}

/** Deletes an entry with its plan. @throws NightshiftError CONFLICT while it runs */
export async function removeEntry(tx: Executor, inside: Caller, entry: JobQueueEntry): Promise<void> {
  await cancelPlan(tx, inside, entry);
  const { user, company } = doorOf(inside);
  const rows = await tx.run<Partial<PlacesGiven>>(deleteEntry, [user.no, company.no, entry.id]);
  if (rows.length === 0) throw entryRuns(entry);
  // The first one says that it is gone.
  tellAfterCommit(doorOf(inside), rows.slice(1) as PlacesGiven[]);
}

async function cancelPending(
  tx: Executor,
  inside: Caller,
  entry: JobQueueEntry,
  taskId: string,
): Promise<boolean> {
  if (!(await cancelOwnedTask(inside, taskId))) return false;
  const door = doorOf(inside);
  await taskCancelled(tx, door, taskId);
  const { telemetry } = door.service(JOB_QUEUE);
  door.afterCommit(() => telemetry.emit('AL0000KZV', entryDimensions(entry, door)));
  return true;
}

async function writeStatus(
  tx: Executor,
  inside: Caller,
  entry: JobQueueEntry,
  change: { readonly status: 'Ready' | 'On Hold'; readonly fields: Readonly<Record<string, unknown>> },
): Promise<JobQueueEntry> {
  const door = doorOf(inside);
  const { clock, telemetry } = door.service(JOB_QUEUE);
  const { status, fields } = change;
  const { id: entryId } = entry;
  const values = [door.user.no, door.company.no, entryId, status, JSON.stringify(fields), clock.pinned()];
  const [changed] = await tx.run<EntryRow>(setEntryStatus, values);
  if (changed === undefined) throw entryUnknown(entryId);
  const now = entryOf(changed);
  door.afterCommit(() => {
    telemetry.emit('AL0000FNM', { ...entryDimensions(now, door), oldStatus: entry.status });
    if (status === 'Ready') telemetry.emit('AL0000E24', entryDimensions(now, door));
  });
  return now;
}

/** The object of an entry, for a rehearsal. Where this process lacks it, only its name is known. */
export function objectsOf(
  inside: Caller,
  {
    object,
    objectType = 'codeunit',
  }: Pick<JobQueueEntry, 'object'> & Partial<Pick<JobQueueEntry, 'objectType'>>,
): readonly RunnableObject[] {
  const { codeunits } = doorOf(inside).service(JOB_QUEUE);
  return [
    codeunits.has(object)
      ? codeunits.get(object)
      : { objectType, name: object, permissions: {}, onRunPrivileged: null },
  ];
}

/** The refusal of what may not be done while an entry runs. */
export function entryRuns(entry: EntryState): NightshiftError {
  return entryConflict(entry, 'its run is still under way; try again when it has ended');
}

/** What the refusals say of an entry. */
type EntryState = Pick<JobQueueEntry, 'entryNo' | 'status'>;

/** The refusal of what an entry's status does not allow. */
export function entryConflict(entry: EntryState, advice: string): NightshiftError {
  return new NightshiftError('CONFLICT', `Job queue entry ${entry.entryNo} is ${entry.status}: ${advice}.`, {
    details: { status: entry.status },
  });
}
