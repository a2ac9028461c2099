import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { categories, companies, jobQueue } from '../platform/index.ts';
import { codeunit, stopSession } from '../session/index.ts';
import { until } from '../testing/condition.ts';
import { deadInstance } from '../testing/dead-instance.ts';
import { HeldRuns } from '../testing/held-runs.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { addUsers } from '../testing/test-rights.ts';
import { type JobQueueEntry, type JobQueueEntryRecord, jobQueueEntryRecord } from './job-queue-entry.ts';

const runs = new HeldRuns('Held');
const order: number[] = [];
const quick = codeunit({
  name: 'Quick',
  record: jobQueueEntryRecord,
  onRun: (_session, { entryNo }: JobQueueEntryRecord) => {
    order.push(entryNo);
  },
});

let kit: TestPlatform;
let made = 0;

beforeAll(async () => {
  kit = await startTestPlatform({ codeunits: [runs.codeunit, quick], sessions: { stopGraceMs: 50 } });
});
afterAll(async () => {
  runs.endAll();
  await kit.stop();
});

const newCode = () => `CODE ${++made}`;

async function entryOf(category: string, fields: object = {}): Promise<JobQueueEntry> {
  return jobQueue.create(kit.admin, { object: runs.codeunit, category, ...fields });
}

async function ready(category: string, fields: object = {}): Promise<JobQueueEntry> {
  const { id } = await entryOf(category, fields);
  return jobQueue.setStatusToReady(kit.admin, id);
}

const statusOf = async ({ id }: JobQueueEntry) => (await jobQueue.get(kit.admin, id)).status;
const inStatus = (entry: JobQueueEntry, status: string) =>
  until(`entry ${entry.entryNo} is ${status}`, async () => (await statusOf(entry)) === status);
const runOf = (entry: JobQueueEntry) => runs.of(entry);
/** How many places of a category are held, and how many wait. */
async function placesOf(code: string) {
  const found = (await categories.list(kit.admin)).find((category) => category.code === code);
  return { held: found?.held, waiting: found?.waiting };
}

describe('a category', () => {
  test('lets one entry run; the next waits, and begins when the first ends', async () => {
    const code = newCode();
    const first = await ready(code);
    const run = await runOf(first);
    const second = await ready(code);
    await kit.waitFor('AL0000P9F', ({ entryId }) => entryId === second.id);
    expect(await jobQueue.get(kit.admin, second.id)).toMatchObject({
      status: 'Waiting',
      waitingSince: expect.any(Date),
    });
    expect(await placesOf(code)).toEqual({ held: 1, waiting: 1 });
    run.end();
    await kit.waitFor('AL0000P9G', ({ entryId }) => entryId === second.id);
    (await runOf(second)).end();
    await inStatus(second, 'Finished');
    expect(await placesOf(code)).toEqual({ held: 0, waiting: 0 });
    expect(await jobQueue.get(kit.admin, second.id)).toMatchObject({
      sessionId: null,
      taskId: null,
      waitingSince: null,
    });
  });

  test('notes on the entry which session runs it', async () => {
    const entry = await ready(newCode());
    const { session, end } = await runOf(entry);
    expect(await jobQueue.get(kit.admin, entry.id)).toMatchObject({
      sessionId: session.id,
      sessionStartedAt: expect.any(Date),
    });
    end();
    await inStatus(entry, 'Finished');
  });

  test('gives places by priority, then by number', async () => {
    const code = newCode();
    const blocker = await ready(code);
    const run = await runOf(blocker);
    const entries: JobQueueEntry[] = [];
    for (const priority of ['Low', 'Normal', 'High', 'High', 'Normal'])
      entries.push(await ready(code, { object: quick, priority }));
    await until('all wait', async () => (await placesOf(code)).waiting === entries.length);
    order.length = 0;
    run.end();
    for (const entry of entries) await inStatus(entry, 'Finished');
    const [low, normal, high, second, third] = entries.map(({ entryNo }) => entryNo);
    expect(order).toEqual([high, second, normal, third, low]);
  });

  test('with three places runs three; more places let more begin, fewer stop nothing', async () => {
    const code = newCode();
    await categories.create(kit.admin, { code, parallelism: 3 });
    const entries: JobQueueEntry[] = [];
    for (let index = 0; index < 6; index++) entries.push(await ready(code));
    await until('three run', async () => (await placesOf(code)).held === 3);
    await until('three wait', async () => (await placesOf(code)).waiting === 3);
    await categories.modify(kit.admin, code, { parallelism: 5 });
    expect(await placesOf(code)).toEqual({ held: 5, waiting: 1 });
    await until('five run', () => runs.open.size === 5);
    await categories.modify(kit.admin, code, { parallelism: 1 });
    expect(await placesOf(code)).toEqual({ held: 5, waiting: 1 });
    runs.endAll();
    await until('the last one runs', () => runs.open.size === 1);
    expect((await placesOf(code)).held).toBe(1);
    for (const entry of entries) {
      runs.endAll();
      await inStatus(entry, 'Finished');
    }
  });

  test('whose code changes keeps its entries, what runs and what waits', async () => {
    const code = newCode();
    const run = await runOf(await ready(code));
    const second = await ready(code);
    await inStatus(second, 'Waiting');
    const other = newCode();
    await categories.modify(kit.admin, code, { code: other, description: 'renamed' });
    expect(await placesOf(other)).toEqual({ held: 1, waiting: 1 });
    run.end();
    (await runOf(second)).end();
    await inStatus(second, 'Finished');
  });

  test('runs 200 entries strictly one after another', async () => {
    const code = newCode();
    const blocker = await ready(code);
    const run = await runOf(blocker);
    const ids: string[] = [];
    for (let index = 0; index < 200; index++) ids.push((await entryOf(code, { object: quick })).id);
    for (const id of ids) await jobQueue.setStatusToReady(kit.admin, id);
    await until('all wait', async () => (await placesOf(code)).waiting === ids.length, 60_000);
    order.length = 0;
    run.end();
    await until('all have run', () => order.length === ids.length, 60_000);
    expect(order).toEqual([...order].sort((one, other) => one - other));
    const overlaps = await kit.query(
      `select from nightshift.job_queue_log_entry one join nightshift.job_queue_log_entry other
        on one.no < other.no and one.category_code = other.category_code
        and tstzrange(one.started_at, one.ended_at) && tstzrange(other.started_at, other.ended_at)
      where one.category_code = $1`,
      [code],
    );
    expect(overlaps).toEqual([]);
  }, 120_000);
});

describe('a place is freed', () => {
  async function staged() {
    const code = newCode();
    const first = await ready(code);
    const run = await runOf(first);
    const second = await ready(code);
    await inStatus(second, 'Waiting');
    const last = async () => {
      (await runOf(second)).end();
      await inStatus(second, 'Finished');
      expect(await placesOf(code)).toEqual({ held: 0, waiting: 0 });
    };
    return { code, first, run, second, last };
  }

  test('by the error handler', async () => {
    const { run, first, last } = await staged();
    run.end(new Error('no'));
    await inStatus(first, 'Error');
    await last();
  });

  test('by a run that is stopped', async () => {
    const { run, last } = await staged();
    await stopSession(kit.admin, run.session.id, 'enough');
    await last();
  });

  test('only by the end of a run whose entry was put On Hold meanwhile', async () => {
    const { code, run, first, second, last } = await staged();
    await jobQueue.setOnHold(kit.admin, first.id);
    expect(await placesOf(code)).toEqual({ held: 1, waiting: 1 });
    expect(await statusOf(second)).toBe('Waiting');
    run.end();
    await last();
    expect(await jobQueue.get(kit.admin, first.id)).toMatchObject({ status: 'On Hold', taskId: null });
  });

  test('not by one that waits and is put On Hold: its task is gone, and it is not begun', async () => {
    const { code, run, first, second } = await staged();
    const waiting = await jobQueue.get(kit.admin, second.id);
    await jobQueue.setOnHold(kit.admin, second.id);
    const tasks = await kit.query('select from nightshift.scheduled_task where id = $1', [waiting.taskId]);
    expect(tasks).toEqual([]);
    run.end();
    await inStatus(first, 'Finished');
    expect(await statusOf(second)).toBe('On Hold');
    expect(await placesOf(code)).toEqual({ held: 0, waiting: 0 });
  });

  test('for the next but one when the task of the next is not there', async () => {
    const { code, run, second } = await staged();
    const third = await ready(code);
    await inStatus(third, 'Waiting');
    const { taskId } = await jobQueue.get(kit.admin, second.id);
    await kit.query('delete from nightshift.scheduled_task where id = $1', [taskId]);
    run.end();
    (await runOf(third)).end();
    await inStatus(third, 'Finished');
    expect(await jobQueue.get(kit.admin, second.id)).toMatchObject({
      status: 'Error',
      error: { message: 'Its task was not found.' },
    });
  });

  test('when there is nobody any more as whom the next could run', async () => {
    const { code, run, last } = await staged();
    await addUsers(kit, { name: `GONE ${made}` });
    const user = kit.platform.as({ user: `GONE ${made}`, company: 'CRONUS' });
    const { id } = await entryOf(code, { priority: 'High' });
    const doomed = await jobQueue.setStatusToReady(user, id);
    await inStatus(doomed, 'Waiting');
    await kit.query("update nightshift.app_user set state = 'disabled' where name = $1", [`GONE ${made}`]);
    await kit.platform.directory.refresh();
    run.end();
    await inStatus(doomed, 'Error');
    await last();
  });
});

test('a place is kept when its instance dies in mid-run, and freed by the run that follows', async () => {
  const code = newCode();
  const first = await ready(code, { earliestStart: new Date(Date.UTC(2999, 0)) });
  const dead = deadInstance(kit);
  await dead.holds([first.taskId as string]);
  await kit.query('update nightshift.scheduled_task set due = now() where id = $1', [first.taskId]);
  await kit.query(
    "update nightshift.job_queue_entry set status = 'In Process', category_slot = 1 where id = $1",
    [first.id],
  );
  const second = await ready(code);
  await inStatus(second, 'Waiting');
  await dead.show();
  const run = await runOf(first);
  expect(await placesOf(code)).toEqual({ held: 1, waiting: 1 });
  run.end();
  (await runOf(second)).end();
  await inStatus(second, 'Finished');
  expect(await placesOf(code)).toEqual({ held: 0, waiting: 0 });
});

describe('the verbs of categories', () => {
  test('refuse a second one of a code, bad input, and what is not there', async () => {
    const code = newCode();
    await categories.create(kit.admin, { code });
    const refused = (work: Promise<unknown>, fields: object) => expect(work).rejects.toMatchObject(fields);
    await refused(categories.create(kit.admin, { code }), { code: 'CONFLICT', field: 'code' });
    await refused(categories.create(kit.admin, { code: '' }), { code: 'VALIDATION', field: 'code' });
    await refused(categories.create(kit.admin, { code: 'X', parallelism: 101 }), {
      code: 'VALIDATION',
      field: 'parallelism',
    });
    await refused(categories.modify(kit.admin, 'NONE', {}), { code: 'CATEGORY_UNKNOWN' });
    await refused(categories.delete(kit.admin, 'NONE'), { code: 'CATEGORY_UNKNOWN' });
    await refused(categories.modify(kit.admin, code, { version: 7 }), { code: 'CONFLICT' });
    await entryOf(newCode());
    await refused(categories.modify(kit.admin, code, { code: `CODE ${made}` }), { code: 'CONFLICT' });
  });

  test('delete only what no entry names', async () => {
    const code = newCode();
    const entry = await entryOf(code);
    await expect(categories.delete(kit.admin, code)).rejects.toMatchObject({
      code: 'CONFLICT',
      details: { entries: 1 },
    });
    await jobQueue.modify(kit.admin, entry.id, { category: null });
    await categories.delete(kit.admin, code);
    expect((await categories.list(kit.admin)).map((category) => category.code)).not.toContain(code);
  });

  test('go with a copied company; what runs here has no place there', async () => {
    const code = newCode();
    await categories.create(kit.admin, { code, parallelism: 2 });
    const run = await runOf(await ready(code));
    await companies.copy(kit.admin, { from: 'CRONUS', to: 'COPY' });
    const copied = await categories.list(kit.platform.as({ user: 'ADMIN', company: 'COPY' }));
    expect(copied).toContainEqual(expect.objectContaining({ code, parallelism: 2, entries: 1, held: 0 }));
    run.end();
  });
});
