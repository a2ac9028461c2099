import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../foundation/index.ts';
import { jobQueue } from '../platform/index.ts';
import { until } from '../testing/condition.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { plain } from '../testing/verb-stage.ts';
import { createServer, type NightshiftServer } from './index.ts';

const ANSWER_MS = 60_000;

let kit: TestPlatform;
let server: NightshiftServer;
const clock = new FakeClock(systemClock.now());
beforeAll(async () => {
  kit = await startTestPlatform({ codeunits: [plain], taskScheduler: { enableTaskScheduler: false } });
  server = createServer(kit.platform, { authenticate: () => 'ADMIN', answerMs: ANSWER_MS, clock });
});
afterAll(async () => {
  await server?.close();
  await kit?.stop();
});

const headers = { host: 'localhost', origin: 'http://localhost' };
const LOG = '/api/v1/companies/CRONUS/jobQueueLogEntries';
const ENTRIES = '/api/v1/companies/CRONUS/jobQueueEntries';

const change = (path: string, payload: object, more: object = {}) =>
  server.app.inject({ method: 'POST', url: `${ENTRIES}${path}`, headers: { ...headers, ...more }, payload });

/** Lets `work` go on while another connection holds something. */
async function whileHeld<T>(hold: string, work: () => Promise<T>): Promise<T> {
  const blocker = await kit.platform.database.dedicated('blocker', () => undefined);
  try {
    await blocker.query('set idle_in_transaction_session_timeout = 0');
    await blocker.query('begin');
    await blocker.query(hold);
    return await work();
  } finally {
    await blocker.end();
  }
}

const WAITING = `select from pg_stat_activity
  where datname = current_database() and wait_event_type = 'Lock' and application_name like 'nightshift%'`;

/** How many statements wait for locks. */
const waiting = async () => (await kit.query(WAITING)).length;

/**
 * What is answered to whoever waits until it takes too long.
 * @param before how many others wait
 */
async function late(asked: ReturnType<typeof change>, before = 0) {
  await until('it waits', async () => (await waiting()) > before);
  return timeUp(asked);
}

/** What is answered to whoever waits, when time goes on until it is. */
async function timeUp(asked: ReturnType<typeof change>) {
  let isAnswered = false;
  void asked.then(() => {
    isAnswered = true;
  });
  await until('it is answered', async () => {
    await clock.advance(ANSWER_MS);
    return isAnswered;
  });
  const answer = await asked;
  expect(answer.json()).toMatchObject({ status: 504, code: 'ANSWER_TIMEOUT' });
  return String(answer.json().detail);
}

const WAITING_READS = `${WAITING} and query like any (array['select l.*, u.name%', 'select count(%'])`;

/** How many statements wait that read log entries for a page or count them. */
const reading = async () => (await kit.query(WAITING_READS)).length;

test('who waits too long for lists is told, and what he waited for is cancelled, or not begun at all', async () => {
  await whileHeld('lock table nightshift.job_queue_log_entry in access exclusive mode', async () => {
    // More than there are connections for lists.
    const lists = [1, 2, 3].map(() => server.app.inject({ url: LOG, headers }));
    await until('they wait', async () => (await waiting()) >= 2);
    for (const list of lists) expect(await timeUp(list)).toBe('The answer took longer than 60000 ms.');
    await until('nobody waits for the lists any more', async () => {
      await clock.advance(1_000);
      return (await reading()) === 0;
    });
  });
  expect((await server.app.inject({ url: LOG, headers })).statusCode).toBe(200);
});

test('a change that takes too long is rolled back, and whoever asked is told that nothing was changed', async () => {
  const { id } = await jobQueue.create(kit.admin, { object: 'Plain' });
  const set = () => change(`/${id}/actions/setPriority`, { priority: 'High' });
  await whileHeld(`select from nightshift.job_queue_entry where id = '${id}' for update`, async () => {
    expect(await late(set())).toMatch(/Nothing was changed\.$/);
    // Before what it waited for is free: it would take effect then.
    await until('it waits no more', async () => {
      await clock.advance(1_000);
      return (await waiting()) === 0;
    });
  });
  expect((await jobQueue.get(kit.admin, id)).priority).toBe('Normal');
  expect((await set()).statusCode).toBe(200);
  expect((await jobQueue.get(kit.admin, id)).priority).toBe('High');
});

test('a change with If-Match, which is read before, is rolled back as well', async () => {
  const { id } = await jobQueue.create(kit.admin, { object: 'Plain' });
  const patch = () =>
    server.app.inject({
      method: 'PATCH',
      url: `${ENTRIES}/${id}`,
      headers: { ...headers, 'if-match': '"1"' },
      payload: { description: 'other' },
    });
  await whileHeld(`select from nightshift.job_queue_entry where id = '${id}' for update`, async () => {
    expect(await late(patch())).toMatch(/Nothing was changed\.$/);
  });
  expect((await patch()).json()).toMatchObject({ description: 'other', version: 2 });
});

test('the same goes for one with an Idempotency-Key: a repeat is the first one that does it', async () => {
  const key = { 'idempotency-key': 'late-1' };
  const create = () => change('', { object: 'Plain', description: 'late' }, key);
  await whileHeld('lock table nightshift.job_queue_entry in exclusive mode', async () => {
    expect(await late(create())).toMatch(/Nothing was changed\.$/);
    await until('the key is free', async () => {
      await clock.advance(1_000);
      const kept = await kit.query(`select from nightshift.idempotent_request where key = 'late-1'`);
      return kept.length === 0;
    });
  });
  const again = await create();
  expect([again.statusCode, again.headers['idempotency-replayed']]).toEqual([201, undefined]);
  const made = await kit.query(`select from nightshift.job_queue_entry where description = 'late'`);
  expect(made).toHaveLength(1);
});

test('a commit that is on its way is not taken back: it is told that it may have happened', async () => {
  await kit.query(`create function public.wait_to_commit() returns trigger language plpgsql as $$
    begin perform pg_advisory_xact_lock_shared(4711); return null; end $$`);
  await kit.query(`create constraint trigger wait_to_commit after update or insert on nightshift.job_queue_entry
    deferrable initially deferred for each row execute function public.wait_to_commit()`);
  const { id } = await jobQueue.create(kit.admin, { object: 'Plain' });
  const other = await jobQueue.create(kit.admin, { object: 'Plain' });
  const set = () => change(`/${id}/actions/setPriority`, { priority: 'High' });
  const create = () => change('', { object: 'Plain' }, { 'idempotency-key': 'late-2' });
  const asked = await whileHeld('select pg_advisory_xact_lock(4711)', async () => {
    expect(await late(set())).toMatch(/It may have happened: look before you ask again\.$/);
    expect(await late(create(), 1)).toMatch(/happened: ask again with the same Idempotency-Key\.$/);
    // Of this one the commit is answered in time, for its time is up just before.
    const last = change(`/${other.id}/actions/setPriority`, { priority: 'High' });
    await until('it waits', async () => (await waiting()) === 3);
    await clock.advance(ANSWER_MS);
    return { last };
  });
  expect((await asked.last).statusCode).toBe(200);
  await until('all have happened', async () => {
    const again = await create();
    return again.headers['idempotency-replayed'] === 'true';
  });
  expect((await jobQueue.get(kit.admin, id)).priority).toBe('High');
});

test('however many are given up, the connections stay good for others', async () => {
  const { id } = await jobQueue.create(kit.admin, { object: 'Plain' });
  const held = `select from nightshift.job_queue_entry where id = '${id}' for update`;
  await whileHeld(held, async () => {
    const set = () => change(`/${id}/actions/setPriority`, { priority: 'Low' });
    const asked = [set(), set(), set(), set(), set(), set()];
    // When the time of one is up, so is that of the others.
    await until('one waits', async () => (await waiting()) > 0);
    await Promise.all(asked.map(timeUp));
  });
  expect((await jobQueue.get(kit.admin, id)).priority).toBe('Normal');
  const others = await Promise.all([1, 2, 3, 4].map(() => change('', { object: 'Plain' })));
  expect(others.map((each) => each.statusCode)).toEqual([201, 201, 201, 201]);
});
