import { createHmac } from 'node:crypto';
import { isWithinRunWindow, items, jobQueue, permissionSets, previewRuns, stage, users } from 'nightshift';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readAnswer } from './import-decision.sql.ts';
import { decideImport } from './import-decision.ts';
import { SHOP_CATEGORY, shopEntries } from './job-queue-entries.ts';
import { orderWebhook } from './order-webhook.ts';
import { processStagedOrders } from './process-orders.ts';
import { recalculateSales } from './recalculation.ts';
import { orderSyncReport } from './report.ts';
import { runSyncShop } from './route.ts';
import { saveShopSetup } from './shop-setup-store.ts';
import { type ShopSimulator, startShopSimulator } from './simulator.ts';
import { stagedOrder } from './staged-items.ts';
import { syncShop } from './sync-shop.ts';
import { personWhoSays } from './testing/person.ts';
import { type ScratchPlatform, startScratchPlatform } from './testing/scratch-platform.ts';

let kit: ScratchPlatform;
let shop: ShopSimulator;
beforeAll(async () => {
  kit = await startScratchPlatform();
});
afterAll(() => kit.stop());
beforeEach(async () => {
  await kit.empty();
  shop = await startShopSimulator({ orders: 30, seed: 5, faults: { unknownCurrency: 2, missingSku: 1 } });
  await kit.open(({ db }) => saveShopSetup(db, { url: shop.url, key: shop.key, secret: shop.secret }));
});
afterEach(() => shop.stop());

const sync = (parameter = 'ORDERS') => kit.open((session) => runSyncShop(session, parameter));
const report = () => kit.open(({ db }) => orderSyncReport(db));
const EVERY_DAY = {
  ...{ runOnMondays: true, runOnTuesdays: true, runOnWednesdays: true, runOnThursdays: true },
  ...{ runOnFridays: true, runOnSaturdays: true, runOnSundays: true },
};

describe('the decision about unknown currencies', () => {
  test('is asked in the foreground, stored with who and when, and read by the sync', async () => {
    await sync();
    const [group] = (await items.errorGroups(kit.admin, stagedOrder)).filter(
      ({ code }) => code === 'UNKNOWN_CURRENCY',
    );
    expect(group).toMatchObject({ items: 2 });
    const { id } = await jobQueue.create(kit.admin, { object: decideImport });
    expect(await jobQueue.runOnce(kit.admin, id, personWhoSays(true))).toMatchObject({ status: 'Success' });
    const [decision] = await kit.rows(
      `select question, answer, decided_by, decided_at > now() - interval '1 hour' as just_now from import_decision`,
    );
    expect(decision).toMatchObject({
      question: 'unknown-currency',
      answer: true,
      decided_by: 'ADMIN',
      just_now: true,
    });
    await items.retry(kit.admin, stagedOrder, { fingerprint: group!.fingerprint });
    await sync();
    expect((await report()).failed).toMatchObject([{ code: 'MISSING_SKU', count: 1 }]);
    expect(await kit.rows('select code from currency where not is_confirmed')).toEqual([{ code: 'XTS' }]);
    // Whoever says no later is heeded from then on; what was said before stays on record.
    await jobQueue.runOnce(kit.admin, id, personWhoSays(false));
    expect(await kit.rows('select answer from import_decision order by id')).toEqual([
      { answer: true },
      { answer: false },
    ]);
    expect(await kit.open(({ db }) => readAnswer(db, 'unknown-currency'))).toBe(false);
  });

  test('cannot be asked in the background, and not be made by whoever runs the sync', async () => {
    const { id } = await jobQueue.create(kit.admin, { object: decideImport });
    await jobQueue.setStatusToReady(kit.admin, id);
    await expect.poll(async () => (await jobQueue.get(kit.admin, id)).status).toBe('Error');
    const [log] = await jobQueue.logEntries(kit.admin, { entryId: id });
    expect(log?.error?.message).toBe('A person decides this: run it once in the foreground.');
    const asClerk = kit.platform.open({ user: 'CLARA', company: 'CRONUS' }, ({ db }) =>
      db.query(
        "insert into import_decision (question, answer, decided_by) values ('unknown-currency', true, 'ADMIN')",
      ),
    );
    await expect(asClerk).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    await users.create(kit.admin, { name: 'TOM', fullName: 'Tom Trainee' });
    await permissionSets.assign(kit.admin, {
      ...{ user: 'TOM', permissionSet: 'Order Sync Trainee', company: 'CRONUS' },
    });
    const asTrainee = kit.platform.open({ user: 'TOM', company: 'CRONUS' }, (session) =>
      stage(session, stagedOrder, shop.orders().slice(0, 1) as { readonly id: number }[]),
    );
    await expect(asTrainee).rejects.toThrow('lacks the right to insert (I) into table staged_order');
  });
});

describe('webhooks', () => {
  const SECRET = 'between WooCommerce and us';
  const take = orderWebhook(SECRET);
  /** As WooCommerce sends it. */
  function delivery(element: unknown, { topic = 'order.updated', secret = SECRET, no = '17' } = {}) {
    const body = JSON.stringify(element);
    const signature = createHmac('sha256', secret).update(body).digest('base64');
    return {
      body,
      headers: {
        'content-type': 'application/json',
        ...{ 'X-WC-Webhook-Source': 'https://shop.example/', 'X-WC-Webhook-Topic': topic },
        ...{ 'X-WC-Webhook-Resource': 'order', 'X-WC-Webhook-Event': topic.split('.')[1] },
        ...{ 'X-WC-Webhook-Signature': signature, 'X-WC-Webhook-ID': '3', 'X-WC-Webhook-Delivery-ID': no },
      },
    };
  }

  test('stage an order once, whatever is repeated or comes late; the poll finds nothing new of it', async () => {
    const [order] = shop.orders();
    const newer = shop.changeOrder(order!.id, 'add-one');
    expect(await take(kit.admin, delivery(newer))).toEqual({ status: 200, staged: 1, updated: 0 });
    expect(await take(kit.admin, delivery(newer, { no: '18' }))).toEqual({
      status: 200,
      staged: 0,
      updated: 0,
    });
    expect(await take(kit.admin, delivery(order))).toEqual({ status: 200, staged: 0, updated: 0 });
    expect(await items.get(kit.admin, stagedOrder, String(order!.id))).toMatchObject({
      correlationIds: { delivery: '17', orderKey: expect.stringContaining('wc_order_') },
    });
    await sync();
    expect(await report()).toMatchObject({
      staged: 30,
      duplicates: 0,
      sumByCurrency: shop.expected.sumByCurrency,
    });
  });

  test('are refused without a good signature, answer a ping, and pass over what is no order', async () => {
    const [order] = shop.orders();
    expect(await take(kit.admin, delivery(order, { secret: 'guessed' }))).toMatchObject({ status: 401 });
    const altered = { ...delivery(order), body: JSON.stringify({ ...order, total: '0.01' }) };
    expect(await take(kit.admin, altered)).toMatchObject({ status: 401 });
    const ping = { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'webhook_id=3' };
    expect(await take(kit.admin, ping)).toEqual({ status: 200, staged: 0, updated: 0 });
    const forgotten = { ...delivery(order), headers: {} };
    expect(await take(kit.admin, forgotten)).toMatchObject({ status: 401 });
    const deleted = delivery({ id: order!.id }, { topic: 'order.deleted' });
    expect(await take(kit.admin, deleted)).toEqual({ status: 200, staged: 0, updated: 0 });
    expect(await take(kit.admin, delivery({ hello: 'world' }))).toMatchObject({ status: 422, staged: 0 });
    expect((await report()).staged).toBe(0);
  });

  test('wake the entry that processes what they staged', async () => {
    await sync('ITEMS');
    const { entryId } = await kit.runInBackground({
      object: processStagedOrders,
      ...EVERY_DAY,
      minutesBetweenRuns: 60,
    });
    await expect
      .poll(async () => (await jobQueue.get(kit.clerk, entryId)).status)
      .toBe('On Hold with Inactivity Timeout');
    const taking = orderWebhook(SECRET, (caller) => jobQueue.wake(caller, entryId));
    const [order] = shop.orders().filter(({ status }) => status === 'processing');
    // Whatever the simulator has spoiled in it.
    const repaired = shop.changeOrder(order!.id, 'repair');
    expect(await taking(kit.clerk, delivery(repaired))).toMatchObject({ status: 200, staged: 1 });
    await expect.poll(async () => (await report()).processed, { timeout: 20_000 }).toBe(1);
    await jobQueue.setOnHold(kit.clerk, entryId);
  });
});

describe('time', () => {
  test('the sync runs outside business hours, through both changes of the clocks', () => {
    const [orders] = shopEntries;
    const zone = orders!.timeZone!;
    for (const from of ['2026-03-27T12:00:00Z', '2026-10-23T12:00:00Z', '2026-07-01T12:00:00Z']) {
      const runs = previewRuns(orders!, new Date(from), 100, zone);
      expect(runs).toHaveLength(100);
      for (const { at } of runs) {
        const hour = Number(
          new Intl.DateTimeFormat('en', { hour: '2-digit', hourCycle: 'h23', timeZone: zone }).format(at),
        );
        expect(hour >= 19 || hour < 7, `${at.toISOString()} is ${hour} o'clock`).toBe(true);
      }
    }
    expect(isWithinRunWindow(orders!, new Date('2026-07-01T10:00:00Z'), zone)).toBe(false);
  });

  test('the sync and the recalculation share a category, and never overlap', async () => {
    const input = { ...EVERY_DAY, minutesBetweenRuns: 60, category: SHOP_CATEGORY };
    const runs = [
      { object: syncShop, parameterString: 'ORDERS', ...input },
      { object: recalculateSales, ...input },
      { object: processStagedOrders, ...input },
      { object: syncShop, parameterString: 'ITEMS', ...input },
    ];
    const seen = await Promise.all(runs.map((run) => kit.runInBackground(run)));
    expect(seen.map(({ status, error }) => [status, error])).toEqual(seen.map(() => ['Success', null]));
    const ids = new Set(seen.map(({ entryId }) => entryId));
    const log = (await jobQueue.logEntries(kit.admin, { limit: 100 }))
      .filter(({ entryId }) => ids.has(entryId))
      .map(
        ({ startedAt, endedAt }) =>
          [startedAt.getTime(), endedAt?.getTime() ?? Number.POSITIVE_INFINITY] as const,
      )
      .toSorted(([one], [other]) => one - other);
    for (const [at, [start]] of log.slice(1).entries()) expect(start).toBeGreaterThanOrEqual(log[at]![1]);
    for (const id of ids) await jobQueue.setOnHold(kit.clerk, id);
  });
});
