import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { randomUuid } from '../foundation/index.ts';
import { categories, jobQueue } from '../platform/index.ts';
import { codeunit } from '../session/index.ts';
import { until } from '../testing/condition.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';

const plain = codeunit({ name: 'Plain', onRun: () => undefined });
let kit: TestPlatform;
beforeAll(async () => {
  kit = await startTestPlatform({ codeunits: [plain], taskScheduler: { enableTaskScheduler: false } });
});
afterAll(() => kit.stop());

/** $1: an entry of a category, $2: its task, $3: any other id. */
const CALLS = [
  'nightshift_session.entry_read(1, 1, $1, true)',
  `nightshift_session.entry_modify(1, 1, $1, null, '{}')`,
  'nightshift_session.entry_delete(1, 1, $1)',
  'nightshift_session.entry_set_priority(1, 1, $1, 1000::smallint)',
  `nightshift_session.entry_set_status(1, 1, $1, 'On Hold', '{}', null)`,
  'nightshift_session.entry_wake(1, 1, $1, null)',
  'nightshift_session.cancel_task(1, 1, $2)',
  'nightshift_session.entry_task_cancelled(1, 1, $3)',
  `nightshift_session.run_begin($2, $3, $1, '{}', '{}')`,
  'nightshift_session.run_wait($2, $3, $1, $3)',
  `nightshift_session.run_end($2, $3, $1, '{}', '{}')`,
  `nightshift.fail_entry_of_task($2, 'Error', '{}', null, '{}')`,
] as const;

describe('what brings an entry into In Process or Waiting, or out of them, waits for its category first', () => {
  test.each(CALLS)('%s', async (call) => {
    const { id } = await jobQueue.create(kit.admin, { object: plain, category: 'ORDER' });
    const { taskId } = await jobQueue.setStatusToReady(kit.admin, id);
    // Of a task that was removed the entry is found by its id.
    const other = randomUuid();
    const isCancelled = call.includes('entry_task_cancelled');
    if (isCancelled) {
      await kit.query('update nightshift.job_queue_entry set task_id = $2 where id = $1', [id, other]);
    }
    const { database } = kit.platform;
    const holder = await database.dedicated('holder', () => undefined);
    const caller = await database.dedicated('caller', () => undefined);
    try {
      await holder.query('begin');
      await holder.query(`select from nightshift.job_queue_category where code = 'ORDER' for no key update`);
      const { rows } = await caller.query('select pg_backend_pid() as pid');
      // As the platform's login; every one of the values has a use.
      const text = `select ${call}, $1::uuid, $2::uuid, $3::uuid`;
      const done = caller.query(text, [id, taskId, other]).catch(() => undefined);
      await until('it waits', async () => {
        const waiting = await kit.query(
          `select from pg_stat_activity where pid = $1 and wait_event_type = 'Lock'`,
          [rows[0]?.pid],
        );
        return waiting.length === 1;
      });
      // It has locked nothing else.
      await holder.query('select from nightshift.job_queue_entry where id = $1 for update nowait', [id]);
      await holder.query('select from nightshift.scheduled_task where id = $1 for update nowait', [taskId]);
      await holder.query('rollback');
      await done;
    } finally {
      await holder.end();
      await caller.end();
    }
  });
});

describe('an entry that holds a place and whose task was lost', () => {
  test.each([
    ['delete', (id: string) => jobQueue.delete(kit.admin, id)],
    ['setOnHold', (id: string) => jobQueue.setOnHold(kit.admin, id)],
  ] as const)('%s gives its place to the next that waits', async (verb, use) => {
    const code = `LOST ${verb}`;
    await categories.create(kit.admin, { code });
    const [first, second] = await Promise.all(
      [1, 2].map(async () => {
        const { id } = await jobQueue.create(kit.admin, { object: plain, category: code });
        return jobQueue.setStatusToReady(kit.admin, id);
      }),
    );
    const set = 'update nightshift.job_queue_entry set status = $2, category_slot = $3 where id = $1';
    await kit.query(set, [first?.id, 'In Process', 1]);
    await kit.query(set, [second?.id, 'Waiting', null]);
    await kit.query('update nightshift.scheduled_task set ready = false where id = $1', [second?.taskId]);
    await kit.query('delete from nightshift.scheduled_task where id = $1', [first?.taskId]);
    await use(first?.id as string);
    expect(await jobQueue.get(kit.admin, second?.id as string)).toMatchObject({
      status: 'Ready',
      categorySlot: 1,
    });
    const task = await kit.query('select ready from nightshift.scheduled_task where id = $1', [
      second?.taskId,
    ]);
    expect(task).toEqual([{ ready: true }]);
    expect(await categories.list(kit.admin)).toContainEqual(
      expect.objectContaining({ code, held: 1, waiting: 0 }),
    );
  });
});
