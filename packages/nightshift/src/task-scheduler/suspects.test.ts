import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { NightshiftError } from '../foundation/index.ts';
import type { Session } from '../session/index.ts';
import { behaviours, leaveEffect } from '../testing/behaviours.ts';
import { until } from '../testing/condition.ts';
import { deadInstance } from '../testing/dead-instance.ts';
import { EFFECTS } from '../testing/effects.sql.ts';
import { startTestPlatform, type TestPlatform, type TestPlatformOptions } from '../testing/test-platform.ts';
import { MARKED_STARTS_MAX } from './poison.ts';
import { createTask } from './task-scheduler.ts';

const { main, failure, codeunits, choose } = behaviours();
let kit: TestPlatform;

afterEach(() => kit.stop());

async function platform(taskScheduler: TestPlatformOptions['taskScheduler'] = {}): Promise<TestPlatform> {
  kit = await startTestPlatform({ codeunits, migrations: [EFFECTS], taskScheduler });
  return kit;
}

/** Work that says that it runs, and goes on when the gate opens. */
function held() {
  const gate = Promise.withResolvers<void>();
  onTestFinished(() => gate.resolve());
  const begun: string[] = [];
  const record = choose(async (session: Session) => {
    begun.push(session.idempotencyKey);
    await leaveEffect(session);
    await gate.promise;
  });
  return { record, begun, open: () => gate.resolve() };
}

const create = (count: number, record: { key: string }, ready = false) =>
  Promise.all(Array.from({ length: count }, () => createTask(kit.admin, main, { record, ready })));

/** Tasks that were lost, for so many times before this one. */
async function lose(tasks: readonly string[], suspect = 0): Promise<void> {
  const dead = deadInstance(kit);
  await dead.holds(tasks, suspect);
  await dead.show();
  await kit.waitFor('NS0003', ({ epoch }) => epoch === dead.epoch);
}

const rowsOf = (tasks: readonly string[]) =>
  kit.query<{ claim: string | null; attempt: number; losses: number; suspect: number; failing: boolean }>(
    'select claim, attempt, losses, suspect, failing from nightshift.scheduled_task where id = any($1::uuid[])',
    [tasks],
  );
const allGone = (tasks: readonly string[]) =>
  until('all tasks are gone', async () => (await rowsOf(tasks)).length === 0);
const effectsOf = (tasks: readonly string[]) =>
  kit.query('select from co_1.effect where task = any($1)', [tasks]).then((rows) => rows.length);

describe('a task whose instance has died', () => {
  test('is a suspect after the first loss, and runs beside the other ones', async () => {
    await platform();
    const work = held();
    const tasks = await create(10, work.record);
    await lose(tasks);
    await until('all of them run', () => work.begun.length === 10);
    const rows = await rowsOf(tasks);
    expect(rows.map(({ losses, suspect, attempt }) => ({ losses, suspect, attempt }))).toEqual(
      Array.from({ length: 10 }, () => ({ losses: 1, suspect: 1, attempt: 0 })),
    );
    work.open();
    await allGone(tasks);
    expect(await effectsOf(tasks)).toBe(10);
    expect(await kit.query('select from nightshift.failed_task')).toEqual([]);
  });

  test('is the only such one after a second loss; others run beside it', async () => {
    await platform();
    const [work, beside] = [held(), held()];
    const tasks = await create(3, work.record);
    await lose(tasks, 1);
    await until('one runs', () => work.begun.length === 1);
    await lose(await create(2, beside.record));
    await create(2, beside.record, true);
    await until('the others run', () => beside.begun.length === 4);
    expect(work.begun).toHaveLength(1);
    expect((await rowsOf(tasks)).filter(({ claim }) => claim !== null)).toHaveLength(1);
    work.open();
    await allGone(tasks);
    expect(await effectsOf(tasks)).toBe(3);
    beside.open();
  });

  test('is claimed only for a place that is free, and gets the next one, whatever else waits', async () => {
    await platform({ maximumConcurrentRunningTasks: 2 });
    const work = held();
    const before = await create(2, work.record, true);
    await until('both places are taken', () => work.begun.length === 2);
    const quick = choose((session) => leaveEffect(session));
    const backlog = await create(500, quick, true);
    const order: string[] = [];
    const record = choose((session) => {
      order.push(session.idempotencyKey);
    });
    const tasks = await create(3, record);
    await lose(tasks);
    expect((await rowsOf(tasks)).every(({ claim }) => claim === null)).toBe(true);
    work.open();
    await until('the suspects have run', () => order.length === 3);
    expect(await effectsOf(backlog)).toBeLessThan(500);
    await allGone([...before, ...tasks, ...backlog]);
    expect(await effectsOf(backlog)).toBe(500);
  });

  test('waits for its user’s limit like any other', async () => {
    await platform({ maximumConcurrentTasksPerUser: 1 });
    const running: string[] = [];
    let most = 0;
    const record = choose(async (session) => {
      running.push(session.idempotencyKey);
      most = Math.max(most, running.length);
      await session.sleep(20);
      await leaveEffect(session);
      running.pop();
    });
    const tasks = await create(4, record);
    await lose(tasks);
    await allGone(tasks);
    expect(most).toBe(1);
    expect(await effectsOf(tasks)).toBe(4);
  });

  test('is cleared by an ordinary outcome: a retry, and the failure codeunit', async () => {
    await platform();
    const record = choose(
      (session) => {
        const code = session.attempt === 1 ? 'RETRY_LATER' : 'CODEUNIT_ERROR';
        throw new NightshiftError(code, 'not today');
      },
      () => Promise.withResolvers<void>().promise,
    );
    const task = await createTask(kit.admin, main, { record, failureCodeunit: failure, ready: false });
    await lose([task], 1);
    await kit.waitFor('LC0045', ({ taskId, decision }) => taskId === task && decision === 'retry');
    expect(await rowsOf([task])).toMatchObject([{ claim: null, attempt: 1, losses: 1, suspect: 0 }]);
    await kit.query('update nightshift.scheduled_task set suspect = 2, due = created_at where id = $1', [
      task,
    ]);
    await kit.waitFor('LC0045', ({ taskId, decision }) => taskId === task && decision !== 'retry');
    expect(await rowsOf([task])).toMatchObject([{ failing: true, suspect: 0 }]);
  });

  test('stays as suspect as it was when it is handed back', async () => {
    await platform({ drainMs: 0 });
    const work = held();
    const tasks = await create(1, work.record);
    await lose(tasks, 1);
    await until('it runs', () => work.begun.length === 1);
    await kit.platform.instance.service.stop();
    expect(await rowsOf(tasks)).toMatchObject([{ claim: null, attempt: 0, losses: 1, suspect: 2 }]);
  });
});

describe('a task that was running each time that its instance died', () => {
  test('is poison, and no longer claimed; its neighbours are not', async () => {
    await platform();
    const record = choose(leaveEffect);
    const [task = ''] = await create(1, record);
    const neighbours = await create(5, record);
    const dead = deadInstance(kit);
    await dead.holds([task], MARKED_STARTS_MAX);
    await dead.holds(neighbours, MARKED_STARTS_MAX - 1);
    await dead.show();
    await kit.waitFor('NS0020', ({ taskId, deaths }) => taskId === task && deaths === MARKED_STARTS_MAX);
    await allGone([task, ...neighbours]);
    expect([await effectsOf([task]), await effectsOf(neighbours)]).toEqual([0, 5]);
    const [row] = await kit.query<{ state: string; error: Record<string, unknown> }>(
      'select state, error from nightshift.failed_task',
    );
    expect(row?.state).toBe('Poison');
    expect(row?.error).toMatchObject({
      code: 'TASK_POISON',
      message: 'Codeunit "Main" was running each of the last 3 times that its server instance died.',
      causes: [{ code: 'INSTANCE_LOST', message: 'The server instance grave, process 4711, was lost.' }],
    });
    expect(kit.telemetry.events('LC0045')).toMatchObject([
      { dimensions: { taskId: task, decision: 'poison' } },
    ]);
  });

  test('also in its failure codeunit; what that was called for is the cause', async () => {
    await platform();
    const task = await createTask(kit.admin, main, {
      record: choose(leaveEffect, leaveEffect),
      failureCodeunit: failure,
      ready: false,
    });
    await kit.query('update nightshift.scheduled_task set failing = true, last_error = $2 where id = $1', [
      task,
      { code: 'CODEUNIT_ERROR', message: 'the first fault', causes: [] },
    ]);
    await lose([task], MARKED_STARTS_MAX);
    await kit.waitFor('NS0020', ({ codeunit }) => codeunit === 'Failure');
    const rows = await kit.query<{ error: object }>('select error from nightshift.failed_task');
    expect(rows[0]?.error).toMatchObject({
      code: 'TASK_POISON',
      causes: [{ code: 'CODEUNIT_ERROR', message: 'the first fault' }],
    });
  });
});
