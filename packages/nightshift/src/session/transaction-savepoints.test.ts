import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import type { Session } from './session.ts';
import { TransactionSavepoints } from './transaction-savepoints.ts';

let world: TestPlatform;

beforeAll(async () => {
  world = await startTestPlatform({
    migrations: [{ name: '0001_note', sql: 'create table note (text text not null)' }],
  });
});
afterAll(() => world.stop());

const add = (session: Session, text: string) => session.db.query('insert into note values ($1)', [text]);

/** The commands about savepoints that a session has sent, each message by itself. */
async function sentIn(work: (session: Session) => Promise<void>): Promise<readonly string[]> {
  const sent: string[] = [];
  const query = pg.Client.prototype.query as (...args: unknown[]) => unknown;
  const spy = vi.spyOn(pg.Client.prototype, 'query').mockImplementation(function (
    this: unknown,
    ...args: unknown[]
  ) {
    const [first] = args as [string | { text: string }];
    const text = typeof first === 'string' ? first : first.text;
    if (text.includes('savepoint ns_')) sent.push(text.replaceAll('savepoint ns_savepoint_', ''));
    return query.apply(this, args) as undefined;
  });
  try {
    await world.open(async (session) => {
      await add(session, 'first');
      await work(session);
    });
  } finally {
    spy.mockRestore();
  }
  return sent;
}

describe('the commands of savepoints', () => {
  it('travel with the statements that follow, the end of one with the beginning of the next', async () => {
    const sent = await sentIn(async (session) => {
      for (const text of ['one', 'two']) {
        await session.savepoint(async () => {
          await add(session, text);
          await session.savepoint(() => add(session, `${text} inside`));
          await add(session, `${text} after`);
        });
      }
      await add(session, 'behind');
    });
    expect(sent).toEqual(['1', '2', 'release 2', 'release 1; 1', '2', 'release 2', 'release 1']);
  });

  it('are not sent where no statement came, whatever became of it', async () => {
    const sent = await sentIn(async (session) => {
      await session.savepoint(async () => undefined);
      await session.savepoint(() => session.savepoint(async () => undefined));
      const failing = session.savepoint(() => session.savepoint(() => Promise.reject(new Error('no'))));
      await expect(failing).rejects.toThrow('no');
      const unnested = session.savepoint(async () => {
        session.savepoint(() => new Promise(() => undefined)).catch(() => undefined);
      });
      await expect(unnested).rejects.toMatchObject({ code: 'TRANSACTION_CONTROL' });
      await add(session, 'after');
    });
    expect(sent).toEqual([]);
  });

  it('undo what was sent, and only that', async () => {
    const sent = await sentIn(async (session) => {
      const failing = session.savepoint(async () => {
        await add(session, 'undone');
        await session.savepoint(() => add(session, 'undone'));
        throw new Error('no');
      });
      await expect(failing).rejects.toThrow('no');
      await session.savepoint(() => add(session, 'stays'));
    });
    expect(sent).toEqual(['1', '2', 'release 2', 'rollback to 1; release 1', '1']);
    expect(await world.query("select from co_1.note where text = 'undone'")).toEqual([]);
  });

  it('travel alone while something is under way, or user code has savepoints of its own', async () => {
    const sent = await sentIn(async (session) => {
      await session.savepoint(async () => {
        const slow = add(session, 'unawaited');
        slow.catch(() => undefined);
      });
      await session.db.query('savepoint own');
      await session.savepoint(() => add(session, 'x'));
      await session.commit();
      await add(session, 'y');
      await session.savepoint(() => add(session, 'z'));
    });
    expect(sent).toEqual(['1', 'release 1', '1', 'release 1', '1']);
  });

  it('tell the savepoint to which user code goes back over it, and not the next one', async () => {
    const work = world.open(async (session) => {
      await session.db.query('savepoint own');
      const left = session.savepoint(() => session.db.query('rollback to savepoint own'));
      await expect(left).rejects.toMatchObject({ code: '3B001' });
    });
    await expect(work).rejects.toMatchObject({ code: '3B001' });
  });
});

describe('what waits for the commit', () => {
  it('is undone with a savepoint that was never sent, and kept otherwise', async () => {
    let said = 0;
    const rewind = (mark: number) => {
      said = mark;
    };
    const savepoints = new TransactionSavepoints(
      { mark: () => said, rewind },
      {
        command: () => Promise.reject(new Error('nothing is to be sent')),
        isAtRest: () => true,
        firstError: () => null,
        canUndo: () => true,
        undone: () => undefined,
      },
    );
    const failing = savepoints.run(async () => {
      said++;
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(said).toBe(0);
    await savepoints.run(async () => void said++);
    await savepoints.run(() => savepoints.run(async () => void said++));
    expect(said).toBe(2);
  });
});
