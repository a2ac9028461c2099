import { globSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { withClient } from '../testing/test-server.ts';
import { declaredStatements, type Statement, statement } from './statement.ts';

const SOURCES = new URL('../', import.meta.url);
/** PostgreSQL cuts longer names, and two that are cut alike would be one. */
const NAME_BYTES_MAX = 63;

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

async function everyStatement(): Promise<readonly Statement[]> {
  const files = globSync('*/*.sql.ts', { cwd: SOURCES.pathname });
  expect(files.length).toBeGreaterThan(5);
  for (const file of files) await import(new URL(file, SOURCES).href);
  // Without those of tests that share the worker.
  return declaredStatements().filter(({ name }) => !name.startsWith('ns_test_'));
}

describe('the statements of the platform', () => {
  it('are all prepared against the real schema', async () => {
    const statements = await everyStatement();
    expect(statements.length).toBeGreaterThan(40);
    const complaints: string[] = [];
    await withClient(database.url, async (client) => {
      for (const { name, text } of statements) {
        const prepare = `prepare ${client.escapeIdentifier(name)} as ${text}`;
        await client.query(prepare).catch((error: Error) => complaints.push(`${name}: ${error.message}`));
      }
      const prepared = await client.query('select name from pg_prepared_statements');
      expect(prepared.rows).toHaveLength(statements.length - complaints.length);
    });
    expect(complaints).toEqual([]);
  });

  it('have names that fit, in words joined by underscores', async () => {
    for (const { name } of await everyStatement()) {
      expect(name).toMatch(/^ns_[a-z0-9]+(?:_[a-z0-9]+)*$/);
      expect(Buffer.byteLength(name)).toBeLessThanOrEqual(NAME_BYTES_MAX);
    }
  });

  it('have a name of their own each', () => {
    const first = statement('test_twice', 'select 1');
    expect(first).toEqual({ name: 'ns_test_twice', text: 'select 1' });
    expect(Object.isFrozen(first)).toBe(true);
    expect(() => statement('test_twice', 'select 2')).toThrow('two statements are named test_twice');
  });
});
