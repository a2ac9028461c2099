import { expect, onTestFinished, test } from 'vitest';
import type { Statement } from '../database/index.ts';
import { serviceOf } from '../foundation/index.ts';
import { Telemetry } from '../telemetry/index.ts';
import { until } from '../testing/condition.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { RecordedTelemetry } from '../testing/recorded-telemetry.ts';
import { readEnvironmentState, recordHold } from './environment.sql.ts';
import { EnvironmentWatch } from './environment-watch.ts';

const POLL_MS = 2_000;

/** A watch over a database that says what the test wants, and a dispatcher that notes what it is told. */
function setup() {
  const clock = new FakeClock();
  const recorded = new RecordedTelemetry();
  const told: string[] = [];
  const state = { name: 'production', looks: 0, records: [] as unknown[], broken: new Set<string>() };
  const run = async (target: Statement, values: readonly unknown[]) => {
    if (target === readEnvironmentState) state.looks++;
    if (state.broken.has(target.name)) throw new Error('the database does not answer');
    if (target === recordHold) state.records.push(values[2]);
    return [{ name: state.name, is_new: false, same_database: true, same_server: true }];
  };
  const service = serviceOf('dispatcher', {
    start: async () => void told.push('start'),
    stop: async () => void told.push('stop'),
  });
  const watch = new EnvironmentWatch({
    database: { run: run as never },
    clock,
    telemetry: new Telemetry([recorded.receive]),
    epoch: 'epoch',
    environment: 'production',
    dispatcher: { service, handBack: async () => void told.push('hand back') },
  });
  onTestFinished(() => watch.service.stop());
  const look = async () => {
    const before = state.looks;
    await clock.advance(POLL_MS);
    await until('it has looked and sleeps again', () => state.looks > before && clock.sleeping === 1);
  };
  const ids = () => recorded.events().map(({ id }) => id);
  return { watch, state, told, look, ids };
}

test('until it has looked, nothing runs', async () => {
  const { watch, state, told, look, ids } = setup();
  state.broken.add(readEnvironmentState.name);
  await watch.service.start();
  await look();
  expect([told, watch.held]).toEqual([[], null]);
  state.broken.clear();
  await look();
  expect([told, ids()]).toEqual([['start'], []]);
});

test('a look that fails changes nothing', async () => {
  const { watch, state, told, look } = setup();
  await watch.service.start();
  state.name = 'staging';
  state.broken.add(readEnvironmentState.name);
  await look();
  expect([told, watch.held]).toEqual([['start'], null]);
  state.broken.clear();
  await look();
  expect([told.slice(0, 3), watch.held]).toEqual([
    ['start', 'stop', 'hand back'],
    expect.stringContaining('staging'),
  ]);
});

test('that it is held, and that it was released, is told and written once each', async () => {
  const { watch, state, told, look, ids } = setup();
  state.name = 'staging';
  state.broken.add(recordHold.name);
  await watch.service.start();
  await look();
  expect([ids(), told.includes('start')]).toEqual([[], false]);
  state.broken.clear();
  for (let looks = 0; looks < 3; looks++) await look();
  expect([ids(), state.records]).toEqual([['NS0022'], [watch.held]]);
  state.name = 'production';
  for (let looks = 0; looks < 3; looks++) await look();
  expect([ids(), state.records.at(-1)]).toEqual([['NS0022', 'NS0023'], null]);
  expect(told.filter((what) => what === 'start')).toHaveLength(1);
});

test('after a stop it starts nothing any more, also if a look was under way', async () => {
  const { watch, state, told } = setup();
  state.name = 'staging';
  await watch.service.start();
  state.name = 'production';
  await watch.service.stop();
  expect(told).not.toContain('start');
  const other = setup();
  await Promise.all([other.watch.service.start(), other.watch.service.stop()]);
  expect(other.told.at(-1) ?? 'stop').toBe('stop');
});
