import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { statement } from './statement.ts';
import { withTransaction } from './transaction.ts';

const lockRow = statement('test_patience_lock', 'update patient set n = n + 1 where id = $1 returning n');

let target: TestDatabase;
let pool: pg.Pool;
beforeAll(async () => {
  target = await createTestDatabase();
  await target.query('create table patient (id int primary key, n int not null default 0)');
  await target.query('insert into patient values (1)');
  pool = new pg.Pool({ connectionString: target.url, max: 2 });
  pool.on('error', () => undefined); // dropped databases end their connections
});
afterAll(async () => {
  await pool.end();
  await target.drop();
});

test('who waits too long for a lock is told so, once, and has done nothing; nobody after him is hurried', async () => {
  let tries = 0;
  const held = await pool.connect();
  await held.query('begin');
  await held.query('update patient set n = 10 where id = 1');
  const waiting = withTransaction(
    pool,
    (tx) => {
      tries++;
      return tx.run(lockRow, [1]);
    },
    50,
  );
  await expect(waiting).rejects.toMatchObject({ code: 'DATABASE_BUSY', retriable: true });
  expect(tries).toBe(1);
  // The same connection, for work that has patience.
  const patient = withTransaction(pool, (tx) => tx.run(lockRow, [1]));
  await held.query('select pg_sleep(0.2)');
  await held.query('commit');
  held.release();
  expect(await patient).toEqual([{ n: 11 }]);
});
