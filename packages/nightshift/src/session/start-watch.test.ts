import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HOUR_MS, MINUTE_MS } from '../foundation/index.ts';
import { findingsOf, gatherFacts } from '../platform/index.ts';
import { Telemetry } from '../telemetry/index.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { RecordedTelemetry } from '../testing/recorded-telemetry.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { codeunit } from './codeunit.ts';
import { startSession } from './start-session.ts';
import { StartWatch } from './start-watch.ts';

const tiny = codeunit({ name: 'Tiny', onRun: () => undefined });
let world: TestPlatform;

beforeAll(async () => {
  world = await startTestPlatform({ codeunits: [tiny] });
});
afterAll(() => world.stop());

function watched() {
  const clock = new FakeClock();
  const recorded = new RecordedTelemetry();
  const watch = new StartWatch(clock, new Telemetry([recorded.receive]));
  const reports = () => recorded.events('NS0011').map(({ dimensions }) => dimensions);
  return { clock, watch, reports };
}

describe('sessions that are small and frequent', () => {
  it('are reported from the 61st within a minute, once an hour, with their median', async () => {
    const { clock, watch, reports } = watched();
    for (let count = 1; count <= 60; count++) watch.ended('Tiny', count);
    expect(reports()).toEqual([]);
    watch.ended('Tiny', 5_000);
    expect(reports()).toEqual([{ codeunit: 'Tiny', starts: 61, medianMs: 31 }]);
    for (let count = 0; count < 200; count++) watch.ended('Tiny', 1);
    expect(reports()).toHaveLength(1);
    await clock.advance(HOUR_MS);
    for (let count = 0; count < 61; count++) watch.ended('Tiny', 1);
    expect(reports()).toHaveLength(2);
  });

  it('are not when they come slowly, take long, or are of different codeunits', async () => {
    const { clock, watch, reports } = watched();
    for (let count = 0; count < 300; count++) {
      await clock.advance(MINUTE_MS / 60);
      watch.ended('Slow', 1);
    }
    for (let count = 0; count < 300; count++) watch.ended('Long', 100);
    for (let count = 0; count < 300; count++) watch.ended(`Codeunit ${count}`, 1);
    expect(reports()).toEqual([]);
  });

  it('are told by telemetry and by the doctor', async () => {
    const healthy = await findings();
    expect(healthy).toEqual([{ level: 'ok', message: expect.stringContaining('no small, frequent work') }]);
    for (let count = 0; count < 61; count++) await (await startSession(world.admin, tiny)).finished;
    expect((await world.waitFor('NS0011')).dimensions).toMatchObject({ codeunit: 'Tiny', starts: 61 });
    // All within one minute of the database's, whenever the test runs.
    await world.platform.instance.host.events.flush();
    await world.query("update nightshift.background_session_event set started_at = date_trunc('minute', at)");
    await world.query(
      "update nightshift.background_session_event set at = started_at + interval '5 milliseconds' where type = 'Stop'",
    );
    expect(await findings()).toEqual([
      {
        level: 'warning',
        message: expect.stringMatching(
          /^Codeunit Tiny \(CRONUS\) was started 6\d times in a minute, for 5 ms each/,
        ),
      },
    ]);
  });
});

async function findings() {
  const { platform, database } = world;
  const facts = await gatherFacts(database?.url ?? '', platform.instance.host.clock);
  return findingsOf(facts)
    .filter(({ topic }) => topic === 'sessions')
    .map(({ level, message }) => ({ level, message }));
}
