import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../foundation/index.ts';
import type { Session } from '../session/index.ts';
import { createTask, startPresence } from '../task-scheduler/index.ts';
import { Telemetry } from '../telemetry/index.ts';
import { behaviours } from '../testing/behaviours.ts';
import { until } from '../testing/condition.ts';
import { RecordedTelemetry } from '../testing/recorded-telemetry.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';

const BLOCKED_MS = 1_000;
const { main, failure, codeunits, choose } = behaviours();
let kit: TestPlatform;

beforeAll(async () => {
  kit = await startTestPlatform({ codeunits });
});
afterAll(() => kit.stop());

/** A second presence of this process, with less patience than that of the platform. */
async function watched(): Promise<RecordedTelemetry> {
  const told = new RecordedTelemetry();
  const presence = await startPresence(
    kit.platform.database.settings,
    { version: '0', codeunits: [], runsTasks: false },
    { onEnded: () => undefined, telemetry: new Telemetry([told.receive]), blockedMs: BLOCKED_MS },
  );
  onTestFinished(() => presence.stop());
  return told;
}

function block(): void {
  const end = systemClock.monotonic() + 2.5 * BLOCKED_MS;
  let sum = 0;
  while (systemClock.monotonic() < end) for (let n = 0; n < 1_000_000; n++) sum += n % 7;
  expect(sum).toBeGreaterThan(0);
}

/** Turns the loop and asks the database, as work does. */
async function work(session: Session, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    await session.db.query('select pg_sleep(0.002)');
    await session.sleep(1);
  }
}

test('of many sessions that run at once, the one that blocks is named', async () => {
  const told = await watched();
  const blocking: number[] = [];
  let others = 0;
  for (let round = 1; round <= 3; round++) {
    const bystander = choose(async (session) => {
      others++;
      await work(session, 30);
    });
    const culprit = choose(async (session) => {
      await work(session, 5 * round);
      blocking.push(session.id);
      block();
      await work(session, 2);
    });
    const records = [bystander, bystander, culprit, bystander, bystander, bystander];
    await Promise.all(records.map((record) => createTask(kit.admin, main, { record })));
    await until('it is over', () => told.events('NS0010').length === round);
  }
  expect(others).toBe(15);
  expect(told.events('NS0010').map(({ dimensions }) => dimensions['sessionId'])).toEqual(blocking);
  expect(told.events('NS0010')[0]?.dimensions).toMatchObject({
    codeunit: 'Main',
    company: 'CRONUS',
    function: 'block',
  });
  expect(told.events('NS0010')[0]?.dimensions).not.toHaveProperty('user');
}, 60_000);

test('a codeunit that another one runs is named itself', async () => {
  const told = await watched();
  const record = choose(
    () => undefined,
    async (session) => {
      await work(session, 2);
      block();
    },
  );
  const outer = choose((session) => session.run(failure, record));
  await createTask(kit.admin, main, { record: outer });
  expect((await told.waitFor('NS0010')).message).toMatch(
    /by codeunit Failure at .*running-code\.test\.ts:\d+$/,
  );
});

test('sessions in the foreground are named, and code outside of sessions is not theirs', async () => {
  const told = await watched();
  let id = 0;
  const inside = kit.open(async (session) => {
    id = session.id;
    await work(session, 3);
    block();
  });
  await inside;
  expect((await told.waitFor('NS0010')).dimensions).toMatchObject({ sessionId: id });
  const asleep = kit.open((session) => work(session, 20));
  block();
  await asleep;
  await until('both are over', () => told.events('NS0010').length === 2);
  expect(told.events('NS0010')[1]?.dimensions).toMatchObject({ codeunit: null, sessionId: null });
});

test('work that a session left behind is still its own', async () => {
  const told = await watched();
  let id = 0;
  const gate = Promise.withResolvers<void>();
  await kit.open(async (session) => {
    id = session.id;
    // Nobody waits for it.
    void gate.promise.then(block);
  });
  gate.resolve();
  expect((await told.waitFor('NS0010')).dimensions).toMatchObject({ sessionId: id });
});
