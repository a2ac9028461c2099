import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { companies, jobQueue } from '../platform/index.ts';
import { codeunit } from '../session/index.ts';
import { isolatedCalls, isolatedOrders, isolatedSideBySide } from '../testing/fixtures/items-app.ts';
import {
  clearItems,
  itemsIn,
  orders,
  SALES_ORDERS,
  sell,
  soldIn,
  someOrders,
} from '../testing/item-orders.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { type ProcessAllOptions, processAll, stage } from './index.ts';

const items = orders();
const ITEMS_APP = new URL(import.meta.resolve('../testing/fixtures/items-app.ts'));
let options: ProcessAllOptions = {};
let followUps = 0;
/** The thin codeunit of an integration. */
const processOrders = codeunit({
  name: 'Process Orders',
  onRun: (session) =>
    processAll(session, items, options, async (item, own) => {
      if (item.externalId === 'A2') throw new Error('customer 7 is blocked');
      if (item.externalId === 'A3') return { skipped: 'a test order' };
      return sell(item, own);
    }),
});
let kit: TestPlatform;
beforeAll(async () => {
  kit = await startTestPlatform({
    codeunits: [processOrders, isolatedOrders, isolatedCalls, isolatedSideBySide],
    applicationModule: ITEMS_APP,
    workItems: [items],
    migrations: [SALES_ORDERS],
  });
});
afterAll(() => kit.stop());
beforeEach(async () => {
  await clearItems(kit, items.name);
  await kit.query('truncate co_1.sales_order');
  options = {};
  followUps = 0;
});

describe('a job queue entry that processes items', () => {
  test('says in its log how they went, and which failed', async () => {
    await stage(kit.admin, items, someOrders(30));
    options = { limit: 10 };
    const { id } = await jobQueue.create(kit.admin, { object: processOrders });
    await jobQueue.setStatusToReady(kit.admin, id);
    await kit.waitFor('AL0000E26', ({ entryId }) => entryId === id);
    const [log] = await jobQueue.logEntries(kit.admin, { entryId: id });
    expect(log).toMatchObject({
      status: 'Success',
      items: { done: 30, total: null, counts: { ok: 28, failed: 1, skipped: 1 } },
    });
    expect(log?.lines).toMatchObject([
      {
        level: 'error',
        text: 'staged_order A2 has failed, attempt 1: customer 7 is blocked',
        details: { externalId: 'A2' },
      },
    ]);
    expect(await soldIn(kit)).toHaveLength(28);
    await kit.waitFor('NS0071', ({ processed }) => processed === 28);
  });

  test('may be isolated', async () => {
    const { id } = await jobQueue.create(kit.admin, { object: isolatedOrders });
    await jobQueue.setStatusToReady(kit.admin, id);
    await kit.waitFor('AL0000E26', ({ entryId }) => entryId === id);
    expect(await soldIn(kit)).toEqual(['A1', 'A3']);
    const [log] = await jobQueue.logEntries(kit.admin, { entryId: id });
    expect(log).toMatchObject({ items: { counts: { ok: 2, failed: 1, skipped: 0 } } });
  });

  test('calls other systems from isolation, too, each once', async () => {
    const { id } = await jobQueue.create(kit.admin, { object: isolatedCalls });
    await jobQueue.setStatusToReady(kit.admin, id);
    await kit.waitFor('AL0000E26', ({ entryId }) => entryId === id);
    expect((await soldIn(kit)).toSorted()).toEqual(['A1', 'A2']);
    const calls = await kit.query(
      'select external_id, answer from co_1.staged_order_call order by external_id',
    );
    expect(calls).toMatchObject([
      { external_id: 'A1', answer: { key: expect.any(String) } },
      { external_id: 'A2', answer: { key: expect.any(String) } },
    ]);
  });

  test('may not work on several chunks at a time from isolation: it is told so, and no item is touched', async () => {
    const { id } = await jobQueue.create(kit.admin, { object: isolatedSideBySide });
    await jobQueue.setStatusToReady(kit.admin, id);
    await kit.waitFor('AL0000HE7', ({ entryId }) => entryId === id);
    const [log] = await jobQueue.logEntries(kit.admin, { entryId: id });
    expect(log?.error).toMatchObject({ code: 'VALIDATION', message: expect.stringContaining('isolation') });
    expect(await soldIn(kit)).toEqual([]);
  });

  test('leaves the rest for a follow-up when its time is up', async () => {
    await stage(kit.admin, items, someOrders(5, 10));
    options = {
      limit: 2,
      timeBudget: 1,
      followUp: () => {
        followUps++;
      },
    };
    const result = await kit.open((session) =>
      processAll(session, items, options, async (item, own) => {
        await session.sleep(2);
        await sell(item, own);
      }),
    );
    expect(result).toMatchObject({ hasMore: true });
    expect(followUps).toBe(1);
    expect((await soldIn(kit)).length).toBeLessThan(5);
  });
});

test('a copy of a company has the items with their months, and new ones have empty tables', async () => {
  await stage(kit.admin, items, someOrders(3, 10));
  await kit.open((session) => processAll(session, items, { limit: 1 }, sell));
  await stage(kit.admin, items, someOrders(1, 20));
  const { company } = await companies.copy(kit.admin, { from: 'CRONUS', to: 'COPY' });
  const [row] = await kit.query<{ no: number }>('select no from nightshift.company where name = $1', [
    company.name,
  ]);
  expect(row).toBeDefined();
  const caller = kit.platform.as({ user: 'ADMIN', company: 'COPY' });
  expect(await stage(caller, items, [...someOrders(3, 10), ...someOrders(2, 20)])).toMatchObject({
    staged: 1,
    unchanged: 4,
  });
  await companies.create(kit.admin, { name: 'NEW' });
  const other = kit.platform.as({ user: 'ADMIN', company: 'NEW' });
  expect(await stage(other, items, someOrders(2))).toMatchObject({ staged: 2 });
  expect(await itemsIn(kit)).toHaveLength(4);
});
