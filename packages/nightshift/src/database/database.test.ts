import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startChaosProxy } from '../testing/chaos-proxy.ts';
import { until } from '../testing/condition.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { type Database, openDatabase } from './database.ts';
import { statement } from './statement.ts';

const myBackend = statement('test_backend', 'select pg_backend_pid() as pid');
const wait = statement('test_wait', 'select pg_sleep($1)');
const shape = statement('test_shape', 'select * from shape');
const takeBack = statement('test_divide_by', 'select 1 / $1::int as quotient');

const holdLock = statement('test_hold_lock', 'select pg_advisory_lock(4711)');
const letGo = statement('test_let_go', 'select pg_advisory_unlock(4711)');
const askForLock = statement('test_ask_for_lock', 'select pg_advisory_xact_lock_shared(4711)');
const WAITING = `select pid from pg_locks where locktype = 'advisory' and objid = 4711 and not granted
  and database = (select oid from pg_database where datname = current_database())`;

let target: TestDatabase;

beforeAll(async () => {
  target = await createTestDatabase();
});
afterAll(() => target.drop());

let opened = 0;

async function open(url = target.url): Promise<{ database: Database; name: string }> {
  const name = `database test ${++opened}`;
  const database = await openDatabase({ url, applicationName: name });
  onTestFinished(() => database.close().catch(() => undefined));
  return { database, name };
}

async function backends(database: Database): Promise<ReadonlySet<number>> {
  const rows = await Promise.all(
    Array.from({ length: 4 }, () => database.run<{ pid: number }>(myBackend, [])),
  );
  return new Set(rows.map(([row]) => row?.pid ?? 0));
}

async function kill(name: string): Promise<void> {
  const alive = 'select pid from pg_stat_activity where application_name = $1';
  await target.query('select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1', [
    name,
  ]);
  await until('the backends are gone', async () => (await target.query(alive, [name])).length === 0);
}

describe('statements of the platform', () => {
  it('share two connections, and nobody waits for a stranger on the other', async () => {
    const { database } = await open();
    expect((await backends(database)).size).toBe(2);
  });

  it('that may take long run apart, two at a time, and hold up nobody else, also while verbs wait', async () => {
    const { database } = await open();
    const begun: string[] = [];
    await database.transaction(async (tx) => {
      await tx.run(holdLock, []);
      const wait = async (name: string, work: Promise<unknown>) =>
        void (await work.then(() => begun.push(name)));
      const looks = ['a', 'b', 'c'].map((name) => wait(name, database.apart.run(askForLock, [])));
      const verbs = ['d', 'e'].map((name) =>
        wait(
          name,
          database.verb((own) => own.run(askForLock, [])),
        ),
      );
      await until('two looks and two verbs wait', async () => (await target.query(WAITING)).length === 4);
      for (let times = 0; times < 4; times++) expect(await database.run(myBackend, [])).toHaveLength(1);
      await database.transaction(async (other) => expect(await other.run(myBackend, [])).toHaveLength(1));
      expect(begun).toEqual([]);
      await tx.run(letGo, []);
      await Promise.all([...looks, ...verbs]);
    });
    expect(begun.toSorted()).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('an error of one statement is its own: those behind it in the pipeline are answered', async () => {
    const { database } = await open();
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) => database.run(takeBack, [index % 5])),
    );
    const rejected = results.flatMap(({ status }, index) => (status === 'rejected' ? [index] : []));
    expect(rejected).toEqual([0, 5, 10, 15]);
  });

  it('connections that were ended are replaced, without a word to the next statement', async () => {
    const { database, name } = await open();
    const before = await backends(database);
    await kill(name);
    const after = await until('the ends were noticed', () => backends(database));
    expect([...after].filter((pid) => before.has(pid))).toEqual([]);
    expect(after.size).toBe(2);
  });

  it('statements in flight on a connection that ends say so, and the next ones work', async () => {
    const { database, name } = await open();
    await backends(database);
    const inFlight = [database.run(wait, [600]), database.run(wait, [600]), database.run(myBackend, [])];
    const settled = Promise.allSettled(inFlight);
    await until('they run', async () => {
      const rows = await target.query(
        "select from pg_stat_activity where application_name = $1 and wait_event = 'PgSleep'",
        [name],
      );
      return rows.length === 2;
    });
    await kill(name);
    expect((await settled).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    await until('it works again', () => backends(database));
  });

  it('a table that changes under a prepared statement costs that statement once at most', async () => {
    const { database } = await open();
    await target.query('create table shape (a int)');
    await target.query('insert into shape values (1)');
    for (let round = 0; round < 4; round++) expect(await database.run(shape, [])).toEqual([{ a: 1 }]);
    await target.query("alter table shape add column b text default 'x'");
    const rounds: unknown[] = [];
    for (let round = 0; round < 6; round++) {
      rounds.push(await database.run(shape, []).catch((error: { code: string }) => error.code));
    }
    expect(rounds.filter((answer) => answer === '0A000').length).toBeLessThanOrEqual(2);
    expect(rounds.slice(2)).toEqual(Array.from({ length: 4 }, () => [{ a: 1, b: 'x' }]));
  });

  it('an outage is told as such while it lasts, and forgotten when it is over', async () => {
    await using proxy = await startChaosProxy(target.tcpUrl);
    const { database } = await open(proxy.url);
    await backends(database);
    proxy.refuse(true);
    proxy.cutAll();
    await until('the outage is noticed', () =>
      database.run(myBackend, []).then(
        () => false,
        (error: { code?: string }) => error.code === 'DATABASE_UNAVAILABLE',
      ),
    );
    proxy.refuse(false);
    expect((await backends(database)).size).toBe(2);
    expect(await database.transaction((tx) => tx.run(takeBack, [1]))).toEqual([{ quotient: 1 }]);
  });
});

describe('the rest of the door', () => {
  it('work of its own on a connection of its own; a broken one is not handed out again', async () => {
    const { database } = await open();
    const broken = database.exclusively(async (client) => {
      await client.query('select pg_terminate_backend(pg_backend_pid())');
    });
    await expect(broken).rejects.toThrow();
    const one = await database.exclusively(async (client) => (await client.query('select 1 as one')).rows);
    expect(one).toEqual([{ one: 1 }]);
  });

  it('a closed database refuses, and closing it takes its connections along', async () => {
    const { database, name } = await open();
    await backends(database);
    await database.transaction((tx) => tx.run(myBackend, []));
    const last = database.run(takeBack, [1]);
    await database.close();
    await expect(last).resolves.toEqual([{ quotient: 1 }]);
    await expect(database.run(myBackend, [])).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    await until('its connections are gone', async () => {
      const rows = await target.query('select from pg_stat_activity where application_name = $1', [name]);
      return rows.length === 0;
    });
  });
});
