import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { codeunit } from '../session/index.ts';
import { until } from '../testing/condition.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { addSets, addUsers } from '../testing/test-rights.ts';
import { approve, getApproval, listApprovals, reject } from './approvals.ts';
import { create, get, list, setOnHold, setStatusToReady } from './job-queue.ts';
import type { JobQueueEntry } from './job-queue-entry.ts';
import { reassign } from './reassign.ts';

const FAR = new Date('2999-01-01T00:00:00Z');
let release: () => void = () => undefined;
const ranAs: string[] = [];
const sync = codeunit({ name: 'Sync', onRun: ({ user }) => void ranAs.push(user) });
const slow = codeunit({
  name: 'Slow',
  onRun: () =>
    new Promise<void>((resolve) => {
      release = resolve;
    }),
});

let kit: TestPlatform;
beforeAll(async () => {
  kit = await startTestPlatform({ codeunits: [sync, slow] });
  await addSets(kit, { Objects: { codeunits: ['Sync', 'Slow'] } });
  await addUsers(
    kit,
    { name: 'CHIEF', sets: ['Job Queue Admin', 'Objects'] },
    { name: 'RUNNER', sets: ['Job Queue Run', 'Objects'] },
    { name: 'OTHER', sets: ['Job Queue Run', 'Objects'] },
    { name: 'POOR', sets: ['Job Queue Run'] },
    { name: 'DELEGATE', sets: ['Job Queue Run', 'Objects'], columns: { is_delegated: true } },
    { name: 'LEFT', sets: ['SUPER'] },
    { name: 'EXPIRED', sets: ['SUPER'], columns: { valid_until: '2020-01-01T00:00:00Z' } },
    { name: 'WEB SHOP', sets: ['Objects'], columns: { kind: 'application' } },
    { name: 'SECURITY', sets: ['Job Queue Admin', 'Security Admin'] },
    { name: 'SECOND SECURITY', sets: ['Security Admin'] },
  );
});
afterAll(() => kit.stop());

const as = (user: string) => kit.platform.as({ user, company: 'CRONUS' });

async function readyEntry(by = 'LEFT', fields: object = { earliestStart: FAR }): Promise<JobQueueEntry> {
  const { id } = await create(as(by), { object: sync, ...fields });
  return setStatusToReady(as(by), id);
}

async function userNo(name: string): Promise<number> {
  const [found] = await kit.query<{ no: number }>('select no from nightshift.app_user where name = $1', [
    name,
  ]);
  return found?.no ?? 0;
}

const tasksOf = ({ id }: JobQueueEntry) =>
  kit.query(`select user_no from nightshift.scheduled_task where record ->> 'entryId' = $1`, [id]);

async function requestOf({ id }: JobQueueEntry) {
  const found = (await listApprovals(kit.admin, { status: 'Open' })).find(({ entryId }) => entryId === id);
  if (found === undefined) throw new Error('no open request');
  return found;
}

const denials = (id: string) =>
  kit.query(
    `select user_name, verb, error_code from nightshift.audit_log where object_id = $1 and result = 'denied'
    order by at, id`,
    [id],
  );

describe('reassign', () => {
  test('it stands On Hold and asks the new user; nothing runs until he has approved', async () => {
    const entry = await readyEntry();
    const held = await reassign(as('CHIEF'), entry.id, { user: 'RUNNER', comment: 'LEFT has left' });
    expect(held).toMatchObject({
      status: 'On Hold',
      taskId: null,
      runAs: entry.runAs,
      note: 'Reassigned by CHIEF: waits for RUNNER to approve or to set it Ready.',
    });
    expect(await tasksOf(entry)).toEqual([]);
    const request = await requestOf(entry);
    expect(request).toMatchObject({ askedUser: 'RUNNER', requestedBy: 'CHIEF', comment: 'LEFT has left' });
    expect((await listApprovals(as('RUNNER'))).map(({ id }) => id)).toEqual([request.id]);
    const runAs = await userNo('RUNNER');
    expect(await approve(as('RUNNER'), request.id)).toMatchObject({ status: 'Approved' });
    expect(await get(kit.admin, entry.id)).toMatchObject({ status: 'Ready', runAs, note: null });
    expect(await tasksOf(entry)).toEqual([{ user_no: runAs }]);
    const rows = await kit.query(
      `select user_name, before, after from nightshift.audit_log where verb = 'entry.reassign' and object_id = $1`,
      [entry.id],
    );
    expect(rows).toEqual([
      {
        user_name: 'CHIEF',
        before: { status: 'Ready', runAs: entry.runAs },
        after: { status: 'On Hold', runAs: entry.runAs, askedUser: 'RUNNER', request: request.id },
      },
    ]);
  });

  test('or until he sets it Ready himself, which the right to his own entries is enough for', async () => {
    const entry = await readyEntry();
    await expect(setStatusToReady(as('RUNNER'), entry.id)).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
    });
    await reassign(as('CHIEF'), entry.id, { user: 'RUNNER' });
    const request = await requestOf(entry);
    await expect(setStatusToReady(as('OTHER'), entry.id)).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
    });
    const ready = await setStatusToReady(as('RUNNER'), entry.id);
    expect(ready).toMatchObject({ status: 'Ready', runAs: await userNo('RUNNER') });
    expect(await getApproval(kit.admin, request.id)).toMatchObject({
      status: 'Approved',
      decidedBy: 'RUNNER',
    });
    await setOnHold(as('RUNNER'), entry.id);
  });

  test('nobody else approves: it would run as himself, which nobody has asked for', async () => {
    const entry = await readyEntry();
    await reassign(as('CHIEF'), entry.id, { user: 'RUNNER' });
    const request = await requestOf(entry);
    await expect(approve(kit.admin, request.id)).rejects.toThrow('Only RUNNER may approve');
    await expect(approve(as('CHIEF'), request.id)).rejects.toThrow('himself');
    await expect(approve(as('OTHER'), request.id)).rejects.toMatchObject({ code: 'APPROVAL_UNKNOWN' });
    expect(await denials(request.id)).toHaveLength(2);
    expect(await reject(as('RUNNER'), request.id, { comment: 'no' })).toMatchObject({ status: 'Rejected' });
    expect(await get(kit.admin, entry.id)).toMatchObject({
      status: 'On Hold',
      note: 'Rejected by RUNNER: no',
    });
  });

  test('whoever sets it Ready all the same lets it run as himself; the request is withdrawn', async () => {
    const entry = await readyEntry();
    await reassign(as('CHIEF'), entry.id, { user: 'RUNNER' });
    const request = await requestOf(entry);
    await setStatusToReady(kit.admin, entry.id);
    expect(await getApproval(kit.admin, request.id)).toMatchObject({
      status: 'Withdrawn',
      decidedBy: 'ADMIN',
    });
    await expect(approve(as('RUNNER'), request.id)).rejects.toMatchObject({
      code: 'CONFLICT',
      details: { status: 'Withdrawn' },
    });
    await setOnHold(kit.admin, entry.id);
  });

  test('once more: the first request is withdrawn', async () => {
    const entry = await readyEntry();
    await reassign(as('CHIEF'), entry.id, { user: 'RUNNER' });
    const first = await requestOf(entry);
    await reassign(kit.admin, entry.id, { user: 'OTHER' });
    expect(await getApproval(kit.admin, first.id)).toMatchObject({ status: 'Withdrawn' });
    expect(await requestOf(entry)).toMatchObject({ askedUser: 'OTHER' });
  });

  test.each([
    ['RUNNER', 'RUNNER', 'PERMISSION_DENIED', 'Job Queue Admin'],
    ['CHIEF', 'NO SUCH USER', 'USER_UNKNOWN', 'NO SUCH USER'],
    ['CHIEF', 'EXPIRED', 'USER_DISABLED', 'EXPIRED'],
    ['CHIEF', 'POOR', 'PERMISSION_DENIED', 'to run codeunit Sync'],
    ['CHIEF', 'DELEGATE', 'APPROVAL_NEEDED', 'delegated'],
    ['CHIEF', 'CHIEF', 'VALIDATION', 'yourself'],
    ['CHIEF', 'WEB SHOP', 'PERMISSION_DENIED', 'Security Admin'],
  ])('%s may not give it to %s: %s; nothing is changed', async (by, user, code, text) => {
    const entry = await readyEntry();
    const attempt = reassign(as(by), entry.id, { user });
    await expect(attempt).rejects.toMatchObject({ code });
    await expect(attempt).rejects.toThrow(text);
    expect(await get(kit.admin, entry.id)).toEqual(entry);
    expect(await tasksOf(entry)).toHaveLength(1);
    await setOnHold(kit.admin, entry.id);
  });
});

describe('an application user', () => {
  test('a Security Admin gives it, another one approves, and it runs as the application', async () => {
    const entry = await readyEntry();
    await reassign(as('SECURITY'), entry.id, { user: 'WEB SHOP' });
    const request = await requestOf(entry);
    await expect(approve(as('SECURITY'), request.id)).rejects.toThrow('himself');
    await expect(approve(as('CHIEF'), request.id)).rejects.toThrow('Security Admin');
    expect(await approve(as('SECOND SECURITY'), request.id)).toMatchObject({
      status: 'Approved',
      decidedBy: 'SECOND SECURITY',
    });
    const runAs = await userNo('WEB SHOP');
    expect(await get(kit.admin, entry.id)).toMatchObject({ status: 'Ready', runAs });
    expect(await tasksOf(entry)).toEqual([{ user_no: runAs }]);
  });

  test('or rejects it', async () => {
    const entry = await readyEntry();
    await reassign(as('SECURITY'), entry.id, { user: 'WEB SHOP' });
    const request = await requestOf(entry);
    expect(await reject(as('SECOND SECURITY'), request.id)).toMatchObject({ status: 'Rejected' });
  });

  test('or the application itself, asked by its own key', async () => {
    const entry = await readyEntry('LEFT', {});
    await reassign(as('SECURITY'), entry.id, { user: 'WEB SHOP' }).catch(async () => {
      // It was faster.
      await until('it has run', async () => (await get(kit.admin, entry.id)).status === 'Finished');
      await reassign(as('SECURITY'), entry.id, { user: 'WEB SHOP' });
    });
    await approve(as('WEB SHOP'), (await requestOf(entry)).id);
    await until('it has run as the application', () => ranAs.includes('WEB SHOP'));
  });
});

describe('while it runs', () => {
  test('it is refused, and says so; afterwards it works', async () => {
    const entry = await readyEntry('LEFT', { object: slow });
    await until('it runs', async () => (await get(kit.admin, entry.id)).status === 'In Process');
    await expect(reassign(as('CHIEF'), entry.id, { user: 'RUNNER' })).rejects.toMatchObject({
      code: 'CONFLICT',
      details: { status: 'In Process' },
    });
    await until('it can be let go', () => {
      release();
      return get(kit.admin, entry.id).then(({ status }) => status === 'Finished');
    });
    await reassign(as('CHIEF'), entry.id, { user: 'RUNNER' });
    expect(await get(kit.admin, entry.id)).toMatchObject({ status: 'On Hold' });
  });

  test('a run that is just beginning and a reassignment: one of them, never both', async () => {
    for (let round = 0; round < 10; round++) {
      const before = ranAs.length;
      const entry = await readyEntry('LEFT', {});
      const answer = await reassign(as('CHIEF'), entry.id, { user: 'RUNNER' }).then(
        () => 'reassigned',
        (error: { code: string }) => error.code,
      );
      if (answer === 'CONFLICT') {
        await until('it has run', async () => (await get(kit.admin, entry.id)).status === 'Finished');
        expect(ranAs).toHaveLength(before + 1);
      } else {
        expect(answer).toBe('reassigned');
        const { status } = await get(kit.admin, entry.id);
        expect(status).toBe('On Hold');
        expect(await tasksOf(entry)).toEqual([]);
      }
    }
  });
});

describe('those who are gone', () => {
  test('their entries are listed, whatever their status, and end in Error instead of running', async () => {
    await addUsers(kit, { name: 'LEAVER', sets: ['SUPER'] });
    const later = await readyEntry('LEAVER');
    const held = await create(as('LEAVER'), { object: sync });
    const others = await readyEntry('RUNNER');
    const gone = () => list(kit.admin, { userGone: true }).then((all) => all.map(({ id }) => id));
    expect(await gone()).toEqual([]);
    await kit.query(`update nightshift.app_user set state = 'disabled' where name = 'LEAVER'`);
    await kit.platform.directory.refresh();
    expect(await gone()).toEqual([later.id, held.id]);
    expect(await list(kit.admin, { userGone: true, status: 'Ready' })).toEqual([later]);
    await kit.query('update nightshift.scheduled_task set due = now() where id = $1', [later.taskId]);
    kit.platform.instance.wake(later.taskId === null ? 0 : 1, true);
    const failed = await until('it has ended', async () => {
      const entry = await get(kit.admin, later.id);
      return entry.status === 'Error' ? entry : null;
    });
    expect(failed.error).toMatchObject({ code: 'USER_DISABLED', message: expect.stringContaining('LEAVER') });
    const log = await kit.query(
      'select status, note, error from nightshift.job_queue_log_entry where entry_id = $1',
      [later.id],
    );
    expect(log).toMatchObject([{ status: 'Error', note: 'did not begin', error: { code: 'USER_DISABLED' } }]);
    expect(ranAs).not.toContain('LEAVER');
    await reassign(as('CHIEF'), later.id, { user: 'RUNNER' });
    await approve(as('RUNNER'), (await requestOf(later)).id);
    await until(
      'it runs as the new user',
      async () => (await get(kit.admin, later.id)).runAs === others.runAs,
    );
    expect(await gone()).toEqual([held.id]);
  });
});
