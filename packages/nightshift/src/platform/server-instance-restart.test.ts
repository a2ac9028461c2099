import { chmod, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { resetEmbeddedPostgres, startEmbeddedPostgres } from '@nightshift/embedded-postgres';
import { expect, test } from 'vitest';
import { systemClock } from '../foundation/index.ts';
import { createTask, LOCK_LEASE_MS } from '../task-scheduler/index.ts';
import { behaviours, leaveEffect } from '../testing/behaviours.ts';
import { until } from '../testing/condition.ts';
import { EFFECTS } from '../testing/effects.sql.ts';
import { startTestPlatform } from '../testing/test-platform.ts';

/** Once as an administrator would, once as a power cut would. */
const MODES = ['fast', 'immediate'] as const;

// A server of its own: the other tests could not bear it.
test('PostgreSQL restarts under load: the instance comes back by itself, and every task has one effect', async () => {
  const folder = await realpath(await mkdtemp(path.join(tmpdir(), 'ns-restart-')));
  await chmod(folder, 0o755); // as root the server runs as nobody, who must get in
  const options = { dataDirectory: path.join(folder, 'postgres') };
  const { main, codeunits, choose } = behaviours();
  const record = choose(leaveEffect);
  let server = await startEmbeddedPostgres(options);
  const kit = await startTestPlatform({ codeunits, migrations: [EFFECTS], database: server });
  const accepted: string[] = [];
  const create = async () => {
    const created = await Promise.allSettled(
      Array.from({ length: 50 }, () => createTask(kit.admin, main, { record })),
    );
    for (const one of created) if (one.status === 'fulfilled') accepted.push(one.value);
  };
  try {
    for (const mode of MODES) {
      await create();
      const creating = create();
      await server.stop({ mode });
      await creating;
      await create();
      server = await startEmbeddedPostgres(options);
      expect(server.url).toBe(kit.platform.database.settings.url);
      await until('tasks are accepted again', async () => {
        const before = accepted.length;
        await create();
        return accepted.length > before;
      });
    }
    await until(
      'all tasks are gone',
      async () => {
        await kit.query(
          'update nightshift.scheduled_task set due = created_at where attempt > 0 and claim is null',
        );
        return (await kit.query('select from nightshift.scheduled_task')).length === 0;
      },
      45_000,
    );
    const effects = await kit.query<{ task: string; effects: number }>(
      'select task, count(*)::int as effects from co_1.effect group by task',
    );
    expect(effects.filter((row) => row.effects !== 1)).toEqual([]);
    const done = new Set(effects.map(({ task }) => task));
    expect(accepted.filter((task) => !done.has(task))).toEqual([]);
    expect(await kit.query('select from nightshift.failed_task')).toEqual([]);
  } finally {
    await kit.stop();
    await server.stop({ mode: 'immediate' });
    await resetEmbeddedPostgres(options);
    await rm(folder, { recursive: true, force: true });
  }
}, 120_000);

test('PostgreSQL is away for longer than a lost lock is forgiven: no instance takes the other for dead', async () => {
  const folder = await realpath(await mkdtemp(path.join(tmpdir(), 'ns-restart-')));
  await chmod(folder, 0o755);
  const options = { dataDirectory: path.join(folder, 'postgres') };
  const { main, codeunits, choose } = behaviours();
  let server = await startEmbeddedPostgres(options);
  const kits = [
    await startTestPlatform({ codeunits, migrations: [EFFECTS], database: server }),
    await startTestPlatform({ codeunits, migrations: [EFFECTS], database: server }),
  ] as const;
  try {
    const epochs = kits.map(({ platform }) => platform.instance.epoch);
    await server.stop({ mode: 'immediate' });
    const gone = systemClock.monotonic();
    await until('some time has passed', () => systemClock.monotonic() - gone > LOCK_LEASE_MS + 1_500);
    server = await startEmbeddedPostgres(options);
    const back = systemClock.monotonic();
    // Whoever would be declared dead is by then.
    await until('some time has passed', () => systemClock.monotonic() - back > 8_000);
    expect(kits.map(({ platform }) => platform.instance.epoch)).toEqual(epochs);
    expect(kits.flatMap(({ telemetry }) => telemetry.events('NS0003'))).toEqual([]);
    const tasks = await Promise.all(
      kits.map(({ admin }) => createTask(admin, main, { record: choose(leaveEffect) })),
    );
    await until('both are done', async () => {
      const effects = await kits[0].query('select from co_1.effect where task = any($1)', [tasks]);
      return effects.length === 2;
    });
  } finally {
    for (const kit of kits) await kit.stop();
    await server.stop({ mode: 'immediate' });
    await resetEmbeddedPostgres(options);
    await rm(folder, { recursive: true, force: true });
  }
}, 120_000);
