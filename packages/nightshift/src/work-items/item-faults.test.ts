import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../testing/condition.ts';
import { forkInstance } from '../testing/instance-fork.ts';
import { itemsIn, orders, SALES_ORDERS, sell, soldIn, someOrders } from '../testing/item-orders.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { processAll, stage } from './index.ts';

const ITEM_PROCESS = fileURLToPath(import.meta.resolve('../testing/item-process.ts'));
const LOSSES = 3;

const items = orders();
const KEYS = 4;
const keyed = orders({ name: 'keyed_order', concurrencyKey: ({ customer }) => customer ?? null });
let database: TestDatabase;
let survivor: TestPlatform;
beforeAll(async () => {
  database = await createTestDatabase();
  survivor = await startTestPlatform({
    workItems: [items, keyed],
    migrations: [SALES_ORDERS],
    database,
  });
});
afterAll(async () => {
  await survivor.stop();
  await database.drop();
});

test('kill -9 in mid-chunk loses nothing and repeats nothing; who kills three times is poison, and nobody else', async () => {
  const rows = [...someOrders(4), { no: 'DEADLY', total: 1 }, ...someOrders(20, 5)];
  await stage(survivor.admin, items, rows);
  for (let loss = 1; loss <= LOSSES; loss++) {
    const mortal = await forkInstance(database.url, ITEM_PROCESS);
    await mortal.ended;
    expect(mortal.process.signalCode).toBe('SIGKILL');
    await until('it was declared dead', async () => {
      const living = await database.query('select from nightshift.server_instance where ended_at is null');
      return living.length === 1;
    });
  }
  await until('all is processed', async () => {
    await survivor.open((session) => processAll(session, items, { limit: 10 }, sell));
    return (await itemsIn(survivor, 'open')).every(({ status }) => status === 'Failed');
  });
  const all = await itemsIn(survivor);
  expect(all.filter(({ status }) => status !== 'Processed')).toMatchObject([
    { external_id: 'DEADLY', status: 'Failed', losses: LOSSES },
  ]);
  const [deadly] = await survivor.query('select error_code, attempts from co_1.staged_order');
  expect(deadly).toEqual({ error_code: 'ITEM_POISON', attempts: LOSSES });
  expect([...(await soldIn(survivor))].sort()).toEqual(
    someOrders(24)
      .map(({ no }) => no)
      .sort(),
  );
});

test('a chunk whose claim was committed and never begun is taken back when its lease is over', async () => {
  await stage(survivor.admin, items, [{ no: 'LEASED', total: 1 }]);
  const claim =
    'select from nightshift_session.items_claim(1, 1, $1, 10, false, false, $2, null, null, 0, 3, null)';
  await survivor.query(claim, [items.name, '01890a5d-ac96-774b-bcce-b302099a8057']);
  const result = await survivor.open((session) => processAll(session, items, {}, sell));
  expect(result).toMatchObject({ processed: 1 });
  expect((await itemsIn(survivor)).at(-1)).toMatchObject({ attempts: 2, losses: 1, status: 'Processed' });
});

test('several server instances process one table, each item once', async () => {
  const other = await startTestPlatform({
    workItems: [items, keyed],
    migrations: [SALES_ORDERS],
    database,
  });
  try {
    await survivor.query('truncate co_1.sales_order');
    await stage(survivor.admin, items, someOrders(300, 1_000));
    const runs = [survivor, other].map((kit) =>
      kit.open((session) =>
        processAll(session, items, { limit: 20, concurrency: 2 }, (item, own) => sell(item, own)),
      ),
    );
    const results = await Promise.all(runs);
    expect(results.reduce((sum, { processed }) => sum + processed, 0)).toBe(300);
    expect(new Set(await soldIn(survivor)).size).toBe(300);
    expect(await soldIn(survivor)).toHaveLength(300);
  } finally {
    await other.stop();
  }
});

test('several server instances keep the order of each concurrency key', async () => {
  const other = await startTestPlatform({
    workItems: [items, keyed],
    migrations: [SALES_ORDERS],
    database,
  });
  try {
    await survivor.query('truncate co_1.sales_order');
    const rows = someOrders(120).map((row, at) => ({ ...row, customer: `C${at % KEYS}` }));
    await stage(survivor.admin, keyed, rows);
    await until('all is processed', async () => {
      const runs = [survivor, other].map((kit) =>
        kit.open((session) =>
          processAll(session, keyed, { limit: 7, concurrency: 2 }, (item, own) => sell(item, own)),
        ),
      );
      await Promise.all(runs);
      return (await itemsIn(survivor, 'open', keyed.name)).length === 0;
    });
    const sold = (await soldIn(survivor)).map((no) => Number(no.slice(1)));
    expect(sold).toHaveLength(rows.length);
    for (let key = 0; key < KEYS; key++) {
      const ofKey = sold.filter((no) => (no - 1) % KEYS === key);
      expect(ofKey).toEqual(ofKey.toSorted((one, next) => one - next));
    }
  } finally {
    await other.stop();
  }
});
