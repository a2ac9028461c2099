import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isNightshiftError } from '../foundation/index.ts';
import { codeunit } from '../session/index.ts';
import { type ChaosProxy, type CutPlace, startChaosProxy } from '../testing/chaos-proxy.ts';
import { until } from '../testing/condition.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { withClient } from '../testing/test-server.ts';
import { taskOfKey } from './task-creation.sql.ts';
import { cancelTask, createTask } from './task-scheduler.ts';

const INSERT = /insert into nightshift\.scheduled_task/;
const KEYED_INSERT = /insert_keyed_tasks/;
const FUTURE = { notBefore: new Date('2999-01-01T00:00:00Z') };

const plain = codeunit({ name: 'Plain', onRun: () => undefined });
const other = codeunit({ name: 'Other', onRun: () => undefined });
let database: TestDatabase;
let proxy: ChaosProxy;
/** Creates through the proxy; runs nothing. */
let kit: TestPlatform;

beforeAll(async () => {
  database = await createTestDatabase();
  proxy = await startChaosProxy(database.tcpUrl);
  kit = await startTestPlatform({
    codeunits: [plain, other],
    database: { url: proxy.url },
    taskScheduler: { enableTaskScheduler: false },
  });
});
afterAll(async () => {
  await kit.stop();
  await proxy.stop();
  await database.drop();
});

async function stored(): Promise<readonly string[]> {
  const rows = await database.query<{ id: string }>('select id from nightshift.scheduled_task order by id');
  return rows.map(({ id }) => id);
}

describe('the answer to an insert is lost', () => {
  test.each<CutPlace>(['before', 'after'])(
    'a task of the future, cut %s: it is there once',
    async (place) => {
      const cut = proxy.cutNextStatement(place, INSERT);
      const created = createTask(kit.admin, plain, FUTURE);
      await cut;
      const id = await created;
      expect((await stored()).filter((present) => present === id)).toEqual([id]);
      await cancelTask(kit.admin, id);
    },
  );

  test('one that is due and is found waiting was created', async () => {
    const cut = proxy.cutNextStatement('after', INSERT);
    const created = createTask(kit.admin, plain);
    await cut;
    expect(await stored()).toContain(await created);
  });

  test('one that is due and is not found: nobody knows, and it is not inserted again', async () => {
    const before = await stored();
    const cut = proxy.cutNextStatement('before', INSERT);
    const created = createTask(kit.admin, plain);
    const answer = expect(created).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN', retriable: false });
    await cut;
    await answer;
    expect(await stored()).toEqual(before);
  });

  test('one that has failed meanwhile was created', async () => {
    await database.query(`create function run_at_once() returns trigger language plpgsql as $$ begin
        insert into nightshift.failed_task (id, lane, user_no, codeunit, due, attempt, error, created_at)
        values (new.id, new.lane, new.user_no, new.codeunit, new.due, 0, '{}', new.created_at); return null; end $$;
      create trigger run_at_once before insert on nightshift.scheduled_task for each row execute function run_at_once()`);
    const cut = proxy.cutNextStatement('after', INSERT);
    const created = createTask(kit.admin, plain);
    await cut;
    const id = await created;
    await database.query('drop function run_at_once() cascade');
    expect(await database.query('select from nightshift.failed_task where id = $1', [id])).toHaveLength(1);
    expect(await stored()).not.toContain(id);
  });

  test.each<CutPlace>(['before', 'after'])(
    'of many in one insert, cut %s, one of the future tells of all',
    async (place) => {
      const cut = proxy.cutNextStatement(place, INSERT);
      const created = Promise.all([
        ...Array.from({ length: 50 }, () => createTask(kit.admin, plain)),
        createTask(kit.admin, plain, { ready: false }),
      ]);
      await cut;
      const ids = await created;
      const present = await stored();
      for (const id of ids) expect(present).toContain(id);
    },
  );

  test('a backend that is still at work is ended first: what it would have done does not happen', async () => {
    const before = await stored();
    await withClient(database.url, async (client) => {
      await client.query('begin');
      await client.query('lock table nightshift.scheduled_task in share mode');
      const created = createTask(kit.admin, plain);
      const answer = expect(created).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
      const waiting = () =>
        database.query<{ pid: number }>(
          `select pid from pg_stat_activity where wait_event_type = 'Lock' and query ~ 'insert into nightshift.scheduled_task'
            and datname = current_database()`,
        );
      await until('the insert waits for the lock', async () => (await waiting()).length === 1);
      proxy.cutAll();
      await answer;
      expect(await waiting()).toEqual([]);
      await client.query('rollback');
    });
    expect(await stored()).toEqual(before);
  });

  test('a server that ends the connections has done nothing: the task is created over another one', async () => {
    const ended = await database.query<{ pid: number }>(
      `select pid, pg_terminate_backend(pid) from pg_stat_activity
       where application_name = 'nightshift test' and datname = current_database()`,
    );
    expect(ended.length).toBeGreaterThan(0);
    // What is sent before that is sent into the void, and nobody knows.
    await until('they are gone', async () => {
      const pids = ended.map(({ pid }) => pid);
      return (await database.query('select from pg_stat_activity where pid = any($1)', [pids])).length === 0;
    });
    const id = await createTask(kit.admin, plain);
    expect(await stored()).toContain(id);
  });

  test('a database that is not there: refused at once, and nothing is in doubt', async () => {
    proxy.refuse(true);
    proxy.cutAll();
    await until('the platform has noticed', () =>
      kit.platform.database.run(taskOfKey, [1, 'none']).then(
        () => false,
        (error: unknown) => isNightshiftError(error, 'DATABASE_UNAVAILABLE'),
      ),
    );
    const created = [{}, { idempotencyKey: 'not there' }].map((options) =>
      createTask(kit.admin, plain, options),
    );
    for (const refused of await Promise.allSettled(created))
      expect(refused).toMatchObject({ reason: { code: 'DATABASE_UNAVAILABLE' } });
    proxy.refuse(false);
  });
});

describe('with an idempotency key', () => {
  let keys = 0;
  const newKey = () => `lost ${++keys}`;

  test.each<CutPlace>(['before', 'after'])(
    'a task of the future, cut %s: it is there once',
    async (place) => {
      const idempotencyKey = newKey();
      const cut = proxy.cutNextStatement(place, KEYED_INSERT);
      const created = createTask(kit.admin, plain, { ...FUTURE, idempotencyKey });
      await cut;
      const id = await created;
      expect(await createTask(kit.admin, plain, { idempotencyKey })).toBe(id);
    },
  );

  test('one that is due: what nobody knows is told, and the repeat creates one', async () => {
    const idempotencyKey = newKey();
    const cut = proxy.cutNextStatement('before', KEYED_INSERT);
    const created = createTask(kit.admin, plain, { idempotencyKey });
    const answer = expect(created).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    await cut;
    await answer;
    const id = await createTask(kit.admin, plain, { idempotencyKey });
    expect(await createTask(kit.admin, plain, { idempotencyKey })).toBe(id);
  });

  test('several in one insert, two of them with one key: each finds its own', async () => {
    const [first, second] = [newKey(), newKey()];
    const present = await createTask(kit.admin, plain, { idempotencyKey: first });
    const cut = proxy.cutNextStatement('after', KEYED_INSERT);
    const created = Promise.allSettled([
      createTask(kit.admin, plain, { idempotencyKey: first }),
      createTask(kit.admin, plain, { idempotencyKey: second }),
      createTask(kit.admin, plain, { idempotencyKey: second }),
      createTask(kit.admin, other, { idempotencyKey: first }),
    ]);
    await cut;
    const [one, two, three, four] = await created;
    expect(one).toMatchObject({ value: present });
    expect(two).toEqual(three);
    expect(await stored()).toContain((two as { value: string }).value);
    expect(four).toMatchObject({ reason: { code: 'CONFLICT', field: 'idempotencyKey' } });
  });
});
