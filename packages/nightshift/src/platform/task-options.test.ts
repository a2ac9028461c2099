import { describe, expect, test } from 'vitest';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../foundation/index.ts';
import { createTask } from '../task-scheduler/index.ts';
import { behaviours } from '../testing/behaviours.ts';
import { until } from '../testing/condition.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { startTestPlatform, type TestPlatform, type TestPlatformOptions } from '../testing/test-platform.ts';

// What each option does to a running platform. What is said elsewhere is not said again: retries in exception-path, users
// in task-users, the drain in server-instances, limits per user and codeunit in task-limits.

const { main, codeunits, choose } = behaviours();

function start(
  taskScheduler: TestPlatformOptions['taskScheduler'],
  clock?: FakeClock,
): Promise<TestPlatform> {
  return startTestPlatform({ codeunits, taskScheduler, ...(clock === undefined ? {} : { clock }) });
}

const timeoutOf = async (kit: TestPlatform, task: string) => {
  const [row] = await kit.query<{ timeout_ms: string }>(
    'select timeout_ms from nightshift.scheduled_task where id = $1',
    [task],
  );
  return Number(row?.timeout_ms);
};

describe('enableTaskScheduler', () => {
  test('false: tasks are created here, and run elsewhere', async () => {
    await using here = await start({ enableTaskScheduler: false });
    const task = await createTask(here.admin, main, { record: choose(() => undefined) });
    const instances = await here.query(
      'select runs_tasks from nightshift.server_instance where ended_at is null',
    );
    expect(instances).toEqual([{ runs_tasks: false }]);
    const { database } = here;
    if (database === null) throw new Error('the kit has no database');
    await using there = await startTestPlatform({ codeunits, database });
    await there.waitFor('LC0043', ({ taskId }) => taskId === task);
    expect(here.telemetry.events('NS0017')).toEqual([]);
  });
});

describe('maximumConcurrentRunningTasks', () => {
  test.each([1, 3])('%i at a time, and no more', async (maximumConcurrentRunningTasks) => {
    await using kit = await start({ maximumConcurrentRunningTasks });
    const release = Promise.withResolvers<void>();
    let running = 0;
    let most = 0;
    const record = choose(async () => {
      most = Math.max(most, ++running);
      if (running === maximumConcurrentRunningTasks) release.resolve();
      await release.promise;
      running--;
    });
    const tasks = await Promise.all(Array.from({ length: 6 }, () => createTask(kit.admin, main, { record })));
    for (const task of tasks) await kit.waitFor('LC0043', ({ taskId }) => taskId === task);
    expect(most).toBe(maximumConcurrentRunningTasks);
  });
});

describe('maximumTasksStartedPerSecond', () => {
  /** How many of the tasks have run when nothing happens any more without time. */
  async function settledAt(kit: TestPlatform, count: number) {
    await until(`${count} have run`, () => kit.telemetry.events('LC0043').length >= count);
    for (let round = 0; round < 3; round++) await kit.open((session) => session.db.query('select 1'));
    expect(kit.telemetry.events('LC0043')).toHaveLength(count);
  }

  test('so many start in a second, one after another, whether they were waiting or are new', async () => {
    const clock = new FakeClock();
    await using kit = await start({ maximumTasksStartedPerSecond: 5 }, clock);
    const record = choose(() => undefined);
    const create = () => createTask(kit.admin, main, { record });
    await Promise.all(Array.from({ length: 4 }, create));
    await settledAt(kit, 1);
    for (const count of [2, 3, 4]) {
      await clock.advance(199);
      await settledAt(kit, count - 1);
      await clock.advance(1);
      await settledAt(kit, count);
    }
    // Time in which nothing was to be done is not saved up.
    await clock.advance(MINUTE_MS);
    await Promise.all([create(), create()]);
    await settledAt(kit, 5);
    await clock.advance(200);
    await settledAt(kit, 6);
  });

  test('an instance that stops does not wait for it, and what has not started runs elsewhere', async () => {
    const clock = new FakeClock();
    await using kit = await start({ maximumTasksStartedPerSecond: 1 }, clock);
    const record = choose(() => undefined);
    const tasks = await Promise.all(Array.from({ length: 3 }, () => createTask(kit.admin, main, { record })));
    await settledAt(kit, 1);
    await kit.platform.stop();
    const { database } = kit;
    if (database === null) throw new Error('the kit has no database');
    const left = 'select claim from nightshift.scheduled_task order by id';
    expect(await database.query(left)).toEqual([{ claim: null }, { claim: null }]);
    await using other = await startTestPlatform({ codeunits, database, clock });
    await until('all have run', () => other.telemetry.events('LC0043').length === tasks.length - 1);
  });
});

describe('timeouts', () => {
  test('the default is that of a task without one; a longer one than the longest is cut and told', async () => {
    await using kit = await start({
      enableTaskScheduler: false,
      defaultTaskTimeoutMs: MINUTE_MS,
      maxTaskSchedulerSessionTimeoutMs: HOUR_MS,
    });
    const record = choose(() => undefined);
    expect(await timeoutOf(kit, await createTask(kit.admin, main, { record }))).toBe(MINUTE_MS);
    expect(await timeoutOf(kit, await createTask(kit.admin, main, { record, timeout: HOUR_MS }))).toBe(
      HOUR_MS,
    );
    expect(kit.telemetry.events('LC0057')).toEqual([]);
    const cut = await createTask(kit.admin, main, { record, timeout: HOUR_MS + 1 });
    expect(await timeoutOf(kit, cut)).toBe(HOUR_MS);
    const { dimensions } = await kit.waitFor('LC0057', ({ taskId }) => taskId === cut);
    expect(dimensions['wanted']).toBe(HOUR_MS + 1);
  });
});

describe('retention and the hours of system tasks', () => {
  /** A platform, at noon in the time zone of this process, with an old failed task. */
  async function withOldTask(options: TestPlatformOptions['taskScheduler']) {
    const clock = new FakeClock('2026-03-10T12:00:00');
    const kit = await start(options, clock);
    await kit.query(
      `insert into nightshift.failed_task (id, lane, user_no, codeunit, due, attempt, error, created_at, failed_at)
      values (gen_random_uuid(), 1, 1, 'Old', now(), 0, '{}', now(), $1)`,
      [new Date(clock.now().getTime() - 25 * HOUR_MS)],
    );
    return { clock, kit };
  }
  const partitions = async (kit: TestPlatform) =>
    (await kit.query("select from pg_inherits where inhparent = 'nightshift.session_event'::regclass"))
      .length;

  test('a failed task is removed after the days that the option says', async () => {
    const { clock, kit } = await withOldTask({ failedTaskRetentionDays: 1 });
    await using _ = kit;
    await clock.advance(20 * SECOND_MS);
    expect((await kit.waitFor('NS0019')).dimensions).toEqual({ tasks: 1, days: 1 });
  });

  test('neither tasks nor partitions are looked after before the hours begin', async () => {
    const { clock, kit } = await withOldTask({
      failedTaskRetentionDays: 1,
      taskSchedulerSystemTaskStartTime: '13:00',
      taskSchedulerSystemTaskEndTime: '13:30',
    });
    await using _ = kit;
    const before = await partitions(kit);
    await clock.advance(59 * MINUTE_MS);
    expect([kit.telemetry.events('NS0019'), await partitions(kit)]).toEqual([[], before]);
    await clock.advance(2 * MINUTE_MS);
    await kit.waitFor('NS0019');
    await until('there are partitions', async () => (await partitions(kit)) > before);
  });
});
