import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { jobQueue } from '../platform/index.ts';
import { codeunit } from '../session/index.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { addSets, addUsers } from '../testing/test-rights.ts';
import { requestApproval } from './approvals.ts';
import type { EntrySelection } from './entry-verbs-many.ts';
import type { JobQueueEntry } from './job-queue-entry.ts';

const FAR = new Date('2999-01-01T00:00:00Z');
const sync = codeunit({ name: 'Sync', onRun: () => undefined });
const post = codeunit({ name: 'Post', onRun: () => undefined });

let kit: TestPlatform;
beforeAll(async () => {
  kit = await startTestPlatform({ codeunits: [sync, post], taskScheduler: { enableTaskScheduler: false } });
  await addSets(kit, { Objects: { codeunits: ['Sync', 'Post'] } });
  await addUsers(
    kit,
    { name: 'CHIEF', sets: ['Job Queue Admin', 'Objects'] },
    { name: 'RUNNER', sets: ['Job Queue Run', 'Objects'] },
    { name: 'VIEWER', sets: ['Job Queue View'] },
  );
});
beforeEach(async () => {
  await kit.query('delete from nightshift.job_queue_entry');
  await kit.query('delete from nightshift.scheduled_task');
});
afterAll(() => kit.stop());

const as = (user: string) => kit.platform.as({ user, company: 'CRONUS' });
async function ready(by: string, fields: object = {}): Promise<JobQueueEntry> {
  const { id } = await jobQueue.create(as(by), { object: sync, earliestStart: FAR, ...fields });
  return jobQueue.setStatusToReady(as(by), id);
}
const setStatus = ({ id }: JobQueueEntry, status: string) =>
  kit.query('update nightshift.job_queue_entry set status = $2 where id = $1', [id, status]);
const get = ({ id }: JobQueueEntry) => jobQueue.get(kit.admin, id);
const ids = (entries: readonly { readonly id: string }[]) => entries.map(({ id }) => id);
const tasks = () => kit.query('select id from nightshift.scheduled_task');
const ALL = { wholeCompany: true } as const;

describe('hold and release', () => {
  test('everything that waits to run is held, and exactly that released; what runs is listed', async () => {
    const planned = await ready('CHIEF');
    const waiting = await ready('CHIEF');
    await setStatus(waiting, 'Waiting');
    const resting = await ready('CHIEF');
    await setStatus(resting, 'On Hold with Inactivity Timeout');
    const runs = await ready('CHIEF');
    await setStatus(runs, 'In Process');
    const failed = await ready('CHIEF');
    await setStatus(failed, 'Error');
    const heldBefore = await jobQueue.create(as('CHIEF'), { object: sync });

    const held = await jobQueue.hold(as('CHIEF'), ALL);
    expect(ids(held.done)).toEqual(ids([planned, waiting, resting]));
    expect(held.notDone).toMatchObject([
      { id: runs.id, code: 'CONFLICT', reason: expect.stringContaining('In Process') },
    ]);
    expect(await get(planned)).toMatchObject({
      status: 'On Hold',
      taskId: null,
      note: 'Put On Hold with others by CHIEF.',
    });
    expect((await get(failed)).status).toBe('Error');
    const audit = await kit.query(
      `select before, after from nightshift.audit_log where object_id = $1 and verb = 'entry.holdAll'`,
      [planned.id],
    );
    expect(audit).toMatchObject([{ before: { status: 'Ready' }, after: { status: 'On Hold' } }]);

    const released = await jobQueue.release(as('CHIEF'), ALL);
    expect(ids(released.done)).toEqual(ids([planned, waiting, resting]));
    expect(released.notDone).toEqual([]);
    expect(await get(planned)).toMatchObject({ status: 'Ready', note: null, earliestStart: FAR });
    expect((await get(heldBefore)).status).toBe('On Hold');
    expect(await jobQueue.release(as('CHIEF'), ALL)).toEqual({ done: [], notDone: [] });
  });

  test('nobody borrows rights: what ran as another waits for him, who releases it himself', async () => {
    const his = await ready('RUNNER');
    expect(ids((await jobQueue.hold(as('CHIEF'), ALL)).done)).toEqual([his.id]);
    const { done, notDone } = await jobQueue.release(as('CHIEF'), ALL);
    expect(done).toEqual([]);
    expect(notDone).toMatchObject([{ id: his.id, reason: expect.stringContaining('RUNNER, who has to') }]);
    expect(await get(his)).toMatchObject({ status: 'On Hold', runAs: his.runAs });
    expect(await tasks()).toEqual([]);
    expect(ids((await jobQueue.release(as('RUNNER'), ALL)).done)).toEqual([his.id]);
    expect(await get(his)).toMatchObject({ status: 'Ready', runAs: his.runAs });
  });

  test('what was touched since it was held is not released', async () => {
    const own = await ready('CHIEF');
    const asked = await ready('CHIEF');
    await jobQueue.hold(as('CHIEF'), ALL);
    await jobQueue.setStatusToReady(as('CHIEF'), own.id);
    await jobQueue.setOnHold(as('CHIEF'), own.id);
    await requestApproval(as('CHIEF'), asked.id);
    expect(await jobQueue.release(as('CHIEF'), ALL)).toEqual({ done: [], notDone: [] });
  });

  test.each<[EntrySelection, number[]]>([
    [{ category: 'NIGHT' }, [0, 1]],
    [{ object: 'Post' }, [1, 2]],
    [{ category: 'NIGHT', object: 'Post' }, [1]],
    [{ category: 'NONE' }, []],
  ])('%j', async (selection, which) => {
    const entries = [
      await ready('CHIEF', { category: 'NIGHT' }),
      await ready('CHIEF', { category: 'NIGHT', object: post }),
      await ready('CHIEF', { object: post }),
    ];
    const wanted = which.map((index) => entries[index]?.id);
    expect(ids((await jobQueue.hold(as('CHIEF'), selection)).done)).toEqual(wanted);
    expect(ids((await jobQueue.release(as('CHIEF'), selection)).done)).toEqual(wanted);
    expect(await tasks()).toHaveLength(3);
  });

  test('own entries only, where the right reaches no further; none without it', async () => {
    const own = await ready('RUNNER');
    await ready('CHIEF');
    expect(await jobQueue.hold(as('RUNNER'), ALL)).toMatchObject({ done: [{ id: own.id }], notDone: [] });
    await expect(jobQueue.hold(as('VIEWER'), ALL)).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    await expect(jobQueue.release(as('VIEWER'), ALL)).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
  });

  test.each([{}, { category: 'NIGHT', wholeCompany: true }])(
    'an unclear selection is refused: %j',
    async (s) => {
      await expect(jobQueue.hold(as('CHIEF'), s)).rejects.toMatchObject({ code: 'VALIDATION' });
    },
  );

  test('one that lost a right it needs stays, the others are released', async () => {
    const poor = await ready('RUNNER', { object: post });
    const fine = await ready('RUNNER');
    await jobQueue.hold(as('RUNNER'), ALL);
    await addSets(kit, { Objects: { codeunits: ['Sync'] } });
    const { done, notDone } = await jobQueue.release(as('RUNNER'), ALL);
    await addSets(kit, { Objects: { codeunits: ['Sync', 'Post'] } });
    expect(ids(done)).toEqual([fine.id]);
    expect(notDone).toMatchObject([{ id: poor.id, code: 'PERMISSION_DENIED' }]);
    expect((await get(poor)).status).toBe('On Hold');
  });
});

test('each is told of as soon as it is committed; what stops all of it does not untell the others', async () => {
  const [first, second, third] = [await ready('CHIEF'), await ready('CHIEF'), await ready('CHIEF')];
  await setStatus(second, 'In Process');
  const heard: unknown[] = [];
  const stop = new Error('enough');
  const holding = jobQueue.hold(as('CHIEF'), ALL, {
    onEach: ({ id }, refusal) => {
      heard.push([id, refusal === null ? 'done' : 'not done']);
      if (refusal !== null) throw stop;
    },
  });
  await expect(holding).rejects.toBe(stop);
  expect(heard).toEqual([
    [first.id, 'done'],
    [second.id, 'not done'],
  ]);
  expect([(await get(first)).status, (await get(third)).status]).toEqual(['On Hold', 'Ready']);
});

describe('remove failed', () => {
  test('entries in Error that do not recur, once they are old enough', async () => {
    const failed = await ready('CHIEF');
    const recurring = await ready('CHIEF', { runOnMondays: true });
    const cron = await ready('CHIEF', { cron: '0 3 * * *' });
    const planned = await ready('CHIEF');
    for (const entry of [failed, recurring, cron]) await setStatus(entry, 'Error');
    expect(await jobQueue.removeFailed(as('CHIEF'), { olderThan: 3_600_000 })).toEqual({
      done: [],
      notDone: [],
    });
    expect(await jobQueue.removeFailed(as('RUNNER'))).toEqual({ done: [], notDone: [] });
    const removed = await jobQueue.removeFailed(as('CHIEF'));
    expect(removed).toEqual({
      done: [{ id: failed.id, entryNo: failed.entryNo, object: 'Sync' }],
      notDone: [],
    });
    expect(ids(await jobQueue.list(kit.admin))).toEqual(ids([recurring, cron, planned]));
    await expect(jobQueue.removeFailed(as('CHIEF'), { olderThan: -1 })).rejects.toMatchObject({
      code: 'VALIDATION',
      field: 'olderThan',
    });
  });
});
