import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SECOND_MS } from '../foundation/index.ts';
import { createPlatform } from '../platform/index.ts';
import { codeunit } from '../session/index.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { addCompany, addSets, addUsers, takeSet } from '../testing/test-rights.ts';
import { deleteFailedTask, rerunFailedTask } from './failed-tasks.ts';
import { reassignTask } from './reassigned-task.ts';
import { explainTask } from './task-explanation.ts';
import { getTask, listTasks } from './task-list.ts';
import { canCreateTask, cancelTask, createTask, setTaskReady, taskExists } from './task-scheduler.ts';

const FUTURE = new Date('2999-01-01T00:00:00Z');
const UNKNOWN_ID = '019b0000-0000-7000-8000-000000000001';
const plain = codeunit({ name: 'Plain', onRun: () => undefined });

let database: TestDatabase;
let kit: TestPlatform;
beforeAll(async () => {
  database = await createTestDatabase();
  kit = await startTestPlatform({
    database,
    codeunits: [plain],
    taskScheduler: { enableTaskScheduler: false },
  });
  await addCompany(kit, 'FABRIKAM');
  await addSets(kit, {
    Work: { codeunits: ['*'] },
    Chief: { codeunits: ['*'], includes: ['Task Admin'] },
    'Not quite': { includes: ['Chief'], excludes: ['Task Admin'] },
  });
  await addUsers(
    kit,
    { name: 'ANNA', sets: ['Work'] },
    { name: 'BERND', sets: ['Work'] },
    { name: 'CHIEF', sets: ['Chief'] },
    { name: 'ALMOST', sets: ['Not quite'] },
    { name: 'WATCHER', sets: ['Auditor', 'Work'] },
    { name: 'GUARD', sets: ['Security Admin'] },
    { name: 'BOTH', sets: ['Task Admin', 'Security Admin'] },
    { name: 'LOCAL', sets: ['Task Admin', 'Work'], company: 'FABRIKAM' },
    { name: 'DELEGATE', sets: ['Task Admin', 'Work'], columns: { is_delegated: true } },
    { name: 'TRAINEE', sets: ['Work'], columns: { can_schedule: false } },
    { name: 'ROBOT', sets: ['Work'], columns: { kind: 'application' } },
    { name: 'GONE', sets: ['SUPER'], columns: { state: 'disabled' } },
    { name: 'EXPIRED', sets: ['SUPER'], columns: { valid_until: '2020-01-01T00:00:00Z' } },
    { name: 'NOBODY', sets: [] },
  );
});
afterAll(async () => {
  await kit.stop();
  await database.drop();
});

const as = (user: string, company = 'CRONUS') => kit.platform.as({ user, company });
const waiting = (user: string) => createTask(as(user), plain, { notBefore: FUTURE });
const code = (wanted: string) => expect.objectContaining({ code: wanted });
const DENIED = code('PERMISSION_DENIED');

async function noOf(user: string): Promise<number> {
  const [row] = await kit.query<{ no: number }>('select no from nightshift.app_user where name = $1', [user]);
  return row?.no ?? 0;
}

/** A task of this user that has failed. */
async function failed(user: string): Promise<string> {
  const id = await waiting(user);
  await kit.query(
    `with gone as (delete from nightshift.scheduled_task where id = $1 returning *)
    insert into nightshift.failed_task (id, lane, user_no, codeunit, due, attempt, timeout_ms, created_at, failed_at, error)
    select id, lane, user_no, codeunit, due, attempt, timeout_ms, created_at, now(), '{"message":"no","code":null}' from gone`,
    [id],
  );
  return id;
}

const audit = (id: string) =>
  kit.query(
    'select user_name, verb, result, error_code from nightshift.audit_log where object_id = $1 order by at, id',
    [id],
  );

describe('what somebody may not see does not exist for him', () => {
  const others = [
    ['ANNA', 'ANNA', true],
    ['another user', 'BERND', false],
    ['a Task Admin', 'CHIEF', true],
    ['who has that only but for what it excludes', 'ALMOST', false],
    ['an Auditor', 'WATCHER', true],
  ] as const;

  test.each(others)('the task of ANNA, for %s', async (_, user, sees) => {
    const [id, dead] = [await waiting('ANNA'), await failed('ANNA')];
    const caller = as(user);
    expect((await getTask(caller, id))?.id).toBe(sees ? id : undefined);
    expect((await explainTask(caller, dead))?.id).toBe(sees ? dead : undefined);
    expect(await taskExists(caller, id)).toBe(sees);
    const listed = (await listTasks(caller, { limit: 10_000 })).map((task) => task.id);
    expect([listed.includes(id), listed.includes(dead)]).toEqual([sees, sees]);
  });

  test.each([
    ['cancelTask', cancelTask, waiting],
    ['setTaskReady', setTaskReady, waiting],
    ['rerunFailedTask', rerunFailedTask, failed],
    ['deleteFailedTask', deleteFailedTask, failed],
  ] as const)(
    '%s: false for who sees nothing, refused for who only sees, done by the others',
    async (name, act, made) => {
      const id = await made('ANNA');
      for (const user of ['BERND', 'ALMOST']) expect(await act(as(user), id), user).toBe(false);
      await expect(act(as('WATCHER'), id)).rejects.toThrow(DENIED);
      await expect(act(as('LOCAL'), id)).rejects.toThrow(DENIED); // has no set in this company
      expect(await act(as('LOCAL', 'FABRIKAM'), id)).toBe(false);
      expect(await act(kit.platform.as({ user: 'CHIEF', company: 'FABRIKAM' }), id)).toBe(false);
      expect(await getTask(as('ANNA'), id)).toMatchObject({ id });
      expect(await act(as('CHIEF'), id)).toBe(true);
      expect(await act(as('ANNA'), await made('ANNA'))).toBe(true);
      const rows = (await audit(id)).map(({ user_name, result }) => `${user_name} ${result}`);
      const done = name === 'setTaskReady' ? [] : ['CHIEF allowed'];
      expect(rows).toEqual(['WATCHER denied', 'LOCAL denied', ...done]);
    },
  );

  test.each([true, false])('an unknown id is false for everybody; within a session: %s', async (inside) => {
    for (const act of [cancelTask, setTaskReady, taskExists, rerunFailedTask, deleteFailedTask]) {
      const answer = inside
        ? await kit.platform.open({ user: 'ANNA', company: 'CRONUS' }, (session) => act(session, UNKNOWN_ID))
        : await act(as('CHIEF'), UNKNOWN_ID);
      expect(answer).toBe(false);
    }
  });

  test('in a session the same holds, and what was done is in the audit log when that commits', async () => {
    const [own, other] = [await waiting('ANNA'), await waiting('BERND')];
    const session = { user: 'ANNA', company: 'CRONUS' };
    await kit.platform.open(session, async (anna) => {
      expect(await cancelTask(anna, other)).toBe(false);
      expect(await cancelTask(anna, own)).toBe(true);
      expect(await taskExists(anna, other)).toBe(false);
    });
    expect(await audit(own)).toMatchObject([{ user_name: 'ANNA', verb: 'task.cancel', result: 'allowed' }]);
    const undone = kit.platform.open({ user: 'CHIEF', company: 'CRONUS' }, async (chief) => {
      expect(await cancelTask(chief, other)).toBe(true);
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    expect(await taskExists(as('BERND'), other)).toBe(true);
    expect(await audit(other)).toEqual([]);
  });
});

describe('who may schedule', () => {
  test.each([
    ['ANNA', 'CRONUS', null],
    ['TRAINEE', 'CRONUS', 'APPROVAL_NEEDED'],
    ['DELEGATE', 'CRONUS', 'APPROVAL_NEEDED'],
    ['GONE', 'CRONUS', 'USER_DISABLED'],
    ['EXPIRED', 'CRONUS', 'USER_DISABLED'],
    ['LOCAL', 'CRONUS', 'PERMISSION_DENIED'],
    ['LOCAL', 'FABRIKAM', null],
    ['NOBODY', 'CRONUS', 'PERMISSION_DENIED'],
  ])('%s in %s: %s', async (user, company, refusal) => {
    const caller = as(user, company);
    expect(await canCreateTask(caller)).toBe(refusal === null);
    const created = createTask(caller, plain, { notBefore: FUTURE });
    if (refusal === null) await expect(created).resolves.toBeTypeOf('string');
    else await expect(created).rejects.toThrow(code(refusal));
  });

  test('who has no permission set in the company is told that', async () => {
    await expect(taskExists(as('NOBODY'), UNKNOWN_ID)).rejects.toThrow(
      'User NOBODY may not see scheduled tasks; he has no permission set in company CRONUS.',
    );
  });

  test.each([
    ['TRAINEE', 'APPROVAL_NEEDED'],
    ['DELEGATE', 'APPROVAL_NEEDED'],
  ])('%s may see and cancel, but set nothing ready and rerun nothing', async (user, refusal) => {
    const id = await waiting('ANNA');
    const dead = await failed('ANNA');
    await kit.query('update nightshift.scheduled_task set user_no = $2 where id = $1', [
      id,
      await noOf(user),
    ]);
    await kit.query('update nightshift.failed_task set user_no = $2 where id = $1', [dead, await noOf(user)]);
    await expect(setTaskReady(as(user), id)).rejects.toThrow(code(refusal));
    await expect(rerunFailedTask(as(user), dead)).rejects.toThrow(code(refusal));
    expect(await getTask(as(user), id)).toMatchObject({ user });
    expect(await cancelTask(as(user), id)).toBe(true);
    expect(await deleteFailedTask(as(user), dead)).toBe(true);
  });
});

describe('SQL of a session, past the verbs', () => {
  const task = { id: UNKNOWN_ID, codeunit: 'Plain', ready: true, due: '2999-01-01', timeout_ms: 1 };
  const raw = (user: string, text: string, values: readonly unknown[]) =>
    kit.platform.open({ user, company: 'CRONUS' }, async (session) => {
      const no = await noOf(user);
      const { rows } = await session.db.query<Record<string, unknown>>(text, [no, 1, ...values]);
      return rows;
    });
  const REFUSED = expect.objectContaining({ code: 'NS002' });
  const CREATE = 'select * from nightshift_session.create_tasks($1, $2, $3, null)';

  test.each(['TRAINEE', 'DELEGATE'])('%s creates none, and sets none ready', async (user) => {
    await expect(raw(user, CREATE, [JSON.stringify([task])])).rejects.toThrow(REFUSED);
    const forged = { ...task, codeunit: 'Job Queue Dispatcher', record: { entryId: UNKNOWN_ID } };
    await expect(raw(user, CREATE, [JSON.stringify([forged])])).rejects.toThrow(REFUSED);
    const id = await waiting('ANNA');
    await kit.query('update nightshift.scheduled_task set user_no = $2 where id = $1', [
      id,
      await noOf(user),
    ]);
    const ready = 'select nightshift_session.set_task_ready($1, $2, $3, null, false, true)';
    await expect(raw(user, ready, [id])).rejects.toThrow(REFUSED);
    const rerun = 'select nightshift_session.rerun_failed_task($1, $2, $3, $4, 1, null, false)';
    await expect(raw(user, rerun, [id, []])).rejects.toThrow(REFUSED);
  });

  test('who may schedule does, as himself', async () => {
    await expect(raw('ANNA', CREATE, [JSON.stringify([task])])).resolves.toEqual([]);
    await expect(
      raw('ANNA', 'select $1::int, $2::int, nightshift_session.create_tasks(1, 1, $3, null)', [
        JSON.stringify([task]),
      ]),
    ).rejects.toThrow(REFUSED);
    expect(await cancelTask(as('ANNA'), task.id)).toBe(true);
  });

  test("nobody touches another's task, whatever he says of himself", async () => {
    const [id, dead] = [await waiting('ANNA'), await failed('ANNA')];
    for (const [text, more] of [
      ['select nightshift_session.set_task_ready($1, $2, $3, null, false, true) as answer', []],
      ['select answer from nightshift_session.cancel_task($1, $2, $3, false)', []],
      ['select nightshift_session.task_exists($1, $2, $3, false)::text as answer', []],
    ] as const) {
      const [row] = await raw('BERND', text, [id, ...more]);
      expect(row?.['answer'], text).toMatch(/^(foreign|false)$/);
    }
    for (const text of [
      'select answer from nightshift_session.delete_failed_task($1, $2, $3, false)',
      "select answer from nightshift_session.rerun_failed_task($1, $2, $3, '{}', 1, null, false)",
    ]) {
      expect(await raw('BERND', text, [dead])).toEqual([{ answer: 'foreign' }]);
    }
    const give = "select nightshift_session.reassign_task($1, $2, $3, $1, '{}', 1, null)";
    await expect(raw('BERND', give, [id])).rejects.toThrow(REFUSED);
    expect([await taskExists(as('ANNA'), id), (await getTask(as('ANNA'), dead))?.state]).toEqual([
      true,
      'Failed',
    ]);
  });

  test('rows of the audit log are in his own name, and allowed ones only', async () => {
    const row = {
      id: UNKNOWN_ID,
      user_no: 1,
      user_name: 'ADMIN',
      verb: 'x',
      object_kind: 'task',
      result: 'denied',
    };
    await raw('BERND', 'select nightshift_session.audit_add($1, $2, $3)', [JSON.stringify(row)]);
    const rows = await kit.query(
      'select user_name, company_name, result from nightshift.audit_log where id = $1',
      [UNKNOWN_ID],
    );
    expect(rows).toEqual([{ user_name: 'BERND', company_name: 'CRONUS', result: 'allowed' }]);
    const forged = raw('BERND', 'select $1::int, $2::int, nightshift_session.audit_add(1, 1, $3)', ['{}']);
    await expect(forged).rejects.toThrow(REFUSED);
  });
});

describe('reassign', () => {
  test.each([
    ['that waits', waiting],
    ['that has failed', failed],
  ])("a task %s is the new user's, and Not Ready until he sets it ready himself", async (_, made) => {
    const id = await made('ANNA');
    expect(await reassignTask(as('CHIEF'), id, { user: 'BERND' })).toBe(true);
    expect(await explainTask(as('BERND'), id)).toMatchObject({
      state: 'Not Ready',
      user: 'BERND',
      reassignedBy: 'CHIEF',
      why: 'It is Not Ready: CHIEF has given it to BERND, who has to set it ready.',
    });
    expect(await getTask(as('ANNA'), id)).toBe(null);
    expect(await setTaskReady(as('ANNA'), id)).toBe(false);
    await expect(setTaskReady(as('CHIEF'), id)).rejects.toThrow(/who has to set it ready himself/);
    await expect(setTaskReady(as('BOTH'), id)).rejects.toThrow(DENIED);
    expect(await setTaskReady(as('BERND'), id, { notBefore: FUTURE })).toBe(true);
    expect(await getTask(as('BERND'), id)).toMatchObject({ state: 'Pending', reassignedBy: null });
    // From then on it is a task like any other.
    expect(await setTaskReady(as('CHIEF'), id, { notBefore: FUTURE })).toBe(true);
    const [row] = await kit.query(
      "select user_name, before, after from nightshift.audit_log where object_id = $1 and verb = 'task.reassign'",
      [id],
    );
    expect(row).toEqual({
      user_name: 'CHIEF',
      before: { user: await noOf('ANNA') },
      after: { user: await noOf('BERND') },
    });
  });

  test('to an application user it takes Security Admin, who also sets it ready', async () => {
    const id = await waiting('ANNA');
    await expect(reassignTask(as('CHIEF'), id, { user: 'ROBOT' })).rejects.toThrow(
      /may not have work run as an application user; .*Security Admin/,
    );
    await expect(reassignTask(as('GUARD'), id, { user: 'ROBOT' })).rejects.toThrow(DENIED);
    expect(await reassignTask(as('BOTH'), id, { user: 'ROBOT' })).toBe(true);
    await expect(setTaskReady(as('CHIEF'), id)).rejects.toThrow(DENIED);
    expect(await setTaskReady(as('BERND'), id)).toBe(false);
    expect(await setTaskReady(as('GUARD'), id, { notBefore: FUTURE })).toBe(true);
  });

  test('nobody but who may', async () => {
    const id = await waiting('ANNA');
    for (const user of ['ANNA', 'BERND', 'WATCHER', 'ALMOST', 'LOCAL'])
      await expect(reassignTask(as(user), id, { user: 'BERND' }), user).rejects.toThrow(DENIED);
    expect(await reassignTask(as('LOCAL', 'FABRIKAM'), id, { user: 'LOCAL' })).toBe(false);
    expect(await reassignTask(as('CHIEF'), UNKNOWN_ID, { user: 'BERND' })).toBe(false);
  });

  test.each([
    ['NOWHERE', 'USER_UNKNOWN'],
    ['GONE', 'USER_DISABLED'],
    ['ANNA', 'CONFLICT'],
  ])('to %s: %s', async (user, refusal) => {
    const id = await waiting('ANNA');
    await expect(reassignTask(as('CHIEF'), id, { user })).rejects.toThrow(code(refusal));
  });

  test('not one that runs, nor that of a job queue entry, nor one whose key is taken', async () => {
    const give = (id: string) => reassignTask(as('CHIEF'), id, { user: 'BERND' });
    const running = await waiting('ANNA');
    await kit.query('update nightshift.scheduled_task set claim = gen_random_uuid() where id = $1', [
      running,
    ]);
    await expect(give(running)).rejects.toThrow(/is running/);
    for (const made of [waiting, failed]) {
      const id = await made('ANNA');
      for (const table of ['scheduled_task', 'failed_task']) {
        const text = `update nightshift.${table} set codeunit = 'Job Queue Dispatcher' where id = $1`;
        await kit.query(text, [id]);
      }
      await expect(give(id)).rejects.toThrow(/reassign the entry/);
    }
    const dead = await failed('ANNA');
    await kit.query("update nightshift.failed_task set idempotency_key = 'k' where id = $1", [dead]);
    await createTask(as('ANNA'), plain, { notBefore: FUTURE, idempotencyKey: 'k' });
    await expect(give(dead)).rejects.toThrow(/idempotency key/);
  });
});

describe('tasks of users who are gone', () => {
  test('are listed, and say what to do', async () => {
    await addUsers(kit, { name: 'LEAVER', sets: ['Work'] });
    const [id, dead] = [await waiting('LEAVER'), await failed('LEAVER')];
    expect(await listTasks(as('CHIEF'), { userGone: true })).toEqual([]);
    await kit.query("update nightshift.app_user set state = 'disabled' where name = 'LEAVER'");
    const gone = await listTasks(as('CHIEF'), { userGone: true });
    expect(gone.map((task) => [task.id, task.user, task.userGone])).toEqual(
      expect.arrayContaining([
        [id, 'LEAVER', true],
        [dead, 'LEAVER', true],
      ]),
    );
    expect(await listTasks(as('CHIEF'), { userGone: true, states: ['Failed'] })).toHaveLength(1);
    expect((await explainTask(as('CHIEF'), id))?.why).toMatch(
      /^It will fail when it is due, at 2999-.*: its user LEAVER is disabled or no longer valid; have it run as somebody else\.$/,
    );
    expect((await explainTask(as('CHIEF'), dead))?.why).toMatch(/its user LEAVER is disabled .* else\.$/);
    for (const task of [id, dead])
      expect(await reassignTask(as('CHIEF'), task, { user: 'BERND' })).toBe(true);
    expect(await listTasks(as('CHIEF'), { userGone: true })).toEqual([]);
    await expect(listTasks(as('CHIEF'), { userGone: 'yes' as never })).rejects.toThrow(code('VALIDATION'));
  });
});

describe('a right that is taken away by another process', () => {
  test('is gone for verbs at the latest after a second', async () => {
    const clock = new FakeClock();
    const other = await createPlatform({
      database: { url: database.url },
      codeunits: [plain],
      clock,
      environment: 'test',
    });
    try {
      await addUsers(kit, { name: 'SHORT', sets: ['Task Admin', 'Work'] });
      await other.directory.refresh();
      const id = await waiting('ANNA');
      const short = other.as({ user: 'SHORT', company: 'CRONUS' });
      expect(await taskExists(short, id)).toBe(true);
      await takeSet(kit, 'SHORT', 'Task Admin');
      // It runs no server instance, so that nobody tells it.
      await clock.advance(SECOND_MS);
      expect(await cancelTask(short, id)).toBe(false);
      expect(await listTasks(short)).toEqual([]);
      await kit.query("update nightshift.app_user set state = 'disabled' where name = 'SHORT'");
      await clock.advance(SECOND_MS);
      await expect(createTask(short, plain)).rejects.toThrow(code('USER_DISABLED'));
      await expect(other.open({ user: 'SHORT', company: 'CRONUS' }, async () => 1)).rejects.toThrow(
        code('USER_DISABLED'),
      );
      // Nobody is refused by what was true a moment ago.
      await kit.query("update nightshift.app_user set state = 'enabled' where name = 'SHORT'");
      expect(await canCreateTask(short)).toBe(false);
      await expect(createTask(short, plain, { notBefore: FUTURE })).resolves.toBeTypeOf('string');
    } finally {
      await other.stop();
    }
  });
});
