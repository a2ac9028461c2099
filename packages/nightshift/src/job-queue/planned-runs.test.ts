import { afterAll, beforeAll, expect, test } from 'vitest';
import { HOUR_MS } from '../foundation/index.ts';
import { jobQueue } from '../platform/index.ts';
import { codeunit } from '../session/index.ts';
import { EVERY_DAY } from '../testing/every-day.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { addSets, addUsers } from '../testing/test-rights.ts';
import { previewRuns } from './recurrence.ts';

const clock = new FakeClock();
let kit: TestPlatform;
const ids: string[] = [];

beforeAll(async () => {
  const plain = codeunit({ name: 'Plain', onRun: () => undefined });
  kit = await startTestPlatform({ codeunits: [plain], clock, taskScheduler: { enableTaskScheduler: false } });
  await addSets(kit, { Work: { codeunits: ['*'] } });
  await addUsers(
    kit,
    { name: 'WORKER', sets: ['Job Queue Run', 'Work'] },
    { name: 'NOBODY', sets: ['Work'] },
  );
  for (const minutesBetweenRuns of [7, 45, 600]) {
    const { id } = await jobQueue.create(kit.admin, { object: 'Plain', ...EVERY_DAY, minutesBetweenRuns });
    await jobQueue.setStatusToReady(kit.admin, id);
    ids.push(id);
  }
  const worker = kit.platform.as({ user: 'WORKER', company: 'CRONUS' });
  const later = new Date(clock.now().getTime() + 3 * HOUR_MS);
  const { id } = await jobQueue.create(worker, { object: 'Plain', earliestStart: later });
  await jobQueue.setStatusToReady(worker, id);
  ids.push(id);
  // One that is On Hold is planned for nothing.
  await jobQueue.create(kit.admin, { object: 'Plain', ...EVERY_DAY, minutesBetweenRuns: 1 });
});
afterAll(() => kit.stop());

const span = (hours: number) => {
  const from = clock.now();
  return { from, to: new Date(from.getTime() + hours * HOUR_MS) };
};

test('the runs of all entries come in the order of time, as each by itself would tell them', async () => {
  const { from, to } = span(24);
  const expected = [];
  for (const id of ids) {
    const { schedule, earliestStart, entryNo } = await jobQueue.get(kit.admin, id);
    const first = earliestStart ?? from;
    const runs = [first, ...previewRuns(schedule, first, 300, schedule.timeZone).map(({ at }) => at)];
    expected.push(...runs.filter((at) => at >= from && at < to).map((at) => ({ at: at.getTime(), entryNo })));
  }
  expected.sort((one, other) => one.at - other.at || one.entryNo - other.entryNo);
  const all = await jobQueue.plannedRuns(kit.admin, { from, to });
  expect(all.runs.map(({ at, entryNo }) => ({ at: at.getTime(), entryNo }))).toEqual(expected);
  expect(all.isComplete).toBe(true);
  for (const limit of [1, 2, 17, expected.length, expected.length + 1]) {
    const some = await jobQueue.plannedRuns(kit.admin, { from, to, limit });
    expect(some.runs).toEqual(all.runs.slice(0, limit));
    expect(some.isComplete).toBe(limit >= expected.length);
  }
});

test('nobody is told of runs that he may not see, and a span has a beginning and an end', async () => {
  const as = (user: string) => kit.platform.as({ user, company: 'CRONUS' });
  expect((await jobQueue.plannedRuns(as('WORKER'), span(24))).isComplete).toBe(true);
  await expect(jobQueue.plannedRuns(as('NOBODY'), span(24))).rejects.toMatchObject({
    code: 'PERMISSION_DENIED',
  });
  const { from, to } = span(1);
  for (const [wish, field] of [
    [{ from: to, to: from }, 'to'],
    [{ from, to: from }, 'to'],
    [{ from: new Date(Number.NaN), to }, 'to'],
    [{ from, to, limit: 0 }, 'limit'],
    [{ from, to, limit: 5_001 }, 'limit'],
  ] as const)
    await expect(jobQueue.plannedRuns(kit.admin, wish)).rejects.toMatchObject({ code: 'VALIDATION', field });
});

test('a list is narrowed to the entry behind a scheduled task, and to those that are overdue', async () => {
  const [, , rare = '', once = ''] = ids;
  const { taskId } = await jobQueue.get(kit.admin, once);
  const found = await jobQueue.page(kit.admin, { taskId: taskId ?? '' });
  expect([found.entries.map(({ entry }) => entry.id), found.total.value]).toEqual([[once], 1]);
  await expect(jobQueue.page(kit.admin, { taskId: 'x' })).rejects.toMatchObject({ field: 'taskId' });
  const overdue = async () => {
    const { entries, total } = await jobQueue.page(kit.admin, { overdue: true });
    return [entries.map(({ entry }) => entry.id).sort(), total.value];
  };
  expect(await overdue()).toEqual([[], 0]);
  const move =
    "update nightshift.job_queue_entry set earliest_start = earliest_start - interval '1 day' where id = $1";
  await kit.query(move, [rare]);
  const cases = (await jobQueue.watch(kit.admin)).filter(({ kind }) => kind === 'overdue');
  expect(cases.map(({ entryId }) => entryId)).toContain(rare);
  expect(await overdue()).toEqual([cases.map(({ entryId }) => entryId).sort(), cases.length]);
});

test('what would be removed is told, and nothing is', async () => {
  const [id = ''] = ids;
  await kit.query(
    `insert into nightshift.job_queue_log_entry (company_no, entry_id, entry_no, session_id, session_unique_id, user_no, object,
      parameter_string, description, status, attempt, started_at, ended_at, keep_days)
    select company_no, id, entry_no, 1, id, run_as, object, '', '', 'Success', 0, $2::timestamptz - age, $2::timestamptz - age, days
    from nightshift.job_queue_entry,
      (values (interval '100 days', null), (interval '50 days', null), (interval '50 days', 20), (interval '1 day', 20)) l (age, days)
    where id = $1`,
    [id, clock.now()],
  );
  const of = async (days?: number) =>
    (await jobQueue.retention(kit.admin, days === undefined ? {} : { days })).preview;
  expect(await jobQueue.retention(kit.admin)).toEqual({
    logEntryDays: 90,
    failedTaskDays: 90,
    backgroundSessionEventDays: 5,
    sessionEventDays: 90,
    documentDays: 90,
    ownDaysEntries: 0,
    preview: { days: 90, logEntries: 2, finishedEntries: 0 },
  });
  expect(await of(30)).toEqual({ days: 30, logEntries: 3, finishedEntries: 0 });
  await kit.query(
    `update nightshift.job_queue_entry set status = 'Finished', task_id = null, status_since = $2 where id = $1`,
    [id, new Date(clock.now().getTime() - 40 * 24 * HOUR_MS)],
  );
  expect((await of(30)).finishedEntries).toBe(1);
  expect((await of(41)).finishedEntries).toBe(0);
  await expect(jobQueue.retention(kit.admin, { days: 0 })).rejects.toMatchObject({ field: 'days' });
  const worker = kit.platform.as({ user: 'WORKER', company: 'CRONUS' });
  expect((await jobQueue.retention(worker, { days: 30 })).preview.days).toBe(30);
});
