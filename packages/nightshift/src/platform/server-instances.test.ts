import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { NightshiftError } from '../foundation/index.ts';
import type { Session } from '../session/index.ts';
import { createTask } from '../task-scheduler/index.ts';
import { behaviours, leaveEffect } from '../testing/behaviours.ts';
import { until } from '../testing/condition.ts';
import { EFFECTS } from '../testing/effects.sql.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { startTestPlatform, type TestPlatform, type TestPlatformOptions } from '../testing/test-platform.ts';

const { main, codeunits, choose } = behaviours();
let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());
afterEach(async () => {
  expect(await database.query('select task from co_1.effect group by task having count(*) <> 1')).toEqual([]);
  expect(await database.query('select * from nightshift.scheduled_task')).toEqual([]);
  expect(await database.query('select * from nightshift.failed_task')).toEqual([]);
});

async function instance(taskScheduler: TestPlatformOptions['taskScheduler'] = {}): Promise<TestPlatform> {
  const kit = await startTestPlatform({ codeunits, migrations: [EFFECTS], database, taskScheduler });
  onTestFinished(() => kit.stop());
  return kit;
}

/** Work that begins, says so, and ends when the gate opens. */
function held() {
  const gate = Promise.withResolvers<void>();
  const begun: string[] = [];
  const record = choose(async (session: Session) => {
    await leaveEffect(session);
    begun.push(session.idempotencyKey);
    await gate.promise;
  });
  return { record, begun, open: () => gate.resolve() };
}

const create = (kit: TestPlatform, count: number, record: { key: string }) =>
  Promise.all(Array.from({ length: count }, () => createTask(kit.admin, main, { record })));

async function effectsOf(tasks: readonly string[]): Promise<number> {
  return (await database.query('select from co_1.effect where task = any($1)', [tasks])).length;
}

/** Waits; what is to be tried again is tried now. */
const allDone = (tasks: readonly string[]) =>
  until('all tasks are gone', async () => {
    await database.query(
      'update nightshift.scheduled_task set due = created_at where attempt > 0 and claim is null',
    );
    const left = await database.query('select from nightshift.scheduled_task where id = any($1::uuid[])', [
      tasks,
    ]);
    return left.length === 0;
  });

const claimed = async () =>
  (await database.query('select from nightshift.scheduled_task where claim is not null')).length;

describe('two instances on one database', () => {
  test('share the work, and no task has two effects', async () => {
    const [one, other] = [await instance(), await instance()];
    const record = choose(leaveEffect);
    const tasks = (await Promise.all([create(one, 300, record), create(other, 300, record)])).flat();
    await allDone(tasks);
    expect(await effectsOf(tasks)).toBe(600);
  });

  test('long tasks that one has claimed ahead are run by the other, which has places free', async () => {
    const [one, other] = [await instance(), await instance()];
    const work = held();
    const tasks = await create(one, 20, work.record);
    await until('all of them run', () => work.begun.length === 20);
    expect([one.platform.instance.running, other.platform.instance.running]).toEqual([10, 10]);
    work.open();
    await allDone(tasks);
    expect(await effectsOf(tasks)).toBe(20);
  });

  test('they have places and epochs of their own', async () => {
    const [one, other] = [await instance(), await instance()];
    const rows = await database.query<{ epoch: string; place: number }>(
      'select epoch, place from nightshift.server_instance where ended_at is null',
    );
    expect(rows.map(({ epoch }) => epoch).sort()).toEqual(
      [one.platform.instance.epoch, other.platform.instance.epoch].sort(),
    );
    expect(new Set(rows.map(({ place }) => place)).size).toBe(2);
  });
});

describe('a graceful stop', () => {
  test('hands back what had not begun without an attempt, and waits for what runs', async () => {
    const one = await instance({ maximumConcurrentRunningTasks: 2 });
    const work = held();
    const tasks = await create(one, 10, work.record);
    await until('two run', () => work.begun.length === 2);
    await until('the rest is claimed ahead', async () => (await claimed()) === 10);
    const stopped = one.stop();
    await until('the rest is handed back', async () => (await claimed()) === 2);
    const waiting = await database.query(
      'select attempt, losses from nightshift.scheduled_task where claim is null',
    );
    expect(waiting).toEqual(Array.from({ length: 8 }, () => ({ attempt: 0, losses: 0 })));
    expect(await effectsOf(tasks)).toBe(0);
    work.open();
    await stopped;
    expect([await effectsOf(tasks), work.begun.length]).toEqual([2, 2]);
    await instance();
    await allDone(tasks);
    expect(await effectsOf(tasks)).toBe(10);
  });

  test('what does not end in the drain time is stopped, and runs again elsewhere', async () => {
    const one = await instance({ drainMs: 100 });
    const attempts: number[] = [];
    const record = choose(async (session) => {
      attempts.push(session.attempt);
      await leaveEffect(session);
      if (attempts.length === 1) await session.sleep(3_600_000);
    });
    const tasks = await create(one, 1, record);
    await until('it runs', () => attempts.length === 1);
    await one.stop();
    expect(await claimed()).toBe(0);
    expect(await effectsOf(tasks)).toBe(0);
    await instance();
    await allDone(tasks);
    expect(attempts).toEqual([0, 0]);
  });

  test('is idempotent, and ends the row of the instance', async () => {
    const one = await instance();
    const { epoch } = one.platform.instance;
    await Promise.all([one.platform.instance.service.stop(), one.stop(), one.stop()]);
    const [row] = await database.query('select end_reason from nightshift.server_instance where epoch = $1', [
      epoch,
    ]);
    expect(row).toEqual({ end_reason: 'stopped' });
    expect(await database.query('select from nightshift.slot where epoch = $1', [epoch])).toEqual([]);
    expect(() => one.platform.instance.host).toThrow(NightshiftError);
  });

  test('a stopped instance can be started again', async () => {
    const one = await instance();
    const before = one.platform.instance.epoch;
    await one.platform.instance.service.stop();
    await one.platform.start();
    expect(one.platform.instance.epoch).not.toBe(before);
    await allDone(await create(one, 1, choose(leaveEffect)));
  });
});

describe('an instance that another one has declared dead', () => {
  test('stops its work, comes back under a new epoch, and the work has one effect', async () => {
    const one = await instance();
    const before = one.platform.instance.epoch;
    const signals: unknown[] = [];
    const record = choose(async (session) => {
      await leaveEffect(session);
      if (signals.length > 0) return;
      signals.push('begun');
      await session.sleep(3_600_000).catch((error: unknown) => {
        signals.push(error);
        throw error;
      });
    });
    const tasks = await create(one, 1, record);
    await until('it runs', () => signals.length === 1);
    await database.query(
      'update nightshift.server_instance set ended_at = clock_timestamp() where epoch = $1',
      [before],
    );
    await one.waitFor('NS0004', ({ epoch }) => epoch === before);
    await until('it lives again', () => one.platform.instance.epoch !== null);
    expect(one.platform.instance.epoch).not.toBe(before);
    await allDone(tasks);
    expect(signals[1]).toMatchObject({ code: 'CLAIM_LOST' });
    expect(await effectsOf(tasks)).toBe(1);
  });
});

describe('connections that die one after another', () => {
  const kinds: readonly (readonly [what: string, name: string])[] = [
    ['heartbeat', 'nightshift test heartbeat'],
    ['listener', 'nightshift test listen'],
    ['the platform’s own, pipelined and administrative', 'nightshift test'],
    ['sessions', 'nightshift test session'],
  ];

  test.each(kinds)('%s: the instance keeps its epoch and works on', async (_, name) => {
    const one = await instance();
    const { epoch } = one.platform.instance;
    await allDone(await create(one, 5, choose(leaveEffect)));
    for (let round = 0; round < 3; round++) {
      const killed = await until('there is such a connection', async () => {
        const rows = await database.query<{ pid: number }>(
          `select pid, pg_terminate_backend(pid) from pg_stat_activity
            where application_name = $1 and datname = current_database()`,
          [name],
        );
        return rows.length > 0 && rows.map(({ pid }) => pid);
      });
      await until('it is gone', async () => {
        return (
          (await database.query('select from pg_stat_activity where pid = any($1)', [killed])).length === 0
        );
      });
      const tasks = await until('a task is accepted', () => create(one, 3, choose(leaveEffect)));
      await database.query('update nightshift.scheduled_task set due = clock_timestamp() where attempt > 0');
      await allDone(tasks);
    }
    expect(one.platform.instance.epoch).toBe(epoch);
  });

  test('rows that it is said to hold and does not know of are released', async () => {
    const one = await instance();
    const { epoch } = one.platform.instance;
    const record = choose(leaveEffect);
    const orphan = await createTask(one.admin, main, { record, ready: false });
    await database.query(
      'update nightshift.scheduled_task set ready = true, claim = gen_random_uuid(), claimed_by = $2 where id = $1',
      [orphan, epoch],
    );
    // The dispatcher doubts after an error of its connection; every 30 s without one.
    await until('it has run', async () => {
      await database.query('update nightshift.scheduled_task set due = created_at where attempt > 0');
      await database.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'nightshift test' and datname = current_database()",
      );
      one.platform.instance.wake();
      return (await effectsOf([orphan])) === 1;
    });
    await allDone([orphan]);
  });
});
