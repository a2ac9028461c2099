import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Database, openDatabase } from '../database/index.ts';
import { randomUuid, systemClock } from '../foundation/index.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { ClaimLedger } from './claim-ledger.ts';
import type { ClaimedTask } from './scheduled-task.ts';
import { TaskClaim } from './task-claim.ts';
import { TaskLimits } from './task-limits.ts';

let scratch: TestDatabase;
let database: Database;

beforeAll(async () => {
  scratch = await createTestDatabase();
  database = await openDatabase({ url: scratch.url, applicationName: 'test' });
  await scratch.query(
    "insert into nightshift.company (name) select 'Company ' || n from generate_series(2, 3) n",
  );
  await scratch.query(
    "insert into nightshift.app_user (name) select 'USER ' || n from generate_series(2, 3) n",
  );
});
afterAll(async () => {
  await database.close();
  await scratch.drop();
});
beforeEach(() => scratch.query('truncate nightshift.scheduled_task'));

interface Some {
  readonly count: number;
  readonly lane?: number;
  readonly user?: number;
  readonly codeunit?: string;
  /** How many seconds ago the first of them was due; the others follow by milliseconds. */
  readonly ago: number;
}

async function waiting({ count, lane = 1, user = 1, codeunit = 'A', ago }: Some): Promise<void> {
  await scratch.query(
    `insert into nightshift.scheduled_task (id, lane, user_no, codeunit, ready, due, timeout_ms)
    select uuidv7(), $1, $2, $3, true, now() - $4 * interval '1 second' + n * interval '1 millisecond', 1000
    from generate_series(1, $5::integer) n`,
    [lane, user, codeunit, ago, count],
  );
}

function claimOf(limits: TaskLimits, companies: readonly number[] = [1]): TaskClaim {
  const lanes = () => companies;
  const context = { database, clock: systemClock, epoch: randomUuid(), lanes, codeunits: ['A', 'B'] };
  return new TaskClaim({ ...context, limits, ledger: new ClaimLedger() });
}

const NONE = new TaskLimits(0, new Map());
const users = (tasks: readonly ClaimedTask[]) => tasks.map(({ userNo }) => userNo);
const codeunits = (tasks: readonly ClaimedTask[]) => tasks.map(({ codeunit }) => codeunit).sort();
/** Leaves the table as if nothing of `tasks` had ever been claimed, except for them. */
async function end(claim: TaskClaim, tasks: readonly ClaimedTask[]): Promise<void> {
  await scratch.query('delete from nightshift.scheduled_task where id = any($1)', [
    tasks.map(({ id }) => id),
  ]);
  for (const task of tasks) claim.settled(task);
}

describe('companies', () => {
  test('with due tasks have a fair share of each claim', async () => {
    await waiting({ count: 500, lane: 1, ago: 100 });
    await waiting({ count: 1, lane: 2, ago: 1 });
    await waiting({ count: 300, lane: 3, ago: 50 });
    const claim = claimOf(NONE, [1, 2, 3]);
    const lanes = (await claim.claim(100)).map(({ companyNo }) => companyNo);
    expect(lanes).toContain(2);
    expect(lanes.filter((lane) => lane === 1).length).toBeGreaterThan(30);
    expect(lanes.filter((lane) => lane === 3).length).toBeGreaterThan(30);
  });

  test('take turns when not all of them fit', async () => {
    for (const lane of [1, 2, 3]) await waiting({ count: 10, lane, ago: 10 });
    const claim = claimOf(NONE, [1, 2, 3]);
    const first = [];
    for (let n = 0; n < 3; n++) first.push(...(await claim.claim(1)));
    expect(first.map(({ companyNo }) => companyNo).sort()).toEqual([1, 2, 3]);
  });

  test('that have nothing due are not asked for it until somebody says so', async () => {
    const claim = claimOf(NONE, [1, 2]);
    expect(await claim.claim(10)).toEqual([]);
    expect(claim.wanted).toBe(false);
    await waiting({ count: 1, lane: 2, ago: 1 });
    expect(await claim.claim(10)).toEqual([]);
    claim.want(2, false);
    expect(await claim.claim(10)).toHaveLength(1);
  });

  test('are found by a look, with the next due time of all', async () => {
    const claim = claimOf(NONE, [1, 2]);
    await claim.claim(10);
    await waiting({ count: 1, lane: 2, ago: -60 });
    expect(await claim.look(true)).toBeGreaterThan(50_000);
    expect(claim.wanted).toBe(false);
    await waiting({ count: 1, lane: 1, ago: 60 });
    await claim.look(true);
    expect(claim.wanted).toBe(true);
    expect(await claim.claim(10)).toHaveLength(1);
  });
});

describe('a floor', () => {
  test('lets no task be claimed twice, and none be left', async () => {
    await waiting({ count: 250, ago: 10 });
    const claim = claimOf(NONE);
    const ids = new Set<string>();
    for (let got = -1; got !== 0; ) {
      const tasks = await claim.claim(40);
      got = tasks.length;
      for (const { id } of tasks) ids.add(id);
    }
    expect(ids.size).toBe(250);
  });

  test('is no obstacle to a task that was due long before it could be seen, if that is said', async () => {
    await waiting({ count: 2, ago: 5 });
    const claim = claimOf(NONE);
    await claim.claim(2);
    await waiting({ count: 1, ago: 100 });
    expect(await claim.claim(2)).toEqual([]);
    claim.want(1, true);
    expect(await claim.claim(2)).toHaveLength(1);
  });

  test('does not hide what became due within the last second', async () => {
    await waiting({ count: 1, ago: 0.001 });
    const claim = claimOf(NONE);
    expect(await claim.claim(1)).toHaveLength(1);
    await waiting({ count: 1, ago: 0.6 });
    claim.want(1, false);
    expect(await claim.claim(1)).toHaveLength(1);
  });

  test('lets tasks be handed back and claimed again', async () => {
    await waiting({ count: 5, ago: 10 });
    const claim = claimOf(NONE);
    const tasks = await claim.claim(5);
    await claim.release(tasks.slice(0, 3));
    expect((await claim.claim(5)).map(({ id }) => id)).toEqual(tasks.slice(0, 3).map(({ id }) => id));
  });
});

describe('a limit per user', () => {
  test('is never exceeded, and holds up nobody else', async () => {
    await waiting({ count: 100, user: 1, ago: 100 });
    await waiting({ count: 3, user: 2, ago: 1 });
    const claim = claimOf(new TaskLimits(2, new Map()));
    const first = await claim.claim(10);
    expect(users(first)).toEqual([1, 1]);
    expect(users(await claim.claim(10))).toEqual([2, 2]);
    expect(await claim.claim(10)).toEqual([]);
    await end(claim, first.slice(0, 1));
    expect(users(await claim.claim(10))).toEqual([1]);
  });

  test('is for all companies together', async () => {
    await waiting({ count: 5, lane: 1, ago: 10 });
    await waiting({ count: 5, lane: 2, ago: 10 });
    const claim = claimOf(new TaskLimits(3, new Map()), [1, 2]);
    const held = [...(await claim.claim(10)), ...(await claim.claim(10))];
    expect(held).toHaveLength(3);
  });

  test('lets a backlog go through to its last task, in order', async () => {
    await waiting({ count: 40, user: 1, ago: 100 });
    await waiting({ count: 40, user: 2, ago: 90 });
    await waiting({ count: 40, user: 3, ago: 95 });
    const claim = claimOf(new TaskLimits(3, new Map()));
    const order = new Map<number, number[]>([1, 2, 3].map((user) => [user, []]));
    for (let rounds = 0; rounds < 200; rounds++) {
      const tasks = await claim.claim(8);
      for (const user of [1, 2, 3]) expect(users(tasks).filter((no) => no === user).length).toBeLessThan(4);
      for (const { userNo, dueSeconds } of tasks) order.get(userNo)?.push(dueSeconds);
      await end(claim, tasks);
      if (tasks.length === 0 && !claim.wanted) break;
    }
    for (const dues of order.values()) {
      expect(dues).toHaveLength(40);
      expect(dues).toEqual(dues.toSorted((one, other) => one - other));
    }
  });
});

describe('a limit of a codeunit', () => {
  test('is never exceeded, and holds up no other codeunit', async () => {
    await waiting({ count: 50, codeunit: 'A', ago: 100 });
    await waiting({ count: 3, codeunit: 'B', ago: 1 });
    const claim = claimOf(new TaskLimits(0, new Map([['A', 1]])));
    const first = await claim.claim(10);
    expect(codeunits(first)).toEqual(['A']);
    expect(codeunits(await claim.claim(10))).toEqual(['B', 'B', 'B']);
    await end(claim, first);
    expect(codeunits(await claim.claim(10))).toEqual(['A']);
  });

  test('and one of users at the same time: everything is done in the end', async () => {
    for (const user of [1, 2]) {
      await waiting({ count: 20, user, codeunit: 'A', ago: 100 - user });
      await waiting({ count: 20, user, codeunit: 'B', ago: 50 - user });
    }
    const claim = claimOf(new TaskLimits(3, new Map([['A', 2]])));
    let done = 0;
    for (let rounds = 0; rounds < 300; rounds++) {
      const tasks = await claim.claim(10);
      expect(codeunits(tasks).filter((name) => name === 'A').length).toBeLessThan(3);
      for (const user of [1, 2]) expect(users(tasks).filter((no) => no === user).length).toBeLessThan(4);
      done += tasks.length;
      await end(claim, tasks);
      if (tasks.length === 0 && !claim.wanted) break;
    }
    expect(done).toBe(80);
  });
});
