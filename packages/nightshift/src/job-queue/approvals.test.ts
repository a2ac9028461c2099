import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { codeunit } from '../session/index.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { addCompany, addSets, addUsers } from '../testing/test-rights.ts';
import { approve, getApproval, listApprovals, reject, requestApproval, withdraw } from './approvals.ts';
import { create, get, setOnHold, setStatusToReady } from './job-queue.ts';
import type { JobQueueEntry } from './job-queue-entry.ts';
import { reassign } from './reassign.ts';

const sync = codeunit({ name: 'Sync', onRun: () => undefined });
const UNKNOWN_ID = '019b0000-0000-7000-8000-000000000001';

let kit: TestPlatform;
beforeAll(async () => {
  kit = await startTestPlatform({ codeunits: [sync], taskScheduler: { enableTaskScheduler: false } });
  await addSets(kit, { Sync: { codeunits: ['Sync'] } });
  await addUsers(
    kit,
    { name: 'DELEGATE', sets: ['Job Queue Run', 'Sync'], columns: { is_delegated: true } },
    { name: 'PARTNER', sets: ['Job Queue Admin', 'Sync'], columns: { is_delegated: true } },
    { name: 'TRAINEE', sets: ['Job Queue Run', 'Sync'], columns: { can_schedule: false } },
    { name: 'CHIEF', sets: ['Job Queue Admin', 'Sync'] },
    { name: 'IDLE CHIEF', sets: ['Job Queue Admin', 'Sync'], columns: { can_schedule: false } },
    { name: 'POOR CHIEF', sets: ['Job Queue Admin'] },
    { name: 'RUNNER', sets: ['Job Queue Run', 'Sync'] },
    { name: 'AUDITOR', sets: ['Auditor'] },
  );
  await addCompany(kit, 'FABRIKAM');
});
afterAll(() => kit.stop());

const as = (user: string, company = 'CRONUS') => kit.platform.as({ user, company });

async function userNo(name: string): Promise<number> {
  const [found] = await kit.query<{ no: number }>('select no from nightshift.app_user where name = $1', [
    name,
  ]);
  return found?.no ?? 0;
}

async function requested(comment = 'please', user = 'DELEGATE') {
  const entry = await create(as(user), { object: sync });
  return { entry, request: await requestApproval(as(user), entry.id, { comment }) };
}

async function stored({ id }: Pick<JobQueueEntry, 'id'>) {
  const [entry] = await kit.query('select * from nightshift.job_queue_entry where id = $1', [id]);
  return entry;
}

const tasksOf = ({ id }: JobQueueEntry) =>
  kit.query(`select user_no from nightshift.scheduled_task where record ->> 'entryId' = $1`, [id]);

const audit = (id: string) =>
  kit.query(
    'select user_name, verb, result, error_code, after from nightshift.audit_log where object_id = $1 order by at, id',
    [id],
  );

describe('a request', () => {
  test('by a delegated administrator: an administrator approves, and it runs as him', async () => {
    const { entry, request } = await requested('nightly, please');
    expect(request).toMatchObject({
      entryId: entry.id,
      entryNo: entry.entryNo,
      object: 'Sync',
      requestedBy: 'DELEGATE',
      comment: 'nightly, please',
      askedUser: null,
      status: 'Open',
      entryStatus: 'On Hold',
      decidedBy: null,
      decidedAt: null,
    });
    expect(await get(kit.admin, entry.id)).toMatchObject({ note: 'DELEGATE asks for approval.' });
    const approved = await approve(as('CHIEF'), request.id, { comment: 'fine' });
    expect(approved).toMatchObject({ status: 'Approved', decidedBy: 'CHIEF', decisionComment: 'fine' });
    const runAs = await userNo('CHIEF');
    expect(await get(kit.admin, entry.id)).toMatchObject({ status: 'Ready', runAs, note: null });
    expect(await tasksOf(entry)).toEqual([{ user_no: runAs }]);
    expect(await audit(entry.id)).toMatchObject([
      { user_name: 'DELEGATE', verb: 'entry.create' },
      { user_name: 'DELEGATE', verb: 'approval.request', result: 'allowed', after: { request: request.id } },
    ]);
    expect(await audit(request.id)).toMatchObject([
      {
        user_name: 'CHIEF',
        verb: 'approval.decide',
        result: 'allowed',
        after: { status: 'Approved', comment: 'fine', entry: { status: 'Ready', runAs } },
      },
    ]);
  });

  test('there is one at a time for an entry, and none for what runs or is Ready', async () => {
    const { entry, request } = await requested();
    const again = requestApproval(as('CHIEF'), entry.id);
    await expect(again).rejects.toMatchObject({ code: 'CONFLICT', details: { request: request.id } });
    await setStatusToReady(as('CHIEF'), entry.id);
    const tooLate = requestApproval(as('DELEGATE'), entry.id);
    await expect(tooLate).rejects.toMatchObject({ code: 'CONFLICT', details: { status: 'Ready' } });
  });

  test('two at the same time: one is there, the other is told so', async () => {
    const entry = await create(as('DELEGATE'), { object: sync });
    const both = await Promise.allSettled([
      requestApproval(as('DELEGATE'), entry.id),
      requestApproval(as('TRAINEE'), entry.id).catch(() => requestApproval(as('CHIEF'), entry.id)),
      requestApproval(as('PARTNER'), entry.id),
    ]);
    const refused = both.filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(2);
    for (const one of refused) expect(one).toMatchObject({ reason: { code: 'CONFLICT' } });
    const open = await listApprovals(kit.admin, { status: 'Open' });
    expect(open.filter(({ entryId }) => entryId === entry.id)).toHaveLength(1);
  });

  test.each([
    ['comment', { comment: 'x'.repeat(1_001) }],
    ['comment', { comment: 'x\0y' }],
    ['comment', { comment: '\ud800' }],
    ['comment', { comment: 7 as unknown as string }],
  ])('a bad %s is refused', async (field, given) => {
    const entry = await create(as('DELEGATE'), { object: sync });
    const attempt = async () => requestApproval(as('DELEGATE'), entry.id, given);
    await expect(attempt()).rejects.toMatchObject({ code: 'VALIDATION', field });
  });

  test('needs a right to the entry', async () => {
    const entry = await create(kit.admin, { object: sync });
    await expect(requestApproval(as('RUNNER'), entry.id)).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
    });
    await expect(requestApproval(as('AUDITOR'), entry.id)).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
    });
    await expect(requestApproval(as('CHIEF'), UNKNOWN_ID)).rejects.toMatchObject({ code: 'ENTRY_UNKNOWN' });
  });

  test('of another company is not there', async () => {
    const there = as('DELEGATE', 'FABRIKAM');
    const entry = await create(there, { object: sync });
    const request = await requestApproval(there, entry.id);
    await expect(approve(as('CHIEF'), request.id)).rejects.toMatchObject({ code: 'APPROVAL_UNKNOWN' });
    await expect(getApproval(kit.admin, request.id)).rejects.toMatchObject({ code: 'APPROVAL_UNKNOWN' });
    await expect(requestApproval(as('DELEGATE'), entry.id)).rejects.toMatchObject({ code: 'ENTRY_UNKNOWN' });
    expect((await listApprovals(kit.admin)).map(({ id }) => id)).not.toContain(request.id);
    expect((await approve(as('CHIEF', 'FABRIKAM'), request.id)).status).toBe('Approved');
    expect(await get(as('CHIEF', 'FABRIKAM'), entry.id)).toMatchObject({ status: 'Ready' });
  });

  test('is seen by who made it, who is asked, and who may decide or audit', async () => {
    const { request } = await requested('mine', 'TRAINEE');
    const seenBy = async (user: string) =>
      (await listApprovals(as(user))).some(({ id }) => id === request.id);
    expect(await seenBy('TRAINEE')).toBe(true);
    expect(await seenBy('CHIEF')).toBe(true);
    expect(await seenBy('AUDITOR')).toBe(true);
    expect(await seenBy('RUNNER')).toBe(false);
    await expect(getApproval(as('RUNNER'), request.id)).rejects.toMatchObject({ code: 'APPROVAL_UNKNOWN' });
    expect(await listApprovals(as('CHIEF'), { limit: 1 })).toHaveLength(1);
    await expect(listApprovals(as('CHIEF'), { limit: 0 })).rejects.toMatchObject({ field: 'limit' });
    await expect(listApprovals(as('CHIEF'), { status: 'open' as 'Open' })).rejects.toMatchObject({
      field: 'status',
    });
  });
});

describe('who may approve', () => {
  test.each([
    ['DELEGATE', 'PERMISSION_DENIED', 'has made this request himself'],
    ['PARTNER', 'PERMISSION_DENIED', 'delegated administrator'],
    ['IDLE CHIEF', 'PERMISSION_DENIED', 'may not schedule'],
    ['POOR CHIEF', 'PERMISSION_DENIED', 'to run codeunit Sync'],
    ['RUNNER', 'APPROVAL_UNKNOWN', 'no request'],
    ['AUDITOR', 'PERMISSION_DENIED', 'Job Queue Admin'],
  ])('not %s: %s', async (user, code, text) => {
    const { entry, request } = await requested();
    const before = await stored(entry);
    const attempt = approve(as(user), request.id);
    await expect(attempt).rejects.toMatchObject({ code });
    await expect(attempt).rejects.toThrow(text);
    expect(await stored(entry)).toEqual(before);
    expect(await tasksOf(entry)).toEqual([]);
    expect(await getApproval(kit.admin, request.id)).toEqual(request);
    if (code === 'PERMISSION_DENIED') {
      expect(await audit(request.id)).toMatchObject([
        { user_name: user, verb: 'approval.decide', result: 'denied', error_code: code },
      ]);
    }
  });

  test('nobody his own, also not whoever may decide', async () => {
    const { request } = await requested('mine', 'CHIEF');
    await expect(approve(as('CHIEF'), request.id)).rejects.toThrow('himself');
    await expect(reject(as('CHIEF'), request.id)).rejects.toThrow('withdraws');
    expect(await withdraw(as('CHIEF'), request.id)).toMatchObject({ status: 'Withdrawn' });
  });

  test('nobody in a session with an open transaction', async () => {
    const { entry, request } = await requested();
    await kit.platform.open({ user: 'CHIEF', company: 'CRONUS' }, async (session) => {
      await session.db.query('select 1');
      await expect(approve(session, request.id)).rejects.toMatchObject({ code: 'CONFLICT' });
      await session.commit();
      expect(await approve(session, request.id)).toMatchObject({ status: 'Approved' });
    });
    expect(await get(kit.admin, entry.id)).toMatchObject({ status: 'Ready', runAs: await userNo('CHIEF') });
  });
});

describe('other ends', () => {
  test('rejected: the entry stays On Hold and says who and why', async () => {
    const { entry, request } = await requested();
    expect(await reject(as('CHIEF'), request.id, { comment: 'not at night' })).toMatchObject({
      status: 'Rejected',
      decidedBy: 'CHIEF',
      decisionComment: 'not at night',
    });
    expect(await get(kit.admin, entry.id)).toMatchObject({
      status: 'On Hold',
      note: 'Rejected by CHIEF: not at night',
      version: entry.version,
    });
    await expect(approve(as('CHIEF'), request.id)).rejects.toMatchObject({
      code: 'CONFLICT',
      details: { status: 'Rejected' },
    });
    expect((await requestApproval(as('DELEGATE'), entry.id)).status, 'he may ask again').toBe('Open');
  });

  test('withdrawn by who made it, and by nobody else', async () => {
    const { entry, request } = await requested();
    await expect(withdraw(as('CHIEF'), request.id)).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    expect(await withdraw(as('DELEGATE'), request.id)).toMatchObject({ status: 'Withdrawn' });
    expect(await get(kit.admin, entry.id)).toMatchObject({ status: 'On Hold', note: null });
    await expect(withdraw(as('DELEGATE'), request.id)).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  test('set Ready by somebody who may: that is an approval', async () => {
    const { entry, request } = await requested();
    await setStatusToReady(as('CHIEF'), entry.id);
    expect(await getApproval(kit.admin, request.id)).toMatchObject({
      status: 'Approved',
      decidedBy: 'CHIEF',
      decisionComment: 'The entry was set Ready.',
    });
  });

  test('put On Hold out of Error: the request is withdrawn with a note', async () => {
    const entry = await create(as('DELEGATE'), { object: sync });
    await kit.query(`update nightshift.job_queue_entry set status = 'Error' where id = $1`, [entry.id]);
    const request = await requestApproval(as('DELEGATE'), entry.id);
    expect(request.entryStatus).toBe('Error');
    await setOnHold(as('DELEGATE'), entry.id);
    expect(await getApproval(kit.admin, request.id)).toMatchObject({
      status: 'Withdrawn',
      decidedBy: 'DELEGATE',
      decisionComment: 'The entry was put On Hold.',
    });
  });

  test('a bad or unknown id', async () => {
    for (const verb of [approve, reject, withdraw, getApproval]) {
      await expect(verb(kit.admin, 'x')).rejects.toMatchObject({ code: 'VALIDATION', field: 'id' });
      await expect(verb(kit.admin, UNKNOWN_ID)).rejects.toMatchObject({ code: 'APPROVAL_UNKNOWN' });
    }
  });
});

describe('of two at the same time one wins, and the other is told how things stand', () => {
  const ROUNDS = 8;

  test('approve and withdraw', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const { entry, request } = await requested();
      const both = [approve(as('CHIEF'), request.id), withdraw(as('DELEGATE'), request.id)];
      const settled = await Promise.allSettled(round % 2 === 0 ? both : both.toReversed());
      const { status } = await getApproval(kit.admin, request.id);
      const lost = settled.filter((one) => one.status === 'rejected');
      expect(lost).toMatchObject([{ reason: { code: 'CONFLICT', details: { status } } }]);
      const entryStatus = status === 'Approved' ? 'Ready' : 'On Hold';
      expect(await get(kit.admin, entry.id)).toMatchObject({ status: entryStatus });
      expect(await tasksOf(entry)).toHaveLength(status === 'Approved' ? 1 : 0);
    }
  });

  test('approve and set Ready', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const { entry, request } = await requested();
      const settled = await Promise.allSettled([
        approve(as('CHIEF'), request.id),
        setStatusToReady(kit.admin, entry.id),
      ]);
      const lost = settled.filter((one) => one.status === 'rejected');
      expect(lost).toMatchObject([{ reason: { code: 'CONFLICT' } }]);
      const winner = settled[0]?.status === 'fulfilled' ? 'CHIEF' : 'ADMIN';
      expect(await tasksOf(entry)).toEqual([{ user_no: await userNo(winner) }]);
      expect(await get(kit.admin, entry.id)).toMatchObject({ status: 'Ready', runAs: await userNo(winner) });
      expect(await getApproval(kit.admin, request.id)).toMatchObject({
        status: 'Approved',
        decidedBy: winner,
      });
    }
  });

  test('two who approve, and one who gives the entry to another', async () => {
    const { entry, request } = await requested();
    const settled = await Promise.allSettled([
      approve(as('CHIEF'), request.id),
      approve(kit.admin, request.id),
      reassign(kit.admin, entry.id, { user: 'RUNNER' }),
    ]);
    const codes = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason.code] : []));
    expect(codes.length).toBeGreaterThan(0);
    expect(new Set(codes)).toEqual(new Set(['CONFLICT']));
    const now = await get(kit.admin, entry.id);
    expect(await tasksOf(entry)).toHaveLength(now.status === 'Ready' ? 1 : 0);
  });
});
