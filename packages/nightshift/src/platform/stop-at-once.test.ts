import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../foundation/index.ts';
import type { Session } from '../session/index.ts';
import { createTask, setTaskReady } from '../task-scheduler/index.ts';
import { behaviours, leaveEffect } from '../testing/behaviours.ts';
import { until } from '../testing/condition.ts';
import { EFFECTS } from '../testing/effects.sql.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { startTestPlatform, type TestPlatform, type TestPlatformOptions } from '../testing/test-platform.ts';

/** What a person waits for after the second Ctrl-C. */
const AT_ONCE_MS = 2_000;
/** Nobody waits so long in these tests. */
const DRAIN_MS = 120_000;
const { main, codeunits, choose } = behaviours();
let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

async function instance(taskScheduler: TestPlatformOptions['taskScheduler'] = {}): Promise<TestPlatform> {
  const kit = await startTestPlatform({
    codeunits,
    migrations: [EFFECTS],
    database,
    taskScheduler: { drainMs: DRAIN_MS, ...taskScheduler },
  });
  onTestFinished(() => kit.platform.stop({ atOnce: true }));
  return kit;
}

const rowsOf = (tasks: readonly string[]) =>
  database.query(
    'select claim, claimed_by, attempt, losses, suspect from nightshift.scheduled_task where id = any($1::uuid[])',
    [tasks],
  );
const UNTOUCHED = { claim: null, claimed_by: null, attempt: 0, losses: 0, suspect: 0 };
const forget = () => database.query('delete from nightshift.scheduled_task');

/** Work in several humours, of which each says that it runs. */
async function begin(kit: TestPlatform, works: readonly ((session: Session) => unknown)[]) {
  let begun = 0;
  const tasks = await Promise.all(
    works.map((work) => {
      const record = choose(async (session) => {
        begun++;
        await work(session);
      });
      return createTask(kit.admin, main, { record });
    }),
  );
  await until('all of them run', () => begun === works.length);
  return tasks;
}

const asleep = (session: Session) => session.sleep(3_600_000);
const inTheDatabase = (session: Session) => session.db.query('select pg_sleep(3600)');
const lingering = () => Promise.withResolvers<void>().promise;
const deaf = async (session: Session) => {
  await leaveEffect(session);
  await lingering();
};

describe('a stop at once', () => {
  test('ends what runs, and hands it back as if it had never been claimed', async () => {
    const kit = await instance();
    const tasks = await begin(kit, [asleep, inTheDatabase, lingering, deaf]);
    const begunAt = systemClock.monotonic();
    await kit.platform.stop({ atOnce: true });
    expect(systemClock.monotonic() - begunAt).toBeLessThan(AT_ONCE_MS);
    expect(await rowsOf(tasks)).toEqual([UNTOUCHED, UNTOUCHED, UNTOUCHED, UNTOUCHED]);
    expect(await database.query('select from co_1.effect')).toEqual([]);
    const [row] = await database.query(
      'select end_reason from nightshift.server_instance order by started_at desc',
    );
    expect(row).toEqual({ end_reason: 'stopped' });
    await forget();
  });

  test('hurries a gentle stop that waits', async () => {
    const kit = await instance();
    const tasks = await begin(kit, [asleep, deaf]);
    const stopped = kit.platform.stop();
    await until('it takes no more', () => {
      try {
        return kit.platform.instance.host === null;
      } catch {
        return true;
      }
    });
    expect((await rowsOf(tasks)).every((row) => row['claim'] !== null)).toBe(true);
    const begunAt = systemClock.monotonic();
    await kit.platform.stop({ atOnce: true });
    await stopped;
    expect(systemClock.monotonic() - begunAt).toBeLessThan(AT_ONCE_MS);
    expect(await rowsOf(tasks)).toEqual([UNTOUCHED, UNTOUCHED]);
    await forget();
  });

  test('keeps what has committed, and what has ended well without a transaction', async () => {
    const kit = await instance();
    const record = choose(leaveEffect);
    const ends = choose(() => undefined);
    const [tasks, held] = [
      await Promise.all([1, 2, 3].map((n) => createTask(kit.admin, main, { record: n % 2 ? record : ends }))),
      await begin(kit, [deaf]),
    ];
    await until('three have ended', () => kit.telemetry.events('LC0043').length === 3);
    await kit.platform.stop({ atOnce: true });
    expect(await rowsOf(tasks)).toEqual([]);
    expect(await rowsOf(held)).toEqual([UNTOUCHED]);
    await forget();
  });

  test('of a platform that never started, or has stopped, is none', async () => {
    const kit = await startTestPlatform({ codeunits, migrations: [EFFECTS], database, start: false });
    await kit.platform.stop({ atOnce: true });
    await kit.platform.stop({ atOnce: true });
    await kit.platform.stop();
  });

  test('lets another instance go on with everything, without an attempt', async () => {
    const one = await instance();
    let isFirst = true;
    const attempts: number[] = [];
    const record = choose(async (session) => {
      attempts.push(session.attempt);
      await leaveEffect(session);
      if (isFirst) await lingering();
    });
    const tasks = await Promise.all(
      Array.from({ length: 30 }, () => createTask(one.admin, main, { record })),
    );
    await until('ten run', () => attempts.length === 10);
    const other = await instance();
    await until('and ten there', () => attempts.length === 20);
    isFirst = false;
    await one.platform.stop({ atOnce: true });
    await other.platform.stop({ atOnce: true });
    await instance();
    await until('all are gone', async () => (await rowsOf(tasks)).length === 0);
    expect(new Set(attempts)).toEqual(new Set([0]));
    const effects = await database.query('select task from co_1.effect where task = any($1)', [tasks]);
    expect(effects).toHaveLength(30);
  });
});

describe('a gentle stop while a claim is under way', () => {
  test('hands back what the claim brings, not only when it has drained', async () => {
    const kit = await instance({ maximumConcurrentRunningTasks: 2 });
    const [running = ''] = await begin(kit, [asleep]);
    await database.query(`create or replace function wait_at_gate() returns trigger language plpgsql as
      $$ begin perform pg_advisory_xact_lock_shared(4711); return new; end $$;
      create trigger gate before update on nightshift.scheduled_task for each row
        when (old.claim is null and new.claim is not null) execute function wait_at_gate()`);
    const gate = await kit.platform.database.dedicated('gate', () => undefined);
    await gate.query('select pg_advisory_lock(4711)');
    const late = await createTask(kit.admin, main, { record: choose(leaveEffect), ready: false });
    await setTaskReady(kit.admin, late);
    await until('the claim waits at the gate', async () => {
      const waiting = await database.query(
        "select from pg_locks where locktype = 'advisory' and objid = 4711 and not granted",
      );
      return waiting.length === 1;
    });
    const versionOf = () =>
      database.query<{ version: string; claim: string | null }>(
        'select xmin::text as version, claim from nightshift.scheduled_task where id = $1',
        [late],
      );
    const [before] = await versionOf();
    const stopped = kit.platform.stop();
    await gate.query('select pg_advisory_unlock(4711)');
    await gate.end();
    await until('it was claimed, and is handed back', async () => {
      const [row] = await versionOf();
      return row?.claim === null && row.version !== before?.version;
    });
    expect(await rowsOf([running])).toMatchObject([{ claim: expect.any(String) }]);
    expect(await rowsOf([late])).toEqual([UNTOUCHED]);
    await kit.platform.stop({ atOnce: true });
    await stopped;
    await database.query('drop trigger gate on nightshift.scheduled_task');
    expect(await rowsOf([running, late])).toEqual([UNTOUCHED, UNTOUCHED]);
    await forget();
  });
});
