import { describe, expect, it, onTestFinished } from 'vitest';
import type { Session } from '../session/index.ts';
import { createOwnedDatabase, type OwnedDatabase } from '../testing/plain-login.ts';
import { startTestPlatform, type TestPlatform, type TestPlatformOptions } from '../testing/test-platform.ts';
import { addSets, addUsers } from '../testing/test-rights.ts';
import { createPlatform } from './platform.ts';

const CLERK = { user: 'CLERK', company: 'CRONUS' };
const NOTE = {
  name: '0001_note',
  sql: "create type mood as enum ('good'); create table note (no int generated always as identity, text text)",
};
const PRICED = {
  name: '0002_price',
  sql: "alter table note add column price numeric; alter type mood add value 'bad'",
};
const MORE = { name: '0003_more', sql: 'create table more ()' };

const write = (session: Session, text: string) =>
  session.db.query('insert into note (text) values ($1)', [text]);

async function start(
  owned: { url: string },
  options: Partial<TestPlatformOptions> = {},
): Promise<TestPlatform> {
  const kit = await startTestPlatform({
    migrations: [NOTE],
    permissions: { enforcement: 'codeunit' },
    database: owned,
    ...options,
  });
  onTestFinished(() => kit.stop());
  return kit;
}

const rolesOf = ({ target }: OwnedDatabase) =>
  target.query<{ name: string }>(
    `select rolname as name from pg_roles, nightshift.environment e where starts_with(rolname, 'ns_' || e.mark || '_')
     order by 1`,
  );
const notes = async ({ target }: OwnedDatabase) =>
  (await target.query<{ text: string }>('select text from co_1.note order by text')).map(({ text }) => text);

describe('a database that was set up', () => {
  const ownersOf = ({ target }: OwnedDatabase) =>
    target.query<{ owner: string }>(
      `select distinct pg_get_userbyid(relowner) as owner from pg_class
       where relnamespace in ('co_1'::regnamespace, 'app_shared'::regnamespace) and relkind in ('r', 'S', 'v')
       union select pg_get_userbyid(typowner) from pg_type where typname = 'mood'
       union select pg_get_userbyid(nspowner) from pg_namespace where nspname in ('co_1', 'app_shared')`,
    );

  it('for one is used with the other from then on, when nobody works on it: there and back', async () => {
    const owned = await createOwnedDatabase('createrole');
    const first = await start(owned);
    await first.open((session) => write(session, 'first'));
    await first.stop();
    expect(await ownersOf(owned)).toEqual([{ owner: owned.login }]);

    const second = await start(owned, {
      permissions: { enforcement: 'database' },
      migrations: [NOTE, PRICED],
    });
    expect(second.platform.enforcement).toBe('database');
    const [{ mark }] = (await owned.target.query('select mark from nightshift.environment')) as [
      { mark: string },
    ];
    expect(await ownersOf(owned)).toEqual([{ owner: `ns_${mark}_app` }]);
    await addSets(second, { Reader: { tables: { note: 'R' } } });
    await addUsers(second, { name: 'CLERK', sets: ['Reader'] });
    await second.open((session) => write(session, 'second'));
    const text = (session: Session) => session.db.query('select text from note order by text');
    expect((await second.platform.open(CLERK, text)).rows).toHaveLength(2);
    const writing = second.platform.open(CLERK, (session) => write(session, 'never'));
    await expect(writing).rejects.toThrow();
    await second.stop();

    const third = await start(owned, {
      migrations: [NOTE, PRICED, MORE],
    });
    expect(await ownersOf(owned)).toEqual([{ owner: owned.login }]);
    await third.platform.open(CLERK, (session) => write(session, 'third'));
    await third.stop();

    const fourth = await start(owned, {
      permissions: { enforcement: 'database' },
      migrations: [NOTE, PRICED],
    });
    expect(await ownersOf(owned)).toEqual([{ owner: `ns_${mark}_app` }]);
    await expect(fourth.platform.open(CLERK, (session) => write(session, 'never'))).rejects.toThrow();
    expect(await notes(owned)).toEqual(['first', 'second', 'third']);
  });

  it('stays as it is when nobody says anything, and cannot be changed while an instance works on it', async () => {
    const owned = await createOwnedDatabase('createrole');
    await start(owned);
    const again = await start(owned, { permissions: {} });
    expect(again.platform.enforcement).toBe('codeunit');
    const changing = { database: { url: owned.url }, permissions: { enforcement: 'database' } } as const;
    const conflict = { code: 'CONFLICT', field: 'permissions.enforcement' };
    await expect(createPlatform(changing)).rejects.toMatchObject({
      ...conflict,
      message: expect.stringContaining('server instance 1, 2 works on it'),
    });
    await expect(createPlatform({ ...changing, migrate: 'check' })).rejects.toMatchObject({
      ...conflict,
      message: expect.stringContaining('nightshift migrate --enforcement database'),
    });
    expect(await rolesOf(owned)).toEqual([]);
  });

  it('is not used with a third one', async () => {
    const permissions = { enforcement: 'hope' as 'database' };
    await expect(createPlatform({ permissions })).rejects.toMatchObject({
      code: 'VALIDATION',
      field: 'permissions.enforcement',
    });
  });
});
