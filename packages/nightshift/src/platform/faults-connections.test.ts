import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { statement } from '../database/index.ts';
import { until } from '../testing/condition.ts';
import { EFFECTS_OF_ATTEMPTS } from '../testing/effects.sql.ts';
import { faultCodeunits } from '../testing/fault-codeunits.ts';
import { FaultLoad } from '../testing/fault-load.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';

const ROUNDS = 5;
const OWN_BACKEND = statement('test_own_backend', 'select pg_backend_pid() as pid');
const BACKENDS = `select pid from pg_stat_activity where application_name = $1 and datname = current_database()`;
const TERMINATE = 'select pg_terminate_backend(pid) from unnest($1::int[]) as t(pid)';

const codeunits = faultCodeunits('the only one');
let database: TestDatabase;
let kit: TestPlatform;
let load: FaultLoad;

beforeAll(async () => {
  database = await createTestDatabase();
  kit = await startTestPlatform({
    codeunits: [codeunits.main, codeunits.failure],
    migrations: [EFFECTS_OF_ATTEMPTS],
    database,
  });
  load = new FaultLoad({ caller: kit.admin, codeunits, query: (text) => database.query(text) });
});
afterAll(async () => {
  await kit.stop();
  await database.drop();
});

async function backendsOf(application: string): Promise<readonly number[]> {
  return (await database.query<{ pid: number }>(BACKENDS, [application])).map(({ pid }) => pid);
}

/** Those that single statements go over, in turn. */
async function pipelined(): Promise<readonly number[]> {
  const own = () => kit.platform.database.run<{ pid: number }>(OWN_BACKEND, []).catch(() => []);
  const rows = await Promise.all([own(), own(), own(), own()]);
  return [...new Set(rows.flat().map(({ pid }) => pid))];
}

async function administrative(): Promise<readonly number[]> {
  const shared = new Set(await pipelined());
  return (await backendsOf('nightshift test')).filter((pid) => !shared.has(pid));
}

const kinds: readonly (readonly [kind: string, backends: () => Promise<readonly number[]>])[] = [
  ['heartbeat', () => backendsOf('nightshift test heartbeat')],
  ['listener', () => backendsOf('nightshift test listen')],
  ['pipelined', pipelined],
  ['administrative', administrative],
  ['sessions', () => backendsOf('nightshift test session')],
];

describe('pg_terminate_backend under load', () => {
  test.each(kinds)(`${ROUNDS} times the connections of the kind "%s"`, async (_, backends) => {
    const { epoch } = kit.platform.instance;
    for (let round = 0; round < ROUNDS; round++) {
      const creating = load.create(30);
      const killed = await until('there is such a connection', async () => {
        const found = await backends();
        if (found.length > 0) await database.query(TERMINATE, [found]);
        return found.length > 0 && found;
      });
      await creating;
      await until('it is gone', async () => {
        const left = 'select from pg_stat_activity where pid = any($1)';
        return (await database.query(left, [killed])).length === 0;
      });
      await load.hurry();
    }
    expect(await load.settle(30_000)).toEqual([]);
    expect(kit.platform.instance.epoch).toBe(epoch);
  });
});
