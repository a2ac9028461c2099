import { afterAll, beforeAll, expect, test } from 'vitest';
import { jobQueue, sessions } from '../platform/index.ts';
import { codeunit } from '../session/index.ts';
import { until } from '../testing/condition.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { addUsers } from '../testing/test-rights.ts';
import { entriesOfSessions, entriesOfTasks } from './entries-behind.ts';

const nightly = codeunit({ name: 'Nightly', onRun: () => undefined });

let kit: TestPlatform;
beforeAll(async () => {
  kit = await startTestPlatform({ codeunits: [nightly], taskScheduler: { enableTaskScheduler: false } });
  await addUsers(kit, { name: 'TASKS', sets: ['Task Admin'] }, { name: 'READER', sets: ['Job Queue View'] });
});
afterAll(() => kit?.stop());

test('tasks name their entries to whoever may see these, and to nobody else', async () => {
  const entry = await jobQueue.create(kit.admin, {
    object: 'Nightly',
    description: 'At night',
    earliestStart: new Date('2999-01-01'),
  });
  await jobQueue.setStatusToReady(kit.admin, entry.id);
  const { taskId } = await jobQueue.get(kit.admin, entry.id);
  const asked = async (user: string) =>
    [...(await entriesOfTasks(kit.platform.as({ user, company: 'CRONUS' }), [taskId ?? '']))].flat();
  const told = { id: entry.id, entryNo: entry.entryNo, description: 'At night', object: entry.object };
  expect(await asked('ADMIN')).toEqual([taskId, told]);
  expect(await asked('READER')).toEqual([taskId, told]);
  // He administers tasks, and may see nothing of the job queue.
  expect(await asked('TASKS')).toEqual([]);
  expect(await entriesOfTasks(kit.admin, [])).toEqual(new Map());
});

test('so do sessions, as long as they run', async () => {
  const gate = Promise.withResolvers<void>();
  const waits = codeunit({ name: 'Waits', onRun: () => gate.promise });
  const busy = await startTestPlatform({ codeunits: [waits] });
  try {
    await addUsers(busy, { name: 'SESSIONS', sets: ['Session Admin'] });
    const { id, entryNo } = await jobQueue.create(busy.admin, { object: waits, description: 'Waits long' });
    await jobQueue.setStatusToReady(busy.admin, id);
    const running = () => sessions.list(busy.admin, { company: 'CRONUS' });
    const { uniqueId } = await until('it runs', async () =>
      (await running()).find(({ codeunit }) => codeunit === 'Job Queue Dispatcher'),
    );
    await until('it has begun', async () => (await jobQueue.get(busy.admin, id)).status === 'In Process');
    const asked = async (user: string) =>
      [...(await entriesOfSessions(busy.platform.as({ user, company: 'CRONUS' }), [uniqueId]))].flat();
    const told = { id, entryNo, description: 'Waits long', object: 'Waits' };
    expect(await asked('ADMIN')).toEqual([uniqueId, told]);
    expect(await asked('SESSIONS')).toEqual([]);
    gate.resolve();
    await until('it has ended', async () => (await asked('ADMIN')).length === 0);
  } finally {
    gate.resolve();
    await busy.stop();
  }
});
