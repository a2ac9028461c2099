import { chmod, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { resetEmbeddedPostgres, startEmbeddedPostgres } from '@nightshift/embedded-postgres';
import { expect, test } from 'vitest';
import { until } from '../testing/condition.ts';
import { EFFECTS_OF_ATTEMPTS } from '../testing/effects.sql.ts';
import { faultCodeunits } from '../testing/fault-codeunits.ts';
import { FaultLoad } from '../testing/fault-load.ts';
import { startTestPlatform } from '../testing/test-platform.ts';

/** As an administrator would, and as a power cut would; twice. */
const MODES = ['fast', 'immediate', 'fast', 'immediate'] as const;
const SETTLED_MS_MAX = 60_000;

// A server of its own: the other tests could not bear it. It keeps what it has committed, as in production.
test('PostgreSQL restarts four times under load: two instances come back by themselves, one effect each', async () => {
  const folder = await realpath(await mkdtemp(path.join(tmpdir(), 'ns-restart-')));
  await chmod(folder, 0o755); // as root the server runs as nobody, who must get in
  const options = { dataDirectory: path.join(folder, 'postgres') };
  const codeunits = faultCodeunits('either');
  const common = { codeunits: [codeunits.main, codeunits.failure], migrations: [EFFECTS_OF_ATTEMPTS] };
  let server = await startEmbeddedPostgres(options);
  const kit = await startTestPlatform({ ...common, database: server });
  const other = await startTestPlatform({ ...common, database: server });
  const load = new FaultLoad({ caller: kit.admin, codeunits, query: (text) => kit.query(text) });
  try {
    for (const mode of MODES) {
      await load.create(50);
      const creating = load.create(50);
      await server.stop({ mode });
      await creating;
      await load.create(50);
      server = await startEmbeddedPostgres(options);
      expect(server.url).toBe(kit.platform.database.settings.url);
      await until('tasks are accepted again', async () => {
        const before = load.accepted.size;
        await load.create(10);
        return load.accepted.size > before;
      });
    }
    expect(await load.settle(SETTLED_MS_MAX)).toEqual([]);
    expect(load.accepted.size).toBeGreaterThan(MODES.length * 50);
  } finally {
    await other.stop();
    await kit.stop();
    await server.stop({ mode: 'immediate' });
    await resetEmbeddedPostgres(options);
    await rm(folder, { recursive: true, force: true });
  }
}, 150_000);
