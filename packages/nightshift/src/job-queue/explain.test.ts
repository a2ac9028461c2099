import { afterAll, beforeAll, expect, test } from 'vitest';
import { codeunit } from '../session/index.ts';
import { until } from '../testing/condition.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { addSets, addUsers } from '../testing/test-rights.ts';
import { requestApproval } from './approvals.ts';
import { explain } from './explain.ts';
import { create, setOnHold, setStatusToReady } from './job-queue.ts';

const sync = codeunit({
  name: 'Sync',
  permissions: { tables: { sales_order: 'RI' } },
  onRun: () => undefined,
});
let kit: TestPlatform;
beforeAll(async () => {
  kit = await startTestPlatform({ codeunits: [sync], taskScheduler: { enableTaskScheduler: false } });
  await addSets(kit, { SYNC: { codeunits: ['Sync'], tables: { sales_order: 'RIMD' } } });
  await addUsers(
    kit,
    { name: 'BOSS' },
    { name: 'CLERK', sets: ['Job Queue Run', 'SYNC'] },
    { name: 'HUGO' },
    { name: 'STRANGER', sets: ['SYNC'] },
    { name: 'HELPER', sets: ['SUPER'], columns: { is_delegated: true } },
  );
});
afterAll(() => kit.stop());

const as = (user: string) => kit.platform.as({ user, company: 'CRONUS' });

test('On Hold, since when and by whom: who created it, or who did it last', async () => {
  const entry = await create(as('CLERK'), { object: sync });
  expect((await explain(kit.admin, entry.id)).sentence).toMatch(/^It is On Hold since .* by CLERK;/);
  await setStatusToReady(as('CLERK'), entry.id);
  await setOnHold(as('BOSS'), entry.id);
  expect((await explain(kit.admin, entry.id)).sentence).toMatch(/^It is On Hold since .* by BOSS;/);
});

test('an open request for its approval', async () => {
  const entry = await create(as('HELPER'), { object: sync });
  await requestApproval(as('HELPER'), entry.id);
  const { sentence, facts } = await explain(kit.admin, entry.id);
  expect(sentence).toMatch(/^It is On Hold until somebody approves it: HELPER has asked/);
  expect(facts.map(({ kind }) => kind).slice(0, 2)).toEqual(['approval', 'on-hold']);
});

test('planned, due without an instance, and its user gone', async () => {
  const later = await create(as('HUGO'), { object: sync, earliestStart: new Date(Date.UTC(2999, 0, 1)) });
  await setStatusToReady(as('HUGO'), later.id);
  const due = await create(as('HUGO'), { object: sync });
  await setStatusToReady(as('HUGO'), due.id);
  expect((await explain(kit.admin, later.id)).sentence).toContain('planned for 2999-01-01 00:00:00 UTC');
  expect((await explain(kit.admin, due.id)).facts[0]).toMatchObject({ kind: 'no-instance' });

  await kit.query("update nightshift.app_user set state = 'disabled' where name = 'HUGO'");
  await kit.platform.directory.refresh();
  expect((await explain(kit.admin, later.id)).facts[0]).toMatchObject({
    kind: 'user-gone',
    text: expect.stringContaining('HUGO'),
  });
});

test('what its user lacks, with the sets that give it; nothing is written down as refused', async () => {
  const entry = await create(as('CLERK'), { object: sync });
  await setStatusToReady(as('CLERK'), entry.id);
  await addSets(kit, { SYNC: { codeunits: ['Sync'], tables: { sales_order: 'R' } } });
  const denied = "select count(*)::integer as n from nightshift.audit_log where result = 'denied'";
  const before = await kit.query(denied);
  const { sentence } = await explain(kit.admin, entry.id);
  expect(sentence).toContain('I (insert) on table sales_order');
  expect(await kit.query(denied)).toEqual(before);
  await addSets(kit, { SYNC: { codeunits: ['Sync'], tables: { sales_order: 'RIMD' } } });
});

test('a task that is gone', async () => {
  const entry = await create(kit.admin, { object: sync });
  const { taskId } = await setStatusToReady(kit.admin, entry.id);
  await kit.query('delete from nightshift.scheduled_task where id = $1', [taskId]);
  expect((await explain(kit.admin, entry.id)).facts[0]).toMatchObject({ kind: 'no-task' });
});

test('an entry that waits, for which one', async () => {
  const [runs, before, waits] = [
    await create(kit.admin, { object: sync, category: 'NIGHT' }),
    await create(kit.admin, { object: sync, category: 'NIGHT' }),
    await create(kit.admin, { object: sync, category: 'NIGHT' }),
  ] as const;
  await kit.query(
    `update nightshift.job_queue_entry set status = 'In Process', category_slot = 1, task_id = gen_random_uuid(), session_started_at = now()
     where id = $1`,
    [runs.id],
  );
  await kit.query("update nightshift.job_queue_entry set status = 'Waiting' where id = any($1)", [
    [before.id, waits.id],
  ]);
  const { sentence } = await explain(kit.admin, waits.id);
  expect(sentence).toContain(`for entry ${runs.entryNo} (Sync) to end; 1 waiting entry comes before it`);
});

test('only of what the caller may see', async () => {
  const entry = await create(kit.admin, { object: sync });
  await expect(explain(as('STRANGER'), entry.id)).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
  await expect(explain(kit.admin, entry.id.replace(/^./, 'f'))).rejects.toMatchObject({
    code: 'ENTRY_UNKNOWN',
  });
  await expect(explain(kit.admin, 'x')).rejects.toMatchObject({ code: 'VALIDATION', field: 'entryId' });
});

test('a user who has as many tasks as one may have', async () => {
  const gate = Promise.withResolvers<void>();
  const waits = codeunit({ name: 'Waits', onRun: () => gate.promise });
  const busy = await startTestPlatform({
    codeunits: [waits],
    taskScheduler: { maximumConcurrentTasksPerUser: 1 },
  });
  try {
    const started = async () => {
      const { id } = await create(busy.admin, { object: waits });
      await setStatusToReady(busy.admin, id);
      return id;
    };
    const runs = await started();
    await until('it runs', async () => (await explain(busy.admin, runs)).facts[0]?.kind === 'running');
    const { facts } = await explain(busy.admin, await started());
    expect(facts[0]).toMatchObject({
      kind: 'limit',
      text: expect.stringContaining('ADMIN has 1 task on every server instance already'),
    });
  } finally {
    gate.resolve();
    await busy.stop();
  }
});
