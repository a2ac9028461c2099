import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isNightshiftError } from '../foundation/index.ts';
import { jobQueue } from '../platform/index.ts';
import { codeunit } from '../session/index.ts';
import { until } from '../testing/condition.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { withClient } from '../testing/test-server.ts';
import { type JobQueueEntry, jobQueueEntryRecord } from './job-queue-entry.ts';

const ROUNDS = 8;
const FAR = new Date('2999-01-01T00:00:00Z');

/** Runs by the parameter of their entry, and what lets them go on. */
const begun = new Map<string, number>();
const gates = new Map<string, PromiseWithResolvers<void>>();
const gated = codeunit({
  name: 'Gated',
  record: jobQueueEntryRecord,
  onRun: async (session, { parameterString }) => {
    begun.set(parameterString, (begun.get(parameterString) ?? 0) + 1);
    await Promise.race([gates.get(parameterString)?.promise, session.sleep(3_600_000)]);
  },
});

let database: TestDatabase;
let runner: TestPlatform;
let other: TestPlatform;
beforeAll(async () => {
  database = await createTestDatabase();
  runner = await startTestPlatform({ database, codeunits: [gated] });
  other = await startTestPlatform({
    database,
    codeunits: [gated],
    taskScheduler: { enableTaskScheduler: false },
  });
});
afterAll(async () => {
  for (const gate of gates.values()) gate.resolve();
  await other.stop();
  await runner.stop();
  await database.drop();
});

let made = 0;
async function entryOf(fields: object = {}): Promise<JobQueueEntry> {
  const parameterString = `round ${++made}`;
  gates.set(parameterString, Promise.withResolvers());
  return jobQueue.create(other.admin, { object: gated, parameterString, ...fields });
}

const letGo = ({ parameterString }: JobQueueEntry) => gates.get(parameterString)?.resolve();
const runsOf = ({ parameterString }: JobQueueEntry) => begun.get(parameterString) ?? 0;
const get = ({ id }: JobQueueEntry) => jobQueue.get(other.admin, id);
const tasksOf = ({ id }: JobQueueEntry) =>
  database.query(`select id from nightshift.scheduled_task where record ->> 'entryId' = $1`, [id]);
const logOf = ({ id }: JobQueueEntry) => jobQueue.logEntries(other.admin, { entryId: id });
const hasEnded = (entry: JobQueueEntry) =>
  until('nothing of it runs', async () => (await tasksOf(entry)).length === 0);

/** What became of a verb: 'won', or the code of its refusal and the status that it tells. */
async function outcome(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'won';
  } catch (error) {
    if (!isNightshiftError(error, 'CONFLICT', 'ENTRY_UNKNOWN')) throw error;
    return error.code === 'CONFLICT' ? `CONFLICT ${error.details['status']}` : error.code;
  }
}

async function running(fields: object = {}): Promise<JobQueueEntry> {
  const { id } = await entryOf(fields);
  const entry = await jobQueue.setStatusToReady(other.admin, id);
  await until('it runs', () => runsOf(entry) === 1);
  return entry;
}

/** Both orders are tried: who is called first often comes first. */
describe.each(Array.from({ length: ROUNDS }, (_, round) => round))('round %i', (round) => {
  const both = (one: () => Promise<unknown>, two: () => Promise<unknown>) => {
    const calls = round % 2 === 0 ? [one, two] : [two, one];
    const [first, second] = calls.map((call) => outcome(call()));
    return Promise.all(round % 2 === 0 ? [first, second] : [second, first]);
  };

  test('set Ready and set On Hold: what it says is what is planned', async () => {
    const entry = await jobQueue.setStatusToReady(other.admin, (await entryOf({ earliestStart: FAR })).id);
    await both(
      () => jobQueue.setOnHold(other.admin, entry.id),
      () => jobQueue.setStatusToReady(runner.admin, entry.id),
    );
    const { status, taskId } = await get(entry);
    const tasks = await tasksOf(entry);
    expect(tasks).toEqual(status === 'Ready' ? [{ id: taskId }] : []);
    expect(['Ready', 'On Hold']).toContain(status);
  });

  test('modify and set Ready: what runs is what was changed before, or the change is refused', async () => {
    const entry = await entryOf({ earliestStart: FAR });
    const [modified, ready] = await both(
      () => jobQueue.modify(other.admin, entry.id, { description: 'new', version: entry.version }),
      () => jobQueue.setStatusToReady(runner.admin, entry.id),
    );
    expect(ready).toBe('won');
    expect(['won', 'CONFLICT Ready']).toContain(modified);
    expect(await get(entry)).toMatchObject({
      status: 'Ready',
      description: modified === 'won' ? 'new' : 'Gated',
    });
  });

  test('delete and set Ready: deleted, or refused to either', async () => {
    const entry = await entryOf({ earliestStart: FAR });
    const [deleted, ready] = await both(
      () => jobQueue.delete(other.admin, entry.id),
      () => jobQueue.setStatusToReady(runner.admin, entry.id),
    );
    expect(deleted).toBe('won');
    expect(['won', 'ENTRY_UNKNOWN']).toContain(ready);
    expect(await tasksOf(entry)).toEqual([]);
  });

  test('restart twice: one plan', async () => {
    const entry = await entryOf({ earliestStart: FAR });
    const answers = await both(
      () => jobQueue.restart(other.admin, entry.id),
      () => jobQueue.restart(runner.admin, entry.id),
    );
    expect(answers).toEqual(['won', 'won']);
    expect(await tasksOf(entry)).toEqual([{ id: (await get(entry)).taskId }]);
  });

  test('delete and claim: it never ran, or it stays', async () => {
    const { id } = await entryOf();
    const entry = await jobQueue.setStatusToReady(runner.admin, id);
    const deleted = await outcome(jobQueue.delete(other.admin, id));
    if (deleted === 'won') {
      expect(await tasksOf(entry)).toEqual([]);
      expect(runsOf(entry)).toBe(0);
      expect(await outcome(get(entry))).toBe('ENTRY_UNKNOWN');
    } else {
      expect(['CONFLICT Ready', 'CONFLICT In Process']).toContain(deleted);
      await until('it runs', () => runsOf(entry) === 1);
      letGo(entry);
      await hasEnded(entry);
      expect((await get(entry)).status).toBe('Finished');
    }
  });

  test('delete and finish: its log says Success either way', async () => {
    const entry = await running();
    letGo(entry);
    const deleted = await outcome(jobQueue.delete(other.admin, entry.id));
    await hasEnded(entry);
    expect(['won', 'CONFLICT In Process']).toContain(deleted);
    expect(await outcome(get(entry))).toBe(deleted === 'won' ? 'ENTRY_UNKNOWN' : 'won');
    expect(await logOf(entry)).toMatchObject([{ status: 'Success' }]);
  });

  test('run now and claim: one run, whoever comes first', async () => {
    const { id } = await entryOf();
    const entry = await jobQueue.setStatusToReady(runner.admin, id);
    const now = await outcome(jobQueue.runNow(other.admin, id));
    expect(['won', 'CONFLICT Ready', 'CONFLICT In Process']).toContain(now);
    await until('it runs', () => runsOf(entry) === 1);
    expect(await tasksOf(entry)).toHaveLength(1);
    letGo(entry);
    await hasEnded(entry);
    expect(runsOf(entry)).toBe(1);
    expect((await logOf(entry)).map(({ status }) => status)).toEqual(['Success']);
  });

  test('stop run and finish: stopped, or it is told that none runs and what there is is committed', async () => {
    const entry = await running();
    if (round % 2 === 0) letGo(entry);
    const stopping = outcome(jobQueue.stopRun(other.admin, entry.id, 'enough'));
    letGo(entry);
    const stopped = await stopping;
    await hasEnded(entry);
    const [log, ...more] = await logOf(entry);
    expect(more).toEqual([]);
    const { status } = await get(entry);
    if (stopped === 'won') {
      expect({ status, log: log?.status }).toEqual({ status: 'Error', log: 'Stopped' });
    } else {
      expect(stopped).toMatch(/^CONFLICT (In Process|Finished)$/);
      expect({ status, log: log?.status }).toEqual({ status: 'Finished', log: 'Success' });
    }
  });
});

test('while the instance of a run is asked to stop it, its entry is locked, and its category is not', async () => {
  const entry = await running({ category: 'WIDE' });
  const stopping = await withClient(database.url, async (client) => {
    await client.query('begin');
    // Nobody can be asked meanwhile.
    await client.query('lock table nightshift.stop_request in share mode');
    const stopped = outcome(jobQueue.stopRun(other.admin, entry.id, 'enough'));
    await until('it asks', async () => {
      const rows = await database.query(
        `select from pg_locks where relation = 'nightshift.stop_request'::regclass and not granted`,
      );
      return rows.length > 0;
    });
    const entries = await client.query(
      'select from nightshift.job_queue_entry where id = $1 for update skip locked',
      [entry.id],
    );
    const wide = await client.query(
      "select from nightshift.job_queue_category where code = 'WIDE' for update skip locked",
    );
    await client.query('commit');
    expect([entries.rowCount, wide.rowCount]).toEqual([0, 1]);
    return { stopped };
  });
  expect(await stopping.stopped).toBe('won');
  await hasEnded(entry);
  expect(await logOf(entry)).toMatchObject([{ status: 'Stopped' }]);
});

test('a run that is about to end waits for the stop, and is stopped', async () => {
  const entry = await running();
  // Whoever stops it holds its row first.
  const held = Promise.withResolvers<void>();
  const isHeld = Promise.withResolvers<void>();
  const holding = other.platform.database.exclusively(async (client) => {
    await client.query('begin');
    await client.query('select from nightshift.job_queue_entry where id = $1 for update', [entry.id]);
    isHeld.resolve();
    await held.promise;
    await client.query('commit');
  });
  await isHeld.promise;
  const waiting = (atLeast: number) =>
    until(`${atLeast} wait`, async () => {
      const rows = await database.query(
        `select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
      );
      return rows.length >= atLeast;
    });
  const stopping = outcome(jobQueue.stopRun(other.admin, entry.id, 'enough'));
  await waiting(1);
  letGo(entry);
  await waiting(2);
  held.resolve();
  await holding;
  expect(await stopping).toBe('won');
  await hasEnded(entry);
  expect(await logOf(entry)).toMatchObject([{ status: 'Stopped' }]);
  expect(await get(entry)).toMatchObject({ status: 'Error', error: { code: 'SESSION_STOPPED' } });
});
