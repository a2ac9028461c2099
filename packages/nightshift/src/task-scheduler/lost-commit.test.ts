import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { behaviours, leaveEffect } from '../testing/behaviours.ts';
import { type ChaosProxy, type CutPlace, startChaosProxy } from '../testing/chaos-proxy.ts';
import { EFFECTS } from '../testing/effects.sql.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { createTask } from './task-scheduler.ts';

const REPETITIONS = 50;
const { main, codeunits, choose } = behaviours();
let database: TestDatabase;
let proxy: ChaosProxy;
let kit: TestPlatform;

// The clock stands, so that no service of the platform commits anything by itself: the next COMMIT is the task's.
beforeAll(async () => {
  database = await createTestDatabase();
  proxy = await startChaosProxy(database.tcpUrl);
  kit = await startTestPlatform({
    codeunits,
    migrations: [EFFECTS],
    clock: new FakeClock(),
    database: { url: proxy.url },
    taskScheduler: { maximumConcurrentRunningTasks: 1 },
  });
  const first = await createTask(kit.admin, main, { record: choose(leaveEffect) });
  await kit.waitFor('LC0043', ({ taskId }) => taskId === first);
});
afterAll(async () => {
  await kit.stop();
  await proxy.stop();
  await database.drop();
});

const completed = (task: string) => kit.waitFor('LC0043', ({ taskId }) => taskId === task);
const resolved = async (task: string) =>
  (await kit.waitFor('NS0006', ({ taskId }) => taskId === task)).dimensions['resolution'];

async function effectsOf(task: string): Promise<number> {
  return (await database.query('select from co_1.effect where task = $1', [task])).length;
}

async function cutRun(place: CutPlace): Promise<{ readonly task: string; readonly runs: () => number }> {
  let runs = 0;
  const record = choose(async (session) => {
    runs++;
    await leaveEffect(session);
  });
  const cut = proxy.cutNextCommit(place);
  const task = await createTask(kit.admin, main, { record });
  await cut;
  return { task, runs: () => runs };
}

describe('the answer to the last COMMIT is lost', () => {
  const turns = Array.from({ length: REPETITIONS }, (_, turn) => turn);

  test(`it had taken effect: ${REPETITIONS} times one effect, and no second run`, async () => {
    for (const _ of turns) {
      const { task, runs } = await cutRun('after');
      expect(await resolved(task)).toBe('had committed');
      expect([await effectsOf(task), runs()]).toEqual([1, 1]);
    }
  });

  test(`it had not: ${REPETITIONS} times one effect, of the second run`, async () => {
    for (const _ of turns) {
      const { task, runs } = await cutRun('before');
      expect(await resolved(task)).toBe('had not committed and runs again');
      await completed(task);
      expect([await effectsOf(task), runs()]).toEqual([1, 2]);
    }
  });

  test('in the end nothing waits, nothing failed, and every task has one effect', async () => {
    const rows = await database.query('select task from co_1.effect group by task having count(*) = 1');
    expect(rows).toHaveLength(2 * REPETITIONS + 1);
    expect(await database.query('select from nightshift.scheduled_task')).toEqual([]);
    expect(await database.query('select from nightshift.failed_task')).toEqual([]);
  });
});

describe('the answer to a COMMIT in between is lost', () => {
  test.each<CutPlace>(['before', 'after'])(
    'cut %s it: the task runs again, and its code may look',
    async (place) => {
      let runs = 0;
      const record = choose(async (session) => {
        runs++;
        const mine = await session.db.query('select from effect where task = $1', [session.idempotencyKey]);
        if (mine.rowCount === 0) await leaveEffect(session);
        await session.commit();
        await session.db.query('select 1');
      });
      const cut = proxy.cutNextCommit(place);
      const task = await createTask(kit.admin, main, { record });
      await cut;
      expect(await resolved(task)).toBe('had not committed and runs again');
      await completed(task);
      expect([await effectsOf(task), runs]).toEqual([1, 2]);
    },
  );

  test('code that swallows it does not commit anything else', async () => {
    let runs = 0;
    const record = choose(async (session) => {
      runs++;
      await session.db.query('select 1');
      await session.commit().catch(() => undefined);
      await leaveEffect(session);
    });
    const cut = proxy.cutNextCommit('before');
    const task = await createTask(kit.admin, main, { record });
    await cut;
    // Its next statement finds a dead connection: retried by the policy, or at once.
    const first = await Promise.race([
      kit.waitFor('LC0045', ({ taskId }) => taskId === task),
      kit.waitFor('NS0006', ({ taskId }) => taskId === task),
    ]);
    expect(await effectsOf(task)).toBe(0);
    expect(first.dimensions['decision'] ?? 'retry').toBe('retry');
    expect(runs).toBeGreaterThan(0);
  });
});
