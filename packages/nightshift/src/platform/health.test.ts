import { expect, test } from 'vitest';
import { systemClock } from '../foundation/index.ts';
import { codeunit } from '../session/index.ts';
import { until } from '../testing/condition.ts';
import { startTestPlatform } from '../testing/test-platform.ts';
import { readHealth } from './health.ts';
import { taskScheduler } from './index.ts';

test('health counts what is claimed, what is due, and what is planned', async () => {
  const gate = Promise.withResolvers<void>();
  const waits = codeunit({ name: 'Waits', onRun: () => gate.promise });
  const kit = await startTestPlatform({
    codeunits: [waits],
    taskScheduler: { maximumConcurrentTasksPerUser: 1 },
  });
  const health = async () => {
    const { queue, instances } = await readHealth({ database: kit.platform.database, clock: systemClock });
    return {
      ...queue,
      lagMs: queue.lagMs !== null,
      byInstances: instances.map(({ claimedTasks }) => claimedTasks),
    };
  };
  try {
    await taskScheduler.createTask(kit.admin, waits);
    await until('it runs', async () => (await health()).claimed === 1);
    await taskScheduler.createTask(kit.admin, waits);
    await taskScheduler.createTask(kit.admin, waits, { notBefore: new Date('2999-01-01') });
    expect(await health()).toEqual({
      ...{ claimed: 1, due: 1, planned: 1, failed: 0 },
      ...{ lagMs: true, byInstances: [1] },
    });
  } finally {
    gate.resolve();
    await kit.stop();
  }
});
