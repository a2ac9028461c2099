import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openPage, type PageNotification, type PageSession } from './page.ts';
import { FakeLink } from './testing/fake-link.ts';

let link: FakeLink;
let page: PageSession;
let shown: PageNotification[];
beforeEach(() => {
  link = new FakeLink();
  shown = [];
  page = openPage(link, { company: 'CRONUS', name: 'Customer Card', recordId: '10000' });
  page.on('notification', (notification) => shown.push(notification));
});
afterEach(() => page.close());

const settled = (result: Promise<unknown>) =>
  result.then(
    (value) => value,
    (error: { readonly code: string }) => error.code,
  );

describe('a page', () => {
  test('is opened, and its task answers by its promise and by events', async () => {
    const completed: unknown[] = [];
    page.on('completed', ({ taskId, codeunit, results, waitedMs, ranMs }) =>
      completed.push({ taskId, codeunit, results, waitedMs, ranMs }),
    );
    const task = page.enqueue('Statistics', { months: '12' }, { timeout: 5_000, errorLevel: 'warning' });
    expect(link.sent[0]).toMatchObject({ type: 'openPage', company: 'CRONUS', recordId: '10000' });
    const [order] = link.take('enqueueTask');
    expect(order).toMatchObject({
      codeunit: 'Statistics',
      parameters: { months: '12' },
      timeoutMs: 5_000,
      errorLevel: 'warning',
      task: task.id,
    });
    link.complete(order, { turnover: '18' });
    expect(await task.result).toEqual({ turnover: '18' });
    expect(completed).toEqual([
      { taskId: task.id, codeunit: 'Statistics', results: { turnover: '18' }, waitedMs: 1, ranMs: 2 },
    ]);
    link.complete(order, { turnover: '19' });
    expect(completed).toHaveLength(1);
  });

  test('shows an error at its level, unless a listener has handled it', async () => {
    page.on('failed', (failure) => {
      failure.isHandled = failure.code === 'READ_ONLY';
    });
    const tasks = (['error', 'warning', 'ignore'] as const).map((errorLevel) =>
      page.enqueue('Statistics', {}, { errorLevel }),
    );
    const handled = page.enqueue('Statistics');
    const orders = link.take('enqueueTask');
    for (const [at, level] of ['error', 'warning', 'ignore'].entries()) link.fail(orders[at], 'BAD', level);
    link.fail(orders[3], 'READ_ONLY');
    expect(await Promise.all(tasks.map(({ result }) => settled(result)))).toEqual(['BAD', 'BAD', 'BAD']);
    expect(await settled(handled.result)).toBe('READ_ONLY');
    expect(shown.map(({ level }) => level)).toEqual(['error', 'warning']);
  });

  test('an error of a listener is shown, and what it enqueues says whose end it comes from', () => {
    const first = page.enqueue('Statistics');
    page.on('completed', () => {
      page.enqueue('Next');
      throw new Error('no such control');
    });
    link.complete(link.take('enqueueTask')[0], {});
    expect(link.take('enqueueTask')).toMatchObject([{ codeunit: 'Next', after: first.id }]);
    expect(shown).toMatchObject([{ level: 'error', text: 'no such control' }]);
  });

  test('with another record cancels what is under way, and drops what comes for it', async () => {
    const cancelled: string[] = [];
    page.on('cancelled', ({ codeunit }) => cancelled.push(codeunit));
    const task = page.enqueue('Statistics');
    const [order] = link.take('enqueueTask');
    page.setCurrentRecord('10000');
    expect(link.take('setCurrentRecord')).toEqual([]);
    page.setCurrentRecord('20000');
    expect(link.take('setCurrentRecord')).toMatchObject([{ recordId: '20000' }]);
    link.complete(order, { turnover: '18' });
    expect(await settled(task.result)).toBe('PAGE_TASK_CANCELLED');
    expect(task.state).toBe('cancelled');
    expect(cancelled).toEqual(['Statistics']);
  });

  test('closes with its tasks, once; what is refused fails them', async () => {
    const refused = page.enqueue('Unknown');
    link.hear({
      type: 'refused',
      of: 'enqueueTask',
      id: refused.id,
      code: 'CODEUNIT_UNKNOWN',
      message: 'no',
    });
    expect(await settled(refused.result)).toBe('CODEUNIT_UNKNOWN');
    const task = page.enqueue('Statistics');
    page.close();
    page.close();
    expect(link.take('closePage')).toHaveLength(1);
    expect(await settled(task.result)).toBe('PAGE_TASK_CANCELLED');
    expect(await settled(page.enqueue('Statistics').result)).toBe('PAGE_CLOSED');
  });

  test('cancels one task', async () => {
    const task = page.enqueue('Statistics');
    task.cancel();
    task.cancel();
    expect(link.take('cancelTask')).toMatchObject([{ task: task.id }]);
    expect(await settled(task.result)).toBe('PAGE_TASK_CANCELLED');
  });
});

describe('a connection that was cut', () => {
  test.each([true, false])('comes back, resumed: %s; page and tasks are said again', async (resumed) => {
    const task = page.enqueue('Statistics');
    const before = link.take('enqueueTask');
    link.cut();
    const meanwhile = page.enqueue('Later');
    link.welcome(resumed);
    expect(link.sent.map(({ type }) => type)).toEqual(['openPage', 'enqueueTask', 'enqueueTask']);
    const orders = link.take('enqueueTask');
    expect(orders[0]).toEqual(before[0]);
    for (const order of orders) link.complete(order, {});
    expect(await Promise.all([task.result, meanwhile.result])).toEqual([{}, {}]);
  });

  test('a page that the server has closed is opened again; its cancelled tasks go on', async () => {
    const task = page.enqueue('Statistics');
    const [order] = link.take('enqueueTask');
    const about = { seq: 1, page: order?.['page'] };
    link.hear({ type: 'taskCancelled', ...about, task: task.id, reason: 'instance' });
    link.hear({ type: 'pageClosed', ...about, reason: { code: 'PAGE_CLOSED', message: 'gone' } });
    expect(link.sent.map(({ type }) => type)).toEqual(['openPage', 'enqueueTask']);
    link.complete(link.take('enqueueTask')[0], { done: 'yes' });
    expect(await task.result).toEqual({ done: 'yes' });
  });
});

test('skipping fast is sent at a pace that the server takes, and what is out of date is never sent', async () => {
  const AT_ONCE = 80;
  const tasks = Array.from({ length: 300 }, (_, no) => {
    page.setCurrentRecord(`${no}`);
    return page.enqueue('Statistics', { no: `${no}` });
  });
  expect(link.sent.length).toBeLessThanOrEqual(AT_ONCE);
  link.sent.length = 0;
  await link.advance(1_000);
  expect(link.sent.map(({ type }) => type)).toEqual(['setCurrentRecord', 'enqueueTask']);
  const [order] = link.take('enqueueTask');
  expect(order).toMatchObject({ parameters: { no: '299' } });
  link.complete(order, { last: 'yes' });
  expect(await tasks.at(-1)?.result).toEqual({ last: 'yes' });
  expect(await settled(tasks[0]?.result ?? Promise.resolve())).toBe('PAGE_TASK_CANCELLED');
});
