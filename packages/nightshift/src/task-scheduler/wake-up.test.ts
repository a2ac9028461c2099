import pg from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { codeunit } from '../session/index.ts';
import { until } from '../testing/condition.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { wakeOthers } from './task-scheduler.sql.ts';
import { createTask } from './task-scheduler.ts';

const noop = codeunit({ name: 'No-op', onRun: () => undefined });
const clock = new FakeClock();
const heard: string[] = [];
let database: TestDatabase;
let producer: TestPlatform;
let listener: pg.Client;

beforeAll(async () => {
  database = await createTestDatabase();
  // It runs nothing itself, so whoever does must be called.
  producer = await startTestPlatform({ codeunits: [noop], clock, database, start: false });
  listener = new pg.Client({ connectionString: database.url });
  listener.on('notification', ({ payload = '' }) => heard.push(payload));
  await listener.connect();
  await listener.query('listen nightshift_tasks');
});
afterAll(async () => {
  await producer.stop();
  await listener.end();
  await database.drop();
});

/** What is heard until now: notifications come in the order of their commits, before the answer to a later statement. */
async function hears(): Promise<readonly string[]> {
  await listener.query("select pg_notify('nightshift_tasks', 'end')");
  await until('the end is heard', () => Promise.resolve(heard.includes('end')));
  return heard.splice(0).filter((payload) => payload !== 'end');
}

test('the first task after a pause brings its own notification; those that follow share another', async () => {
  const { no } = producer.platform.directory.company('CRONUS');
  const run = vi.spyOn(producer.platform.database, 'run');
  const called = () => run.mock.calls.filter(([{ text }]) => text === wakeOthers.text).length;
  await createTask(producer.admin, noop);
  expect(await hears()).toEqual([String(no)]);
  expect(called(), 'no statement of its own').toBe(0);
  await createTask(producer.admin, noop);
  await createTask(producer.admin, noop);
  expect(await hears()).toEqual([]);
  await until('the interval is over', async () => {
    await clock.advance(20);
    return heard.length > 0;
  });
  expect(await hears()).toEqual([String(no)]);
  expect(called()).toBe(1);
});

test('nobody is called for tasks that are not ready', async () => {
  await until('nothing rests', async () => {
    await clock.advance(20);
    return clock.sleeping === 0;
  });
  await createTask(producer.admin, noop, { ready: false });
  expect(await hears()).toEqual([]);
  await createTask(producer.admin, noop);
  expect(await hears()).toHaveLength(1);
});

test('an insert that fails has called nobody, and what follows is heard all the same', async () => {
  await until('nothing rests', async () => {
    await clock.advance(20);
    return clock.sleeping === 0;
  });
  await database.query(`create function public.refuse() returns trigger language plpgsql as
    $$ begin raise exception 'no room' using errcode = 'P0001'; end $$`);
  await database.query(`create trigger refuse before insert on nightshift.scheduled_task
    for each row execute function public.refuse()`);
  await expect(createTask(producer.admin, noop)).rejects.toThrow('no room');
  expect(await hears()).toEqual([]);
  await database.query('drop trigger refuse on nightshift.scheduled_task');
  await createTask(producer.admin, noop);
  await until('it is heard', async () => {
    await clock.advance(20);
    return heard.length > 0;
  });
  expect(await hears()).toHaveLength(1);
});
