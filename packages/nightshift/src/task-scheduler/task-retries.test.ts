import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HOUR_MS, NightshiftError, SECOND_MS } from '../foundation/index.ts';
import type { Session } from '../session/index.ts';
import { behaviours, leaveEffect } from '../testing/behaviours.ts';
import { until } from '../testing/condition.ts';
import { EFFECTS } from '../testing/effects.sql.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { listTasksOfCompany } from './task-list.sql.ts';
import { createTask, setTaskReady, taskExists } from './task-scheduler.ts';

const { main, failure, codeunits, choose } = behaviours();
const clock = new FakeClock();
const STOCK = {
  name: '0002_stock',
  sql: "create table stock (item text primary key, quantity int); insert into stock values ('bolt', 1), ('nut', 1)",
};
let kit: TestPlatform;

beforeAll(async () => {
  kit = await startTestPlatform({ codeunits, migrations: [EFFECTS, STOCK], clock });
});
afterAll(() => kit.stop());

/** Sets the wall clock and lets the dispatcher look; sleepers stay asleep. */
function at(instant: Date | number): void {
  clock.at(new Date(instant));
  kit.platform.instance.wake();
}

const later = (ms: number) => new Date(clock.now().getTime() + ms);
const completed = (task: string) => kit.waitFor('LC0043', ({ taskId }) => taskId === task);
const failedRun = (task: string, attempt: number, decision: string) =>
  kit.waitFor(
    'LC0045',
    (event) =>
      event['taskId'] === task && event['attemptNumber'] === attempt && event['decision'] === decision,
  );

/** Proves that the dispatcher has looked at the present time: a task that is due now has run. */
async function looked(): Promise<void> {
  await completed(await createTask(kit.admin, main, { record: choose(() => undefined) }));
}

async function row(task: string) {
  const [found] = await kit.query<Record<string, unknown>>(
    'select * from nightshift.scheduled_task where id = $1',
    [task],
  );
  return found ?? null;
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

async function effects(task: string): Promise<readonly string[]> {
  const rows = await kit.query<{ note: string }>('select note from co_1.effect where task = $1 order by no', [
    task,
  ]);
  return rows.map(({ note }) => note);
}

function factsOf({ attempt, uniqueId, idempotencyKey, lastError }: Session) {
  return { attempt, uniqueId, idempotencyKey, error: lastError?.message ?? null };
}

describe('not before', () => {
  test('a task is not claimed a millisecond before its time, and is at it', async () => {
    const notBefore = later(HOUR_MS);
    const task = await createTask(kit.admin, main, { record: choose(leaveEffect), notBefore });
    await looked();
    at(notBefore.getTime() - 1);
    await looked();
    expect(await row(task)).toMatchObject({ claim: null, due: notBefore });
    at(notBefore);
    await completed(task);
    expect(await effects(task)).toEqual(['done']);
  });

  test('a task that is not ready waits for ever, until it is set ready for its time', async () => {
    const task = await createTask(kit.admin, main, { record: choose(leaveEffect), ready: false });
    at(later(48 * HOUR_MS));
    await looked();
    expect(await stateOf(task)).toBe('Not Ready');
    const notBefore = later(HOUR_MS);
    expect(await setTaskReady(kit.admin, task, { notBefore })).toBe(true);
    await looked();
    expect(await stateOf(task)).toBe('Pending');
    at(notBefore);
    await completed(task);
  });

  test('the clock going back delays nothing that is due, and starts nothing twice', async () => {
    at(later(-24 * HOUR_MS));
    const task = await createTask(kit.admin, main, { record: choose(leaveEffect) });
    await completed(task);
    at(later(24 * HOUR_MS));
    await looked();
    expect(await effects(task)).toEqual(['done']);
  });

  test('the oldest due task runs first', async () => {
    const order: string[] = [];
    const dues = [3, 1, 2].map((hours) => later(hours * HOUR_MS));
    const tasks = await Promise.all(
      dues.map((notBefore) =>
        createTask(kit.admin, main, { record: choose((session) => order.push(session.uniqueId)), notBefore }),
      ),
    );
    at(later(4 * HOUR_MS));
    await Promise.all(tasks.map(completed));
    expect(order).toEqual([tasks[1], tasks[2], tasks[0]]);
  });
});

describe('a retriable error', () => {
  test('runs the task again by the policy, as the same session, and holds nothing meanwhile', async () => {
    const runs: unknown[] = [];
    const record = choose(async (session) => {
      runs.push(factsOf(session));
      await leaveEffect(session, `attempt ${session.attempt}`);
      if (session.attempt < 3) throw new NightshiftError('RETRY_LATER', `not yet ${session.attempt}`);
    });
    const task = await createTask(kit.admin, main, { record });
    for (const [attempt, waitMs] of [30, 30, 60].map((seconds) => seconds * SECOND_MS).entries()) {
      const due = later(waitMs);
      await failedRun(task, attempt, 'retry');
      expect(await row(task)).toMatchObject({
        claim: null,
        claimed_by: null,
        attempt: attempt + 1,
        due,
        failing: false,
        last_error: { code: 'RETRY_LATER', message: `not yet ${attempt}` },
      });
      expect(await stateOf(task)).toBe('Retrying');
      expect(kit.platform.instance.running).toBe(0);
      const held = await kit.query(
        "select from pg_stat_activity where datname = current_database() and state like 'idle in%'",
      );
      expect(held).toEqual([]);
      at(due.getTime() - 1);
      await looked();
      expect(runs).toHaveLength(attempt + 1);
      at(due);
    }
    await completed(task);
    const same = { uniqueId: task, idempotencyKey: task };
    expect(runs).toEqual([
      { ...same, attempt: 0, error: null },
      { ...same, attempt: 1, error: 'not yet 0' },
      { ...same, attempt: 2, error: 'not yet 1' },
      { ...same, attempt: 3, error: 'not yet 2' },
    ]);
    expect(await effects(task)).toEqual(['attempt 3']);
    expect(await taskExists(kit.admin, task)).toBe(false);
  });

  test('a real deadlock', async () => {
    const [locked, both] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const lock = (session: Session, item: string) =>
      session.db.query('update stock set quantity = quantity where item = $1', [item]);
    const other = choose(async (session) => {
      if (session.attempt > 0) return leaveEffect(session);
      await lock(session, 'nut');
      locked.resolve();
      await both.promise;
      await lock(session, 'bolt');
      await leaveEffect(session);
    });
    const record = choose(async (session) => {
      if (session.attempt > 0) return leaveEffect(session);
      await lock(session, 'bolt');
      await locked.promise;
      both.resolve();
      await lock(session, 'nut');
      await leaveEffect(session);
    });
    const tasks = await Promise.all(
      [record, other].map((one) => createTask(kit.admin, main, { record: one })),
    );
    const victim = await kit.waitFor('LC0045', ({ taskId }) => tasks.includes(taskId as string));
    const task = victim.dimensions['taskId'] as string;
    expect(await row(task)).toMatchObject({ attempt: 1, last_error: { code: '40P01' } });
    at(later(30 * SECOND_MS));
    await Promise.all(tasks.map(completed));
    expect(await Promise.all(tasks.map(effects))).toEqual([['done'], ['done']]);
  });

  test('a real serialization failure', async () => {
    await looked(); // so that there is a slot
    await kit.query(`do $$ declare r record; begin
      for r in select rolname from pg_roles, nightshift.environment where starts_with(rolname, 'ns_' || mark || '_s')
      and rolcanlogin loop execute format('alter role %I set default_transaction_isolation to ''repeatable read''', r.rolname); end loop;
      perform pg_terminate_backend(pid) from pg_stat_activity, nightshift.environment
        where starts_with(usename, 'ns_' || mark || '_s'); end $$`);
    const record = choose(async (session) => {
      await session.db.query("select quantity from stock where item = 'bolt'");
      if (session.attempt === 0)
        await kit.query("update co_1.stock set quantity = quantity + 1 where item = 'bolt'");
      await session.db.query("update stock set quantity = quantity + 10 where item = 'bolt'");
    });
    const task = await createTask(kit.admin, main, { record });
    await failedRun(task, 0, 'retry');
    expect(await row(task)).toMatchObject({ attempt: 1, last_error: { code: '40001' } });
    at(later(30 * SECOND_MS));
    await completed(task);
    expect(await kit.query("select quantity from co_1.stock where item = 'bolt'")).toEqual([
      { quantity: 12 },
    ]);
  });

  test('that comes 100 times: the 99 retries of the policy, then Failed', async () => {
    const record = choose(() => {
      throw new NightshiftError('RETRY_LATER', 'never');
    });
    const task = await createTask(kit.admin, main, { record });
    for (let attempt = 0; attempt < 99; attempt++) {
      await failedRun(task, attempt, 'retry');
      at(later(5 * 60 * SECOND_MS));
    }
    await failedRun(task, 99, 'failed');
    expect(await stateOf(task)).toBe('Failed');
  });
});

describe('a failure codeunit', () => {
  test('that fails is run again with the same error to work on, and then is the last', async () => {
    const runs: unknown[] = [];
    const record = choose(
      () => {
        throw new Error('main broke');
      },
      async (session) => {
        runs.push(factsOf(session));
        await leaveEffect(session);
        if (session.attempt === 0) throw new Error('failure codeunit broke');
      },
    );
    const task = await createTask(kit.admin, main, { record, failureCodeunit: failure });
    await failedRun(task, 0, 'failure-codeunit');
    await failedRun(task, 0, 'retry');
    expect(await row(task)).toMatchObject({ failing: true, attempt: 1 });
    at(later(30 * SECOND_MS));
    await completed(task);
    expect(await effects(task)).toEqual(['done']);
    const [first, second] = runs as { uniqueId: string; error: string }[];
    expect(second?.uniqueId).toBe(first?.uniqueId);
    expect([first?.error, second?.error]).toEqual(['main broke', 'main broke']);
  });

  test('that always fails: retried by the policy, then the task has Failed with both errors told', async () => {
    const record = choose(
      () => {
        throw new Error('main broke');
      },
      () => {
        throw new Error('failure codeunit broke');
      },
    );
    const task = await createTask(kit.admin, main, { record, failureCodeunit: failure });
    for (let attempt = 0; attempt < 99; attempt++) {
      await failedRun(task, attempt, 'retry');
      at(later(5 * 60 * SECOND_MS));
    }
    await failedRun(task, 99, 'failed');
    expect(await stateOf(task)).toBe('Failed');
    const kept = await kit.query('select error from nightshift.failed_task where id = $1', [task]);
    expect(kept).toMatchObject([
      { error: { message: 'failure codeunit broke', causes: [{ message: 'main broke' }] } },
    ]);
  });

  test('that asks for a confirmation is not tried again', async () => {
    const record = choose(
      () => {
        throw new Error('main broke');
      },
      (session) => session.confirm('Again?'),
    );
    const task = await createTask(kit.admin, main, { record, failureCodeunit: failure });
    await failedRun(task, 0, 'failed');
    expect(await stateOf(task)).toBe('Failed');
  });
});

describe('a session that does not heed its timeout', () => {
  test('is given up after the grace: its task has failed, and it keeps its place until its code ends', async () => {
    const begun = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    let late: Promise<unknown> = Promise.resolve();
    const record = choose(async (session) => {
      await leaveEffect(session);
      begun.resolve();
      await release.promise;
      late = leaveEffect(session).catch((error: unknown) => error);
    });
    const task = await createTask(kit.admin, main, { record, timeout: SECOND_MS });
    await begun.promise;
    await clock.advance(SECOND_MS + 5 * SECOND_MS + 500);
    await kit.waitFor('LC0044', ({ taskId }) => taskId === task);
    await until('it has failed', async () => (await stateOf(task)) === 'Failed');
    expect(kit.platform.instance.running).toBe(1);
    release.resolve();
    await until('its place is free', () => kit.platform.instance.running === 0);
    await expect(Promise.resolve().then(() => late)).resolves.toMatchObject({ code: 'SESSION_TIMEOUT' });
    expect(await effects(task)).toEqual([]);
    await looked();
  });
});
