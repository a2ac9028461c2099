import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startChaosProxy } from '../testing/chaos-proxy.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { type Database, openDatabase } from './database.ts';
import { type Executor, statement } from './statement.ts';

const addNote = statement('test_note_add', 'insert into note (text) values ($1)');
const lockRow = statement('test_row_lock', 'update locked set n = n + 1 where id = $1');
const divide = statement('test_divide', 'select 1 / $1::int as quotient');
const raise = statement('test_raise', 'select raise_with($1)');
const count = statement('test_note_count', 'select count(*)::int as notes from note where text = $1');

let target: TestDatabase;
let database: Database;

beforeAll(async () => {
  target = await createTestDatabase();
  await target.query('create table note (text text not null)');
  await target.query('create table unique_later (n int unique deferrable initially deferred)');
  await target.query('create table locked (id int primary key, n int not null default 0)');
  await target.query('insert into locked values (1), (2)');
  await target.query(
    `create function raise_with(code text) returns void language plpgsql as
      $$ begin raise exception 'raised' using errcode = code; end $$`,
  );
  const quick = `alter database ${target.name} set deadlock_timeout = '20ms'`;
  await target.query(quick);
  database = await openDatabase({ url: target.url, applicationName: 'test' });
});
afterAll(async () => {
  await database.close();
  await target.drop();
});

async function notes(text: string): Promise<number> {
  return (await database.run<{ notes: number }>(count, [text]))[0]?.notes ?? -1;
}

describe('a transaction of the platform', () => {
  it('commits what resolves and rolls back what rejects', async () => {
    expect(await database.transaction((tx) => tx.run(addNote, ['kept']).then(() => 'value'))).toBe('value');
    const own = new Error('no');
    const failing = database.transaction(async (tx) => {
      await tx.run(addNote, ['dropped']);
      throw own;
    });
    await expect(failing).rejects.toBe(own);
    expect([await notes('kept'), await notes('dropped')]).toEqual([1, 0]);
  });

  it('a COMMIT that answers ROLLBACK is an error, although the driver does not throw', async () => {
    const swallowing = database.transaction(async (tx) => {
      await tx.run(addNote, ['swallowed']);
      await tx.run(divide, [0]).catch(() => undefined);
    });
    await expect(swallowing).rejects.toMatchObject({ code: 'DATABASE_ERROR' });
    expect(await notes('swallowed')).toBe(0);
  });

  it('an error at the COMMIT itself comes through, and is not taken for an unknown end', async () => {
    const insertTwice = statement('test_twice_later', 'insert into unique_later values (7), (7)');
    await expect(database.transaction((tx) => tx.run(insertTwice, []))).rejects.toMatchObject({
      code: '23505',
    });
  });

  it('two that wait for each other: the victim runs again, and both take effect', async () => {
    const bothHold = Promise.withResolvers<void>();
    let holding = 0;
    let runs = 0;
    const crossing = (first: number, second: number) =>
      database.transaction(async (tx: Executor) => {
        runs++;
        await tx.run(lockRow, [first]);
        if (++holding === 2) bothHold.resolve();
        if (holding <= 2) await bothHold.promise;
        await tx.run(lockRow, [second]);
      });
    await Promise.all([crossing(1, 2), crossing(2, 1)]);
    expect(runs).toBeGreaterThanOrEqual(3);
    expect(await target.query('select n from locked order by id')).toEqual([{ n: 2 }, { n: 2 }]);
  });

  it('one that loses every time is given up after five tries, with the error of the last', async () => {
    for (const [code, expected] of [
      ['40001', 5],
      ['40P01', 5],
      ['23505', 1],
      ['57014', 1],
    ] as const) {
      let runs = 0;
      const losing = database.transaction((tx) => {
        runs++;
        return tx.run(raise, [code]);
      });
      await expect(losing).rejects.toMatchObject({ code });
      expect(runs).toBe(expected);
    }
  });

  it('leaves its connection clean, however it ended', async () => {
    for (let round = 0; round < 8; round++) {
      await database.transaction((tx) => tx.run(divide, [0])).catch(() => undefined);
    }
    await database.transaction((tx) => tx.run(addNote, ['after the failures']));
    expect(await notes('after the failures')).toBe(1);
    const open = await target.query(
      "select from pg_stat_activity where datname = current_database() and state like 'idle in transaction%'",
    );
    expect(open).toEqual([]);
  });
});

describe('a connection that has died in the pool without a word', () => {
  it('does not answer BEGIN, so another one is taken; one in the middle of its work fails', async () => {
    await using proxy = await startChaosProxy(target.tcpUrl);
    const through = await openDatabase({ url: proxy.url, applicationName: 'proxied' });
    proxy.freezeAll();
    await through.transaction((tx) => tx.run(addNote, ['on another one']));
    expect(await notes('on another one')).toBe(1);
    const own = new Error('no');
    const undoing = through.transaction(async (tx) => {
      await tx.run(addNote, ['undone']);
      proxy.freezeAll();
      throw own;
    });
    await expect(undoing).rejects.toBe(own);
    await through.transaction((tx) => tx.command("insert into note values ('by command')"));
    expect(await notes('by command')).toBe(1);
    await through.close();
  });
});

describe('a COMMIT whose answer is lost', () => {
  it.each([
    ['after', 1],
    ['before', 0],
  ] as const)(
    'cut %s the server got it: unknown, not tried again, and nothing else suffers',
    async (place, effect) => {
      await using proxy = await startChaosProxy(target.tcpUrl);
      const through = await openDatabase({ url: proxy.url, applicationName: 'proxied' });
      const text = `lost ${place}`;
      let runs = 0;
      const write = () =>
        through.transaction((tx) => {
          runs++;
          return tx.run(addNote, [text]);
        });
      const cut = proxy.cutNextCommit(place);
      await expect(write()).rejects.toMatchObject({ code: 'COMMIT_UNKNOWN', retriable: true });
      await cut;
      expect(runs).toBe(1);
      expect(await notes(text)).toBe(effect);
      await write();
      expect(await notes(text)).toBe(effect + 1);
      await through.close();
    },
  );

  it('a connection lost before the COMMIT is no unknown end: nothing was committed', async () => {
    await using proxy = await startChaosProxy(target.tcpUrl);
    const through = await openDatabase({ url: proxy.url, applicationName: 'proxied' });
    const cutEarly = through.transaction(async (tx) => {
      await tx.run(addNote, ['cut early']);
      proxy.cutAll();
      await tx.run(addNote, ['cut early']);
    });
    await expect(cutEarly).rejects.not.toMatchObject({ code: 'COMMIT_UNKNOWN' });
    await cutEarly.catch(() => undefined);
    expect(await notes('cut early')).toBe(0);
    await through.close();
  });
});
