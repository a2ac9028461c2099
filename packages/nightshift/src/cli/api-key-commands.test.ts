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
  run(['api-key', ...words, '--database-url', database.url]);

test('api-key create, list, revoke', async () => {
  expect((await ns('list')).out).toBe('There are no API keys in CRONUS.');
  const made = await ns('create', 'Shop', '--scopes', 'entry.read, entry.create', '--days', '30');
  expect(made.out).toMatch(/^ns_[0-9a-f]{32}_[0-9a-f]{64}$/);
  expect(made.err).toMatch(/This key is not shown again\. It acts as ADMIN in CRONUS until /);
  const [key] = JSON.parse((await ns('list', '--json')).out);
  expect(key).toMatchObject({ name: 'Shop', scopes: ['entry.create', 'entry.read'], isValid: true });
  expect((await ns('list')).out).not.toContain(made.out.split('_')[2]?.slice(0, 64));
  expect((await ns('revoke', key.id)).out).toBe('API key Shop of ADMIN is revoked.');
  expect((await ns('list')).out).toMatch(/Shop +ADMIN +no /);
  expect((await ns('create', 'Bad', '--scopes', 'entry.fly')).exitCode).toBe(2);
  expect((await ns('create', 'Bad', '--scopes', 'apiKey.create')).exitCode).toBe(2);
  expect((await ns('create', 'Bad', '--scopes', 'entry.read', '--days', '0')).exitCode).toBe(2);
  expect((await ns('revoke', '01890a5d-ac96-774b-bcce-b302099a8057')).exitCode).toBe(3);
});
