import { afterAll, beforeAll, expect, test } from 'vitest';
import { MINUTE_MS } from '../foundation/index.ts';
import { Telemetry } from '../telemetry/index.ts';
import { behaviours, leaveEffect } from '../testing/behaviours.ts';
import { EFFECTS } from '../testing/effects.sql.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { cancelTask, createTask, setTaskReady } from './task-scheduler.ts';

const { main, codeunits, choose } = behaviours();
const clock = new FakeClock();
let kit: TestPlatform;

beforeAll(async () => {
  kit = await startTestPlatform({ codeunits, migrations: [EFFECTS], clock });
});
afterAll(() => kit.stop());

const WHO = { company: 'CRONUS', user: 'ADMIN' };

test('a task is told from its creation to its end, with how long it waited and ran, and what it asked for', async () => {
  const record = choose(async (session) => {
    await leaveEffect(session, 'one');
    await leaveEffect(session, 'two');
    await session.db.query('select from effect where task = $1', [session.idempotencyKey]);
    await session.savepoint(() => session.db.query('select 1'));
    await clock.advance(250);
  });
  const notBefore = new Date(clock.now().getTime() + MINUTE_MS);
  const task = await createTask(kit.admin, main, { record, notBefore, ready: false });
  const of = (id: Parameters<typeof kit.waitFor>[0]) => kit.waitFor(id, ({ taskId }) => taskId === task);
  expect((await of('LC0040')).dimensions).toEqual({ taskId: task, codeunit: 'Main', isReady: false, ...WHO });
  await setTaskReady(kit.admin, task);
  expect((await of('LC0041')).dimensions).toEqual({ taskId: task, ...WHO });
  clock.at(new Date(notBefore.getTime() + 1_500));
  kit.platform.instance.wake();
  const dimensions = {
    taskId: task,
    sessionUniqueId: task,
    sessionId: expect.any(Number),
    codeunit: 'Main',
    isFailureCodeunit: false,
    attemptNumber: 0,
    losses: 0,
    waitMs: 1_500,
    ...WHO,
  };
  expect((await of('NS0018')).dimensions).toEqual(dimensions);
  expect((await of('LC0043')).dimensions).toEqual({
    ...dimensions,
    runMs: 250,
    statements: 4,
    rows: 5,
    isQuiet: false,
  });
  const claimed = kit.telemetry.events('NS0017').map((event) => event.dimensions);
  expect(claimed).toEqual([{ lane: 1, count: 1 }]);
});

test('a run that failed says what became of the task', async () => {
  const record = choose((session) => session.error('no'));
  const task = await createTask(kit.admin, main, { record });
  const { dimensions } = await kit.waitFor('LC0045', ({ taskId }) => taskId === task);
  expect(dimensions).toMatchObject({
    ...WHO,
    codeunit: 'Main',
    reason: 'no',
    errorCode: 'CODEUNIT_ERROR',
    decision: 'failed',
    delayMs: null,
    statements: 0,
    rows: 0,
    runMs: 0,
  });
});

test('a task that is cancelled says so', async () => {
  const task = await createTask(kit.admin, main, { record: choose(() => undefined), ready: false });
  expect(await cancelTask(kit.admin, task)).toBe(true);
  const { dimensions } = await kit.waitFor('LC0042', ({ taskId }) => taskId === task);
  expect(dimensions).toEqual({ taskId: task, ...WHO });
});

test('without a receiver nobody asks for dimensions', () => {
  expect(new Telemetry([]).active).toBe(false);
  expect(new Telemetry([() => undefined]).active).toBe(true);
});
