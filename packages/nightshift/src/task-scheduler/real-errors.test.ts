import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SECOND_MS } from '../foundation/index.ts';
import type { Session } from '../session/index.ts';
import { behaviours, leaveEffect } from '../testing/behaviours.ts';
import { until } from '../testing/condition.ts';
import { EFFECTS } from '../testing/effects.sql.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { createTask } from './task-scheduler.ts';

// Each error is the real one: provoked in PostgreSQL, and judged by what becomes of the task. Deadlock and serialization
// failure are in task-retries.test.ts.

const { main, codeunits, choose } = behaviours();
const clock = new FakeClock();
const TABLES = {
  name: '0002_tables',
  sql: "create table item (name text primary key, quantity int); insert into item values ('bolt', 1)",
};
let kit: TestPlatform;

beforeAll(async () => {
  kit = await startTestPlatform({
    codeunits,
    migrations: [EFFECTS, TABLES],
    clock,
    url: ({ tcpUrl }) => tcpUrl,
    // One slot after the other, so that a test knows which one it meets.
    taskScheduler: { maximumConcurrentRunningTasks: 1 },
  });
});
afterAll(() => kit.stop());

const ended = (task: string) => kit.waitFor('LC0045', ({ taskId }) => taskId === task);

/** Fails in its first run as told, and then succeeds. Returns what was decided, and the code that was kept. */
async function outcomeOf(fails: (session: Session) => unknown) {
  const record = choose(async (session) => {
    await leaveEffect(session, `attempt ${session.attempt}`);
    if (session.attempt === 0) await fails(session);
  });
  const task = await createTask(kit.admin, main, { record });
  const { dimensions } = await ended(task);
  return { task, decision: dimensions['decision'], code: dimensions['errorCode'] };
}

/** The task runs again, and leaves the one effect of that run. */
async function heals(task: string): Promise<void> {
  clock.at(new Date(clock.now().getTime() + 30 * SECOND_MS));
  kit.platform.instance.wake();
  await kit.waitFor('LC0043', ({ taskId }) => taskId === task);
  const effects = await kit.query('select note from co_1.effect where task = $1', [task]);
  expect(effects).toEqual([{ note: 'attempt 1' }]);
}

/** How many connections the login of each slot may have; -1: any number. */
function limitSlots(connections: number): Promise<unknown> {
  return kit.platform.database.exclusively(async (client) => {
    await client.query("select set_config('test.connections', $1, false)", [String(connections)]);
    await client.query(`do $$ declare r record; begin
      for r in select rolname from pg_roles, nightshift.environment
        where starts_with(rolname, 'ns_' || mark || '_s') and rolcanlogin
      loop execute format('alter role %I connection limit %s', r.rolname, current_setting('test.connections'));
      end loop; end $$`);
  });
}

/** Ends the connections of the slots, so that the next session opens another one. */
function endSlots(): Promise<unknown> {
  return kit.query(`select pg_terminate_backend(pid) from pg_stat_activity, nightshift.environment
    where starts_with(usename, 'ns_' || mark || '_s')`);
}

const backendOf = async (session: Session) => {
  const { rows } = await session.db.query<{ pid: number }>('select pg_backend_pid() as pid');
  return rows[0]?.pid;
};

function isWorking(pid: number | undefined) {
  const text = "select from pg_stat_activity where pid = $1 and query like '%pg_sleep%' and state = 'active'";
  return until('it works', async () => (await kit.query(text, [pid])).length > 0);
}

function isGone(pid: number | undefined) {
  const text = 'select from pg_stat_activity where pid = $1';
  return until('it is gone', async () => (await kit.query(text, [pid])).length === 0);
}

describe('is retried', () => {
  test('a lock timeout: 55P03', async () => {
    const { task, ...outcome } = await outcomeOf(async (session) => {
      await session.db.query("select set_config('lock_timeout', '50ms', true)");
      await kit.platform.database.exclusively(async (client) => {
        await client.query('begin');
        await client.query('lock table co_1.item');
        await session.db.query('select from item').finally(() => client.query('rollback'));
      });
    });
    expect(outcome).toEqual({ decision: 'retry', code: '55P03' });
    await heals(task);
  });

  test('a row that is locked, NOWAIT: 55P03', async () => {
    const { task, ...outcome } = await outcomeOf((session) =>
      kit.platform.database.exclusively(async (client) => {
        await client.query('begin');
        await client.query('select from co_1.item for update');
        await session.db.query('select from item for update nowait').finally(() => client.query('rollback'));
      }),
    );
    expect(outcome).toEqual({ decision: 'retry', code: '55P03' });
    await heals(task);
  });

  test('a backend that an administrator ends while it works: 57P01', async () => {
    const { task, ...outcome } = await outcomeOf(async (session) => {
      const pid = await backendOf(session);
      const working = session.db.query('select pg_sleep(60)');
      working.catch(() => undefined);
      await isWorking(pid);
      await kit.query('select pg_terminate_backend($1)', [pid]);
      await working;
    });
    expect(outcome).toEqual({ decision: 'retry', code: '57P01' });
    await heals(task);
  });

  test('a backend that ends while it rests in a transaction: a connection without a code', async () => {
    const { task, decision } = await outcomeOf(async (session) => {
      const pid = await backendOf(session);
      await kit.query('select pg_terminate_backend($1)', [pid]);
      await isGone(pid);
      await session.db.query('select 1');
    });
    expect(decision).toBe('retry');
    await heals(task);
  });

  test('a transaction that rests for too long: 25P03', async () => {
    const { task, ...outcome } = await outcomeOf(async (session) => {
      await session.db.query("select set_config('idle_in_transaction_session_timeout', '20ms', true)");
      const pid = await backendOf(session);
      await isGone(pid);
      await session.db.query('select 1');
    });
    expect(outcome.decision).toBe('retry');
    await heals(task);
  });

  test('a server that takes no writes: 25006', async () => {
    const { task, ...outcome } = await outcomeOf(async (session) => {
      await session.db.query("select set_config('transaction_read_only', 'on', true)");
      await leaveEffect(session);
    });
    expect(outcome).toEqual({ decision: 'retry', code: '25006' });
    await heals(task);
  });

  test('no connection left for the login: 53300', async () => {
    await limitSlots(0);
    await endSlots();
    const { task, ...outcome } = await outcomeOf(() => undefined);
    expect(outcome).toEqual({ decision: 'retry', code: 'DATABASE_UNAVAILABLE' });
    const [row] = await kit.query<{ last_error: { causes: { code: string }[] } }>(
      'select last_error from nightshift.scheduled_task where id = $1',
      [task],
    );
    expect(row?.last_error.causes[0]?.code).toBe('53300');
    await limitSlots(-1);
    await heals(task);
  });

  test('a service that nobody answers for: ECONNREFUSED, as fetch tells it', async () => {
    const { task, ...outcome } = await outcomeOf(async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      await new Promise((resolve) => server.close(resolve));
      await fetch(`http://127.0.0.1:${port}/`);
    });
    expect(outcome.decision).toBe('retry');
    await heals(task);
  });
});

describe('has failed', () => {
  test('a statement that took longer than it may', async () => {
    const outcome = outcomeOf(async (session) => {
      const pid = await backendOf(session);
      const working = session.db.query({ text: 'select pg_sleep(60)', timeoutMs: 10 });
      working.catch(() => undefined);
      await isWorking(pid);
      await clock.advance(10);
      await working;
    });
    expect(await outcome).toMatchObject({ decision: 'failed', code: 'STATEMENT_TIMEOUT' });
  });

  const final: readonly (readonly [code: string, fails: (session: Session) => unknown])[] = [
    ['23505', ({ db }) => db.query("insert into item values ('bolt', 2)")],
    ['23502', ({ db }) => db.query('insert into item values (null, 2)')],
    ['PERMISSION_DENIED', ({ db }) => db.query('select from nightshift.scheduled_task')],
    ['22P02', ({ db }) => db.query("select 'x'::int")],
    ['22003', ({ db }) => db.query('select 2147483647 + 1')],
    ['42P01', ({ db }) => db.query('select from no_such_table')],
    ['42703', ({ db }) => db.query('select no_such_column from item')],
    ['42601', ({ db }) => db.query('selec 1')],
    ['P0001', ({ db }) => db.query("do $$ begin raise 'no'; end $$")],
    ['CALLBACK_NOT_ALLOWED', (session) => session.confirm('Sure?')],
    ['CODEUNIT_ERROR', (session) => session.error('no')],
    ['TRANSACTION_CONTROL', ({ db }) => db.query('commit')],
    ['VALIDATION', (session) => createTask(session, main, { record: { key: 'x' }, timeout: -1 })],
    ['RECORD_INVALID', (session) => createTask(session, main, { record: {} as never })],
  ];

  test.each(final)('%s', async (code, fails) => {
    expect(await outcomeOf(fails)).toMatchObject({ decision: 'failed', code });
  });

  test('a statement that somebody else cancels: 57014', async () => {
    const outcome = await outcomeOf(async (session) => {
      const pid = await backendOf(session);
      const working = session.db.query('select pg_sleep(60)');
      working.catch(() => undefined);
      await isWorking(pid);
      await kit.query('select pg_cancel_backend($1)', [pid]);
      await working;
    });
    expect(outcome).toMatchObject({ decision: 'failed', code: '57014' });
  });
});
