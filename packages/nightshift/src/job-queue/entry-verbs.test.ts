import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../foundation/index.ts';
import { jobQueue } from '../platform/index.ts';
import { codeunit } from '../session/index.ts';
import { until } from '../testing/condition.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { addSets, addUsers } from '../testing/test-rights.ts';
import { requestApproval } from './approvals.ts';
import type { JobQueueEntry, JobQueueEntryStatus } from './job-queue-entry.ts';

const FAR = new Date('2999-01-01T00:00:00Z');
const ran: string[] = [];
const sync = codeunit({ name: 'Sync', onRun: ({ user }) => void ran.push(user) });
let goOn: () => void = () => undefined;
const slow = codeunit({
  name: 'Slow',
  onRun: () =>
    new Promise<void>((resolve) => {
      goOn = resolve;
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
    { name: 'DELEGATE', sets: ['Job Queue Run', 'Objects'], columns: { is_delegated: true } },
  );
});
afterAll(() => kit.stop());

const as = (user: string) => kit.platform.as({ user, company: 'CRONUS' });
const create = (fields: object = {}, by = 'ADMIN') => jobQueue.create(as(by), { object: sync, ...fields });
const statusIs = ({ id }: JobQueueEntry, status: JobQueueEntryStatus) =>
  until(`it is ${status}`, async () => {
    const entry = await jobQueue.get(kit.admin, id);
    return entry.status === status ? entry : null;
  });

async function ready(fields: object = { earliestStart: FAR }, by = 'ADMIN') {
  const { id } = await create(fields, by);
  return jobQueue.setStatusToReady(as(by), id);
}

async function running() {
  const entry = await ready({ object: slow });
  return statusIs(entry, 'In Process');
}

async function end(entry: JobQueueEntry) {
  await until('it has ended', async () => {
    goOn();
    return (await jobQueue.get(kit.admin, entry.id)).status !== 'In Process';
  });
}

const tasksOf = ({ id }: JobQueueEntry) =>
  kit.query(`select id from nightshift.scheduled_task where record ->> 'entryId' = $1`, [id]);
const auditOf = ({ id }: JobQueueEntry, verb: string) =>
  kit.query(
    "select before, after from nightshift.audit_log where object_id = $1 and verb = $2 and result = 'allowed'",
    [id, verb],
  );

describe('restart', () => {
  test.each(['Error', 'Finished', 'On Hold with Inactivity Timeout', 'On Hold'])(
    'of one that is %s: Ready, with all attempts, without its error, not in the past',
    async (status) => {
      const entry = await create({ earliestStart: new Date('2020-01-01T00:00:00Z'), object: slow });
      await kit.query(
        `update nightshift.job_queue_entry set status = $2, attempts = 3, error = '{"message":"no"}' where id = $1`,
        [entry.id, status],
      );
      const again = await jobQueue.restart(kit.admin, entry.id);
      expect(again).toMatchObject({ status: 'Ready', attempts: 0, error: null });
      expect(again.earliestStart?.getTime()).toBeGreaterThan(new Date('2026-01-01').getTime());
      await statusIs(entry, 'In Process');
      expect(await auditOf(entry, 'entry.restart')).toMatchObject([
        { before: { status, attempts: 3 }, after: { status: 'Ready', attempts: 0 } },
      ]);
      await end(entry);
    },
  );

  test('of one that is Ready: its attempts are back, one task; as somebody else it is refused', async () => {
    const entry = await ready();
    await kit.query('update nightshift.job_queue_entry set attempts = 2 where id = $1', [entry.id]);
    expect(await jobQueue.restart(kit.admin, entry.id)).toMatchObject({
      attempts: 0,
      earliestStart: FAR,
    });
    expect(await tasksOf(entry)).toHaveLength(1);
    await expect(jobQueue.restart(as('CHIEF'), entry.id)).rejects.toMatchObject({
      code: 'CONFLICT',
      details: { status: 'Ready' },
    });
  });

  test('while it runs it is refused, as is every other verb that would overlap or pull it away', async () => {
    const entry = await running();
    for (const verb of [jobQueue.restart, jobQueue.runNow, jobQueue.delete]) {
      await expect(verb(kit.admin, entry.id)).rejects.toMatchObject({
        code: 'CONFLICT',
        details: { status: 'In Process' },
      });
    }
    await expect(jobQueue.setPriority(kit.admin, entry.id, 'High')).rejects.toMatchObject({
      code: 'CONFLICT',
    });
    // On Hold does not stop the run.
    await jobQueue.setOnHold(kit.admin, entry.id);
    for (const verb of [jobQueue.restart, jobQueue.delete]) {
      await expect(verb(kit.admin, entry.id)).rejects.toMatchObject({
        code: 'CONFLICT',
        details: { status: 'On Hold' },
      });
    }
    goOn();
    await until('it is over', async () => (await jobQueue.get(kit.admin, entry.id)).taskId === null);
    await jobQueue.delete(kit.admin, entry.id);
  });
});

describe('run now', () => {
  test('a planned run is replaced, and planned again; it ran as the caller', async () => {
    const nightly = { runOnMondays: true, startingTime: '00:00', minutesBetweenRuns: 0, earliestStart: FAR };
    const entry = await ready(nightly, 'RUNNER');
    const before = ran.length;
    await jobQueue.runNow(as('RUNNER'), entry.id);
    await kit.waitFor('AL0000E26', ({ entryId }) => entryId === entry.id);
    const after = await statusIs(entry, 'Ready');
    expect(ran.slice(before)).toEqual(['RUNNER']);
    const next = after.earliestStart?.toISOString() ?? '';
    expect(new Date(next).getUTCDay()).toBe(1);
    expect(next).toMatch(/T00:00:00.000Z$/);
    expect(new Date(next).getFullYear()).toBeLessThan(2999);
    expect(await tasksOf(entry)).toHaveLength(1);
    expect(await auditOf(entry, 'entry.runNow')).toHaveLength(1);
  });

  test('of one that has Finished', async () => {
    const entry = await ready({});
    await statusIs(entry, 'Finished');
    const before = ran.length;
    await jobQueue.runNow(kit.admin, entry.id);
    await until('it ran again', () => ran.length === before + 1);
  });

  test.each<[string, object, string]>([
    ['On Hold', {}, 'set it Ready'],
    ['Waiting', {}, 'waits in its category'],
    ['Ready', { expiration: new Date('2020-01-01T00:00:00Z') }, 'expired'],
  ])('%s %j: refused, with the way out', async (status, fields, text) => {
    const entry = await create({ object: slow, ...fields });
    await kit.query('update nightshift.job_queue_entry set status = $2 where id = $1', [entry.id, status]);
    const attempt = jobQueue.runNow(kit.admin, entry.id);
    await expect(attempt).rejects.toMatchObject({ code: 'CONFLICT', details: { status } });
    await expect(attempt).rejects.toThrow(text);
    expect(await tasksOf(entry)).toEqual([]);
  });

  test('while its window is closed: refused, with when it opens', async () => {
    const hour = (plus: number) =>
      `${String((systemClock.now().getUTCHours() + plus) % 24).padStart(2, '0')}:00`;
    const entry = await ready({
      runOnMondays: true,
      startingTime: hour(3),
      endingTime: hour(4),
      timeZone: 'UTC',
    });
    await expect(jobQueue.runNow(kit.admin, entry.id)).rejects.toThrow(/closed until 20\d\d-/);
    expect(await jobQueue.get(kit.admin, entry.id)).toEqual(entry);
  });
});

describe('stop run', () => {
  test('its session is stopped, whoever it runs as; the comment is in its log', async () => {
    const entry = await running();
    await expect(jobQueue.stopRun(as('RUNNER'), entry.id)).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
    });
    expect(await jobQueue.stopRun(as('CHIEF'), entry.id, 'enough')).toMatchObject({ status: 'In Process' });
    goOn();
    await statusIs(entry, 'Error');
    const [log] = await jobQueue.logEntries(kit.admin, { entryId: entry.id });
    expect(log).toMatchObject({ error: { message: expect.stringContaining('enough') } });
    expect(['Stopped', 'Killed']).toContain(log?.status);
    expect(await auditOf(entry, 'entry.stopRun')).toMatchObject([
      { before: { status: 'In Process' }, after: { comment: 'enough' } },
    ]);
  });

  test('none is under way: refused with the status', async () => {
    const entry = await ready();
    await expect(jobQueue.stopRun(kit.admin, entry.id)).rejects.toMatchObject({
      code: 'CONFLICT',
      details: { status: 'Ready' },
    });
    expect(await auditOf(entry, 'entry.stopRun')).toEqual([]);
  });

  test('an impossible comment is refused, and the run goes on', async () => {
    const entry = await running();
    await expect(jobQueue.stopRun(kit.admin, entry.id, 'x'.repeat(10_001))).rejects.toMatchObject({
      code: 'VALIDATION',
    });
    await end(entry);
    expect(await jobQueue.get(kit.admin, entry.id)).toMatchObject({ status: 'Finished' });
  });
});

describe('copy', () => {
  test('a new entry On Hold with the same fields, created by the caller', async () => {
    const original = await ready(
      {
        parameters: { shop: 1 },
        recordToProcess: { table: 'order', key: { no: 'A' } },
        cron: '30 2 * * MON-FRI',
        category: 'NIGHT',
        priority: 'High',
        tags: ['a'],
        expectedDuration: 1_000,
      },
      'RUNNER',
    );
    const made = await jobQueue.copy(as('CHIEF'), original.id);
    const chief = kit.platform.directory.user('CHIEF').no;
    const { id, entryNo, statusSince } = made;
    expect(id).not.toBe(original.id);
    expect(made).toEqual({
      ...original,
      id,
      entryNo,
      statusSince,
      status: 'On Hold',
      taskId: null,
      runAs: chief,
      createdBy: chief,
      lastReadyState: null,
      version: 1,
    });
    expect(await auditOf(made, 'entry.copy')).toMatchObject([{ after: { copyOf: original.entryNo } }]);
    await jobQueue.delete(kit.admin, original.id);
  });
});

describe('delete', () => {
  test('its plan goes, its log stays, an open request goes', async () => {
    const entry = await ready({});
    await statusIs(entry, 'Finished');
    await jobQueue.setStatusToReady(kit.admin, entry.id);
    await statusIs(entry, 'Finished');
    await jobQueue.delete(kit.admin, entry.id);
    await expect(jobQueue.get(kit.admin, entry.id)).rejects.toMatchObject({ code: 'ENTRY_UNKNOWN' });
    expect(await jobQueue.logEntries(kit.admin, { entryId: entry.id })).toHaveLength(2);
    expect(await auditOf(entry, 'entry.delete')).toMatchObject([
      { before: { status: 'Finished', object: 'Sync' }, after: null },
    ]);

    const planned = await ready();
    await jobQueue.delete(kit.admin, planned.id);
    expect(await tasksOf(planned)).toEqual([]);

    const asked = await create({}, 'DELEGATE');
    await requestApproval(as('DELEGATE'), asked.id);
    await jobQueue.delete(as('DELEGATE'), asked.id);
    expect(
      await kit.query('select from nightshift.approval_request where entry_id = $1', [asked.id]),
    ).toEqual([]);
  });

  test('a session deletes in its own transaction', async () => {
    const entry = await ready();
    const failed = kit.open(async (session) => {
      await jobQueue.delete(session, entry.id);
      throw new Error('not after all');
    });
    await expect(failed).rejects.toThrow('not after all');
    expect(await jobQueue.get(kit.admin, entry.id)).toEqual(entry);
    expect(await tasksOf(entry)).toHaveLength(1);
    await kit.open((session) => jobQueue.delete(session, entry.id));
    expect(await tasksOf(entry)).toEqual([]);
  });
});

describe('set priority', () => {
  test('of whatever does not run; a word that is none is refused', async () => {
    const entry = await ready();
    const changed = await jobQueue.setPriority(kit.admin, entry.id, 'Low');
    expect(changed).toEqual({ ...entry, priority: 'Low', version: entry.version + 1 });
    expect(await auditOf(entry, 'entry.setPriority')).toEqual([
      { before: { priority: 'Normal' }, after: { priority: 'Low' } },
    ]);
    await expect(jobQueue.setPriority(kit.admin, entry.id, 'Urgent' as 'High')).rejects.toMatchObject({
      code: 'VALIDATION',
      field: 'priority',
    });
  });
});
