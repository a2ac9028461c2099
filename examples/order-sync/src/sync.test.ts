import { items, jobQueue } from 'nightshift';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type OrderSyncReport, orderSyncReport } from './report.ts';
import { runSyncShop } from './route.ts';
import { saveShopSetup } from './shop-setup-store.ts';
import { type ShopSimulator, type SimulatorOptions, startShopSimulator } from './simulator.ts';
import { ALL_FAULTS } from './simulator-faults.ts';
import { stagedItem, stagedOrder } from './staged-items.ts';
import { syncShop } from './sync-shop.ts';
import { type ScratchPlatform, startScratchPlatform } from './testing/scratch-platform.ts';
import { raiseWatermark } from './watermark.sql.ts';

let kit: ScratchPlatform;
let shop: ShopSimulator;
beforeAll(async () => {
  kit = await startScratchPlatform();
});
afterAll(() => kit.stop());
beforeEach(() => kit.empty());
afterEach(() => shop.stop());

async function openShop(options: SimulatorOptions = {}): Promise<void> {
  shop = await startShopSimulator({ orders: 60, seed: 21, ...options });
  await kit.open(({ db }) =>
    saveShopSetup(db, { url: shop.url, key: shop.key, secret: shop.secret, pageSize: 20 }),
  );
}

/** All but those after which the client waits; how it gets through these is tested with it. */
const FAULTS = { ...ALL_FAULTS, slowMs: 5, retryAfterSeconds: 0, serverError: 0, truncated: 0, reset: 0 };

const sync = (parameter: string) => kit.open((session) => runSyncShop(session, parameter));
const report = (): Promise<OrderSyncReport> => kit.open(({ db }) => orderSyncReport(db));

/** What waits for its next attempt is tried now. */
async function retryWaiting(): Promise<void> {
  const waiting = await items.list(kit.admin, stagedOrder, { statuses: ['Pending'], limit: 1_000 });
  await items.retry(
    kit.admin,
    stagedOrder,
    waiting.map(({ id }) => id),
  );
  await sync('ORDERS');
}

const ordersText = `
  select sales_order.external_id, sales_order.total, status, count(line_no)::integer as lines, sum(quantity) as quantity
    from sales_order join sales_order_line on sales_order_id = sales_order.id
   group by sales_order.id
   order by sales_order.external_id`;

test('orders arrive, exact to the cent, in spite of every fault', async () => {
  await openShop({ orders: 400, faults: FAULTS });
  await sync('ORDERS');
  const { expected } = shop;
  const found = await report();
  expect(found).toMatchObject({
    staged: 400,
    processed: expected.validOrders,
    skipped: expected.skippedOrders,
    pending: 0,
    attempts: 400,
    duplicates: 0,
    sumByCurrency: expected.sumByCurrency,
  });
  const failed = Object.fromEntries(found.failed.map(({ code, count }) => [code, count]));
  expect(failed).toEqual(expected.invalidByReason);
  expect(shop.requests.some((request) => request.fault !== null)).toBe(true);
});

test('a repeat changes nothing, and asks only for what is new', async () => {
  await openShop({ faults: { missingSku: 3, duplicateEvery: 2 } });
  await sync('ORDERS');
  const before = [await report(), await kit.rows(ordersText)];
  const requests = shop.requests.length;
  await sync('ORDERS');
  expect([await report(), await kit.rows(ordersText)]).toEqual(before);
  expect(shop.requests.length - requests).toBe(1);
  expect(shop.requests.at(-1)?.query).toHaveProperty('modified_after');
});

test('a shop that goes away does not hold up what is staged, and the next run reads on from there', async () => {
  await openShop({ orders: 200 });
  await sync('ITEMS');
  shop.setFaults({ busyAfter: 2, retryAfterSeconds: 0 });
  await expect(sync('ORDERS')).rejects.toMatchObject({ code: 'SHOP_BUSY' });
  const partial = await report();
  expect(partial.staged).toBe(40);
  expect(partial.pending).toBe(0);
  expect(partial.processed).toBeGreaterThan(0);
  shop.setFaults({});
  await sync('ORDERS');
  expect(await report()).toMatchObject({
    processed: shop.expected.validOrders,
    attempts: 200,
    duplicates: 0,
    sumByCurrency: shop.expected.sumByCurrency,
  });
});

test('a newer version of a processed order updates it, one that is cancelled leaves the sum', async () => {
  await openShop({ orders: 20 });
  await sync('ORDERS');
  const before = await kit.rows(ordersText);
  shop.changeOrder(Number(before[0]!['external_id']), 'add-one');
  shop.changeOrder(Number(before[1]!['external_id']), 'cancel');
  await sync('ORDERS');
  const after = await kit.rows(ordersText);
  expect(after).toHaveLength(before.length);
  expect(after[0]).toMatchObject({ lines: before[0]!['lines'] });
  expect(Number(after[0]!['quantity'])).toBe(Number(before[0]!['quantity']) + 1);
  expect(after[1]).toMatchObject({ status: 'Cancelled', total: before[1]!['total'] });
  expect((await report()).sumByCurrency).toEqual(shop.expected.sumByCurrency);
});

test('an order that its owner repairs is processed with the next run', async () => {
  await openShop({ faults: { missingSku: 2, changedTotals: 2 } });
  await sync('ORDERS');
  const failed = (await report()).failed.flatMap(({ orders }) => orders);
  expect(failed).toHaveLength(4);
  for (const id of failed) shop.changeOrder(Number(id), 'repair');
  await sync('ORDERS');
  expect(await report()).toMatchObject({ failed: [], sumByCurrency: shop.expected.sumByCurrency });
});

test('support sees which orders failed and why, corrects one, and only those that are meant are tried again', async () => {
  await openShop({ faults: { missingSku: 2, negativeQuantity: 1 } });
  await sync('ORDERS');
  const groups = await items.errorGroups(kit.admin, stagedOrder);
  expect(groups.map(({ code, items: count }) => [code, count])).toEqual([
    ['MISSING_SKU', 2],
    ['NEGATIVE_QUANTITY', 1],
  ]);
  const [order] = await items.list(kit.admin, stagedOrder, { statuses: ['Failed'], limit: 1 });
  const { payload } = await items.get(kit.admin, stagedOrder, order!.id);
  const repaired = shop.changeOrder(Number(order!.externalId), 'repair');
  await items.editPayload(kit.admin, stagedOrder, order!.id, { ...(payload as { id: number }), ...repaired });
  await items.retry(kit.admin, stagedOrder, order!.id);
  await sync('ORDERS');
  expect((await report()).failed.reduce((sum, { count }) => sum + count, 0)).toBe(2);
});

test('an order whose item is not there yet waits for it, and is done when the item came', async () => {
  await openShop({ orders: 3 });
  // As if the items had been read before this product was added to the shop.
  await kit.open(({ db }) => raiseWatermark(db, 'items', new Date('2027-01-01T00:00:00Z')));
  await sync('ORDERS');
  const waiting = await items.list(kit.admin, stagedOrder, {});
  expect(waiting.map(({ status, attempts, error }) => [status, attempts, error?.code])).toEqual(
    Array.from({ length: 3 }, () => ['Pending', 1, 'ITEM_NOT_SYNCED']),
  );
  await kit.rows('delete from shop_watermark');
  await sync('ITEMS');
  await retryWaiting();
  expect((await report()).sumByCurrency).toEqual(shop.expected.sumByCurrency);
});

test('two runs at the same time share the work', async () => {
  await openShop({ orders: 150 });
  await sync('ITEMS');
  await Promise.all([sync('ORDERS'), sync('ORDERS')]);
  const first = await report();
  expect(first).toMatchObject({ staged: 150, failed: [], attempts: 150, duplicates: 0 });
  expect(first.pending).toBe(first.retrying);
  // Both write customers: whoever loses a deadlock over one tries again.
  while ((await report()).pending > 0) await retryWaiting();
  expect(await report()).toMatchObject({
    processed: shop.expected.validOrders,
    duplicates: 0,
    sumByCurrency: shop.expected.sumByCurrency,
  });
});

test('items come with their variations, customers with their accounts', async () => {
  await openShop({ orders: 0 });
  await sync('ITEMS');
  await sync('CUSTOMERS');
  const { expected } = shop;
  const found = await kit.rows('select sku, description from item order by sku');
  expect(found).toHaveLength(expected.items);
  expect(found.some((item) => String(item['description']).endsWith(' - M'))).toBe(true);
  expect(await kit.rows('select id from customer')).toHaveLength(expected.customers);
  const skipped = await items.list(kit.admin, stagedItem, { statuses: ['Skipped'], limit: 1_000 });
  expect(new Set(skipped.map(({ note }) => note?.includes('sold by its parts')))).toEqual(new Set([true]));
});

test('the rights that the sets give are enough, also to do everything twice', async () => {
  await openShop({ faults: { unknownCurrency: 2 } });
  for (const parameterString of ['ITEMS', 'CUSTOMERS', 'ORDERS']) {
    const { status, error } = await kit.runInBackground({ object: syncShop, parameterString });
    expect([parameterString, status, error]).toEqual([parameterString, 'Success', null]);
  }
  for (const order of shop.orders().slice(0, 5)) shop.changeOrder(order.id, 'add-one');
  const { entryId } = await kit.runInBackground({ object: syncShop, parameterString: 'ORDERS' });
  const [log] = await jobQueue.logEntries(kit.admin, { entryId });
  expect(log).toMatchObject({ status: 'Success', items: { counts: { ok: 5, failed: 0, skipped: 0 } } });
  const found = await report();
  expect(found.sumByCurrency).toEqual(shop.expected.sumByCurrency);
  expect(found.failed).toMatchObject([{ code: 'UNKNOWN_CURRENCY', count: 2 }]);
});

test.each(['', 'INVOICES', 'ORDERS;ITEMS'])('the parameter "%s" is refused', async (parameter) => {
  await openShop({ orders: 0 });
  await expect(sync(parameter)).rejects.toThrow(`Unsupported job queue parameter: ${parameter}`);
});
