import { expect, test } from 'vitest';
import { codeunit, startSession } from '../session/index.ts';
import { until } from '../testing/condition.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { addSets, addUsers } from '../testing/test-rights.ts';
import { jobQueue, taskScheduler, users } from './verbs.ts';

const FUTURE = new Date('2999-01-01T00:00:00Z');
const ran: string[] = [];
const gate = Promise.withResolvers<void>();
const plain = codeunit({ name: 'Plain', onRun: ({ user }) => void ran.push(user) });
const failure = codeunit({ name: 'Failure', onRun: ({ user }) => void ran.push(`failure ${user}`) });
/** Holds its place. */
const holder = codeunit({ name: 'Holder', onRun: () => gate.promise });

async function withLeaver(): Promise<TestPlatform> {
  ran.length = 0;
  const kit = await startTestPlatform({
    codeunits: [plain, failure, holder],
    sessions: { backgroundSessionsMaxConcurrent: 1 },
  });
  await addSets(kit, { Work: { codeunits: ['*'] } });
  await addUsers(kit, { name: 'LEAVER', sets: ['Job Queue Run', 'Work'] });
  return kit;
}

test('an entry whose user is gone ends in Error, and says why; its task is not retried', async () => {
  await using kit = await withLeaver();
  const leaver = kit.platform.as({ user: 'LEAVER', company: 'CRONUS' });
  const entry = await jobQueue.create(leaver, { object: plain, earliestStart: FUTURE });
  await jobQueue.setStatusToReady(leaver, entry.id);
  await users.disable(kit.admin, 'LEAVER');
  await kit.query('update nightshift.scheduled_task set due = now()');
  kit.platform.instance.wake();
  const end = await kit.waitFor('LC0045');
  expect(end.dimensions).toMatchObject({ errorCode: 'USER_DISABLED', decision: 'failed' });
  await until('the entry has ended', async () => {
    const { status, error } = await jobQueue.get(kit.admin, entry.id);
    return status === 'Error' && error?.code === 'USER_DISABLED';
  });
  expect(await taskScheduler.list(kit.admin, { userGone: true })).toMatchObject([
    { state: 'Failed', user: 'LEAVER', error: { code: 'USER_DISABLED' } },
  ]);
  expect(ran).toEqual([]);
});

test.each([
  ['before it has begun', 'skipRun'],
  ['when its object has ended', 'afterRun'],
] as const)(
  'an entry whose user is disabled %s says why, and nobody is said to have tried something',
  async (_, hook) => {
    ran.length = 0;
    let isDisabled = false;
    const disable = async () => {
      await users.disable(kit.admin, 'LEAVER');
      isDisabled = true;
      return null;
    };
    await using kit: TestPlatform = await startTestPlatform({
      codeunits: [plain],
      jobQueueHooks: { [hook]: disable },
    });
    await addUsers(kit, { name: 'LEAVER', sets: ['SUPER'] });
    const leaver = kit.platform.as({ user: 'LEAVER', company: 'CRONUS' });
    const entry = await jobQueue.create(leaver, { object: plain });
    await jobQueue.setStatusToReady(leaver, entry.id);
    await until('the entry has ended', async () => {
      const { status } = await jobQueue.get(kit.admin, entry.id);
      return isDisabled && status === 'Error';
    });
    expect((await jobQueue.get(kit.admin, entry.id)).error).toMatchObject({
      code: 'USER_DISABLED',
      message: 'User LEAVER is disabled.',
    });
    expect(ran).toEqual(hook === 'skipRun' ? [] : ['LEAVER']);
    await kit.platform.instance.host.audit.flush();
    const denials = `select verb, object_name, reason from nightshift.audit_log where result = 'denied' order by at, id`;
    expect(await kit.query(denials)).toEqual([]);
  },
);

test('a task that waits for its retry fails at its turn, without its failure codeunit', async () => {
  await using kit = await withLeaver();
  const leaver = kit.platform.as({ user: 'LEAVER', company: 'CRONUS' });
  const id = await taskScheduler.createTask(leaver, plain, { failureCodeunit: failure, notBefore: FUTURE });
  await users.disable(kit.admin, 'LEAVER');
  expect((await taskScheduler.explain(kit.admin, id))?.why).toMatch(/LEAVER is disabled/);
  await kit.query('update nightshift.scheduled_task set due = now(), attempt = 3');
  kit.platform.instance.wake();
  await kit.waitFor('LC0045', ({ taskId }) => taskId === id);
  expect(ran).toEqual([]);
});

test('a session that waits for a place never begins', async () => {
  await using kit = await withLeaver();
  await startSession(kit.admin, holder);
  const { started, finished } = await startSession(
    kit.platform.as({ user: 'LEAVER', company: 'CRONUS' }),
    plain,
  );
  started.catch(() => undefined);
  await users.disable(kit.admin, 'LEAVER');
  gate.resolve();
  expect(await finished).toMatchObject({ succeeded: false, error: { code: 'USER_DISABLED' } });
  await expect(started).rejects.toMatchObject({ code: 'SESSION_ENDED' });
  expect(ran).toEqual([]);
});
