import { describe, expect, onTestFinished, test } from 'vitest';
import { codeunit } from '../session/index.ts';
import { createTask } from '../task-scheduler/index.ts';
import { leaveEffect } from '../testing/behaviours.ts';
import { until } from '../testing/condition.ts';
import { EFFECTS } from '../testing/effects.sql.ts';
import { createEmptyDatabase, createTestDatabase } from '../testing/test-database.ts';
import { ADMIN, startTestPlatform, type TestPlatformOptions } from '../testing/test-platform.ts';
import { createPlatform, type Platform } from './platform.ts';
import type { PlatformOptions } from './platform-options.ts';

const hello = codeunit({ name: 'Hello', id: 50_100, onRun: () => undefined });

async function database() {
  const made = await createTestDatabase();
  onTestFinished(() => made.drop());
  return made;
}

async function kitWith(options: TestPlatformOptions = {}) {
  const kit = await startTestPlatform(options);
  onTestFinished(() => kit.stop());
  return kit;
}

async function platformWith(options: PlatformOptions): Promise<Platform> {
  const platform = await createPlatform(options);
  onTestFinished(() => platform.stop());
  return platform;
}

describe('createPlatform', () => {
  test('brings an empty database up to date, and finds it so the second time', async () => {
    const empty = await createEmptyDatabase();
    onTestFinished(() => empty.drop());
    const options = { name: 'test', migrations: [EFFECTS], database: { url: empty.url } };
    const first = await platformWith(options);
    expect(first.applied).toContain('CRONUS: 0001_effect');
    expect(first.applied[0]).toMatch(/^0001_/);
    expect((await platformWith(options)).applied).toEqual([]);
    expect((await platformWith({ ...options, migrate: 'check' })).applied).toEqual([]);
  });

  test('two at once on one empty database: each migration is applied once', async () => {
    const empty = await createEmptyDatabase();
    onTestFinished(() => empty.drop());
    const options = { name: 'test', migrations: [EFFECTS], database: { url: empty.url } };
    const platforms = await Promise.all([1, 2, 3].map(() => platformWith(options)));
    const applied = platforms.flatMap((platform) => platform.applied);
    expect(applied.length).toBe(new Set(applied).size);
    expect(applied).toContain('CRONUS: 0001_effect');
  });

  test('checks only, when it is told to: an empty database is refused and stays empty', async () => {
    const empty = await createEmptyDatabase();
    onTestFinished(() => empty.drop());
    const refused = createPlatform({ database: { url: empty.url }, migrate: 'check' });
    await expect(refused).rejects.toMatchObject({ code: 'SCHEMA_MISSING' });
    expect(await empty.query("select from pg_namespace where nspname = 'nightshift'")).toEqual([]);
  });

  test('a migration of the application that was changed, and one that fails, are told by name', async () => {
    const { url, query } = await database();
    await platformWith({ name: 'test', migrations: [EFFECTS], database: { url } });
    const changed = [{ ...EFFECTS, sql: `${EFFECTS.sql};` }];
    await expect(
      createPlatform({ name: 'test', migrations: changed, database: { url } }),
    ).rejects.toMatchObject({
      code: 'MIGRATION_CHANGED',
      details: { migration: '0001_effect' },
    });
    const broken = [EFFECTS, { name: '0002_broken', sql: 'create table half (a int); select 1/0' }];
    await expect(
      createPlatform({ name: 'test', migrations: broken, database: { url } }),
    ).rejects.toMatchObject({
      code: 'DATABASE_ERROR',
      details: { migration: '0002_broken', company: 'CRONUS' },
    });
    expect(await query("select from pg_class where relname = 'half'")).toEqual([]);
  });

  test.each<readonly [code: string, field: string, options: PlatformOptions]>([
    ['VALIDATION', 'database.url', { database: { url: 'mysql://localhost/x' } }],
    ['DATABASE_UNAVAILABLE', 'database.url', { database: { url: 'postgresql://127.0.0.1:1/x' } }],
    [
      'VALIDATION',
      'taskScheduler.maximumConcurrentRunningTasks',
      { taskScheduler: { maximumConcurrentRunningTasks: 0 } },
    ],
    ['VALIDATION', 'taskScheduler.drainMs', { taskScheduler: { drainMs: -1 } }],
    ['VALIDATION', 'taskScheduler.colour', { taskScheduler: { colour: 'red' } as never }],
    ['APPLICATION_INVALID', 'codeunits', { codeunits: [hello, hello] }],
    [
      'APPLICATION_INVALID',
      'codeunits',
      { codeunits: [hello, codeunit({ name: 'Other', id: 50_100, onRun() {} })] },
    ],
    [
      'APPLICATION_INVALID',
      'codeunits',
      { codeunits: [codeunit({ name: 'Job Queue Dispatcher', onRun() {} })] },
    ],
    ['APPLICATION_INVALID', 'name', { name: '' }],
  ])('%s of %s', async (code, field, options) => {
    await expect(createPlatform(options)).rejects.toMatchObject({ code, field });
  });

  test('a refused application leaves no connection behind', async () => {
    const { url, query } = await database();
    const broken = [{ name: '0001_broken', sql: 'nonsense' }];
    await expect(createPlatform({ name: 'test', migrations: broken, database: { url } })).rejects.toThrow();
    const left =
      "select from pg_stat_activity where datname = current_database() and application_name like 'nightshift test%'";
    expect(await query(left)).toEqual([]);
  });
});

describe('as and open', () => {
  test('an unknown user or company is refused by name', async () => {
    const { platform } = await kitWith({ start: false });
    expect(() => platform.as({ user: 'admin', company: 'CRONUS' })).toThrow(
      expect.objectContaining({ code: 'USER_UNKNOWN', field: 'user' }),
    );
    expect(() => platform.as({ user: 'ADMIN', company: 'CRONUS\0' })).toThrow(
      expect.objectContaining({ code: 'COMPANY_UNKNOWN', field: 'company' }),
    );
  });

  test('before the start verbs work and sessions do not', async () => {
    const { platform, admin } = await kitWith({ codeunits: [hello], start: false });
    await createTask(admin, hello);
    const open = platform.open(ADMIN, async () => 1);
    await expect(open).rejects.toMatchObject({ code: 'PLATFORM_NOT_STARTED' });
  });

  test('open commits what succeeded, rolls back what did not, and passes the value or the error on', async () => {
    const kit = await kitWith({ migrations: [EFFECTS] });
    const value = await kit.open(async (session) => {
      expect([session.clientType, session.guiAllowed, session.user]).toEqual(['management', false, 'ADMIN']);
      await leaveEffect(session, 'kept');
      return { answer: 42 };
    });
    expect(value).toEqual({ answer: 42 });
    const mine = new Error('mine');
    const failing = kit.open(async (session) => {
      await leaveEffect(session, 'undone');
      throw mine;
    });
    await expect(failing).rejects.toBe(mine);
    await expect(kit.open(async (session) => session.error(''))).rejects.toMatchObject({
      code: 'CODEUNIT_ERROR',
    });
    expect(await kit.query('select note from co_1.effect')).toEqual([{ note: 'kept' }]);
  });

  test('a session that is kept beyond its end is of no use', async () => {
    const kit = await kitWith({ migrations: [EFFECTS] });
    const kept = await kit.open(async (session) => session);
    await expect(leaveEffect(kept)).rejects.toMatchObject({ code: 'SESSION_ENDED' });
    expect(await kit.query('select from co_1.effect')).toEqual([]);
  });
});

describe('open', () => {
  test('reads only when it is told to', async () => {
    await using world = await startTestPlatform({ migrations: [EFFECTS] });
    const readOnly = { ...ADMIN, readOnly: true };
    const value = await world.platform.open(readOnly, async (session) => {
      const { rows } = await session.db.query<{ value: string }>('show transaction_read_only');
      return rows[0];
    });
    expect(value).toEqual({ transaction_read_only: 'on' });
    const written = world.platform.open(readOnly, (session) => leaveEffect(session, 'forbidden'));
    await expect(written).rejects.toMatchObject({ code: 'READ_ONLY' });
  });

  test('ends when its time is over', async () => {
    await using world = await startTestPlatform();
    const late = world.platform.open({ ...ADMIN, timeout: 20 }, (session) => session.sleep(60_000));
    await expect(late).rejects.toMatchObject({ code: 'SESSION_TIMEOUT' });
  });

  test.each([0, -1, 1.5, Number.NaN, 48 * 3_600_000 + 1, '5' as never])(
    '%s is no timeout',
    async (timeout) => {
      await using world = await startTestPlatform({ start: false });
      await expect(world.platform.open({ ...ADMIN, timeout }, async () => 1)).rejects.toMatchObject({
        code: 'VALIDATION',
        field: 'timeout',
      });
    },
  );
});

describe('stop', () => {
  test('is idempotent; leaves no connection, no claim and no live instance behind, started or not', async () => {
    const shared = await database();
    for (const start of [true, false]) {
      const kit = await startTestPlatform({ database: shared, codeunits: [hello], start });
      await createTask(kit.admin, hello, { ready: false });
      await Promise.all([kit.platform.stop(), kit.platform.stop()]);
      await kit.platform.stop();
      await until('its backends are gone', async () => {
        const left = await shared.query(
          "select from pg_stat_activity where application_name like 'nightshift test%' and datname = current_database()",
        );
        return left.length === 0;
      });
      expect(await shared.query('select from nightshift.server_instance where ended_at is null')).toEqual([]);
    }
  });

  test('starting twice is starting once', async () => {
    const kit = await kitWith();
    await Promise.all([kit.platform.start(), kit.platform.start()]);
    expect(await kit.query('select from nightshift.server_instance')).toHaveLength(1);
  });
});
