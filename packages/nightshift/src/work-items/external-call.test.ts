import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { items as people } from '../platform/index.ts';
import { clearItems, itemsIn, orders, someOrders } from '../testing/item-orders.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { type ExternalCall, externalCall, processChunk, stage } from './index.ts';

const items = orders({ retryPolicy: { delaysMs: [0], maximumRetries: 3 } });
let kit: TestPlatform;
beforeAll(async () => {
  kit = await startTestPlatform({ workItems: [items] });
});
afterAll(() => kit.stop());
beforeEach(async () => {
  await clearItems(kit, items.name);
  await stage(kit.admin, items, someOrders(1));
});

/** A carrier that remembers shipments by their keys. */
class Carrier {
  readonly shipments: string[] = [];
  readonly keys: string[] = [];
  /** What it does instead of answering. */
  instead: (() => never) | null = null;

  readonly ship: ExternalCall<{ parcel: number }>['call'] = async ({ idempotencyKey }) => {
    this.keys.push(idempotencyKey);
    this.shipments.push(`parcel of ${idempotencyKey}`);
    this.instead?.();
    return { parcel: this.shipments.length };
  };
}

function ship(call: ExternalCall<{ parcel: number }>, then: () => void = () => undefined) {
  return kit.open((session) =>
    processChunk(session, items, { maxAttempts: 5 }, async (item, own) => {
      const { parcel } = await externalCall(own, item, 'shipment', call);
      expect(parcel).toBe(1);
      then();
    }),
  );
}
const state = async () => (await itemsIn(kit))[0]?.status;
const lost = () => {
  throw new Error('the answer was lost');
};

describe('a call to another system', () => {
  test('is made once, also when the item fails after it', async () => {
    const carrier = new Carrier();
    let fails = true;
    await ship({ call: carrier.ship }, () => {
      if (fails) throw new Error('later');
    });
    expect(await state()).toBe('Pending');
    fails = false;
    expect(await ship({ call: carrier.ship })).toMatchObject({ processed: 1 });
    expect(carrier.shipments).toHaveLength(1);
    expect((await people.get(kit.admin, items, 'A1')).calls).toMatchObject([
      { key: 'shipment', answer: { parcel: 1 }, idempotencyKey: carrier.keys[0] },
    ]);
  });

  test('whose answer was lost is not made again: it is reported, until a person settles it', async () => {
    const carrier = new Carrier();
    carrier.instead = lost;
    await ship({ call: carrier.ship });
    carrier.instead = null;
    expect(await ship({ call: carrier.ship })).toMatchObject({ retried: 1 });
    const found = await people.get(kit.admin, items, 'A1');
    expect(found).toMatchObject({ error: { code: 'EXTERNAL_CALL_UNKNOWN' }, calls: [{ answeredAt: null }] });
    expect(carrier.shipments).toHaveLength(1);
    await people.settleCall(kit.admin, items, 'A1', { key: 'shipment', answer: { parcel: 1 } });
    expect(await ship({ call: carrier.ship })).toMatchObject({ processed: 1 });
    expect(carrier.shipments).toHaveLength(1);
    await expect(
      people.settleCall(kit.admin, items, 'A1', { key: 'shipment', found: false }),
    ).rejects.toMatchObject({ code: 'ITEM_UNKNOWN' });
  });

  test('is settled by asking the other system, where that can be asked', async () => {
    const carrier = new Carrier();
    carrier.instead = lost;
    const lookup: ExternalCall<{ parcel: number }>['lookup'] = async ({ idempotencyKey }) => {
      const at = carrier.keys.indexOf(idempotencyKey);
      return at === -1 ? { found: false } : { found: true, answer: { parcel: at + 1 } };
    };
    await ship({ call: carrier.ship, lookup });
    expect(await ship({ call: carrier.ship, lookup })).toMatchObject({ processed: 1 });
    expect(carrier.shipments).toHaveLength(1);
  });

  test('is made again when the other system heeds the key, or has certainly refused it', async () => {
    const carrier = new Carrier();
    carrier.instead = lost;
    await ship({ call: carrier.ship, isRepeatable: true });
    carrier.instead = null;
    carrier.shipments.length = 0;
    await ship({ call: carrier.ship, isRepeatable: true });
    expect(carrier.keys[0]).toBe(carrier.keys[1]);
    await clearItems(kit, items.name);
    await stage(kit.admin, items, someOrders(1));
    const other = new Carrier();
    other.instead = lost;
    await ship({ call: other.ship, refused: () => true });
    other.instead = null;
    other.shipments.length = 0;
    expect(await ship({ call: other.ship })).toMatchObject({ processed: 1 });
  });
});
