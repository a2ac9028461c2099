import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SECOND_MS } from '../foundation/index.ts';
import { codeunit } from '../session/index.ts';
import { until } from '../testing/condition.ts';
import { EFFECTS } from '../testing/effects.sql.ts';
import {
  brokenFunction,
  brokenStatements,
  brokenText,
  ENGINE_BREAKAGES,
  type EngineBreakage,
} from '../testing/engine-breakages.ts';
import { type EngineCommand, engineHistories } from '../testing/engine-commands.ts';
import { finish } from '../testing/engine-finish.ts';
import { type Breakage, type EngineParts, enginePartsOf } from '../testing/engine-instance.ts';
import { EngineWorld, type EngineWorldParts } from '../testing/engine-world.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { failPoison } from './poison.ts';
import { LOCK_LEASE_MS } from './presence.ts';
import { reapOnce } from './reaper.ts';

const RUNS = 100;
const ACTS_MAX = 60;
/** On a machine that is busy there are fewer of them. */
const TIME_MS_MAX = 30_000;

const main = codeunit({ name: 'Main', onRun: () => undefined });
const failure = codeunit({ name: 'Failure', onRun: () => undefined });
const clock = new FakeClock();
let kit: TestPlatform;

beforeAll(async () => {
  kit = await startTestPlatform({
    codeunits: [main, failure],
    migrations: [EFFECTS],
    clock,
    start: false,
  });
  // Whoever is silent is not blamed for the time before the server was up.
  await until('it is up for longer than a lost lock is forgiven', async () => {
    const sql = "select from pg_postmaster_start_time() t where t < clock_timestamp() - $1 * interval '1 ms'";
    return (await kit.query(sql, [LOCK_LEASE_MS + SECOND_MS])).length > 0;
  });
});
afterAll(() => kit.stop());

async function worldParts(breakage?: Breakage): Promise<EngineWorldParts> {
  const shared = await enginePartsOf(kit.platform.database, clock, breakage);
  return {
    shared,
    clock,
    admin: kit.admin,
    main,
    failure,
    query: (text) => kit.query(text),
    reap: (epoch) => reap(shared, epoch),
  };
}

async function reap(shared: EngineParts, epoch: string): Promise<void> {
  const slotPrefix = `ns_${shared.names.mark}_s`;
  await reapOnce({ ...shared, epoch, slotPrefix, onReleased: () => undefined });
  await failPoison({ ...shared, handlers: new Map() });
}

/** Every history leaves tables that agree with the model, after each act and at the end. */
async function live(parts: EngineWorldParts, history: Iterable<EngineCommand>): Promise<void> {
  const world = await EngineWorld.begin(parts);
  try {
    await fc.asyncModelRun(() => ({ model: {}, real: world }), history);
    await finish(world);
  } finally {
    await world.end();
  }
}

/** Breaks the function, if it is one, for as long as `work` takes. */
async function whileBroken(breakage: EngineBreakage, work: () => Promise<void>): Promise<void> {
  const name = brokenFunction(breakage);
  if (name === null) return work();
  const [row] = await kit.query<{ text: string }>(
    `select pg_get_functiondef(('nightshift_session.' || $1)::regproc) as text`,
    [name],
  );
  const right = row?.text ?? '';
  await kit.query(brokenText(right, breakage));
  try {
    await work();
  } finally {
    await kit.query(right);
  }
}

test(`${RUNS} histories of the task scheduler: the tables are what the model says`, async () => {
  const parts = await worldParts();
  const holds = fc.asyncProperty(engineHistories(ACTS_MAX), (history) => live(parts, history));
  await fc.assert(holds, { numRuns: RUNS, interruptAfterTimeLimit: TIME_MS_MAX });
});

describe('this test would notice', () => {
  test.each(ENGINE_BREAKAGES)('$what', async (breakage) => {
    await live(await worldParts(), breakage.history);
    await whileBroken(breakage, async () => {
      const parts = await worldParts(brokenStatements(breakage));
      // By what the model says, and not because the broken statement is no SQL.
      await expect(live(parts, breakage.history)).rejects.toThrow(/task|Task/);
    });
  });
});
