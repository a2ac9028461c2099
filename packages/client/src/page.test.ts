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

  test('what was cancelled meanwhile is not among what the page says that it waits for', async () => {
    const unwanted = page.enqueue('Statistics');
    const task = page.enqueue('Statistics');
    link.cut();
    unwanted.cancel();
    link.welcome(true);
    expect(link.sent.at(-2)).toMatchObject({ type: 'openPage', tasks: [task.id] });
    link.cut();
    page.setCurrentRecord('20000');
    page.setCurrentRecord('10000');
    link.sent.length = 0;
    link.welcome(true);
    expect(link.sent).toMatchObject([{ type: 'openPage', recordId: '10000', tasks: [] }]);
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

describe('what the server says otherwise', () => {
  const idOf = () => String(link.sent.find(({ type }) => type === 'openPage')?.['page']);
  const refuse = (of: string, id: string, code: string) =>
    link.hear({ type: 'refused', of, id, code, message: 'no' });

  test('a task for a page that it does not know opens that again, and is asked again', async () => {
    const task = page.enqueue('Statistics');
    link.sent.length = 0;
    refuse('enqueueTask', task.id, 'PAGE_CLOSED');
    expect(link.sent.map(({ type }) => type)).toEqual(['openPage', 'enqueueTask']);
    link.complete(link.take('enqueueTask')[0], { turnover: '18' });
    expect(await task.result).toEqual({ turnover: '18' });
  });

  test('another record of a page that it does not know opens that again', () => {
    const id = idOf();
    page.setCurrentRecord('20000');
    link.sent.length = 0;
    refuse('setCurrentRecord', id, 'PAGE_CLOSED');
    expect(link.sent).toMatchObject([{ type: 'openPage', page: id, recordId: '20000' }]);
  });

  test('a page that may not be opened fails what it waits for, at the level of each', async () => {
    const loud = page.enqueue('Statistics');
    const still = page.enqueue('Statistics', {}, { errorLevel: 'ignore' });
    refuse('openPage', idOf(), 'PERMISSION_DENIED');
    expect(await settled(loud.result)).toBe('PERMISSION_DENIED');
    expect(await settled(still.result)).toBe('PERMISSION_DENIED');
    expect([loud.state, still.state]).toEqual(['failed', 'failed']);
    expect(shown).toMatchObject([{ taskId: loud.id, code: 'PERMISSION_DENIED' }]);
  });

  test('that it has closed it because it was told to opens nothing', () => {
    const id = idOf();
    link.sent.length = 0;
    link.hear({ type: 'pageClosed', seq: 1, page: id, reason: null });
    expect(link.sent).toEqual([]);
  });

  test('of other pages, and of tasks that are unknown, means nothing here', async () => {
    const task = page.enqueue('Statistics');
    const [order] = link.take('enqueueTask');
    link.complete({ ...order, page: 'another' }, { turnover: '1' });
    link.complete({ ...order, task: 'another' }, { turnover: '2' });
    refuse('enqueueTask', 'another', 'PAGE_TASK_QUEUE_FULL');
    expect(task.state).toBe('pending');
    expect(shown).toEqual([]);
  });
});

test('skipping fast is sent at a pace that the server takes, and what is out of date is never sent', async () => {
  const AT_ONCE = 120;
  const tasks = Array.from({ length: 300 }, (_, no) => {
    page.setCurrentRecord(`${no}`);
    return page.enqueue('Statistics', { no: `${no}` });
  });
  expect(link.sent.length).toBeLessThanOrEqual(AT_ONCE);
  link.sent.length = 0;
  await link.advance(1_000);
  expect(link.sent).toMatchObject([
    { type: 'openPage', recordId: '299', tasks: [] },
    { type: 'enqueueTask' },
  ]);
  const [order] = link.take('enqueueTask');
  expect(order).toMatchObject({ parameters: { no: '299' } });
  link.complete(order, { last: 'yes' });
  expect(await tasks.at(-1)?.result).toEqual({ last: 'yes' });
  expect(await settled(tasks[0]?.result ?? Promise.resolve())).toBe('PAGE_TASK_CANCELLED');
});
