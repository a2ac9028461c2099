import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { codeunit, type Session, startSession } from '../session/index.ts';
import { until, within } from '../testing/condition.ts';
import { ADMIN, startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { addSets, addUsers } from '../testing/test-rights.ts';
import {
  backgroundTask,
  backgroundTaskResult,
  cancelBackgroundTask,
  closePage,
  enqueueBackgroundTask,
  openPage,
  type Page,
  type PageNotification,
  type PageTaskCancellation,
  type PageTaskCompletion,
  type PageTaskFailure,
  type PageTriggers,
  runBackgroundTask,
  runPageBackgroundTask,
  setCurrentRecord,
} from './index.ts';

/** What a test wants a task to do, by its key. */
const wishes = new Map<string, (session: Session) => unknown>();
let made = 0;
function wish(work: (session: Session) => unknown): { readonly wish: string } {
  const key = `wish ${++made}`;
  wishes.set(key, work);
  return { wish: key };
}

const worker = backgroundTask({
  name: 'The Works',
  async onRun(session, { wish: key = '' }) {
    return { done: String((await wishes.get(key)?.(session)) ?? 'yes') };
  },
});
const statistics = backgroundTask({
  name: 'Customer Statistics',
  parameters: z.object({
    customerNo: z.string(),
    months: z.coerce.number().int(),
    open: z.stringbool().default(true),
  }),
  result: z.object({ turnover: z.coerce.number(), isLate: z.stringbool() }),
  onRun: (_session, { months, open }) => ({ turnover: months * 1.5, isLate: open }),
});
const misfit = backgroundTask({
  name: 'Misfit',
  result: z.object({ turnover: z.coerce.number() }),
  onRun: () => ({ turnover: 'many' }) as unknown as { turnover: number },
});
const plain = codeunit({ name: 'Plain', onRun: () => undefined });
/** Each session runs a task, says how that ended, and starts the next. */
const depths: string[] = [];
const deeper = codeunit({
  name: 'Deeper',
  async onRun(session) {
    const task = runBackgroundTask(session, statistics, { customerNo: '1', months: 2 });
    depths.push(
      await task.then(
        ({ turnover }) => `${turnover}`,
        ({ code }: { code: string }) => code,
      ),
    );
    await startSession(session, deeper).catch(() => undefined);
  },
});

let world: TestPlatform;
beforeAll(async () => {
  world = await startTestPlatform({
    codeunits: [worker, statistics, misfit, plain, deeper],
    migrations: [{ name: '0001_customer', sql: 'create table customer (no text primary key, name text)' }],
    pages: { tasksMaxInARow: 5 },
  });
  await world.query("insert into co_1.customer values ('10000', 'Adatum')");
});
afterAll(() => world.stop());

/** A page, and what it was told. */
async function listeningPage(more: Partial<PageTriggers> & { recordId?: string; key?: string } = {}) {
  const completed: PageTaskCompletion[] = [];
  const failed: PageTaskFailure[] = [];
  const cancelled: PageTaskCancellation[] = [];
  const shown: PageNotification[] = [];
  const page = await openPage(world.admin, {
    name: 'Customer Card',
    onCompleted: (completion) => void completed.push(completion),
    onError: (failure) => void failed.push(failure),
    onCancelled: (cancellation) => void cancelled.push(cancellation),
    onNotification: (notification) => void shown.push(notification),
    ...more,
  });
  return { page, completed, failed, cancelled, shown };
}
const enqueue = (page: Page, work: (session: Session) => unknown, options: object = {}) =>
  enqueueBackgroundTask(page, worker, wish(work), options);
/** A task that runs until it is stopped, in the database. */
const sleeps = (session: Session) => session.db.query('select pg_sleep(600)');
const asleep = async () =>
  (
    await world.query(
      "select from pg_stat_activity where query = 'select pg_sleep(600)' and state = 'active'",
    )
  ).length;

describe('a page background task', () => {
  it('runs as its user in a child session that only reads, and its result comes to the page', async () => {
    const seen: Record<string, unknown> = {};
    const { page, completed } = await listeningPage();
    const id = await enqueue(page, async (session) => {
      const { user, company, clientType, guiAllowed } = session;
      Object.assign(seen, { user, company, clientType, guiAllowed });
      const { rows } = await session.db.query<{ name: string; ro: string }>(
        "select name, current_setting('transaction_read_only') as ro from customer",
      );
      return `${rows[0]?.name} ${rows[0]?.ro}`;
    });
    await until('it completed', () => completed.length === 1);
    expect(completed[0]).toMatchObject({ taskId: id, codeunit: 'The Works', results: { done: 'Adatum on' } });
    expect(seen).toEqual({ ...ADMIN, clientType: 'child', guiAllowed: false });
  });

  it('leaves no session events', async () => {
    const { page, completed } = await listeningPage();
    await enqueue(page, sleeps, { timeout: 900 });
    await enqueue(page, () => 'done');
    await until('one completed', () => completed.length === 1);
    await until('the other was ended', async () => (await asleep()) === 0);
    await world.platform.instance.host.events.flush();
    const tables = ['session_event', 'background_session_event', 'active_session'].map(
      (table) => `select 1 from nightshift.${table} where client_type = 'child'`,
    );
    expect(await world.query(tables.join(' union all '))).toEqual([]);
  });

  it('takes and gives what its schemas say, as texts on the way', async () => {
    const { page, completed } = await listeningPage();
    await enqueueBackgroundTask(page, statistics, { customerNo: '10000', months: 12 });
    await until('it completed', () => completed.length === 1);
    const results = completed[0]?.results ?? {};
    expect(results).toEqual({ turnover: '18', isLate: 'true' });
    expect(backgroundTaskResult(statistics, results)).toEqual({ turnover: 18, isLate: true });
    expect(
      await runBackgroundTask(world.admin, statistics, { customerNo: '1', months: 2, open: 'no' }),
    ).toEqual({
      turnover: 3,
      isLate: false,
    });
  });

  it('is refused with the field when its parameters do not fit, and fails when its result does not', async () => {
    const { page } = await listeningPage();
    const enqueueWrong = (parameters: object) =>
      enqueueBackgroundTask(page, statistics, parameters as { customerNo: string; months: number });
    await expect(enqueueWrong({ customerNo: '1', months: 'x' })).rejects.toMatchObject({
      code: 'RECORD_INVALID',
      field: 'record.months',
    });
    await expect(enqueueWrong({ customerNo: {}, months: 1 })).rejects.toMatchObject({
      code: 'VALIDATION',
      field: 'parameters.customerNo',
    });
    await expect(runBackgroundTask(world.admin, misfit, {})).rejects.toMatchObject({
      code: 'VALIDATION',
      field: 'result.turnover',
    });
    await expect(enqueueBackgroundTask(page, plain as unknown as typeof worker, {})).rejects.toMatchObject({
      code: 'VALIDATION',
      field: 'codeunit',
    });
  });

  it('counts among the sessions that start each other: fourteen deep, and no deeper', async () => {
    await startSession(world.admin, deeper);
    await until('the last has tried', () => depths.length === 14);
    expect(depths).toEqual([...Array.from({ length: 13 }, () => '3'), 'SESSION_DEPTH_EXCEEDED']);
  });

  it('enqueued again under its key runs once, for the same record', async () => {
    let runs = 0;
    const run = () => ++runs;
    const parameters = wish(run);
    const { page, completed } = await listeningPage({ recordId: 'A' });
    const ids = [];
    for (let time = 0; time < 3; time++)
      ids.push(await enqueueBackgroundTask(page, worker, parameters, { key: 'statistics' }));
    await until('it completed', () => completed.length === 1);
    ids.push(await enqueueBackgroundTask(page, worker, parameters, { key: 'statistics' }));
    expect(new Set(ids).size).toBe(1);
    setCurrentRecord(page, 'B');
    ids.push(await enqueueBackgroundTask(page, worker, parameters, { key: 'statistics' }));
    await until('it completed again', () => completed.length === 2);
    expect(new Set(ids).size).toBe(2);
    expect(runs).toBe(2);
  });
});

describe('triggers', () => {
  it('the error trigger decides whether the error is shown, else the error level does', async () => {
    const { page, failed, shown } = await listeningPage({
      onError: (failure) => {
        failed.push(failure);
        failure.isHandled = failure.text === 'handled';
      },
    });
    for (const [text, errorLevel] of [
      ['handled', 'error'],
      ['loud', 'error'],
      ['soft', 'warning'],
      ['still', 'ignore'],
    ] as const)
      await enqueue(page, (session) => session.error(text), { errorLevel });
    await until('four failed', () => failed.length === 4);
    await until('two were shown', () => shown.length === 2);
    expect(shown.map(({ level, text, code }) => [level, text, code]).toSorted()).toEqual([
      ['error', 'loud', 'CODEUNIT_ERROR'],
      ['warning', 'soft', 'CODEUNIT_ERROR'],
    ]);
  });

  it('an error of a trigger itself is always shown as an error', async () => {
    const { page, shown } = await listeningPage({
      onCompleted: () => {
        throw new Error('no such control');
      },
      onError: async () => {
        throw new Error('worse');
      },
    });
    await enqueue(page, () => 'fine', { errorLevel: 'ignore' });
    await enqueue(page, (session) => session.error('bad'), { errorLevel: 'ignore' });
    await until('both were shown', () => shown.length === 2);
    expect(shown.map(({ level, text }) => `${level} ${text}`).toSorted()).toEqual([
      'error no such control',
      'error worse',
    ]);
  });

  it('may enqueue the next task; an endless loop is stopped and named', async () => {
    let runs = 0;
    const parameters = wish(() => ++runs);
    const { page, shown } = await listeningPage({
      onCompleted: async ({ page: own }) => {
        await Promise.resolve();
        await enqueueBackgroundTask(own, worker, parameters);
      },
    });
    await enqueueBackgroundTask(page, worker, parameters);
    await until('it was stopped', () => shown.length === 1);
    expect(shown[0]).toMatchObject({ level: 'error', code: 'PAGE_TASK_LOOP' });
    expect(shown[0]?.text).toContain('"Customer Card"');
    expect(shown[0]?.text).toContain('The Works → The Works');
    expect(runs).toBe(5);
  });
});

describe('the end of a task', () => {
  it('of another record drops its result and runs no trigger, also when its code heeds nothing', async () => {
    const go = Promise.withResolvers<void>();
    const { page, completed, failed, cancelled, shown } = await listeningPage({ recordId: 'A' });
    await enqueue(page, () => go.promise);
    await enqueue(page, sleeps);
    await until('it sleeps', asleep);
    setCurrentRecord(page, 'A');
    expect(cancelled).toEqual([]);
    setCurrentRecord(page, 'B');
    go.resolve();
    await until('both are over', () => cancelled.length === 2);
    expect(cancelled.map(({ reason }) => reason)).toEqual(['record', 'record']);
    await until('its statement is gone', async () => (await asleep()) === 0);
    expect([completed, failed, shown]).toEqual([[], [], []]);
  });

  it('by its timeout counts from the start, and says so', async () => {
    const { page, failed } = await listeningPage();
    await enqueue(page, sleeps, { timeout: 100 });
    await until('it failed', () => failed.length === 1);
    expect(failed[0]).toMatchObject({ code: 'CHILD_SESSION_TASK_TIMEOUT' });
    expect(failed[0]?.ranMs).toBeGreaterThanOrEqual(100);
    await until('its statement is gone', async () => (await asleep()) === 0);
  });

  it('by cancelBackgroundTask: true while it had not ended', async () => {
    const { page, cancelled } = await listeningPage();
    const id = await enqueue(page, sleeps);
    await until('it sleeps', asleep);
    expect(cancelBackgroundTask(page, id)).toBe(true);
    await until('it was cancelled', () => cancelled.length === 1);
    expect(cancelBackgroundTask(page, id)).toBe(false);
    await until('its statement is gone', async () => (await asleep()) === 0);
  });

  it('with its page, and with the session that opened that', async () => {
    const { page, cancelled } = await listeningPage();
    await enqueue(page, sleeps);
    await until('it sleeps', asleep);
    expect(closePage(page)).toBe(true);
    expect(closePage(page)).toBe(false);
    await until('it was cancelled', () => cancelled.length === 1);
    await expect(enqueue(page, sleeps)).rejects.toMatchObject({ code: 'PAGE_CLOSED' });
    let inner: Page | undefined;
    await world.open(async (session) => {
      inner = await openPage(session, { name: 'Within' });
      await enqueueBackgroundTask(inner, worker, wish(sleeps));
      await until('it sleeps', asleep);
    });
    expect(inner?.isOpen).toBe(false);
    await until('its statement is gone', async () => (await asleep()) === 0);
  });

  it('gives its connection back although its code waits for something else for ever', async () => {
    const never = new Promise<void>(() => undefined);
    const { page, cancelled } = await listeningPage();
    await enqueue(page, async (session) => {
      await session.db.query('select 1');
      await never;
    });
    const inTransaction = async () =>
      (await world.query("select from pg_stat_activity where state = 'idle in transaction'")).length;
    await until('it is in its transaction', inTransaction);
    closePage(page);
    await until('it was cancelled', () => cancelled.length === 1);
    await until('no transaction is open', async () => (await inTransaction()) === 0);
    expect(world.platform.instance.pages.counts).toMatchObject({ running: 0 });
  });
});

describe('a page', () => {
  it('opened again under its key is the same one, for the same user', async () => {
    const first = await openPage(world.admin, { name: 'Card', key: 'tab 1', recordId: 'A' });
    const again = await openPage(world.admin, { name: 'Card', key: 'tab 1', recordId: 'B' });
    expect(again).toBe(first);
    expect(first.recordId).toBe('B');
    await addUsers(world, { name: 'OTHER' });
    const others = await openPage(world.platform.as({ user: 'OTHER', company: 'CRONUS' }), {
      name: 'Card',
      key: 'tab 1',
    });
    expect(others).not.toBe(first);
    closePage(first);
    expect(await openPage(world.admin, { name: 'Card', key: 'tab 1' })).not.toBe(first);
  });

  it('may run what its user may run, and tells call stacks to developers only', async () => {
    await addSets(world, { Cards: { codeunits: ['The Works'] } });
    await addUsers(world, { name: 'CLERK', sets: ['Cards'] });
    const failures: PageTaskFailure[] = [];
    const page = await openPage(world.platform.as({ user: 'CLERK', company: 'CRONUS' }), {
      name: 'Card',
      onError: (failure) => void failures.push(failure),
    });
    await expect(
      enqueueBackgroundTask(page, statistics, { customerNo: '1', months: 1 }),
    ).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    await enqueue(page, () => {
      throw Object.assign(new Error('blocked'), { code: 'ORDER_BLOCKED' });
    });
    await until('it failed', () => failures.length === 1);
    expect(failures[0]).toMatchObject({ code: 'ORDER_BLOCKED', text: 'blocked', callStack: null });
    const own = await listeningPage();
    await enqueue(own.page, () => {
      throw new Error('mine');
    });
    await until('it failed', () => own.failed.length === 1);
    expect(own.failed[0]?.callStack).toContain('page-background-task.test.ts');
  });
});

describe('waiting for a task', () => {
  it('as a test of a page does: without triggers, or with them', async () => {
    const { page, completed, failed } = await listeningPage();
    expect(
      await runPageBackgroundTask(
        page,
        worker,
        wish(() => 'ran'),
      ),
    ).toEqual({ done: 'ran' });
    expect(completed).toEqual([]);
    const results = await runPageBackgroundTask(
      page,
      worker,
      wish(() => 'ran'),
      { runCompletionTriggers: true },
    );
    expect(completed[0]?.results).toEqual(results);
    const failing = wish((session) => session.error('no'));
    await expect(runPageBackgroundTask(page, worker, failing)).rejects.toMatchObject({
      code: 'CODEUNIT_ERROR',
      message: 'no',
    });
    expect(failed).toEqual([]);
    await expect(
      runPageBackgroundTask(page, worker, failing, { runCompletionTriggers: true }),
    ).rejects.toThrow('no');
    expect(failed).toHaveLength(1);
  });

  it('as an API does: it is cancelled with its signal', async () => {
    const over = new AbortController();
    const run = runBackgroundTask(world.admin, worker, wish(sleeps), { signal: over.signal });
    await until('it sleeps', asleep);
    over.abort();
    await expect(within('it was cancelled', run)).rejects.toMatchObject({ code: 'PAGE_TASK_CANCELLED' });
    await until('its statement is gone', async () => (await asleep()) === 0);
  });
});
