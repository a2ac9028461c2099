import { pgTable, text } from 'drizzle-orm/pg-core';
import { CompiledQuery } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Session } from '../session/index.ts';
import { until, within } from '../testing/condition.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { drizzleFor } from './drizzle-session.ts';
import { kyselyFor } from './kysely-session.ts';

interface Tables {
  note: { text: string };
}

const note = pgTable('note', { text: text().notNull() });

/** A builder as far as these tests need it. */
interface Builder {
  readonly name: string;
  add(session: Session, text: string): Promise<unknown>;
  /** A query that PostgreSQL refuses. */
  fail(session: Session): Promise<unknown>;
  raw(session: Session, text: string): Promise<unknown>;
  /** `add` is through the handle of the transaction. */
  transaction<T>(session: Session, work: (add: (text: string) => Promise<unknown>) => Promise<T>): Promise<T>;
}

const BUILDERS: readonly Builder[] = [
  {
    name: 'Kysely',
    add: (session, text) => kyselyFor<Tables>(session).insertInto('note').values({ text }).execute(),
    fail: (session) =>
      kyselyFor<{ nowhere: { n: number } }>(session).selectFrom('nowhere').selectAll().execute(),
    raw: (session, text) => kyselyFor(session).executeQuery(CompiledQuery.raw(text)),
    transaction: (session, work) =>
      kyselyFor<Tables>(session)
        .transaction()
        .execute((trx) => work((text) => trx.insertInto('note').values({ text }).execute())),
  },
  {
    name: 'Drizzle',
    add: (session, text) => drizzleFor(session).insert(note).values({ text }).execute(),
    fail: (session) => drizzleFor(session).execute('select * from nowhere').execute(),
    raw: (session, text) => drizzleFor(session).execute(text).execute(),
    transaction: (session, work) =>
      drizzleFor(session).transaction((tx) => work((text) => tx.insert(note).values({ text }).execute())),
  },
];

const UNKNOWN_TABLE = '42P01';

let world: TestPlatform;

beforeAll(async () => {
  world = await startTestPlatform({
    migrations: [{ name: '0001_note', sql: 'create table note (text text not null)' }],
  });
});
afterAll(() => world.stop());

async function kept(prefix: string): Promise<readonly string[]> {
  const rows = await world.query<{ text: string }>(
    'select text from co_1.note where starts_with(text, $1) order by text',
    [prefix],
  );
  return rows.map(({ text }) => text.slice(prefix.length));
}

const fails = (work: (session: Session) => Promise<unknown>) => expect(world.open(work)).rejects;

describe.each(BUILDERS)('a transaction of $name', (builder) => {
  const { add, fail, transaction } = builder;
  let prefix = '';
  let runs = 0;
  const start = () => {
    runs++;
    prefix = `${builder.name} ${runs}:`;
    return prefix;
  };

  it('keeps what succeeds, undoes what throws, and the session goes on', async () => {
    const p = start();
    const own = new Error('no');
    await world.open(async (session) => {
      await add(session, `${p}before`);
      expect(await transaction(session, (put) => put(`${p}kept`).then(() => 7))).toBe(7);
      const failing = transaction(session, async (put) => {
        await put(`${p}undone`);
        throw own;
      });
      await expect(failing).rejects.toBe(own);
      await add(session, `${p}after`);
    });
    expect(await kept(p)).toEqual(['after', 'before', 'kept']);
  });

  it('is part of the session: what the session undoes is undone', async () => {
    const p = start();
    await fails(async (session) => {
      await transaction(session, (put) => put(`${p}reported`));
      throw new Error('no');
    }).toThrow('no');
    expect(await kept(p)).toEqual([]);
  });

  it('a statement that failed in an inner one leaves the outer work intact', async () => {
    const p = start();
    await world.open((session) =>
      transaction(session, async (put) => {
        await put(`${p}outer before`);
        const inner = transaction(session, async (putInner) => {
          await putInner(`${p}inner`);
          await fail(session);
        });
        await expect(inner).rejects.toMatchObject({ code: UNKNOWN_TABLE });
        await put(`${p}outer after`);
      }),
    );
    expect(await kept(p)).toEqual(['outer after', 'outer before']);
  });

  it('a failure that is swallowed in it undoes it, and is told', async () => {
    const p = start();
    await world.open(async (session) => {
      const swallowing = transaction(session, async (put) => {
        await put(`${p}undone`);
        await fail(session).catch(() => undefined);
      });
      await expect(swallowing).rejects.toMatchObject({ code: UNKNOWN_TABLE });
      await add(session, `${p}after`);
    });
    expect(await kept(p)).toEqual(['after']);
  });

  it('nests ten deep, each level by itself, in and around savepoints of the session', async () => {
    const p = start();
    await world.open(async (session) => {
      const level = async (depth: number): Promise<void> => {
        await add(session, `${p}${depth}`);
        if (depth === 9) return;
        const deeper = async () => {
          await level(depth + 1);
          if (depth === 5) throw new Error('from six down');
        };
        const inner = depth % 2 === 0 ? session.savepoint(deeper) : transaction(session, deeper);
        await inner.catch((error: Error) => expect(error.message).toBe('from six down'));
      };
      await transaction(session, () => level(0));
    });
    expect(await kept(p)).toEqual(['0', '1', '2', '3', '4', '5']);
  });

  it('nests in one of the other builder', async () => {
    const p = start();
    await world.open(async (session) => {
      for (const other of BUILDERS) {
        await other.transaction(session, async (put) => {
          await put(`${p}${other.name} outer`);
          await transaction(session, async (putInner) => {
            await putInner(`${p}${other.name} inner`);
            throw new Error('no');
          }).catch(() => undefined);
        });
      }
    });
    expect(await kept(p)).toEqual(['Drizzle outer', 'Kysely outer']);
  });

  it('is refused beside another one, which goes on, in success and in failure', async () => {
    const p = start();
    await world.open(async (session) => {
      await session.db.query('select 1');
      for (const outcome of ['kept', 'undone']) {
        const entered = Promise.withResolvers<void>();
        const goOn = Promise.withResolvers<void>();
        const first = transaction(session, async (put) => {
          await put(`${p}${outcome}`);
          entered.resolve();
          await goOn.promise;
          if (outcome === 'undone') throw new Error('no');
        });
        await entered.promise;
        for (const beside of BUILDERS) {
          const second = beside.transaction(session, (put) => put(`${p}beside`));
          await expect(second).rejects.toMatchObject({ code: 'TRANSACTION_CONTROL' });
        }
        goOn.resolve();
        await first.catch(() => undefined);
      }
    });
    expect(await kept(p)).toEqual(['kept']);
  });

  it('two at once: the first is kept, the second refused before it did anything', async () => {
    const p = start();
    await world.open(async (session) => {
      const [one, two] = await Promise.allSettled([
        transaction(session, (put) => put(`${p}one`)),
        transaction(session, (put) => put(`${p}two`)),
      ]);
      expect(one.status).toBe('fulfilled');
      expect(two).toMatchObject({ status: 'rejected', reason: { code: 'TRANSACTION_CONTROL' } });
    });
    expect(await kept(p)).toEqual(['one']);
  });

  it('an open one refuses the commit of the session', async () => {
    const p = start();
    await world.open((session) =>
      transaction(session, async (put) => {
        await put(`${p}kept`);
        await expect(session.commit()).rejects.toMatchObject({ code: 'TRANSACTION_CONTROL' });
      }),
    );
    expect(await kept(p)).toEqual(['kept']);
  });

  it('one that nobody awaits fails the session', async () => {
    const p = start();
    const never = Promise.withResolvers<void>();
    await fails(async (session) => {
      const entered = Promise.withResolvers<void>();
      transaction(session, async (put) => {
        await put(`${p}lost`);
        entered.resolve();
        await never.promise;
      }).catch(() => undefined);
      await entered.promise;
    }).toMatchObject({ code: 'TRANSACTION_CONTROL' });
    expect(await kept(p)).toEqual([]);
  });

  it('one that outlives the one around it is undone with it, and what it does then is refused', async () => {
    const p = start();
    const goOn = Promise.withResolvers<void>();
    let late: Promise<unknown> = Promise.resolve();
    let inner: Promise<unknown> = Promise.resolve();
    await world.open(async (session) => {
      const outer = transaction(session, async (put) => {
        await put(`${p}outer`);
        const entered = Promise.withResolvers<void>();
        inner = transaction(session, async (putInner) => {
          await putInner(`${p}inner`);
          entered.resolve();
          await goOn.promise;
          late = putInner(`${p}late`);
          await late.catch(() => undefined);
        });
        inner.catch(() => undefined);
        await entered.promise;
      });
      await expect(outer).rejects.toMatchObject({ code: 'TRANSACTION_CONTROL' });
      goOn.resolve();
      await expect(within('the inner one ends', inner)).rejects.toMatchObject({
        code: 'TRANSACTION_CONTROL',
      });
      await expect(late).rejects.toMatchObject({ code: 'TRANSACTION_CONTROL' });
      await add(session, `${p}after`);
    });
    expect(await kept(p)).toEqual(['after']);
  });

  it('a rollback takes along a savepoint of SQL that was opened inside, and spares one around it', async () => {
    const p = start();
    await world.open(async (session) => {
      await session.db.query('savepoint mine');
      await add(session, `${p}behind mine`);
      const failing = transaction(session, async (put) => {
        await session.db.query('savepoint theirs');
        await put(`${p}undone`);
        throw new Error('no');
      });
      await expect(failing).rejects.toThrow('no');
      await session.db.query('release savepoint mine');
    });
    expect(await kept(p)).toEqual(['behind mine']);
  });
});

describe.each(BUILDERS)('a query of $name', (builder) => {
  const { add, fail, raw } = builder;

  it("tells PostgreSQL's error with its SQLSTATE, and fails the session with the first one that was swallowed", async () => {
    await fails(async (session) => {
      await expect(fail(session)).rejects.toMatchObject({ code: UNKNOWN_TABLE });
      await expect(add(session, 'after')).rejects.toMatchObject({ code: '25P02' });
    }).toMatchObject({ code: UNKNOWN_TABLE });
  });

  it('fails the session with the first error also when the next one is told', async () => {
    await fails(async (session) => {
      await fail(session).catch(() => undefined);
      await add(session, 'after');
    }).toMatchObject({ code: UNKNOWN_TABLE });
  });

  const refused = { name: 'NightshiftError', code: 'TRANSACTION_CONTROL' };

  it.each(['begin', 'savepoint ns_savepoint_1'])(
    'is refused when it is %s, and nothing is lost by that',
    async (text) => {
      const p = `${builder.name} ${text}:`;
      await world.open(async (session) => {
        await add(session, p);
        await expect(raw(session, text)).rejects.toMatchObject(refused);
      });
      expect(await kept(p)).toEqual(['']);
    },
  );

  it.each(['commit', '/* x */ rollback', 'set role postgres'])(
    'is refused when it is %s, and ends the session',
    async (text) => {
      const p = `${builder.name} ${text}:`;
      await fails(async (session) => {
        await add(session, p);
        await expect(raw(session, text)).rejects.toMatchObject(refused);
      }).toMatchObject(refused);
      expect(await kept(p)).toEqual([]);
    },
  );

  it('that nobody awaits fails the session, and leaves nothing', async () => {
    const p = `${builder.name} unawaited:`;
    await fails(async (session) => {
      await add(session, p);
      raw(session, 'select pg_sleep(60)').catch(() => undefined);
    }).toMatchObject({ code: 'UNAWAITED_QUERY' });
    expect(await kept(p)).toEqual([]);
  });

  it('that nobody awaits fails the session also when it was only just executed', async () => {
    const p = `${builder.name} just executed:`;
    await fails(async (session) => {
      add(session, p).catch(() => undefined);
    }).toMatchObject({ code: 'UNAWAITED_QUERY' });
    expect(await kept(p)).toEqual([]);
  });

  it('is refused after the end of the session, and so is a transaction', async () => {
    let late: Session | undefined;
    await world.open(async (session) => {
      late = session;
      await add(session, 'in time');
    });
    const ended = { name: 'NightshiftError', code: 'SESSION_ENDED' };
    await expect(add(late as Session, 'late')).rejects.toMatchObject(ended);
    await expect(builder.transaction(late as Session, async () => 1)).rejects.toMatchObject(ended);
  });

  it('works with the rights of the session, and may not do more', async () => {
    const denied = { code: 'PERMISSION_DENIED', details: { sqlState: '42501' } };
    await fails((session) => raw(session, 'select * from nightshift.slot')).toMatchObject(denied);
  });

  it('a connection that a forgotten query held is given up', async () => {
    await until('no session holds a transaction', async () => {
      const open = await world.query(
        `select from pg_stat_activity where datname = current_database() and xact_start is not null
           and application_name like '% session'`,
      );
      return open.length === 0;
    });
  });
});
