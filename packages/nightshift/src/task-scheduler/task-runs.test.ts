import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NightshiftError } from '../foundation/index.ts';
import { codeunit, type Session } from '../session/index.ts';
import { behaviours, leaveEffect } from '../testing/behaviours.ts';
import { until } from '../testing/condition.ts';
import { EFFECTS } from '../testing/effects.sql.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { listTasksOfCompany } from './task-list.sql.ts';
import { cancelTask, createTask, taskExists } from './task-scheduler.ts';

const { main, failure, codeunits, choose } = behaviours();
const plain = codeunit({ name: 'Plain', onRun: (session) => leaveEffect(session, 'plain') });
const listed = codeunit({ name: 'Listed', onRun: () => undefined });
let kit: TestPlatform;

beforeAll(async () => {
  kit = await startTestPlatform({ codeunits: [...codeunits, plain, listed], migrations: [EFFECTS] });
});
afterAll(() => kit.stop());

async function effects(task: string): Promise<readonly string[]> {
  const rows = await kit.query<{ note: string }>('select note from co_1.effect where task = $1 order by no', [
    task,
  ]);
  return rows.map(({ note }) => note);
}

async function failed(task: string) {
  const [row] = await kit.query<{ error: Record<string, unknown>; attempt: number }>(
    'select error, attempt from nightshift.failed_task where id = $1',
    [task],
  );
  return row ?? null;
}

async function stateOf(task: string): Promise<string | undefined> {
  const rows = await kit.platform.database.run<{ id: string; state: string }>(listTasksOfCompany, [
    1,
    null,
    null,
    null,
    10_000,
    false,
  ]);
  return rows.find(({ id }) => id === task)?.state;
}

const completed = (task: string) => kit.waitFor('LC0043', ({ taskId }) => taskId === task);
const ended = (task: string, decision: string) =>
  kit.waitFor('LC0045', (event) => event['taskId'] === task && event['decision'] === decision);
const gone = (task: string) => until('the task is removed', async () => !(await taskExists(kit.admin, task)));

/** Runs a task that is expected to fail for good, and returns what is kept of it. */
async function failureOf(behave: (session: Session) => unknown) {
  const task = await createTask(kit.admin, main, { record: choose(behave) });
  await ended(task, 'failed');
  const row = await until('the failure is kept', () => failed(task));
  expect(await effects(task)).toEqual([]);
  return { task, ...row };
}

describe('a task', () => {
  test('runs in a background session as its creator; its effect and its removal are one', async () => {
    let seen: Partial<Session> = {};
    const record = choose(async (session) => {
      const { uniqueId, user, company, clientType, guiAllowed, attempt, idempotencyKey, lastError } = session;
      seen = { uniqueId, user, company, clientType, guiAllowed, attempt, idempotencyKey, lastError };
      await leaveEffect(session);
    });
    const task = await createTask(kit.admin, main, { record });
    await completed(task);
    expect(await effects(task)).toEqual(['done']);
    expect(await taskExists(kit.admin, task)).toBe(false);
    expect(seen).toEqual({
      uniqueId: task,
      user: 'ADMIN',
      company: 'CRONUS',
      clientType: 'background',
      guiAllowed: false,
      attempt: 0,
      idempotencyKey: task,
      lastError: null,
    });
  });

  test('that asks nothing of the database is removed, too', async () => {
    const task = await createTask(kit.admin, listed);
    await completed(task);
    await gone(task);
  });

  test('with a commit in between and nothing after it is removed, too', async () => {
    const record = choose(async (session) => {
      await leaveEffect(session);
      await session.commit();
    });
    const task = await createTask(kit.admin, main, { record });
    await gone(task);
    expect(await effects(task)).toEqual(['done']);
  });

  test('of a codeunit that this instance lacks is never claimed, and does not stand in the way', async () => {
    const [{ id }] = (await kit.query<{ id: string }>(
      `insert into nightshift.scheduled_task (id, lane, user_no, codeunit, ready, due, timeout_ms)
       values (gen_random_uuid(), 1, 1, 'Deployed Elsewhere', true, clock_timestamp() - interval '1 day', 1000)
       returning id`,
    )) as [{ id: string }];
    await completed(await createTask(kit.admin, plain));
    expect(await stateOf(id)).toBe('Pending');
    expect(await cancelTask(kit.admin, id)).toBe(true);
  });

  test('that runs exists, and cannot be cancelled', async () => {
    const running = Promise.withResolvers<void>();
    const finish = Promise.withResolvers<void>();
    const record = choose(() => {
      running.resolve();
      return finish.promise;
    });
    const task = await createTask(kit.admin, main, { record });
    await running.promise;
    expect([await taskExists(kit.admin, task), await cancelTask(kit.admin, task)]).toEqual([true, false]);
    expect(await stateOf(task)).toBe('Running');
    finish.resolve();
    await completed(task);
  });

  test('runs several at a time, and no more than the instance may', async () => {
    let running = 0;
    let most = 0;
    const record = choose(async (session) => {
      most = Math.max(most, ++running);
      await session.db.query('select pg_sleep(0.02)');
      running--;
    });
    const tasks = await Promise.all(
      Array.from({ length: 40 }, () => createTask(kit.admin, main, { record })),
    );
    await Promise.all(tasks.map(completed));
    expect(most).toBe(10);
  });
});

describe('an error that is final', () => {
  test('rolls back, and leads to the failure codeunit in a session of its own', async () => {
    const sessions: Session[] = [];
    const record = choose(
      async (session) => {
        sessions.push(session);
        session.log.warning('about to fail', { order: 7 });
        session.progress(3, 10, 'orders');
        await leaveEffect(session, 'main');
        session.error('Order 7 is blocked.');
      },
      async (session) => {
        sessions.push(session);
        await leaveEffect(session, 'failure');
      },
    );
    const task = await createTask(kit.admin, main, { record, failureCodeunit: failure });
    await ended(task, 'failure-codeunit');
    await completed(task);
    expect(await effects(task)).toEqual(['failure']);
    expect(await taskExists(kit.admin, task)).toBe(false);
    expect(await failed(task)).toBeNull();
    const [first, second] = sessions as [Session, Session];
    expect(second.uniqueId).not.toBe(first.uniqueId);
    expect(second.idempotencyKey).toBe(first.idempotencyKey);
    expect(second.lastError).toMatchObject({
      code: 'CODEUNIT_ERROR',
      message: 'Order 7 is blocked.',
      sessionId: first.id,
      lines: [{ level: 'warning', text: 'about to fail', details: { order: 7 } }],
      progress: { done: 3, total: 10, text: 'orders' },
    });
    expect(second.lastError?.stack).toContain('task-runs.test.ts');
  });

  test('a failure codeunit may take no record', async () => {
    const record = choose(() => {
      throw new Error('no');
    });
    const task = await createTask(kit.admin, main, { record, failureCodeunit: plain });
    await completed(task);
    expect(await effects(task)).toEqual(['plain']);
  });

  test('without a failure codeunit the task has failed and stays visible', async () => {
    const { task, error, attempt } = await failureOf(async (session) => {
      await leaveEffect(session);
      throw new Error('no', { cause: new Error('because') });
    });
    expect(error).toMatchObject({
      name: 'Error',
      message: 'no',
      code: null,
      causes: [{ message: 'because' }],
    });
    expect(attempt).toBe(0);
    expect(await stateOf(task)).toBe('Failed');
    expect(await taskExists(kit.admin, task)).toBe(false);
  });

  test('tasks that it had created do not exist; those that it committed do', async () => {
    const children: string[] = [];
    await failureOf(async (session) => {
      children.push(await createTask(session, listed, { ready: false }));
      await session.commit();
      children.push(await createTask(session, listed));
      throw new Error('no');
    });
    const [kept, undone] = children as [string, string];
    expect([await taskExists(kit.admin, kept), await taskExists(kit.admin, undone)]).toEqual([true, false]);
  });

  test('a broken rule of the database is told by its first error, although the code swallowed it', async () => {
    const { error } = await failureOf(async (session) => {
      await session.db.query('insert into effect (task, note) values ($1, $2)', [null, null]).catch(() => 0);
      await session.db.query('select 1').catch(() => 0);
    });
    expect(error).toMatchObject({ code: '23502' });
  });

  test('queries that nobody awaited', async () => {
    const { error } = await failureOf((session) => {
      void session.db.query('select pg_sleep(0.2)').catch(() => undefined);
    });
    expect(error).toMatchObject({ code: 'UNAWAITED_QUERY' });
  });

  test('a record that its codeunit no longer takes', async () => {
    const [{ id }] = (await kit.query<{ id: string }>(
      `insert into nightshift.scheduled_task (id, lane, user_no, codeunit, ready, due, timeout_ms, record)
       values (gen_random_uuid(), 1, 1, 'Main', true, clock_timestamp(), 1000, '{"old": 1}') returning id`,
    )) as [{ id: string }];
    await kit.query("select pg_notify('nightshift_tasks', '')");
    await ended(id, 'failed');
    expect((await failed(id))?.error).toMatchObject({ code: 'RECORD_INVALID', field: 'record.key' });
  });
});

describe('whatever is thrown is kept', () => {
  class Grim extends Error {
    override get message(): string {
      throw new Error('grim');
    }
  }
  const cyclic = new Error('cyclic');
  cyclic.cause = cyclic;
  const bomb = new Proxy(
    {},
    {
      get() {
        throw new Error('bomb');
      },
    },
  );
  const thrown: readonly (readonly [what: string, value: unknown, message: RegExp])[] = [
    ['null', null, /^null$/],
    ['undefined', undefined, /^undefined$/],
    ['a symbol', Symbol('oh'), /Symbol\(oh\)/],
    ['text', 'plain text', /^plain text$/],
    ['a bigint', 10n, /^10$/],
    ['a function', () => 1, /./],
    ['a NUL and half a character', new Error('a\0b\ud83d'), /^a␀b/],
    ['a megabyte of half an emoji', new Error('😀'.repeat(500_000)), /^(😀)+/u],
    ['a getter that throws', new Grim(), /./],
    ['an error that is its own cause', cyclic, /^cyclic$/],
    ['a bomb', bomb, /./],
    ['an object without a prototype', Object.create(null), /^\{\}$/],
  ];

  test.each(thrown)('%s', async (_, value, message) => {
    const { error } = await failureOf(() => {
      throw value;
    });
    expect(error['message']).toMatch(message);
    expect(String(error['message']).length).toBeLessThan(9_000);
  });

  const notes: readonly (readonly [what: string, note: (session: Session) => void])[] = [
    ['a NUL in the progress', (session) => session.progress(1, 2, 'a\0b')],
    ['half an emoji where the progress is cut', (session) => session.progress(1, 2, `${'x'.repeat(499)}😀`)],
    ['a bigint as progress', (session) => session.progress(1n as never, 2n as never)],
    ['half a character in details', (session) => session.log.info('x', { text: '\ud83d', '\ud83d': 1 })],
    ['a NUL in details', (session) => session.log.info('x', { text: 'a\0b', escaped: '\\u0000' })],
    ['long details', (session) => session.log.info('x', { text: `x${'😀'.repeat(10_000)}` })],
    ['details that cannot be read', (session) => session.log.info('x', bomb)],
    ['a symbol as a message', (session) => session.message(Symbol('m') as never)],
  ];

  test.each(notes)('%s does not keep a failure from being written', async (_, note) => {
    const { error } = await failureOf((session) => {
      note(session);
      throw new Error('the real reason');
    });
    expect(error).toMatchObject({ message: 'the real reason' });
  });
});

describe('dialogs in the background', () => {
  test('error with an empty text ends quietly: rolled back, yet a success without a failure codeunit', async () => {
    const record = choose(
      async (session) => {
        await leaveEffect(session, 'main');
        session.error('');
      },
      (session) => leaveEffect(session, 'failure'),
    );
    const task = await createTask(kit.admin, main, { record, failureCodeunit: failure });
    await completed(task);
    await gone(task);
    expect(await effects(task)).toEqual([]);
    expect(await failed(task)).toBeNull();
  });

  test('confirm is refused with its place in the code, and not tried again', async () => {
    let runs = 0;
    const { error } = await failureOf(async (session) => {
      runs++;
      await session.confirm('Post all orders?');
    });
    expect(error).toMatchObject({ code: 'CALLBACK_NOT_ALLOWED' });
    expect(error['message']).toMatch(/task-runs\.test\.ts:\d+/);
    expect(runs).toBe(1);
  });

  test('message is a line of the log; progress windows are ignored', async () => {
    const { error } = await failureOf((session) => {
      const dialog = session.openDialog('Working');
      dialog.update('still');
      dialog.close();
      session.message('Posted 3 orders.');
      throw new NightshiftError('CODEUNIT_ERROR', 'then it broke');
    });
    expect(error).toMatchObject({ lines: [{ level: 'information', text: 'Posted 3 orders.' }] });
  });
});

describe('a timeout', () => {
  test.each<readonly [what: string, behave: (session: Session) => unknown]>([
    ['while it sleeps', (session) => session.sleep(60_000)],
    ['while the database works', (session) => session.db.query('select pg_sleep(60)')],
    [
      'although it catches the cancellation',
      async (session) => {
        await session.db.query('select pg_sleep(60)').catch(() => undefined);
        await leaveEffect(session).catch(() => undefined);
      },
    ],
  ])('%s: SESSION_TIMEOUT, nothing commits', async (_, behave) => {
    const task = await createTask(kit.admin, main, { record: choose(behave), timeout: 100 });
    await kit.waitFor('LC0044', ({ taskId }) => taskId === task);
    expect((await until('the failure is kept', () => failed(task))).error).toMatchObject({
      code: 'SESSION_TIMEOUT',
    });
    expect(await effects(task)).toEqual([]);
  });
});
