import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Route } from '../contract/route.ts';
import { ROUTES } from '../contract/routes.ts';
import { itemsIn, type Order, orders } from '../testing/item-orders.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { addCompany, addUsers } from '../testing/test-rights.ts';
import { intake, signedBody } from '../work-items/index.ts';
import { createServer, type NightshiftServer } from './index.ts';

const SECRETS: Readonly<Record<string, string>> = { CRONUS: 'of Cronus', FABRIKAM: 'of Fabrikam' };
const shop = orders();
const verify = signedBody({ header: 'x-signature', secret: (company) => SECRETS[company] });
let kit: TestPlatform;
let server: NightshiftServer;

beforeAll(async () => {
  kit = await startTestPlatform({
    workItems: [shop],
    taskScheduler: { enableTaskScheduler: false },
    intakes: {
      shop: { take: intake({ items: shop, verify }), user: 'SHOP' },
      many: { take: intake({ items: shop, verify, map: (body) => body as Order[] }), user: 'SHOP' },
      broken: {
        take: intake({
          items: shop,
          verify,
          map: () => {
            throw new TypeError('of undefined, with a secret in it');
          },
        }),
        user: 'SHOP',
      },
      orphan: { take: intake({ items: shop, verify }), user: 'NOBODY' },
    },
  });
  await addCompany(kit, 'FABRIKAM');
  await addUsers(kit, { name: 'SHOP' });
  server = createServer(kit.platform, { requestsPerMinute: { known: 1e6, unknown: 10 } });
});
afterAll(async () => {
  await server?.close();
  await kit?.stop();
});

/** Sends a body as the shop does. */
function send(
  body: string | Buffer,
  {
    name = 'shop',
    company = 'CRONUS',
    secret = SECRETS['CRONUS'] ?? '',
    headers = {},
  }: {
    readonly name?: string;
    readonly company?: string;
    readonly secret?: string;
    readonly headers?: Readonly<Record<string, string>>;
  } = {},
) {
  const signature = createHmac('sha256', secret).update(body).digest('base64');
  return server.app.inject({
    method: 'POST',
    url: `/api/v1/companies/${company}/intakes/${name}`,
    headers: { 'content-type': 'application/json', 'x-signature': signature, ...headers },
    payload: body,
  });
}

test('what is signed is taken in once, whoever sends it, however often', async () => {
  // Spaces and an order of keys that no serialiser gives back: the signature is over the bytes.
  const body = '{ "total" : 5,  "no":"W1" }';
  const first = await send(body);
  expect([first.statusCode, first.json()]).toMatchObject([200, { staged: 1, unchanged: 0, rejected: 0 }]);
  expect((await send(body)).json()).toMatchObject({ staged: 0, unchanged: 1 });
  for (const type of ['text/plain', 'application/octet-stream', 'application/vnd.shop+json'])
    expect((await send(body, { headers: { 'content-type': type } })).statusCode).toBe(200);
  const browser = { origin: 'https://elsewhere.example', 'sec-fetch-site': 'cross-site' };
  expect((await send(body, { headers: browser })).statusCode).toBe(200);
  expect(await itemsIn(kit)).toMatchObject([{ external_id: 'W1', status: 'Pending' }]);
});

test('what is not signed, or for another company, is not', async () => {
  const body = JSON.stringify({ no: 'X1', total: 1 });
  expect((await send(body, { secret: 'guessed' })).json()).toMatchObject({
    status: 401,
    code: 'UNAUTHENTICATED',
  });
  expect((await send(body, { headers: { 'x-signature': '' } })).statusCode).toBe(401);
  // Signed for Cronus, and sent to Fabrikam.
  expect((await send(body, { company: 'FABRIKAM' })).statusCode).toBe(401);
  expect((await send(body, { company: 'FABRIKAM', secret: 'of Fabrikam' })).statusCode).toBe(200);
  const rows = await itemsIn(kit);
  expect(rows.filter(({ external_id: id }) => id === 'X1')).toEqual([]);
});

test('what is not there is 404, and never said to be anything else', async () => {
  for (const at of [{ name: 'none' }, { name: 'constructor' }, { company: 'ELSEWHERE' }, { name: 'a%00b' }])
    expect((await send('{}', at)).json()).toMatchObject({ status: 404 });
  const got = await server.app.inject({ method: 'GET', url: '/api/v1/companies/CRONUS/intakes/shop' });
  expect([got.statusCode, got.headers['allow']]).toEqual([405, 'POST']);
});

test('what cannot be read or does not fit is refused; what breaks inside is to be sent again', async () => {
  expect((await send('no json')).json()).toMatchObject({ status: 400, code: 'VALIDATION' });
  expect((await send('')).statusCode).toBe(400);
  expect((await send('{"no":"W3","total":-1}')).json()).toMatchObject({ code: 'RECORD_INVALID' });
  expect((await send('{"no":"a\\u0000b","total":1}')).statusCode).toBeLessThan(500);
  expect((await send('{"a":1}', { name: 'many' })).statusCode).toBe(400);
  const some = await send('[{"no":"W4","total":1},{"no":"W5","total":-1},7]', { name: 'many' });
  expect([some.statusCode, some.json()]).toMatchObject([200, { staged: 1, rejected: 2 }]);
  const large = Buffer.alloc(1_048_577, 32);
  expect((await send(large)).json()).toMatchObject({ status: 413, code: 'BODY_TOO_LARGE' });
  for (const name of ['broken', 'orphan']) {
    const answer = await send('{"no":"W6","total":1}', { name });
    expect(answer.json()).toMatchObject({ status: 503, code: 'INTAKE_UNAVAILABLE' });
    expect([answer.headers['retry-after'], answer.body.includes('secret')]).toEqual(['2', false]);
  }
});

test('beside it nothing answers strangers but what signs them in', () => {
  const access = Object.entries(ROUTES as Readonly<Record<string, Route>>).flatMap(([name, route]) =>
    route.access === 'open' || route.access === 'signature' ? [[name.split('.')[0], route.access]] : [],
  );
  const open = new Set(access.map(([name, how]) => `${name} ${how}`));
  expect([...open].sort()).toEqual(['intakes signature', 'signIn open']);
});
