import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import type { Session } from './session.ts';

let world: TestPlatform;

beforeAll(async () => {
  world = await startTestPlatform({
    migrations: [
      {
        name: '0001_note',
        sql: `create table note (text text not null);
          create function forget() returns void language plpgsql as $$ begin execute 'deallocate all'; end $$;
          create function replace_identity() returns void language plpgsql as
            $$ begin execute 'deallocate ns_identity'; execute 'prepare ns_identity as select 1'; end $$;`,
      },
    ],
  });
});
afterAll(() => world.stop());
afterEach(() => world.query('truncate co_1.note'));

const add = (session: Session, text: string) => session.db.query('insert into note values ($1)', [text]);
const notes = async () =>
  (await world.query<{ text: string }>('select text from co_1.note order by text')).map(({ text }) => text);

async function backendOf(session: Session): Promise<unknown> {
  return (await session.db.query('select pg_backend_pid() as pid')).rows[0];
}

it('a connection that was made to forget is left for another one, with all first statements in their order', async () => {
  const before = await world.open(async (session) => {
    await session.db.query('select forget()');
    return backendOf(session);
  });
  const after = await world.open(async (session) => {
    const first = await Promise.all([
      session.db.query("insert into note values ('one')"),
      session.db.query('select count(*)::int as notes from note'),
      backendOf(session),
    ]);
    await add(session, 'two');
    expect(first[1].rows).toEqual([{ notes: 1 }]);
    return first[2];
  });
  expect(after).not.toEqual(before);
  expect(await notes()).toEqual(['one', 'two']);
});

it('a connection that died while nobody used it is left for another one, too', async () => {
  const before = (await world.open(backendOf)) as { pid: number };
  await world.query('select pg_terminate_backend($1)', [before.pid]);
  // Whether its end has been noticed here or not: both end well.
  await world.open((session) => Promise.all([add(session, 'one'), add(session, 'two')]));
  expect(await notes()).toEqual(['one', 'two']);
});

it('an identity that was replaced leaves no rights', async () => {
  await world.open((session) => session.db.query('select replace_identity()'));
  await expect(world.open((session) => add(session, 'by nobody'))).rejects.toMatchObject({
    code: expect.stringMatching(/^(?:42501|42P01|PERMISSION_DENIED)$/),
  });
  expect(await notes()).toEqual([]);
});

it('a statement whose values cannot be sent is an error in a transaction that goes on', async () => {
  await using fresh = await startTestPlatform({
    migrations: [{ name: '0001_note', sql: 'create table note (text text not null)' }],
  });
  const circle: { self?: unknown } = {};
  circle.self = circle;
  await fresh.open(async (session) => {
    await expect(session.db.query('select $1', [circle])).rejects.toThrow('circular');
    const { rows } = await session.db.query('select now() = statement_timestamp() as alone');
    expect(rows).toEqual([{ alone: false }]);
  });
});
