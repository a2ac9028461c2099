import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Session } from '../session/index.ts';
import { until, within } from '../testing/condition.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import {
  backgroundTask,
  closePage,
  enqueueBackgroundTask,
  openPage,
  type Page,
  runBackgroundTask,
  setCurrentRecord,
} from './index.ts';

let work: (session: Session, wish: string) => unknown = () => undefined;
const worker = backgroundTask({
  name: 'The Works',
  onRun: async (session, { wish = '' }) => ({ answer: String((await work(session, wish)) ?? '') }),
});

let world: TestPlatform;
beforeAll(async () => {
  world = await startTestPlatform({ codeunits: [worker] });
});
afterAll(() => world.stop());

const counts = () => world.platform.instance.pages.counts;
const enqueue = (page: Page, wish = '') => enqueueBackgroundTask(page, worker, { wish });
const asleep = async () =>
  (
    await world.query(
      "select from pg_stat_activity where query = 'select pg_sleep(600)' and state = 'active'",
    )
  ).length;
const sleeps = (session: Session) => session.db.query('select pg_sleep(600)');

test('of a page five run and a hundred wait; the next is refused, and other pages go on', async () => {
  const go = Promise.withResolvers<void>();
  work = () => go.promise;
  const completed: number[] = [];
  const page = await openPage(world.admin, {
    name: 'Full',
    onCompleted: ({ taskId }) => completed.push(taskId),
  });
  const ids: number[] = [];
  for (let index = 0; index < 105; index++) ids.push(await enqueue(page));
  expect(counts()).toMatchObject({ running: 5, waiting: 100 });
  await expect(enqueue(page)).rejects.toMatchObject({
    code: 'PAGE_TASK_QUEUE_FULL',
    details: { running: 5, waiting: 100 },
  });
  const others = await Promise.all([1, 2, 3].map((no) => openPage(world.admin, { name: `Other ${no}` })));
  for (const other of others) for (let index = 0; index < 5; index++) await enqueue(other);
  expect(counts()).toMatchObject({ running: 16, waiting: 104 });
  go.resolve();
  await until('all completed', () => completed.length === 105);
  await until('none runs', () => counts().running === 0);
  // In the order in which they were enqueued.
  expect(completed.slice(0, 5).toSorted()).toEqual(ids.slice(0, 5).toSorted());
  for (const each of [page, ...others]) closePage(each);
  expect(counts()).toEqual({ pages: 0, running: 0, waiting: 0 });
});

test('what waits for an API is limited as one page, and closed with its last task', async () => {
  const go = Promise.withResolvers<void>();
  work = () => go.promise;
  const runs = Array.from({ length: 105 }, () => runBackgroundTask(world.admin, worker, {}));
  await until('they are enqueued', () => counts().waiting === 100);
  await expect(runBackgroundTask(world.admin, worker, {})).rejects.toMatchObject({
    code: 'PAGE_TASK_QUEUE_FULL',
  });
  go.resolve();
  await within('all ran', Promise.all(runs));
  expect(counts()).toEqual({ pages: 0, running: 0, waiting: 0 });
});

test('500 pages with 5 tasks each: every one has its turn, page by page, and nothing is left', async () => {
  const PAGES = 500;
  const go = Promise.withResolvers<void>();
  const order: string[] = [];
  work = async (_session, wish) => {
    order.push(wish);
    if (order.length <= 16) await go.promise;
  };
  let completed = 0;
  const pages = await Promise.all(
    Array.from({ length: PAGES }, (_, no) =>
      openPage(world.admin, { name: `Page ${no}`, onCompleted: () => void completed++ }),
    ),
  );
  // The first page asks for all of its own at once, and so does each after it.
  for (const [no, page] of pages.entries()) for (let task = 0; task < 5; task++) await enqueue(page, `${no}`);
  go.resolve();
  await until('all completed', () => completed === PAGES * 5);
  // Once all have asked, nobody has a second turn before everybody has had the first.
  const turns = order.slice(16);
  const first = new Set(turns.slice(0, PAGES - 16));
  expect(first.size).toBe(PAGES - 16);
  for (const page of pages) closePage(page);
  expect(counts()).toEqual({ pages: 0, running: 0, waiting: 0 });
  expect(world.platform.instance.active?.size).toBe(0);
});

test('skipping through 100 records leaves nothing running, and only the last one answers', async () => {
  work = async (session, wish) => {
    if (wish !== '100') await sleeps(session);
    return wish;
  };
  const answers: string[] = [];
  const page = await openPage(world.admin, {
    name: 'Card',
    onCompleted: ({ results: { answer = '' } }) => void answers.push(answer),
    onError: ({ text }) => void answers.push(text),
  });
  for (let no = 1; no <= 100; no++) {
    setCurrentRecord(page, `${no}`);
    for (let task = 0; task < 3; task++) await enqueue(page, `${no}`);
    // Some of them get as far as the database.
    if (no % 10 === 0 && no < 100) await until('one sleeps', asleep);
  }
  await until('the last have answered', () => answers.length === 3);
  expect(answers).toEqual(['100', '100', '100']);
  await until('nothing runs', async () => counts().running === 0 && (await asleep()) === 0);
  closePage(page);
  await until('no session is left', () => world.platform.instance.active?.size === 0);
});

test('the connections of cancelled tasks are back: as many run afterwards as before', async () => {
  for (let round = 0; round < 3; round++) {
    work = sleeps;
    const pages = await Promise.all([1, 2, 3, 4].map((no) => openPage(world.admin, { name: `${no}` })));
    for (const page of pages) for (let task = 0; task < 4; task++) await enqueue(page);
    await until('sixteen sleep', async () => (await asleep()) === 16);
    for (const page of pages) closePage(page);
    await until('none sleeps', async () => (await asleep()) === 0);
  }
  work = async (session) => (await session.db.query('select 1 as one')).rowCount;
  const runs = Array.from({ length: 40 }, () => runBackgroundTask(world.admin, worker, {}));
  expect(new Set((await Promise.all(runs)).map(({ answer }) => answer))).toEqual(new Set(['1']));
});

test('a platform that stops cancels what its pages have under way', async () => {
  const own = await startTestPlatform({ codeunits: [worker] });
  work = sleeps;
  const reasons: string[] = [];
  const page = await openPage(own.admin, {
    name: 'Card',
    onCancelled: ({ reason }) => void reasons.push(reason),
  });
  for (let task = 0; task < 7; task++) await enqueue(page);
  await until('five sleep', async () => (await asleep()) === 5);
  await own.platform.stop();
  expect(page.isOpen).toBe(false);
  expect(reasons).toEqual(Array.from({ length: 7 }, () => 'instance'));
  await until('none sleeps', async () => (await asleep()) === 0);
  await own.stop();
});
