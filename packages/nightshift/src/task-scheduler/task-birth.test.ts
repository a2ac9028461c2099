import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { behaviours, leaveEffect } from '../testing/behaviours.ts';
import { until } from '../testing/condition.ts';
import { EFFECTS } from '../testing/effects.sql.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { createTask } from './task-scheduler.ts';

const { main, codeunits, choose } = behaviours();
let database: TestDatabase;
let kit: TestPlatform;

// Every claim by an update is noted: a task that was claimed by its insert leaves no note.
beforeAll(async () => {
  database = await createTestDatabase();
  kit = await startTestPlatform({
    codeunits,
    migrations: [EFFECTS],
    database,
    taskScheduler: { maximumConcurrentRunningTasks: 2 },
  });
  await database.query(`create table claimed (task uuid);
    create function note_claim() returns trigger language plpgsql as
      $$ begin insert into claimed values (new.id); return new; end $$;
    create trigger note_claim after update on nightshift.scheduled_task for each row
      when (old.claim is null and new.claim is not null) execute function note_claim()`);
});
afterAll(async () => {
  await kit.stop();
  await database.drop();
});

const wasClaimed = async (task: string) =>
  (await database.query('select from claimed where task = $1', [task])).length > 0;
const completed = (task: string) => kit.waitFor('LC0043', ({ taskId }) => taskId === task);
/** The instance has nothing to do, and has looked whether that is so. */
const idle = () =>
  until('the instance is idle', async () => {
    const probe = await createTask(kit.admin, main, { record: choose(() => undefined) });
    await completed(probe);
    return !(await wasClaimed(probe));
  });

describe('a task that is created on an idle instance', () => {
  test('starts there without a claim', async () => {
    await idle();
    const task = await createTask(kit.admin, main, { record: choose((session) => leaveEffect(session)) });
    await completed(task);
    expect(await wasClaimed(task)).toBe(false);
    expect(await database.query('select from co_1.effect where task = $1', [task])).toHaveLength(1);
    expect(await database.query('select from nightshift.scheduled_task where id = $1', [task])).toEqual([]);
  });

  test('waits for its claim when it has a due time, is not ready, or comes in a transaction', async () => {
    await idle();
    const record = choose(() => undefined);
    const due = await createTask(kit.admin, main, { record, notBefore: new Date(0) });
    const inside = await kit.open((session) => createTask(session, main, { record }));
    for (const task of [due, inside]) {
      await completed(task);
      expect(await wasClaimed(task)).toBe(true);
    }
    const notReady = await createTask(kit.admin, main, { record, ready: false });
    expect(
      await database.query('select claim from nightshift.scheduled_task where id = $1', [notReady]),
    ).toEqual([{ claim: null }]);
  });

  test('has the record as it was when it was created', async () => {
    await idle();
    const record = { ...choose((session) => leaveEffect(session, 'the first')) };
    const created = createTask(kit.admin, main, { record });
    record.key = choose((session) => leaveEffect(session, 'the second')).key;
    const task = await created;
    await completed(task);
    expect(await database.query('select note from co_1.effect where task = $1', [task])).toEqual([
      { note: 'the first' },
    ]);
  });

  test('beside more of them than there are places: all run, each once', async () => {
    await idle();
    const record = choose((session) => leaveEffect(session));
    const tasks = await Promise.all(
      Array.from({ length: 200 }, () => createTask(kit.admin, main, { record })),
    );
    for (const task of tasks) await completed(task);
    const rows = await database.query('select task from co_1.effect where task = any($1) group by task', [
      tasks,
    ]);
    expect(rows).toHaveLength(200);
    const claimed = await Promise.all(tasks.map(wasClaimed));
    expect(claimed.filter((was) => !was).length).toBeGreaterThan(0);
    expect(claimed.filter((was) => was).length).toBeGreaterThan(100);
  });
});

test('a task that is created while all places are taken waits for its claim', async () => {
  await idle();
  const { promise: over, resolve } = Promise.withResolvers<void>();
  let running = 0;
  const long = choose(async () => {
    running++;
    await over;
  });
  for (let n = 0; n < 2; n++) await createTask(kit.admin, main, { record: long });
  await until('both run', () => running === 2);
  const task = await createTask(kit.admin, main, { record: choose(() => undefined) });
  resolve();
  await completed(task);
  expect(await wasClaimed(task)).toBe(true);
});
