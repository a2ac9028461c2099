import { items } from 'nightshift';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type OrderSyncReport, orderSyncReport } from './report.ts';
import { runSyncShop } from './route.ts';
import { saveShopSetup } from './shop-setup-store.ts';
import { type ShopSimulator, startShopSimulator } from './simulator.ts';
import { type CarrierFaults, type CarrierSimulator, startCarrierSimulator } from './simulator-carrier.ts';
import { stagedOrder } from './staged-items.ts';
import { type ScratchPlatform, startScratchPlatform } from './testing/scratch-platform.ts';

const ORDERS = 60;

let kit: ScratchPlatform;
let shop: ShopSimulator;
let carrier: CarrierSimulator;
beforeAll(async () => {
  kit = await startScratchPlatform();
});
afterAll(() => kit.stop());
beforeEach(async () => {
  await kit.empty();
  shop = await startShopSimulator({ orders: ORDERS, seed: 3 });
});
afterEach(() => Promise.all([carrier.stop(), shop.stop()]));

async function openCarrier(faults: CarrierFaults = {}, carrierTimeoutMs = 10_000): Promise<void> {
  carrier = await startCarrierSimulator(faults);
  const { url, key, secret } = shop;
  await kit.open(({ db }) =>
    saveShopSetup(db, { url, key, secret, carrierUrl: carrier.url, carrierTimeoutMs }),
  );
}

const sync = () => kit.open((session) => runSyncShop(session, 'ORDERS'));
const report = (): Promise<OrderSyncReport> => kit.open(({ db }) => orderSyncReport(db));
const paidOrders = () =>
  shop.orders().filter(({ status }) => status === 'processing' || status === 'completed');

/** What is waiting for its next attempt is tried now. */
async function retryAll(): Promise<void> {
  const waiting = await items.list(kit.admin, stagedOrder, { statuses: ['Pending', 'Failed'], limit: 1_000 });
  await items.retry(
    kit.admin,
    stagedOrder,
    waiting.map(({ id }) => id),
  );
  await sync();
}

/** Each paid order was sent once, under the tracking number that its sales order has. */
async function expectSentOnce(): Promise<void> {
  const rows = await kit.rows(
    `select external_id || ' ' || tracking_no as sent from sales_order where tracking_no is not null order by sent`,
  );
  const sent = carrier.shipments.map(({ reference, trackingNo }) => `${reference} ${trackingNo}`);
  expect(sent.toSorted()).toEqual(rows.map((row) => row['sent']));
  const references = carrier.shipments.map(({ reference }) => Number(reference));
  expect(references.toSorted((one, other) => one - other)).toEqual(paidOrders().map(({ id }) => id));
}

test('a carrier that fails, is silent after it shipped and answers twice ships each order once', async () => {
  // Long enough for an answer on a machine that is busy: what matters is that silence lasts longer.
  await openCarrier({ failEvery: 4, hangEvery: 29, twiceEvery: 3 }, 1_500);
  await sync();
  const { failed, hung, twice } = carrier.counts;
  expect([failed, hung, twice].every((count) => count > 0)).toBe(true);
  expect((await report()).pending).toBeGreaterThanOrEqual(failed + hung);
  await retryAll();
  while ((await report()).pending > 0) await retryAll();
  expect(carrier.counts.asked).toBeGreaterThanOrEqual(hung);
  await expectSentOnce();
  expect(await report()).toMatchObject({ failed: [], processed: shop.expected.validOrders, duplicates: 0 });
});

test('an order that is changed after it was shipped is not shipped again', async () => {
  await openCarrier();
  await sync();
  const [first] = paidOrders();
  shop.changeOrder(first!.id, 'add-one');
  await sync();
  await expectSentOnce();
  const { calls } = await items.get(kit.admin, stagedOrder, String(first!.id));
  expect(calls).toMatchObject([{ key: 'shipment', answer: { trackingNo: expect.any(String) } }]);
});

test('a parcel that is refused fails its order alone, and is sent when a person has seen to it', async () => {
  const [first] = paidOrders();
  const refused = new Set([String(first!.id)]);
  await openCarrier({ refused });
  await sync();
  expect((await report()).failed).toEqual([{ code: 'CARRIER_REFUSED', count: 1, orders: [...refused] }]);
  expect(await kit.rows('select from sales_order where external_id = $1', [...refused])).toEqual([]);
  await sync();
  expect(carrier.counts.refused).toBe(1);
  refused.clear();
  const [group] = await items.errorGroups(kit.admin, stagedOrder);
  await items.retry(kit.admin, stagedOrder, { fingerprint: group!.fingerprint });
  await sync();
  await expectSentOnce();
});
