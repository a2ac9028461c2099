import type { ChunkResult, Session } from 'nightshift';
import { processCustomers } from './customers.ts';
import { type FetchCounts, fetchCustomers, fetchItems, fetchOrders } from './fetching.ts';
import { processItems } from './items.ts';
import { processOrders } from './process-orders.ts';
import { ShopError } from './shop-error.ts';
import type { ShopSetup } from './shop-setup.ts';
import { loadShopSetup } from './shop-setup-store.ts';
import { readWatermark } from './watermark.sql.ts';
import { createWooCommerceClient, type WooCommerceClient } from './woocommerce.ts';

type Fetch = (session: Session, client: WooCommerceClient, setup: ShopSetup) => Promise<FetchCounts>;

/** Fetches and processes orders. In a company that never synced items these come first, or no line would find its item. */
export async function syncOrders(session: Session): Promise<void> {
  const setup = await setUp(session);
  const itemsMark = await readWatermark(session.db, 'items');
  if (itemsMark === null) await syncItems(session);
  await fetchThenProcess(session, setup, fetchOrders, () => processOrders(session));
}

/** Fetches and processes products and their variations. */
export async function syncItems(session: Session): Promise<void> {
  await fetchThenProcess(session, await setUp(session), fetchItems, () => processItems(session));
}

/** Fetches and processes customer accounts. */
export async function syncCustomers(session: Session): Promise<void> {
  await fetchThenProcess(session, await setUp(session), fetchCustomers, () => processCustomers(session));
}

async function setUp(session: Session): Promise<ShopSetup> {
  const setup = await loadShopSetup(session.db);
  await session.commit();
  return setup;
}

/** A shop that is down must not hold up what is staged already; its error ends the run afterwards. */
async function fetchThenProcess(
  session: Session,
  setup: ShopSetup,
  fetchRows: Fetch,
  processRows: () => Promise<ChunkResult>,
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
