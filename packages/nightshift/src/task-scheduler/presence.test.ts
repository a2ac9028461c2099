import { execSync } from 'node:child_process';
import inspector from 'node:inspector';
import { Worker } from 'node:worker_threads';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../foundation/index.ts';
import { Telemetry } from '../telemetry/index.ts';
import { type ChaosProxy, startChaosProxy } from '../testing/chaos-proxy.ts';
import { until } from '../testing/condition.ts';
import { RecordedTelemetry } from '../testing/recorded-telemetry.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { startPresence } from './presence.ts';

const BLOCKED_MS = 1_000;
/** How long a blocked thread sleeps between two bits of work: the tests that run beside this need the processor. */
const IDLE_MS = 5;
const NOTHING = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
const HERE = new URL(import.meta.url).pathname;
let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());
afterEach(async () => {
  await database.query('update nightshift.server_instance set ended_at = clock_timestamp()');
});

async function present(url = database.url, answerMs = 3_000) {
  const told = new RecordedTelemetry();
  const ends: string[] = [];
  const presence = await startPresence(
    { url, applicationName: 'test' },
    { version: '0', codeunits: [], runsTasks: false },
    {
      onEnded: () => ends.push('ended'),
      telemetry: new Telemetry([told.receive]),
      blockedMs: BLOCKED_MS,
      answerMs,
    },
  );
  onTestFinished(() => presence.stop());
  return { presence, told, ends };
}

/** Busy all the time, with a processor of its own, when `idleMs` is null; else it also holds the thread without any work. */
function blockFor(ms: number, idleMs: number | null = IDLE_MS): void {
  const end = systemClock.monotonic() + ms;
  // Nearly all of the time in here, not in the clock.
  let sum = 0;
  const turns = idleMs === null ? 1_000_000 : 10_000;
  while (systemClock.monotonic() < end) {
    if (idleMs !== null) Atomics.wait(NOTHING, 0, 0, idleMs);
    for (let n = 0; n < turns; n++) sum += n % 7;
  }
  expect(sum).toBeGreaterThan(0);
}

/** The loop turns for some time in which nothing must be told. */
const healthy = (ms: number) => {
  const end = systemClock.monotonic() + ms;
  return until('time has passed', () => systemClock.monotonic() > end);
};

describe('a main thread that is blocked', () => {
  test('by code outside of sessions: its place is told, and how long it was', async () => {
    const { told, presence } = await present();
    const begun = systemClock.monotonic();
    blockFor(2 * BLOCKED_MS, null);
    const ms = systemClock.monotonic() - begun;
    expect(presence.silentMs()).toBeLessThan(2 * BLOCKED_MS);
    const over = await told.waitFor('NS0010');
    expect(over.dimensions).toMatchObject({
      epoch: presence.epoch,
      codeunit: null,
      sessionId: null,
      file: HERE,
      function: 'blockFor',
    });
    expect(over.dimensions['ms']).toBeGreaterThan(ms - 10);
    expect(over.dimensions['ms']).toBeLessThan(ms + BLOCKED_MS);
    expect(over.message).toMatch(
      /blocked for \d+ ms by code outside of sessions at .*presence\.test\.ts:\d+$/,
    );
    const [warning, ...others] = told.events('NS0009');
    expect([warning?.level, others]).toEqual(['warning', []]);
    // On a starved machine the look at the place may come after the block; the event above has it all the same.
    expect([HERE, null]).toContain(warning?.dimensions['file']);
    expect(told.events('NS0010')).toHaveLength(1);
  });

  test('for less than the threshold, again and again: nothing is told', async () => {
    const { told } = await present();
    for (let round = 0; round < 4; round++) {
      blockFor(BLOCKED_MS / 2);
      await healthy(BLOCKED_MS / 5);
    }
    expect(told.events()).toEqual([]);
  });

  test('by promises that never let the loop turn', async () => {
    const { told } = await present();
    const end = systemClock.monotonic() + 2 * BLOCKED_MS;
    let sum = 0;
    while (systemClock.monotonic() < end) {
      // Nearly all of the time in here, not in the clock.
      for (let n = 0; n < 1_000_000; n++) sum += n % 7;
      await null;
    }
    expect(sum).toBeGreaterThan(0);
    // The engine may stop at the next call instead of in the loop: that is the clock's.
    const { file } = (await told.waitFor('NS0010')).dimensions;
    expect(String(file)).toMatch(/(?:presence\.test|foundation.clock)\.ts$/);
  });

  test('by native code: the place follows when it returns', async () => {
    const { told } = await present();
    execSync('sleep 3');
    const { dimensions } = await told.waitFor('NS0010');
    expect(dimensions).toMatchObject({ file: HERE });
    expect(dimensions['ms']).toBeGreaterThan(2_900);
    expect(told.events('NS0009')[0]?.message).toMatch(/by code at an unknown place$/);
  });

  test('twice is told twice', async () => {
    const { told } = await present();
    for (const round of [1, 2]) {
      blockFor(1.6 * BLOCKED_MS);
      await until('it is over', () => told.events('NS0010').length === round);
    }
    expect(told.events('NS0009')).toHaveLength(2);
  });
});

describe('an inspector that is in use', () => {
  test('by a debugger that does not pause: the place is told all the same', async () => {
    const session = new inspector.Session();
    session.connect();
    onTestFinished(() => session.disconnect());
    session.post('Debugger.enable');
    const { told } = await present();
    blockFor(2 * BLOCKED_MS);
    expect((await told.waitFor('NS0010')).dimensions).toMatchObject({ file: HERE, function: 'blockFor' });
  });

  test('by a debugger that has paused the main thread: it is not blocked, and stays paused until that debugger lets go', async () => {
    const { told } = await present();
    const pausedMs = 3 * BLOCKED_MS;
    const debuggers = new Worker(DEBUGGER, { eval: true, workerData: pausedMs });
    onTestFinished(async () => void (await debuggers.terminate()));
    const paused = Promise.withResolvers<number>();
    debuggers.on('message', (heldMs: number) => paused.resolve(heldMs));
    // The pause hits while this waits.
    const heldMs = await paused.promise;
    expect(heldMs).toBeGreaterThanOrEqual(pausedMs);
    await healthy(BLOCKED_MS / 2);
    expect(told.events()).toEqual([]);
    blockFor(2 * BLOCKED_MS);
    await told.waitFor('NS0010');
  });

  test('by a debugger that comes and goes while the thread is blocked', async () => {
    const { told } = await present();
    const debuggers = new Worker(NOISE, { eval: true });
    onTestFinished(async () => void (await debuggers.terminate()));
    const begun = systemClock.monotonic();
    blockFor(3 * BLOCKED_MS);
    expect(systemClock.monotonic() - begun).toBeLessThan(5 * BLOCKED_MS);
    await told.waitFor('NS0010');
  });
});

describe('an application that answers for the sessions itself', () => {
  const hostile: readonly (readonly [what: string, answer: () => unknown])[] = [
    [
      'endlessly',
      () => {
        for (;;);
      },
    ],
    [
      'by throwing',
      () => {
        throw new Error('none of your business');
      },
    ],
    [
      'with nonsense',
      () => ({
        codeunit: 7n,
        sessionId: () => 1,
        get company() {
          throw new Error('no');
        },
      }),
    ],
  ];

  test.each(hostile)('%s costs the name, and nothing else', async (_, answer) => {
    const key = Symbol.for('nightshift.running');
    const before = Object.getOwnPropertyDescriptor(globalThis, key);
    Object.defineProperty(globalThis, key, { configurable: true, value: answer });
    onTestFinished(() => {
      Reflect.deleteProperty(globalThis, key);
      if (before !== undefined) Object.defineProperty(globalThis, key, before);
    });
    const { told } = await present();
    const begun = systemClock.monotonic();
    blockFor(2 * BLOCKED_MS);
    expect(systemClock.monotonic() - begun).toBeLessThan(3 * BLOCKED_MS);
    expect((await told.waitFor('NS0010')).dimensions).toMatchObject({ codeunit: null, file: HERE });
  });
});

describe('the heartbeat', () => {
  async function proxied(): Promise<ChaosProxy> {
    const proxy = await startChaosProxy(database.tcpUrl);
    onTestFinished(() => proxy.stop());
    return proxy;
  }

  const beats = async (epoch: string) => {
    const [row] = await database.query<{ beat_at: Date }>(
      'select beat_at from nightshift.server_instance where epoch = $1',
      [epoch],
    );
    return row?.beat_at.getTime() ?? 0;
  };

  test('leaves a connection that is half-open: its answers do not come, and nobody says that they never will', async () => {
    const proxy = await proxied();
    const { presence, ends } = await present(proxy.url, 500);
    const before = await beats(presence.epoch);
    await until('it beats', async () => (await beats(presence.epoch)) > before);
    for (let round = 0; round < 3; round++) {
      proxy.freezeAll();
      const frozen = await beats(presence.epoch);
      await until('it beats again', async () => (await beats(presence.epoch)) > frozen + 500, 10_000);
      expect(presence.silentMs()).toBeLessThan(4_000);
    }
    expect(ends).toEqual([]);
  });

  test('holds the presence lock again as soon as the lost connection has let go of it', async () => {
    const proxy = await proxied();
    const { presence } = await present(proxy.url, 500);
    const holder = async () => {
      const rows = await database.query<{ pid: number }>(
        `select pid from pg_locks where locktype = 'advisory' and classid = 1853120629 and objid = $1::int::oid
          and database = (select oid from pg_database where datname = current_database())`,
        [presence.place],
      );
      return rows[0]?.pid ?? null;
    };
    const first = await until('it holds the lock', holder);
    proxy.freezeAll();
    const frozen = await beats(presence.epoch);
    await until('it beats again', async () => (await beats(presence.epoch)) > frozen + 500, 10_000);
    await database.query('select pg_terminate_backend($1)', [first]);
    const second = await until('it holds the lock again', holder);
    expect(second).not.toBe(first);
  });

  test('that cannot register says why', async () => {
    const proxy = await proxied();
    proxy.refuse(true);
    await expect(present(proxy.url)).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
  });
});

/** Pauses the main thread as somebody at a breakpoint would, and lets go of it after a while. */
const DEBUGGER = `
  const { Session } = require('node:inspector');
  const { parentPort, workerData } = require('node:worker_threads');
  parentPort.on('message', () => undefined); // an inspector session alone does not keep a thread
  const session = new Session();
  session.connectToMainThread();
  session.on('Debugger.paused', () => {
    const begun = performance.now();
    setTimeout(() => session.post('Debugger.resume'), workerData);
    session.on('Debugger.resumed', () => {
      parentPort.postMessage(performance.now() - begun);
      session.disconnect();
    });
  });
  session.post('Debugger.enable', () => session.post('Debugger.pause'));
`;

/** Debuggers that connect, pause, resume and leave, all the time. */
const NOISE = `
  const { Session } = require('node:inspector');
  require('node:worker_threads').parentPort.on('message', () => undefined);
  const visit = () => {
    const session = new Session();
    session.connectToMainThread();
    session.on('Debugger.paused', () => {
      session.post('Debugger.resume', () => undefined);
      session.post('Debugger.disable', () => { session.disconnect(); setTimeout(visit, 5); });
    });
    session.post('Debugger.enable', () => undefined);
    session.post('Debugger.pause', () => undefined);
  };
  visit();
`;
