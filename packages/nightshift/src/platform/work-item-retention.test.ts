import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { RoleNames } from '../permissions/index.ts';
import { Telemetry } from '../telemetry/index.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { clearItems, itemsIn, orders, SALES_ORDERS, sell, someOrders } from '../testing/item-orders.ts';
import { RecordedTelemetry } from '../testing/recorded-telemetry.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { processAll, stage } from '../work-items/index.ts';
import { companies } from './index.ts';
import { removeOldMonths } from './work-item-retention.ts';

const items = orders({ keepDoneMonths: 2 });
const forEver = orders({ name: 'kept_order' });
const clock = new FakeClock('2026-01-15T12:00:00Z');
let kit: TestPlatform;
beforeAll(async () => {
  kit = await startTestPlatform({ workItems: [items, forEver], migrations: [SALES_ORDERS], clock });
});
afterAll(() => kit.stop());
beforeEach(() => clearItems(kit, items.name, forEver.name));

async function remove() {
  const { database, directory } = kit.platform;
  const [owner] = await kit.query<{ app: string }>(
    "select tableowner as app from pg_tables where tablename = 'staged_order'",
  );
  const names = owner as RoleNames;
  const recorded = new RecordedTelemetry();
  const options = { taskSchedulerSystemTaskStartTime: '00:00', taskSchedulerSystemTaskEndTime: '23:59:59' };
  const telemetry = new Telemetry([recorded.receive]);
  const about = { application: 'test', declared: [items, forEver] };
  return removeOldMonths({ database, directory, names, clock, telemetry, options, ...about });
}

const finishOne = (no: number, table = items) =>
  kit.open(async (session) => {
    await stage(session, table, someOrders(1, no));
    await processAll(session, table, {}, sell);
  });
const partitions = () =>
  kit.query<{ name: string }>(
    `select relname as name from pg_class where relname ~ '^(staged|kept)_order_done_2026' and relkind = 'r'
      and relnamespace = 'co_1'::regnamespace order by relname`,
  );

test('months that are too old go with their tables; their external ids stay known', async () => {
  for (let month = 0; month < 4; month++) {
    clock.at(new Date(Date.UTC(2026, month, 20)));
    await finishOne(month + 1);
    await finishOne(month + 1, forEver);
  }
  // What ended when its month could not be made.
  const other = `insert into co_1.staged_order_done_other (id, external_id, status, next_attempt_at, payload, staged_at, modified_at, finished_at)
    select 1000 + g, 'OTHER' || g, 'Processed', now(), '{}', now(), now(), $1::timestamptz from generate_series(1, 2) g`;
  await kit.query(other, ['2025-12-31T23:59:59Z']);
  expect(await remove()).toEqual(['CRONUS: staged_order_done_2026_01']);
  expect((await itemsIn(kit)).map(({ external_id: id }) => id)).toEqual(['A2', 'A3', 'A4']);
  expect((await itemsIn(kit, 'all', forEver.name)).map(({ external_id: id }) => id)).toHaveLength(4);
  expect((await partitions()).map(({ name }) => name).filter((name) => name.startsWith('staged'))).toEqual(
    ['02', '03', '04', '05'].map((month) => `staged_order_done_2026_${month}`),
  );
  expect(await stage(kit.admin, items, someOrders(1))).toMatchObject({ staged: 0, unchanged: 1 });
  expect(await remove()).toEqual([]);
});

test('a company of which months were removed can be copied', async () => {
  clock.at(new Date('2026-09-20T00:00:00Z'));
  expect((await remove()).length).toBeGreaterThan(0);
  await companies.copy(kit.admin, { from: 'CRONUS', to: 'COPY' });
  expect(await remove()).toEqual([]);
});

test('a month that somebody reads is left for the next round, and nobody waits for it', async () => {
  clock.at(new Date('2026-10-20T00:00:00Z'));
  await finishOne(10);
  clock.at(new Date('2027-03-20T00:00:00Z'));
  await kit.open(async (session) => {
    await session.db.query('select count(*) from staged_order_done');
    await expect(remove()).rejects.toMatchObject({ code: '55P03' });
  });
  expect(await remove()).toContain('CRONUS: staged_order_done_2026_10');
});
