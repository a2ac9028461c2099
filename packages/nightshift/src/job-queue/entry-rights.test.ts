import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Caller, codeunit, type UserInterface } from '../session/index.ts';
import { createTask } from '../task-scheduler/index.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { addCompany, addSets, addUsers, takeSet } from '../testing/test-rights.ts';
import { create, get, list, logEntries, setOnHold, setStatusToReady } from './job-queue.ts';
import type { JobQueueEntry } from './job-queue-entry.ts';
import { runOnce } from './run-once.ts';

const ran: string[] = [];
const sync = codeunit({
  name: 'Sync',
  permissions: { tables: { order_line: 'RI' } },
  onRun: ({ user }) => void ran.push(user),
});
const ORDER_LINES = 'create table order_line (no integer)';
const NOBODY_THERE: UserInterface = {
  confirm: async () => false,
  message: () => undefined,
  openDialog: () => ({ update: () => undefined, close: () => undefined }),
};

let kit: TestPlatform;
beforeAll(async () => {
  kit = await startTestPlatform({
    codeunits: [sync],
    migrations: [{ name: '0001_lines', sql: ORDER_LINES }],
    taskScheduler: { enableTaskScheduler: false },
  });
  await addSets(kit, { Sync: { codeunits: ['Sync'], tables: { order_line: 'RIMD' } } });
  await addUsers(
    kit,
    { name: 'VIEWER', sets: ['Job Queue View'] },
    { name: 'AUDITOR', sets: ['Auditor'] },
    { name: 'RUNNER', sets: ['Job Queue Run', 'Sync'] },
    { name: 'OTHER', sets: ['Job Queue Run', 'Sync'] },
    { name: 'CHIEF', sets: ['Job Queue Admin'] },
    { name: 'NOBODY', sets: ['Sync'] },
    { name: 'DELEGATE', sets: ['Job Queue Admin', 'Sync'], columns: { is_delegated: true } },
    { name: 'TRAINEE', sets: ['Job Queue Run', 'Sync'], columns: { can_schedule: false } },
    { name: 'GONE', sets: ['SUPER'], columns: { state: 'disabled' } },
    { name: 'EXPIRED', sets: ['SUPER'], columns: { valid_until: '2020-01-01T00:00:00Z' } },
    { name: 'FOREIGN', sets: ['Job Queue Admin', 'Sync'], company: 'CRONUS' },
  );
  await addCompany(kit, 'FABRIKAM');
});
afterAll(() => kit.stop());

const as = (user: string, company = 'CRONUS') => kit.platform.as({ user, company });
const newEntry = (by: Caller = kit.admin) => create(by, { object: sync });
const denied = (...sets: string[]) => ({ code: 'PERMISSION_DENIED', details: { sets } });

async function row({ id }: JobQueueEntry) {
  const [found] = await kit.query('select * from nightshift.job_queue_entry where id = $1', [id]);
  return found;
}

function audit({ id }: Pick<JobQueueEntry, 'id'>) {
  return kit.query(
    `select user_name, verb, result, error_code, before, after from nightshift.audit_log
    where object_id = $1 order by at, id`,
    [id],
  );
}

describe('who sees entries', () => {
  test.each(['VIEWER', 'AUDITOR', 'RUNNER', 'CHIEF', 'DELEGATE'])('%s sees those of others', async (user) => {
    const entry = await newEntry();
    expect(await get(as(user), entry.id)).toEqual(entry);
    expect((await list(as(user))).map(({ id }) => id)).toContain(entry.id);
    expect(await logEntries(as(user), { entryId: entry.id })).toEqual([]);
  });

  test('without a right nobody is told whether there is an entry', async () => {
    const entry = await newEntry();
    const unknown = '019b0000-0000-7000-8000-000000000001';
    for (const verb of [get, setStatusToReady, setOnHold]) {
      const present = verb(as('NOBODY'), entry.id);
      await expect(present).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
      const absent = await verb(as('NOBODY'), unknown).catch((error: Error) => error.message);
      await expect(present).rejects.toThrow(String(absent));
    }
    await expect(list(as('NOBODY'))).rejects.toMatchObject(
      denied('SUPER', 'Job Queue View', 'Job Queue Run', 'Job Queue Admin', 'Auditor'),
    );
    await expect(logEntries(as('NOBODY'))).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
  });

  test('rights in one company are none in another', async () => {
    const there = as('FOREIGN', 'FABRIKAM');
    const entry = await create(as('ADMIN', 'FABRIKAM'), { object: sync });
    await expect(list(there)).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    await expect(get(there, entry.id)).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    await expect(get(as('FOREIGN'), entry.id)).rejects.toMatchObject({ code: 'ENTRY_UNKNOWN' });
    await expect(create(there, { object: sync })).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
  });
});

describe('who changes entries', () => {
  test('those who may only look change nothing, and that they tried is written down', async () => {
    const entry = await newEntry();
    const before = await row(entry);
    await expect(setStatusToReady(as('VIEWER'), entry.id)).rejects.toMatchObject(
      denied('SUPER', 'Job Queue Run', 'Job Queue Admin'),
    );
    await expect(setOnHold(as('AUDITOR'), entry.id)).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    await expect(newEntry(as('VIEWER'))).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    await expect(runOnce(as('VIEWER'), entry.id, NOBODY_THERE)).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
    });
    expect(await row(entry)).toEqual(before);
    const refused = (await audit(entry)).filter(({ result }) => result === 'denied');
    expect(refused).toMatchObject([
      { user_name: 'VIEWER', verb: 'entry.setReady', error_code: 'PERMISSION_DENIED' },
      { user_name: 'AUDITOR', verb: 'entry.setOnHold', error_code: 'PERMISSION_DENIED' },
      { user_name: 'VIEWER', verb: 'entry.runOnce', error_code: 'PERMISSION_DENIED' },
    ]);
  });

  test('Job Queue Run reaches what one has created and what runs as oneself, no more', async () => {
    const own = await newEntry(as('RUNNER'));
    expect(await setStatusToReady(as('RUNNER'), own.id)).toMatchObject({ status: 'Ready' });
    const foreign = setOnHold(as('OTHER'), own.id);
    await expect(foreign).rejects.toMatchObject(denied('SUPER', 'Job Queue Admin'));
    await expect(foreign).rejects.toThrow('of others');
    await setOnHold(kit.admin, own.id);
    await setStatusToReady(kit.admin, own.id);
    expect(await setOnHold(as('RUNNER'), own.id), 'he has created it').toMatchObject({ status: 'On Hold' });
    const given = await newEntry();
    await kit.query(
      `update nightshift.job_queue_entry set run_as = (select no from nightshift.app_user where name = 'RUNNER')
      where id = $1`,
      [given.id],
    );
    expect(await setStatusToReady(as('RUNNER'), given.id), 'it runs as him').toMatchObject({
      status: 'Ready',
    });
  });

  test('Job Queue Admin reaches any, and needs no right to the task behind it', async () => {
    const entry = await newEntry(as('RUNNER'));
    await setStatusToReady(as('RUNNER'), entry.id);
    expect(await setOnHold(as('CHIEF'), entry.id)).toMatchObject({ status: 'On Hold', taskId: null });
    const left = await kit.query(`select from nightshift.scheduled_task where record ->> 'entryId' = $1`, [
      entry.id,
    ]);
    expect(left).toEqual([]);
  });

  test('in a session as well, where a refusal ends nothing and is not rolled back', async () => {
    const entry = await newEntry();
    await kit.platform.open({ user: 'OTHER', company: 'CRONUS' }, async (session) => {
      await expect(setStatusToReady(session, entry.id)).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
      const own = await create(session, { object: sync });
      expect(await setStatusToReady(session, own.id)).toMatchObject({ status: 'Ready' });
      expect(await setOnHold(session, own.id)).toMatchObject({ status: 'On Hold' });
      expect((await list(session)).length).toBeGreaterThan(0);
    });
    const rolledBack = kit.platform.open({ user: 'OTHER', company: 'CRONUS' }, async (session) => {
      await setOnHold(session, entry.id).catch(() => undefined);
      throw new Error('no');
    });
    await expect(rolledBack).rejects.toThrow('no');
    expect((await audit(entry)).filter(({ result }) => result === 'denied')).toHaveLength(2);
  });

  test('SQL past the verbs gets no further', async () => {
    const entry = await newEntry();
    const ready = await newEntry();
    const { taskId } = await setStatusToReady(kit.admin, ready.id);
    const [self] = await kit.query<{ no: number }>("select no from nightshift.app_user where name = 'OTHER'");
    const [company] = await kit.query<{ no: number }>(
      "select no from nightshift.company where name = 'CRONUS'",
    );
    const values = [self?.no, company?.no];
    const attempt = (user: string, text: string, more: readonly unknown[]) =>
      kit.platform.open({ user, company: 'CRONUS' }, (session) =>
        session.db.query(text, [...values, ...more]),
      );
    await expect(
      attempt('OTHER', "select nightshift_session.entry_set_status($1, $2, $3, 'Ready', '{}', null)", [
        entry.id,
      ]),
    ).rejects.toMatchObject({ code: 'NS002' });
    await expect(
      attempt('OTHER', 'select nightshift_session.entry_task_cancelled($1, $2, $3)', [taskId]),
    ).rejects.toMatchObject({ code: 'NS002' });
    await expect(
      attempt('OTHER', 'select * from nightshift.approval_request where $1 <> $2', []),
    ).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    expect(await row(ready)).toMatchObject({ status: 'Ready', task_id: taskId });
    expect(await row(entry)).toMatchObject({ status: 'On Hold', version: 1 });
  });

  test.each(['GONE', 'EXPIRED'])('%s does nothing any more', async (user) => {
    const entry = await newEntry();
    for (const attempt of [
      () => newEntry(as(user)),
      () => get(as(user), entry.id),
      () => setStatusToReady(as(user), entry.id),
      () => list(as(user)),
    ]) {
      await expect(attempt()).rejects.toMatchObject({ code: 'USER_DISABLED' });
    }
  });
});

describe('set Ready', () => {
  test('rehearses: what the object needs is named, with the set that would give it, and nothing is changed', async () => {
    await addSets(kit, {
      'Sync Only': { codeunits: ['Sync'] },
      Lines: { tables: { order_line: 'RIM' } },
    });
    await addUsers(kit, { name: 'CLERK', sets: ['Job Queue Run'] });
    const entry = await newEntry(as('CLERK'));
    const before = await row(entry);
    const attempt = () => setStatusToReady(as('CLERK'), entry.id);
    const refused = await attempt().catch((error: unknown) => error as Error & { details: unknown });
    expect(refused).toMatchObject({ code: 'PERMISSION_DENIED' });
    expect((refused as Error).message).toMatch(
      /run codeunit Sync.*order_line.*Permission sets that give all of it: Sync, SUPER/,
    );
    expect(refused).toMatchObject({
      details: {
        missing: [
          { kind: 'codeunit', name: 'Sync', sets: ['Sync', 'Sync Only', 'SUPER'] },
          { kind: 'table', name: 'order_line', right: 'RI', sets: ['Lines', 'Sync', 'SUPER'] },
        ],
      },
    });
    expect(await row(entry)).toEqual(before);
    expect(
      await kit.query(`select from nightshift.scheduled_task where record ->> 'entryId' = $1`, [entry.id]),
    ).toEqual([]);
    expect((await audit(entry)).at(-1)).toMatchObject({ verb: 'entry.setReady', result: 'denied' });
    await kit.query(`insert into nightshift.permission_assignment (user_no, set_no)
      select u.no, s.no from nightshift.app_user u, nightshift.permission_set s
      where u.name = 'CLERK' and s.name in ('Sync Only', 'Lines')`);
    expect(await attempt(), 'at once, since nobody is refused by what was').toMatchObject({
      status: 'Ready',
    });
    await setOnHold(as('CLERK'), entry.id);
    await takeSet(kit, 'CLERK', 'Lines');
    await kit.platform.directory.refresh();
    await expect(attempt()).rejects.toThrow('order_line');
  });

  test('what is Ready already stays as it is, and is not taken over', async () => {
    const entry = await newEntry(as('RUNNER'));
    const ready = await setStatusToReady(as('RUNNER'), entry.id);
    expect(await setStatusToReady(as('RUNNER'), entry.id)).toEqual(ready);
    await expect(setStatusToReady(kit.admin, entry.id)).rejects.toMatchObject({
      code: 'CONFLICT',
      details: { status: 'Ready' },
    });
    expect(await get(kit.admin, entry.id)).toEqual(ready);
  });

  test.each([
    ['DELEGATE', 'delegated'],
    ['TRAINEE', 'may not schedule'],
  ])('%s may prepare and try, but not schedule; the refusal names the way out', async (user, why) => {
    const entry = await newEntry(as(user));
    const refused = setStatusToReady(as(user), entry.id);
    await expect(refused).rejects.toMatchObject({ code: 'APPROVAL_NEEDED' });
    await expect(refused).rejects.toThrow(why);
    await expect(refused).rejects.toThrow('jobQueue.requestApproval');
    await expect(createTask(as(user), sync)).rejects.toMatchObject({ code: 'APPROVAL_NEEDED' });
    expect(await runOnce(as(user), entry.id, NOBODY_THERE)).toMatchObject({ status: 'Success' });
    expect(ran.at(-1)).toBe(user);
    expect(await get(kit.admin, entry.id)).toEqual(entry);
    expect(await audit(entry)).toMatchObject([
      { verb: 'entry.create', result: 'allowed' },
      { verb: 'entry.setReady', result: 'denied', error_code: 'APPROVAL_NEEDED' },
      { verb: 'entry.runOnce', result: 'allowed' },
    ]);
  });
});

describe('the audit log', () => {
  test('has each change with before and after, in the transaction that made it', async () => {
    const entry = await newEntry(as('RUNNER'));
    await setStatusToReady(as('RUNNER'), entry.id);
    await setOnHold(as('CHIEF'), entry.id);
    await get(as('VIEWER'), entry.id);
    expect(await audit(entry)).toEqual([
      {
        user_name: 'RUNNER',
        verb: 'entry.create',
        result: 'allowed',
        error_code: null,
        before: null,
        after: expect.objectContaining({ object: 'Sync', timeout_ms: 43_200_000 }),
      },
      {
        user_name: 'RUNNER',
        verb: 'entry.setReady',
        result: 'allowed',
        error_code: null,
        before: { status: 'On Hold', runAs: entry.runAs },
        after: { status: 'Ready', runAs: entry.runAs },
      },
      {
        user_name: 'CHIEF',
        verb: 'entry.setOnHold',
        result: 'allowed',
        error_code: null,
        before: { status: 'Ready', runAs: entry.runAs },
        after: { status: 'On Hold', runAs: entry.runAs },
      },
    ]);
    let id = '';
    const failing = kit.open(async (session) => {
      id = (await create(session, { object: sync })).id;
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await audit({ id })).toEqual([]);
  });
});
