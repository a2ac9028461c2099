import { chmod, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { resetEmbeddedPostgres, startEmbeddedPostgres } from '@nightshift/embedded-postgres';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { JobQueueEntry } from '../job-queue/index.ts';
import { codeunit } from '../session/index.ts';
import { until, within } from '../testing/condition.ts';
import { EFFECTS, INSERT_EFFECT } from '../testing/effects.sql.ts';
import { HeldRuns } from '../testing/held-runs.ts';
import { type ForkedInstance, forkInstance } from '../testing/instance-fork.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { startTestPlatform, type TestPlatform, type TestPlatformOptions } from '../testing/test-platform.ts';
import { categories, jobQueue } from './verbs.ts';

/** An instance is declared dead within seconds; a machine that has much to do takes longer. */
const PATIENCE_MS = 60_000;
const LONG_MS = 240_000;
const CODE = 'ORDERS';

async function newDatabase(): Promise<TestDatabase> {
  const database = await createTestDatabase();
  onTestFinished(() => database.drop());
  return database;
}

async function connected(options: TestPlatformOptions): Promise<TestPlatform> {
  const kit = await startTestPlatform({ migrations: [EFFECTS], start: false, ...options });
  onTestFinished(() => kit.stop());
  return kit;
}

async function forked(database: TestDatabase): Promise<ForkedInstance> {
  const instance = await forkInstance(database.url);
  onTestFinished(() => instance.end());
  return instance;
}

type Priority = JobQueueEntry['priority'];

async function ready({ admin }: TestPlatform, object: string, priority: Priority = 'Normal') {
  const { id } = await jobQueue.create(admin, { object, category: CODE, priority });
  return jobQueue.setStatusToReady(admin, id);
}

const inStatus = ({ admin }: TestPlatform, { id, entryNo }: JobQueueEntry, status: string) =>
  until(
    `entry ${entryNo} is ${status}`,
    async () => (await jobQueue.get(admin, id)).status === status,
    PATIENCE_MS,
  );

const countOf = async (database: Pick<TestDatabase, 'query'>, status: string) =>
  (await database.query('select from nightshift.job_queue_entry where status = $1', [status])).length;

/** Ends what runs here, one after another; never do two run at once. @returns the entries in the order of their runs */
async function endOneByOne(runs: HeldRuns, entries: readonly JobQueueEntry[]): Promise<readonly number[]> {
  const order: number[] = [];
  while (order.length < entries.length) {
    const run = await until('the next one runs', () => runs.open.values().next().value, PATIENCE_MS);
    expect(runs.open.size).toBe(1);
    runs.open.delete(run.entryNo);
    order.push(run.entryNo);
    run.end();
  }
  return order;
}

/** Runs of a category with one place that overlap, by the log; one that was lost ends where the next try begins. */
const OVERLAPS = `select a.entry_no, b.entry_no as other from nightshift.job_queue_log_entry a
  join nightshift.job_queue_log_entry b on a.no < b.no
  and tstzrange(a.started_at, a.ended_at) && tstzrange(b.started_at, b.ended_at)`;

describe('kill -9 of the process that runs an entry of a category, while others wait', () => {
  test(
    'the run keeps its place and is made again; the others follow by priority and number',
    async () => {
      const database = await newDatabase();
      const runs = new HeldRuns('Held');
      const options = { database, codeunits: [runs.codeunit] };
      const survivors = [await connected(options), await connected(options)];
      const [kit] = survivors as [TestPlatform, TestPlatform];
      const mortal = await forked(database);
      const first = await ready(kit, 'Held', 'Low');
      await within(
        'the process runs it',
        mortal.told((message) => message.kind === 'running' && message.taskId === first.taskId),
      );
      const others: JobQueueEntry[] = [];
      for (const priority of ['Low', 'Normal', 'High', 'Normal', 'High'] as const) {
        others.push(await ready(kit, 'Held', priority));
      }
      for (const entry of others) await inStatus(kit, entry, 'Waiting');
      await mortal.end();
      for (const { platform } of survivors) await platform.start();
      expect(await endOneByOne(runs, [first, ...others])).toEqual(
        [first, others[2], others[4], others[1], others[3], others[0]].map((entry) => entry?.entryNo),
      );
      for (const entry of [first, ...others]) await inStatus(kit, entry, 'Finished');
      const log = await jobQueue.logEntries(kit.admin, { entryId: first.id });
      expect(log.map(({ status }) => status)).toEqual(['Success', 'Lost']);
      expect(await database.query(OVERLAPS)).toEqual([]);
      expect(await categories.list(kit.admin)).toMatchObject([{ code: CODE, held: 0, waiting: 0 }]);
    },
    LONG_MS,
  );

  test(
    'the one to which the place had just been given holds it, and runs elsewhere',
    async () => {
      const database = await newDatabase();
      const runs = new HeldRuns('Held');
      const kit = await connected({ database, codeunits: [runs.codeunit] });
      const mortal = await forked(database);
      const first = await ready(kit, 'Held');
      await within(
        'the process runs it',
        mortal.told((message) => message.kind === 'running' && message.taskId === first.taskId),
      );
      const second = await ready(kit, 'Held');
      const third = await ready(kit, 'Held');
      for (const entry of [second, third]) await inStatus(kit, entry, 'Waiting');
      // The process ends the run and gives the place on, and dies before it can claim whom it gave it to.
      await database.query(`create function public.postpone() returns trigger language plpgsql as $$ begin
      if new.status = 'Ready' and old.status = 'Waiting' then
        update nightshift.scheduled_task set due = 'infinity' where id = new.task_id;
      end if;
      return null;
    end $$`);
      await database.query(`create trigger given after update on nightshift.job_queue_entry
      for each row execute function public.postpone()`);
      mortal.process.send('go on');
      await inStatus(kit, first, 'Finished');
      await mortal.end();
      expect(await jobQueue.get(kit.admin, second.id)).toMatchObject({ status: 'Ready', categorySlot: 1 });
      await database.query('drop trigger given on nightshift.job_queue_entry');
      await database.query(
        `update nightshift.scheduled_task set due = clock_timestamp() where due = 'infinity'`,
      );
      await kit.platform.start();
      expect(await endOneByOne(runs, [second, third])).toEqual([second.entryNo, third.entryNo]);
      await inStatus(kit, third, 'Finished');
    },
    LONG_MS,
  );

  test(
    'one process after another, wherever they are: all have run, never two at once',
    async () => {
      const database = await newDatabase();
      const neighbour = codeunit({
        name: 'Neighbour',
        onRun: (session) =>
          session.db.query(INSERT_EFFECT, [session.idempotencyKey, 'here']).then(() => undefined),
      });
      const kit = await connected({ database, codeunits: [neighbour] });
      const entries: JobQueueEntry[] = [];
      for (let at = 0; at < 24; at++)
        entries.push(await ready(kit, 'Neighbour', at % 3 === 0 ? 'High' : 'Normal'));
      let finished = 0;
      for (let death = 0; death < 3; death++) {
        const mortal = await forked(database);
        await until(
          'it is in the middle',
          async () => (await countOf(database, 'Finished')) > finished,
          PATIENCE_MS,
        );
        mortal.process.kill('SIGKILL');
        await mortal.ended;
        finished = await countOf(database, 'Finished');
      }
      await kit.platform.start();
      await until(
        'all have run',
        async () => (await countOf(database, 'Finished')) === entries.length,
        PATIENCE_MS,
      );
      const effects = await database.query('select from co_1.effect');
      expect(effects).toHaveLength(entries.length);
      expect(await database.query(OVERLAPS)).toEqual([]);
      const open = await database.query('select from nightshift.job_queue_log_entry where ended_at is null');
      expect(open).toEqual([]);
      expect(await categories.list(kit.admin)).toMatchObject([{ code: CODE, held: 0, waiting: 0 }]);
    },
    LONG_MS,
  );
});

// A server of its own: the other tests could not bear it.
test(
  'PostgreSQL restarts while one runs and others wait, on two instances: each has run, in order',
  async () => {
    const folder = await realpath(await mkdtemp(path.join(tmpdir(), 'ns-category-')));
    await chmod(folder, 0o755); // as root the server runs as nobody, who must get in
    const options = { dataDirectory: path.join(folder, 'postgres') };
    const runs = new HeldRuns('Held');
    let server = await startEmbeddedPostgres(options);
    const kit = await startTestPlatform({ codeunits: [runs.codeunit], database: server });
    const other = await startTestPlatform({ codeunits: [runs.codeunit], database: server });
    try {
      const first = await ready(kit, 'Held');
      const run = await runs.of(first);
      // In the middle of a transaction: without one it would have nothing to lose.
      await run.session.db.query('select 1');
      const second = await ready(kit, 'Held', 'Low');
      const third = await ready(kit, 'Held', 'High');
      for (const entry of [second, third]) await inStatus(kit, entry, 'Waiting');
      await server.stop({ mode: 'immediate' });
      server = await startEmbeddedPostgres(options);
      // It notices when it goes on, if not before.
      run.end();
      expect(await endOneByOne(runs, [first, second, third])).toEqual(
        [first, third, second].map(({ entryNo }) => entryNo),
      );
      for (const entry of [first, second, third]) await inStatus(kit, entry, 'Finished');
      expect(await kit.query(OVERLAPS)).toEqual([]);
      expect(await categories.list(kit.admin)).toMatchObject([{ code: CODE, held: 0, waiting: 0 }]);
    } finally {
      runs.endAll();
      await other.stop();
      await kit.stop();
      await server.stop({ mode: 'immediate' });
      await resetEmbeddedPostgres(options);
      await rm(folder, { recursive: true, force: true });
    }
  },
  LONG_MS,
);
