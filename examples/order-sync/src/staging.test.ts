import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { finishRow } from './staging.sql.ts';
import { stage } from './staging.ts';
import { createDirectSession, type DirectSession } from './testing/direct-session.ts';
import { type ScratchCompany, type ScratchServer, startScratchServer } from './testing/scratch-database.ts';
import { raiseWatermark, readWatermark } from './watermark.sql.ts';

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

function row(externalId: string, minute: number, payload: Record<string, unknown> = {}) {
  return { externalId, modifiedAt: new Date(Date.UTC(2026, 0, 1, 0, minute)), payload };
}

async function stagedRows() {
  const { rows } = await session.db.query(
    `select external_id, status, version, attempts, error_code, correlation_id, payload
       from staged_order order by external_id`,
  );
  return rows;
}

test('stages a row once, whatever is repeated', async () => {
  expect(await stage(session.db, 'staged_order', [row('1', 5), row('2', 5)], 'run-1')).toEqual({
    added: 2,
    renewed: 0,
    unchanged: 0,
  });
  expect(await stage(session.db, 'staged_order', [row('1', 5), row('2', 4)], 'run-2')).toEqual({
    added: 0,
    renewed: 0,
    unchanged: 2,
  });
  expect(await stagedRows()).toMatchObject([
    { external_id: '1', status: 'Pending', version: 1, correlation_id: 'run-1' },
    { external_id: '2', status: 'Pending', version: 1, correlation_id: 'run-1' },
  ]);
});

test('of two versions in one page the newer one is staged', async () => {
  const rows = [row('1', 5, { v: 'old' }), row('1', 6, { v: 'new' }), row('1', 4, { v: 'older' })];
  await stage(session.db, 'staged_order', rows, 'run-1');
  expect(await stagedRows()).toMatchObject([{ version: 1, payload: { v: 'new' } }]);
});

test('a newer version replaces a pending one', async () => {
  await stage(session.db, 'staged_order', [row('1', 5, { total: '1.00' })], 'run-1');
  const counts = await stage(session.db, 'staged_order', [row('1', 6, { total: '2.00' })], 'run-2');
  expect(counts.renewed).toBe(1);
  expect(await stagedRows()).toMatchObject([
    { status: 'Pending', version: 2, correlation_id: 'run-2', payload: { total: '2.00' } },
  ]);
});

test.each(['Processed', 'Failed', 'Skipped'] as const)(
  'a newer version makes a %s one pending again, with fresh attempts',
  async (status) => {
    await stage(session.db, 'staged_order', [row('1', 5)], 'run-1');
    const finish = { externalId: '1', status, errorCode: 'MISSING_SKU', errorText: 'no SKU' };
    await finishRow(session.db, 'staged_order', finish);
    await stage(session.db, 'staged_order', [row('1', 6)], 'run-2');
    expect(await stagedRows()).toMatchObject([{ status: 'Pending', attempts: 0, error_code: null }]);
  },
);

test('a row that a person resolved stays resolved', async () => {
  await stage(session.db, 'staged_order', [row('1', 5)], 'run-1');
  const finish = { externalId: '1', status: 'Resolved', errorCode: null, errorText: null } as const;
  await finishRow(session.db, 'staged_order', finish);
  await stage(session.db, 'staged_order', [row('1', 6, { v: 'new' })], 'run-2');
  expect(await stagedRows()).toMatchObject([{ status: 'Resolved', payload: { v: 'new' } }]);
});

test('a name that PostgreSQL cannot store does not stop its page', async () => {
  const broken = row('1', 5, { name: 'a\0b\ud800c', path: 'C:\\u0000' });
  await stage(session.db, 'staged_order', [broken, row('2', 5)], 'run-1');
  const rows = await stagedRows();
  expect(rows).toHaveLength(2);
  expect(rows[0]).toMatchObject({ payload: { name: 'ab\ufffdc', path: 'C:\\u0000' } });
});

test('the watermark never goes back', async () => {
  const [early, late] = [new Date('2026-01-01T00:00:00Z'), new Date('2026-01-02T00:00:00Z')];
  expect(await readWatermark(session.db, 'orders')).toBeNull();
  await raiseWatermark(session.db, 'orders', late);
  await raiseWatermark(session.db, 'orders', early);
  expect(await readWatermark(session.db, 'orders')).toEqual(late);
  expect(await readWatermark(session.db, 'items')).toBeNull();
});
