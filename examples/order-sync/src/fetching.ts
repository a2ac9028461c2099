import { type Session, type StageResult, stage } from 'nightshift';
import { readModified } from './modified-feed.ts';
import type { ShopSetup } from './shop-setup.ts';
import { type StagedItems, stagedCustomer, stagedItem, stagedOrder } from './staged-items.ts';
import { raiseWatermark, readWatermark, type WatermarkResource } from './watermark.sql.ts';
import type { ModifiedQuery, WooCommerceClient } from './woocommerce.ts';
import type { ShopPage, ShopRow } from './woocommerce-types.ts';

const SECOND_MS = 1000;

/** What a fetch did; `rows` counts what the shop sent, repeats included. */
export interface FetchCounts {
  readonly pages: number;
  readonly rows: number;
  /** Seen for the first time. */
  readonly staged: number;
  /** A newer version than the one we had. */
  readonly updated: number;
  /** Known, in this version or a newer one. */
  readonly unchanged: number;
}

/** A collection that is read by modification date, and where it goes. */
interface ModifiedSource {
  readonly resource: WatermarkResource;
  readonly items: StagedItems;
  list(query: ModifiedQuery): Promise<ShopPage>;
  /** Adds what belongs to the rows of a page but is listed elsewhere. */
  complete(rows: readonly ShopRow[]): Promise<readonly ShopRow[]>;
}

/** Stages the orders that are new or changed since the last run. */
export async function fetchOrders(
  session: Session,
  client: WooCommerceClient,
  setup: ShopSetup,
): Promise<FetchCounts> {
  return fetchModified(session, setup, {
    resource: 'orders',
    items: stagedOrder,
    list: (query) => client.listOrders(query),
    complete: async (rows) => rows,
  });
}

/** Stages the products that are new or changed since the last run, each variable one with its variations. */
export async function fetchItems(
  session: Session,
  client: WooCommerceClient,
  setup: ShopSetup,
): Promise<FetchCounts> {
  return fetchModified(session, setup, {
    resource: 'items',
    items: stagedItem,
    list: (query) => client.listProducts(query),
    complete: (rows) => withVariations(client, setup, rows),
  });
}

/**
 * Stages all customer accounts: the API cannot tell which have changed. Those that did not change are left as they are.
 */
export async function fetchCustomers(
  session: Session,
  client: WooCommerceClient,
  setup: ShopSetup,
): Promise<FetchCounts> {
  const counts = { pages: 0, rows: 0, staged: 0, updated: 0, unchanged: 0 };
  for await (const page of numberedPages((number) => client.listCustomers(number), setup.pageSize)) {
    addTo(counts, page.rows, await stage(session, stagedCustomer, payloadsOf(page.rows)));
    warnOfUnusable(session, 'customers', page);
    await session.commit();
    session.progress(counts.rows, page.total, 'customers fetched');
  }
  session.log.info('Customers fetched.', { ...counts });
  return counts;
}

async function fetchModified(
  session: Session,
  setup: ShopSetup,
  source: ModifiedSource,
): Promise<FetchCounts> {
  const { resource, items } = source;
  const counts = { pages: 0, rows: 0, staged: 0, updated: 0, unchanged: 0 };
  const mark = await readWatermark(session.db, resource);
  // No transaction stays open while we wait for the shop.
  await session.commit();
  // The overlap re-reads what was written to the shop late, with an earlier stamp than its neighbours.
  const since = mark === null ? null : new Date(mark.getTime() - setup.overlapSeconds * SECOND_MS);
  for await (const page of readModified(source.list, since, setup.pageSize)) {
    const rows = await source.complete(page.rows);
    addTo(counts, rows, await stage(session, items, payloadsOf(rows)));
    const newest = newestOf(page.rows);
    if (newest !== null) await raiseWatermark(session.db, resource, newest);
    warnOfUnusable(session, resource, page);
    await session.commit();
    session.progress(counts.rows, null, `${resource} fetched`);
  }
  session.log.info(`Fetched ${resource}.`, { ...counts });
  return counts;
}

async function withVariations(
  client: WooCommerceClient,
  setup: ShopSetup,
  products: readonly ShopRow[],
): Promise<readonly ShopRow[]> {
  const rows: ShopRow[] = [...products];
  for (const product of products) {
    if (product.payload['type'] !== 'variable') continue;
    const list = (page: number): Promise<ShopPage> => client.listVariations(product.externalId, page);
    for await (const page of numberedPages(list, setup.pageSize)) {
      rows.push(...page.rows.map((row) => withParentName(row, product.payload['name'])));
    }
  }
  return rows;
}

function withParentName(row: ShopRow, parentName: unknown): ShopRow {
  return { ...row, payload: { ...row.payload, parent_name: parentName } };
}

async function* numberedPages(
  list: (page: number) => Promise<ShopPage>,
  pageSize: number,
): AsyncGenerator<ShopPage> {
  for (let number = 1; ; number += 1) {
    const page = await list(number);
    yield page;
    const isLast =
      page.totalPages === null ? page.rows.length + page.unusable < pageSize : page.totalPages <= number;
    if (isLast) return;
  }
}

function payloadsOf(rows: readonly ShopRow[]) {
  return rows.map(({ payload }) => payload);
}

function newestOf(rows: readonly ShopRow[]): Date | null {
  return rows.reduce<Date | null>(
    (newest, row) => (newest === null || row.modifiedAt > newest ? row.modifiedAt : newest),
    null,
  );
}

function addTo(
  counts: { pages: number; rows: number; staged: number; updated: number; unchanged: number },
  rows: readonly ShopRow[],
  staged: StageResult,
): void {
  counts.pages += 1;
  counts.rows += rows.length;
  counts.staged += staged.staged;
  counts.updated += staged.updated;
  counts.unchanged += staged.unchanged;
}

function warnOfUnusable(session: Session, resource: string, page: ShopPage): void {
  if (page.unusable === 0) return;
  session.log.warning(`The shop sent ${page.unusable} ${resource} without an id or a date.`, { resource });
}
