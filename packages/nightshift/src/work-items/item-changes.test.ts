import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { auditLog, items } from '../platform/index.ts';
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
import { addUsers } from '../testing/test-rights.ts';
import { processChunk, stage } from './index.ts';

const staged = orders();
const NAME = staged.name;
let kit: TestPlatform;
beforeAll(async () => {
  kit = await startTestPlatform({ workItems: [staged], migrations: [SALES_ORDERS] });
});
afterAll(() => kit.stop());
beforeEach(async () => {
  await clearItems(kit, NAME);
  await kit.query('truncate co_1.sales_order');
  await stage(kit.admin, staged, someOrders(4));
  const fail = ({ externalId }: { externalId: string }) => {
    if (externalId === 'A4') throw new TypeError('no such thing');
    throw new Error(`customer ${externalId} is blocked`);
  };
  await kit.open((session) => processChunk(session, staged, { maxAttempts: 1 }, fail));
});

const states = async () => (await itemsIn(kit)).map(({ external_id: no, status }) => `${no} ${status}`);
const numberOf = async (externalId: string) => (await items.get(kit.admin, staged, externalId)).id;

describe('people', () => {
  test('see what has failed, by what is wrong', async () => {
    const [blocked, other, ...more] = await items.errorGroups(kit.admin, staged);
    expect(more).toEqual([]);
    expect(blocked).toMatchObject({ items: 3, unassigned: 3, message: expect.stringMatching(/is blocked$/) });
    expect(other).toMatchObject({ items: 1, message: 'no such thing' });
    const listed = await items.list(kit.admin, NAME, { fingerprint: other?.fingerprint ?? '' });
    expect(listed).toMatchObject([{ externalId: 'A4', status: 'Failed', attempts: 1 }]);
    expect(await items.get(kit.admin, NAME, 'A4')).toMatchObject({
      payload: { no: 'A4', total: 40 },
      errorStack: expect.stringContaining('TypeError'),
      calls: [],
    });
  });

  test('have all of one kind tried again, and nothing else is', async () => {
    const [blocked] = await items.errorGroups(kit.admin, staged);
    expect(await items.retry(kit.admin, staged, { fingerprint: blocked?.fingerprint ?? '' })).toEqual({
      changed: 3,
    });
    await kit.open((session) => processChunk(session, staged, {}, sell));
    expect(await states()).toEqual(['A1 Processed', 'A2 Processed', 'A3 Processed', 'A4 Failed']);
    expect(await soldIn(kit)).toEqual(['A1', 'A2', 'A3']);
    expect(await auditLog.list(kit.admin, { verbs: ['item.retry'] })).toMatchObject([
      { object: { id: NAME }, before: { items: 3 }, after: { status: 'Pending' } },
    ]);
  });

  test('skip with a reason and resolve with a note; both are over then', async () => {
    await items.skip(kit.admin, staged, await numberOf('A1'), 'a test order');
    await items.resolve(kit.admin, staged, [await numberOf('A2')], 'typed in by hand');
    expect(await states()).toEqual(['A1 Skipped', 'A2 Resolved', 'A3 Failed', 'A4 Failed']);
    expect(await items.get(kit.admin, staged, 'A2')).toMatchObject({ note: 'typed in by hand' });
    await expect(items.retry(kit.admin, staged, await numberOf('A1'))).rejects.toMatchObject({
      code: 'CONFLICT',
      details: { status: 'Skipped' },
    });
    await expect(items.skip(kit.admin, staged, 1, ' ')).rejects.toMatchObject({ field: 'reason' });
    const [entry] = await auditLog.list(kit.admin, { verbs: ['item.skip'] });
    expect(entry).toMatchObject({
      object: { name: 'A1' },
      before: { status: 'Failed' },
      after: { status: 'Skipped', reason: 'a test order' },
    });
  });

  test('assign an item to somebody', async () => {
    await addUsers(kit, { name: 'PAULA' });
    await items.assign(kit.admin, staged, await numberOf('A3'), 'PAULA');
    expect(await items.get(kit.admin, staged, 'A3')).toMatchObject({ assignedTo: 'PAULA', status: 'Failed' });
    await items.assign(kit.admin, staged, await numberOf('A3'), null);
    expect(await items.get(kit.admin, staged, 'A3')).toMatchObject({ assignedTo: null });
    await expect(items.assign(kit.admin, staged, 1, 'NIEMAND')).rejects.toMatchObject({
      code: 'USER_UNKNOWN',
    });
  });

  test('correct a payload, which has to fit and keeps its external id', async () => {
    const id = await numberOf('A1');
    await expect(items.editPayload(kit.admin, staged, id, { no: 'A1', total: -1 })).rejects.toMatchObject({
      field: 'payload.total',
    });
    await expect(items.editPayload(kit.admin, staged, id, { no: 'B', total: 1 })).rejects.toMatchObject({
      field: 'externalId',
    });
    await items.editPayload(kit.admin, staged, id, { no: 'A1', total: 11 });
    expect((await itemsIn(kit)).find(({ external_id: no }) => no === 'A1')).toMatchObject({
      total: '11',
      status: 'Failed',
    });
    // What comes from the source as before does not undo it.
    expect(await stage(kit.admin, staged, someOrders(1))).toMatchObject({ unchanged: 1 });
    const [entry] = await auditLog.list(kit.admin, { verbs: ['item.edit'] });
    expect(entry).toMatchObject({ before: { payload: { total: 10 } }, after: { payload: { total: 11 } } });
  });

  test('see no payload without a right to the table, and change none', async () => {
    await addUsers(kit, { name: 'ANNA', sets: ['Job Queue Admin'] });
    const anna = kit.platform.as({ user: 'ANNA', company: 'CRONUS' });
    expect(await items.get(anna, staged, 'A1')).not.toHaveProperty('payload');
    await expect(items.editPayload(anna, staged, 1, { no: 'A1', total: 1 })).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
    });
  });

  test('are told which items there are not', async () => {
    await expect(items.get(kit.admin, staged, 'Z')).rejects.toMatchObject({ code: 'ITEM_UNKNOWN' });
    await expect(items.list(kit.admin, 'sales_order')).rejects.toMatchObject({ field: 'items' });
  });
});
