import { isUuid, NightshiftError, uuidV7 } from '../foundation/index.ts';
import { type Caller, type CallerDoor, doorOf } from '../session/index.ts';
import { cancelTask, taskExists } from '../task-scheduler/index.ts';
import { checkEntry, entryColumns, type JobQueueEntryInput } from './entry-input.ts';
import { createEntry, listEntries, listLogEntries, readEntry, setEntryStatus } from './job-queue.sql.ts';
import { createEntryTask } from './job-queue-codeunits.ts';
import { JOB_QUEUE_ENTRY_STATUSES, type JobQueueEntry, type JobQueueEntryStatus } from './job-queue-entry.ts';
import type { JobQueueLogEntry } from './job-queue-log-entry.ts';
import { type EntryRow, entryOf, type LogEntryRow, logEntryOf } from './job-queue-rows.ts';
import { JOB_QUEUE } from './job-queue-service.ts';
import { firstRun } from './transitions.ts';

/** Log entries that `logEntries` returns when it is not told. */
export const LOG_ENTRIES_DEFAULT = 50;
const LOG_ENTRIES_MAX = 1_000;

/**
 * Creates an entry, On Hold.
 * @throws NightshiftError VALIDATION, DATE_FORMULA_INVALID or CODEUNIT_UNKNOWN, with the field; nothing is stored then
 */
export async function create(caller: Caller, input: JobQueueEntryInput): Promise<JobQueueEntry> {
  const door = doorOf(caller);
  door.refuseIfShared?.('jobQueue.create');
  const { clock, codeunits } = door.service(JOB_QUEUE);
  const checked = checkEntry(input, caller.timeZone);
  const object = namedObject(() => codeunits.get(checked.object).name);
  const columns = { ...entryColumns({ ...checked, object }, caller.language), id: uuidV7(clock.now()) };
  const values = [door.user.no, door.company.no, JSON.stringify(columns), clock.pinned()];
  const [row] = await door.transaction((tx) => tx.run<EntryRow>(createEntry, values));
  return entryOf(row as EntryRow);
}

/** The door's field is `object`, where the registry says `codeunit`. */
function namedObject(find: () => string): string {
  try {
    return find();
  } catch (error) {
    if (error instanceof NightshiftError)
      throw new NightshiftError(error.code, error.message, { field: 'object' });
    throw error;
  }
}

/** One entry. @throws NightshiftError ENTRY_UNKNOWN */
export async function get(caller: Caller, entryId: string): Promise<JobQueueEntry> {
  const door = doorOf(caller);
  const rows = await door.transaction((tx) => tx.run<EntryRow>(readEntry, readValues(door, entryId, false)));
  return entryOf(required(rows[0], entryId));
}

/**
 * Sets an entry Ready: it runs as the caller, from its earliest start on, by its schedule. Of one that is Ready already
 * nothing changes.
 * @throws NightshiftError ENTRY_UNKNOWN, CONFLICT while it runs
 */
export async function setStatusToReady(caller: Caller, entryId: string): Promise<JobQueueEntry> {
  return change(caller, entryId, 'Ready', async (entry, now, inside) => {
    // Also of an entry that was put On Hold in mid-run: two runs of one entry never overlap.
    if (!(await cancelPending(inside, entry)) && (await isRunning(inside, entry))) {
      throw conflict(entry, 'its run is still under way; try again when it has ended');
    }
    const runAt = firstRun(entry, now);
    const taskId = await createEntryTask(inside, entry, runAt);
    return { earliest_start: runAt, attempts: 0, error: null, task_id: taskId, last_ready_at: now };
  });
}

/**
 * Sets an entry On Hold: its pending task is removed. A run that is under way goes on, and is the last.
 * @throws NightshiftError ENTRY_UNKNOWN
 */
export async function setOnHold(caller: Caller, entryId: string): Promise<JobQueueEntry> {
  return change(caller, entryId, 'On Hold', async (entry, _now, inside) => {
    const cancelled = await cancelPending(inside, entry);
    // A running task stays the entry's own, so that its outcome finds its log entry.
    return { task_id: cancelled ? null : entry.taskId };
  });
}

/** Entries by number. @throws NightshiftError VALIDATION for an unknown status */
export async function list(
  caller: Caller,
  filter: { readonly status?: JobQueueEntryStatus } = {},
): Promise<readonly JobQueueEntry[]> {
  const door = doorOf(caller);
  const { clock, reader } = door.service(JOB_QUEUE);
  const status = filter.status === undefined ? null : checkedStatus(filter.status);
  const rows = await reader.run<EntryRow>(listEntries, [door.company.no, status, clock.pinned()]);
  return rows.map(entryOf);
}

/** Log entries, newest first; at most 50 unless told otherwise, at most 1,000. @throws NightshiftError VALIDATION */
export async function logEntries(
  caller: Caller,
  filter: { readonly entryId?: string; readonly limit?: number } = {},
): Promise<readonly JobQueueLogEntry[]> {
  const door = doorOf(caller);
  const entryId = filter.entryId === undefined ? null : checkedId(filter.entryId);
  const { reader } = door.service(JOB_QUEUE);
  const limit = filter.limit === undefined ? LOG_ENTRIES_DEFAULT : checkedLimit(filter.limit);
  const rows = await reader.run<LogEntryRow>(listLogEntries, [door.company.no, entryId, limit]);
  return rows.map(logEntryOf);
}

type Change = (entry: JobQueueEntry, now: Date, inside: Caller) => Promise<Readonly<Record<string, unknown>>>;

async function change(
  caller: Caller,
  entryId: string,
  status: 'Ready' | 'On Hold',
  decide: Change,
): Promise<JobQueueEntry> {
  const door = doorOf(caller);
  door.refuseIfShared?.(status === 'Ready' ? 'jobQueue.setStatusToReady' : 'jobQueue.setOnHold');
  const { clock, telemetry } = door.service(JOB_QUEUE);
  return door.transaction(async (tx, inside) => {
    const [found] = await tx.run<EntryRow>(readEntry, readValues(door, entryId, true));
    const row = required(found, entryId);
    const entry = entryOf(row);
    if (entry.status === status) return entry;
    const fields = await decide(entry, row.now, inside);
    const values = [door.user.no, door.company.no, entryId, status, JSON.stringify(fields), clock.pinned()];
    const [changed] = await tx.run<EntryRow>(setEntryStatus, values);
    doorOf(inside).afterCommit(() => {
      telemetry.emit('AL0000FNM', { entryId, oldStatus: entry.status, status });
      if (status === 'Ready') telemetry.emit('AL0000E24', { entryId, object: entry.object });
    });
    return entryOf(required(changed, entryId));
  });
}

async function cancelPending(inside: Caller, entry: JobQueueEntry): Promise<boolean> {
  return entry.taskId === null ? false : cancelTask(inside, entry.taskId);
}

async function isRunning(inside: Caller, entry: JobQueueEntry): Promise<boolean> {
  return entry.taskId === null ? false : taskExists(inside, entry.taskId);
}

function readValues(door: CallerDoor, entryId: string, lock: boolean): readonly unknown[] {
  const { clock } = door.service(JOB_QUEUE);
  return [door.user.no, door.company.no, checkedId(entryId), lock, clock.pinned()];
}

function checkedId(entryId: string): string {
  if (typeof entryId === 'string' && isUuid(entryId)) return entryId;
  throw new NightshiftError('VALIDATION', `${JSON.stringify(entryId)} is not the id of an entry (a UUID).`, {
    field: 'entryId',
  });
}

function checkedLimit(limit: number): number {
  if (Number.isInteger(limit) && limit >= 1) return Math.min(limit, LOG_ENTRIES_MAX);
  throw new NightshiftError('VALIDATION', 'The limit is a whole number, 1 or more.', { field: 'limit' });
}

function checkedStatus(status: string): JobQueueEntryStatus {
  const found = JOB_QUEUE_ENTRY_STATUSES.find((known) => known === status);
  if (found !== undefined) return found;
  throw new NightshiftError(
    'VALIDATION',
    `There is no status "${status}". The statuses are: ${JOB_QUEUE_ENTRY_STATUSES.join(', ')}.`,
    { field: 'status' },
  );
}

function required(row: EntryRow | undefined, entryId: string): EntryRow {
  if (row !== undefined) return row;
  throw new NightshiftError('ENTRY_UNKNOWN', `There is no job queue entry ${entryId} in this company.`, {
    field: 'entryId',
  });
}

function conflict(entry: JobQueueEntry, advice: string): NightshiftError {
  return new NightshiftError('CONFLICT', `Job queue entry ${entry.entryNo} is ${entry.status}: ${advice}.`, {
    details: { status: entry.status },
  });
}
