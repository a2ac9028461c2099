import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isNightshiftError } from '../foundation/index.ts';
import { categories, jobQueue, taskScheduler } from '../platform/index.ts';
import { codeunit } from '../session/index.ts';
import { until } from '../testing/condition.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { withClient } from '../testing/test-server.ts';
import type { JobQueueEntry } from './job-queue-entry.ts';

const ENTRIES = 8;
const ROUNDS = 40;
/** Verbs at a time, of both instances. */
const AT_ONCE = 12;
const LONG_MS = 240_000;

/** Ends as it comes: well, badly, or with a verb about its own category in its transaction. */
const busy = codeunit({
  name: 'Busy',
  async onRun(session) {
    const chance = session.id % 4;
    if (chance === 1) session.error('as it happens');
    if (chance === 2) await jobQueue.enqueue(session, 'Busy', { category: 'A' });
    await session.sleep(chance);
  },
});
let database: TestDatabase;
let platforms: readonly TestPlatform[] = [];
let entries: readonly JobQueueEntry[];

beforeAll(async () => {
  database = await createTestDatabase();
  // Whoever waits in a circle is found at once.
  const quick = `alter database ${database.name} set deadlock_timeout = '20ms'`;
  await database.query(quick);
  const one = await startTestPlatform({ database, codeunits: [busy] });
  platforms = [one, await startTestPlatform({ database, codeunits: [busy] })];
  for (const code of ['A', 'B']) await categories.create(one.admin, { code });
  entries = await Promise.all(
    Array.from({ length: ENTRIES }, (_, at) =>
      jobQueue.create(one.admin, { object: busy, category: at % 4 === 0 ? 'B' : 'A', maximumAttempts: 1 }),
    ),
  );
}, LONG_MS);
afterAll(async () => {
  for (const platform of platforms) await platform.stop();
  await database.drop();
});

type Verb = (kit: TestPlatform, entry: JobQueueEntry, at: number) => Promise<unknown>;
const VERBS: readonly Verb[] = [
  ({ admin }, { id }) => jobQueue.setStatusToReady(admin, id),
  ({ admin }, { id }) => jobQueue.restart(admin, id),
  ({ admin }, { id }) => jobQueue.runNow(admin, id),
  ({ admin }, { id }) => jobQueue.setOnHold(admin, id),
  ({ admin }, { id }, at) => jobQueue.modify(admin, id, { category: at % 2 === 0 ? 'A' : 'B' }),
  ({ admin }, { id }) => jobQueue.setPriority(admin, id, 'High'),
  ({ admin }, { id }) => jobQueue.stopRun(admin, id, 'stopped'),
  async ({ admin }, { id }) => {
    const copied = await jobQueue.copy(admin, id);
    await jobQueue.setStatusToReady(admin, copied.id);
    await jobQueue.delete(admin, copied.id);
  },
  async ({ admin }, { id }) => {
    const { taskId } = await jobQueue.get(admin, id);
    if (taskId !== null) await taskScheduler.cancelTask(admin, taskId);
  },
  ({ admin }) => jobQueue.hold(admin, { category: 'A' }),
  ({ admin }) => jobQueue.release(admin, { category: 'A' }),
  ({ admin }) => jobQueue.removeFailed(admin, { olderThan: 3_600_000 }),
  ({ admin }, _, at) => categories.modify(admin, 'A', { parallelism: 1 + (at % 3) }),
  ({ admin }) => categories.delete(admin, 'B'),
  ({ admin }) => categories.modify(admin, 'A', { code: 'B' }),
  ({ admin }) => categories.modify(admin, 'B', { code: 'A' }),
  ({ admin }) => jobQueue.enqueue(admin, busy, { category: 'B', reuse: true }),
  ({ admin }, { id }) => jobQueue.explain(admin, id),
];

async function refusal(work: Promise<unknown>): Promise<unknown> {
  try {
    await work;
    return null;
  } catch (error) {
    return isNightshiftError(error, 'CONFLICT', 'ENTRY_UNKNOWN', 'CATEGORY_UNKNOWN') ? null : error;
  }
}

describe('all verbs against each other, and against runs', () => {
  test(
    'nobody waits in a circle, nobody fails, and nobody is left behind',
    async () => {
      const odd: unknown[] = [];
      let next = 0;
      const worker = async () => {
        while (next < ROUNDS * AT_ONCE) {
          const at = next++;
          const kit = platforms[at % platforms.length] as TestPlatform;
          const verb = VERBS[(at * 5 + Math.floor(at / VERBS.length)) % VERBS.length] as Verb;
          const entry = entries[(at * 3 + Math.floor(at / ENTRIES)) % ENTRIES] as JobQueueEntry;
          const error = await refusal(verb(kit, entry, at));
          if (error !== null) odd.push(error);
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, worker));
      expect(odd).toEqual([]);
      // Whatever was planned runs, one after another.
      await until(
        'nothing is planned any more',
        async () => (await database.query('select from nightshift.scheduled_task')).length === 0,
        LONG_MS / 2,
      );
      const left = await database.query(
        `select entry_no, status from nightshift.job_queue_entry
      where status in ('Ready', 'Waiting', 'In Process') or category_slot is not null`,
      );
      expect(left).toEqual([]);
      // A backend tells what it has counted when it ends.
      for (const platform of platforms) await platform.stop();
      const [counted] = await database.query<{ deadlocks: number }>(
        'select deadlocks::int from pg_stat_database where datname = current_database()',
      );
      expect(counted).toEqual({ deadlocks: 0 });
    },
    LONG_MS,
  );
});

test('that a deadlock is counted so', async () => {
  await database.query('create table circle (n integer primary key)');
  await database.query('insert into circle values (1), (2)');
  await withClient(database.url, (one) =>
    withClient(database.url, async (two) => {
      await Promise.all([one.query('begin'), two.query('begin')]);
      await one.query('select from circle where n = 1 for update');
      await two.query('select from circle where n = 2 for update');
      await Promise.allSettled([
        one.query('select from circle where n = 2 for update'),
        two.query('select from circle where n = 1 for update'),
      ]);
      await Promise.all([one.query('rollback'), two.query('rollback')]);
    }),
  );
  await until('it is counted', async () => {
    const [counted] = await database.query<{ deadlocks: number }>(
      'select deadlocks::int from pg_stat_database where datname = current_database()',
    );
    return counted?.deadlocks === 1;
  });
});
