import { afterAll, beforeAll, expect, test } from 'vitest';
import { runTaskByName } from '../page-background-task/index.ts';
import { codeunit } from '../session/index.ts';
import { EVERY_DAY } from '../testing/every-day.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { addSets, addUsers } from '../testing/test-rights.ts';
import { allCues } from './job-queue-cues.ts';
import { jobQueue } from './verbs.ts';

let kit: TestPlatform;
beforeAll(async () => {
  kit = await startTestPlatform({
    codeunits: [codeunit({ name: 'Sync', onRun: () => undefined })],
    taskScheduler: { enableTaskScheduler: false },
  });
  for (const count of [1, 2, 3]) {
    const { id } = await jobQueue.create(kit.admin, { object: 'Sync', ...EVERY_DAY, startingTime: '03:00' });
    if (count < 3) await jobQueue.setStatusToReady(kit.admin, id);
  }
  await addSets(kit, { Nothing: {} });
  await addUsers(kit, { name: 'READER', sets: ['Job Queue View'] }, { name: 'NOBODY', sets: ['Nothing'] });
});
afterAll(() => kit?.stop());

const as = (user: string) => kit.platform.as({ user, company: 'CRONUS' });

test('a page counts in the background what the address counts', async () => {
  const { results } = await runTaskByName(kit.admin, 'Job Queue Cues', {});
  expect(results).toMatchObject({ failed: '0', inQueue: '2', onHold: '1', failedItems: '0' });
  const { failedItems, ...counts } = await allCues(kit.admin);
  expect(results).toEqual({
    ...Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, String(count)])),
    failedItems: String(failedItems),
  });
});

test('everybody may run it, and it tells nobody more than he may see', async () => {
  const { results } = await runTaskByName(as('READER'), 'Job Queue Cues', {});
  expect(results['inQueue']).toBe('2');
  await expect(runTaskByName(as('NOBODY'), 'Job Queue Cues', {})).rejects.toMatchObject({
    code: 'PERMISSION_DENIED',
  });
});
