import { expect, onTestFinished, test } from 'vitest';
import { MINUTE_MS, SECOND_MS, systemClock } from '../foundation/index.ts';
import { codeunit } from '../session/index.ts';
import { createTask } from '../task-scheduler/index.ts';
import { leaveEffect } from '../testing/behaviours.ts';
import { until, within } from '../testing/condition.ts';
import { deadInstance } from '../testing/dead-instance.ts';
import { deadly, endless } from '../testing/deadly-codeunits.ts';
import { EFFECTS } from '../testing/effects.sql.ts';
import { type ForkedInstance, forkInstance } from '../testing/instance-fork.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { findingsOf } from './doctor.ts';
import { gatherFacts } from './doctor-facts.ts';
import { jobQueue } from './verbs.ts';

const NEIGHBOURS = 20;
const neighbour = codeunit({ name: 'Neighbour', onRun: (session) => leaveEffect(session, 'elsewhere') });

async function setup() {
  const database = await createTestDatabase();
  onTestFinished(() => database.drop());
  /** Creates tasks, and runs none. */
  const author = await platformOn(database, [neighbour, deadly, endless], false);
  return { database, author };
}

async function platformOn(
  database: TestDatabase,
  codeunits: readonly ReturnType<typeof codeunit>[],
  start: boolean,
): Promise<TestPlatform> {
  const kit = await startTestPlatform({ codeunits, migrations: [EFFECTS], database, start });
  onTestFinished(() => kit.stop());
  return kit;
}

/** A process that may die before it can say that it has started. */
async function forked(database: TestDatabase): Promise<ForkedInstance | null> {
  const instance = await forkInstance(database.url).catch(() => null);
  if (instance !== null) onTestFinished(() => instance.end());
  return instance;
}

const tasksLeft = async (database: TestDatabase) =>
  (await database.query('select from nightshift.scheduled_task')).length;

test('a codeunit that kills its process is poison after three marked starts; its neighbours have one effect each', async () => {
  const { database, author } = await setup();
  const entry = await jobQueue.create(author.admin, { object: 'Deadly' });
  await jobQueue.setStatusToReady(author.admin, entry.id);
  const innocent = await Promise.all(
    Array.from({ length: NEIGHBOURS }, () => createTask(author.admin, neighbour)),
  );
  let deaths = 0;
  while ((await tasksLeft(database)) > 0) {
    const instance = await forked(database);
    const done = until('nothing is left', async () => (await tasksLeft(database)) === 0, MINUTE_MS).then(
      () => 'done',
    );
    const end = instance === null ? 'died' : await Promise.race([instance.ended.then(() => 'died'), done]);
    if (end === 'died') deaths++;
    expect(deaths).toBeLessThanOrEqual(4);
    done.catch(() => undefined);
  }
  expect(deaths).toBe(4);
  const failed = await database.query(
    'select codeunit, state, error ->> $1 as code from nightshift.failed_task',
    ['code'],
  );
  expect(failed).toEqual([{ codeunit: 'Job Queue Dispatcher', state: 'Poison', code: 'TASK_POISON' }]);
  const effects = await database.query<{ task: string }>('select task from co_1.effect');
  expect(effects.map(({ task }) => task).toSorted()).toEqual(innocent.toSorted());
  expect(await jobQueue.get(author.admin, entry.id)).toMatchObject({
    status: 'Error',
    error: { code: 'TASK_POISON' },
  });
  const logs = await jobQueue.logEntries(author.admin, { entryId: entry.id });
  expect(new Set(logs.map(({ status }) => status))).toEqual(new Set(['Lost']));
  const findings = findingsOf(await gatherFacts(database.url, systemClock));
  expect(findings.filter(({ message }) => message.includes('poison'))).toEqual([
    expect.objectContaining({ level: 'error', topic: 'tasks' }),
  ]);
}, 180_000);

test('a main thread that never comes back: what had not begun runs elsewhere, the process ends, and its task is suspected', async () => {
  const { database, author } = await setup();
  const spin = await createTask(author.admin, endless, { timeout: SECOND_MS });
  const others = await Promise.all(
    Array.from({ length: NEIGHBOURS }, () => createTask(author.admin, neighbour)),
  );
  const rowOf = async () => {
    const rows = await database.query<{ claim: string | null; suspect: number; message: string | null }>(
      "select claim, suspect, last_error ->> 'message' as message from nightshift.scheduled_task where id = $1",
      [spin],
    );
    return rows[0];
  };
  const instance = (await forked(database)) as ForkedInstance;
  await within(
    'it blocks',
    instance.told(({ kind }) => kind === 'running'),
  );
  const begun = systemClock.monotonic();
  const [{ held } = { held: 0 }] = await database.query<{ held: number }>(
    'select count(*)::int as held from nightshift.scheduled_task where claim is not null',
  );
  expect(held).toBe(NEIGHBOURS + 1);
  const kit = await platformOn(database, [neighbour], true);
  // Ten had begun, and the others need not wait for the end of the process.
  await until(
    'what had not begun has run',
    async () => (await database.query('select from co_1.effect')).length >= 11,
  );
  expect(systemClock.monotonic() - begun).toBeLessThan(10 * SECOND_MS);
  expect(kit.telemetry.events('NS0003')).toEqual([]);
  const complaint = await within('the process has ended', instance.ended);
  expect([instance.process.exitCode, instance.process.signalCode]).toEqual([null, 'SIGKILL']);
  expect(complaint).toMatch(
    /^Nightshift ends this process: its main thread has been blocked for \d+ s by codeunit Endless at .*instance-process\.ts:\d+, longer than its timeout allows\./m,
  );
  await kit.waitFor('NS0003');
  await until('all but one are done', async () => (await tasksLeft(database)) === 1);
  expect(await rowOf()).toMatchObject({
    claim: null,
    suspect: 1,
    message: expect.stringMatching(
      /was lost; its main thread had been blocked for \d+ s by codeunit Endless at /,
    ),
  });
  expect(await database.query('select task from co_1.effect group by task having count(*) <> 1')).toEqual([]);
  // Two deaths later:
  await database.query('update nightshift.scheduled_task set suspect = 3 where id = $1', [spin]);
  const next = (await forked(database)) as ForkedInstance;
  await within('that one ends, too', next.ended, MINUTE_MS);
  await kit.waitFor('NS0020', ({ taskId }) => taskId === spin);
  expect(others).toHaveLength(NEIGHBOURS);
  expect(await database.query('select state from nightshift.failed_task')).toEqual([{ state: 'Poison' }]);
}, 180_000);

test('a main thread that never comes back ends its process also when others have declared it dead', async () => {
  const { database, author } = await setup();
  await createTask(author.admin, endless, { timeout: SECOND_MS });
  const instance = (await forked(database)) as ForkedInstance;
  await within(
    'it blocks',
    instance.told(({ kind }) => kind === 'running'),
  );
  await database.query('update nightshift.server_instance set ended_at = clock_timestamp()');
  await within('it has ended', instance.ended);
  expect(instance.process.signalCode).toBe('SIGKILL');
}, 60_000);

test('a poison task whose end cannot be written is tried again; nobody else waits for that', async () => {
  const { database, author } = await setup();
  const kit = await platformOn(database, [neighbour], true);
  const entry = await jobQueue.create(author.admin, {
    object: 'Deadly',
    earliestStart: new Date('2999-01-01'),
  });
  const { taskId } = await jobQueue.setStatusToReady(author.admin, entry.id);
  const task = taskId as string;
  const innocent = await createTask(author.admin, neighbour, { ready: false });
  await database.query(`create function refuse() returns trigger language plpgsql as
    $$ begin raise 'not now'; end $$;
    create trigger refuse before update on nightshift.job_queue_entry for each row
      when (new.status = 'Error') execute function refuse()`);
  const dead = deadInstance(database);
  await dead.holds([task], 3);
  await dead.holds([innocent]);
  await dead.show();
  await kit.waitFor('NS0008', ({ taskId: told }) => told === task);
  await until('the neighbour has run', async () => (await tasksLeft(database)) === 1);
  expect(await database.query('select from nightshift.failed_task')).toEqual([]);
  expect(await database.query('select suspect, claim from nightshift.scheduled_task')).toEqual([
    { suspect: 4, claim: null },
  ]);
  await database.query('drop trigger refuse on nightshift.job_queue_entry');
  await kit.waitFor('NS0020', ({ taskId: told }) => told === task);
  expect((await jobQueue.get(author.admin, entry.id)).status).toBe('Error');
});
