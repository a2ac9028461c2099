import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ChaosProxy, startChaosProxy } from '../testing/chaos-proxy.ts';
import { within } from '../testing/condition.ts';
import { EFFECTS_OF_ATTEMPTS } from '../testing/effects.sql.ts';
import { faultCodeunits } from '../testing/fault-codeunits.ts';
import { FaultLoad } from '../testing/fault-load.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';

const CUTS = 1_000;
const TASKS_AT_A_TIME = 200;
const SLOT_LOGIN = /_s\d+$/;
const CUT_MS_MAX = 100_000;

const codeunits = faultCodeunits('behind the proxy');
let database: TestDatabase;
let proxy: ChaosProxy;
let kit: TestPlatform;
let creator: TestPlatform;

// The tasks are created past the proxy: what is cut are the commits of sessions, many at a time.
beforeAll(async () => {
  database = await createTestDatabase();
  proxy = await startChaosProxy(database.tcpUrl);
  const common = { codeunits: [codeunits.main, codeunits.failure], migrations: [EFFECTS_OF_ATTEMPTS] };
  kit = await startTestPlatform({ ...common, database: { url: proxy.url } });
  creator = await startTestPlatform({ ...common, database, start: false });
});
afterAll(async () => {
  await kit.stop();
  await creator.stop();
  await proxy.stop();
  await database.drop();
});

test(`${CUTS} commits are cut, every other one before the server gets it: one effect each`, async () => {
  const load = new FaultLoad({ caller: creator.admin, codeunits, query: (text) => database.query(text) });
  let cut = 0;
  const cuts = Array.from({ length: CUTS }, (_, at) =>
    proxy.cutNextCommit(at % 2 === 0 ? 'after' : 'before', SLOT_LOGIN).then(() => {
      cut++;
    }),
  );
  while (cut < CUTS) {
    await load.create(TASKS_AT_A_TIME);
    const before = cut;
    const wanted = cuts.slice(before, before + TASKS_AT_A_TIME);
    await within('these commits are cut', Promise.all([...wanted, load.hurry()]), CUT_MS_MAX);
  }
  expect(await load.settle(60_000)).toEqual([]);
  const resolved = kit.telemetry.events('NS0006').map(({ dimensions }) => dimensions['resolution']);
  expect(resolved).toHaveLength(CUTS);
  expect(resolved.filter((resolution) => resolution === 'had committed')).toHaveLength(CUTS / 2);
}, 150_000);
