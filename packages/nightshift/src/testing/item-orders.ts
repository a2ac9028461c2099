import { z } from 'zod';
import type { Session } from '../session/index.ts';
import { type WorkItem, type WorkItemsDefinition, workItems } from '../work-items/index.ts';
import type { TestPlatform } from './test-platform.ts';

/** An order of a web shop, as tests stage it. */
export const order = z.object({
  no: z.string(),
  total: z.number().nonnegative(),
  customer: z.string().optional(),
  version: z.number().optional(),
});

/** An order. */
export type Order = z.infer<typeof order>;

/** Staged orders for a test. */
export function orders(more: Partial<WorkItemsDefinition<Order, Order>> = {}) {
  return workItems({
    name: 'staged_order',
    payload: order,
    externalId: ({ no }) => no,
    columns: { total: { type: 'numeric', value: ({ total }) => total } },
    ...more,
  });
}

/** Orders A1, A2 … */
export function someOrders(count: number, from = 1): Order[] {
  return Array.from({ length: count }, (_, at) => ({ no: `A${at + from}`, total: (at + from) * 10 }));
}

/** The table that handlers of tests write: nothing keeps an order from being there twice. */
export const SALES_ORDERS = Object.freeze({
  name: '0001_sales_order',
  sql: 'create table sales_order (no bigint generated always as identity, external_id text not null, total numeric)',
});

const INSERT_SALES_ORDER = 'insert into sales_order (external_id, total) values ($1, $2)';

/** A handler that makes a sales order of each item. */
export async function sell({ payload }: WorkItem<Order>, session: Session): Promise<void> {
  await session.db.query(INSERT_SALES_ORDER, [payload.no, payload.total]);
}

/** The sales orders of the first company, in the order in which they were made. */
export async function soldIn(kit: TestPlatform): Promise<readonly string[]> {
  const rows = await kit.query<{ external_id: string }>(
    'select external_id from co_1.sales_order order by no',
  );
  return rows.map(({ external_id: id }) => id);
}

/** An item as its table has it. */
export interface StoredItem {
  readonly id: string;
  readonly external_id: string;
  readonly status: string;
  readonly attempts: number;
  readonly losses: number;
  readonly total: string;
}

/** The items of the first company that are open, or all. */
export function itemsIn(
  kit: TestPlatform,
  which: 'open' | 'all' = 'all',
  table = 'staged_order',
): Promise<StoredItem[]> {
  const from = (name: string) => `select id, external_id, status, attempts, losses, total from co_1.${name}`;
  const tables = which === 'open' ? [table] : [table, `${table}_done`];
  const text = `${tables.map(from).join(' union all ')} order by id`;
  return kit.query(text);
}

/** Empties tables of work items of the first company. */
export async function clearItems(kit: TestPlatform, ...tables: readonly string[]): Promise<void> {
  const all = tables.flatMap((table) => ['', '_done', '_key', '_call'].map((end) => `co_1.${table}${end}`));
  const text = `truncate ${all.join(', ')}`;
  await kit.query(text);
}
