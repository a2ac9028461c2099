import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { until } from '../testing/condition.ts';
import { clearItems, itemsIn, type Order, orders, SALES_ORDERS } from '../testing/item-orders.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { processChunk, stage } from './index.ts';

const items = orders();
let kit: TestPlatform;
beforeAll(async () => {
  kit = await startTestPlatform({ workItems: [items], migrations: [SALES_ORDERS] });
});
afterAll(() => kit?.stop());
beforeEach(() => clearItems(kit, 'staged_order'));

const waiting = async () =>
  (
    await kit.query(`select from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock' and application_name like 'nightshift%'`)
  ).length;

// Whoever stages anew has the first of three rows and waits for the second; whoever finishes has ended with the third. When the
// second becomes free, each would wait for the other if they did not take the rows in one order.
test.each([
  ['in the order of their numbers', ['A', 'B', 'C']],
  ['in another order', ['C', 'B', 'A']],
])('items that are staged anew %s while they are finished: neither waits for the other', async (_, names) => {
  const given = (version: number) => names.map((no): Order => ({ no, total: version, version }));
  await stage(kit.admin, items, given(1));
  const [first, second] = await itemsIn(kit);
  const worked = Promise.withResolvers<void>();
  const finish = Promise.withResolvers<void>();
  const processing = kit.open((session) =>
    processChunk(session, items, {}, async ({ id }) => {
      if (id === Number(first?.id) || id === Number(second?.id)) throw new Error('not now');
      worked.resolve();
      await finish.promise;
    }),
  );
  await worked.promise;
  const blocker = await kit.platform.database.dedicated('blocker', () => undefined);
  try {
    await blocker.query('begin');
    await blocker.query('select from co_1.staged_order where id = $1 for update', [second?.id]);
    const staging = stage(kit.admin, items, given(2));
    await until('whoever stages waits', async () => (await waiting()) === 1);
    finish.resolve();
    await until('whoever finishes waits, too', async () => (await waiting()) === 2);
    await blocker.query('rollback');
    expect(await staging).toMatchObject({ updated: 3 });
    await processing;
  } finally {
    finish.resolve();
    await blocker.end();
  }
  expect((await itemsIn(kit)).map(({ status, total }) => [status, Number(total)])).toEqual(
    names.map(() => ['Pending', 2]),
  );
});
