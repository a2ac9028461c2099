import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createOwnedDatabase } from '../testing/plain-login.ts';
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { startTestPlatform } from '../testing/test-platform.ts';
import { type Ran, run } from './fixtures/test-terminal.ts';

const APP = fileURLToPath(new URL('./fixtures/app.ts', import.meta.url));

const json = ({ out }: Ran) => JSON.parse(out) as Record<string, unknown>;
const errorOf = ({ err }: Ran) => (JSON.parse(err) as { error: Record<string, unknown> }).error;
const ns = (url: string, ...words: string[]) => run([...words, '--database-url', url, '--json']);

/** A database to ask about others. */
async function observer(): Promise<TestDatabase> {
  const database = await createEmptyDatabase();
  onTestFinished(() => database.drop());
  return database;
}

async function setup(): Promise<{ database: TestDatabase; mark: string }> {
  const database = await createTestDatabase();
  onTestFinished(() => database.drop());
  await ns(database.url, 'migrate', '--app', APP);
  await ns(database.url, 'rights', 'prepare');
  return { database, mark: await markOf(database) };
}

async function markOf(database: TestDatabase): Promise<string> {
  const [row] = await database.query<{ mark: string }>('select mark from nightshift.environment');
  return row?.mark ?? '';
}

async function left(database: TestDatabase, mark: string, name: string) {
  const [row] = await database.query<{ roles: number; databases: number }>(
    `select (select count(*)::int from pg_roles where starts_with(rolname, 'ns_' || $1)) as roles,
      (select count(*)::int from pg_database where datname = $2) as databases`,
    [mark, name],
  );
  return row;
}

describe('db drop', () => {
  test('leaves neither the database nor a role behind', async () => {
    const { database, mark } = await setup();
    const asked = await ns(database.url, 'db', 'drop');
    expect(errorOf(asked)).toMatchObject({ code: 'VALIDATION', field: 'yes' });
    const dropped = await ns(database.url, 'db', 'drop', '--yes');
    expect(json(dropped)).toMatchObject({ result: 'dropped', database: database.name, mark, roles: 5 });
    expect(await left(await observer(), mark, database.name)).toEqual({ roles: 0, databases: 0 });
    expect(errorOf(await ns(database.url, 'db', 'drop', '--yes'))).toMatchObject({
      code: 'DATABASE_UNAVAILABLE',
    });
  });

  test('is refused while a server instance runs, unless it is forced', async () => {
    const { database, mark } = await setup();
    const kit = await startTestPlatform({ database });
    onTestFinished(() => kit.stop().catch(() => undefined));
    await kit.open((session) => session.db.query('select 1'));
    const refused = errorOf(await ns(database.url, 'db', 'drop', '--yes'));
    expect(refused).toMatchObject({ code: 'CONFLICT' });
    expect(json(await ns(database.url, 'db', 'drop', '--yes', '--force'))).toMatchObject({
      result: 'dropped',
    });
    expect(await left(await observer(), mark, database.name)).toEqual({ roles: 0, databases: 0 });
  });

  test('by a login that owns the database and is no superuser', async () => {
    const { target, url } = await createOwnedDatabase('createrole');
    await ns(url, 'migrate', '--app', APP);
    await ns(url, 'rights', 'prepare');
    const outside = await observer();
    const leave = 'select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = $1';
    await outside.query(leave, [target.name]);
    const dropped = json(await ns(url, 'db', 'drop', '--yes'));
    expect(dropped).toMatchObject({ result: 'dropped', roles: 7 });
    const mark = dropped['mark'] as string;
    expect(await left(outside, mark, target.name)).toEqual({ roles: 0, databases: 0 });
  });

  test('is refused while somebody is in it whom the login may not disconnect, and nothing is changed', async () => {
    const { target, url } = await createOwnedDatabase('createrole');
    await ns(url, 'migrate', '--app', APP);
    const mark = await markOf(target);
    const refused = errorOf(await ns(url, 'db', 'drop', '--yes'));
    expect(refused).toMatchObject({ code: 'CONFLICT', message: expect.stringMatching(/in use/) });
    expect(await left(target, mark, target.name)).toEqual({ roles: 2, databases: 1 });
  });

  test('by one that may not: takes everything out, and leaves what is of others', async () => {
    const { target, url, login } = await createOwnedDatabase('createrole');
    await ns(url, 'migrate', '--app', APP);
    await ns(url, 'rights', 'prepare');
    const mark = await markOf(target);
    const keep = `create table public.mine (); alter database "${target.name}" owner to current_user`;
    await target.query(keep);
    const grant = `grant all on database "${target.name}" to "${login}"`;
    await target.query(grant);
    expect(json(await ns(url, 'db', 'drop', '--yes'))).toMatchObject({ result: 'emptied' });
    expect(await left(target, mark, target.name)).toEqual({ roles: 0, databases: 1 });
    const schemas = "select nspname from pg_namespace where nspname ~ '^(co_|app_shared|nightshift)'";
    expect(await target.query(schemas)).toEqual([]);
    expect(await target.query("select relname from pg_class where relname = 'mine'")).toHaveLength(1);
  });

  test('of a copy that no platform ever opened leaves the roles of its origin alone', async () => {
    const { database, mark } = await setup();
    const copy = await createTestDatabase({ template: database.name });
    onTestFinished(() => copy.drop());
    expect(json(await ns(copy.url, 'db', 'drop', '--yes'))).toMatchObject({ result: 'dropped', roles: 0 });
    expect(await left(database, mark, copy.name)).toEqual({ roles: 5, databases: 0 });
  });
});

describe('doctor --orphans', () => {
  test('finds and removes what a database left behind that was dropped by others', async () => {
    const { database, mark } = await setup();
    const living = await setup();
    const outside = await observer();
    const drop = `drop database "${database.name}" with (force)`;
    await outside.query(drop);
    expect(await left(outside, mark, database.name)).toEqual({ roles: 5, databases: 0 });
    const orphans = (...more: string[]) => ns(outside.url, 'doctor', '--orphans', '--mark', mark, ...more);
    const asked = await orphans();
    expect(errorOf(asked)).toMatchObject({ code: 'VALIDATION', field: 'yes' });
    const removed = json(await orphans('--yes'));
    expect(removed).toMatchObject({ orphans: [{ mark }], dropped: 5, kept: [] });
    expect(await left(outside, mark, database.name)).toEqual({ roles: 0, databases: 0 });
    expect(json(await orphans('--yes'))).toMatchObject({ orphans: [], dropped: 0 });
    const alive = ['doctor', '--orphans', '--yes', '--mark', living.mark];
    expect(json(await ns(outside.url, ...alive))).toMatchObject({ orphans: [] });
    expect(await left(outside, living.mark, living.database.name)).toEqual({ roles: 5, databases: 1 });
  });

  test('leaves alone what a copy still names, and databases that nobody may look into', async () => {
    const { database, mark } = await setup();
    const copy = await createTestDatabase({ template: database.name });
    onTestFinished(() => copy.drop());
    const outside = await observer();
    const drop = `drop database "${database.name}" with (force)`;
    const close = `alter database "${copy.name}" allow_connections false`;
    await outside.query(drop);
    await outside.query(close);
    const found = json(await ns(outside.url, 'doctor', '--orphans', '--yes', '--mark', mark));
    expect(found).toMatchObject({ orphans: [], dropped: 0 });
    expect(found['unseen']).toContainEqual({ database: copy.name, reason: expect.any(String) });
    const reopen = `alter database "${copy.name}" allow_connections true`;
    await outside.query(reopen);
    await copy.drop();
    expect(json(await ns(outside.url, 'doctor', '--orphans', '--yes', '--mark', mark))).toMatchObject({
      dropped: 5,
    });
  });
});
