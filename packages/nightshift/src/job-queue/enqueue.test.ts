import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { jobQueue } from '../platform/index.ts';
import { codeunit } from '../session/index.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { addUsers } from '../testing/test-rights.ts';
import { get, list, setOnHold } from './job-queue.ts';

const { enqueue } = jobQueue;
const sync = codeunit({ name: 'Sync', onRun: () => undefined });
let kit: TestPlatform;
let count = 0;
beforeAll(async () => {
  kit = await startTestPlatform({ codeunits: [sync], taskScheduler: { enableTaskScheduler: false } });
  await addUsers(kit, { name: 'CLERK' }, { name: 'VIEWER', sets: ['Job Queue View'] });
});
afterAll(() => kit.stop());

/** Work that nobody else asks for. */
const work = () => ({ parameterString: `${++count}` });
const LATER = new Date(Date.UTC(2999, 0, 1));

describe('enqueue', () => {
  test('at once: once, without further attempts, as the caller', async () => {
    const clerk = kit.platform.as({ user: 'CLERK', company: 'CRONUS' });
    const { entry, created } = await enqueue(clerk, sync, work());
    expect(created).toBe(true);
    expect(entry).toMatchObject({ status: 'Ready', maximumAttempts: 0, taskId: expect.any(String) });
    expect(entry.runAs).not.toBe((await enqueue(kit.admin, sync, work())).entry.runAs);
  });

  test('the same twice is two runs, if nobody says that one is enough', async () => {
    const fields = work();
    const [one, other] = [await enqueue(kit.admin, sync, fields), await enqueue(kit.admin, 'Sync', fields)];
    expect(one.entry.id).not.toBe(other.entry.id);
  });

  test('for later: three more attempts a minute apart, unless said otherwise', async () => {
    const later = await enqueue(kit.admin, sync, { ...work(), earliestStart: LATER, category: 'LATER' });
    expect(later.entry).toMatchObject({
      ...{ status: 'Ready', earliestStart: LATER, category: 'LATER' },
      ...{ maximumAttempts: 3, rerunDelaySeconds: 60 },
    });
    const own = { ...work(), earliestStart: LATER, maximumAttempts: 1, rerunDelaySeconds: 5 };
    expect((await enqueue(kit.admin, sync, own)).entry).toMatchObject({
      maximumAttempts: 1,
      rerunDelaySeconds: 5,
    });
  });

  test('recurring: only if there is none for the same object, record and parameters', async () => {
    const fields = {
      ...work(),
      cron: '0 2 * * *',
      recordToProcess: { table: 't', key: { no: 'A', line: 1 } },
    };
    const first = await enqueue(kit.admin, sync, fields);
    expect(first).toMatchObject({ created: true, entry: { status: 'Ready', maximumAttempts: 3 } });
    // The key's columns come in any order, and another schedule is still the same work.
    const again = {
      ...fields,
      cron: '0 3 * * *',
      recordToProcess: { table: 't', key: { line: 1, no: 'A' } },
    };
    expect(await enqueue(kit.admin, sync, again)).toEqual({ created: false, entry: first.entry });
    for (const other of [
      { recordToProcess: { table: 't', key: { no: 'B', line: 1 } } },
      { recordToProcess: null },
      { parameters: { a: 1 } },
      work(),
    ]) {
      expect(await enqueue(kit.admin, sync, { ...fields, ...other })).toMatchObject({ created: true });
    }
    // What somebody put On Hold stays so.
    const held = await setOnHold(kit.admin, first.entry.id);
    expect(await enqueue(kit.admin, sync, fields)).toEqual({ created: false, entry: held });
  });

  test('reuse: sets what is not scheduled Ready for the new start, and leaves what is', async () => {
    const fields = { ...work(), parameters: { deep: [1, null] }, reuse: true };
    const { entry, created } = await enqueue(kit.admin, sync, fields);
    expect(created).toBe(true);
    const left = await enqueue(kit.admin, sync, { ...fields, earliestStart: LATER });
    expect(left).toEqual({ created: false, entry });
    await setOnHold(kit.admin, entry.id);
    const again = await enqueue(kit.admin, sync, { ...fields, earliestStart: LATER });
    expect(again).toMatchObject({
      created: false,
      entry: { id: entry.id, status: 'Ready', earliestStart: LATER },
    });
    for (const status of ['Error', 'Finished']) {
      await kit.query('update nightshift.job_queue_entry set status = $2, task_id = null where id = $1', [
        entry.id,
        status,
      ]);
      expect(await enqueue(kit.admin, sync, fields)).toMatchObject({
        created: false,
        entry: { status: 'Ready' },
      });
    }
    await kit.query('update nightshift.job_queue_entry set task_id = null where id = $1', [entry.id]);
    const { taskId } = (await enqueue(kit.admin, sync, fields)).entry;
    expect(taskId).toEqual(expect.any(String));
    expect((await get(kit.admin, entry.id)).taskId).toBe(taskId);
  });

  test.each([{ reuse: true }, { cron: '0 2 * * *' }])('of many at once with %j one creates', async (how) => {
    const fields = { ...work(), ...how };
    const many = await Promise.all(Array.from({ length: 8 }, () => enqueue(kit.admin, sync, fields)));
    expect(many.filter(({ created }) => created)).toHaveLength(1);
    expect(new Set(many.map(({ entry }) => entry.id)).size).toBe(1);
  });

  test('in a session: with its transaction, or not at all', async () => {
    const fields = { ...work(), reuse: true };
    const before = (await list(kit.admin)).length;
    await expect(
      kit.open(async (session) => {
        const first = await enqueue(session, sync, fields);
        expect(await enqueue(session, sync, fields)).toEqual({ ...first, created: false });
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect(await list(kit.admin)).toHaveLength(before);
  });

  test('is refused as a whole', async () => {
    const viewer = kit.platform.as({ user: 'VIEWER', company: 'CRONUS' });
    const before = (await list(kit.admin)).length;
    await expect(enqueue(viewer, sync)).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    await expect(enqueue(kit.admin, 'Nothing')).rejects.toMatchObject({
      code: 'CODEUNIT_UNKNOWN',
      field: 'object',
    });
    await expect(enqueue(kit.admin, sync, { category: '' })).rejects.toMatchObject({ field: 'category' });
    await expect(enqueue(kit.admin, sync, { reuse: 1 as never })).rejects.toMatchObject({ field: 'reuse' });
    expect(await list(kit.admin)).toHaveLength(before);
  });
});
