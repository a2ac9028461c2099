import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { classifyFailure } from '../database/index.ts';
import { taskScheduler } from '../platform/index.ts';
import { until } from '../testing/condition.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { ADMIN, startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { doorOf } from './caller.ts';
import { codeunit } from './codeunit.ts';
import type { Session } from './session.ts';

const SECOND = { user: 'SECOND', company: 'Other' };
const PAGE_TASKS = 2;
/** One for a task, four for the foreground, eight for chunks of work items, and those of page background tasks. */
const SLOTS = 13 + PAGE_TASKS;

const idle = codeunit({ name: 'Idle', onRun: () => undefined });

let database: TestDatabase;
let world: TestPlatform;

beforeAll(async () => {
  database = await createTestDatabase();
  await database.query("insert into nightshift.company (name) values ('Other')");
  await database.query("insert into nightshift.app_user (name) values ('SECOND')");
  await database.query(
    `insert into nightshift.permission_assignment (user_no, set_no)
     select u.no, s.no from nightshift.app_user u, nightshift.permission_set s
     where u.name = 'SECOND' and s.name = 'SUPER'`,
  );
  world = await start();
});
afterAll(async () => {
  await world.stop();
  await database.drop();
});

function start(): Promise<TestPlatform> {
  return startTestPlatform({
    database,
    codeunits: [idle],
    migrations: [{ name: '0001_note', sql: 'create table note (text text)' }],
    taskScheduler: { maximumConcurrentRunningTasks: 1 },
    sessions: { backgroundSessionsMaxConcurrent: 0 },
    pages: { tasksMaxConcurrent: PAGE_TASKS },
  });
}

async function backendOf(session: Session): Promise<number> {
  const { rows } = await session.db.query<{ pid: number }>('select pg_backend_pid() as pid');
  return rows[0]?.pid ?? 0;
}

const gone = (pid: number) =>
  until('the backend is gone', async () => {
    return (await database.query('select from pg_stat_activity where pid = $1', [pid])).length === 0;
  });

describe('slots', () => {
  it('more sessions than slots wait for each other, and all finish', async () => {
    let inside = 0;
    let most = 0;
    const names = await Promise.all(
      Array.from({ length: 4 * SLOTS }, (_, index) =>
        world.platform.open(index % 3 === 0 ? SECOND : ADMIN, async (session) => {
          await session.db.query('insert into note values ($1)', [index]);
          most = Math.max(most, ++inside);
          await session.db.query('select pg_sleep(0.01)');
          inside--;
          return session.user;
        }),
      ),
    );
    expect(names.filter((name) => name === 'SECOND')).toHaveLength(Math.ceil((4 * SLOTS) / 3));
    expect(most).toBeLessThanOrEqual(SLOTS);
    const [row] = await database.query(
      'select (select count(*) from co_1.note) + (select count(*) from co_2.note) as n',
    );
    expect(row).toEqual({ n: String(4 * SLOTS) });
  });

  it('sessions that fail give theirs back as well', async () => {
    for (let count = 0; count < 2 * SLOTS; count++) {
      const failing = world.open((session) => session.db.query('select 1/0'));
      await expect(failing).rejects.toMatchObject({ code: '22012' });
    }
    expect(await world.open(backendOf)).toBeGreaterThan(0);
  });

  it('one whose backend was ended while nobody used it does not break the next session', async () => {
    for (let round = 0; round < 3; round++) {
      const pid = await world.open(backendOf);
      await database.query('select pg_terminate_backend($1)', [pid]);
      await gone(pid);
      // Whether the end of the socket has come to this process by now is a race; a task would be tried again.
      const next = await world.open(backendOf).catch((error: unknown) => {
        expect(classifyFailure(error)).toMatchObject({ kind: 'connection', retriable: true });
        return world.open(backendOf);
      });
      expect(next).not.toBe(pid);
    }
  });

  it('one whose backend is ended in the middle fails that session only', async () => {
    let pid = 0;
    const failing = world.open(async (session) => {
      pid = await backendOf(session);
      await database.query('select pg_terminate_backend($1)', [pid]);
      await gone(pid);
      await session.db.query('select 1').catch(() => undefined);
      return 'swallowed';
    });
    await expect(failing).rejects.toThrow();
    expect(await world.open(backendOf)).not.toBe(pid);
  });

  it('one that changes its user forgets what the last one left, and the platform still finds its statements', async () => {
    const fresh = await start();
    onTestFinished(() => fresh.stop());
    const createAs = (identity: typeof ADMIN) =>
      fresh.platform.open(identity, (session) => taskScheduler.createTask(session, idle, { ready: false }));
    for (let round = 0; round < 3; round++) {
      for (const identity of [ADMIN, SECOND]) expect(await createAs(identity)).toMatch(/^[0-9a-f-]{36}$/);
    }
  });

  it('is never shared by two sessions, even when something fails after the commit', async () => {
    const fresh = await start();
    onTestFinished(() => fresh.stop());
    await fresh
      .open(async (session) => {
        await session.db.query('select 1');
        doorOf(session).afterCommit(() => {
          throw new Error('after the commit');
        });
      })
      .catch(() => undefined);
    const bothIn = Promise.withResolvers<void>();
    let inside = 0;
    const pids = await Promise.all(
      [1, 2].map(() =>
        fresh.open(async (session) => {
          const pid = await backendOf(session);
          if (++inside === 2) bothIn.resolve();
          await bothIn.promise;
          return pid;
        }),
      ),
    );
    expect(new Set(pids).size).toBe(2);
  });

  it('given back twice goes to one session only', async () => {
    const { slots } = world.platform.instance.host;
    const identity = { userNo: 1, companyNo: 1, lentNo: null };
    const slot = await slots.acquire(identity);
    slots.release(slot, true);
    slots.release(slot, true);
    const [one, other] = await Promise.all([slots.acquire(identity), slots.acquire(identity)]);
    expect(one?.number).not.toBe(other?.number);
    for (const each of [one, other]) if (each !== undefined) slots.release(each, true);
  });

  it('two instances on one database lease different ones, and give them back when they stop', async () => {
    const other = await start();
    const login = (one: TestPlatform) =>
      one.open(async (session) => {
        const { rows } = await session.db.query<{ login: string }>('select session_user as login');
        return rows[0]?.login;
      });
    expect(await login(world)).not.toBe(await login(other));
    const leased = 'select count(distinct epoch)::int as instances from nightshift.slot';
    expect(await database.query(leased)).toEqual([{ instances: 2 }]);
    await other.stop();
    expect(await database.query(leased)).toEqual([{ instances: 1 }]);
  });

  it('a session of a platform that is not started, or no more, is refused', async () => {
    const never = await startTestPlatform({ start: false });
    onTestFinished(() => never.stop());
    await expect(never.open(async () => 1)).rejects.toMatchObject({ code: 'PLATFORM_NOT_STARTED' });
  });
});
