import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { clearItems, itemsIn, type Order, order, orders, someOrders } from '../testing/item-orders.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { addSets, addUsers } from '../testing/test-rights.ts';
import { processChunk, stage, workItems } from './index.ts';

const items = orders();
const stamped = orders({ name: 'stamped_order', version: ({ version }) => version ?? 0 });
let kit: TestPlatform;
beforeAll(async () => {
  kit = await startTestPlatform({ workItems: [items, stamped] });
});
afterAll(() => kit.stop());
beforeEach(() => clearItems(kit, 'staged_order', 'stamped_order'));

const counts = (staged: number, updated: number, unchanged: number, rejected = 0) => ({
  ...{ staged, updated, unchanged, rejected },
});
const pass = () => undefined;
const open = (table: string) => itemsIn(kit, 'open', table);

describe('staging', () => {
  test('the same rows twice changes nothing', async () => {
    expect(await stage(kit.admin, items, someOrders(3))).toMatchObject(counts(3, 0, 0));
    expect(await stage(kit.admin, items, someOrders(4))).toMatchObject(counts(1, 0, 3));
    expect(await open('staged_order')).toHaveLength(4);
  });

  test('what was processed is not staged again, unless it is different now', async () => {
    await stage(kit.admin, items, someOrders(2));
    await kit.open((session) => processChunk(session, items, {}, pass));
    expect(await stage(kit.admin, items, someOrders(2))).toMatchObject(counts(0, 0, 2));
    const changed = [{ no: 'A1', total: 99 }];
    expect(await stage(kit.admin, items, changed)).toMatchObject(counts(0, 1, 0));
    expect(await open('staged_order')).toMatchObject([
      { external_id: 'A1', status: 'Pending', total: '99', attempts: 0 },
    ]);
  });

  test('an older version changes nothing, a newer one begins anew', async () => {
    const row = (version: number, total: number) => [{ no: 'A1', total, version }];
    await stage(kit.admin, stamped, row(5, 50));
    await kit.open((session) =>
      processChunk(session, stamped, { maxAttempts: 1 }, () => Promise.reject(new Error('no'))),
    );
    expect(await open('stamped_order')).toMatchObject([{ status: 'Failed', attempts: 1 }]);
    expect(await stage(kit.admin, stamped, row(4, 40))).toMatchObject(counts(0, 0, 1));
    expect(await stage(kit.admin, stamped, row(5, 51))).toMatchObject(counts(0, 0, 1));
    expect(await stage(kit.admin, stamped, row(6, 60))).toMatchObject(counts(0, 1, 0));
    expect(await open('stamped_order')).toMatchObject([{ status: 'Pending', attempts: 0, total: '60' }]);
  });

  test('several versions of one row in a batch leaves the newest', async () => {
    const rows = [2, 9, 3].map((version) => ({ no: 'A1', total: version, version }));
    expect(await stage(kit.admin, stamped, rows)).toMatchObject(counts(1, 0, 2));
    expect(await open('stamped_order')).toMatchObject([{ total: '9' }]);
  });

  test('a newer version of what is being processed has that processed again', async () => {
    await stage(kit.admin, items, someOrders(1));
    const seen: number[] = [];
    const handler = async ({ payload }: { payload: Order }) => {
      seen.push(payload.total);
      if (seen.length === 1) await stage(kit.admin, items, [{ no: 'A1', total: 77 }]);
    };
    await kit.open((session) => processChunk(session, items, {}, handler));
    expect(await open('staged_order')).toMatchObject([{ status: 'Pending', attempts: 0 }]);
    await kit.open((session) => processChunk(session, items, {}, handler));
    expect(seen).toEqual([10, 77]);
    expect(await open('staged_order')).toEqual([]);
  });

  test('rejects what does not fit, with the field, and takes the rest', async () => {
    const rows = [
      { no: 'A1', total: 1 },
      { no: 'A2', total: -1 },
      { no: '', total: 1 },
      { no: 'A\0', total: 1 },
      { no: 'A5' } as Order,
    ];
    const result = await stage(kit.admin, items, rows);
    expect(result).toMatchObject(counts(1, 0, 0, 4));
    expect(result.rejections.map(({ index, externalId, field }) => [index, externalId, field])).toEqual([
      [1, 'A2', 'payload.total'],
      [2, '', 'externalId'],
      [3, 'A\0', 'externalId'],
      [4, 'A5', 'payload.total'],
    ]);
  });

  test('keeps what the schema knows of a row, or the row where it cannot write what it reads', async () => {
    const at = '2026-11-22T10:00:00.000Z';
    const payload = z.object({ no: z.string(), at: z.coerce.date() });
    const dated = workItems({ name: 'staged_order', payload, externalId: ({ no }) => no });
    await stage(kit.admin, items, [{ no: 'A1', total: 1, colour: 'red' } as Order]);
    await stage(kit.admin, dated, [{ no: 'D1', at }]);
    const rows = await kit.query('select payload from co_1.staged_order order by id');
    expect(rows).toEqual([{ payload: { no: 'A1', total: 1 } }, { payload: { no: 'D1', at } }]);
    const seen: unknown[] = [];
    await kit.open((session) =>
      processChunk(session, dated, {}, (item) => {
        seen.push(item.payload.at);
        return undefined;
      }),
    );
    expect(seen).toEqual([new Date(at)]);
  });

  test('as a stream holds no more than a batch at a time', async () => {
    let given = 0;
    let ahead = 0;
    async function* feed() {
      for (const row of someOrders(10_000)) {
        given++;
        yield row;
      }
    }
    const watch = setWatch(async () => {
      const [row] = await kit.query<{ n: number }>('select count(*)::int as n from co_1.staged_order');
      ahead = Math.max(ahead, given - (row?.n ?? 0));
    });
    const result = await stage(kit.admin, items, watch(feed()));
    expect(result).toMatchObject(counts(10_000, 0, 0));
    expect(ahead).toBeLessThanOrEqual(4_001);
  });

  test('is part of the session’s transaction', async () => {
    const broken = kit.open(async (session) => {
      await stage(session, items, someOrders(3));
      throw new Error('not after all');
    });
    await expect(broken).rejects.toThrow('not after all');
    expect(await open('staged_order')).toEqual([]);
    expect(await kit.query('select from co_1.staged_order_key')).toEqual([]);
  });

  test('by several at a time stages each row once', async () => {
    const rows = someOrders(500);
    const results = await Promise.all(
      [rows, rows.toReversed(), rows, rows.toReversed()].map((some) => stage(kit.admin, items, some)),
    );
    expect(results.reduce((sum, { staged }) => sum + staged, 0)).toBe(500);
    expect(await open('staged_order')).toHaveLength(500);
  });

  test('of rows that are known, new, newer and the same in one batch does to each what it takes, in their order', async () => {
    await stage(kit.admin, items, someOrders(2));
    await kit.open((session) => processChunk(session, items, { limit: 1 }, pass));
    const rows = [
      ...[{ no: 'Z9', total: 9 }, ...someOrders(1, 2)],
      ...[
        { no: 'A1', total: 11 },
        { no: 'B1', total: 1 },
      ],
    ];
    expect(await stage(kit.admin, items, rows)).toMatchObject(counts(2, 1, 1));
    const ids = (await itemsIn(kit, 'open')).map(({ external_id: id }) => id);
    expect(ids).toHaveLength(4);
    expect(ids.filter((id) => id !== 'A1')).toEqual(['A2', 'Z9', 'B1']);
    // Of what was opened anew a newer version changes that, and what has ended stays as it was.
    expect(await stage(kit.admin, items, [{ no: 'A1', total: 12 }])).toMatchObject(counts(0, 1, 0));
    const all = (await itemsIn(kit)).filter(({ external_id: id }) => id === 'A1');
    expect(all.map(({ status, total }) => [status, total])).toEqual([
      ['Processed', '10'],
      ['Pending', '12'],
    ]);
  });

  test('keeps what few rows have, and text in any script', async () => {
    const keyed = orders({
      concurrencyKey: ({ customer }) => customer ?? null,
      correlationIds: ({ no, customer }): Record<string, string> =>
        customer === undefined ? {} : { order: no },
    });
    const rows = [
      { no: 'Ä "1" \\ 🚚', total: 0.1, customer: 'Müller {,}' },
      { no: 'null', total: 2 },
    ];
    expect(await stage(kit.admin, keyed, rows)).toMatchObject(counts(2, 0, 0));
    expect(await stage(kit.admin, keyed, rows)).toMatchObject(counts(0, 0, 2));
    const stored = await kit.query(
      'select external_id, concurrency_key, correlation_ids, payload, total from co_1.staged_order order by id',
    );
    expect(stored).toEqual(
      rows.map((row) => ({
        external_id: row.no,
        concurrency_key: row.customer ?? null,
        correlation_ids: row.customer === undefined ? {} : { order: row.no },
        payload: row,
        total: String(row.total),
      })),
    );
  });

  test('takes the right I to the table, processing the right M', async () => {
    await addSets(kit, {
      Inserter: { codeunits: ['*'], tables: { staged_order: 'RI' } },
      Worker: { codeunits: ['*'], tables: { staged_order: 'RM' } },
    });
    await addUsers(kit, { name: 'INES', sets: ['Inserter'] }, { name: 'WALT', sets: ['Worker'] });
    const as = <T>(user: string, work: Parameters<typeof kit.platform.open<T>>[1]) =>
      kit.platform.open({ user, company: 'CRONUS' }, work);
    await as('INES', (session) => stage(session, items, someOrders(1)));
    await expect(as('WALT', (session) => stage(session, items, someOrders(1, 2)))).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
    });
    const caller = (user: string) => kit.platform.as({ user, company: 'CRONUS' });
    expect(await stage(caller('INES'), items, someOrders(1))).toMatchObject({ unchanged: 1 });
    await expect(stage(caller('WALT'), items, someOrders(1))).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
      details: { right: 'I' },
    });
    await expect(as('INES', (session) => processChunk(session, items, {}, pass))).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
    });
    expect(await as('WALT', (session) => processChunk(session, items, {}, pass))).toMatchObject({
      processed: 1,
    });
  });
});

test('a declaration is refused with the field', () => {
  const good = { name: 'a', payload: order, externalId: ({ no }: Order) => no };
  expect(() => workItems({ ...good, name: 'Order Line' })).toThrow(/lower-case/);
  expect(() => workItems({ ...good, columns: { status: { type: 'text', value: () => 'x' } } })).toThrow(
    /has a column status/,
  );
  expect(() => workItems({ ...good, columns: { x: { type: 'money' as 'text', value: () => 'x' } } })).toThrow(
    /one of text/,
  );
});

/** Runs a look after every 500 rows of a stream. */
function setWatch(look: () => Promise<void>) {
  return async function* <T>(rows: AsyncIterable<T>): AsyncGenerator<T> {
    let count = 0;
    for await (const row of rows) {
      if (++count % 500 === 0) await look();
      yield row;
    }
  };
}
