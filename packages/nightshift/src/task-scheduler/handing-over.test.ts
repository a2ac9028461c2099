import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stopSession } from '../session/index.ts';
import { behaviours, leaveEffect } from '../testing/behaviours.ts';
import { until } from '../testing/condition.ts';
import { EFFECTS } from '../testing/effects.sql.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { createTask } from './task-scheduler.ts';

const { main, codeunits, choose } = behaviours();
const GATE = 4711;
let database: TestDatabase;
let kit: TestPlatform;
let gate: pg.Client;

// One place, so that the second task can begin only when the first gives its place away. A COMMIT with an effect "slow" waits
// at a gate, one with "bad" fails: both are deferred constraints, looked at when the COMMIT has been sent.
beforeAll(async () => {
  database = await createTestDatabase();
  kit = await startTestPlatform({
    codeunits,
    migrations: [EFFECTS],
    database,
    taskScheduler: { maximumConcurrentRunningTasks: 1 },
  });
  await database.query(`create function co_1.at_commit() returns trigger language plpgsql as $$
    begin
      if new.note = 'slow' then perform pg_advisory_xact_lock_shared(4711); end if;
      if new.note = 'bad' then raise exception 'refused by a deferred constraint'; end if;
      return null;
    end $$;
    create constraint trigger at_commit after insert on co_1.effect deferrable initially deferred
      for each row execute function co_1.at_commit()`);
  gate = new pg.Client({ connectionString: database.url });
  await gate.connect();
});
afterAll(async () => {
  await gate.end();
  await kit.stop();
  await database.drop();
});

const effectsOf = async (task: string) =>
  (
    await database.query<{ note: string }>('select note from co_1.effect where task = $1 order by no', [task])
  ).map(({ note }) => note);
const completed = (task: string) => kit.waitFor('LC0043', ({ taskId }) => taskId === task);
const commitsWaiting = () =>
  until('the first COMMIT waits at the gate', async () => {
    const rows = await database.query(
      "select from pg_locks where locktype = 'advisory' and objid = $1 and not granted",
      [GATE],
    );
    return rows.length === 1;
  });

describe('a task whose COMMIT is on its way', () => {
  test('gives its place and its connection to the next one, which comes behind it', async () => {
    await gate.query('select pg_advisory_lock(4711)');
    const backends: unknown[] = [];
    const noted = choose(async (session) => {
      await leaveEffect(session, 'slow');
      backends.push((await session.db.query('select pg_backend_pid() as pid')).rows[0]);
    });
    let begun = false;
    const next = choose(async (session) => {
      begun = true;
      backends.push((await session.db.query('select pg_backend_pid() as pid')).rows[0]);
      const seen = await session.db.query("select from effect where note = 'slow'");
      await leaveEffect(session, `saw ${seen.rowCount}`);
    });
    const first = await createTask(kit.admin, main, { record: noted });
    const second = await createTask(kit.admin, main, { record: next });
    await commitsWaiting();
    await until('the second has begun', () => begun);
    expect(await database.query('select from nightshift.scheduled_task')).toHaveLength(2);
    await gate.query('select pg_advisory_unlock(4711)');
    await completed(first);
    await completed(second);
    expect(backends[1]).toEqual(backends[0]);
    expect(await effectsOf(second)).toEqual(['saw 1']);
  });

  test('may still fail; the next one does not', async () => {
    const first = await createTask(kit.admin, main, { record: choose((s) => leaveEffect(s, 'bad')) });
    const second = await createTask(kit.admin, main, { record: choose((s) => leaveEffect(s)) });
    await kit.waitFor('LC0045', ({ taskId }) => taskId === first);
    await completed(second);
    expect([await effectsOf(first), await effectsOf(second)]).toEqual([[], ['done']]);
  });

  test('may still have lost its claim; the next one has its own', async () => {
    const record = choose(async (session) => {
      await leaveEffect(session);
      await database.query('update nightshift.scheduled_task set claim = gen_random_uuid() where id = $1', [
        session.idempotencyKey,
      ]);
    });
    const first = await createTask(kit.admin, main, { record });
    const second = await createTask(kit.admin, main, { record: choose((s) => leaveEffect(s)) });
    await kit.waitFor('NS0007', ({ taskId }) => taskId === first);
    await completed(second);
    expect([await effectsOf(first), await effectsOf(second)]).toEqual([[], ['done']]);
    await database.query('delete from nightshift.scheduled_task where id = $1', [first]);
  });

  test('is not cancelled with the next one, which is stopped while it waits', async () => {
    await gate.query('select pg_advisory_lock(4711)');
    let id = 0;
    const waits = choose(async (session) => {
      id = session.id;
      await leaveEffect(session, 'never');
    });
    const first = await createTask(kit.admin, main, { record: choose((s) => leaveEffect(s, 'slow')) });
    const second = await createTask(kit.admin, main, { record: waits });
    await commitsWaiting();
    await until('the second has begun', () => id > 0);
    await stopSession(kit.admin, id, 'not wanted');
    await gate.query('select pg_advisory_unlock(4711)');
    await completed(first);
    await kit.waitFor('LC0044', ({ taskId }) => taskId === second);
    expect([await effectsOf(first), await effectsOf(second)]).toEqual([['slow'], []]);
  });

  test('takes the next one along when the connection breaks: one had committed or not, the other goes elsewhere', async () => {
    await gate.query('select pg_advisory_lock(4711)');
    let pid = 0;
    const slow = choose(async (session) => {
      const { rows } = await session.db.query<{ pid: number }>('select pg_backend_pid() as pid');
      pid = rows[0]?.pid ?? 0;
      await leaveEffect(session, 'slow');
    });
    let begun = 0;
    const next = choose(async (session) => {
      begun++;
      await leaveEffect(session);
    });
    const first = await createTask(kit.admin, main, { record: slow });
    const second = await createTask(kit.admin, main, { record: next });
    await commitsWaiting();
    await until('the second has begun', () => begun > 0);
    await database.query('select pg_terminate_backend($1)', [pid]);
    await gate.query('select pg_advisory_unlock(4711)');
    await completed(first);
    await completed(second);
    expect([await effectsOf(first), await effectsOf(second)]).toEqual([['slow'], ['done']]);
  });

  test('keeps its connection where its code may have left something on it', async () => {
    const first = await createTask(kit.admin, main, {
      record: choose(async (session) => {
        await session.db.query("select set_config('search_path', 'pg_catalog', false)");
        await session.db.query('insert into co_1.effect (task, note) values ($1, $2)', [
          session.idempotencyKey,
          'x',
        ]);
      }),
    });
    const second = await createTask(kit.admin, main, { record: choose((s) => leaveEffect(s)) });
    await completed(first);
    await completed(second);
    expect([await effectsOf(first), await effectsOf(second)]).toEqual([['x'], ['done']]);
  });

  test('1,000 of them in a row, some of which fail: one effect each of those that did not', async () => {
    const good = choose((session) => leaveEffect(session, 'row'));
    const bad = choose((session) => leaveEffect(session, 'bad'));
    await kit.open(async (session) => {
      for (let n = 0; n < 1_000; n++) await createTask(session, main, { record: n % 10 === 3 ? bad : good });
    });
    await until('all have ended', async () => {
      const rows = await database.query('select from nightshift.scheduled_task limit 1');
      return rows.length === 0;
    });
    const rows = await database.query<{ n: number }>(
      "select count(*)::int as n from co_1.effect where note = 'row' group by task",
    );
    expect(rows).toHaveLength(900);
    expect(rows.every(({ n }) => n === 1)).toBe(true);
  });
});
