import { isUuid, NightshiftError } from '../foundation/index.ts';
import type { Caller } from '../session/index.ts';
import { type AdmittedItems, admitToItems, type ItemsOrName, itemUnknown } from './item-access.ts';
import { WORK_ITEM_STATUSES, type WorkItemStatus } from './work-item.ts';
import { getItem as getItemStatement, groupItems, listItems as listStatement } from './work-items.sql.ts';

/** A work item in a list. */
export interface ListedItem {
  readonly id: number;
  readonly externalId: string;
  readonly status: WorkItemStatus;
  readonly attempts: number;
  /** Runs that ended with their process. */
  readonly losses: number;
  /** When a Pending one is due. */
  readonly nextAttemptAt: Date;
  readonly concurrencyKey: string | null;
  readonly correlationIds: Readonly<Record<string, string>>;
  /** What the last run that failed ended with; kept when a later one goes well. */
  readonly error: ItemError | null;
  readonly assignedTo: string | null;
  /** Why it was skipped, how it was resolved. */
  readonly note: string | null;
  readonly stagedAt: Date;
  readonly modifiedAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  /** The session that processed it last. */
  readonly sessionUniqueId: string | null;
}

/** What went wrong with an item. */
export interface ItemError {
  readonly code: string | null;
  readonly message: string;
  /** The same for errors of one kind. */
  readonly fingerprint: string | null;
  readonly at: Date;
}

/** A call of an item to a system outside. */
export interface ItemCall {
  readonly key: string;
  readonly idempotencyKey: string;
  readonly intentAt: Date;
  /** Null: whether it took effect is not known. */
  readonly answeredAt: Date | null;
  readonly answer: unknown;
}

/** All that is known of an item. */
export interface ItemDetails extends ListedItem {
  /** Undefined without the right `R` to the table. */
  readonly payload?: unknown;
  readonly errorStack: string | null;
  readonly calls: readonly ItemCall[];
}

/** Failed items of one kind. */
export interface ErrorGroup {
  readonly fingerprint: string;
  readonly code: string | null;
  /** Of one of them. */
  readonly message: string;
  readonly items: number;
  readonly unassigned: number;
  readonly firstAt: Date;
  readonly lastAt: Date;
}

/** Which items are listed. */
export interface ItemFilter {
  /** Default: every state. */
  readonly statuses?: readonly WorkItemStatus[];
  /** Those with errors of this kind; without `statuses` those that have not ended. Default: all. */
  readonly fingerprint?: string;
  /** The one with this external id, open or ended. Default: all. */
  readonly externalId?: string;
  /** Those that this user looks after. Default: all. */
  readonly assignedTo?: string;
  /** Only those that nobody looks after. Default: false. */
  readonly unassigned?: boolean;
  /** Those that this session processed last; without `statuses` those that have not ended. Default: all. */
  readonly sessionUniqueId?: string;
  /** Those with a smaller number, for the next page. Default: the latest. */
  readonly before?: number;
  /** 1 to 1,000. Default: 100. */
  readonly limit?: number;
}

const LIMIT_MAX = 1_000;
const LIMIT_DEFAULT = 100;
const OPEN_STATUSES: readonly WorkItemStatus[] = ['Pending', 'Processing', 'Failed'];

/**
 * Lists work items, the latest first, whether they are done or not.
 * @throws NightshiftError VALIDATION, USER_UNKNOWN, PERMISSION_DENIED, USER_DISABLED
 */
export async function listItems(
  caller: Caller,
  items: ItemsOrName,
  filter: ItemFilter = {},
): Promise<readonly ListedItem[]> {
  const { statuses, fingerprint, before, limit = LIMIT_DEFAULT } = filter;
  const { externalId, assignedTo, unassigned, sessionUniqueId } = filter;
  if (!Number.isInteger(limit) || limit < 1 || limit > LIMIT_MAX)
    throw invalid('limit', `a whole number from 1 to ${LIMIT_MAX}`);
  if (statuses?.some((status) => !WORK_ITEM_STATUSES.includes(status)) === true)
    throw invalid('statuses', WORK_ITEM_STATUSES.join(', '));
  if (before !== undefined && !Number.isSafeInteger(before)) throw invalid('before', 'the number of an item');
  if (sessionUniqueId !== undefined && !isUuid(sessionUniqueId)) throw invalid('sessionUniqueId', 'a UUID');
  const admitted = await admitToItems(caller, 'item.read', items);
  const user = assignedTo === undefined ? undefined : await admitted.service.apart?.userNo(assignedTo);
  const only = { fingerprint, before, externalId, assignedTo: user, unassigned, sessionUniqueId };
  // Of what has ended in the end, what went wrong before is no reason to read millions of rows.
  const isOpenOnly = fingerprint !== undefined || sessionUniqueId !== undefined;
  const wanted = statuses ?? (isOpenOnly ? OPEN_STATUSES : null);
  const values = [wanted, JSON.stringify(only), limit];
  const rows = await admitted.door.transaction((tx) =>
    admitted.run<{ item: ItemRow }>(tx, listStatement, values),
  );
  return rows.map(({ item }) => listedItem(item));
}

/**
 * One work item with its payload, its last error and its calls. Of an external id: the open one, else the last that has ended.
 * @param which its number, or its external id
 * @throws NightshiftError ITEM_UNKNOWN, PERMISSION_DENIED, USER_DISABLED
 */
export async function getItem(
  caller: Caller,
  items: ItemsOrName,
  which: number | string,
): Promise<ItemDetails> {
  const admitted = await admitToItems(caller, 'item.read', items);
  const row = await itemRow(admitted, which);
  return {
    ...listedItem(row),
    ...(admitted.rights.includes('R') ? { payload: row.payload } : {}),
    errorStack: row.error_stack,
    calls: row.calls.map((call) => ({
      key: call.key,
      idempotencyKey: call.idempotency_key,
      intentAt: new Date(call.intent_at),
      answeredAt: instant(call.answered_at),
      answer: call.answer,
    })),
  };
}

/** The row of an item. @throws NightshiftError ITEM_UNKNOWN */
export async function itemRow(admitted: AdmittedItems, which: number | string): Promise<ItemRow> {
  const values = typeof which === 'number' ? [checkedItemId(which), null] : [null, String(which)];
  const [found] = await admitted.door.transaction((tx) =>
    admitted.run<{ item: ItemRow }>(tx, getItemStatement, values),
  );
  if (found === undefined) throw itemUnknown(admitted.table, String(which));
  return found.item;
}

/**
 * The Failed items, by what is wrong with them, the largest group first.
 * @throws NightshiftError VALIDATION, PERMISSION_DENIED, USER_DISABLED
 */
export async function errorGroups(caller: Caller, items: ItemsOrName): Promise<readonly ErrorGroup[]> {
  const admitted = await admitToItems(caller, 'item.read', items);
  const rows = await admitted.door.transaction((tx) => admitted.run<GroupRow>(tx, groupItems, []));
  return rows.map(({ fingerprint, code, message, items: count, unassigned, first_at, last_at }) => ({
    ...{ fingerprint, code, message, items: Number(count), unassigned: Number(unassigned) },
    ...{ firstAt: first_at, lastAt: last_at },
  }));
}

interface GroupRow {
  readonly fingerprint: string;
  readonly code: string | null;
  readonly message: string;
  readonly items: string;
  readonly unassigned: string;
  readonly first_at: Date;
  readonly last_at: Date;
}

/** An item as PostgreSQL writes it in JSON: instants are texts. */
export interface ItemRow {
  readonly id: number;
  readonly external_id: string;
  readonly status: WorkItemStatus;
  readonly attempts: number;
  readonly losses: number;
  readonly next_attempt_at: string;
  readonly concurrency_key: string | null;
  readonly correlation_ids: Readonly<Record<string, string>>;
  readonly error_code: string | null;
  readonly error_text: string | null;
  readonly error_fingerprint: string | null;
  readonly error_stack: string | null;
  readonly failed_at: string | null;
  readonly assignee: string | null;
  readonly note: string | null;
  readonly staged_at: string;
  readonly modified_at: string;
  readonly started_at: string | null;
  readonly finished_at: string | null;
  readonly session_unique_id: string | null;
  readonly payload: unknown;
  readonly calls: readonly {
    readonly key: string;
    readonly idempotency_key: string;
    readonly intent_at: string;
    readonly answered_at: string | null;
    readonly answer: unknown;
  }[];
}

function listedItem(row: ItemRow): ListedItem {
  return {
    id: row.id,
    externalId: row.external_id,
    status: row.status,
    attempts: row.attempts,
    losses: row.losses,
    nextAttemptAt: new Date(row.next_attempt_at),
    concurrencyKey: row.concurrency_key,
    correlationIds: row.correlation_ids,
    error: errorOf(row),
    assignedTo: row.assignee,
    note: row.note,
    stagedAt: new Date(row.staged_at),
    modifiedAt: new Date(row.modified_at),
    startedAt: instant(row.started_at),
    finishedAt: instant(row.finished_at),
    sessionUniqueId: row.session_unique_id,
  };
}

function errorOf(row: ItemRow): ItemError | null {
  if (row.error_text === null) return null;
  const { error_code: code, error_text: message, error_fingerprint: fingerprint } = row;
  return { code, message, fingerprint, at: new Date(row.failed_at ?? row.modified_at) };
}

function instant(text: string | null): Date | null {
  return text === null ? null : new Date(text);
}

/** @throws NightshiftError VALIDATION */
export function checkedItemId(id: number): number {
  if (Number.isSafeInteger(id) && id > 0) return id;
  throw invalid('item', 'the number of an item');
}

function invalid(field: string, rule: string): NightshiftError {
  return new NightshiftError('VALIDATION', `${field}: ${rule}.`, { field });
}
