import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { codeunit, type Session } from '../session/index.ts';
import { leaveEffect } from '../testing/behaviours.ts';
import { until, within } from '../testing/condition.ts';
import { EFFECTS } from '../testing/effects.sql.ts';
import { forkInstance } from '../testing/instance-fork.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { createTask } from './task-scheduler.ts';

const TASKS = 300;
let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

/** How many effects each task has that has any. */
async function effects(): Promise<readonly number[]> {
  const rows = await database.query<{ count: number }>(
    'select count(*)::int as count from co_1.effect group by task',
  );
  return rows.map(({ count }) => count);
}

const plan = z.object({ no: z.number() });
const runs: number[] = [];
/** How many tasks of each codeunit each transaction had. */
const transactions = { shared: new Map<string, number>(), single: new Map<string, number>() };

async function count(session: Session, of: Map<string, number>): Promise<void> {
  const { rows } = await session.db.query<{ xid: string }>('select pg_current_xact_id()::text as xid');
  const { xid } = rows[0] as { xid: string };
  of.set(xid, (of.get(xid) ?? 0) + 1);
}

async function run(session: Session, { no }: { readonly no: number }): Promise<void> {
  runs[no] = (runs[no] ?? 0) + 1;
  await leaveEffect(session, String(no));
  await count(session, transactions.shared);
  if (no % 50 === 7) throw new Error('broken');
  if (no % 50 === 11) session.error('');
}
const shared = codeunit({ name: 'Shared', record: plan, sharedTransaction: 40, onRun: run });
let hold: () => Promise<unknown> = async () => undefined;
const slow = codeunit({
  name: 'Slow',
  record: plan,
  sharedTransaction: 40,
  async onRun(session) {
    await leaveEffect(session);
    await hold();
  },
});
const single = codeunit({
  name: 'Single',
  record: plan,
  async onRun(session) {
    await leaveEffect(session);
    await count(session, transactions.single);
  },
});

async function started(enableTaskScheduler = true): Promise<TestPlatform> {
  const kit = await startTestPlatform({
    codeunits: [shared, slow, single],
    migrations: [EFFECTS],
    database,
    taskScheduler: { enableTaskScheduler, maximumConcurrentRunningTasks: 4 },
  });
  onTestFinished(() => kit.stop());
  return kit;
}

const isEmpty = async () => (await database.query('select from nightshift.scheduled_task')).length === 0;

describe('an instance', () => {
  test('lets tasks of a codeunit share transactions, and others not', async () => {
    const kit = await started();
    await kit.open(async (session) => {
      for (let no = 0; no < TASKS; no++) {
        await createTask(session, shared, { record: { no } });
        if (no % 10 === 0) await createTask(session, single, { record: { no } });
      }
    });
    await until('nothing waits', isEmpty);
    expect(runs).toEqual(Array.from({ length: TASKS }, () => 1));
    const left = await database.query<{ note: string }>("select note from co_1.effect where note <> 'done'");
    const well = runs.flatMap((_, no) => (no % 50 === 7 || no % 50 === 11 ? [] : [String(no)]));
    expect(left.map(({ note }) => note).toSorted()).toEqual(well.toSorted());
    expect(await database.query('select from nightshift.failed_task')).toHaveLength(TASKS / 50);
    expect(transactions.single.size).toBe(TASKS / 10);
    expect(transactions.shared.size).toBeLessThan(TASKS / 10);
    expect(Math.max(...transactions.shared.values())).toBeLessThanOrEqual(40);
  });

  test('stops after the task that runs, and hands back those that have not begun', async () => {
    await database.query('delete from co_1.effect');
    const kit = await started();
    const [begun, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    hold = () => {
      begun.resolve();
      return goOn.promise;
    };
    const held = 60;
    await kit.open(async (session) => {
      for (let no = 0; no < held; no++) await createTask(session, slow, { record: { no } });
    });
    await begun.promise;
    const stopping = kit.stop();
    goOn.resolve();
    await stopping;
    const left = await database.query<{ claim: unknown; attempt: number; losses: number }>(
      'select claim, attempt, losses from nightshift.scheduled_task',
    );
    const done = await database.query('select from co_1.effect');
    expect(left.length + done.length).toBe(held);
    expect(done.length).toBeLessThanOrEqual(4);
    expect(done.length).toBeGreaterThan(0);
    for (const row of left) expect(row).toEqual({ claim: null, attempt: 0, losses: 0 });
    await database.query('delete from nightshift.scheduled_task');
  });
});

describe('an instance that is killed in the middle of a shared transaction', () => {
  test('leaves nothing of it; each of its tasks runs again elsewhere, alone, exactly once', async () => {
    await database.query('delete from co_1.effect');
    const kit = await started(false);
    const tasks: string[] = [];
    await kit.open(async (session) => {
      for (let no = 0; no < 12; no++)
        tasks.push(await createTask(session, shared, { record: { no: 100 + no } }));
    });
    const first = await forkInstance(database.url);
    onTestFinished(() => first.end());
    await within(
      'it runs one',
      first.told(({ kind }) => kind === 'running'),
    );
    await first.end();
    expect(await effects()).toEqual([]);
    const second = await forkInstance(database.url);
    onTestFinished(() => second.end());
    second.process.send('go on');
    await until('all are done', isEmpty);
    expect(await effects()).toEqual(tasks.map(() => 1));
  });
});
