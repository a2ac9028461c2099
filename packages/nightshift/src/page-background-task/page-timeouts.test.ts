import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Session } from '../session/index.ts';
import { until, within } from '../testing/condition.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import {
  backgroundTask,
  closePage,
  enqueueBackgroundTask,
  openPage,
  type Page,
  type PageTaskCompletion,
  type PageTaskFailure,
  pageTaskOptions,
  runBackgroundTask,
} from './index.ts';

// The limits as somebody else has set them, by a clock that stands still.

let work: (session: Session) => unknown = () => undefined;
const worker = backgroundTask({
  name: 'The Works',
  onRun: async (session) => ({ answer: String((await work(session)) ?? '') }),
});
const clock = new FakeClock();

let world: TestPlatform;
beforeAll(async () => {
  world = await startTestPlatform({
    codeunits: [worker],
    clock,
    pages: {
      tasksMaxConcurrent: 3,
      tasksMaxConcurrentPerPage: 2,
      tasksMaxQueuedPerPage: 1,
      taskDefaultTimeoutMs: 2_000,
      taskMaxTimeoutMs: 5_000,
    },
  });
});
afterAll(() => world.stop());

const counts = () => world.platform.instance.pages.counts;
const asleep = async () =>
  (
    await world.query(
      "select from pg_stat_activity where query = 'select pg_sleep(600)' and state = 'active'",
    )
  ).length;
async function listeningPage() {
  const completed: PageTaskCompletion[] = [];
  const failed: PageTaskFailure[] = [];
  const page = await openPage(world.admin, {
    name: 'Customer Card',
    onCompleted: (completion) => void completed.push(completion),
    onError: (failure) => void failed.push(failure),
  });
  return { page, completed, failed };
}
const enqueue = (page: Page, timeout?: number) =>
  enqueueBackgroundTask(page, worker, {}, timeout === undefined ? {} : { timeout });

test('the defaults are those that are promised', () => {
  expect(pageTaskOptions({})).toEqual({
    tasksMaxConcurrent: 16,
    tasksMaxConcurrentPerPage: 5,
    tasksMaxQueuedPerPage: 100,
    taskDefaultTimeoutMs: 120_000,
    taskMaxTimeoutMs: 600_000,
    tasksMaxInARow: 100,
    reconnectGraceMs: 10_000,
    pagesMax: 10_000,
  });
});

test('waiting does not count towards the timeout, and is told apart; places are as many as were set', async () => {
  const go = Promise.withResolvers<void>();
  work = () => go.promise;
  const one = await listeningPage();
  const other = await listeningPage();
  for (let task = 0; task < 2; task++) await enqueue(one.page, 5_000);
  const waiting = await enqueue(one.page, 1_000);
  expect(counts()).toMatchObject({ running: 2, waiting: 1 });
  await expect(enqueue(one.page)).rejects.toMatchObject({ code: 'PAGE_TASK_QUEUE_FULL' });
  await enqueue(other.page, 5_000);
  await enqueue(other.page, 5_000);
  expect(counts()).toMatchObject({ running: 3, waiting: 2 });
  await clock.advance(4_000);
  expect(counts()).toMatchObject({ running: 3, waiting: 2 });
  go.resolve();
  await until('all completed', () => one.completed.length === 3 && other.completed.length === 2);
  expect(one.failed).toEqual([]);
  const times = (taskId: number) => one.completed.find((completion) => completion.taskId === taskId);
  expect(times(waiting)).toMatchObject({ waitedMs: 4_000, ranMs: 0 });
  expect(one.completed[0]).toMatchObject({ waitedMs: 0, ranMs: 4_000 });
  for (const { page } of [one, other]) closePage(page);
});

test.each([
  ['that states none has the default', undefined, 2_000],
  ['that is longer than the longest is cut', 60_000, 5_000],
  ['that is shorter holds', 700, 700],
])('a timeout %s', async (_, timeout, timeoutMs) => {
  work = (session) => session.db.query('select pg_sleep(600)');
  const { page, failed } = await listeningPage();
  await enqueue(page, timeout);
  await until('it sleeps', asleep);
  await clock.advance(timeoutMs - 1);
  expect([counts().running, failed]).toEqual([1, []]);
  await clock.advance(1);
  await until('it failed', () => failed.length === 1);
  expect(failed[0]).toMatchObject({
    code: 'CHILD_SESSION_TASK_TIMEOUT',
    details: { codeunit: 'The Works', timeoutMs },
    waitedMs: 0,
    ranMs: timeoutMs,
  });
  await until('its statement is gone', async () => (await asleep()) === 0);
  closePage(page);
});

test('what an API waits for has the same timeouts', async () => {
  work = (session) => session.db.query('select pg_sleep(600)');
  const run = runBackgroundTask(world.admin, worker, {}, { timeout: 60_000 });
  const failure = run.catch((error: { code: string }) => error.code);
  await until('it sleeps', asleep);
  await clock.advance(5_000);
  expect(await within('it failed', failure)).toBe('CHILD_SESSION_TASK_TIMEOUT');
  await until('its statement is gone', async () => (await asleep()) === 0);
});
