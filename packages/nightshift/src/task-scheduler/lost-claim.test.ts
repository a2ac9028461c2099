import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { behaviours, leaveEffect } from '../testing/behaviours.ts';
import { type ChaosProxy, startChaosProxy } from '../testing/chaos-proxy.ts';
import { until } from '../testing/condition.ts';
import { EFFECTS } from '../testing/effects.sql.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { createTask, taskExists } from './task-scheduler.ts';

const { main, codeunits, choose } = behaviours();
const clock = new FakeClock();
let database: TestDatabase;
let proxy: ChaosProxy;
let kit: TestPlatform;
let gate: pg.Client;

// A claim waits at a gate while the test holds its lock; the server goes on with it although the client is gone.
beforeAll(async () => {
  database = await createTestDatabase();
  proxy = await startChaosProxy(database.tcpUrl);
  kit = await startTestPlatform({ codeunits, migrations: [EFFECTS], clock, database: { url: proxy.url } });
  const first = await createTask(kit.admin, main, { record: choose(leaveEffect) });
  await kit.waitFor('LC0043', ({ taskId }) => taskId === first);
  await database.query(`create function wait_at_gate() returns trigger language plpgsql as
    $$ begin perform pg_advisory_xact_lock_shared(4242); return new; end $$;
    create trigger gate before update on nightshift.scheduled_task for each row
      when (old.claim is null and new.claim is not null) execute function wait_at_gate()`);
  gate = new pg.Client({ connectionString: database.url });
  await gate.connect();
});
afterAll(async () => {
  await gate.end();
  await kit.stop();
  await proxy.stop();
  await database.drop();
});

const AT_WORK = `select from pg_stat_activity
  where datname = current_database() and state = 'active' and pid <> pg_backend_pid()`;

async function effectsOf(task: string): Promise<number> {
  return (await database.query('select from co_1.effect where task = $1', [task])).length;
}

/** A task whose claim has been sent, and whose answer nobody will get. */
async function claimWithoutAnswer(): Promise<string> {
  await gate.query('select pg_advisory_lock(4242)');
  // With a due time, or it would be claimed by the insert.
  const task = await createTask(kit.admin, main, { record: choose(leaveEffect), notBefore: clock.now() });
  await until('the claim waits at the gate', async () => {
    const waiting = await database.query(
      "select from pg_locks where locktype = 'advisory' and objid = 4242 and not granted",
    );
    return waiting.length === 1;
  });
  const errors = kit.telemetry.events('NS0005').length;
  proxy.cutAll();
  await until('the dispatcher has noticed', () => kit.telemetry.events('NS0005').length > errors);
  return task;
}

async function openGate(): Promise<void> {
  await gate.query('select pg_advisory_unlock(4242)');
  await until('the claim has passed', async () => {
    return (
      (await database.query("select from pg_locks where locktype = 'advisory' and objid = 4242")).length === 0
    );
  });
}

/** Lets time pass until the task has run; says how many seconds it took at most. */
async function secondsUntilRun(task: string): Promise<number> {
  let steps = 0;
  // What the database has to do meanwhile takes its own time: small steps, each when it has done what it was asked.
  for (; steps < 1_000 && (await effectsOf(task)) === 0; steps++) {
    await until('the database rests', async () => (await database.query(AT_WORK)).length === 0);
    await clock.advance(100);
    kit.platform.instance.wake();
  }
  await kit.waitFor('LC0043', ({ taskId }) => taskId === task);
  expect(await effectsOf(task)).toBe(1);
  return steps / 10;
}

describe('the answer to a claim is lost', () => {
  test('the claim took effect at once: it is released when the connection is back', async () => {
    const task = await claimWithoutAnswer();
    await openGate();
    // Before it would be found as one that nobody knows.
    expect(await secondsUntilRun(task)).toBeLessThan(29);
  });

  test('the claim took effect after that: it is found half a minute later', async () => {
    const task = await claimWithoutAnswer();
    await clock.advance(100);
    const witness = await createTask(kit.admin, main, { record: choose(() => undefined), ready: false });
    expect(await taskExists(kit.admin, witness)).toBe(true);
    await openGate();
    expect(await secondsUntilRun(task)).toBeLessThan(90);
  });
});
