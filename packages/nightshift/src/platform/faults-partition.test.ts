import { describe, expect, test } from 'vitest';
import { statement } from '../database/index.ts';
import { systemClock } from '../foundation/index.ts';
import { codeunit } from '../session/index.ts';
import { createTask } from '../task-scheduler/index.ts';
import { startChaosProxy } from '../testing/chaos-proxy.ts';
import { until, within } from '../testing/condition.ts';
import { EFFECTS_OF_ATTEMPTS } from '../testing/effects.sql.ts';
import { faultCodeunits } from '../testing/fault-codeunits.ts';
import { FaultLoad, forkMortal } from '../testing/fault-load.ts';
import { type Partition, startPartitionProxy } from '../testing/partition-proxy.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';

/** A lease is 15 s; whoever is silent that long is declared dead soon after. The rest is for a busy machine. */
const DECLARED_DEAD_MS_MAX = 30_000;
const SETTLED_MS_MAX = 30_000;
/** A shared connection that does not answer is given up after 15 s. */
const HALF_OPEN_MS_MAX = 40_000;
/** A claim is given up after 15 s as well, then the connections of sessions after 15 to 20 s. */
const ALL_HALF_OPEN_MS_MAX = 60_000;
/** The logins of sessions. */
const SLOT = /_s\d+$/;
const TEST_MS_MAX = 120_000;
/** How many tasks come how often while a lease runs out: there is always work, and not more than that needs. */
const LOAD = 5;
const LOAD_EVERY_MS = 300;

const HOLD_FAILURES = `create function public.hold() returns trigger language plpgsql as
    $$ begin perform pg_sleep(1); return new; end $$;
  create trigger hold before insert on nightshift.failed_task for each row execute function public.hold()`;
const FAILURES_IN_WRITING = `select from pg_stat_activity
  where query ~ 'insert into nightshift.failed_task' and wait_event = 'PgSleep' and datname = current_database()`;
const ping = statement('test_ping', 'select 1 as one');

const codeunits = faultCodeunits('healthy');
/** Only the instance that is cut off has it, so that nobody else writes its failure. */
const hopeless = codeunit({ name: 'Hopeless', onRun: (session) => session.error('as planned') });

async function instanceOn(url: string, name: string, start = true): Promise<TestPlatform> {
  const { main, failure } = faultCodeunits(name);
  return startTestPlatform({
    codeunits: name === 'cut off' ? [main, failure, hopeless] : [main, failure],
    migrations: [EFFECTS_OF_ATTEMPTS],
    database: { url },
    start,
  });
}

function loadOn(database: TestDatabase, creator: TestPlatform): FaultLoad {
  return new FaultLoad({ caller: creator.admin, codeunits, query: (text) => database.query(text) });
}

/** Load until the healthy instance has declared the one of that epoch dead. */
async function loadUntilDead(healthy: TestPlatform, load: FaultLoad, epoch: unknown): Promise<void> {
  let isDead = false;
  const dead = healthy.telemetry
    .waitFor('NS0003', (dimensions) => dimensions['epoch'] === epoch, DECLARED_DEAD_MS_MAX)
    .finally(() => {
      isDead = true;
    });
  while (!isDead) {
    await load.create(LOAD);
    await load.hurry();
    await Promise.race([dead, until('a while has passed', after(LOAD_EVERY_MS))]);
  }
  await dead;
}

function after(ms: number): () => boolean {
  const end = systemClock.monotonic() + ms;
  return () => systemClock.monotonic() >= end;
}

// Slow, since leases are real; therefore side by side, each with a database of its own.
describe.concurrent('under load', { timeout: TEST_MS_MAX }, () => {
  test('a process that is frozen beyond its lease changes nothing when it wakes', async () => {
    await using database = await createTestDatabase();
    await using healthy = await instanceOn(database.url, 'healthy');
    const load = loadOn(database, healthy);
    const zombie = await forkMortal(database.url);
    try {
      const started = await zombie.told(({ kind }) => kind === 'started');
      await load.create(200);
      zombie.process.kill('SIGSTOP');
      await loadUntilDead(healthy, load, started.kind === 'started' ? started.epoch : null);
      zombie.process.kill('SIGCONT');
      await within(
        'the zombie learns that it was declared dead',
        zombie.told((message) => message.kind === 'event' && message.id === 'NS0004'),
      );
      await load.create(50);
      expect(await load.settle(SETTLED_MS_MAX)).toEqual([]);
    } finally {
      await zombie.end();
    }
  });

  const ways: readonly (readonly [string, Partition])[] = [
    ['both ways', { toServer: true, toClient: true, of: /^/ }],
    ['from it to the database', { toServer: true, toClient: false, of: /^/ }],
    ['from the database to it', { toServer: false, toClient: true, of: /^/ }],
  ];

  // In the middle of a transaction of the platform, which holds the row of a task: others must not wait for it.
  test.each(ways)('an instance is cut off %s, and what was held back arrives later', async (_, partition) => {
    await using database = await createTestDatabase();
    await using healthy = await instanceOn(database.url, 'healthy');
    await using proxy = await startPartitionProxy(database.tcpUrl);
    await using cutOff = await instanceOn(proxy.url, 'cut off');
    const load = loadOn(database, healthy);
    const { epoch } = cutOff.platform.instance;
    await database.query(HOLD_FAILURES);
    const failing = await createTask(cutOff.admin, hopeless);
    const creating = load.create(200);
    await until('the failure of a task is being written', async () => {
      return (await database.query(FAILURES_IN_WRITING)).length > 0;
    });
    proxy.part(partition);
    await creating;
    await loadUntilDead(healthy, load, epoch);
    proxy.heal();
    await cutOff.waitFor('NS0004', (dimensions) => dimensions['epoch'] === epoch);
    await until('it lives again', () => cutOff.platform.instance.epoch !== null);
    await load.create(50);
    load.accept(failing, 'failed');
    expect(await load.settle(SETTLED_MS_MAX)).toEqual([]);
  });

  test('nothing gets through to the listener: a task costs more time, and is not lost', async () => {
    await using database = await createTestDatabase();
    await using proxy = await startPartitionProxy(database.tcpUrl);
    await using deaf = await instanceOn(proxy.url, 'deaf');
    // Another process, as it were: nobody in this one tells the instance of its tasks.
    await using creator = await instanceOn(database.url, 'creator', false);
    const load = loadOn(database, creator);
    const { epoch } = deaf.platform.instance;
    proxy.part({ toServer: true, toClient: true, of: / listen$/ });
    await load.create(50);
    expect(await load.settle(SETTLED_MS_MAX)).toEqual([]);
    expect(deaf.platform.instance.epoch).toBe(epoch);
    proxy.heal();
  });

  test('the shared connections are dead for ever, and nobody says so: others take their place', async () => {
    await using database = await createTestDatabase();
    await using proxy = await startChaosProxy(database.tcpUrl);
    await using halfOpen = await instanceOn(proxy.url, 'half-open', false);
    const { run } = halfOpen.platform.database;
    const all = () => Promise.all([run(ping, []), run(ping, []), run(ping, []), run(ping, [])]);
    await all();
    proxy.freezeAll();
    await expect(within('somebody says so', all(), HALF_OPEN_MS_MAX)).rejects.toThrow('Query read timeout');
    await until('statements are answered again', all);
  });

  test('all its connections are dead for ever, and nobody says so: its tasks run all the same', async () => {
    await using database = await createTestDatabase();
    await using creator = await instanceOn(database.url, 'creator', false);
    await using proxy = await startChaosProxy(database.tcpUrl);
    await using halfOpen = await instanceOn(proxy.url, 'half-open');
    const load = loadOn(database, creator);
    await load.create(20);
    expect(await load.settle(SETTLED_MS_MAX)).toEqual([]);
    proxy.freezeAll();
    await load.create(20);
    expect(await load.settle(ALL_HALF_OPEN_MS_MAX)).toEqual([]);
    await halfOpen.waitFor('NS0035');
    // Nor is it waited for when they say goodbye; the listener's is still one of the dead.
    proxy.freezeAll(SLOT);
    await within('it stops', halfOpen.stop());
  });
});
