import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { items as people } from '../platform/index.ts';
import { type Session, stopSession } from '../session/index.ts';
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
import { processAll, processChunk, stage, type WorkItem } from './index.ts';

const items = orders();
const keyed = orders({ name: 'keyed_order', concurrencyKey: ({ customer }) => customer ?? null });
const never = orders({ name: 'never_order', retryPolicy: 'never' });
const choosy = orders({
  name: 'choosy_order',
  // Of null there is no constructor: that throws.
  isRetriable: (error) => (error as Error).constructor.name !== 'Final',
});
const clock = new FakeClock();
const MINUTE_MS = 60_000;
let kit: TestPlatform;
beforeAll(async () => {
  kit = await startTestPlatform({
    workItems: [items, keyed, never, choosy],
    migrations: [SALES_ORDERS],
    clock,
  });
});
afterAll(() => kit.stop());
beforeEach(async () => {
  await clearItems(kit, 'staged_order', 'keyed_order', 'never_order', 'choosy_order');
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

describe('what is tried again', () => {
  class Final extends Error {}
  const fail = (error: Error) => () => Promise.reject(error);

  test('is nothing with the policy never, whatever a run would grant, and people may have it tried again', async () => {
    await stage(kit.admin, never, someOrders(1));
    const first = await kit.open((session) =>
      processChunk(session, never, { maxAttempts: 5 }, fail(new Error('no'))),
    );
    expect(first).toMatchObject({ failed: 1, retried: 0 });
    const [group] = await people.errorGroups(kit.admin, never);
    await people.retry(kit.admin, never, { fingerprint: group?.fingerprint ?? '' });
    expect(await kit.open((session) => processChunk(session, never, {}, sell))).toMatchObject({
      processed: 1,
    });
  });

  test('is no item of the policy never whose process has died', async () => {
    await stage(kit.admin, never, someOrders(1));
    const claim =
      'select from nightshift_session.items_claim(1, 1, $1, 10, false, false, $2, null, null, 0, 1, $3)';
    await kit.query(claim, [never.name, '01890a5d-ac96-774b-bcce-b302099a8057', clock.now()]);
    expect(await kit.open((session) => processChunk(session, never, {}, sell))).toMatchObject({
      processed: 0,
    });
    const [item] = await people.list(kit.admin, never, {});
    expect(item).toMatchObject({ status: 'Failed', error: { code: 'ITEM_POISON' } });
    expect(item?.error?.message).toContain('not tried again by itself');
  });

  test('is nothing that the declaration says no to; what it throws itself counts as yes', async () => {
    await stage(kit.admin, choosy, someOrders(3));
    const result = await kit.open((session) =>
      processChunk(session, choosy, {}, async (item) => {
        if (item.externalId === 'A1') throw new Final('the data are wrong');
        throw item.externalId === 'A2' ? new Error('busy') : null;
      }),
    );
    expect(result).toMatchObject({ failed: 1, retried: 2 });
  });
});

test('a session that is stopped while chunks are worked on side by side leaves nothing half done', async () => {
  await stage(kit.admin, items, someOrders(20));
  let begun = 0;
  let stopping: Promise<unknown> | null = null;
  const run = kit.open((session) =>
    processChunk(session, items, { limit: 5, concurrency: 4 }, async (item, own) => {
      await sell(item, own);
      begun++;
      await until('all four are at work', () => begun >= 4);
      stopping ??= stopSession(kit.admin, session.id, 'enough');
      await until('the caller is stopped', () => session.signal.aborted);
      await until('so is this one', () => own.signal.aborted);
    }),
  );
  await expect(run).rejects.toThrow();
  await stopping;
  await until('the items are handed back', async () =>
    (await statuses()).every(([, status]) => status === 'Pending'),
  );
  expect(await soldIn(kit)).toEqual([]);
  expect((await statuses()).map(([, , attempts]) => attempts)).toEqual(Array.from({ length: 20 }, () => 0));
  await kit.open((session) => processAll(session, items, { concurrency: 2 }, (item, own) => sell(item, own)));
  expect(new Set(await soldIn(kit)).size).toBe(20);
  expect(await soldIn(kit)).toHaveLength(20);
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
