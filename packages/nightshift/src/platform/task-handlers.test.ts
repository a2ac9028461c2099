import { afterAll, beforeAll, expect, test } from 'vitest';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../foundation/index.ts';
import { codeunit, type Session, stopSession } from '../session/index.ts';
import { until } from '../testing/condition.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { taskScheduler } from './index.ts';
import { jobQueue } from './verbs.ts';

// Every terminal state of an entry's task reaches the entry: it is never left In Process, nor Ready without a task.

let behave: (session: Session) => unknown = () => undefined;
const sync = codeunit({ name: 'Sync', onRun: (session) => behave(session) });
const clock = new FakeClock();
let kit: TestPlatform;

beforeAll(async () => {
  kit = await startTestPlatform({ codeunits: [sync], clock });
});
afterAll(() => kit.stop());

/** An entry whose task begins now. Without its error handler the outcome is up to the handler of the task. */
async function readyEntry(timeout = HOUR_MS): Promise<string> {
  const earliestStart = new Date(clock.now().getTime() + MINUTE_MS);
  const { id } = await jobQueue.create(kit.admin, { object: sync, timeout, earliestStart });
  await jobQueue.setStatusToReady(kit.admin, id);
  await kit.query('update nightshift.scheduled_task set failure_codeunit = null');
  clock.at(earliestStart);
  kit.platform.instance.wake();
  return id;
}

async function stateOf(id: string) {
  const [row] = await kit.query<{ status: string; code: string | null; open: number }>(
    `select e.status, e.error ->> 'code' as code,
      (select count(*)::int from nightshift.job_queue_log_entry l where l.entry_id = e.id and l.status = 'In Process') as open
    from nightshift.job_queue_entry e where e.id = $1`,
    [id],
  );
  return row;
}

test('failed: also without its error handler the entry is in Error, and its log entry closed', async () => {
  behave = (session) => session.error('broken');
  const id = await readyEntry();
  await until('it is in Error', async () => (await stateOf(id))?.status === 'Error');
  expect(await stateOf(id)).toEqual({ status: 'Error', code: 'CODEUNIT_ERROR', open: 0 });
});

test('timed out', async () => {
  const begun = Promise.withResolvers<void>();
  behave = async (session) => {
    begun.resolve();
    await session.sleep(HOUR_MS);
  };
  const id = await readyEntry(SECOND_MS);
  await begun.promise;
  await clock.advance(2 * SECOND_MS);
  await until('it is in Error', async () => (await stateOf(id))?.status === 'Error');
  expect(await stateOf(id)).toEqual({ status: 'Error', code: 'SESSION_TIMEOUT', open: 0 });
});

test('stopped by somebody', async () => {
  const begun = Promise.withResolvers<number>();
  behave = async (session) => {
    begun.resolve(session.id);
    await session.sleep(HOUR_MS);
  };
  const id = await readyEntry();
  await stopSession(kit.admin, await begun.promise, 'enough');
  await until('it is in Error', async () => (await stateOf(id))?.status === 'Error');
  expect(await stateOf(id)).toEqual({ status: 'Error', code: 'SESSION_STOPPED', open: 0 });
});

test('cancelled', async () => {
  const earliestStart = new Date(clock.now().getTime() + HOUR_MS);
  const { id } = await jobQueue.create(kit.admin, { object: sync, earliestStart });
  const { taskId } = await jobQueue.setStatusToReady(kit.admin, id);
  expect(await taskScheduler.cancelTask(kit.admin, taskId ?? '')).toBe(true);
  expect((await stateOf(id))?.status).toBe('On Hold');
});

test('refused because its user is gone', async () => {
  const earliestStart = new Date(clock.now().getTime() + MINUTE_MS);
  const { id } = await jobQueue.create(kit.admin, { object: sync, earliestStart });
  const { taskId } = await jobQueue.setStatusToReady(kit.admin, id);
  await kit.query('update nightshift.scheduled_task set user_no = 99 where id = $1', [taskId]);
  clock.at(earliestStart);
  kit.platform.instance.wake();
  await until('it is in Error', async () => (await stateOf(id))?.status === 'Error');
  expect(await stateOf(id)).toEqual({ status: 'Error', code: 'USER_UNKNOWN', open: 0 });
});
