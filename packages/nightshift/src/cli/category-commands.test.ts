import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { type Ran, run } from './fixtures/test-terminal.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  expect((await run(['migrate', '--database-url', database.url])).exitCode).toBe(0);
});
afterAll(() => database.drop());

const ns = (...words: readonly string[]): Promise<Ran> =>
  run(['category', ...words, '--database-url', database.url]);

test('category create, list, modify, delete', async () => {
  expect((await ns('list')).out).toBe('There are no categories in CRONUS.');
  expect(await ns('create', 'POSTING', '--parallelism', '2', '--description', 'ledger')).toMatchObject({
    exitCode: 0,
    out: 'Category POSTING is created; 2 of its entries may run at a time.',
  });
  expect((await ns('create', 'POSTING')).exitCode).toBe(4);
  expect((await ns('modify', 'POSTING', '--code', 'BOOKING', '--parallelism', '3')).exitCode).toBe(0);
  expect((await ns('list')).out).toMatch(/^BOOKING +3 +0 +0 +0 +ledger$/m);
  expect(JSON.parse((await ns('list', '--json')).out)).toMatchObject([{ code: 'BOOKING', version: 2 }]);
  expect((await ns('modify', 'POSTING', '--parallelism', '3')).exitCode).toBe(3);
  expect((await ns('modify', 'BOOKING', '--parallelism', '0')).exitCode).toBe(2);
  expect((await ns('delete', 'BOOKING')).out).toBe('Category BOOKING is deleted.');
  expect((await ns('list')).out).toBe('There are no categories in CRONUS.');
});
