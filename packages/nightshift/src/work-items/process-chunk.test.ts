import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Session } from '../session/index.ts';
import { until } from '../testing/condition.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import {
  clearItems,
  itemsIn,
  type Order,
  orders,
  SALES_ORDERS,
  sell,
  soldIn,
  someOrders,
} from '../testing/item-orders.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { processChunk, stage, type WorkItem } from './index.ts';

const items = orders();
const keyed = orders({ name: 'keyed_order', concurrencyKey: ({ customer }) => customer ?? null });
const clock = new FakeClock();
const MINUTE_MS = 60_000;
let kit: TestPlatform;
beforeAll(async () => {
  kit = await startTestPlatform({ workItems: [items, keyed], migrations: [SALES_ORDERS], clock });
});
afterAll(() => kit.stop());
beforeEach(async () => {
  await clearItems(kit, 'staged_order', 'keyed_order');
  await kit.query('truncate co_1.sales_order');
});

const statuses = async () =>
  (await itemsIn(kit)).map(({ external_id: no, status, attempts }) => [no, status, attempts]);

describe('a chunk', () => {
  test('of staged orders is processed once, oldest first, and moved to the done ones', async () => {
    await stage(kit.admin, items, someOrders(3));
    const result = await kit.open((session) => processChunk(session, items, { limit: 2 }, sell));
    expect(result).toMatchObject({ processed: 2, failed: 0, retried: 0, skipped: 0, hasMore: true });
    const last = await kit.open((session) => processChunk(session, items, {}, sell));
    expect(last).toMatchObject({ processed: 1, hasMore: false, nextDue: null });
    expect(await soldIn(kit)).toEqual(['A1', 'A2', 'A3']);
    expect(await kit.query('select count(*)::int as open from co_1.staged_order')).toEqual([{ open: 0 }]);
    const [done] = await kit.query(
      'select total, status from co_1.staged_order_done where external_id = $1',
      ['A2'],
    );
    expect(done).toEqual({ total: '20', status: 'Processed' });
    // In the partition of its month, not in that for all others.
    expect(await kit.query('select from co_1.staged_order_done_other')).toEqual([]);
    expect(await kit.open((session) => processChunk(session, items, {}, sell))).toMatchObject({
      processed: 0,
    });
  });

  test('goes on behind an item that fails: its work is undone, the error kept, the next try planned', async () => {
    await stage(kit.admin, items, someOrders(3));
    const handler = async (item: WorkItem<Order>, session: Session) => {
      await sell(item, session);
      if (item.externalId === 'A2') await session.db.query('select 1 / 0');
      return item.externalId === 'A3' ? { skipped: 'too dear' } : undefined;
    };
    const result = await kit.open((session) => processChunk(session, items, {}, handler));
    expect(result).toMatchObject({ processed: 1, retried: 1, skipped: 1, failed: 0, hasMore: false });
    expect(result.nextDue).toEqual(new Date(clock.now().getTime() + MINUTE_MS));
    expect(await soldIn(kit)).toEqual(['A1', 'A3']);
    const [row] = await kit.query('select * from co_1.staged_order');
    expect(row).toMatchObject({
      external_id: 'A2',
      status: 'Pending',
      attempts: 1,
      error_code: '22012',
      error_text: 'division by zero',
      error_stack: expect.stringContaining('division by zero'),
      error_fingerprint: expect.any(String),
      claim: null,
    });
    expect(await statuses()).toEqual([
      ['A1', 'Processed', 1],
      ['A2', 'Pending', 1],
      ['A3', 'Skipped', 1],
    ]);
  });

  test('leaves an item alone after its last attempt', async () => {
    await stage(kit.admin, items, someOrders(1));
    const fail = () => Promise.reject(new Error('no such customer'));
    for (let attempt = 1; attempt <= 2; attempt++) {
      await kit.open((session) => processChunk(session, items, { maxAttempts: 2 }, fail));
      clock.at(new Date(clock.now().getTime() + MINUTE_MS));
    }
    expect(await statuses()).toEqual([['A1', 'Failed', 2]]);
    await kit.waitFor('NS0070', ({ externalId }) => externalId === 'A1');
    clock.at(new Date(clock.now().getTime() + 1_000 * MINUTE_MS));
    expect(await kit.open((session) => processChunk(session, items, {}, sell))).toMatchObject({
      processed: 0,
    });
  });

  test('commits its claim before the first handler runs', async () => {
    await stage(kit.admin, items, someOrders(2));
    let seen: unknown;
    await kit.open((session) =>
      processChunk(session, items, { limit: 2 }, async () => {
        seen ??= await statuses();
      }),
    );
    expect(seen).toEqual([
      ['A1', 'Processing', 1],
      ['A2', 'Processing', 1],
    ]);
  });

  test('whose session fails is due again at once, and has cost no attempt', async () => {
    await stage(kit.admin, items, someOrders(2));
    const broken = kit.open((session) =>
      processChunk(session, items, {}, async (item) => {
        await sell(item, session);
        await kit.query('select pg_terminate_backend($1)', [
          (await session.db.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]?.pid,
        ]);
        await session.db.query('select 1');
      }),
    );
    await expect(broken).rejects.toThrow();
    await until('the items are handed back', async () =>
      (await statuses()).every(([, status]) => status === 'Pending'),
    );
    expect((await statuses()).map(([, , attempts]) => attempts)).toEqual([0, 0]);
    await kit.open((session) => processChunk(session, items, {}, sell));
    expect(await soldIn(kit)).toHaveLength(2);
  });

  test('ends when its time is up, and what it has not begun is as before', async () => {
    await stage(kit.admin, items, someOrders(3));
    const result = await kit.open((session) =>
      processChunk(session, items, { timeBudget: 1_000 }, async (item) => {
        await sell(item, session);
        await clock.advance(1_000);
      }),
    );
    expect(result).toMatchObject({ processed: 1, hasMore: true });
    expect(await statuses()).toEqual([
      ['A1', 'Processed', 1],
      ['A2', 'Pending', 0],
      ['A3', 'Pending', 0],
    ]);
  });

  test('can be one of several that are worked on side by side', async () => {
    await stage(kit.admin, items, someOrders(40));
    const together = new Set<number>();
    const result = await kit.open(async (session) =>
      processChunk(session, items, { limit: 10, concurrency: 4 }, async (item, own) => {
        together.add(own.id);
        expect(own.id).not.toBe(session.id);
        await sell(item, own);
      }),
    );
    expect(result).toMatchObject({ processed: 40, hasMore: false });
    expect(together.size).toBe(4);
    expect(await soldIn(kit)).toHaveLength(40);
  });
});

describe('items with the same concurrency key', () => {
  test('wait for those before them that have failed', async () => {
    const rows = someOrders(4).map((row) => ({ ...row, customer: row.no === 'A4' ? 'B' : 'A' }));
    await stage(kit.admin, keyed, rows);
    let failing = true;
    const handler = async (item: WorkItem<Order>, session: Session) => {
      if (failing && item.externalId === 'A2') throw new Error('not now');
      await sell(item, session);
    };
    const first = await kit.open((session) => processChunk(session, keyed, {}, handler));
    expect(first).toMatchObject({ processed: 2, retried: 1 });
    failing = false;
    expect(await kit.open((session) => processChunk(session, keyed, {}, handler))).toMatchObject({
      processed: 0,
    });
    clock.at(new Date(clock.now().getTime() + MINUTE_MS));
    expect(await kit.open((session) => processChunk(session, keyed, { limit: 1 }, handler))).toMatchObject({
      processed: 1,
    });
    await kit.open((session) => processChunk(session, keyed, {}, handler));
    expect(await soldIn(kit)).toEqual(['A1', 'A4', 'A2', 'A3']);
  });
});
