import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until, within } from '../testing/condition.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import {
  backgroundTask,
  cancelBackgroundTask,
  closePage,
  enqueueBackgroundTask,
  openPage,
  type Page,
  setCurrentRecord,
} from './index.ts';

const KINDS = ['nothing', 'query', 'sleep', 'fail', 'write', 'deaf'] as const;
const worker = backgroundTask({
  name: 'The Works',
  async onRun(session, { kind = '' }) {
    if (kind !== 'nothing') await session.db.query('select 1');
    if (kind === 'sleep') await session.db.query('select pg_sleep(600)');
    if (kind === 'fail') throw session.error('no');
    if (kind === 'write') await session.db.query('create table mine (no text)');
    if (kind === 'deaf') await new Promise(() => undefined);
    return {};
  },
});

let world: TestPlatform;
beforeAll(async () => {
  world = await startTestPlatform({
    codeunits: [worker],
    pages: { tasksMaxConcurrent: 4, tasksMaxConcurrentPerPage: 3 },
  });
});
afterAll(() => world.stop());

const act = fc.record({
  page: fc.nat({ max: 3 }),
  what: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...KINDS) },
    { weight: 4, arbitrary: fc.constantFrom('record', 'cancel', 'close', 'breathe' as const) },
  ),
});

/** What one page was told of its tasks. */
interface Told {
  page: Page;
  readonly ids: number[];
  readonly ends: number[];
}

async function newPage(ends: number[]): Promise<Page> {
  const end = ({ taskId }: { readonly taskId: number }) => void ends.push(taskId);
  return openPage(world.admin, { name: 'Card', onCompleted: end, onError: end, onCancelled: end });
}

test('whatever people do to their pages, each task ends once, and nothing is left', async () => {
  const acts = fc.array(act, { minLength: 10, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(acts, async (storm) => {
      const all: Told[] = [];
      for (let no = 0; no < 4; no++) {
        const ends: number[] = [];
        all.push({ page: await newPage(ends), ids: [], ends });
      }
      for (const [at, { page: no, what }] of storm.entries()) await happen(all[no] as Told, what, at);
      for (const { page } of all) closePage(page);
      for (const { ids, ends } of all) {
        await until('each has ended', () => ends.length === ids.length);
        expect(ends.toSorted()).toEqual(ids.toSorted());
      }
      const { instance } = world.platform;
      expect(instance.pages.counts).toEqual({ pages: 0, running: 0, waiting: 0 });
      const busy = "select from pg_stat_activity where usename like 'ns%s_' and state <> 'idle'";
      await until('no connection is at work', async () => (await world.query(busy)).length === 0);
    }),
    { numRuns: 12 },
  );
  // Who is deaf holds up nobody.
  const page = await newPage([]);
  await within('it is enqueued', enqueueBackgroundTask(page, worker, { kind: 'query' }));
  await until('it has run', () => world.platform.instance.pages.counts.running === 0);
  closePage(page);
});

async function happen(told: Told, what: string, at: number): Promise<void> {
  switch (what) {
    case 'record':
      setCurrentRecord(told.page, `${at}`);
      return;
    case 'cancel':
      cancelBackgroundTask(told.page, told.ids.at(-1) ?? 0);
      return;
    case 'close':
      closePage(told.page);
      told.page = await newPage(told.ends);
      return;
    case 'breathe':
      await world.query('select pg_sleep(0.01)');
      return;
    default:
      told.ids.push(await enqueueBackgroundTask(told.page, worker, { kind: what }));
  }
}
