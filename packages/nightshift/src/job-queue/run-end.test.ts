import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { HOUR_MS, randomUuid } from '../foundation/index.ts';
import { jobQueue } from '../platform/index.ts';
import { codeunit } from '../session/index.ts';
import { until } from '../testing/condition.ts';
import { EVERY_DAY } from '../testing/every-day.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';

const clock = new FakeClock();
let begun = Promise.withResolvers<void>();
let goOn = Promise.withResolvers<void>();
const slow = codeunit({
  name: 'Slow',
  async onRun() {
    begun.resolve();
    await goOn.promise;
  },
});
let kit: TestPlatform;
beforeAll(async () => {
  kit = await startTestPlatform({ codeunits: [slow], clock });
});
afterEach(() => goOn.resolve());
afterAll(() => kit.stop());

/** An entry that runs every hour and runs now. */
async function running(): Promise<string> {
  begun = Promise.withResolvers();
  goOn = Promise.withResolvers();
  const fields = { object: slow, ...EVERY_DAY, startingTime: '00:00', minutesBetweenRuns: 60 };
  const { id } = await jobQueue.create(kit.admin, fields);
  await jobQueue.setStatusToReady(kit.admin, id);
  await begun.promise;
  return id;
}

const ended = (id: string) =>
  until('the run has ended', async () => {
    const [log] = await jobQueue.logEntries(kit.admin, { entryId: id });
    return log !== undefined && log.status !== 'In Process' && log;
  });

describe('what becomes of an entry while it runs', () => {
  test('nothing: the outcome is written, and the next run planned', async () => {
    const id = await running();
    goOn.resolve();
    expect(await ended(id)).toMatchObject({ status: 'Success', endedAt: clock.now() });
    const { status, taskId, earliestStart, sessionId } = await jobQueue.get(kit.admin, id);
    expect({ status, sessionId }).toEqual({ status: 'Ready', sessionId: null });
    expect(earliestStart?.getTime()).toBeGreaterThan(clock.now().getTime());
    expect(await kit.query('select id from nightshift.scheduled_task where id = $1', [taskId])).toHaveLength(
      1,
    );
    await jobQueue.setOnHold(kit.admin, id);
  });

  test.each([
    [
      'it was put On Hold',
      (id: string) => jobQueue.setOnHold(kit.admin, id),
      { status: 'On Hold', taskId: null },
    ],
    [
      'any column of its row',
      (id: string) =>
        kit.query(
          `update nightshift.job_queue_entry set minutes_between_runs = 0, run_on_mondays = false,
          run_on_tuesdays = false, run_on_wednesdays = false, run_on_thursdays = false, run_on_fridays = false,
          run_on_saturdays = false, run_on_sundays = false where id = $1`,
          [id],
        ),
      { status: 'Finished', taskId: null },
    ],
  ] as const)('%s: the outcome rests on it', async (_what, change, expected) => {
    const id = await running();
    await change(id);
    goOn.resolve();
    expect(await ended(id)).toMatchObject({ status: 'Success' });
    expect(await jobQueue.get(kit.admin, id)).toMatchObject(expected);
    const tasks = `select from nightshift.scheduled_task where record ->> 'entryId' = $1`;
    expect(await kit.query(tasks, [id])).toEqual([]);
    await jobQueue.setOnHold(kit.admin, id);
  });
});

test('an end that rests on an entry that was changed meanwhile writes nothing', async () => {
  const earliestStart = new Date(clock.now().getTime() + HOUR_MS);
  const { id } = await jobQueue.create(kit.admin, { object: slow, earliestStart });
  const { taskId } = await jobQueue.setStatusToReady(kit.admin, id);
  const claim = randomUuid();
  await kit.query('update nightshift.scheduled_task set claim = $2, claimed_by = $2 where id = $1', [
    taskId,
    claim,
  ]);
  const log = { session_id: 1, session_unique_id: claim, attempt: 0, started_at: clock.now() };
  const [begins] = await kit.query<{ seen: string }>(
    `select seen::text from nightshift_session.run_begin($1, $2, $3, $4::jsonb, '{}')`,
    [taskId, claim, id, log],
  );
  const end = (seen: string | null) =>
    kit.query(
      `select changed from nightshift_session.run_end($1, $2, $3, '{"status": "Success"}',
        '{"status": "Finished"}', $4::xid)`,
      [taskId, claim, id, seen],
    );
  await kit.query(`update nightshift.job_queue_entry set description = 'other' where id = $1`, [id]);
  expect(await end(begins?.seen ?? '')).toEqual([{ changed: true }]);
  expect(await jobQueue.get(kit.admin, id)).toMatchObject({ status: 'In Process', description: 'other' });
  expect(await jobQueue.logEntries(kit.admin, { entryId: id })).toMatchObject([{ status: 'In Process' }]);
  expect(await end(null)).toEqual([]);
  expect(await jobQueue.get(kit.admin, id)).toMatchObject({ status: 'Finished', description: 'other' });
});
