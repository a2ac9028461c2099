import { afterAll, beforeAll, expect, test } from 'vitest';
import { codeunit } from '../session/index.ts';
import { until } from '../testing/condition.ts';
import { EVERY_DAY } from '../testing/every-day.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { addSets, addUsers, takeSet } from '../testing/test-rights.ts';
import { create, get, logEntries, setOnHold, setStatusToReady } from './job-queue.ts';
import type { JobQueueEntry } from './job-queue-entry.ts';

const SOON = new Date('2999-01-01T00:00:00Z');
const ranAs: string[] = [];
const sync = codeunit({
  name: 'Sync',
  permissions: { tables: { order_line: 'RI' } },
  async onRun(session) {
    await session.db.query('insert into order_line values (1)');
    ranAs.push(session.user);
  },
});

let kit: TestPlatform;
beforeAll(async () => {
  kit = await startTestPlatform({
    codeunits: [sync],
    migrations: [{ name: '0001_lines', sql: 'create table order_line (no integer)' }],
  });
  await addSets(kit, {
    'Run Sync': { codeunits: ['Sync'] },
    Lines: { tables: { order_line: 'RI' } },
  });
});
afterAll(() => kit.stop());

const as = (user: string) => kit.platform.as({ user, company: 'CRONUS' });

/** A user of his own for each test, with an entry that is Ready for later. */
async function readyEntryOf(user: string, fields: object = {}): Promise<JobQueueEntry> {
  await addUsers(kit, { name: user, sets: ['Job Queue Run', 'Run Sync', 'Lines'] });
  const { id } = await create(as(user), { object: sync, earliestStart: SOON, ...fields });
  return setStatusToReady(as(user), id);
}

async function runNow({ id, taskId }: JobQueueEntry, status: string): Promise<JobQueueEntry> {
  // What was changed past all verbs counts after a notification, or a second.
  await kit.platform.directory.refresh();
  await kit.query('update nightshift.scheduled_task set due = now() where id = $1', [taskId]);
  kit.platform.instance.wake(null, true);
  return until(`it is ${status}`, async () => {
    const entry = await get(kit.admin, id);
    return entry.status === status && entry.taskId !== taskId ? entry : null;
  });
}

test('rights count when it runs: without the right to the object it fails, and the log says what would help', async () => {
  const entry = await readyEntryOf('NO OBJECT');
  await takeSet(kit, 'NO OBJECT', 'Run Sync');
  const failed = await runNow(entry, 'Error');
  expect(failed.error).toMatchObject({ code: 'PERMISSION_DENIED' });
  const [log] = await logEntries(kit.admin, { entryId: entry.id });
  expect(log).toMatchObject({ status: 'Error', user: 'NO OBJECT' });
  expect(log?.error?.message).toMatch(/NO OBJECT may not run codeunit Sync in company CRONUS.*Run Sync/);
  expect(ranAs).not.toContain('NO OBJECT');
});

test('without the right to a table: which right, which table, which set gives it', async () => {
  const entry = await readyEntryOf('NO TABLE');
  await takeSet(kit, 'NO TABLE', 'Lines');
  const failed = await runNow(entry, 'Error');
  expect(failed.error).toMatchObject({ code: 'PERMISSION_DENIED' });
  const [log] = await logEntries(kit.admin, { entryId: entry.id });
  expect(log?.error?.message).toMatch(/insert.*order_line.*Lines/);
  expect(ranAs).not.toContain('NO TABLE');
});

test('with attempts left it tries again, and runs when the right is there', async () => {
  const entry = await readyEntryOf('LATE', { maximumAttempts: 3, rerunDelaySeconds: 3_600 });
  await takeSet(kit, 'LATE', 'Run Sync');
  const waiting = await runNow(entry, 'Ready');
  expect(waiting).toMatchObject({ attempts: 1, error: { code: 'PERMISSION_DENIED' } });
  await kit.query(`insert into nightshift.permission_assignment (user_no, set_no)
    select u.no, s.no from nightshift.app_user u, nightshift.permission_set s
    where u.name = 'LATE' and s.name = 'Run Sync'`);
  await runNow(waiting, 'Finished');
  expect(ranAs).toContain('LATE');
});

test('what was set Ready goes on from run to run, although its user may schedule nothing new', async () => {
  const entry = await readyEntryOf('GOES ON', {
    ...EVERY_DAY,
  });
  await kit.query(`update nightshift.app_user set can_schedule = false where name = 'GOES ON'`);
  const next = await runNow(entry, 'Ready');
  expect(ranAs).toContain('GOES ON');
  expect(next).toMatchObject({ error: null, taskId: expect.any(String) });
  await setOnHold(as('GOES ON'), entry.id);
  await expect(setStatusToReady(as('GOES ON'), entry.id)).rejects.toMatchObject({ code: 'APPROVAL_NEEDED' });
});
