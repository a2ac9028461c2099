import { describe, expect, test } from 'vitest';
import type { Executor } from '../database/index.ts';
import { NightshiftError } from '../foundation/index.ts';
import { behaviours } from '../testing/behaviours.ts';
import { until } from '../testing/condition.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { startTestPlatform } from '../testing/test-platform.ts';
import { createTask } from './task-scheduler.ts';
import { TaskUsers, USER_FRESH_MS } from './task-users.ts';

const ROW = { name: 'ANNA', language: 'de-DE', time_zone: 'Europe/Berlin' };
const ANNA = { name: 'ANNA', language: 'de-DE', timeZone: 'Europe/Berlin' };

/** Users over a database that is a list. */
function usersOver(present: readonly number[], asks = true) {
  const clock = new FakeClock();
  const calls: (readonly number[])[] = [];
  const state = { present, error: null as Error | null };
  const database = {
    run: async (_, [wanted]) => {
      calls.push(wanted as readonly number[]);
      const { error } = state;
      state.error = null;
      if (error !== null) throw error;
      return state.present.filter((no) => calls.at(-1)?.includes(no)).map((no) => ({ no, ...ROW }));
    },
  } as Executor;
  const directory = {
    userByNo(no: number) {
      if (no === 1) return { no, ...ANNA, name: 'OLD' };
      throw new NightshiftError('USER_UNKNOWN', 'none');
    },
  };
  const users = new TaskUsers({ database, clock, directory, enableUserConsistencyValidationOnTasks: asks });
  return { users, clock, calls, state };
}

const unknown = expect.objectContaining({ code: 'USER_UNKNOWN' });

describe('the users of tasks', () => {
  test('are read when they are not known, all that are asked for at once in one statement', async () => {
    const { users, calls } = usersOver([1, 2]);
    expect(users.fresh(1)).toBe(null);
    const found = await Promise.all([users.lookUp(1), users.lookUp(2), users.lookUp(1)]);
    expect(found).toEqual([1, 2, 1].map((no) => ({ no, ...ANNA })));
    expect(calls).toEqual([[1, 2]]);
    expect(users.fresh(2)).toEqual({ no: 2, ...ANNA });
  });

  test('are known for a second, also that there is none', async () => {
    const { users, clock, calls, state } = usersOver([1]);
    await users.lookUp(1);
    await expect(users.lookUp(2)).rejects.toThrow(unknown);
    await clock.advance(USER_FRESH_MS - 1);
    expect(users.fresh(1)).toMatchObject({ no: 1 });
    expect(() => users.fresh(2)).toThrow(unknown);
    await clock.advance(1);
    expect([users.fresh(1), users.fresh(2)]).toEqual([null, null]);
    state.present = [2];
    await expect(users.lookUp(1)).rejects.toThrow(unknown);
    expect(await users.lookUp(2)).toMatchObject({ no: 2 });
    expect(calls).toHaveLength(4);
  });

  test('a connection that breaks is tried again; what is refused is told', async () => {
    const { users, calls, state } = usersOver([1]);
    state.error = new Error('Connection terminated unexpectedly');
    expect(await users.lookUp(1)).toMatchObject({ no: 1 });
    expect(calls).toHaveLength(2);
    state.error = Object.assign(new Error('no'), { code: '42501' });
    await expect(users.lookUp(3)).rejects.toMatchObject({ code: '42501' });
  });

  test('are those of the start when the database is not to be asked', () => {
    const { users, calls } = usersOver([], false);
    expect(users.fresh(1)).toMatchObject({ name: 'OLD' });
    expect(() => users.fresh(2)).toThrow(unknown);
    expect(calls).toEqual([]);
  });
});

describe('a task whose user is gone', () => {
  test.each([
    [true, { decision: 'failed', errorCode: 'USER_UNKNOWN', sessionId: 0 }, []],
    [false, { isFailureCodeunit: false }, ['main']],
  ] as const)('with the validation %s', async (enableUserConsistencyValidationOnTasks, end, ran) => {
    const { main, failure, codeunits, choose } = behaviours();
    const clock = new FakeClock();
    const taskScheduler = { enableUserConsistencyValidationOnTasks };
    await using kit = await startTestPlatform({ codeunits, clock, taskScheduler });
    const runs: string[] = [];
    const record = choose(
      () => runs.push('main'),
      () => runs.push('failure'),
    );
    const options = { record, failureCodeunit: failure };
    const first = await createTask(kit.admin, main, options);
    await kit.waitFor('LC0043', ({ taskId }) => taskId === first);
    runs.length = 0;
    const task = await createTask(kit.admin, main, { ...options, ready: false });
    await kit.query('delete from nightshift.app_user');
    await clock.advance(USER_FRESH_MS);
    await kit.query('update nightshift.scheduled_task set ready = true where id = $1', [task]);
    kit.platform.instance.wake();
    const id = enableUserConsistencyValidationOnTasks ? 'LC0045' : 'LC0043';
    expect((await kit.waitFor(id, ({ taskId }) => taskId === task)).dimensions).toMatchObject(end);
    expect(runs).toEqual(ran);
    await until('it is gone', async () => {
      const rows = await kit.query('select from nightshift.scheduled_task where id = $1', [task]);
      return rows.length === 0;
    });
  });

  test('what he is called, and his language, are those of now', async () => {
    const { main, codeunits, choose } = behaviours();
    const clock = new FakeClock();
    await using kit = await startTestPlatform({ codeunits, clock });
    const seen = Promise.withResolvers<readonly string[]>();
    await kit.query("update nightshift.app_user set name = 'ANNA', language = 'de-DE' where no = 1");
    const record = choose(({ user, timeZone }) => seen.resolve([user, timeZone]));
    await createTask(kit.admin, main, { record });
    expect(await seen.promise).toEqual(['ANNA', 'UTC']);
  });
});
