import { isUuid, NightshiftError } from '../foundation/index.ts';
import { AUTHORITY, actorOf, type Caller, type CallerDoor, doorOf } from '../session/index.ts';
import {
  JOB_QUEUE_LOG_STATUSES,
  type JobQueueLogEntry,
  type JobQueueLogStatus,
} from './job-queue-log-entry.ts';
import { type LogEntryRow, logEntryOf } from './job-queue-rows.ts';
import { JOB_QUEUE } from './job-queue-service.ts';
import { countLogEntries, LOG_ENTRIES_COUNTED_MAX, type LogPath, pageOfLogEntries } from './log-page.sql.ts';

const PAGE_SIZE_MAX = 500;
const PAGE_SIZE_DEFAULT = 50;

/** Which log entries are wanted, and from where on. Default: the newest 50 of all. */
export interface LogQuery {
  readonly entryId?: string;
  readonly statuses?: readonly JobQueueLogStatus[];
  /** The name of what was run. */
  readonly object?: string;
  /** Only those with errors of this kind. */
  readonly fingerprint?: string;
  readonly correlationId?: string;
  /** Not older than this. */
  readonly startedFrom?: Date;
  /** Older than this. */
  readonly startedTo?: Date;
  /** Older than the log entry with this number: `next` of the page before. */
  readonly before?: number;
  /** 1 to 500. Default: 50. */
  readonly limit?: number;
}

/** One page of log entries. */
export interface LogPage {
  readonly entries: readonly JobQueueLogEntry[];
  /** Null: there are no more. */
  readonly next: number | null;
  /** How many there are; counted up to 10,000. */
  readonly total: { readonly value: number; readonly isExact: boolean };
}

/**
 * One page of the log entries that the caller may see, newest first.
 * @throws NightshiftError VALIDATION with the field; PERMISSION_DENIED, USER_DISABLED
 */
export async function logPage(caller: Caller, query: LogQuery = {}): Promise<LogPage> {
  const { limit = PAGE_SIZE_DEFAULT, before = null } = query;
  if (!Number.isInteger(limit) || limit < 1 || limit > PAGE_SIZE_MAX)
    throw refused('limit', `is a whole number from 1 to ${PAGE_SIZE_MAX}`);
  if (before !== null && !Number.isSafeInteger(before))
    throw refused('before', 'is `next` of the page before');
  const door = doorOf(caller);
  const filters = await filtersOf(door, query);
  const path = pathOf(query);
  const { reader } = door.service(JOB_QUEUE);
  const [rows, [counted]] = await Promise.all([
    reader.run<LogEntryRow>(pageOfLogEntries[path], [...filters, before, null, limit + 1]),
    reader.run<{ count: number }>(countLogEntries[path], filters),
  ]);
  const found = counted?.count ?? 0;
  const entries = rows.slice(0, limit).map(logEntryOf);
  return {
    entries,
    next: rows.length <= limit ? null : (entries.at(-1)?.no ?? null),
    total: { value: Math.min(found, LOG_ENTRIES_COUNTED_MAX), isExact: found <= LOG_ENTRIES_COUNTED_MAX },
  };
}

/**
 * One log entry by its number; null when there is none that the caller may see.
 * @throws NightshiftError VALIDATION, PERMISSION_DENIED, USER_DISABLED
 */
export async function logEntry(caller: Caller, no: number): Promise<JobQueueLogEntry | null> {
  if (!Number.isSafeInteger(no)) throw refused('no', 'is the number of a log entry');
  const door = doorOf(caller);
  const { reader } = door.service(JOB_QUEUE);
  const values = [...(await filtersOf(door, {})), null, no, 1];
  const [row] = await reader.run<LogEntryRow>(pageOfLogEntries.all, values);
  return row === undefined ? null : logEntryOf(row);
}

/** What narrows it most. */
function pathOf({ entryId, fingerprint, object, statuses }: LogQuery): LogPath {
  if (entryId !== undefined) return 'entry';
  if (fingerprint !== undefined) return 'fingerprint';
  const areFailed = statuses?.every((status) => status !== 'Success' && status !== 'In Process') === true;
  if (areFailed) return 'failed';
  return object === undefined ? 'all' : 'object';
}

/** The values that the statements share. */
async function filtersOf(door: CallerDoor, query: LogQuery): Promise<readonly unknown[]> {
  const { entryId = null, statuses = null, object = null, fingerprint = null, correlationId = null } = query;
  if (entryId !== null && !isUuid(entryId)) throw refused('entryId', 'is the id of an entry, a UUID');
  if (correlationId !== null && !isUuid(correlationId)) throw refused('correlationId', 'is a UUID');
  if (statuses?.every((status) => JOB_QUEUE_LOG_STATUSES.includes(status)) === false)
    throw refused('statuses', `are of ${JOB_QUEUE_LOG_STATUSES.join(', ')}`);
  const reach = await door
    .service(AUTHORITY)
    .demand(actorOf(door), 'entry.read', { kind: 'entry', id: null });
  const own = reach === 'any' ? null : door.user.no;
  const times = [query.startedFrom ?? null, query.startedTo ?? null];
  return [door.company.no, own, entryId, statuses, object, fingerprint, correlationId, ...times];
}

function refused(field: string, rule: string): NightshiftError {
  return new NightshiftError('VALIDATION', `${field} ${rule}.`, { field });
}
