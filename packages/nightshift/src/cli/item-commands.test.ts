import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPlatform } from '../platform/index.ts';
import application, { stagedOrders } from '../testing/fixtures/items-app.ts';
import { someOrders } from '../testing/item-orders.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { externalCall, processChunk, stage } from '../work-items/index.ts';
import { type Ran, run } from './fixtures/test-terminal.ts';

const APP = fileURLToPath(import.meta.resolve('../testing/fixtures/items-app.ts'));
const WHO = { user: 'ADMIN', company: 'CRONUS' };
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  const platform = await createPlatform({
    application,
    applicationModule: new URL(import.meta.resolve('../testing/fixtures/items-app.ts')),
    database: { url: database.url },
  });
  await platform.start();
  await stage(platform.as(WHO), stagedOrders, someOrders(5));
  await platform.open(WHO, (session) =>
    processChunk(session, stagedOrders, { maxAttempts: 1 }, async (item, own) => {
      if (item.externalId === 'A5') return;
      if (item.externalId === 'A4') await externalCall(own, item, 'shipment', () => Promise.reject('lost'));
      throw new Error(`customer of ${item.payload.no} is blocked since 2020`);
    }),
  );
  await platform.stop();
});
afterAll(() => database.drop());

const ns = (...words: readonly string[]): Promise<Ran> =>
  run(['items', ...words, '--database-url', database.url]);

test('items: what has failed is found, and taken care of', async () => {
  expect((await ns('list', 'staged_order', '--status', 'processed')).out).toMatch(/^5 +A5 +Processed/m);
  expect((await ns('list', 'staged_order', '--status', 'lost')).exitCode).toBe(2);
  expect((await ns('list', 'no_such_table')).exitCode).toBe(2);
  const groups = JSON.parse((await ns('errors', 'staged_order', '--json')).out);
  expect(groups).toMatchObject([{ items: 3 }, { items: 1, message: 'lost' }]);
  expect((await ns('show', 'staged_order', 'A4')).out).toMatch(
    /^Call shipment, made .*; whether it took effect is not known$/m,
  );
  expect((await ns('settle', 'staged_order', 'A4', 'shipment')).exitCode).toBe(2);
  expect((await ns('settle', 'staged_order', 'A4', 'shipment', '--answer', '{"parcel":1}')).out).toBe(
    'The call shipment of A4 is settled.',
  );
  expect((await ns('assign', 'staged_order', '--error', groups[0].fingerprint, '--to', 'ADMIN')).out).toBe(
    '3 items assigned to ADMIN.',
  );
  expect((await ns('skip', 'staged_order', 'A1', '--reason', 'a test')).out).toBe('1 item skipped.');
  expect((await ns('resolve', 'staged_order', '#2', '--note', 'by hand')).out).toBe('1 item resolved.');
  const edited = ['edit', 'staged_order', 'A3', '--payload', '{"no":"A3","total":3}'];
  expect((await ns(...edited)).exitCode).toBe(2);
  expect((await ns(...edited, '--app', APP)).out).toBe('The payload of A3 is changed.');
  expect((await ns('retry', 'staged_order', 'A3', 'A4')).out).toBe('2 items tried again.');
  expect((await ns('retry', 'staged_order')).exitCode).toBe(2);
  expect((await ns('retry', 'staged_order', 'A1')).exitCode).toBe(4);
  expect((await ns('list', 'staged_order', '--status', 'Failed')).out).toBe('There are no such items.');
});
