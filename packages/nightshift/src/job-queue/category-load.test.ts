import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isNightshiftError } from '../foundation/index.ts';
import { categories, jobQueue, taskScheduler } from '../platform/index.ts';
import { codeunit } from '../session/index.ts';
import { until, within } from '../testing/condition.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import type { JobQueueEntry } from './job-queue-entry.ts';

const VERBS = 500;
const ENTRIES = 50;
/** However starved the machine is: that many verbs stand behind one lock. */
const LONG_MS = 240_000;
const FAR = new Date('2999-01-01T00:00:00Z');
const CODE = 'CROWDED';

const plain = codeunit({ name: 'Plain', onRun: () => undefined });
let database: TestDatabase;
let platforms: readonly TestPlatform[];
let one: TestPlatform;
let entries: readonly JobQueueEntry[];

beforeAll(async () => {
  database = await createTestDatabase();
  const options = { database, codeunits: [plain], taskScheduler: { enableTaskScheduler: false } };
  one = await startTestPlatform(options);
  platforms = [one, await startTestPlatform(options)];
  await categories.create(one.admin, { code: CODE });
  entries = await Promise.all(
    Array.from({ length: ENTRIES }, () =>
      jobQueue.create(one.admin, { object: plain, category: CODE, earliestStart: FAR }),
    ),
  );
}, LONG_MS);
afterAll(async () => {
  for (const platform of platforms) await platform.stop();
  await database.drop();
});

type Verb = (kit: TestPlatform, entry: JobQueueEntry) => Promise<unknown>;
/** What needs the lock of the category. */
const VERBS_OF_ENTRIES: readonly Verb[] = [
  ({ admin }, { id }) => jobQueue.setStatusToReady(admin, id),
  ({ admin }, { id }) => jobQueue.setOnHold(admin, id),
  ({ admin }, { id }) => jobQueue.restart(admin, id),
  ({ admin }, { id }) => jobQueue.setStatusToReady(admin, id),
  ({ admin }, { id }) => jobQueue.setPriority(admin, id, 'High'),
  ({ admin }, { id }) => jobQueue.modify(admin, id, { description: 'changed' }),
  ({ admin }) => jobQueue.enqueue(admin, plain, { category: CODE, earliestStart: FAR }),
  ({ admin }, { id }) => jobQueue.runNow(admin, id),
  ({ admin }) => categories.modify(admin, CODE, { description: 'crowded' }),
  async ({ admin }, { id }) => {
    const { taskId } = await jobQueue.get(admin, id);
    if (taskId !== null) await taskScheduler.cancelTask(admin, taskId);
  },
];

/** What became of a verb; anything but a conflict is a verb that was lost. */
async function outcome(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'done';
  } catch (error) {
    return isNightshiftError(error) ? error.code : String(error);
  }
}

const atLocks = async () =>
  (
    await database.query(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    )
  ).length;

/** Holds the row of the category, by somebody who is no platform, while `work` goes on. */
async function whileHeld(work: () => Promise<void>): Promise<void> {
  const holder = await one.platform.database.dedicated('holder', () => undefined);
  try {
    await holder.query('set idle_in_transaction_session_timeout = 0; begin');
    await holder.query('select from nightshift.job_queue_category where code = $1 for no key update', [CODE]);
    await work();
    await holder.query('commit');
  } finally {
    await holder.end();
  }
}

describe('a category that everybody wants', () => {
  test(
    '500 verbs of all kinds on two instances: none is lost, and what they say is so',
    async () => {
      const running = Array.from({ length: VERBS }, (_, at) => {
        const kit = platforms[at % platforms.length] as TestPlatform;
        const entry = entries[(at * 7) % ENTRIES] as JobQueueEntry;
        const verb = VERBS_OF_ENTRIES[Math.floor(at / 2) % VERBS_OF_ENTRIES.length] as Verb;
        return outcome(verb(kit, entry));
      });
      const outcomes = await Promise.all(running);
      expect([...new Set(outcomes)].filter((what) => what !== 'done' && what !== 'CONFLICT')).toEqual([]);
      expect(outcomes.filter((what) => what === 'done').length).toBeGreaterThan(VERBS / 3);
      // Whoever is Ready has the one task that he says, and nobody else has any.
      const wrong = await database.query(
        `select e.entry_no, e.status, e.task_id, t.tasks from nightshift.job_queue_entry e
      cross join lateral (select array_agg(t.id) as tasks from nightshift.scheduled_task t
        where t.record ->> 'entryId' = e.id::text) t
      where t.tasks is distinct from case e.status when 'Ready' then array[e.task_id] end`,
      );
      expect(wrong).toEqual([]);
    },
    LONG_MS,
  );

  test(
    'while 200 wait for its lock everything else goes on',
    async () => {
      const other = await jobQueue.create(one.admin, {
        object: plain,
        category: 'QUIET',
        earliestStart: FAR,
      });
      let waiting: readonly Promise<string>[] = [];
      await whileHeld(async () => {
        waiting = Array.from({ length: 200 }, (_, at) => {
          const kit = platforms[at % platforms.length] as TestPlatform;
          return outcome(jobQueue.setPriority(kit.admin, (entries[at % ENTRIES] as JobQueueEntry).id, 'Low'));
        });
        await until('one of each instance waits at the lock', async () => (await atLocks()) === 2);
        for (const { admin } of platforms) {
          await within('another category', jobQueue.setStatusToReady(admin, other.id));
          await within('an entry without any', jobQueue.create(admin, { object: plain }));
          await within('a task', taskScheduler.createTask(admin, plain, { ready: false }));
        }
        expect(await atLocks()).toBe(2);
      });
      expect(new Set(await Promise.all(waiting))).toEqual(new Set(['done']));
    },
    LONG_MS,
  );

  test(
    '300 verbs, each about an entry of a category of its own, wait for a connection',
    async () => {
      const made = await Promise.all(
        Array.from({ length: 150 }, (_, at) =>
          jobQueue.create(one.admin, { object: plain, category: `OWN ${at}`, earliestStart: FAR }),
        ),
      );
      const work = made.flatMap(({ id }) =>
        platforms.map(({ admin }) => outcome(jobQueue.setStatusToReady(admin, id))),
      );
      expect(new Set(await Promise.all(work))).toEqual(new Set(['done']));
    },
    LONG_MS,
  );
});
