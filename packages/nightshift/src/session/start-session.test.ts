import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { jobQueue, taskScheduler } from '../platform/index.ts';
import { until, within } from '../testing/condition.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { ADMIN, startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { codeunit } from './codeunit.ts';
import type { Session } from './session.ts';
import { type StartedSession, startSession } from './start-session.ts';

/** What a test wants a session to do, by the key in its record. */
const wishes = new Map<string, (session: Session) => unknown>();
let made = 0;
function wish(work: (session: Session) => unknown): { readonly key: string } {
  const key = `wish ${++made}`;
  wishes.set(key, work);
  return { key };
}

const worker = codeunit({
  name: 'The Works',
  record: z.object({ key: z.string(), note: z.string().default('none') }),
  onRun: (session, { key }) => wishes.get(key)?.(session),
});
const plain = codeunit({ name: 'Plain', onRun: (session) => void session.log.info('ran') });

let database: TestDatabase;
let world: TestPlatform;

beforeAll(async () => {
  database = await createTestDatabase();
  await database.query("insert into nightshift.company (name) values ('Other')");
  world = await startTestPlatform({
    database,
    codeunits: [worker, plain],
    migrations: [{ name: '0001_note', sql: 'create table note (text text)' }],
    sessions: { backgroundSessionsMaxConcurrent: 3, backgroundSessionsMaxQueued: 4 },
  });
});
afterAll(async () => {
  await world.stop();
  await database.drop();
});

const NOTES: Readonly<Record<number, string>> = {
  1: 'select from co_1.note where text = $1',
  2: 'select from co_2.note where text = $1',
};
const rowsOf = (statement: string, text: string) => database.query(statement, [text]);
const insert = (session: Session, text: string) => session.db.query('insert into note values ($1)', [text]);
const notes = async (text: string, company = 1) => (await rowsOf(NOTES[company] ?? '', text)).length;
const start = (work: (session: Session) => unknown, options: object = {}) =>
  startSession(world.admin, worker, { record: wish(work), ...options });

/** Sessions that occupy every place until they are let go. */
async function fullHouse(count = 3) {
  const doors = Array.from({ length: count }, () => Promise.withResolvers<void>());
  const sessions: StartedSession[] = [];
  for (const door of doors) sessions.push(await start(() => door.promise));
  await Promise.all(sessions.map(({ started }) => started));
  const end = async () => {
    for (const door of doors) door.resolve();
    await Promise.all(sessions.map(({ finished }) => finished));
  };
  return { sessions, end, letOneGo: () => doors[0]?.resolve() };
}

describe('a session that was started', () => {
  it('runs at once, as its caller, in the background, with ids that fit', async () => {
    const seen: Record<string, unknown> = {};
    const session = await start(async ({ id, uniqueId, user, company, clientType, guiAllowed, attempt }) => {
      Object.assign(seen, { id, uniqueId, user, company, clientType, guiAllowed, attempt });
    });
    await session.started;
    expect(await session.finished).toEqual({ type: 'Stop', succeeded: true, comment: null, error: null });
    expect(seen).toEqual({
      id: session.id,
      uniqueId: session.uniqueId,
      ...ADMIN,
      clientType: 'background',
      guiAllowed: false,
      attempt: 0,
    });
  });

  it('commits by itself, whatever becomes of its caller', async () => {
    const failed = world.open(async (session) => {
      await insert(session, 'of the caller');
      const { finished } = await startSession(session, worker, {
        record: wish((own) => insert(own, 'its own')),
      });
      await finished;
      throw new Error('the caller fails');
    });
    await expect(failed).rejects.toThrow('the caller fails');
    expect(await notes('its own')).toBe(1);
    expect(await notes('of the caller')).toBe(0);
  });

  it('does not harm its caller when it fails, and says why it did', async () => {
    await world.open(async (session) => {
      const { finished } = await startSession(session, worker, {
        record: wish(async (own) => {
          await insert(own, 'undone');
          throw own.error('no such customer');
        }),
      });
      expect(await finished).toMatchObject({
        type: 'Error',
        succeeded: false,
        comment: 'no such customer',
        error: { code: 'CODEUNIT_ERROR', message: 'no such customer' },
      });
      await insert(session, 'goes on');
    });
    expect(await notes('undone')).toBe(0);
    expect(await notes('goes on')).toBe(1);
  });

  it('does not see what its caller has not committed: the classic race', async () => {
    let seen = -1;
    await world.open(async (session) => {
      await insert(session, 'race');
      const { finished } = await startSession(session, worker, {
        record: wish(async (own) => {
          seen = (await own.db.query("select from note where text = 'race'")).rowCount;
        }),
      });
      await finished;
    });
    expect(seen).toBe(0);
  });

  it('opens another company when it is told to, really and wholly', async () => {
    const session = await start(
      async (own) => {
        expect(own.company).toBe('Other');
        await insert(own, 'elsewhere');
      },
      { company: 'Other' },
    );
    expect(await session.finished).toMatchObject({ succeeded: true });
    expect([await notes('elsewhere', 1), await notes('elsewhere', 2)]).toEqual([0, 1]);
  });

  it('ends quietly with error("")', async () => {
    const session = await start(async (own) => {
      await insert(own, 'quiet');
      own.error('');
    });
    expect(await session.finished).toMatchObject({ type: 'Stop', succeeded: true, comment: 'ended quietly' });
    expect(await notes('quiet')).toBe(0);
  });

  it('may call verbs, and takes over what it has in common with its caller', async () => {
    const ids: string[] = [];
    await world.open(async (session) => {
      ids.push(session.correlationId);
      const { finished } = await startSession(session, worker, {
        record: wish(async (own) => {
          ids.push(own.correlationId);
          await taskScheduler.createTask(own, worker, {
            record: wish((task) => ids.push(task.correlationId)),
          });
          await jobQueue.create(own, { object: plain });
        }),
      });
      expect(await finished).toMatchObject({ succeeded: true });
    });
    await until('the task ran', () => ids.length === 3);
    expect(new Set(ids).size).toBe(1);
  });

  it('reads only when it is told to, and nothing makes it write', async () => {
    const session = await start(
      async (own) => {
        expect((await own.db.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
        await expect(
          own.savepoint(() => own.db.query("select set_config('transaction_read_only', 'off', true)")),
        ).rejects.toThrow(/read-write mode/);
        await insert(own, 'forbidden');
      },
      { readOnly: true },
    );
    expect(await session.finished).toMatchObject({ type: 'Error', error: { code: 'READ_ONLY' } });
    expect(await notes('forbidden')).toBe(0);
  });
});

describe('the record', () => {
  it('is copied: what the caller does to it afterwards is no part of the session', async () => {
    const record: { key: string; note?: string } = wish(() => undefined);
    const seen = Promise.withResolvers<unknown>();
    const copying = codeunit({
      name: 'The Works',
      record: z.object({ key: z.string(), note: z.string().default('none') }),
      onRun: () => undefined,
    });
    wishes.set(record.key, () => seen.resolve(record));
    const session = await startSession(world.admin, copying, { record });
    record.note = 'changed';
    record.key = 'nobody';
    expect(await session.finished).toMatchObject({ succeeded: true });
    await within('the wish was met', seen.promise);
  });

  it.each([
    ['a class instance', { key: 'x', note: new Date(0) as never }, /record\.note/],
    ['a missing field', {} as never, /record\.key/],
  ])('%s is refused with its path', async (_, record, path) => {
    await expect(startSession(world.admin, worker, { record })).rejects.toMatchObject({
      code: 'RECORD_INVALID',
      message: expect.stringMatching(path),
    });
  });

  it('functions, class instances and cycles in a loose record are refused with the path', async () => {
    const loose = codeunit({ name: 'Loose', record: z.unknown(), onRun: () => undefined });
    const cycle: Record<string, unknown> = { deep: {} };
    (cycle['deep'] as Record<string, unknown>)['back'] = cycle;
    for (const [record, path] of [
      [{ a: [1, () => 1] }, 'record.a[1]'],
      [{ a: { b: new Map() } }, 'record.a.b'],
      [cycle, 'record.deep.back'],
    ] as const) {
      await expect(startSession(world.admin, loose, { record })).rejects.toMatchObject({
        code: 'JSON_INVALID',
        field: path,
      });
    }
  });

  it.each([
    ['timeout', { timeout: 0 }],
    ['timeout', { timeout: 48 * 3_600_000 + 1 }],
    ['timeout', { timeout: '5' }],
    ['company', { company: 7 }],
    ['company', { company: 'Nowhere' }],
    ['afterCommit', { afterCommit: 'yes' }],
    ['readOnly', { readOnly: 1 }],
  ])('a bad %s is named', async (field, options) => {
    await expect(start(() => undefined, options)).rejects.toMatchObject({ field });
  });

  it('a codeunit that the application does not have is refused', async () => {
    const stranger = codeunit({ name: 'Stranger', onRun: () => undefined });
    await expect(startSession(world.admin, stranger)).rejects.toMatchObject({ code: 'CODEUNIT_UNKNOWN' });
  });
});

describe('places', () => {
  it('so many run, so many wait in order, the rest is refused with the numbers', async () => {
    const house = await fullHouse();
    const order: number[] = [];
    const waiting = [];
    for (let index = 0; index < 4; index++) waiting.push(await start(() => order.push(index)));
    await expect(start(() => undefined)).rejects.toMatchObject({
      code: 'SESSION_LIMIT_REACHED',
      status: 429,
      details: { running: 3, waiting: 4 },
    });
    expect(order).toEqual([]);
    house.letOneGo();
    await Promise.all(waiting.map(({ finished }) => finished));
    await house.end();
    expect(order).toEqual([0, 1, 2, 3]);
  });

  it('no place for tasks is taken: they run on', async () => {
    const house = await fullHouse();
    const done = Promise.withResolvers<void>();
    await taskScheduler.createTask(world.admin, worker, { record: wish(() => done.resolve()) });
    await within('the task ran', done.promise);
    await house.end();
  });

  it('whoever waits with an open transaction for one that waits is refused', async () => {
    const house = await fullHouse();
    await world.open(async (session) => {
      await insert(session, 'locks');
      const waiting = await startSession(session, worker, { record: wish(() => undefined) });
      const refused = { code: 'SESSION_START_WOULD_BLOCK' };
      await expect(waiting.started).rejects.toMatchObject(refused);
      await expect(waiting.finished).rejects.toMatchObject(refused);
      await expect(Promise.all([waiting.finished])).rejects.toMatchObject(refused);
      await session.commit();
      await house.end();
      expect(await waiting.finished).toMatchObject({ succeeded: true });
    });
  });

  it('when every session waits for one that waits for a place, the last of them is refused', async () => {
    const outcomes: string[] = [];
    const inner = () =>
      wish(async (session) => {
        const child = await startSession(session, worker, { record: wish(() => undefined) });
        const outcome = await child.finished.then(
          () => 'waited',
          (error: { code: string }) => error.code,
        );
        outcomes.push(outcome);
      });
    const parents = await Promise.all(
      Array.from({ length: 3 }, () => startSession(world.admin, worker, { record: inner() })),
    );
    await within('all ended', Promise.all(parents.map(({ finished }) => finished)));
    expect(outcomes).toContain('SESSION_START_WOULD_BLOCK');
    expect(outcomes).toContain('waited');
  });
});

describe('a session that waits', () => {
  it('too long for a place is given up, and says so', async () => {
    const impatient = await startTestPlatform({
      database,
      codeunits: [worker],
      migrations: [{ name: '0001_note', sql: 'create table note (text text)' }],
      sessions: { backgroundSessionsMaxConcurrent: 1, backgroundSessionsWaitTimeoutMs: 20 },
    });
    const go = Promise.withResolvers<void>();
    const first = await startSession(impatient.admin, worker, { record: wish(() => go.promise) });
    let ran = false;
    const second = await startSession(impatient.admin, worker, {
      record: wish(() => {
        ran = true;
      }),
    });
    await expect(second.started).rejects.toMatchObject({ code: 'SESSION_LIMIT_REACHED' });
    expect(await second.finished).toMatchObject({ type: 'Timeout', comment: 'no place became free in time' });
    go.resolve();
    expect(await first.finished).toMatchObject({ succeeded: true });
    expect(ran).toBe(false);
    await impatient.stop();
  });

  it('where no places are given is refused at once', async () => {
    const closed = await startTestPlatform({
      database,
      codeunits: [worker],
      migrations: [{ name: '0001_note', sql: 'create table note (text text)' }],
      sessions: { backgroundSessionsMaxConcurrent: 0 },
    });
    await expect(startSession(closed.admin, worker, { record: wish(() => undefined) })).rejects.toMatchObject(
      { code: 'SESSION_LIMIT_REACHED' },
    );
    await closed.stop();
  });

  it('has one connection, however much it asks for at once', async () => {
    const backends = new Set<number>();
    const session = await start(async (own) => {
      const asked = Array.from({ length: 50 }, () =>
        own.db.query<{ pid: number }>('select pg_backend_pid() as pid'),
      );
      for (const { rows } of await Promise.all(asked)) backends.add(rows[0]?.pid ?? 0);
    });
    expect(await session.finished).toMatchObject({ succeeded: true });
    expect(backends.size).toBe(1);
  });
});

describe('depth', () => {
  it('fourteen sessions may start each other; the next is refused, and the chain is named', async () => {
    let depth = 0;
    let refusal: { code?: string; message?: string } = {};
    const next = () =>
      wish(async (session) => {
        depth++;
        await startSession(session, worker, { record: next() }).catch((error: Error) => {
          refusal = error;
        });
      });
    await startSession(world.admin, worker, { record: next() });
    await until('it was refused', () => refusal.code !== undefined);
    expect(depth).toBe(14);
    expect(refusal.code).toBe('SESSION_DEPTH_EXCEEDED');
    expect(refusal.message).toMatch(/The Works \(session \d+\) → .* → The Works\.$/);
  });
});

describe('afterCommit', () => {
  it('starts it when the caller commits, which sees all that he wrote', async () => {
    let seen = -1;
    let session: Awaited<ReturnType<typeof startSession>> | undefined;
    await world.open(async (own) => {
      await insert(own, 'after');
      session = await startSession(own, worker, {
        afterCommit: true,
        record: wish(async (child) => {
          seen = (await child.db.query("select from note where text = 'after'")).rowCount;
        }),
      });
      await expect(session.finished).rejects.toMatchObject({ code: 'SESSION_START_WOULD_BLOCK' });
    });
    expect(await session?.finished).toMatchObject({ succeeded: true });
    expect(seen).toBe(1);
  });

  it.each([
    ['a rollback', async (own: Session) => own.error('no')],
    [
      'a savepoint that is undone',
      async (own: Session, begin: () => Promise<unknown>) => {
        await own
          .savepoint(async () => {
            await insert(own, 'behind');
            await begin();
            throw new Error('undone');
          })
          .catch(() => undefined);
      },
    ],
    [
      'ROLLBACK TO of the code itself',
      async (own: Session, begin: () => Promise<unknown>) => {
        await own.db.query('savepoint "Mine"');
        await begin();
        await own.db.query('rollback transaction to savepoint "Mine"');
      },
    ],
    [
      'an odd ROLLBACK TO',
      async (own: Session, begin: () => Promise<unknown>) => {
        await own.db.query('savepoint mine');
        await begin();
        await own.db.query('/* odd */ rollback /* very */ to mine');
      },
    ],
  ])('never starts it after %s', async (name, undo) => {
    let ran = false;
    let session: Awaited<ReturnType<typeof startSession>> | undefined;
    const work = async (own: Session) => {
      await insert(own, name);
      const begin = async () => {
        session = await startSession(own, worker, {
          afterCommit: true,
          record: wish(() => {
            ran = true;
          }),
        });
      };
      if (name === 'a rollback') await begin();
      await undo(own, begin);
    };
    await world.open(work).catch(() => undefined);
    expect(await session?.finished).toMatchObject({ type: 'Stopped', succeeded: false });
    await expect(session?.started).rejects.toMatchObject({ code: 'SESSION_STOPPED' });
    expect(ran).toBe(false);
  });

  it('what was said before the savepoint that is undone still starts', async () => {
    const ran: string[] = [];
    const begin = (own: Session, text: string) =>
      startSession(own, worker, { afterCommit: true, record: wish(() => ran.push(text)) });
    await world.open(async (own) => {
      await begin(own, 'before');
      await own
        .savepoint(async () => {
          await begin(own, 'within');
          throw new Error('undone');
        })
        .catch(() => undefined);
      await own.savepoint(async () => {
        await begin(own, 'kept');
      });
      await begin(own, 'after');
    });
    await until('three ran', () => ran.length === 3);
    expect(ran.toSorted()).toEqual(['after', 'before', 'kept']);
  });

  it('counts as waiting until then', async () => {
    await world
      .open(async (own) => {
        const house = await fullHouse();
        for (let index = 0; index < 4; index++) {
          await startSession(own, worker, { afterCommit: true, record: wish(() => undefined) });
        }
        await expect(start(() => undefined)).rejects.toMatchObject({ code: 'SESSION_LIMIT_REACHED' });
        await house.end();
        own.error('never mind');
      })
      .catch(() => undefined);
    expect(await (await start(() => undefined)).finished).toMatchObject({ succeeded: true });
  });

  it('starts at once for a caller without a transaction', async () => {
    const session = await start(() => undefined, { afterCommit: true });
    expect(await session.finished).toMatchObject({ succeeded: true });
  });
});
