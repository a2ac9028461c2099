import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../foundation/index.ts';
import { until, within } from '../testing/condition.ts';
import { EFFECTS_OF_ATTEMPTS } from '../testing/effects.sql.ts';
import { faultCodeunits, type KillPoint } from '../testing/fault-codeunits.ts';
import { FaultLoad, forkMortal } from '../testing/fault-load.ts';
import type { ForkedInstance } from '../testing/instance-fork.ts';
import { startPartitionProxy } from '../testing/partition-proxy.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';

/** What an instance that was killed may keep from the others, with something for a machine that has much to do. */
const RECOVERY_MS_MAX = 8_000;
const SLOT_LOGIN = /_s\d+$/;
const DEADLY = `select from nightshift.scheduled_task where record->>'kill' is not null`;

const codeunits = faultCodeunits('survivor');
let database: TestDatabase;
let survivor: TestPlatform;
let load: FaultLoad;

beforeAll(async () => {
  database = await createTestDatabase();
  survivor = await startTestPlatform({
    codeunits: [codeunits.main, codeunits.failure],
    migrations: [EFFECTS_OF_ATTEMPTS],
    database,
  });
  load = new FaultLoad({ caller: survivor.admin, codeunits, query: (text) => database.query(text) });
});
afterAll(async () => {
  await survivor.stop();
  await database.drop();
});

/** Creates tasks until the process has died of one. */
async function loadUntilDead({ process }: ForkedInstance, deadly: () => Promise<void>): Promise<void> {
  const exited = once(process, 'exit');
  await until('the process dies', async () => {
    await load.create(20);
    await deadly();
    await load.hurry();
    return process.signalCode !== null;
  });
  await exited;
}

/** Whoever finds it: how long its tasks were kept from the others, in milliseconds. */
async function timeToRecover(instance: ForkedInstance): Promise<number> {
  const started = await instance.told(({ kind }) => kind === 'started');
  const epoch = started.kind === 'started' ? started.epoch : null;
  const begun = systemClock.monotonic();
  await until('it was declared dead', async () => {
    const sql = 'select from nightshift.server_instance where epoch = $1 and ended_at is not null';
    return (await database.query(sql, [epoch])).length === 1;
  });
  return systemClock.monotonic() - begun;
}

// One after another, under load all the time; the dead are found while the next process starts.
describe('kill -9 of a process', () => {
  const points: readonly KillPoint[] = ['claimed', 'effect', 'retry', 'failure'];
  const recoveries: Promise<number>[] = [];

  test.each(points)('at the point "%s"', async (point) => {
    const mortal = await forkMortal(database.url);
    await loadUntilDead(mortal, () => load.createDeadly(point));
    recoveries.push(timeToRecover(mortal));
  });

  test('between a COMMIT and its answer', async () => {
    // It is to die of nothing else: what the dead have left is done by the survivor first.
    await until('nothing deadly is left', async () => {
      await load.hurry();
      return (await database.query(DEADLY)).length === 0;
    });
    await using proxy = await startPartitionProxy(database.tcpUrl);
    const mortal = await forkMortal(proxy.url);
    const committed = proxy.holdNextCommit(SLOT_LOGIN).then(() => mortal.process.kill('SIGKILL'));
    await loadUntilDead(mortal, async () => undefined);
    await within('the process was killed at its COMMIT', committed);
    recoveries.push(timeToRecover(mortal));
  });

  test('all of them were found in time, and every task has one effect', async () => {
    expect(Math.max(...(await Promise.all(recoveries)))).toBeLessThan(RECOVERY_MS_MAX);
    expect(recoveries).toHaveLength(points.length + 1);
    expect(load.accepted.size).toBeGreaterThan(100);
    expect(await load.settle(20_000)).toEqual([]);
  });
});
