import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { randomUuid } from '../foundation/index.ts';
import { items as people } from '../platform/index.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { clearItems, itemsIn, orders, SALES_ORDERS, sell } from '../testing/item-orders.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { processChunk, stage } from './index.ts';

const MINUTE_MS = 60_000;
const ORDERS = 6;

const clock = new FakeClock();
const items = orders({
  version: ({ version }) => version ?? 0,
  concurrencyKey: ({ customer }) => customer ?? null,
  retryPolicy: { delaysMs: [MINUTE_MS], maximumRetries: 2 },
});
let kit: TestPlatform;
beforeAll(async () => {
  kit = await startTestPlatform({ workItems: [items], migrations: [SALES_ORDERS], clock });
});
afterAll(() => kit.stop());

type Step =
  | { readonly kind: 'stage'; readonly from: number; readonly count: number; readonly version: number }
  | { readonly kind: 'process'; readonly limit: number; readonly failing: readonly number[] }
  | { readonly kind: 'crash'; readonly limit: number }
  | { readonly kind: 'break'; readonly limit: number }
  | { readonly kind: 'retry' }
  | { readonly kind: 'wait' };

const number = fc.integer({ min: 1, max: ORDERS });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('stage' as const), from: number, count: number, version: number }),
  fc.record({
    kind: fc.constant('process' as const),
    limit: number,
    failing: fc.array(number, { maxLength: 3 }),
  }),
  fc.record({ kind: fc.constant('crash' as const), limit: number }),
  fc.record({ kind: fc.constant('break' as const), limit: number }),
  fc.constant({ kind: 'retry' as const }),
  fc.constant({ kind: 'wait' as const }),
);

const row = (no: number, version: number) => ({
  ...{ no: `A${no}`, total: version, version },
  ...(no % 2 === 0 ? { customer: 'in order' } : {}),
});

/** The versions that were staged, by order. */
type Staged = Map<string, Set<number>>;

async function take(at: Step, staged: Staged): Promise<void> {
  switch (at.kind) {
    case 'stage': {
      const rows = Array.from({ length: at.count }, (_, n) => row(at.from + n, at.version));
      for (const { no, version } of rows) staged.set(no, (staged.get(no) ?? new Set()).add(version));
      await stage(kit.admin, items, rows);
      return;
    }
    case 'process':
      await process(at.limit, new Set(at.failing.map((no) => `A${no}`)));
      return;
    case 'crash':
      // Claimed by an instance that nobody has ever heard of.
      await kit.query(
        'select from nightshift_session.items_claim(1, 1, $1, $2, true, false, $3, $4, null, 60000, 3, $5)',
        [items.name, at.limit, randomUuid(), randomUuid(), clock.now()],
      );
      return;
    case 'break':
      await kit
        .open(async (session) => {
          await processChunk(session, items, { limit: at.limit }, async (item) => {
            await sell(item, session);
            await session.db.query('rollback').catch(() => undefined);
          });
        })
        .catch(() => undefined);
      return;
    case 'retry':
      for (const { fingerprint } of await people.errorGroups(kit.admin, items))
        await people.retry(kit.admin, items, { fingerprint });
      return;
    case 'wait':
      clock.at(new Date(clock.now().getTime() + 2 * MINUTE_MS));
  }
}

function process(limit: number, failing: ReadonlySet<string> = new Set()) {
  return kit.open((session) =>
    processChunk(session, items, { limit }, async (item, own) => {
      await sell(item, own);
      if (failing.has(item.externalId)) throw new Error('not this time');
    }),
  );
}

/** Until nothing is left that can be done, with the help of people. */
async function finish(): Promise<void> {
  for (let round = 0; round < 100; round++) {
    await take({ kind: 'retry' }, new Map());
    await take({ kind: 'wait' }, new Map());
    const { processed } = await process(ORDERS * 2);
    if (processed === 0 && (await itemsIn(kit, 'open')).length === 0) return;
  }
}

test('whatever happens in whatever order, each version that counts is processed once', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(step, { minLength: 1, maxLength: 2 }), { maxLength: 10 }),
      async (steps) => {
        await clearItems(kit, items.name);
        await kit.query('truncate co_1.sales_order');
        const staged: Staged = new Map();
        // Those of one group happen at the same time.
        for (const group of steps) await Promise.all(group.map((at) => take(at, staged)));
        await finish();
        expect(await itemsIn(kit, 'open')).toEqual([]);
        const sold = await kit.query<{ external_id: string; total: string; times: number }>(
          'select external_id, total, count(*)::int as times from co_1.sales_order group by external_id, total',
        );
        expect(sold.filter(({ times }) => times !== 1)).toEqual([]);
        for (const [no, versions] of staged) {
          const done = sold.filter(({ external_id: id }) => id === no).map(({ total }) => Number(total));
          expect(done).toContain(Math.max(...versions));
          expect(done.every((version) => versions.has(version))).toBe(true);
        }
      },
    ),
    { numRuns: 12 },
  );
}, 300_000);
