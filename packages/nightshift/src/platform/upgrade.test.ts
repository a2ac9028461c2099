import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../foundation/index.ts';
import { createTask, taskExists } from '../task-scheduler/index.ts';
import { behaviours, leaveEffect } from '../testing/behaviours.ts';
import { until } from '../testing/condition.ts';
import { EFFECTS } from '../testing/effects.sql.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { ADMIN, startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { findingsOf, gatherFacts } from './index.ts';
import { ALL_COMPANIES, duringUpgrade } from './upgrade.ts';

const { main, codeunits, choose } = behaviours();
const STOCK = { name: '0002_stock', sql: 'create table stock (item text primary key, quantity int)' };
let database: TestDatabase;
let kit: TestPlatform;

beforeAll(async () => {
  database = await createTestDatabase();
  await database.query("insert into nightshift.company (name) values ('OTHER')");
  kit = await startTestPlatform({ codeunits, migrations: [EFFECTS, STOCK], database });
});
afterAll(async () => {
  await kit.stop();
  await database.drop();
});

const completed = (task: string) => kit.waitFor('LC0043', ({ taskId }) => taskId === task);
const newTask = (company: string, record = choose(() => undefined)) =>
  createTask(kit.platform.as({ ...ADMIN, company }), main, { record });
const isClaimed = async (task: string) => {
  const rows = await database.query('select from nightshift.scheduled_task where id = $1 and claim is null', [
    task,
  ]);
  return rows.length === 0;
};

let upgrades = 0;

/** An upgrade that goes on until it is told to end; resolves when the instance has heard of it. */
async function beginUpgrade(companyNo: number) {
  const over = Promise.withResolvers<void>();
  const upgrade = { companyNo, what: `upgrade ${++upgrades}` };
  const ended = duringUpgrade(kit.platform.database, upgrade, () => over.promise);
  const { dimensions } = await kit.waitFor('NS0032', ({ what }) => what === upgrade.what);
  return {
    ...upgrade,
    company: dimensions['company'],
    async end() {
      over.resolve();
      await ended;
    },
  };
}

describe('while a company is upgraded', () => {
  test('none of its tasks is claimed, those of others are; afterwards it goes on', async () => {
    const upgrade = await beginUpgrade(1);
    const task = await newTask('CRONUS');
    await completed(await newTask('OTHER'));
    expect(upgrade.company).toBe('CRONUS');
    await completed(await newTask('OTHER'));
    expect(await isClaimed(task)).toBe(false);
    await upgrade.end();
    await completed(task);
    await kit.waitFor('NS0033', ({ what }) => what === upgrade.what);
    expect(await database.query('select from nightshift.upgrade')).toEqual([]);
  });

  test('and when the platform itself is, nothing at all is claimed', async () => {
    const upgrade = await beginUpgrade(ALL_COMPANIES);
    const tasks = [await newTask('CRONUS'), await newTask('OTHER')];
    expect(upgrade.company).toBe('all');
    expect(await Promise.all(tasks.map(isClaimed))).toEqual([false, false]);
    await upgrade.end();
    await Promise.all(tasks.map(completed));
  });

  test('and the process that does so dies, its announcement dies with it', async () => {
    const upgrade = await beginUpgrade(1);
    const task = await newTask('CRONUS');
    const [announced] = await database.query<{ backend: number }>('select backend from nightshift.upgrade');
    await database.query('select pg_terminate_backend($1)', [announced?.backend]);
    await completed(task);
    await upgrade.end();
    // What it left behind is swept by the next one.
    expect(await database.query('select from nightshift.upgrade')).toHaveLength(1);
    const next = await beginUpgrade(2);
    expect(await database.query('select company_no from nightshift.upgrade')).toEqual([{ company_no: 2 }]);
    await next.end();
  });

  test('a task that runs meanwhile and meets it runs again, whether the upgrade is under way or over', async () => {
    for (const isOver of [false, true]) {
      const begun = Promise.withResolvers<void>();
      const goOn = Promise.withResolvers<void>();
      const record = choose(async (session) => {
        await leaveEffect(session);
        if (session.attempt > 0) return;
        await session.commit();
        begun.resolve();
        await goOn.promise;
        await session.db.query('select quantity from stock');
      });
      const task = await newTask('CRONUS', record);
      await begun.promise;
      const upgrade = await beginUpgrade(1);
      await database.query('alter table co_1.stock rename column quantity to amount');
      if (isOver) {
        await database.query(
          "insert into nightshift.application_migration (company_no, application, name, digest) values (1, 'a', 'b', 'c')",
        );
        await upgrade.end();
      }
      goOn.resolve();
      const { dimensions } = await kit.waitFor('LC0045', ({ taskId }) => taskId === task);
      expect(dimensions).toMatchObject({ decision: 'retry', errorCode: 'UPGRADE_IN_PROGRESS' });
      await database.query('alter table co_1.stock rename column amount to quantity');
      if (!isOver) await upgrade.end();
    }
  });

  test('user code can neither announce an upgrade nor hold its lock', async () => {
    const record = choose(async (session) => {
      const codes: unknown[] = [];
      for (const text of [
        'lock table nightshift.upgrade in row share mode',
        "insert into nightshift.upgrade values (pg_backend_pid(), 1, 'mine')",
        'select from nightshift.upgrade_in_progress',
      ]) {
        const code = await session
          .savepoint(() => session.db.query(text))
          .then(
            () => 'done',
            (error: { code: string }) => error.code,
          );
        codes.push(code);
      }
      told.resolve(codes);
    });
    const told = Promise.withResolvers<unknown>();
    await newTask('OTHER', record);
    expect(await told.promise).toEqual(['42501', '42501', '42501']);
  });
});

describe('migrations of an application', () => {
  test('are announced while they run in another process, and not when there are none', async () => {
    const blocker = Promise.withResolvers<void>();
    const locked = Promise.withResolvers<void>();
    const blocking = kit.platform.database.exclusively(async (client) => {
      await client.query('begin');
      await client.query('lock table co_1.stock');
      locked.resolve();
      await blocker.promise;
      await client.query('commit');
    });
    await locked.promise;
    const more = { name: '0003_more', sql: 'alter table stock add column place text' };
    const other = startTestPlatform({
      codeunits,
      migrations: [EFFECTS, STOCK, more],
      database,
      start: false,
    });
    await kit.waitFor('NS0032', ({ what }) => what === 'test: 0003_more');
    const task = await newTask('CRONUS');
    await completed(await newTask('OTHER'));
    expect(await isClaimed(task)).toBe(false);
    blocker.resolve();
    await blocking;
    await (await other).stop();
    await completed(task);
    const again = await startTestPlatform({
      codeunits,
      migrations: [EFFECTS, STOCK, more],
      database,
      start: false,
    });
    await again.stop();
    const told = kit.telemetry
      .events('NS0032')
      .filter(({ dimensions }) => dimensions['what'] === 'test: 0003_more')
      .map(({ dimensions }) => dimensions['company']);
    // Once for a company; that of the other one may be over before anybody looks.
    expect(told).toContain('CRONUS');
    expect(new Set(told).size).toBe(told.length);
  });

  test('that fail leave no announcement', async () => {
    const bad = { name: '0004_bad', sql: 'create table stock ()' };
    const failing = startTestPlatform({
      codeunits,
      migrations: [EFFECTS, STOCK, bad],
      database,
      start: false,
    });
    await expect(failing).rejects.toMatchObject({ code: 'DATABASE_ERROR' });
    expect(await database.query('select from nightshift.upgrade')).toEqual([]);
  });
});

describe('a schema that is newer than the instance', () => {
  test('stops it from claiming, which it says, and doctor too; what runs goes on', async () => {
    const begun = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    const running = await newTask(
      'CRONUS',
      choose(async (session) => {
        begun.resolve();
        await goOn.promise;
        await leaveEffect(session);
      }),
    );
    await begun.promise;
    await database.query("insert into nightshift.migration (name, digest) values ('9999_next', 'x')");
    await kit.waitFor('NS0031', ({ migration }) => migration === '9999_next');
    const [row] = await database.query(
      'select newer_migration from nightshift.server_instance where ended_at is null',
    );
    expect(row).toEqual({ newer_migration: '9999_next' });
    const task = await newTask('CRONUS');
    goOn.resolve();
    await completed(running);
    expect(await isClaimed(task)).toBe(false);
    await database.query("delete from nightshift.migration where name = '9999_next'");
    await kit.waitFor('NS0033', ({ what }) => String(what).includes('newer'));
    await completed(task);
    await until('all are removed', async () => !(await taskExists(kit.admin, task)));
    const findings = findingsOf(await gatherFacts(database.url, systemClock));
    expect(findings.filter(({ message }) => message.includes('claims no tasks'))).toEqual([]);
  });
});
