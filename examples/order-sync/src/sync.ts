import { processCustomers } from './customers.ts';
import { type FetchCounts, fetchCustomers, fetchItems, fetchOrders } from './fetching.ts';
import { processItems } from './items.ts';
import type { JobSession } from './job-session.ts';
import type { ProcessingCounts, ProcessingOptions } from './processing.ts';
import { processOrders } from './sales-orders.ts';
import { ShopError } from './shop-error.ts';
import type { ShopSetup } from './shop-setup.ts';
import { loadShopSetup } from './shop-setup-store.ts';
import { readWatermark } from './watermark.sql.ts';
import { createWooCommerceClient, type WooCommerceClient } from './woocommerce.ts';

type Fetch = (session: JobSession, client: WooCommerceClient, setup: ShopSetup) => Promise<FetchCounts>;

/** Fetches and processes orders. In a company that never synced items these come first, or no line would find its item. */
export async function syncOrders(session: JobSession, options: ProcessingOptions = {}): Promise<void> {
  const setup = await setUp(session);
  const itemsMark = await readWatermark(session.db, 'items');
  if (itemsMark === null) await syncItems(session, options);
  await fetchThenProcess(session, setup, fetchOrders, () =>
    processOrders(session, setup.roundingTolerance, options),
  );
}

/** Fetches and processes products and their variations. */
export async function syncItems(session: JobSession, options: ProcessingOptions = {}): Promise<void> {
  await fetchThenProcess(session, await setUp(session), fetchItems, () => processItems(session, options));
}

/** Fetches and processes customer accounts. */
export async function syncCustomers(session: JobSession, options: ProcessingOptions = {}): Promise<void> {
  await fetchThenProcess(session, await setUp(session), fetchCustomers, () =>
    processCustomers(session, options),
  );
}

async function setUp(session: JobSession): Promise<ShopSetup> {
  const setup = await loadShopSetup(session.db);
  await session.commit();
  return setup;
}

/** A shop that is down must not hold up what is staged already; its error ends the run afterwards. */
async function fetchThenProcess(
  session: JobSession,
  setup: ShopSetup,
  fetchRows: Fetch,
  processRows: () => Promise<ProcessingCounts>,
): Promise<void> {
  let shopError: ShopError | null = null;
  try {
    await fetchRows(session, createWooCommerceClient(session, setup), setup);
  } catch (thrown) {
    if (!(thrown instanceof ShopError)) throw thrown;
    shopError = thrown;
  }
  await processRows();
  if (shopError !== null) throw shopError;
}
