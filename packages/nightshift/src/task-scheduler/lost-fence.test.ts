import { afterAll, beforeAll, expect, test } from 'vitest';
import { randomUuid } from '../foundation/index.ts';
import { codeunit, type Session } from '../session/index.ts';
import { leaveEffect } from '../testing/behaviours.ts';
import { until } from '../testing/condition.ts';
import { EFFECTS } from '../testing/effects.sql.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { createTask } from './task-scheduler.ts';

// When the answer to a COMMIT says that its fence has failed, the next session has sent its first statement behind it.

let kit: TestPlatform;
let nextTask = '';
let nextWork: (session: Session) => Promise<unknown>;
const order: string[] = [];
const backends: number[] = [];

const stolen = codeunit({
  name: 'Stolen',
  async onRun(session) {
    await noteBackend(session);
    await leaveEffect(session);
    await until('the next one is claimed', async () => {
      const claims = 'select from nightshift.scheduled_task where id = $1 and claim is not null';
      return (await kit.query(claims, [nextTask])).length === 1;
    });
    const steal = 'update nightshift.scheduled_task set claim = $2, claimed_by = $2 where id = $1';
    await kit.query(steal, [session.idempotencyKey, randomUuid()]);
  },
});
const alone = codeunit({ name: 'Alone', onRun: (session) => runNext(session) });
const sharing = codeunit({ name: 'Sharing', sharedTransaction: 10, onRun: (session) => runNext(session) });

async function runNext(session: Session): Promise<void> {
  order.push('the next one begins');
  await nextWork(session);
  await noteBackend(session);
}

async function noteBackend(session: Session): Promise<void> {
  const { rows } = await session.db.query<{ pid: number }>('select pg_backend_pid() as pid');
  backends.push(...rows.map(({ pid }) => pid));
}

beforeAll(async () => {
  kit = await startTestPlatform({
    codeunits: [stolen, alone, sharing],
    migrations: [EFFECTS],
    taskScheduler: { maximumConcurrentRunningTasks: 1 },
  });
});
afterAll(() => kit.stop());

test.each([
  ['one statement', alone, leaveEffect],
  [
    'two side by side',
    alone,
    (session: Session) => Promise.all([leaveEffect(session), session.db.query('select 1')]),
  ],
  ['one, in a shared transaction', sharing, leaveEffect],
] as const)('%s: it has one effect, by another connection', async (_, target, work) => {
  nextWork = (session) => work(session);
  let task = '';
  await kit.open(async (session) => {
    task = await createTask(session, stolen);
    nextTask = await createTask(session, target);
  });
  const lost = kit.waitFor('NS0007', ({ taskId }) => taskId === task);
  const noted = lost.then(() => order.push('the claim is lost'));
  await kit.waitFor('LC0043', ({ taskId }) => taskId === nextTask);
  await noted;
  expect(order.splice(0)).toEqual(['the next one begins', 'the claim is lost']);
  const [first, second] = backends.splice(0);
  expect(second).not.toBe(first);
  expect(await kit.query('delete from co_1.effect returning task')).toEqual([{ task: nextTask }]);
  await kit.query('delete from nightshift.scheduled_task where id = $1', [task]);
});
