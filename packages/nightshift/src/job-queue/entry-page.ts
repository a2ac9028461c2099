import { isUuid, NightshiftError } from '../foundation/index.ts';
import { AUTHORITY, actorOf, type Caller, type CallerDoor, doorOf } from '../session/index.ts';
import { admitToEntry, checkedEntryId, entryUnknown } from './entry-access.ts';
import { type EntryAction, EntryActions } from './entry-actions.ts';
import {
  countEntries,
  ENTRIES_COUNTED_MAX,
  ENTRY_SORTS,
  type EntrySort,
  entriesPage,
} from './entry-page.sql.ts';
import type { JobQueueEntry, JobQueueEntryStatus } from './job-queue-entry.ts';
import { type EntryRow, entryOf } from './job-queue-rows.ts';
import { JOB_QUEUE } from './job-queue-service.ts';
import { watch } from './watch.ts';

/** Most entries of one page. */
const PAGE_SIZE_MAX = 500;
const PAGE_SIZE_DEFAULT = 50;

/** Which entries are wanted, and from where on. Default: the first 50 of all, by number. */
export interface EntryQuery {
  readonly statuses?: readonly JobQueueEntryStatus[];
  /** The name of what they run. */
  readonly object?: string;
  readonly category?: string;
  /** The name of the user as whom they run. */
  readonly runAs?: string;
  readonly tag?: string;
  /** What their number, object, description or parameter string contains, in whatever case. */
  readonly text?: string;
  /** Only those that run as somebody who is gone. */
  readonly userGone?: boolean;
  /** Only those that should have run and did not; of more than 1,000 the latest. */
  readonly overdue?: boolean;
  /** Only the one whose next or present run is this scheduled task. */
  readonly taskId?: string;
  readonly sort?: EntrySort;
  /** Behind this row: `next` of the page before, which was sorted in the same way. */
  readonly after?: EntryPlace;
  /** 1 to 500. Default: 50. */
  readonly limit?: number;
}

/** A row's place in the order of a list. */
export interface EntryPlace {
  /** By what it is sorted, as a whole number. */
  readonly key: string;
  readonly entryNo: number;
}

/** An entry with what people want to know beside it. */
export interface ListedEntry {
  readonly entry: JobQueueEntry;
  /** The name of the user as whom it runs. */
  readonly runAs: string;
  /** Whether he is disabled, or no longer valid. */
  readonly runAsGone: boolean;
  readonly createdBy: string;
  /** What the caller may do with it now. */
  readonly actions: readonly EntryAction[];
}

/** One page of entries. */
export interface EntryPage {
  readonly entries: readonly ListedEntry[];
  /** Null: there are no more. */
  readonly next: EntryPlace | null;
  /** How many there are; counted up to 10,000. */
  readonly total: { readonly value: number; readonly isExact: boolean };
}

interface ListedRow extends EntryRow {
  readonly run_as_name: string;
  readonly run_as_gone: boolean;
  readonly created_by_name: string;
  readonly sort_key: string;
  readonly is_running: boolean;
  readonly has_request: boolean;
  readonly asks_caller: boolean;
}

/**
 * One page of the entries that the caller may see, with what he may do with each. Not for sessions in a thread or process of
 * their own.
 * @throws NightshiftError VALIDATION with the field; PERMISSION_DENIED, USER_DISABLED
 */
export async function page(caller: Caller, query: EntryQuery = {}): Promise<EntryPage> {
  const { limit = PAGE_SIZE_DEFAULT, sort = 'entryNo', after } = query;
  if (!Number.isInteger(limit) || limit < 1 || limit > PAGE_SIZE_MAX)
    throw refused('limit', `is a whole number from 1 to ${PAGE_SIZE_MAX}`);
  if (after !== undefined && !isPlace(after)) throw refused('after', 'is `next` of the page before');
  if (query.taskId !== undefined && !isUuid(query.taskId)) throw refused('taskId', 'is the id of a task');
  if (!ENTRY_SORTS.includes(sort)) throw refused('sort', `is one of ${ENTRY_SORTS.join(', ')}`);
  const door = doorOf(caller);
  const reach = await door
    .service(AUTHORITY)
    .demand(actorOf(door), 'entry.read', { kind: 'entry', id: null });
  const ids = query.overdue === true ? await overdueIds(caller) : null;
  const filters = filtersOf(door, query, reach === 'any' ? null : door.user.no, ids);
  const { reader } = door.service(JOB_QUEUE);
  const [rows, [counted]] = await Promise.all([
    reader.run<ListedRow>(entriesPage[sort], [
      ...filters,
      after?.key ?? null,
      after?.entryNo ?? null,
      limit + 1,
    ]),
    reader.run<{ count: number }>(countEntries, filters),
  ]);
  const found = counted?.count ?? 0;
  const last = rows[limit - 1];
  return {
    entries: await listed(caller, rows.slice(0, limit)),
    next: rows.length <= limit || last === undefined ? null : placeOf(last),
    total: { value: Math.min(found, ENTRIES_COUNTED_MAX), isExact: found <= ENTRIES_COUNTED_MAX },
  };
}

/**
 * One entry, with what the caller may do with it. Not for sessions in a thread or process of their own.
 * @throws NightshiftError ENTRY_UNKNOWN, VALIDATION, PERMISSION_DENIED, USER_DISABLED
 */
export async function describe(caller: Caller, entryId: string): Promise<ListedEntry> {
  const door = doorOf(caller);
  const admit = { entryId: checkedEntryId(entryId), lock: false };
  await door.transaction((tx) => admitToEntry(tx, door, 'entry.read', admit));
  const filters = filtersOf(door, {}, null, [entryId]);
  const { reader } = door.service(JOB_QUEUE);
  const [first] = await listed(caller, await reader.run(entriesPage.entryNo, [...filters, null, null, 1]));
  if (first === undefined) throw entryUnknown(entryId);
  return first;
}

/**
 * Those of some entries that the caller may see, by number, with what he may do with each. Not for sessions in a thread or process
 * of their own.
 * @param entryIds at most 500
 * @throws NightshiftError VALIDATION, PERMISSION_DENIED, USER_DISABLED
 */
export async function describeMany(
  caller: Caller,
  entryIds: readonly string[],
): Promise<readonly ListedEntry[]> {
  if (entryIds.length > PAGE_SIZE_MAX) throw refused('entryIds', `are at most ${PAGE_SIZE_MAX}`);
  const door = doorOf(caller);
  const ids = entryIds.map(checkedEntryId);
  const reach = await door
    .service(AUTHORITY)
    .demand(actorOf(door), 'entry.read', { kind: 'entry', id: null });
  const filters = filtersOf(door, {}, reach === 'any' ? null : door.user.no, ids);
  const { reader } = door.service(JOB_QUEUE);
  return listed(caller, await reader.run(entriesPage.entryNo, [...filters, null, null, PAGE_SIZE_MAX]));
}

async function overdueIds(caller: Caller): Promise<readonly string[]> {
  const cases = await watch(caller);
  return cases.filter(({ kind }) => kind === 'overdue').map(({ entryId }) => entryId);
}

/** The values that both statements share. */
function filtersOf(
  door: CallerDoor,
  query: EntryQuery,
  only: number | null,
  entryIds: readonly string[] | null = null,
): readonly unknown[] {
  const { clock } = door.service(JOB_QUEUE);
  const { statuses, object, category, runAs, tag, text, userGone, taskId } = query;
  const chosen = [statuses, object, category, runAs, tag, text, userGone, taskId].map(
    (value) => value ?? null,
  );
  return [door.company.no, door.user.no, clock.pinned(), only, entryIds, ...chosen];
}

async function listed(caller: Caller, rows: readonly ListedRow[]): Promise<readonly ListedEntry[]> {
  const actions = await EntryActions.of(caller);
  return Promise.all(
    rows.map(async (row) => {
      const entry = entryOf(row);
      const { now, is_running: isRunning, has_request: hasRequest, asks_caller: asksCaller } = row;
      return {
        entry,
        runAs: row.run_as_name,
        runAsGone: row.run_as_gone,
        createdBy: row.created_by_name,
        actions: await actions.allowed({ entry, now, isRunning, hasRequest, asksCaller }),
      };
    }),
  );
}

function isPlace({ key, entryNo }: EntryPlace): boolean {
  return /^-?\d{1,18}$/.test(key) && Number.isSafeInteger(entryNo);
}

function placeOf({ sort_key, entry_no }: ListedRow): EntryPlace {
  return { key: sort_key, entryNo: Number(entry_no) };
}

function refused(field: string, rule: string): NightshiftError {
  return new NightshiftError('VALIDATION', `${field} ${rule}.`, { field });
}
