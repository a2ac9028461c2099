import { describe, expect, test } from 'vitest';
import { NightshiftError, SECOND_MS } from '../foundation/index.ts';
import type { Directory, UserCard } from '../permissions/index.ts';
import { behaviours } from '../testing/behaviours.ts';
import { until } from '../testing/condition.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { startTestPlatform } from '../testing/test-platform.ts';
import { createTask } from './task-scheduler.ts';
import { TaskUsers } from './task-users.ts';

const ANNA = { no: 1, name: 'ANNA', state: 'enabled', validUntil: null } as UserCard;

/** Users over a directory that is a list; `present` is what the database has, `told` what this process was told. */
function usersOver(told: readonly UserCard[], present = told, asks = true) {
  const clock = new FakeClock(new Date('2026-08-01T00:00:00Z'));
  const of = (users: readonly UserCard[]) =>
    ({
      userByNo(no: number) {
        const user = users.find((one) => one.no === no);
        if (user === undefined) throw new NightshiftError('USER_UNKNOWN', 'none');
        return user;
      },
    }) as Directory;
  const asked: string[] = [];
  const state = { isFresh: true, error: null as Error | null };
  const ask = async (what: string) => {
    asked.push(what);
    const { error } = state;
    state.error = null;
    if (error !== null) throw error;
    return of(what === 'fresh' && state.isFresh ? told : present);
  };
  const directory = {
    get isFresh() {
      return state.isFresh;
    },
    current: of(told),
    fresh: () => ask('fresh'),
    confirmed: () => ask('confirmed'),
  };
  const users = new TaskUsers({ clock, directory, enableUserConsistencyValidationOnTasks: asks });
  return { users, clock, asked, state };
}

describe('the users of tasks', () => {
  test('take no wait while what is known is fresh', async () => {
    const { users, asked, state } = usersOver([ANNA]);
    expect(users.fresh(1)).toBe(ANNA);
    state.isFresh = false;
    expect(users.fresh(1)).toBe(null);
    expect(await users.lookUp(1)).toBe(ANNA);
    expect(asked).toEqual(['fresh']);
  });

  test.each([
    ['is disabled', { state: 'disabled' }, 'USER_DISABLED'],
    ['has expired', { validUntil: new Date('2026-08-01T00:00:00Z') }, 'USER_DISABLED'],
    ['is there no more', null, 'USER_UNKNOWN'],
  ] as const)('whoever %s is refused by what is true now', async (_, more, code) => {
    const gone = more === null ? [] : [{ ...ANNA, ...more } as UserCard];
    const { users, asked } = usersOver(gone);
    expect(users.fresh(1)).toBe(null);
    await expect(users.lookUp(1)).rejects.toMatchObject({ code });
    expect(asked).toEqual(['fresh', 'confirmed']);
    // Enabled again a moment ago, as this process has not heard yet.
    expect(await usersOver(gone, [ANNA]).users.lookUp(1)).toBe(ANNA);
  });

  test('whoever is valid until later is there, and gone from that instant on', async () => {
    const until = new Date('2026-08-01T00:00:01Z');
    const { users, clock } = usersOver([{ ...ANNA, validUntil: until }]);
    expect(users.fresh(1)).toMatchObject({ no: 1 });
    await clock.advance(SECOND_MS);
    expect(users.fresh(1)).toBe(null);
  });

  test('a connection that breaks is tried again; what is refused is told', async () => {
    const { users, asked, state } = usersOver([ANNA]);
    state.error = new Error('Connection terminated unexpectedly');
    expect(await users.lookUp(1)).toBe(ANNA);
    expect(asked).toHaveLength(2);
    state.error = Object.assign(new Error('no'), { code: '42501' });
    await expect(users.lookUp(3)).rejects.toMatchObject({ code: '42501' });
  });

  test('are those that this process was told of last when the database is not to be asked', () => {
    const { users, asked, state } = usersOver([ANNA], [], false);
    state.isFresh = false;
    expect(users.fresh(1)).toBe(ANNA);
    expect(asked).toEqual([]);
  });
});

describe('a task whose user is gone', () => {
  test.each([
    ['is disabled', "update nightshift.app_user set state = 'disabled'", 'USER_DISABLED'],
    ['has expired', 'update nightshift.app_user set valid_until = $1', 'USER_DISABLED'],
    [
      'is deleted, past all verbs',
      'with gone as (delete from nightshift.permission_assignment) delete from nightshift.app_user',
      'USER_UNKNOWN',
    ],
  ] as const)('who %s: it fails at once, and nothing of it runs', async (_, change, errorCode) => {
    const { main, failure, codeunits, choose } = behaviours();
    const clock = new FakeClock();
    await using kit = await startTestPlatform({ codeunits, clock });
    const runs: string[] = [];
    const record = choose(
      () => runs.push('main'),
      () => runs.push('failure'),
    );
    const options = { record, failureCodeunit: failure };
    const task = await createTask(kit.admin, main, { ...options, ready: false });
    await kit.query(change, change.includes('$1') ? [clock.now()] : []);
    await kit.platform.directory.refresh();
    await kit.query('update nightshift.scheduled_task set ready = true where id = $1', [task]);
    kit.platform.instance.wake();
    const end = await kit.waitFor('LC0045', ({ taskId }) => taskId === task);
    expect(end.dimensions).toMatchObject({ decision: 'failed', errorCode, sessionId: 0 });
    expect(runs).toEqual([]);
    await until('it is there as a failed one', async () => {
      const rows = await kit.query('select from nightshift.failed_task where id = $1', [task]);
      return rows.length === 1;
    });
  });

  test('what he is called, and his language, are those of now', async () => {
    const { main, codeunits, choose } = behaviours();
    const clock = new FakeClock();
    await using kit = await startTestPlatform({ codeunits, clock });
    const seen = Promise.withResolvers<readonly string[]>();
    await kit.query("update nightshift.app_user set name = 'ANNA', language = 'de-DE' where no = 1");
    await kit.platform.directory.refresh();
    const record = choose(({ user, timeZone }) => seen.resolve([user, timeZone]));
    await createTask(kit.admin, main, { record });
    expect(await seen.promise).toEqual(['ANNA', 'UTC']);
  });
});
