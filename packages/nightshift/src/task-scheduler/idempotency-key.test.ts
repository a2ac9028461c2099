import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { codeunit, type Session } from '../session/index.ts';
import { until } from '../testing/condition.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { cancelTask, createTask, taskExists } from './task-scheduler.ts';

const plain = codeunit({ name: 'Plain', onRun: () => undefined });
const other = codeunit({ name: 'Other', onRun: () => undefined });

let database: TestDatabase;
let kit: TestPlatform;
let second: TestPlatform;

// Nothing runs here: what is created stays to be looked at.
beforeAll(async () => {
  database = await createTestDatabase();
  await database.query("insert into nightshift.company (name) values ('Other')");
  const options = { database, codeunits: [plain, other], taskScheduler: { enableTaskScheduler: false } };
  kit = await startTestPlatform(options);
  second = await startTestPlatform(options);
});
afterAll(async () => {
  await Promise.all([kit.stop(), second.stop()]);
  await database.drop();
});

let keys = 0;
const newKey = () => `order ${++keys}`;

async function withKey(key: string): Promise<readonly string[]> {
  const rows = await database.query<{ id: string }>(
    'select id from nightshift.scheduled_task where idempotency_key = $1 order by id',
    [key],
  );
  return rows.map(({ id }) => id);
}

/** How many backends wait for a transaction that has taken a key. */
async function waitingForKey(): Promise<number> {
  const rows = await database.query(
    "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
  );
  return rows.length;
}

/** A session that has created a task and goes on until it is told how to end. */
async function rival(idempotencyKey: string) {
  const created = Promise.withResolvers<string>();
  const end = Promise.withResolvers<'commit' | 'roll back'>();
  const session = second
    .open(async (inside: Session) => {
      created.resolve(await createTask(inside, plain, { idempotencyKey }));
      if ((await end.promise) === 'roll back') throw new Error('changed my mind');
    })
    .catch(() => undefined);
  const endWith = (how: 'commit' | 'roll back') => {
    end.resolve(how);
    return session;
  };
  return { id: await created.promise, end: endWith };
}

describe('an idempotency key', () => {
  test.each(['outside', 'inside'])('%s a session: a repeated request creates one task', async (where) => {
    const idempotencyKey = newKey();
    const create = () =>
      where === 'outside'
        ? createTask(kit.admin, plain, { idempotencyKey })
        : kit.open((session) => createTask(session, plain, { idempotencyKey }));
    const first = await create();
    expect([await create(), await create()]).toEqual([first, first]);
    expect(await withKey(idempotencyKey)).toEqual([first]);
    const told = kit.telemetry.events('LC0040').filter(({ dimensions }) => dimensions['taskId'] === first);
    expect(told).toHaveLength(1);
  });

  test('twice in one transaction, also after a savepoint was undone', async () => {
    const idempotencyKey = newKey();
    const ids = await kit.open(async (session) => {
      const undone = session.savepoint(async () => {
        await createTask(session, plain, { idempotencyKey });
        throw new Error('undo');
      });
      await expect(undone).rejects.toThrow('undo');
      return [
        await createTask(session, plain, { idempotencyKey }),
        await createTask(session, plain, { idempotencyKey }),
      ];
    });
    expect(new Set(ids)).toEqual(new Set(await withKey(idempotencyKey)));
  });

  test('after a rollback it is free', async () => {
    const idempotencyKey = newKey();
    const failing = kit.open(async (session) => {
      await createTask(session, plain, { idempotencyKey });
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    const id = await createTask(kit.admin, plain, { idempotencyKey });
    expect(await withKey(idempotencyKey)).toEqual([id]);
  });

  test('when its task has ended it is free', async () => {
    const idempotencyKey = newKey();
    const first = await createTask(kit.admin, plain, { idempotencyKey });
    expect(await cancelTask(kit.admin, first)).toBe(true);
    const next = await createTask(kit.admin, plain, { idempotencyKey });
    expect(next).not.toBe(first);
  });

  test('belongs to its company', async () => {
    const idempotencyKey = newKey();
    const elsewhere = kit.platform.as({ user: 'ADMIN', company: 'Other' });
    const ids = [
      await createTask(kit.admin, plain, { idempotencyKey }),
      await createTask(elsewhere, plain, { idempotencyKey }),
    ];
    expect(new Set(ids).size).toBe(2);
    expect(await taskExists(elsewhere, ids[1] ?? '')).toBe(true);
  });

  test('two hundred callers of two instances at the same instant, with a hundred keys: a hundred tasks', async () => {
    const some = Array.from({ length: 100 }, newKey);
    const ids = await Promise.all(
      [kit, second].flatMap(({ admin }) =>
        some.map((idempotencyKey) => createTask(admin, plain, { idempotencyKey })),
      ),
    );
    expect(ids.slice(0, 100)).toEqual(ids.slice(100));
    expect(new Set(ids).size).toBe(100);
  });

  test('twenty callers in one insert, with one key and without: one task for the key', async () => {
    const idempotencyKey = newKey();
    const ids = await Promise.all(
      Array.from({ length: 20 }, (_, no) =>
        createTask(kit.admin, plain, no % 2 === 0 ? { idempotencyKey } : {}),
      ),
    );
    expect(new Set(ids).size).toBe(11);
    expect(await withKey(idempotencyKey)).toEqual([ids[0]]);
  });

  test('sessions that create the same keys in turn do not wait for each other for ever', async () => {
    const [one, two] = [newKey(), newKey()];
    const create = (order: readonly string[], { open }: TestPlatform) =>
      open(async (session) => {
        for (const idempotencyKey of order) await createTask(session, plain, { idempotencyKey });
      });
    const ended = await Promise.allSettled([create([one, two], kit), create([two, one], second)]);
    // One at least gets through; PostgreSQL ends the other one with a deadlock, which is retriable, if they met.
    expect(ended.some(({ status }) => status === 'fulfilled')).toBe(true);
    expect([(await withKey(one)).length, (await withKey(two)).length]).toEqual([1, 1]);
  });
});

describe('a rival that has not committed', () => {
  test.each(['commit', 'roll back'] as const)('outside a session, then %s', async (how) => {
    const idempotencyKey = newKey();
    const { id, end } = await rival(idempotencyKey);
    const created = Promise.all([1, 2].map(() => createTask(kit.admin, plain, { idempotencyKey })));
    await until('it waits', async () => (await waitingForKey()) > 0);
    // Nobody waits behind it.
    const free = await createTask(kit.admin, plain, { idempotencyKey: newKey() });
    await createTask(kit.admin, plain);
    expect(await taskExists(kit.admin, free)).toBe(true);
    await end(how);
    const [one, two] = await created;
    expect(one).toBe(two);
    expect(one === id).toBe(how === 'commit');
    expect(await withKey(idempotencyKey)).toEqual([one]);
  });

  test.each(['commit', 'roll back'] as const)('inside a session, then %s', async (how) => {
    const idempotencyKey = newKey();
    const { id, end } = await rival(idempotencyKey);
    const created = kit.open((session) => createTask(session, plain, { idempotencyKey }));
    await until('it waits', async () => (await waitingForKey()) > 0);
    await end(how);
    expect((await created) === id).toBe(how === 'commit');
    expect(await withKey(idempotencyKey)).toEqual([await created]);
  });

  test('and does not end: after half a minute the caller is told that nothing was created', async () => {
    const clock = new FakeClock();
    await using waiter = await startTestPlatform({
      database,
      codeunits: [plain],
      clock,
      start: false,
    });
    const idempotencyKey = newKey();
    const { end } = await rival(idempotencyKey);
    let answer: unknown = null;
    createTask(waiter.admin, plain, { idempotencyKey }).catch((error: unknown) => {
      answer = error;
    });
    await until('it has given up', async () => {
      await clock.advance(1_000);
      return answer !== null;
    });
    expect(answer).toMatchObject({ code: 'DATABASE_BUSY', field: 'idempotencyKey', retriable: true });
    await end('roll back');
    expect(await withKey(idempotencyKey)).toEqual([]);
  });
});

describe('a task of another codeunit that has the key', () => {
  test('is a conflict that names the field, and spoils neither the transaction nor the others', async () => {
    const idempotencyKey = newKey();
    const id = await createTask(kit.admin, plain, { idempotencyKey });
    const conflict = {
      code: 'CONFLICT',
      field: 'idempotencyKey',
      message: expect.stringContaining(`of codeunit "Plain", not "Other"`),
      details: { taskId: id, codeunit: 'Plain' },
    };
    const together = await Promise.allSettled([
      createTask(kit.admin, other, { idempotencyKey }),
      createTask(kit.admin, other, { idempotencyKey: newKey() }),
    ]);
    expect(together).toMatchObject([{ reason: conflict }, { status: 'fulfilled' }]);
    const made = await kit.open(async (session) => {
      await expect(createTask(session, other, { idempotencyKey })).rejects.toMatchObject(conflict);
      return createTask(session, other);
    });
    expect(await taskExists(kit.admin, made)).toBe(true);
  });
});

describe('the door', () => {
  test.each([
    ['empty', ''],
    ['blank', '  '],
    ['too long', 'x'.repeat(201)],
    ['with a line break', 'a\nb'],
    ['with a NUL', 'a\0'],
    ['with half a character', '\ud83d'],
    ['with a line separator', 'a\u2028b'],
    ['a number', 7],
    ['null', null],
  ])('refuses a key that is %s', async (_, idempotencyKey) => {
    const create = () => createTask(kit.admin, plain, { idempotencyKey: idempotencyKey as string });
    await expect(create()).rejects.toMatchObject({ code: 'VALIDATION', field: 'idempotencyKey' });
  });

  test('takes 200 characters of any script', async () => {
    const idempotencyKey = `${'🚀'.repeat(198)}é–`;
    const id = await createTask(kit.admin, plain, { idempotencyKey });
    expect(await createTask(kit.admin, plain, { idempotencyKey })).toBe(id);
  });
});

describe('SQL of a session', () => {
  test('cannot create tasks as somebody else, nor reach the function behind', async () => {
    const tasks = JSON.stringify([{ id: 'x' }]);
    for (const [text, values] of [
      ['select nightshift_session.create_tasks(2, 1, $1::jsonb, null)', [tasks]],
      ['select nightshift_session.create_tasks(1, 2, $1::jsonb, null)', [tasks]],
      ['select nightshift.insert_tasks(1, 1, $1::jsonb, null)', [tasks]],
      ['select nightshift.insert_keyed_tasks($1::jsonb, null)', [tasks]],
    ] as const) {
      const asking = kit.open((session) => session.db.query(text, values));
      await expect(asking, text).rejects.toMatchObject({
        code: expect.stringMatching(/^(NS002|42501|PERMISSION_DENIED)$/),
      });
    }
  });
});
