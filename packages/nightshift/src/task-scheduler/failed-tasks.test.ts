import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { jobQueue } from '../platform/index.ts';
import { codeunit, openDoor, ServiceRegistry } from '../session/index.ts';
import { behaviours, leaveEffect } from '../testing/behaviours.ts';
import { until } from '../testing/condition.ts';
import { EFFECTS } from '../testing/effects.sql.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { deleteFailedTask, rerunFailedTask } from './failed-tasks.ts';
import { getTask, listTasks } from './task-list.ts';
import { canCreateTask, createTask, taskExists } from './task-scheduler.ts';

const UNKNOWN_ID = '019b0000-0000-7000-8000-000000000001';

const { main, failure, codeunits, choose } = behaviours();
const object = codeunit({ name: 'Object', onRun: () => undefined });
let kit: TestPlatform;

beforeAll(async () => {
  kit = await startTestPlatform({ codeunits: [...codeunits, object], migrations: [EFFECTS] });
  await kit.query("insert into nightshift.company (name) values ('Other')");
});
afterAll(() => kit.stop());

const completed = (task: string) => kit.waitFor('LC0043', ({ taskId }) => taskId === task);

async function failed(options: object = {}) {
  let fails = true;
  const record = choose(async (session) => {
    await leaveEffect(session);
    if (fails) throw new Error('not today');
  });
  const task = await createTask(kit.admin, main, { record, timeout: 5_000, ...options });
  await until('it has failed', async () => (await getTask(kit.admin, task))?.state === 'Failed');
  return { task, heal: () => (fails = false) };
}

const effectsOf = async (task: string) =>
  (await kit.query('select from co_1.effect where task = $1', [task])).length;

describe('rerunFailedTask', () => {
  test.each(['outside', 'inside'])(
    '%s a session: it runs as on its first day, and is done',
    async (where) => {
      const { task, heal } = await failed();
      expect(await getTask(kit.admin, task)).toMatchObject({
        state: 'Failed',
        error: { message: 'not today' },
      });
      heal();
      const done =
        where === 'outside'
          ? rerunFailedTask(kit.admin, task)
          : kit.open((session) => rerunFailedTask(session, task));
      expect(await done).toBe(true);
      await completed(task);
      expect(await effectsOf(task)).toBe(1);
      expect(await getTask(kit.admin, task)).toBeNull();
    },
  );

  test('keeps what it was created with, and begins anew with everything else', async () => {
    const { task } = await failed({ failureCodeunit: undefined, idempotencyKey: 'kept' });
    const before = await getTask(kit.admin, task);
    await kit.query('update nightshift.failed_task set codeunit = $2, attempt = 7 where id = $1', [
      task,
      'Away',
    ]);
    expect(await rerunFailedTask(kit.admin, task)).toBe(true);
    const { createdAt, record, user, correlationId } = before as NonNullable<typeof before>;
    expect(await getTask(kit.admin, task)).toMatchObject({
      ...{ createdAt, record, user, correlationId, timeout: 5_000, idempotencyKey: 'kept' },
      ...{
        state: 'Pending',
        codeunit: 'Away',
        attempt: 0,
        losses: 0,
        suspect: 0,
        failing: false,
        error: null,
      },
    });
  });

  test('of one that failed before a release kept its timeout: the default', async () => {
    const { task } = await failed();
    await kit.query("update nightshift.failed_task set codeunit = 'Away', timeout_ms = null where id = $1", [
      task,
    ]);
    await rerunFailedTask(kit.admin, task);
    expect(await getTask(kit.admin, task)).toMatchObject({ timeout: 12 * 3_600_000 });
  });

  test('with its failure codeunit, which failed, too: the main one comes first again', async () => {
    const order: string[] = [];
    const record = choose(
      () => {
        order.push('main');
        throw new Error('main');
      },
      () => {
        order.push('failure');
        throw Object.assign(new Error('failure'), { code: 'RECORD_INVALID' });
      },
    );
    const task = await createTask(kit.admin, main, { record, failureCodeunit: failure });
    await until('the failure codeunit has run', () => order.includes('failure'));
    // It would be retried for long.
    await kit.query(
      `with gone as (delete from nightshift.scheduled_task where id = $1 returning *)
       insert into nightshift.failed_task (id, lane, user_no, codeunit, failure_codeunit, due, record, attempt, error,
         created_at, timeout_ms, state)
       select id, lane, user_no, codeunit, failure_codeunit, due, record, 3, '{}', created_at, timeout_ms, 'Poison' from gone`,
      [task],
    );
    order.length = 0;
    expect(await getTask(kit.admin, task)).toMatchObject({ state: 'Poison' });
    expect(await rerunFailedTask(kit.admin, task)).toBe(true);
    await until('the failure codeunit has run again', () => order.includes('failure'));
    expect(order.slice(0, 2)).toEqual(['main', 'failure']);
  });

  test('five at the same instant: one does it', async () => {
    const { task, heal } = await failed();
    heal();
    const answers = await Promise.all(Array.from({ length: 5 }, () => rerunFailedTask(kit.admin, task)));
    expect(answers.filter(Boolean)).toHaveLength(1);
    await completed(task);
    expect(await effectsOf(task)).toBe(1);
  });

  test('is undone with its transaction', async () => {
    const { task } = await failed();
    const undone = kit.open(async (session) => {
      expect(await rerunFailedTask(session, task)).toBe(true);
      throw new Error('changed my mind');
    });
    await expect(undone).rejects.toThrow('changed my mind');
    expect(await getTask(kit.admin, task)).toMatchObject({ state: 'Failed' });
  });

  test('is refused while another task has its idempotency key', async () => {
    const { task } = await failed({ idempotencyKey: 'taken' });
    const other = await createTask(kit.admin, main, {
      record: { key: 'none' },
      ready: false,
      idempotencyKey: 'taken',
    });
    expect(other).not.toBe(task);
    await expect(rerunFailedTask(kit.admin, task)).rejects.toMatchObject({
      code: 'CONFLICT',
      field: 'idempotencyKey',
    });
    expect(await getTask(kit.admin, task)).toMatchObject({ state: 'Failed' });
  });

  test('is refused for the task of a job queue entry', async () => {
    const entry = await jobQueue.create(kit.admin, {
      object,
      earliestStart: new Date('2999-01-01T00:00:00Z'),
    });
    const { taskId } = await jobQueue.setStatusToReady(kit.admin, entry.id);
    await kit.query(
      `with gone as (delete from nightshift.scheduled_task where id = $1 returning *)
       insert into nightshift.failed_task (id, lane, user_no, codeunit, due, attempt, error, created_at)
       select id, lane, user_no, codeunit, due, 0, '{}', created_at from gone`,
      [taskId],
    );
    await expect(rerunFailedTask(kit.admin, taskId ?? '')).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('set the entry Ready'),
    });
    expect(await deleteFailedTask(kit.admin, taskId ?? '')).toBe(true);
  });
});

describe('deleteFailedTask', () => {
  test('removes it, once, and says so', async () => {
    const { task } = await failed();
    expect(await deleteFailedTask(kit.admin, task)).toBe(true);
    expect(await deleteFailedTask(kit.admin, task)).toBe(false);
    expect(await rerunFailedTask(kit.admin, task)).toBe(false);
    await kit.waitFor('LC0042', ({ taskId }) => taskId === task);
  });
});

describe('both', () => {
  const verbs = { rerunFailedTask, deleteFailedTask };

  test.each(Object.entries(verbs))(
    '%s: false for what is alive, unknown, or of another company',
    async (_, verb) => {
      const { task } = await failed();
      const alive = await createTask(kit.admin, main, { record: { key: 'none' }, ready: false });
      expect(await verb(kit.admin, alive)).toBe(false);
      expect(await taskExists(kit.admin, alive)).toBe(true);
      expect(await verb(kit.admin, UNKNOWN_ID)).toBe(false);
      expect(await kit.open((session) => verb(session, UNKNOWN_ID))).toBe(false);
      const [{ no }] = (await kit.query<{ no: number }>(
        "select no from nightshift.company where name = 'Other'",
      )) as [{ no: number }];
      await kit.query('update nightshift.failed_task set lane = $2 where id = $1', [task, no]);
      expect(await verb(kit.admin, task)).toBe(false);
      await expect(verb(kit.admin, 'x')).rejects.toMatchObject({ code: 'VALIDATION', field: 'taskId' });
    },
  );

  test('SQL of a session cannot act as somebody else', async () => {
    for (const text of [
      `select nightshift_session.rerun_failed_task(1, 2, '${UNKNOWN_ID}', '{}', 1, null)`,
      `select nightshift_session.delete_failed_task(2, 1, '${UNKNOWN_ID}')`,
    ]) {
      const asking = kit.open((session) => session.db.query(text));
      await expect(asking, text).rejects.toMatchObject({ code: 'NS002' });
    }
  });
});

test('listTasks: by state, so many, those due first in front; bad filters are refused', async () => {
  const { task } = await failed();
  const states = ['Failed'] as const;
  const all = await listTasks(kit.admin, { states, limit: 10_000 });
  expect(all.map(({ id }) => id)).toContain(task);
  expect(new Set(all.map(({ state }) => state))).toEqual(new Set(states));
  expect(all.map(({ due }) => due.getTime())).toEqual(
    all.map(({ due }) => due.getTime()).sort((a, b) => a - b),
  );
  expect(await listTasks(kit.admin, { limit: 1 })).toHaveLength(1);
  for (const [field, filter] of [
    ['limit', { limit: 0 }],
    ['limit', { limit: 10_001 }],
    ['states', { states: ['Done'] }],
  ] as const) {
    const listing = listTasks(kit.admin, filter as object);
    await expect(listing).rejects.toMatchObject({ code: 'VALIDATION', field });
  }
});

test('canCreateTask: true, but where there is no task scheduler', async () => {
  expect(await canCreateTask(kit.admin)).toBe(true);
  expect(await kit.open((session) => canCreateTask(session))).toBe(true);
  const stranger = { user: 'ADMIN', company: 'CRONUS', language: 'en-US', timeZone: 'UTC' };
  const services = new ServiceRegistry();
  openDoor(stranger, { service: (key: never) => services.get(key) } as never);
  expect(await canCreateTask(stranger)).toBe(false);
});
