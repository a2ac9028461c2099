import { NightshiftError, uuidV7 } from '../foundation/index.ts';
import {
  type AnyCodeunit,
  AUTHORITY,
  actorOf,
  audited,
  type Caller,
  type CallerDoor,
  doorOf,
} from '../session/index.ts';
import { entryTransaction } from './category-turns.ts';
import { admitToEntry, auditedEntry, auditedState, checkedEntryId } from './entry-access.ts';
import { entryConflict, makeOnHold, makeReady, objectsOf } from './entry-change.ts';
import { checkEntry, entryColumns, type JobQueueEntryInput } from './entry-input.ts';
import { createEntry, listEntries, listEntriesPage, listLogEntries } from './job-queue.sql.ts';
import { JOB_QUEUE_ENTRY_STATUSES, type JobQueueEntry, type JobQueueEntryStatus } from './job-queue-entry.ts';
import {
  JOB_QUEUE_LOG_STATUSES,
  type JobQueueLogEntry,
  type JobQueueLogStatus,
} from './job-queue-log-entry.ts';
import { type EntryRow, entryOf, type LogEntryRow, logEntryOf } from './job-queue-rows.ts';
import { JOB_QUEUE } from './job-queue-service.ts';

/** Log entries that `logEntries` returns when it is not told. */
export const LOG_ENTRIES_DEFAULT = 50;
const LOG_ENTRIES_MAX = 1_000;

/**
 * Creates an entry, On Hold.
 * @throws NightshiftError PERMISSION_DENIED, USER_DISABLED; VALIDATION, DATE_FORMULA_INVALID or CODEUNIT_UNKNOWN, with the
 *   field; nothing is stored then
 */
export async function create(caller: Caller, input: JobQueueEntryInput): Promise<JobQueueEntry> {
  const door = doorOf(caller);
  door.refuseIfShared?.('jobQueue.create');
  const { clock, codeunits } = door.service(JOB_QUEUE);
  const checked = checkEntry(input, caller.timeZone);
  const target = namedObject(() => codeunits.get(checked.object));
  const { name: object } = target;
  const columns = { ...entryColumns(checked, target, caller.language), id: uuidV7(clock.now()) };
  const values = [door.user.no, door.company.no, JSON.stringify(columns), clock.pinned()];
  return door.transaction(async (tx) => {
    const wish = { kind: 'entry', id: null, name: object };
    await door.service(AUTHORITY).demand(actorOf(door), 'entry.create', wish);
    const [row] = await tx.run<EntryRow>(createEntry, values);
    const entry = entryOf(row as EntryRow);
    await audited(tx, door, { verb: 'entry.create', object: auditedEntry(entry), after: columns });
    return entry;
  });
}

/** The door's field is `object`, where the registry says `codeunit`. */
function namedObject(find: () => AnyCodeunit): AnyCodeunit {
  try {
    return find();
  } catch (error) {
    if (error instanceof NightshiftError)
      throw new NightshiftError(error.code, error.message, { field: 'object' });
    throw error;
  }
}

/** One entry. @throws NightshiftError ENTRY_UNKNOWN, PERMISSION_DENIED, USER_DISABLED */
export async function get(caller: Caller, entryId: string): Promise<JobQueueEntry> {
  const door = doorOf(caller);
  const admit = { entryId, lock: false };
  return door.transaction(async (tx) => (await admitToEntry(tx, door, 'entry.read', admit)).entry);
}

/**
 * Sets an entry Ready: it runs as the caller, from its earliest start on, by its schedule. That is rehearsed first: may he
 * schedule, run its object, touch the tables that the object declares? Of one that is Ready already as him nothing changes.
 * An open request for its approval is settled by it.
 * @throws NightshiftError ENTRY_UNKNOWN, CONFLICT while it runs, or when it is Ready as somebody else; PERMISSION_DENIED with
 *   all that is missing in `details.missing`; APPROVAL_NEEDED; USER_DISABLED
 */
export async function setStatusToReady(caller: Caller, entryId: string): Promise<JobQueueEntry> {
  const door = doorOf(caller);
  door.refuseIfShared?.('jobQueue.setStatusToReady');
  return entryTransaction(door, entryId, async (tx, inside) => {
    const admitted = await admitToEntry(tx, door, 'entry.setReady', { entryId, lock: true });
    const { entry } = admitted;
    if (entry.status === 'Ready') return readyAlready(entry, door);
    const wish = { ...auditedEntry(entry), objects: objectsOf(inside, entry) };
    await door.service(AUTHORITY).rehearse(actorOf(door), 'entry.setReady', wish);
    const ready = await makeReady(tx, inside, admitted);
    const change = { before: auditedState(entry), after: auditedState(ready) };
    await audited(tx, door, { verb: 'entry.setReady', object: auditedEntry(entry), ...change });
    return ready;
  });
}

/** Whoever sets an entry Ready wants it to run as himself; as whom it runs otherwise is not for him to take over in passing. */
function readyAlready(entry: JobQueueEntry, door: CallerDoor): JobQueueEntry {
  if (entry.runAs === door.user.no) return entry;
  throw entryConflict(entry, 'it runs as another user; set it On Hold first');
}

/**
 * Sets an entry On Hold: its pending task is removed. A run that is under way goes on, and is the last. An open request for
 * its approval is withdrawn.
 * @throws NightshiftError ENTRY_UNKNOWN, PERMISSION_DENIED, USER_DISABLED
 */
export async function setOnHold(caller: Caller, entryId: string): Promise<JobQueueEntry> {
  const door = doorOf(caller);
  door.refuseIfShared?.('jobQueue.setOnHold');
  return entryTransaction(door, entryId, async (tx, inside) => {
    const { entry } = await admitToEntry(tx, door, 'entry.setOnHold', { entryId, lock: true });
    if (entry.status === 'On Hold') return entry;
    const held = await makeOnHold(tx, inside, entry);
    const change = { before: auditedState(entry), after: auditedState(held) };
    await audited(tx, door, { verb: 'entry.setOnHold', object: auditedEntry(entry), ...change });
    return held;
  });
}

/** Which entries are listed. */
export interface EntryFilter {
  readonly status?: JobQueueEntryStatus;
  /** Also those that are Finished, when no status is named. Default: false. */
  readonly finished?: boolean;
  /** Only those that run as someone who is gone, that is disabled or expired. Default: false. */
  readonly userGone?: boolean;
  /** Only those with higher numbers: the last one of the page before. Default: from the first one on. */
  readonly after?: number;
  /** Default: all; where there may be thousands, take them by pages. */
  readonly limit?: number;
}

/** Entries by number, without those that are Finished unless it is said otherwise. @throws NightshiftError VALIDATION for an unknown status; PERMISSION_DENIED, USER_DISABLED */
export async function list(caller: Caller, filter: EntryFilter = {}): Promise<readonly JobQueueEntry[]> {
  const door = doorOf(caller);
  const { clock, reader } = door.service(JOB_QUEUE);
  const status = filter.status === undefined ? null : checkedStatus(filter.status);
  const whose = await whoseEntries(door);
  const { userGone = false, finished = false, after = 0 } = filter;
  if (!Number.isSafeInteger(after)) {
    throw new NightshiftError('VALIDATION', 'after is the number of an entry.', { field: 'after' });
  }
  const limit = filter.limit === undefined ? null : checkedLimit(filter.limit);
  const values = [door.company.no, status, clock.pinned(), whose, userGone, finished, after, limit];
  const statement = limit === null ? listEntries : listEntriesPage;
  return (await reader.run<EntryRow>(statement, values)).map(entryOf);
}

/** Which log entries are listed. */
export interface LogEntryFilter {
  readonly entryId?: string;
  readonly status?: JobQueueLogStatus;
  /** Only those with errors of this kind. */
  readonly fingerprint?: string;
  /** Default: 50. */
  readonly limit?: number;
}

/**
 * Log entries, newest first; at most 50 unless told otherwise, at most 1,000.
 * @throws NightshiftError VALIDATION, PERMISSION_DENIED, USER_DISABLED
 */
export async function logEntries(
  caller: Caller,
  filter: LogEntryFilter = {},
): Promise<readonly JobQueueLogEntry[]> {
  const door = doorOf(caller);
  const entryId = filter.entryId === undefined ? null : checkedEntryId(filter.entryId);
  const { reader } = door.service(JOB_QUEUE);
  const limit = filter.limit === undefined ? LOG_ENTRIES_DEFAULT : checkedLimit(filter.limit);
  const status = filter.status === undefined ? null : checkedLogStatus(filter.status);
  const fingerprint = filter.fingerprint === undefined ? null : String(filter.fingerprint).toWellFormed();
  const values = [door.company.no, entryId, limit, await whoseEntries(door), status, fingerprint];
  return (await reader.run<LogEntryRow>(listLogEntries, values)).map(logEntryOf);
}

/** The number of the user whose entries the caller sees; null: he sees everybody's. */
async function whoseEntries(door: CallerDoor): Promise<number | null> {
  const wish = { kind: 'entry', id: null };
  const reach = await door.service(AUTHORITY).demand(actorOf(door), 'entry.read', wish);
  return reach === 'any' ? null : door.user.no;
}

function checkedLimit(limit: number): number {
  if (Number.isInteger(limit) && limit >= 1) return Math.min(limit, LOG_ENTRIES_MAX);
  throw new NightshiftError('VALIDATION', 'The limit is a whole number, 1 or more.', { field: 'limit' });
}

function checkedLogStatus(status: string): JobQueueLogStatus {
  const found = JOB_QUEUE_LOG_STATUSES.find((known) => known === status);
  if (found !== undefined) return found;
  throw new NightshiftError(
    'VALIDATION',
    `There is no status "${status}" of a log entry. There are: ${JOB_QUEUE_LOG_STATUSES.join(', ')}.`,
    { field: 'status' },
  );
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
