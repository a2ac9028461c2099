import { jobQueue } from 'nightshift';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import application from '../app.ts';
import { saveShopSetup } from './shop-setup-store.ts';
import { type ShopSimulator, startShopSimulator } from './simulator.ts';
import { type CarrierSimulator, startCarrierSimulator } from './simulator-carrier.ts';
import { firstVersion } from './testing/first-version.ts';
import { personWhoSays } from './testing/person.ts';
import { type ScratchPlatform, startScratchPlatform } from './testing/scratch-platform.ts';

// What the first version came to, one test for each of its weak points. Those of today's version are in the other files.

const withFirstVersion = { ...application, codeunits: [...application.codeunits, firstVersion] };

let kit: ScratchPlatform;
let shop: ShopSimulator;
let carrier: CarrierSimulator;
beforeAll(async () => {
  kit = await startScratchPlatform(withFirstVersion);
  shop = await startShopSimulator({ orders: 30, seed: 7, faults: { unknownCurrency: 1 } });
});
beforeEach(async () => {
  await kit.empty();
  carrier = await startCarrierSimulator();
  await kit.open(({ db }) =>
    saveShopSetup(db, { url: shop.url, key: shop.key, secret: shop.secret, carrierUrl: carrier.url }),
  );
  return () => carrier.stop();
});
afterAll(async () => {
  await shop.stop();
  await kit.stop();
});

test('it fails in the background: nobody is there to be asked', async () => {
  const { id } = await jobQueue.create(kit.admin, { object: firstVersion });
  await jobQueue.setStatusToReady(kit.admin, id);
  await expect.poll(async () => (await jobQueue.get(kit.admin, id)).status).toBe('Error');
  const [log] = await jobQueue.logEntries(kit.admin, { entryId: id });
  expect(log).toMatchObject({ status: 'Error', error: { code: 'CALLBACK_NOT_ALLOWED' } });
  expect(log?.error?.message).toContain('first-version.ts');
  expect(carrier.shipments).toEqual([]);
});

test('in the foreground one order holds up all, and each new try ships again what it shipped before', async () => {
  const { id } = await jobQueue.create(kit.admin, { object: firstVersion });
  for (let attempt = 1; attempt <= 2; attempt++) {
    const run = await jobQueue.runOnce(kit.admin, id, personWhoSays(false));
    expect(run).toMatchObject({ status: 'Error', error: { message: expect.stringContaining('XTS') } });
  }
  expect(await kit.rows('select id from customer')).toEqual([]);
  const shipped = carrier.shipments.map(({ reference }) => reference);
  expect(shipped.length).toBeGreaterThan(0);
  expect(new Set(shipped).size).toBe(shipped.length / 2);
});
