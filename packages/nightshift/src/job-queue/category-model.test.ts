import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isNightshiftError } from '../foundation/index.ts';
import { categories, jobQueue, taskScheduler } from '../platform/index.ts';
import { until } from '../testing/condition.ts';
import { HeldRuns } from '../testing/held-runs.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';

const ENTRIES = 5;
const runs = new HeldRuns('Held');
let kit: TestPlatform;
let made = 0;

beforeAll(async () => {
  kit = await startTestPlatform({ codeunits: [runs.codeunit] });
});
afterAll(async () => {
  runs.endAll();
  await kit.stop();
});

/** What people and runs do to an entry of the category, or to the category. */
const action = fc.record({
  kind: fc.constantFrom('ready', 'ready', 'hold', 'end', 'end', 'fail', 'cancel', 'widen'),
  entry: fc.nat({ max: ENTRIES - 1 }),
  parallelism: fc.integer({ min: 1, max: 3 }),
});
type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;

/** A category and its entries. */
interface World {
  readonly code: string;
  readonly ids: readonly string[];
  readonly numbers: readonly number[];
}

async function newWorld(): Promise<World> {
  const code = `CODE ${++made}`;
  await categories.create(kit.admin, { code });
  const entries = [];
  for (let index = 0; index < ENTRIES; index++)
    entries.push(await jobQueue.create(kit.admin, { object: runs.codeunit, category: code }));
  return { code, ids: entries.map(({ id }) => id), numbers: entries.map(({ entryNo }) => entryNo) };
}

async function act({ code, ids, numbers }: World, { kind, entry, parallelism }: Action): Promise<void> {
  const id = ids[entry] as string;
  const run = runs.open.get(numbers[entry] as number);
  if (kind === 'widen') return categories.modify(kit.admin, code, { parallelism });
  if (kind === 'ready') await jobQueue.setStatusToReady(kit.admin, id);
  if (kind === 'hold') await jobQueue.setOnHold(kit.admin, id);
  if (kind === 'cancel') {
    const { taskId } = await jobQueue.get(kit.admin, id);
    if (taskId !== null) await taskScheduler.cancelTask(kit.admin, taskId);
  }
  if (run === undefined || (kind !== 'end' && kind !== 'fail')) return;
  runs.open.delete(run.entryNo);
  run.end(kind === 'fail' ? new Error('no') : undefined);
}

/** The state of the category once nothing moves any more: what runs, runs until the test ends it. */
function settled({ code }: World) {
  return until('nothing moves', async () => {
    const [now] = await kit.query<{
      held: number;
      running: number;
      ready: number;
      waiting: number;
      places: number;
    }>(
      `select count(category_slot)::int as held, (count(*) filter (where status = 'In Process'))::int as running,
        (count(*) filter (where status = 'Ready'))::int as ready,
        (count(*) filter (where status = 'Waiting'))::int as waiting, min(c.parallelism) as places
      from nightshift.job_queue_entry e join nightshift.job_queue_category c on c.code = e.category_code
      where c.code = $1`,
      [code],
    );
    return now !== undefined && now.ready === 0 && now.held === runs.open.size && now;
  });
}

test('whatever happens at once: no more than fit hold a place, and nobody waits for nothing', async () => {
  const steps = fc.array(fc.array(action, { minLength: 1, maxLength: 3 }), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(steps, async (batches) => {
      const world = await newWorld();
      let before = 0;
      for (const batch of batches) {
        await Promise.all(
          batch.map((one) =>
            act(world, one).catch((error: unknown) => {
              if (!isNightshiftError(error, 'CONFLICT')) throw error;
            }),
          ),
        );
        const { held, running, waiting, places } = await settled(world);
        // Narrowed while they ran: they end in peace.
        const wider = batch.some(({ kind }) => kind === 'widen');
        expect(held).toBeLessThanOrEqual(wider ? Math.max(3, before) : Math.max(places, before));
        expect(running).toBeLessThanOrEqual(held);
        if (waiting > 0) expect(held).toBeGreaterThanOrEqual(places);
        before = held;
      }
      for (const id of world.ids) await jobQueue.setOnHold(kit.admin, id);
      runs.endAll();
      expect(await settled(world)).toMatchObject({ held: 0, waiting: 0 });
    }),
    { numRuns: 25 },
  );
}, 180_000);
