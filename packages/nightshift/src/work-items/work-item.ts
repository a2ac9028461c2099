import { derivedUuid } from '../foundation/index.ts';

/** The states of a work item. The last three are ends; a newer version that is staged begins anew. */
export const WORK_ITEM_STATUSES = [
  'Pending',
  'Processing',
  'Failed',
  'Processed',
  'Skipped',
  'Resolved',
] as const;

/** A state of a work item. */
export type WorkItemStatus = (typeof WORK_ITEM_STATUSES)[number];

/** A work item as its handler gets it. */
export interface WorkItem<Payload> {
  /** The name of its table. */
  readonly table: string;
  /** Its number in the table. */
  readonly id: number;
  readonly externalId: string;
  readonly payload: Payload;
  /** 1 for the first run. */
  readonly attempt: number;
  readonly correlationIds: Readonly<Record<string, string>>;
  readonly concurrencyKey: string | null;
  readonly stagedAt: Date;
  /** What the run before ended with; null: there was none, or it left nothing. */
  readonly lastError: { readonly code: string | null; readonly message: string } | null;
  /** The same for every attempt: hand it to systems outside. */
  readonly idempotencyKey: string;
}

/** A claimed row. */
export interface ClaimedRow {
  readonly id: string;
  readonly external_id: string;
  readonly attempts: number;
  readonly losses: number;
  readonly concurrency_key: string | null;
  readonly payload: unknown;
  readonly correlation_ids: Readonly<Record<string, string>>;
  readonly staged_at: Date;
  readonly error_code: string | null;
  readonly error_text: string | null;
}

const made = new WeakSet<object>();

/** Whether an item is one that a handler was given. */
export function isWorkItem(item: unknown): boolean {
  return typeof item === 'object' && item !== null && made.has(item);
}

/** The key under which systems outside know what is done for an item. */
export function idempotencyKeyOf(
  companyNo: number,
  items: string,
  externalId: string,
  key: string | null,
): string {
  return derivedUuid(JSON.stringify(['work item', companyNo, items, externalId, key]));
}

/** From the row to what the handler gets. */
export function workItemOf<Payload>(
  row: ClaimedRow,
  payload: Payload,
  { table, idempotencyKey }: Pick<WorkItem<Payload>, 'table' | 'idempotencyKey'>,
): WorkItem<Payload> {
  const item = Object.freeze({
    table,
    id: Number(row.id),
    externalId: row.external_id,
    payload,
    attempt: row.attempts,
    correlationIds: row.correlation_ids,
    concurrencyKey: row.concurrency_key,
    stagedAt: row.staged_at,
    lastError: row.error_text === null ? null : { code: row.error_code, message: row.error_text },
    idempotencyKey,
  });
  made.add(item);
  return item;
}
