import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { JobSession } from './job-session.ts';
import { readModified } from './modified-feed.ts';
import { parseShopSetup, type ShopSetupInput } from './shop-setup.ts';
import { type ShopSimulator, startShopSimulator } from './simulator.ts';
import type { SimulatorFaults } from './simulator-faults.ts';
import { createFreeSession } from './testing/free-session.ts';
import { createWooCommerceClient } from './woocommerce.ts';
import { REQUEST_TRIES_MAX, RETRY_WAIT_MS } from './woocommerce-http.ts';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function openShop(faults: SimulatorFaults = {}, orders = 250): Promise<ShopSimulator> {
  const shop = await startShopSimulator({ orders, seed: 11, faults });
  cleanups.push(() => shop.stop());
  return shop;
}

function clientOf(session: JobSession, shop: ShopSimulator, changes: Partial<ShopSetupInput> = {}) {
  return createWooCommerceClient(session, parseShopSetup({ ...shop, pageSize: 25, ...changes }));
}

async function allOrderIds(shop: ShopSimulator, changes: Partial<ShopSetupInput> = {}) {
  const session = createFreeSession();
  const client = clientOf(session, shop, changes);
  const ids: string[] = [];
  for await (const page of readModified((query) => client.listOrders(query), null, 25)) {
    ids.push(...page.rows.map((row) => row.externalId));
  }
  return { ids, session };
}

const firstPage = { modifiedAfter: null, exclude: [], page: 1 };

test('reads all orders of a faultless shop, each once', async () => {
  const { ids, session } = await allOrderIds(await openShop());
  expect(ids).toHaveLength(250);
  expect(new Set(ids).size).toBe(250);
  expect(session.waits).toEqual([]);
});

test.each<[string, SimulatorFaults]>([
  ['status 500', { serverError: 0.4 }],
  ['status 429', { tooManyRequests: 0.4 }],
  ['broken JSON', { truncated: 0.4 }],
  ['connection resets', { reset: 0.4 }],
  [
    'everything at once',
    { serverError: 0.15, tooManyRequests: 0.15, truncated: 0.15, reset: 0.15, slow: 0.1, slowMs: 20 },
  ],
])('gets through %s', async (_name, faults) => {
  const shop = await openShop(faults);
  const { ids, session } = await allOrderIds(shop);
  expect(new Set(ids).size).toBe(250);
  expect(session.waits.length).toBeGreaterThan(0);
  expect(shop.requests.filter((request) => request.fault !== null).length).toBeGreaterThan(0);
});

test('a shop that repeats orders across pages repeats them to us', async () => {
  const { ids } = await allOrderIds(await openShop({ duplicateEvery: 2 }));
  expect(ids.length).toBeGreaterThan(250);
  expect(new Set(ids).size).toBe(250);
});

test('waits as long as Retry-After says', async () => {
  const shop = await openShop({ tooManyRequests: 1, retryAfterSeconds: 7, consecutiveMax: 1 });
  const session = createFreeSession();
  await clientOf(session, shop).listOrders(firstPage);
  expect(session.waits).toEqual([7_000]);
});

test('does not wait for hours', async () => {
  const shop = await openShop({ tooManyRequests: 1, retryAfterSeconds: 7_200 });
  const session = createFreeSession();
  await expect(clientOf(session, shop).listOrders(firstPage)).rejects.toMatchObject({ code: 'SHOP_BUSY' });
  expect(session.waits).toEqual([]);
});

test.each<[string, SimulatorFaults]>([
  ['SHOP_UNAVAILABLE', { serverError: 1 }],
  ['SHOP_BUSY', { tooManyRequests: 1 }],
  ['SHOP_RESPONSE_INVALID', { truncated: 1 }],
  ['SHOP_UNAVAILABLE', { reset: 1 }],
])('gives up with %s after a bounded number of tries', async (code, faults) => {
  const shop = await openShop({ ...faults, consecutiveMax: 1_000 });
  const session = createFreeSession();
  await expect(clientOf(session, shop).listOrders(firstPage)).rejects.toMatchObject({
    code,
    message: expect.stringContaining(`Tried ${REQUEST_TRIES_MAX} times`),
  });
  expect(shop.requests).toHaveLength(REQUEST_TRIES_MAX);
});

test('the waits grow', async () => {
  const shop = await openShop({ serverError: 1, consecutiveMax: 1_000 });
  const session = createFreeSession();
  await expect(clientOf(session, shop).listOrders(firstPage)).rejects.toThrow();
  expect(session.waits).toEqual([1, 2, 4, 8].map((factor) => factor * RETRY_WAIT_MS));
});

test('a shop that answers too late counts as unavailable', async () => {
  const shop = await openShop({ slow: 1, slowMs: 60_000 });
  const session = createFreeSession();
  const client = clientOf(session, shop, { requestTimeoutSeconds: 1 });
  // One try is enough to see it.
  session.sleep = async () => session.abort();
  await expect(client.listOrders(firstPage)).rejects.toThrow();
  expect(session.lines[0]?.message).toContain('did not answer within 1 s');
});

test('a stopped session stops the request', async () => {
  const shop = await openShop({ slow: 1, slowMs: 60_000 });
  const session = createFreeSession();
  const answer = clientOf(session, shop).listOrders(firstPage);
  session.abort();
  await expect(answer).rejects.toMatchObject({ name: 'AbortError' });
  expect(session.waits).toEqual([]);
});

test('a wrong key is not tried twice, and the text names the setting but not the secret', async () => {
  const shop = await openShop();
  const answer = clientOf(createFreeSession(), shop, { secret: 'cs_wrong' }).listOrders(firstPage);
  await expect(answer).rejects.toMatchObject({
    code: 'SHOP_UNAUTHORIZED',
    message: expect.stringContaining('consumer_key'),
  });
  await expect(answer).rejects.not.toThrow(/cs_wrong/);
  expect(shop.requests).toHaveLength(1);
});

test.each([
  [403, 'SHOP_FORBIDDEN', /Read/],
  [404, 'SHOP_NOT_FOUND', /permalinks/],
  [301, 'SHOP_REDIRECTS', /https:\/\/www\.example\.com/],
  [400, 'SHOP_REQUEST_REFUSED', /status 400/],
])('status %i is %s, at once', async (status, code, text) => {
  const shop = await serveOnce(status, { location: 'https://www.example.com/' }, '{}');
  const answer = clientOf(createFreeSession(), shop).listOrders(firstPage);
  await expect(answer).rejects.toMatchObject({ code, message: expect.stringMatching(text) });
});

test('Retry-After may be a date, measured by the clock of the shop', async () => {
  const shop = await serveOnce(
    503,
    { date: 'Mon, 02 Feb 2026 10:00:00 GMT', 'retry-after': 'Mon, 02 Feb 2026 10:00:30 GMT' },
    '',
  );
  const session = createFreeSession();
  await expect(clientOf(session, shop).listOrders(firstPage)).rejects.toMatchObject({ code: 'SHOP_BUSY' });
  expect(session.waits).toEqual([30_000, 30_000, 30_000, 30_000]);
});

test('elements without an id or a date are counted, not fatal', async () => {
  const good = { id: 1, date_modified_gmt: '2026-02-01T10:00:00' };
  const shop = await serveOnce(200, {}, JSON.stringify([good, { id: 'x' }, null, { id: 2 }]));
  const page = await clientOf(createFreeSession(), shop).listOrders(firstPage);
  expect(page.rows.map((row) => row.externalId)).toEqual(['1']);
  expect(page.unusable).toBe(3);
});

test('the modification filter goes out in GMT and without a zone', async () => {
  const shop = await openShop({}, 5);
  const modifiedAfter = new Date('2026-02-01T10:00:00Z');
  await clientOf(createFreeSession(), shop).listOrders({ modifiedAfter, exclude: ['1', '2'], page: 1 });
  expect(shop.requests[0]?.query).toMatchObject({
    modified_after: '2026-02-01T10:00:00',
    dates_are_gmt: 'true',
    orderby: 'modified',
    order: 'asc',
    exclude: '1,2',
  });
});

test.each(['http://shop.example.com', 'ftp://127.0.0.1', 'shop', ''])(
  'the address "%s" would show the secret',
  (url) => {
    expect(() => parseShopSetup({ url, key: 'k', secret: 's' })).toThrow(/setting url .* https/);
  },
);

test('the address may have a path and loses its final slash', () => {
  expect(parseShopSetup({ url: 'https://example.com/shop/', key: 'k', secret: 's' }).url).toBe(
    'https://example.com/shop',
  );
});

/** A shop that answers everything with the same status, headers and body. */
async function serveOnce(
  status: number,
  headers: Record<string, string>,
  body: string,
): Promise<ShopSimulator> {
  const server = createServer((_request, response) => response.writeHead(status, headers).end(body));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, key: 'ck', secret: 'cs' } as ShopSimulator;
}
