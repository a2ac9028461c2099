import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { NightshiftError } from '../foundation/index.ts';
import { itemsIn, type Order, orders } from '../testing/item-orders.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { type IntakeRequest, intake, signedBody } from './index.ts';

const SECRET = 'between the shop and us';
const items = orders();
let kit: TestPlatform;
beforeAll(async () => {
  kit = await startTestPlatform({ workItems: [items] });
});
afterAll(() => kit.stop());

/** A request as WooCommerce signs it. */
function signed(body: unknown, secret = SECRET): IntakeRequest {
  const text = JSON.stringify(body);
  const signature = createHmac('sha256', secret).update(text).digest('base64');
  return { headers: { 'X-WC-Webhook-Signature': signature }, body: Buffer.from(text) };
}

test('a signed request is staged once, and wakes whoever processes it', async () => {
  const woken: string[] = [];
  const take = intake({
    items,
    verify: signedBody({ header: 'x-wc-webhook-signature', secret: SECRET }),
    map: (body) => [body as Order],
    wake: (caller) => {
      woken.push(caller.company);
      throw new NightshiftError('CONFLICT', 'it runs already');
    },
  });
  const request = signed({ no: 'W1', total: 5 });
  expect(await take(kit.admin, request)).toMatchObject({ status: 200, result: { staged: 1 } });
  expect(await take(kit.admin, request)).toMatchObject({ status: 200, result: { unchanged: 1 } });
  expect(woken).toEqual(['CRONUS']);
  expect(await take(kit.admin, signed({ no: 'W2', total: 5 }, 'of somebody else'))).toEqual({
    status: 401,
    result: null,
  });
  expect(await take(kit.admin, { ...request, headers: {} })).toMatchObject({ status: 401 });
  expect(await take(kit.admin, signed({ no: 'W3', total: -1 }))).toMatchObject({ status: 422 });
  const garbage = { headers: {}, body: 'no json' };
  const open = intake({ items, verify: () => true });
  expect(await open(kit.admin, garbage)).toMatchObject({ status: 400 });
  expect(await itemsIn(kit)).toMatchObject([{ external_id: 'W1', status: 'Pending' }]);
});
