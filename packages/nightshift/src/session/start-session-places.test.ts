import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { taskScheduler } from '../platform/index.ts';
import { until, within } from '../testing/condition.ts';
import { startSessionKit } from '../testing/started-sessions.ts';
import type { Session } from './session.ts';
import { startSession } from './start-session.ts';

let kit: Awaited<ReturnType<typeof startSessionKit>>;
beforeAll(async () => {
  kit = await startSessionKit();
});
afterAll(() => kit.stop());

describe('places', () => {
  it('so many run, so many wait in order, the rest is refused with the numbers', async () => {
    const house = await kit.fullHouse();
    const order: number[] = [];
    const waiting = [];
    for (let index = 0; index < 4; index++) waiting.push(await kit.start(() => order.push(index)));
    await expect(kit.start(() => undefined)).rejects.toMatchObject({
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
    const house = await kit.fullHouse();
    const done = Promise.withResolvers<void>();
    await taskScheduler.createTask(kit.world.admin, kit.worker, { record: kit.wish(() => done.resolve()) });
    await within('the task ran', done.promise);
    await house.end();
  });

  it('whoever waits with an open transaction for one that waits is refused', async () => {
    const house = await kit.fullHouse();
    await kit.world.open(async (session) => {
      await kit.insert(session, 'locks');
      const waiting = await startSession(session, kit.worker, { record: kit.wish(() => undefined) });
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
      kit.wish(async (session) => {
        const child = await startSession(session, kit.worker, { record: kit.wish(() => undefined) });
        const outcome = await child.finished.then(
          () => 'waited',
          (error: { code: string }) => error.code,
        );
        outcomes.push(outcome);
      });
    const parents = await Promise.all(
      Array.from({ length: 3 }, () => startSession(kit.world.admin, kit.worker, { record: inner() })),
    );
    await within('all ended', Promise.all(parents.map(({ finished }) => finished)));
    expect(outcomes).toContain('SESSION_START_WOULD_BLOCK');
    expect(outcomes).toContain('waited');
  });
});

describe('a session that waits', () => {
  it('too long for a place is given up, and says so', async () => {
    const impatient = await kit.instance({
      backgroundSessionsMaxConcurrent: 1,
      backgroundSessionsWaitTimeoutMs: 20,
    });
    const go = Promise.withResolvers<void>();
    const first = await startSession(impatient.admin, kit.worker, { record: kit.wish(() => go.promise) });
    let ran = false;
    const second = await startSession(impatient.admin, kit.worker, {
      record: kit.wish(() => {
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
    const closed = await kit.instance({ backgroundSessionsMaxConcurrent: 0 });
    await expect(
      startSession(closed.admin, kit.worker, { record: kit.wish(() => undefined) }),
    ).rejects.toMatchObject({ code: 'SESSION_LIMIT_REACHED' });
    await closed.stop();
  });

  it('has one connection, however much it asks for at once', async () => {
    const backends = new Set<number>();
    const session = await kit.start(async (own) => {
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
      kit.wish(async (session) => {
        depth++;
        await startSession(session, kit.worker, { record: next() }).catch((error: Error) => {
          refusal = error;
        });
      });
    await startSession(kit.world.admin, kit.worker, { record: next() });
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
    await kit.world.open(async (own) => {
      await kit.insert(own, 'after');
      session = await startSession(own, kit.worker, {
        afterCommit: true,
        record: kit.wish(async (child) => {
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
            await kit.insert(own, 'behind');
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
      await kit.insert(own, name);
      const begin = async () => {
        session = await startSession(own, kit.worker, {
          afterCommit: true,
          record: kit.wish(() => {
            ran = true;
          }),
        });
      };
      if (name === 'a rollback') await begin();
      await undo(own, begin);
    };
    await kit.world.open(work).catch(() => undefined);
    expect(await session?.finished).toMatchObject({ type: 'Stopped', succeeded: false });
    await expect(session?.started).rejects.toMatchObject({ code: 'SESSION_STOPPED' });
    expect(ran).toBe(false);
  });

  it('what was said before the savepoint that is undone still starts', async () => {
    const ran: string[] = [];
    const begin = (own: Session, text: string) =>
      startSession(own, kit.worker, { afterCommit: true, record: kit.wish(() => ran.push(text)) });
    await kit.world.open(async (own) => {
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
    await kit.world
      .open(async (own) => {
        const house = await kit.fullHouse();
        for (let index = 0; index < 4; index++) {
          await startSession(own, kit.worker, { afterCommit: true, record: kit.wish(() => undefined) });
        }
        await expect(kit.start(() => undefined)).rejects.toMatchObject({ code: 'SESSION_LIMIT_REACHED' });
        await house.end();
        own.error('never mind');
      })
      .catch(() => undefined);
    expect(await (await kit.start(() => undefined)).finished).toMatchObject({ succeeded: true });
  });

  it('starts at once for a caller without a transaction', async () => {
    const session = await kit.start(() => undefined, { afterCommit: true });
    expect(await session.finished).toMatchObject({ succeeded: true });
  });
});
