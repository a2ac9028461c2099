import { afterAll, beforeAll, expect, test } from 'vitest';
import { items } from '../../platform/index.ts';
import { until } from '../../testing/condition.ts';
import { orders, SALES_ORDERS, sell, someOrders } from '../../testing/item-orders.ts';
import { LiveClient } from '../../testing/live-client.ts';
import { startTestPlatform, type TestPlatform } from '../../testing/test-platform.ts';
import { addCompany, addUsers, takeSet } from '../../testing/test-rights.ts';
import { processChunk, stage } from '../../work-items/index.ts';
import { createServer, type NightshiftServer } from '../index.ts';

const shop = orders();
const branch = orders({ name: 'branch_order' });
const ADMIN_ELSEWHERE = { user: 'ADMIN', company: 'FABRIKAM' };

let kit: TestPlatform;
let server: NightshiftServer;
let address: string;
beforeAll(async () => {
  kit = await startTestPlatform({ workItems: [shop, branch], migrations: [SALES_ORDERS] });
  await addCompany(kit, 'FABRIKAM');
  await addUsers(
    kit,
    { name: 'READER', sets: ['Job Queue View'], company: 'CRONUS' },
    { name: 'BYSTANDER', sets: ['Task Admin'], company: 'CRONUS' },
  );
  server = createServer(kit.platform, {
    authenticate: ({ headers }) => (typeof headers['x-user'] === 'string' ? headers['x-user'] : null),
    requestsPerMinute: { known: 1_000_000, unknown: 1_000_000 },
  });
  address = await server.listen();
});
afterAll(async () => {
  await server?.close({ atOnce: true });
  await kit?.stop();
});

const connect = (user = 'ADMIN') => LiveClient.connect(address, { user });
const numberOf = async (externalId: string) => (await items.get(kit.admin, shop, externalId)).id;

/** What a subscription was told of each row, the last of it. */
const toldOf = (client: LiveClient, id: string) =>
  new Map(client.changes(id).flatMap(({ rows }) => (rows ?? []).map((row) => [row.id, row.status] as const)));

test('what is staged, fails and is processed is told, of every table, and of that company only', async () => {
  const client = await connect();
  expect(await client.subscribe('all', 'workItems')).toMatchObject({ reset: true });
  await stage(kit.platform.as(ADMIN_ELSEWHERE), shop, someOrders(1, 900));
  await stage(kit.admin, branch, someOrders(1));
  await stage(kit.admin, shop, someOrders(2));
  const [one, two] = [await numberOf('A1'), await numberOf('A2')];
  await until('it was told', () => toldOf(client, 'all').get(`staged_order/${two}`) === 'Pending');
  await until('the other table was told', () => toldOf(client, 'all').get('branch_order/1') === 'Pending');
  const run = kit.open((session) =>
    processChunk(session, shop, { maxAttempts: 1 }, async (item, own) => {
      if (item.externalId === 'A1') throw new Error('the customer is blocked');
      await sell(item, own);
    }),
  );
  await run.catch(() => undefined);
  await until('what failed was told', () => toldOf(client, 'all').get(`staged_order/${one}`) === 'Failed');
  await until('what ended was told', () => toldOf(client, 'all').get(`staged_order/${two}`) === 'Processed');
  expect(client.changes('all').some(({ removed }) => removed)).toBe(true);
  expect([...toldOf(client, 'all').keys()].toSorted()).toEqual(
    ['branch_order/1', `staged_order/${one}`, `staged_order/${two}`].toSorted(),
  );
  client.cut();
});

test('one that comes and ends between two looks is told', async () => {
  const client = await connect();
  const { position } = await client.subscribe('all', 'workItems');
  client.cut();
  await stage(kit.admin, shop, someOrders(1, 50));
  await kit.open((session) => processChunk(session, shop, {}, sell));
  const no = await numberOf('A50');
  const again = await connect();
  expect(await again.subscribe('all', 'workItems', { since: position })).toMatchObject({ reset: false });
  await until('it was told', () => toldOf(again, 'all').get(`staged_order/${no}`) === 'Processed');
  again.cut();
});

test('one item is followed from one table into the other', async () => {
  await stage(kit.admin, shop, someOrders(2, 60));
  const [mine, other] = [await numberOf('A60'), await numberOf('A61')];
  const client = await connect('READER');
  await client.subscribe('one', 'workItems', { row: `staged_order/${mine}` });
  await items.assign(kit.admin, shop, other, 'ADMIN');
  await kit.open((session) => processChunk(session, shop, {}, sell));
  await until('its end was told', () => toldOf(client, 'one').get(`staged_order/${mine}`) === 'Processed');
  expect([...toldOf(client, 'one').keys()]).toEqual([`staged_order/${mine}`]);
  expect(client.changes('one').every(({ removed }) => !removed)).toBe(true);
  for (const row of ['staged_order/99999', 'no_such/1', 'staged_order', "staged_order'/1", 'sales_order/1']) {
    client.send({ type: 'subscribe', id: row, list: 'workItems', company: 'CRONUS', row });
    const { code } = await client.event('refused', ({ id }) => id === row);
    expect(code, row).toMatch(/ITEM_UNKNOWN|NOT_FOUND|VALIDATION/);
  }
  client.cut();
});

test('it takes the right to see items, now and at each change', async () => {
  const bystander = await connect('BYSTANDER');
  bystander.send({ type: 'subscribe', id: 'x', list: 'workItems', company: 'CRONUS' });
  expect(await bystander.event('refused', ({ id }) => id === 'x')).toMatchObject({
    code: 'PERMISSION_DENIED',
  });
  const reader = await connect('READER');
  reader.send({ type: 'subscribe', id: 'y', list: 'workItems', company: 'FABRIKAM' });
  expect(await reader.event('refused', ({ id }) => id === 'y')).toMatchObject({ code: 'COMPANY_UNKNOWN' });
  await reader.subscribe('all', 'workItems');
  await takeSet(kit, 'READER', 'Job Queue View');
  await stage(kit.admin, shop, someOrders(1, 70));
  expect(await reader.event('ended', ({ id }) => id === 'all')).toMatchObject({ code: 'PERMISSION_DENIED' });
  bystander.cut();
  reader.cut();
});

test('of a list that is too long it is told that it may have changed', async () => {
  await kit.query(
    `insert into co_1.staged_order (external_id, payload, next_attempt_at, staged_at, modified_at)
     select 'many ' || n, '{}', now() + interval '1 year', now(), now() from generate_series(1, 20001) n`,
  );
  const client = await connect();
  await client.subscribe('all', 'workItems');
  await stage(kit.admin, branch, someOrders(1, 80));
  const told = await until('it was told', () => client.changes('all')[0]);
  expect(told).toMatchObject({ rows: null, removed: true });
  client.cut();
});
