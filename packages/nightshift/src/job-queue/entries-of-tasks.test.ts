import { afterAll, beforeAll, expect, test } from 'vitest';
import { jobQueue } from '../platform/index.ts';
import { codeunit } from '../session/index.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { addUsers } from '../testing/test-rights.ts';
import { entriesOfTasks } from './entries-of-tasks.ts';

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
