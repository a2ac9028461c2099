import { describe, expect, onTestFinished, test } from 'vitest';
import { codeunit, startSession } from '../session/index.ts';
import { createTask, setTaskReady, taskExists } from '../task-scheduler/index.ts';
import { behaviours, leaveEffect } from '../testing/behaviours.ts';
import { until, within } from '../testing/condition.ts';
import { EFFECTS } from '../testing/effects.sql.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import {
  ADMIN,
  startTestPlatform,
  type TestPlatform,
  type TestPlatformOptions,
} from '../testing/test-platform.ts';

/** In which an instance that is held must begin when it was released. */
const BEGIN_MS_MAX = 2_000;

const { main, codeunits, choose } = behaviours();

async function database(template?: TestDatabase): Promise<TestDatabase> {
  const made = await createTestDatabase(template === undefined ? {} : { template: template.name });
  onTestFinished(() => made.drop());
  return made;
}

async function instance(
  on: TestDatabase,
  environment: string,
  options: Omit<TestPlatformOptions, 'database' | 'environment'> = {},
): Promise<TestPlatform> {
  const kit = await startTestPlatform({
    codeunits,
    migrations: [EFFECTS],
    database: on,
    environment,
    ...options,
  });
  onTestFinished(() => kit.stop());
  return kit;
}

/** A database that an instance of `environment` has run on, and nobody does now. */
async function used(environment: string): Promise<TestDatabase> {
  const made = await database();
  await (await instance(made, environment)).stop();
  return made;
}

const heldOf = ({ platform }: TestPlatform) => platform.instance.held;
const record = choose(leaveEffect);
const create = (kit: TestPlatform) => createTask(kit.admin, main, { record });
const nameOf = async (on: TestDatabase) =>
  (await on.query<{ name: string | null }>('select name from nightshift.environment'))[0]?.name;
const effectsIn = async (on: TestDatabase) => (await on.query('select from co_1.effect')).length;
const isDone = (on: TestDatabase, tasks = 1) =>
  until('the effects are there', async () => (await effectsIn(on)) === tasks);
const becomes = (kit: TestPlatform, state: 'held' | 'free') =>
  until(`the instance is ${state}`, () => (heldOf(kit) !== null) === (state === 'held'));

/** Time for any instance that may run tasks to do so. */
async function letOthersRun(on: TestDatabase, by: TestPlatform): Promise<void> {
  const before = await effectsIn(on);
  await create(by);
  await isDone(on, before + 1);
}

describe('the first instance', () => {
  test('names the database and runs; one of the same name joins it', async () => {
    const target = await database();
    const one = await instance(target, 'production');
    const other = await instance(target, 'production');
    expect([heldOf(one), heldOf(other)]).toEqual([null, null]);
    expect(await nameOf(target)).toBe('production');
    await create(other);
    await isDone(target);
    const rows = await target.query('select environment, held from nightshift.server_instance');
    expect(rows).toEqual([
      { environment: 'production', held: null },
      { environment: 'production', held: null },
    ]);
  });

  test('is one, of several that start at once under different names', async () => {
    const target = await database();
    const kits = await Promise.all(['a', 'b', 'c'].map((name) => instance(target, name)));
    expect(kits.filter((kit) => heldOf(kit) === null)).toHaveLength(1);
    expect(await nameOf(target)).toBe(['a', 'b', 'c'][kits.findIndex((kit) => heldOf(kit) === null)]);
  });

  test('is none that runs no tasks, and such a one is never held', async () => {
    const target = await database();
    const taskless = { taskScheduler: { enableTaskScheduler: false } };
    const idle = await instance(target, 'tool', taskless);
    expect(await nameOf(target)).toBeNull();
    await instance(target, 'production');
    expect(await nameOf(target)).toBe('production');
    expect(heldOf(idle)).toBeNull();
    const { instances } = await idle.platform.environment.show(idle.admin);
    expect(instances.map(({ environment, runsTasks }) => [environment, runsTasks])).toEqual([
      ['tool', false],
      ['production', true],
    ]);
  });
});

describe('an instance that is configured for another name', () => {
  test('is held: it says so, its tasks wait, and the instance of the right name does the work', async () => {
    const target = await database();
    const right = await instance(target, 'production');
    const wrong = await instance(target, 'staging');
    const event = await wrong.waitFor('NS0022');
    expect(event.dimensions).toMatchObject({ environment: 'staging', reason: heldOf(wrong) });
    expect(heldOf(wrong)).toMatch(/"production".*"staging"/);
    await letOthersRun(target, wrong);
    expect(wrong.telemetry.events('LC0043')).toEqual([]);
    const [, row] = await target.query<{ held: string }>(
      'select held from nightshift.server_instance order by place',
    );
    expect(row?.held).toBe(heldOf(wrong));
    expect(heldOf(right)).toBeNull();
  });

  test('still opens sessions, starts sessions, and takes orders, which wait', async () => {
    const target = await used('production');
    const hello = codeunit({ name: 'Hello', onRun: leaveEffect });
    const kit = await instance(target, 'staging', { codeunits: [...codeunits, hello] });
    expect(heldOf(kit)).not.toBeNull();
    await kit.open((session) => session.run(hello));
    const started = await startSession(kit.admin, hello);
    expect(await started.finished).toMatchObject({ succeeded: true });
    expect(await effectsIn(target)).toBe(2);
    const task = await create(kit);
    const later = await createTask(kit.admin, main, { record, ready: false });
    expect(await setTaskReady(kit.admin, later)).toBe(true);
    await kit.open((session) => createTask(session, main, { record }));
    expect(await taskExists(kit.admin, task)).toBe(true);
    expect(await kit.platform.environment.show(kit.admin)).toMatchObject({ name: 'production', dueTasks: 3 });
    await kit.platform.environment.release(kit.admin);
    await isDone(target, 5);
  });

  test('reaps the dead without running what it frees, and is reaped', async () => {
    const target = await used('production');
    const wrong = await instance(target, 'staging');
    await create(wrong);
    const dead = '00000000-0000-4000-8000-000000000001';
    await target.query(
      `with dead as (
         insert into nightshift.server_instance
           (epoch, place, host, process_id, version, codeunits, runs_tasks, beat_at)
         values ($1, 9, 'h', 1, '0', '{}', true, now() - interval '1 hour')
       )
       update nightshift.scheduled_task set claim = $1, claimed_by = $1`,
      [dead],
    );
    const freed = 'select from nightshift.scheduled_task where claim is null and due <= now()';
    await until('its task is free', async () => (await target.query(freed)).length === 1);
    const { epoch } = wrong.platform.instance;
    await target.query(
      'update nightshift.server_instance set ended_at = clock_timestamp() where epoch = $1',
      [epoch],
    );
    await until('it lives again', () => ![null, epoch].includes(wrong.platform.instance.epoch));
    expect(heldOf(wrong)).not.toBeNull();
    expect([await effectsIn(target), await target.query(freed)]).toEqual([0, [expect.anything()]]);
    await wrong.platform.environment.release(wrong.admin);
    await isDone(target);
  });
});

describe('a release', () => {
  test('lets held instances begin within two seconds, without a restart', async () => {
    const target = await used('production');
    const kit = await instance(target, 'staging');
    await create(kit);
    const state = await kit.platform.environment.release(kit.admin);
    await within('the task had run', isDone(target), BEGIN_MS_MAX);
    expect(state).toMatchObject({ name: 'staging', unapproved: null });
    expect(heldOf(kit)).toBeNull();
    expect((await kit.waitFor('NS0023')).dimensions).toMatchObject({ environment: 'staging' });
    const { instances } = await kit.platform.environment.show(kit.admin);
    expect(instances).toMatchObject([{ environment: 'staging', held: null }]);
  });

  test('makes instances of the other name become held; what runs there ends well, the rest goes over', async () => {
    const target = await database();
    const gate = Promise.withResolvers<void>();
    const long = choose(async (session) => {
      await leaveEffect(session);
      await gate.promise;
    });
    const old = await instance(target, 'production', { taskScheduler: { maximumConcurrentRunningTasks: 1 } });
    const next = await instance(target, 'staging');
    await createTask(old.admin, main, { record: long });
    await until('it runs', () => old.platform.instance.running === 1);
    await Promise.all(Array.from({ length: 5 }, () => create(old)));
    await next.platform.environment.release(next.admin, { name: 'staging' });
    await becomes(old, 'held');
    await becomes(next, 'free');
    await isDone(target, 5); // while the long one still holds its transaction open
    expect(old.platform.instance.running).toBe(1);
    gate.resolve();
    await isDone(target, 6);
    expect(await target.query('select from nightshift.scheduled_task')).toEqual([]);
    expect(await target.query('select from nightshift.failed_task')).toEqual([]);
    await next.platform.environment.release(next.admin, { name: 'production' });
    await becomes(next, 'held');
    await becomes(old, 'free');
    await next.stop();
    await letOthersRun(target, old);
  });

  test('may change the name of a database that nobody runs on', async () => {
    const target = await used('production');
    const idle = await instance(target, 'whatever', { start: false });
    await idle.platform.environment.release(idle.admin, { name: 'test of 7 May' });
    expect(heldOf(await instance(target, 'test of 7 May'))).toBeNull();
  });

  test('refuses a bad name, and changes nothing then', async () => {
    const target = await used('production');
    const { platform, admin } = await instance(target, 'staging', { start: false });
    await expect(platform.environment.release(admin, { name: '\n' })).rejects.toMatchObject({
      code: 'VALIDATION',
      field: 'name',
    });
    expect(await nameOf(target)).toBe('production');
  });

  test('that comes while the held instance stops does not make it begin again', async () => {
    const target = await used('production');
    const kit = await instance(target, 'staging', { taskScheduler: { drainMs: 5_000 } });
    await create(kit);
    const gate = Promise.withResolvers<void>();
    const open = kit.open(() => gate.promise);
    const stopped = kit.platform.stop();
    const other = await instance(target, 'staging', { codeunits: [] });
    await other.platform.environment.release(other.admin);
    await becomes(other, 'free'); // it looks as often as the stopping one did
    gate.resolve();
    await Promise.all([open, stopped]);
    expect(await effectsIn(target)).toBe(0);
    expect(await target.query('select from nightshift.scheduled_task where claim is null')).toHaveLength(1);
  });
});

describe('a copy', () => {
  test('made by CREATE DATABASE … TEMPLATE is held under any name, and the origin is not', async () => {
    const origin = await used('production');
    const copy = await database(origin);
    const kits = [await instance(copy, 'production'), await instance(copy, 'staging')];
    for (const kit of kits) expect(heldOf(kit)).toMatch(/copy of that of environment "production"/);
    expect(heldOf(await instance(origin, 'production'))).toBeNull();
    const [one, other] = kits as [TestPlatform, TestPlatform];
    await create(one);
    await expect(one.platform.environment.show(one.admin)).resolves.toMatchObject({
      name: 'production',
      unapproved: heldOf(one),
      dueTasks: 1,
    });
    await one.platform.environment.release(one.admin, { name: 'staging' });
    await becomes(other, 'free');
    await isDone(copy);
    await until('the other name is what holds it now', () =>
      /"staging".*"production"/.test(heldOf(one) ?? ''),
    );
    expect(await nameOf(origin)).toBe('production');
  });

  test('keeps being held when it is opened, migrated and started again', async () => {
    const copy = await database(await used('production'));
    for (let start = 0; start < 2; start++) {
      const kit = await instance(copy, 'production');
      expect(heldOf(kit)).not.toBeNull();
      await kit.platform.open(ADMIN, async () => undefined);
      await kit.stop();
    }
  });

  test('that was restored on another server, or upgraded there, is held until it is released', async () => {
    const target = await used('production');
    await target.query(
      `update nightshift.environment set system_identifier = system_identifier - 1,
         approved_system_identifier = approved_system_identifier - 1`,
    );
    const kit = await instance(target, 'production');
    expect(heldOf(kit)).toMatch(/restored or upgraded/);
    await kit.platform.environment.release(kit.admin);
    await becomes(kit, 'free');
    expect(await nameOf(target)).toBe('production');
  });

  test('is noticed by an instance whose database was replaced beneath it', async () => {
    const target = await database();
    const kit = await instance(target, 'production');
    await target.query('update nightshift.environment set approved_oid = 1');
    await becomes(kit, 'held');
    await target.query(
      'update nightshift.environment set approved_oid = d.oid from pg_database d where datname = current_database()',
    );
    await becomes(kit, 'free');
    await letOthersRun(target, kit);
  });

  test('of a database that only the former release ran on is known by its mark', async () => {
    const origin = await used('production');
    // As the migration leaves a database that has a mark and no name yet.
    await origin.query('update nightshift.environment set name = null');
    const copy = await instance(await database(origin), 'production');
    expect(heldOf(copy)).toMatch(/copy of the one that was in use/);
    const kit = await instance(origin, 'production');
    expect(heldOf(kit)).toBeNull();
    expect(await nameOf(origin)).toBe('production');
    await copy.platform.environment.release(copy.admin);
    await becomes(copy, 'free');
  });
});
