import { reportInbox } from 'nightshift';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { orderList } from './order-list.ts';
import { runSyncShop } from './route.ts';
import { saveShopSetup } from './shop-setup-store.ts';
import { type ShopSimulator, startShopSimulator } from './simulator.ts';
import { type ScratchPlatform, startScratchPlatform } from './testing/scratch-platform.ts';

let kit: ScratchPlatform;
let shop: ShopSimulator;
beforeAll(async () => {
  kit = await startScratchPlatform();
  shop = await startShopSimulator({ orders: 20, seed: 3, faults: {} });
  await kit.open(({ db }) => saveShopSetup(db, { url: shop.url, key: shop.key, secret: shop.secret }));
  await kit.open((session) => runSyncShop(session, 'ITEMS'));
  await kit.open((session) => runSyncShop(session, 'ORDERS'));
});
afterAll(async () => {
  await shop?.stop();
  await kit?.stop();
});

async function linesOf(parameters: { status?: 'Open' | 'Cancelled'; from?: string; to?: string }) {
  await kit.open((session) => session.run(orderList, { parameters, outputType: 'CSV' }));
  const [document] = (await reportInbox.list(kit.admin)).documents;
  const { content } = await reportInbox.fetch(kit.admin, document?.no ?? 0);
  return String(content).trim().split('\r\n').slice(1);
}

test('the list has every order that it is asked for, once', async () => {
  const [count] = await kit.rows(
    `select count(*)::int as orders, count(*) filter (where status = 'Open')::int as open from sales_order`,
  );
  expect(count?.['orders']).toBeGreaterThan(0);
  expect(await linesOf({})).toHaveLength(Number(count?.['orders']));
  expect(await linesOf({ status: 'Open' })).toHaveLength(Number(count?.['open']));
  expect(await linesOf({ from: '2999-01-01' })).toEqual([]);
  expect(await linesOf({ to: '1999-01-01' })).toEqual([]);
});
