import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { orderSyncReport } from './report.ts';
import { runRetryFailedOrders } from './retry.ts';
import { runSyncShop } from './route.ts';
import { saveShopSetup } from './shop-setup-store.ts';
import { type ShopSimulator, type SimulatorOptions, startShopSimulator } from './simulator.ts';
import { ALL_FAULTS } from './simulator-faults.ts';
import { syncOrders } from './sync.ts';
import { createDirectSession, type DirectSession } from './testing/direct-session.ts';
import { type ScratchCompany, type ScratchServer, startScratchServer } from './testing/scratch-database.ts';
import { raiseWatermark } from './watermark.sql.ts';

let server: ScratchServer;
let company: ScratchCompany;
let session: DirectSession;
let shop: ShopSimulator;
beforeAll(async () => {
  server = await startScratchServer();
});
afterAll(() => server.stop());
beforeEach(async () => {
  company = await server.openCompany();
  session = createDirectSession(company.client);
});
afterEach(async () => {
  await session.rollback();
  await shop.stop();
  await company.close();
});

async function openShop(options: SimulatorOptions = {}): Promise<void> {
  shop = await startShopSimulator({ orders: 200, seed: 21, ...options });
  await saveShopSetup(session.db, { url: shop.url, key: shop.key, secret: shop.secret, pageSize: 20 });
  await session.commit();
}

async function rowsOf(text: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
  const { rows } = await session.db.query(text, values);
  return rows;
}

const ordersText = `
  select sales_order.external_id, sales_order.total, status, count(line_no)::integer as lines, sum(quantity) as quantity
    from sales_order join sales_order_line on sales_order_id = sales_order.id
   group by sales_order.id
   order by sales_order.external_id`;

test('a thousand orders arrive, exact to the cent, in spite of every fault', async () => {
  await openShop({ orders: 1_000, faults: { ...ALL_FAULTS, slowMs: 5 } });
  await runSyncShop(session, 'ORDERS');
  const { expected } = shop;
  const report = await orderSyncReport(session.db);
  expect(report).toMatchObject({
    staged: 1_000,
    processed: expected.validOrders,
    skipped: expected.skippedOrders,
    pending: 0,
    attempts: 1_000,
    duplicates: 0,
    sumByCurrency: expected.sumByCurrency,
  });
  const failed = Object.fromEntries(report.failed.map(({ code, count }) => [code, count]));
  expect(failed).toEqual(expected.invalidByReason);
  expect(shop.requests.some((request) => request.fault !== null)).toBe(true);
});

test('a repeat changes nothing', async () => {
  await openShop({ faults: { missingSku: 3, duplicateEvery: 2 } });
  await syncOrders(session);
  const before = [await orderSyncReport(session.db), await rowsOf(ordersText)];
  await syncOrders(session);
  expect([await orderSyncReport(session.db), await rowsOf(ordersText)]).toEqual(before);
});

test('a repeat asks only for what is new', async () => {
  await openShop();
  await syncOrders(session);
  const requests = shop.requests.length;
  await syncOrders(session);
  expect(shop.requests.length - requests).toBe(1);
  expect(shop.requests.at(-1)?.query).toHaveProperty('modified_after');
});

test('a run that breaks off between chunks goes on where it stopped', async () => {
  await openShop({ faults: { negativeQuantity: 4 } });
  await runSyncShop(session, 'ITEMS');
  // 10 pages of orders, one commit each, are followed by chunks of 30.
  const breakAt = session.commits + 15;
  session.beforeCommit = (commit) => {
    if (commit === breakAt) throw new Error('The machine went away.');
  };
  await expect(syncOrders(session, { chunkSize: 30 })).rejects.toThrow('went away');
  await session.rollback();
  const partial = await orderSyncReport(session.db);
  expect(partial.processed).toBeGreaterThan(0);
  expect(partial.pending).toBeGreaterThan(0);

  session.beforeCommit = () => undefined;
  await syncOrders(session, { chunkSize: 30 });
  const { expected } = shop;
  expect(await orderSyncReport(session.db)).toMatchObject({
    processed: expected.validOrders,
    pending: 0,
    attempts: 200,
    duplicates: 0,
    sumByCurrency: expected.sumByCurrency,
  });
});

test('a fetch that breaks off goes on at the page where it stopped', async () => {
  await openShop();
  await runSyncShop(session, 'ITEMS');
  const breakAt = session.commits + 6;
  session.beforeCommit = (commit) => {
    if (commit === breakAt) throw new Error('The machine went away.');
  };
  await expect(syncOrders(session)).rejects.toThrow('went away');
  await session.rollback();
  const { staged } = await orderSyncReport(session.db);
  expect(staged).toBeGreaterThan(0);
  expect(staged).toBeLessThan(200);

  session.beforeCommit = () => undefined;
  const requests = shop.requests.length;
  await syncOrders(session);
  expect(shop.requests.length - requests).toBeLessThan(9);
  expect((await orderSyncReport(session.db)).sumByCurrency).toEqual(shop.expected.sumByCurrency);
});

test('a shop that is down does not hold up what is staged', async () => {
  await openShop();
  await runSyncShop(session, 'ITEMS');
  const breakAt = session.commits + 6;
  session.beforeCommit = (commit) => {
    if (commit === breakAt) throw new Error('The machine went away.');
  };
  await expect(syncOrders(session)).rejects.toThrow('went away');
  await session.rollback();
  session.beforeCommit = () => undefined;
  shop.setFaults({ serverError: 1, consecutiveMax: 1_000 });
  await expect(syncOrders(session)).rejects.toMatchObject({ code: 'SHOP_UNAVAILABLE' });
  const report = await orderSyncReport(session.db);
  expect(report.pending).toBe(0);
  expect(report.processed).toBeGreaterThan(0);
});

test('a newer version of a processed order updates it and makes no second one', async () => {
  await openShop({ orders: 40 });
  await syncOrders(session);
  const before = await rowsOf(ordersText);
  const id = Number(before[0]!['external_id']);
  shop.changeOrder(id, 'add-one');
  await syncOrders(session);
  const after = await rowsOf(ordersText);
  expect(after).toHaveLength(before.length);
  expect(after[0]).toMatchObject({ external_id: String(id), lines: before[0]!['lines'] });
  expect(Number(after[0]!['quantity'])).toBe(Number(before[0]!['quantity']) + 1);
  expect((await orderSyncReport(session.db)).sumByCurrency).toEqual(shop.expected.sumByCurrency);
});

test('an order that the shop cancels later is cancelled, and leaves the sum', async () => {
  await openShop({ orders: 40 });
  await syncOrders(session);
  const [first] = await rowsOf(ordersText);
  shop.changeOrder(Number(first!['external_id']), 'cancel');
  await syncOrders(session);
  expect((await rowsOf(ordersText))[0]).toMatchObject({ status: 'Cancelled', total: first!['total'] });
  expect((await orderSyncReport(session.db)).sumByCurrency).toEqual(shop.expected.sumByCurrency);
});

test('an order that its owner repairs is processed with the next run', async () => {
  await openShop({ faults: { missingSku: 2, changedTotals: 2 } });
  await syncOrders(session);
  const failed = await rowsOf(`select external_id from staged_order where status = 'Failed'`);
  expect(failed).toHaveLength(4);
  for (const row of failed) shop.changeOrder(Number(row['external_id']), 'repair');
  await syncOrders(session);
  const report = await orderSyncReport(session.db);
  expect(report.failed).toEqual([]);
  expect(report.sumByCurrency).toEqual(shop.expected.sumByCurrency);
});

test('failed orders are tried again when a person says so, and only those named', async () => {
  await openShop({ faults: { unknownCurrency: 3 } });
  await syncOrders(session);
  const failed = await rowsOf(
    `select external_id from staged_order where status = 'Failed' order by external_id`,
  );
  await session.db.query(`insert into currency (code, minor_units) values ('XTS', 2)`);
  const externalIds = [String(failed[0]!['external_id'])];
  await runRetryFailedOrders(session, { externalIds });
  expect(await orderSyncReport(session.db)).toMatchObject({
    failed: [{ code: 'UNKNOWN_CURRENCY', count: 2 }],
    processed: shop.expected.validOrders + 1,
  });
  await runRetryFailedOrders(session, {});
  expect(await orderSyncReport(session.db)).toMatchObject({
    failed: [],
    processed: shop.expected.validOrders + 3,
    duplicates: 0,
  });
});

test('an order whose item is not there yet waits for it, and is done when the item came', async () => {
  await openShop({ orders: 3 });
  // As if the items had been read before this product was added to the shop.
  await raiseWatermark(session.db, 'items', new Date('2027-01-01T00:00:00Z'));
  await syncOrders(session);
  const waiting = await rowsOf(`select status, error_code, attempts from staged_order order by external_id`);
  expect(waiting).toEqual(
    Array.from({ length: 3 }, () => ({ status: 'Pending', error_code: 'ITEM_NOT_SYNCED', attempts: 1 })),
  );
  await session.db.query(`delete from shop_watermark`);
  await runSyncShop(session, 'ITEMS');
  await session.db.query(`update staged_order set next_attempt_at = now()`);
  await syncOrders(session);
  expect((await orderSyncReport(session.db)).sumByCurrency).toEqual(shop.expected.sumByCurrency);
});

test('two runs at the same time share the work', async () => {
  await openShop();
  await runSyncShop(session, 'ITEMS');
  const other = createDirectSession(await company.connect(), 'other-run');
  await Promise.all([syncOrders(session, { chunkSize: 10 }), syncOrders(other, { chunkSize: 10 })]);
  expect(await orderSyncReport(session.db)).toMatchObject({
    processed: shop.expected.validOrders,
    attempts: 200,
    duplicates: 0,
    sumByCurrency: shop.expected.sumByCurrency,
  });
});

test('items come with their variations, customers with their accounts', async () => {
  await openShop({ orders: 0 });
  await runSyncShop(session, 'ITEMS');
  await runSyncShop(session, 'CUSTOMERS');
  const { expected } = shop;
  const items = await rowsOf(`select sku, description from item order by sku`);
  expect(items).toHaveLength(expected.items);
  expect(items.some((item) => String(item['description']).endsWith(' - M'))).toBe(true);
  expect(await rowsOf(`select id from customer`)).toHaveLength(expected.customers);
  const skipped = await rowsOf(`select error_code from staged_item where status = 'Skipped'`);
  expect(new Set(skipped.map((row) => row['error_code']))).toEqual(new Set(['ITEM_IS_PARENT']));
  await runSyncShop(session, 'CUSTOMERS');
  expect(await rowsOf(`select id from customer`)).toHaveLength(expected.customers);
});

test('staged rows carry the key of the run that staged them', async () => {
  await openShop({ orders: 5 });
  await syncOrders(session);
  expect(await rowsOf(`select distinct correlation_id from staged_order`)).toEqual([
    { correlation_id: 'test-run' },
  ]);
});
