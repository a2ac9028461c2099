import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Database } from '../database/index.ts';
import { randomUuid, SECOND_MS } from '../foundation/index.ts';
import { Telemetry } from '../telemetry/index.ts';
import { until } from '../testing/condition.ts';
import { deadInstance } from '../testing/dead-instance.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { RecordedTelemetry } from '../testing/recorded-telemetry.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { reaperOf } from './reaper.ts';

let kit: TestPlatform;

beforeAll(async () => {
  kit = await startTestPlatform({ start: false });
});
afterAll(() => kit.stop());

/** Long enough to be dead, for one that has lost its lock. */
const SILENT_S = 5;
/** Longer than it takes the others to be back. */
const SETTLED_S = 6;

/** A reaper whose clock the test moves, on a database that answers when the test lets it. */
async function reaper() {
  const clock = new FakeClock();
  const told = new RecordedTelemetry();
  const line = { isDown: false, looks: 0, gate: Promise.resolve() };
  const { database } = kit.platform;
  const unreliable: Database = {
    ...database,
    async transaction(work) {
      await line.gate;
      try {
        if (line.isDown) throw new Error('Connection terminated unexpectedly');
        return await database.transaction(work);
      } finally {
        line.looks++;
      }
    },
  };
  const service = reaperOf({
    database: unreliable,
    clock,
    telemetry: new Telemetry([told.receive]),
    handlers: new Map(),
    epoch: randomUuid(),
    slotPrefix: 'ns_none_s',
    onReleased: () => undefined,
  });
  await service.start();
  onTestFinished(() => service.stop());
  const looked = (count: number) => until('it has looked', () => line.looks >= count);
  await looked(1);
  /** So many seconds, with a look in each. */
  const seconds = async (count: number) => {
    for (let second = 0; second < count; second++) {
      const before = line.looks;
      await until('it sleeps', () => clock.sleeping > 0);
      await clock.advance(SECOND_MS);
      await looked(before + 1);
    }
  };
  const dead = deadInstance(kit);
  const found = () => told.events('NS0003').some(({ dimensions }) => dimensions['epoch'] === dead.epoch);
  return { clock, line, seconds, dead, found };
}

describe('whoever looks for dead instances', () => {
  test('finds one with its next look', async () => {
    const { dead, seconds, found } = await reaper();
    await dead.show();
    await seconds(1);
    expect(found()).toBe(true);
  });

  test('does not judge at once when the database did not answer: the others may be back in a moment', async () => {
    const { dead, seconds, found, line } = await reaper();
    line.isDown = true;
    await seconds(3);
    line.isDown = false;
    await dead.show(SILENT_S);
    await seconds(4);
    expect(found()).toBe(false);
    await seconds(SETTLED_S - 4);
    expect(found()).toBe(true);
  });

  test('nor when its own look was late: it may have been frozen together with the others', async () => {
    const { dead, seconds, found, line, clock } = await reaper();
    const gate = Promise.withResolvers<void>();
    line.gate = gate.promise;
    await until('it sleeps', () => clock.sleeping > 0);
    await clock.advance(SECOND_MS);
    await clock.advance(4 * SECOND_MS);
    const before = line.looks;
    gate.resolve();
    await until('it was answered', () => line.looks > before);
    await dead.show(SILENT_S);
    await seconds(4);
    expect(found()).toBe(false);
    await seconds(SETTLED_S - 4);
    expect(found()).toBe(true);
  });
});
