import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { randomSecret } from '../foundation/index.ts';
import { until } from '../testing/condition.ts';
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { withClient } from '../testing/test-server.ts';
import {
  checkSchema,
  type Migration,
  migrate,
  migrationDigest,
  PLATFORM_MIGRATIONS,
  pendingMigrations,
  readMigrationFolder,
} from './migrations.ts';

let database: TestDatabase;
let platformMigrations: readonly Migration[];

beforeAll(async () => {
  database = await createTestDatabase();
  platformMigrations = await readMigrationFolder(PLATFORM_MIGRATIONS);
});
afterAll(() => database.drop());

async function emptyDatabase(): Promise<TestDatabase> {
  const empty = await createEmptyDatabase();
  onTestFinished(() => empty.drop());
  return empty;
}

const on = <T>(target: TestDatabase, work: (client: pg.Client) => Promise<T>) => withClient(target.url, work);

const FIRST: Migration = { name: '0001_first', sql: 'create table first (n int);' };
const SECOND: Migration = { name: '0002_second', sql: 'create table second (n int);' };
const tables = (target: TestDatabase) =>
  target.query<{ relname: string }>(
    "select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by 1",
  );

describe('migrations', () => {
  it("the platform's are numbered without gaps, and all of them are found", () => {
    const numbers = platformMigrations.map(({ name }) => Number(name.slice(0, 4)));
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
    expect(numbers.length).toBeGreaterThanOrEqual(3);
  });

  it('are applied once, in order, and a second run does nothing', async () => {
    const empty = await emptyDatabase();
    const names = platformMigrations.map(({ name }) => name);
    await on(empty, async (client) => {
      const first = await migrate(client, platformMigrations);
      expect(first).toEqual({ applied: names, newest: names.at(-1) });
      const second = await migrate(client, platformMigrations);
      expect(second).toEqual({ applied: [], newest: names.at(-1) });
      await checkSchema(client, platformMigrations);
    });
  });

  it('processes that start at once wait for each other: each migration runs once', async () => {
    const empty = await emptyDatabase();
    const results = await Promise.all(
      Array.from({ length: 5 }, () => on(empty, (client) => migrate(client, platformMigrations))),
    );
    const applied = results.flatMap((result) => result.applied);
    expect(applied).toEqual(platformMigrations.map(({ name }) => name));
  });

  it('a newer schema is refused, and named', async () => {
    const newer = { name: '9999_later', sql: 'select 1' };
    const empty = await emptyDatabase();
    await on(empty, async (client) => {
      await migrate(client, [FIRST, newer]);
      const refusal = { code: 'SCHEMA_NEWER', details: { migration: '9999_later' } };
      await expect(migrate(client, [FIRST])).rejects.toMatchObject(refusal);
      await expect(checkSchema(client, [FIRST])).rejects.toMatchObject(refusal);
    });
  });

  it('a migration that was changed after it ran is refused; other line ends are no change', async () => {
    const empty = await emptyDatabase();
    await on(empty, async (client) => {
      await migrate(client, [{ ...FIRST, sql: 'create table\nfirst (n int);' }]);
      await migrate(client, [{ ...FIRST, sql: 'create table\r\nfirst (n int);' }]);
      const changed = [{ ...FIRST, sql: 'create table\nfirst (n bigint);' }, SECOND];
      await expect(migrate(client, changed)).rejects.toMatchObject({
        code: 'MIGRATION_CHANGED',
        details: { migration: '0001_first' },
      });
    });
    expect(await tables(empty)).toEqual([{ relname: 'first' }]);
  });

  it('a failing migration leaves nothing half-done, names itself, and keeps what was applied before', async () => {
    const empty = await emptyDatabase();
    const broken = {
      name: '0002_second',
      sql: 'create table second (n int); select 1/0; create table third ();',
    };
    await on(empty, async (client) => {
      await expect(migrate(client, [FIRST, broken])).rejects.toMatchObject({
        code: 'DATABASE_ERROR',
        details: { migration: '0002_second' },
        message: 'Migration 0002_second failed and was rolled back: division by zero.',
        cause: expect.objectContaining({ code: '22012' }),
      });
      expect(await tables(empty)).toEqual([{ relname: 'first' }]);
      const other = await on(empty, (mended) => migrate(mended, [FIRST, SECOND]));
      expect(other.applied).toEqual(['0002_second']);
    });
  });

  it('a migrator that dies in the middle leaves nothing, and its lock frees the next', async () => {
    const empty = await emptyDatabase();
    const slow = { name: '0001_first', sql: 'create table first (n int); select pg_sleep(600);' };
    const dying = on(empty, (client) => migrate(client, [slow]));
    dying.catch(() => undefined);
    const [sleeper] = await until('the migration runs', async () => {
      const rows = await empty.query<{ pid: number }>(
        "select pid from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'",
      );
      return rows.length > 0 ? rows : null;
    });
    const waiting = on(empty, (client) => migrate(client, [FIRST]));
    await empty.query('select pg_terminate_backend($1)', [sleeper?.pid]);
    await expect(dying).rejects.toMatchObject({ code: 'DATABASE_ERROR' });
    expect((await waiting).applied).toEqual(['0001_first']);
  });

  it('a login that may not create schemas is told so', async () => {
    const empty = await emptyDatabase();
    const login = `test_login_${randomSecret(4)}`;
    const create = `create role ${login} login password 'known'`;
    const drop = `drop role ${login}`;
    await empty.query(create);
    try {
      const url = new URL(empty.url);
      url.username = login;
      url.password = 'known';
      await withClient(url.href, async (client) => {
        await expect(migrate(client, [FIRST])).rejects.toMatchObject({ code: 'DATABASE_RIGHTS' });
      });
    } finally {
      await empty.query(drop);
    }
  });
});

describe('the check without applying', () => {
  it('says what an empty database and an older one lack', async () => {
    const empty = await emptyDatabase();
    await on(empty, async (client) => {
      const missing = (pending: readonly string[]) => ({ code: 'SCHEMA_MISSING', details: { pending } });
      await expect(checkSchema(client, [FIRST])).rejects.toMatchObject(missing(['0001_first']));
      await migrate(client, [FIRST]);
      await expect(checkSchema(client, [FIRST, SECOND])).rejects.toMatchObject(missing(['0002_second']));
    });
    expect(await tables(empty)).toEqual([{ relname: 'first' }]);
  });

  it('passes errors on that have nothing to do with the schema', async () => {
    await on(database, async (client) => {
      await client.query('begin');
      await client.query('select 1/0').catch(() => undefined);
      await expect(checkSchema(client, platformMigrations)).rejects.toMatchObject({ code: '25P02' });
    });
  });

  it('knows a migration by its digest', () => {
    const applied = [{ name: FIRST.name, digest: migrationDigest(FIRST.sql) }];
    expect(pendingMigrations([FIRST, SECOND], applied)).toEqual([SECOND]);
  });
});
