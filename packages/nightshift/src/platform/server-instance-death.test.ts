import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { systemClock } from '../foundation/index.ts';
import { codeunit } from '../session/index.ts';
import { createTask } from '../task-scheduler/index.ts';
import { leaveEffect } from '../testing/behaviours.ts';
import { until, within } from '../testing/condition.ts';
import { EFFECTS } from '../testing/effects.sql.ts';
import { type ForkedInstance, forkInstance } from '../testing/instance-fork.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { jobQueue, sessions } from './verbs.ts';

const main = codeunit({
  name: 'Main',
  record: z.looseObject({}),
  onRun: (session) => leaveEffect(session, 'elsewhere'),
});
const heldTasks = new Set<string>();
const opened = Promise.withResolvers<void>();
/** In the other process it waits for a word that never comes. */
const held = codeunit({
  name: 'Held',
  record: z.looseObject({}),
  async onRun(session) {
    heldTasks.add(session.idempotencyKey);
    await leaveEffect(session, 'elsewhere');
    await opened.promise;
  },
});
let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

/** A second instance in this process, which is connected and runs nothing yet. */
async function connected(): Promise<TestPlatform> {
  const kit = await startTestPlatform({
    codeunits: [main, held],
    migrations: [EFFECTS],
    database,
    start: false,
  });
  onTestFinished(() => kit.stop());
  return kit;
}

async function forked(): Promise<ForkedInstance> {
  const instance = await forkInstance(database.url);
  onTestFinished(() => instance.end());
  return instance;
}

async function notesOf(task: string): Promise<readonly string[]> {
  const rows = await database.query<{ note: string }>('select note from co_1.effect where task = $1', [task]);
  return rows.map(({ note }) => note);
}

const running = (instance: ForkedInstance, task: string) =>
  within(
    'the process runs the task',
    instance.told((message) => message.kind === 'running' && message.taskId === task),
  );

const activeSessionsOf = (uniqueId: string) =>
  database.query('select from nightshift.active_session where unique_id = $1', [uniqueId]);

describe('a process that is killed while its task runs', () => {
  test('its task runs again elsewhere within seconds: one effect', async () => {
    const kit = await connected();
    const instance = await forked();
    const task = await createTask(kit.admin, main, { record: {} });
    await running(instance, task);
    await until('its session is listed as active', async () => (await activeSessionsOf(task)).length === 1);
    await kit.platform.start();
    const begun = systemClock.monotonic();
    await instance.end();
    await kit.waitFor('NS0003');
    await kit.waitFor('LC0043', ({ taskId }) => taskId === task);
    expect(systemClock.monotonic() - begun).toBeLessThan(8_000);
    expect(await notesOf(task)).toEqual(['elsewhere']);
    // The session that died with its process has an end, too, and the one that took over has its own.
    await until('a survivor has noticed', async () => (await activeSessionsOf(task)).length === 0);
    await kit.platform.instance.host.events.flush();
    const events = await sessions.events(kit.admin, { uniqueId: task, oldestFirst: true });
    expect(events.map(({ type }) => type).toSorted()).toEqual(['Lost', 'Start', 'Stop']);
    expect(events.find(({ type }) => type === 'Lost')?.comment).toMatch(
      /^the server instance .*, process \d+, was lost$/,
    );
  });

  test('ten long tasks that it ran all run again elsewhere, side by side, within five seconds', async () => {
    const kit = await connected();
    const instance = await forked();
    const tasks = await Promise.all(
      Array.from({ length: 10 }, () => createTask(kit.admin, held, { record: {} })),
    );
    for (const task of tasks) await running(instance, task);
    await kit.platform.start();
    const begun = systemClock.monotonic();
    await instance.end();
    await until('all ten run here', () => heldTasks.size === 10);
    expect(systemClock.monotonic() - begun).toBeLessThan(5_000);
    opened.resolve();
    await until('all are done', async () => {
      const left = await database.query('select from nightshift.scheduled_task where id = any($1::uuid[])', [
        tasks,
      ]);
      return left.length === 0;
    });
    const effects = await database.query('select note from co_1.effect where task = any($1)', [tasks]);
    expect(effects).toEqual(Array.from({ length: 10 }, () => ({ note: 'elsewhere' })));
    expect(await database.query('select from nightshift.failed_task')).toEqual([]);
  });

  test('its job queue entry is In Process until then, and its log entry is Lost', async () => {
    const kit = await connected();
    const instance = await forked();
    const entry = await jobQueue.create(kit.admin, { object: 'Main' });
    const { taskId } = await jobQueue.setStatusToReady(kit.admin, entry.id);
    const task = taskId as string;
    await running(instance, task);
    expect((await jobQueue.get(kit.admin, entry.id)).status).toBe('In Process');
    await kit.platform.start();
    await instance.end();
    await kit.waitFor('AL0000E26');
    const logs = await jobQueue.logEntries(kit.admin, { entryId: entry.id });
    expect(logs.map(({ status }) => status)).toEqual(['Success', 'Lost']);
    expect(logs.every(({ endedAt }) => endedAt !== null)).toBe(true);
    expect((await jobQueue.get(kit.admin, entry.id)).status).toBe('Finished');
    expect(await notesOf(task)).toEqual(['elsewhere']);
  });
});
