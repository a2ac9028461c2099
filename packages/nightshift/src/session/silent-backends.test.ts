import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { taskScheduler } from '../platform/index.ts';
import { Telemetry } from '../telemetry/index.ts';
import { leaveEffect } from '../testing/behaviours.ts';
import { type ChaosProxy, startChaosProxy } from '../testing/chaos-proxy.ts';
import { until, within } from '../testing/condition.ts';
import { EFFECTS } from '../testing/effects.sql.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { type PartitionProxy, startPartitionProxy } from '../testing/partition-proxy.ts';
import { RecordedTelemetry } from '../testing/recorded-telemetry.ts';
import { SharedKit } from '../testing/shared-kit.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { withClient } from '../testing/test-server.ts';
import { codeunit } from './codeunit.ts';
import type { Session } from './session.ts';
import { SILENCE_MS, SilentBackends } from './silent-backends.ts';

/** The logins of user code, and what their connections call themselves. */
const SLOT = /^ns_[0-9a-f]{6}_s\d+$/;
const SESSION = / session$/;
const DONE = { effects: 1, state: 'gone', attempt: 0 };

const writing = codeunit({ name: 'Writing', onRun: (session) => leaveEffect(session) });

let database: TestDatabase;
let chaos: ChaosProxy;
let network: PartitionProxy;
let world: TestPlatform;

beforeAll(async () => {
  database = await createTestDatabase();
  network = await startPartitionProxy(database.tcpUrl);
  chaos = await startChaosProxy(network.url);
  world = await startTestPlatform({
    database: { url: chaos.url },
    migrations: [EFFECTS],
    taskScheduler: { enableTaskScheduler: false },
  });
});
afterAll(async () => {
  chaos.cutAll();
  await world.stop();
  await chaos.stop();
  await network.stop();
  await database.drop();
});

const instanceOn = (url: string, maximumConcurrentRunningTasks: number) =>
  startTestPlatform({
    codeunits: [writing],
    migrations: [EFFECTS],
    database: { url },
    taskScheduler: { maximumConcurrentRunningTasks },
  });

/** Looks at the connections of an instance, with a time of its own: no look has to be waited for. */
function watchOver({ platform }: TestPlatform) {
  const clock = new FakeClock();
  const told = new RecordedTelemetry();
  const telemetry = new Telemetry([told.receive]);
  const { database: asked, instance } = platform;
  const silent = new SilentBackends({ database: asked, clock, telemetry, slots: instance.host.slots });
  /** As many looks, each after the time of silence. Returns how many connections they have ended. */
  const look = async (times = 1): Promise<number> => {
    let ended = 0;
    for (let time = 0; time < times; time++) {
      await clock.advance(SILENCE_MS);
      ended += await silent.runOnce();
    }
    return ended;
  };
  /** Looks until a connection was ended; what had passed before the network broke may still be on its way. */
  const ends = () => until('a connection was ended', () => look());
  return { look, ends, told };
}

interface Backend {
  readonly pid: number;
  readonly state: string;
  readonly query: string;
  readonly wait: string | null;
}

const backendOf = async (pid: number): Promise<Backend | undefined> =>
  (
    await database.query<Backend>(
      `select pid, state, query, concat_ws(' ', wait_event_type, wait_event) as wait from pg_stat_activity where pid = $1`,
      [pid],
    )
  )[0];
const reaches = (pid: number, wait: string) =>
  until(`the backend waits: ${wait}`, async () => (await backendOf(pid))?.wait === wait);
const isGone = (pid: number) => until('it is gone', async () => (await backendOf(pid)) === undefined);
const effects = async (of: string) =>
  (await database.query('select from co_1.effect where task = $1 or note = $1', [of])).length;
const note = (session: Session, text: string) => leaveEffect(session, text);

/** Opens a session that is in a transaction, and goes on when it is told to. */
async function session<T>(then: (session: Session) => Promise<T>, on = world) {
  const begun = Promise.withResolvers<number>();
  const go = Promise.withResolvers<void>();
  const done = on.open(async (opened) => {
    const { rows } = await opened.db.query<{ pid: number }>('select pg_backend_pid() as pid');
    begun.resolve(rows[0]?.pid ?? 0);
    await go.promise;
    return then(opened);
  });
  done.catch(() => undefined);
  return { pid: await begun.promise, go: () => go.resolve(), done };
}

describe('the network has cut a connection without a word', () => {
  it('the statement never arrives: it fails as on a lost connection, and its backend is ended', async () => {
    const { look, told } = watchOver(world);
    const { pid, go, done } = await session((opened) => opened.db.query('select 1'));
    chaos.freezeAll(SLOT);
    go();
    expect([await look(), await look(), await look()]).toEqual([0, 0, 1]);
    await expect(done).rejects.toThrow(/^Connection terminated/);
    await isGone(pid);
    expect(told.events('NS0035')[0]?.message).toContain(`backend ${pid} waits for it`);
  });

  it('its answer never arrives', async () => {
    const { ends } = watchOver(world);
    const { pid, go, done } = await session((opened) => note(opened, 'answer lost'));
    network.part({ toServer: false, toClient: true, of: SESSION });
    onTestFinished(() => network.heal());
    go();
    await until('it was carried out', async () =>
      (await backendOf(pid))?.query.includes('insert into effect'),
    );
    expect(await ends()).toBe(1);
    await expect(done).rejects.toThrow(/^Connection terminated/);
    await isGone(pid);
    expect(await effects('answer lost')).toBe(0);
  });

  it('a long answer is stuck on its way', async () => {
    await using direct = await startChaosProxy(database.tcpUrl);
    await using instance = await instanceOn(direct.url, 1);
    const { ends } = watchOver(instance);
    const { pid, go, done } = await session(
      (opened) => opened.db.query("select pg_sleep(0.3), repeat('x', 50000000)"),
      instance,
    );
    go();
    await reaches(pid, 'Timeout PgSleep');
    direct.freezeAll(SLOT);
    await reaches(pid, 'Client ClientWrite');
    expect(await ends()).toBe(1);
    await expect(done).rejects.toThrow(/^Connection terminated/);
  });

  it('the backend is gone: that is enough', async () => {
    const { look, told } = watchOver(world);
    const { pid, go, done } = await session((opened) => opened.db.query('select 1'));
    chaos.freezeAll(SLOT);
    go();
    await database.query('select pg_terminate_backend($1)', [pid]);
    await isGone(pid);
    expect(await look(2)).toBe(1);
    await expect(done).rejects.toThrow(/^Connection terminated/);
    expect(told.events('NS0035')[0]?.message).toContain(`backend ${pid} is gone`);
  });

  it('a ROLLBACK is not waited for either', async () => {
    const { ends } = watchOver(world);
    const failing = await session(async () => {
      throw new Error('as planned');
    });
    chaos.freezeAll(SLOT);
    failing.go();
    expect(await ends()).toBe(1);
    await expect(failing.done).rejects.toThrow('as planned');
    await isGone(failing.pid);
  });

  it('the first statement of a session moves to another connection, since nothing was done', async () => {
    const { ends } = watchOver(world);
    const slots = 3;
    const opened = await Promise.all(Array.from({ length: slots }, () => session(async () => undefined)));
    for (const { go, done } of opened) {
      go();
      await done;
    }
    chaos.freezeAll(SLOT);
    const moved = world.open((one) => note(one, 'moved'));
    // Were those that nobody uses kept, it would meet the next dead one.
    expect(await ends()).toBe(1);
    await within('it is done', moved);
    expect(await effects('moved')).toBe(1);
  });
});

describe('a COMMIT whose answer never comes', () => {
  it.each([
    ['nor does it arrive', 0],
    ['but it has committed', 1],
  ] as const)('%s: the caller is told that nobody knows', async (how, expected) => {
    const { ends } = watchOver(world);
    const held = expected === 1 ? network.holdNextCommit(SLOT) : null;
    const { pid, go, done } = await session(async (opened) => {
      await note(opened, how);
      if (held === null) chaos.freezeAll(SLOT);
    });
    go();
    await (held ??
      until('it is frozen', async () => (await backendOf(pid))?.query.includes('insert into effect')));
    expect(await ends()).toBe(1);
    await expect(done).rejects.toMatchObject({ code: 'COMMIT_UNKNOWN' });
    await isGone(pid);
    expect(await effects(how)).toBe(expected);
  });

  it('of a task, with the first statement of the next one behind it: both take effect once', async () => {
    await using single = await instanceOn(chaos.url, 1);
    const { ends } = watchOver(single);
    const held = network.holdNextCommit(SLOT);
    const ids = await taskScheduler.createTask(single.admin, writing).then(async (first) => {
      await within('the server has committed', held);
      return [first, await taskScheduler.createTask(single.admin, writing)];
    });
    await until('the next one is under way', () => single.platform.instance.running > 0);
    expect(await ends()).toBe(1);
    const { dimensions } = await single.waitFor('NS0006', ({ taskId }) => taskId === ids[0]);
    expect(dimensions['resolution']).toBe('had committed');
    await single.waitFor('LC0043', ({ taskId }) => taskId === ids[1]);
    expect(await Promise.all(ids.map((id) => effects(id)))).toEqual([1, 1]);
  });
});

describe('what is left alone, however long it takes', () => {
  it('a statement that runs; when it has ended and its answer is lost, it is ended', async () => {
    const { look } = watchOver(world);
    const { pid, go, done } = await session((opened) => opened.db.query('select pg_sleep(600)'));
    go();
    await reaches(pid, 'Timeout PgSleep');
    chaos.freezeAll(SLOT);
    expect(await look(5)).toBe(0);
    await database.query('select pg_cancel_backend($1)', [pid]);
    await reaches(pid, 'Client ClientRead');
    expect(await look()).toBe(0);
    expect(await look()).toBe(1);
    await expect(done).rejects.toThrow(/^Connection terminated/);
  });

  it('a session that waits for the lock of a row', async () => {
    const { look } = watchOver(world);
    await database.query("insert into co_1.effect (task, note) values ('locked', 'locked')");
    const { pid, go, done } = await session((opened) =>
      opened.db.query("update effect set note = 'unlocked' where task = 'locked'"),
    );
    await withClient(database.url, async (client) => {
      await client.query('begin');
      await client.query("select from co_1.effect where task = 'locked' for update");
      go();
      await reaches(pid, 'Lock transactionid');
      expect(await look(5)).toBe(0);
      await client.query('rollback');
    });
    await done;
    expect(await effects('unlocked')).toBe(1);
  });

  it('a session that has a transaction open and asks nothing', async () => {
    const { look } = watchOver(world);
    const { pid, go, done } = await session((opened) => note(opened, 'thought about it'));
    expect(await look(5)).toBe(0);
    expect(await backendOf(pid)).toMatchObject({ state: 'idle in transaction' });
    go();
    await done;
    expect(await effects('thought about it')).toBe(1);
  });

  it('one that asks all the time: it always owes an answer, and always gives it', async () => {
    const { look } = watchOver(world);
    let asks = true;
    let answers = 0;
    const { go, done } = await session(async (opened) => {
      for (; asks; answers++) await opened.db.query('select 1');
    });
    go();
    for (let looks = 0; looks < 50; looks++) {
      const before = answers;
      expect(await look()).toBe(0);
      // Of the seconds between two looks there is nothing here: a machine with much to do may not have answered.
      await until('it has been answered', () => answers > before);
    }
    asks = false;
    await done;
  });
});

describe('tasks that share a transaction', () => {
  it.each(['a statement', 'the COMMIT'] as const)(
    '%s is never answered: each has its effect once',
    async (what) => {
      const shared = await SharedKit.start({ database: { url: chaos.url } });
      onTestFinished(async () => {
        chaos.cutAll();
        await shared.kit.stop();
      });
      const { ends } = watchOver(shared.kit);
      await shared.run(await shared.claimed([leaveEffect, leaveEffect]));
      let held: Promise<void> | null = null;
      const frozen = Promise.withResolvers<void>();
      const breaking = async (one: Session) => {
        if (shared.runsOf(one) === 1 && what === 'a statement') chaos.freezeAll(SLOT);
        if (what === 'the COMMIT') held = network.holdNextCommit(SLOT);
        frozen.resolve();
        await leaveEffect(one);
      };
      const tasks = await shared.claimed([leaveEffect, breaking, leaveEffect]);
      const run = shared.run(tasks);
      await frozen.promise;
      await held;
      expect(await ends()).toBe(1);
      await within('all have ended', run);
      expect(await shared.fates(tasks)).toEqual([DONE, DONE, DONE]);
    },
  );
});
