import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import type { Session } from './session.ts';

let world: TestPlatform;

beforeAll(async () => {
  world = await startTestPlatform({
    migrations: [{ name: '0001_note', sql: 'create table note (text text not null)' }],
  });
});
afterAll(() => world.stop());

const add = (session: Session, text: string) => session.db.query('insert into note values ($1)', [text]);

async function kept(prefix: string): Promise<readonly string[]> {
  const rows = await world.query<{ text: string }>(
    'select text from co_1.note where starts_with(text, $1) order by text',
    [prefix],
  );
  return rows.map(({ text }) => text.slice(prefix.length));
}

describe('a savepoint', () => {
  it('keeps what succeeds and undoes what throws, and the transaction goes on', async () => {
    const own = new Error('no');
    await world.open(async (session) => {
      await add(session, 'a:before');
      expect(await session.savepoint(async () => (await add(session, 'a:kept')).rowCount)).toBe(1);
      const failing = session.savepoint(async () => {
        await add(session, 'a:undone');
        throw own;
      });
      await expect(failing).rejects.toBe(own);
      await add(session, 'a:after');
    });
    expect(await kept('a:')).toEqual(['after', 'before', 'kept']);
  });

  it('undoes a statement that failed, swallowed or not', async () => {
    await world.open(async (session) => {
      const loud = session.savepoint(() => session.db.query('select 1/0'));
      await expect(loud).rejects.toMatchObject({ code: '22012' });
      const quiet = session.savepoint(async () => {
        await add(session, 'b:undone');
        await session.db.query('select 1/0').catch(() => undefined);
      });
      await expect(quiet).rejects.toMatchObject({ code: '22012' });
      await add(session, 'b:kept');
    });
    expect(await kept('b:')).toEqual(['kept']);
  });

  it('nests, ten deep, and each level stands for itself', async () => {
    await world.open(async (session) => {
      const level = async (depth: number): Promise<void> => {
        await add(session, `c:${depth}`);
        if (depth === 9) return;
        const inner = session.savepoint(async () => {
          await level(depth + 1);
          if (depth === 4) throw new Error('from five down');
        });
        await inner.catch((error: Error) => expect(error.message).toBe('from five down'));
      };
      await session.savepoint(() => level(0));
    });
    expect(await kept('c:')).toEqual(['0', '1', '2', '3', '4']);
  });

  it('does not make an error before it forgotten', async () => {
    const work = world.open(async (session) => {
      await add(session, 'd:lost');
      await session.db.query('select 1/0').catch(() => undefined);
      await session.savepoint(() => add(session, 'd:lost')).catch(() => undefined);
    });
    await expect(work).rejects.toMatchObject({ code: '22012' });
    expect(await kept('d:')).toEqual([]);
  });

  it('begins the transaction when it is the first thing', async () => {
    await world.open((session) => session.savepoint(() => add(session, 'e:first')));
    expect(await kept('e:')).toEqual(['first']);
  });

  it('an open one refuses a commit', async () => {
    await world.open(async (session) => {
      await session.savepoint(async () => {
        await add(session, 'f:kept');
        await expect(session.commit()).rejects.toMatchObject({ code: 'TRANSACTION_CONTROL' });
      });
    });
    expect(await kept('f:')).toEqual(['kept']);
  });

  it('a hundred thousand rows in as many chunks, each of which may fail alone', async () => {
    await world.open(async (session) => {
      for (let chunk = 0; chunk < 100; chunk++) {
        await session
          .savepoint(async () => {
            await session.db.query("insert into note select 'g:' || $1 from generate_series(1, 1000)", [
              chunk,
            ]);
            if (chunk % 3 === 0) throw new Error('bad chunk');
          })
          .catch(() => undefined);
      }
    });
    expect(await world.query("select count(*)::int as n from co_1.note where text like 'g:%'")).toEqual([
      { n: 66_000 },
    ]);
  });
});

describe('savepoints side by side, which cannot work', () => {
  it('are noticed: at least one of them fails', async () => {
    const work = world.open((session) =>
      Promise.all([
        session.savepoint(() => add(session, 'h:one')),
        session.savepoint(() => add(session, 'h:two')),
      ]),
    );
    await expect(work).rejects.toThrow();
    expect(await kept('h:')).toEqual([]);
  });

  // The way back to the second one takes along what the first one wrote meanwhile.
  it('nothing that reported success is lost, whichever fails', async () => {
    const opened = Promise.withResolvers<void>();
    const written = Promise.withResolvers<void>();
    const undone = Promise.withResolvers<void>();
    const results: PromiseSettledResult<unknown>[] = [];
    await world
      .open(async (session) => {
        await session.db.query('select 1');
        const patient = session.savepoint(async () => {
          await opened.promise;
          await add(session, 'i:patient');
          written.resolve();
          await undone.promise;
        });
        const hasty = session.savepoint(async () => {
          opened.resolve();
          await written.promise;
          throw new Error('no');
        });
        // It is refused before it begins, so it cannot open the way itself.
        hasty.catch(() => {
          opened.resolve();
          undone.resolve();
        });
        results.push(...(await Promise.allSettled([patient, hasty])));
      })
      .catch(() => results.splice(0));
    const reported = results[0]?.status === 'fulfilled' ? ['patient'] : [];
    expect(await kept('i:')).toEqual(reported);
  });
});

describe('a savepoint that outlives the one around it', () => {
  it('is undone with it, both are told, and its later statements are refused', async () => {
    const goOn = Promise.withResolvers<void>();
    const settled: Promise<unknown>[] = [];
    await world.open(async (session) => {
      const outer = session.savepoint(async () => {
        await add(session, 'j:outer');
        const opened = Promise.withResolvers<void>();
        const inner = session.savepoint(async () => {
          await add(session, 'j:inner');
          opened.resolve();
          await goOn.promise;
          settled.push(add(session, 'j:late'));
          settled.push(session.savepoint(() => add(session, 'j:later')));
        });
        settled.push(inner);
        await opened.promise;
      });
      await expect(outer).rejects.toMatchObject({ code: 'TRANSACTION_CONTROL' });
      // The place is free again, also while the lost one still runs.
      await session.savepoint(() => add(session, 'j:after'));
      goOn.resolve();
      await expect(settled[0]).rejects.toMatchObject({ code: 'TRANSACTION_CONTROL' });
      for (const late of settled) await expect(late).rejects.toMatchObject({ code: 'TRANSACTION_CONTROL' });
    });
    expect(settled).toHaveLength(3);
    expect(await kept('j:')).toEqual(['after']);
  });

  it('is undone quietly when the one around it throws', async () => {
    const goOn = Promise.withResolvers<void>();
    await world.open(async (session) => {
      let inner: Promise<unknown> = Promise.resolve();
      const outer = session.savepoint(async () => {
        inner = session.savepoint(async () => {
          await goOn.promise;
          throw new Error('inner');
        });
        await add(session, 'k:undone');
        throw new Error('outer');
      });
      await expect(outer).rejects.toThrow('outer');
      goOn.resolve();
      await expect(inner).rejects.toThrow('inner');
      await add(session, 'k:after');
    });
    expect(await kept('k:')).toEqual(['after']);
  });

  it('is not begun when the one around it is gone before its own command is answered', async () => {
    await world.open(async (session) => {
      let inner: Promise<unknown> = Promise.resolve();
      const outer = session.savepoint(async () => {
        inner = session.savepoint(() => add(session, 'l:never'));
      });
      await expect(outer).rejects.toMatchObject({ code: 'TRANSACTION_CONTROL' });
      await expect(inner).rejects.toMatchObject({ code: 'TRANSACTION_CONTROL' });
      await add(session, 'l:after');
    });
    expect(await kept('l:')).toEqual(['after']);
  });

  it('cannot be opened while the one around it is being released', async () => {
    await world.open(async (session) => {
      let inner: Promise<unknown> = Promise.resolve();
      await session.savepoint(async () => {
        // Now only PostgreSQL knows whether it can be released: that waits for the answer.
        await session.db.query('savepoint own');
        const returned = Promise.withResolvers<void>();
        inner = returned.promise
          .then(() => undefined) // by then the function has returned
          .then(() => undefined)
          .then(() => session.savepoint(() => add(session, 'm:never')));
        inner.catch(() => undefined);
        returned.resolve();
      });
      await expect(inner).rejects.toMatchObject({ code: 'TRANSACTION_CONTROL' });
      await session.savepoint(() => add(session, 'm:after'));
    });
    expect(await kept('m:')).toEqual(['after']);
  });

  it('code that was begun in one that has ended since is where that one was', async () => {
    await world.open(async (session) => {
      const ended = Promise.withResolvers<void>();
      let late: Promise<unknown> = Promise.resolve();
      await session.savepoint(async () => {
        late = ended.promise.then(() => session.savepoint(() => add(session, 'n:late')));
      });
      ended.resolve();
      await late;
    });
    expect(await kept('n:')).toEqual(['late']);
  });
});

describe('what a savepoint tells', () => {
  it('is the statement that failed, also when nobody awaited it', async () => {
    await world.open(async (session) => {
      const failing = session.savepoint(async () => {
        session.db.query('select 1/0').catch(() => undefined);
      });
      await expect(failing).rejects.toMatchObject({ code: '22012' });
      await add(session, 'o:after');
    });
    expect(await kept('o:')).toEqual(['after']);
  });

  it('is that the transaction had failed before it, not that there is no way back', async () => {
    const work = world.open(async (session) => {
      await session.db.query('select 1/0').catch(() => undefined);
      await expect(session.savepoint(async () => 1)).rejects.toMatchObject({ code: '25P02' });
      await session.savepoint(async () => 1);
    });
    await expect(work).rejects.toMatchObject({ code: '22012' });
  });

  it.each(['savepoint NS_savepoint_1', 'release "ns_savepoint_1"', 'rollback to ns_savepoint_1'])(
    'names of the session are not for user code: %s',
    async (text) => {
      const prefix = `p:${text}:`;
      await world.open((session) =>
        session.savepoint(async () => {
          await add(session, prefix);
          await expect(session.db.query(text)).rejects.toMatchObject({ code: 'TRANSACTION_CONTROL' });
        }),
      );
      expect(await kept(prefix)).toEqual(['']);
    },
  );
});
