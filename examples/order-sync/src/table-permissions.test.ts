import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { orderSyncReport } from './report.ts';
import { runRetryFailedOrders } from './retry.ts';
import { runSyncShop } from './route.ts';
import { saveShopSetup } from './shop-setup-store.ts';
import { type ShopSimulator, startShopSimulator } from './simulator.ts';
import { retryTables, syncShopTables } from './table-permissions.ts';
import { dropRole, restrictTo } from './testing/company-schema.sql.ts';
import { createDirectSession } from './testing/direct-session.ts';
import { type ScratchCompany, type ScratchServer, startScratchServer } from './testing/scratch-database.ts';

const ROLE = `order_sync_test_${process.pid}`;

let server: ScratchServer;
let company: ScratchCompany;
let shop: ShopSimulator;
beforeAll(async () => {
  server = await startScratchServer();
});
afterAll(() => server.stop());
beforeEach(async () => {
  company = await server.openCompany();
  shop = await startShopSimulator({ orders: 60, seed: 4, faults: { unknownCurrency: 2 } });
  const owner = createDirectSession(company.client);
  await saveShopSetup(owner.db, { url: shop.url, key: shop.key, secret: shop.secret });
  await owner.commit();
});
afterEach(async () => {
  await shop.stop();
  await company.close();
});

async function openSession(tables: Readonly<Record<string, string>>) {
  const client = await company.connect();
  await restrictTo(client, company.schema, ROLE, tables);
  const close = async (): Promise<void> => {
    await client.query('reset role');
    await dropRole(client, ROLE);
  };
  return { session: createDirectSession(client), close };
}

test('the rights that the codeunits state are enough, also to do everything twice', async () => {
  const sync = await openSession(syncShopTables);
  for (const parameter of ['ITEMS', 'CUSTOMERS', 'ORDERS']) await runSyncShop(sync.session, parameter);
  for (const order of shop.orders().slice(0, 5)) shop.changeOrder(order.id, 'add-one');
  await runSyncShop(sync.session, 'ORDERS');
  await sync.close();

  const retry = await openSession(retryTables);
  await runRetryFailedOrders(retry.session, {});
  await retry.close();
  const report = await orderSyncReport(createDirectSession(company.client).db);
  expect(report.sumByCurrency).toEqual(shop.expected.sumByCurrency);
  expect(report.failed).toEqual([{ code: 'UNKNOWN_CURRENCY', count: 2 }]);
});

test('without a right the run ends with its name, and no order is blamed', async () => {
  const { sales_order_line: _missing, ...tables } = syncShopTables;
  const sync = await openSession(tables);
  await expect(runSyncShop(sync.session, 'ORDERS')).rejects.toMatchObject({
    code: '42501',
    message: expect.stringContaining('sales_order_line'),
  });
  await sync.session.rollback();
  await sync.close();
  const report = await orderSyncReport(createDirectSession(company.client).db);
  expect(report).toMatchObject({ staged: 60, pending: 60, failed: [] });
});
