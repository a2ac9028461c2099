import { describe, expect, test } from 'vitest';
import { createTask } from '../task-scheduler/index.ts';
import { behaviours, leaveEffect } from '../testing/behaviours.ts';
import { startChaosProxy } from '../testing/chaos-proxy.ts';
import { until, within } from '../testing/condition.ts';
import { EFFECTS } from '../testing/effects.sql.ts';
import { forkInstance } from '../testing/instance-fork.ts';
import { createTestDatabase } from '../testing/test-database.ts';
import { startTestPlatform } from '../testing/test-platform.ts';

// Slow, and therefore side by side: a lease is 15 s, an instance fences itself after 10 s, and beats are real.
describe.concurrent('an instance that is cut off', () => {
  test('a process that is frozen beyond its lease changes nothing when it wakes', async () => {
    const { main, codeunits, choose } = behaviours();
    await using database = await createTestDatabase();
    await using kit = await startTestPlatform({ codeunits, migrations: [EFFECTS], database, start: false });
    const instance = await forkInstance(database.url);
    try {
      const record = choose((session) => leaveEffect(session, 'elsewhere'));
      const task = await createTask(kit.admin, main, { record });
      await within(
        'the process runs the task',
        instance.told(({ kind }) => kind === 'running'),
      );
      await kit.platform.start();
      instance.process.kill('SIGSTOP');
      await kit.telemetry.waitFor('LC0043', ({ taskId }) => taskId === task, 30_000);
      instance.process.send('go on');
      instance.process.kill('SIGCONT');
      await within(
        'the zombie learns that it was declared dead',
        instance.told((message) => message.kind === 'event' && message.id === 'NS0004'),
      );
      await within(
        'and starts anew',
        instance.told((message) => message.kind === 'event' && message.id === 'NS0001'),
      );
      const rows = await database.query('select note from co_1.effect where task = $1', [task]);
      expect(rows).toEqual([{ note: 'elsewhere' }]);
      expect(await database.query('select from nightshift.scheduled_task')).toEqual([]);
      expect(await database.query('select from nightshift.failed_task')).toEqual([]);
    } finally {
      await instance.end();
    }
  });

  test('an instance that cannot reach the database stops its work in time; later it runs again, one effect', async () => {
    const { main, codeunits, choose } = behaviours();
    await using database = await createTestDatabase();
    await using proxy = await startChaosProxy(database.tcpUrl);
    await using kit = await startTestPlatform({
      codeunits,
      migrations: [EFFECTS],
      database: { url: proxy.url },
    });
    const { epoch } = kit.platform.instance;
    const ends: unknown[] = [];
    let begun = 0;
    const record = choose(async (session) => {
      await leaveEffect(session);
      if (++begun > 1) return;
      await session.sleep(3_600_000).catch((error: unknown) => {
        ends.push(error);
        throw error;
      });
    });
    const task = await createTask(kit.admin, main, { record });
    await until('it runs', () => begun === 1);
    proxy.refuse(true);
    proxy.cutAll();
    await kit.waitFor('NS0007', ({ taskId }) => taskId === task);
    expect(ends).toMatchObject([{ code: 'CLAIM_LOST' }]);
    expect(await database.query('select from co_1.effect')).toEqual([]);
    const [held] = await database.query('select claimed_by from nightshift.scheduled_task where id = $1', [
      task,
    ]);
    expect(held).toEqual({ claimed_by: epoch });
    proxy.refuse(false);
    await kit.waitFor('LC0043', ({ taskId }) => taskId === task);
    expect(await database.query('select task from co_1.effect')).toEqual([{ task }]);
    expect(kit.platform.instance.epoch).toBe(epoch);
  });
});
