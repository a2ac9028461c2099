import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { processDue } from './processing.ts';
import { RowProblem } from './row-problem.ts';
import { lockDue } from './staging.sql.ts';
import { stage } from './staging.ts';
import type { StagedRow } from './staging-tables.ts';
import { createDirectSession, type DirectSession } from './testing/direct-session.ts';
import { type ScratchCompany, type ScratchServer, startScratchServer } from './testing/scratch-database.ts';

let server: ScratchServer;
let company: ScratchCompany;
let session: DirectSession;
beforeAll(async () => {
  server = await startScratchServer();
});
afterAll(() => server.stop());
beforeEach(async () => {
  company = await server.openCompany();
  session = createDirectSession(company.client);
});
afterEach(async () => {
  await session.rollback();
  await company.close();
});

async function stageOrders(count: number): Promise<void> {
  const modifiedAt = new Date('2026-01-01T00:00:00Z');
  const rows = Array.from({ length: count }, (_, index) => ({
    externalId: String(index + 1),
    modifiedAt,
    payload: { id: index + 1 },
  }));
  await stage(session.db, 'staged_order', rows, 'run-1');
  await session.commit();
}

async function stagedRows() {
  const { rows } = await session.db.query(
    `select external_id, status, attempts, error_code, error_text, next_attempt_at > now() as later
       from staged_order order by external_id::integer`,
  );
  return rows;
}

/** Lets time pass: what waits for its next attempt is due now. */
async function makeDue(): Promise<void> {
  await session.db.query(`update staged_order set next_attempt_at = now() where status = 'Pending'`);
  await session.commit();
}

/** Handles rows, but throws for those named. */
function failing(thrownById: Record<string, unknown>) {
  return async (row: StagedRow): Promise<void> => {
    await session.db.query(
      `insert into customer (reference, email, name, company, address_1, address_2, postcode, city, country)
       values ($1, '', '', '', '', '', '', '', '')`,
      [`order:${row.externalId}`],
    );
    if (row.externalId in thrownById) throw thrownById[row.externalId];
  };
}

async function customerCount(): Promise<number> {
  const { rowCount } = await session.db.query(`select from customer`);
  return rowCount;
}

test('a bad row is recorded, undone, and blocks nobody', async () => {
  await stageOrders(3);
  const counts = await processDue(
    session,
    'staged_order',
    failing({ 2: new RowProblem('MISSING_SKU', 'no SKU') }),
  );
  expect(counts).toEqual({ processed: 2, failed: 1, skipped: 0, postponed: 0 });
  expect(await stagedRows()).toMatchObject([
    { status: 'Processed', attempts: 1, error_code: null },
    { status: 'Failed', attempts: 1, error_code: 'MISSING_SKU', error_text: 'no SKU' },
    { status: 'Processed' },
  ]);
  expect(await customerCount()).toBe(2);
});

test('an error of PostgreSQL in one row does not spoil the transaction of the others', async () => {
  await stageOrders(3);
  const handle = async (row: StagedRow): Promise<void> => {
    if (row.externalId === '2') await session.db.query('select 1 / 0');
  };
  await processDue(session, 'staged_order', handle);
  expect(await stagedRows()).toMatchObject([
    { status: 'Processed' },
    { status: 'Pending', attempts: 1, error_code: '22012', later: true },
    { status: 'Processed' },
  ]);
});

test('other errors are tried three times, with a wait, then they are final', async () => {
  await stageOrders(1);
  const handle = failing({ 1: new TypeError('undefined is not a function') });
  expect(await processDue(session, 'staged_order', handle)).toMatchObject({ postponed: 1 });
  expect(await processDue(session, 'staged_order', handle)).toMatchObject({ postponed: 0, failed: 0 });
  await makeDue();
  expect(await processDue(session, 'staged_order', handle)).toMatchObject({ postponed: 1 });
  await makeDue();
  expect(await processDue(session, 'staged_order', handle)).toMatchObject({ failed: 1 });
  expect(await stagedRows()).toMatchObject([{ status: 'Failed', attempts: 3, error_code: 'INTERNAL' }]);
});

test('whatever is thrown can be stored', async () => {
  await stageOrders(3);
  await processDue(
    session,
    'staged_order',
    failing({ 1: null, 2: 'a\0b', 3: new Error('\ud800'.repeat(5_000)) }),
  );
  expect((await stagedRows()).map((row) => row['error_code'])).toEqual(['INTERNAL', 'INTERNAL', 'INTERNAL']);
});

test('a chunk is a transaction', async () => {
  await stageOrders(25);
  const before = session.commits;
  await processDue(session, 'staged_order', failing({}), { chunkSize: 10 });
  expect(session.commits - before).toBe(4);
});

test('rows that another run holds are passed over, not waited for', async () => {
  await stageOrders(3);
  const other = createDirectSession(await company.connect(), 'other-run');
  await lockDue(other.db, 'staged_order', 1);
  expect(await processDue(session, 'staged_order', failing({}))).toMatchObject({ processed: 2 });
  await other.rollback();
  expect(await processDue(session, 'staged_order', failing({}))).toMatchObject({ processed: 1 });
});

test.each([
  ['a lost claim', Object.assign(new Error('gone'), { name: 'NightshiftError', code: 'CLAIM_LOST' })],
  ['a lost connection', Object.assign(new Error('gone'), { code: '57P01' })],
  ['a missing right', Object.assign(new Error('permission denied for table item'), { code: '42501' })],
])('%s ends the run instead of failing a thousand rows', async (_name, thrown) => {
  await stageOrders(3);
  await expect(processDue(session, 'staged_order', failing({ 2: thrown }))).rejects.toBe(thrown);
  await session.rollback();
  expect(await stagedRows()).toMatchObject([
    { status: 'Pending', attempts: 0 },
    { status: 'Pending', attempts: 0 },
    { status: 'Pending', attempts: 0 },
  ]);
});

test('a stopped session stops between rows without blaming one', async () => {
  await stageOrders(2);
  const handle = async (): Promise<void> => {
    session.abort();
    throw new Error('stopped');
  };
  await expect(processDue(session, 'staged_order', handle)).rejects.toThrow('stopped');
  await session.rollback();
  expect(await stagedRows()).toMatchObject([{ attempts: 0 }, { attempts: 0 }]);
});
