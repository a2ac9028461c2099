import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../testing/condition.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import type { Session } from './session.ts';

const NOTES = `create table note (text text unique);
  create table later (n int unique deferrable initially deferred)`;

let world: TestPlatform;

beforeAll(async () => {
  world = await startTestPlatform({
    migrations: [{ name: '0001_note', sql: NOTES }],
  });
});
afterAll(() => world.stop());

const add = (session: Session, text: string) => session.db.query('insert into note values ($1)', [text]);
const notes = async (text: string) =>
  (await world.query('select from co_1.note where text = $1', [text])).length;
const fails = (work: (session: Session) => Promise<unknown>) => expect(world.open(work)).rejects;

/** Transactions that sessions have open now. */
async function openTransactions(): Promise<number> {
  const rows = await world.query(
    `select from pg_stat_activity where datname = current_database() and xact_start is not null
       and application_name like '% session'`,
  );
  return rows.length;
}

describe('the transaction of a session', () => {
  it('begins with the first query, ends with the commit, and begins anew with the next', async () => {
    const seen: number[] = [];
    await world.open(async (session) => {
      seen.push(await openTransactions());
      await session.db.query('select 1');
      seen.push(await openTransactions());
      await session.commit();
      seen.push(await openTransactions());
      await add(session, 'begins anew');
      seen.push(await openTransactions());
    });
    seen.push(await openTransactions());
    expect(seen).toEqual([0, 1, 0, 1, 0]);
    expect(await notes('begins anew')).toBe(1);
  });

  it('a session that asks nothing costs the database nothing', async () => {
    const before = await world.query('select number from nightshift.slot');
    expect(await world.open(async () => 'value')).toBe('value');
    expect(await world.query('select number from nightshift.slot')).toEqual(before);
  });

  it('is undone when the work throws, and committed when it resolves', async () => {
    const own = new Error('no');
    await fails(async (session) => {
      await add(session, 'undone');
      throw own;
    }).toBe(own);
    await world.open((session) => add(session, 'done'));
    expect([await notes('undone'), await notes('done')]).toEqual([0, 1]);
  });

  it('what was committed in between stays, what came after is undone', async () => {
    await fails(async (session) => {
      await add(session, 'first part');
      await session.commit();
      await session.commit();
      await add(session, 'second part');
      throw new Error('no');
    }).toThrow('no');
    expect([await notes('first part'), await notes('second part')]).toEqual([1, 0]);
  });

  it('statements side by side share it, and all see the same', async () => {
    const ids = await world.open((session) =>
      Promise.all(
        Array.from({ length: 20 }, () =>
          session.db.query<{ pid: number; at: Date }>('select pg_backend_pid() as pid, now() as at'),
        ),
      ),
    );
    expect(new Set(ids.map(({ rows }) => JSON.stringify(rows))).size).toBe(1);
  });

  it('takes statements as pg does, and answers in its shape', async () => {
    await world.open(async (session) => {
      const answer = await session.db.query<{ a: number }>({ text: 'select $1::int as a', values: [1] });
      expect(answer).toMatchObject({ rows: [{ a: 1 }], rowCount: 1, command: 'SELECT' });
      expect(await session.db.query('select $1::text as t', ["'; drop table note; --"])).toMatchObject({
        rows: [{ t: "'; drop table note; --" }],
      });
    });
  });

  it('is the only place where a message holds two statements: nowhere', async () => {
    await fails((session) => session.db.query("insert into note values ('two'); commit")).toMatchObject({
      code: '42601',
    });
    await fails((session) => session.db.query("select 1\0; insert into note values ('two')")).toThrow();
    expect(await notes('two')).toBe(0);
  });
});

describe('commands about transactions', () => {
  it.each(['begin', 'start transaction', 'prepare x as select 1', 'set timezone to utc', 'discard all'])(
    '%s is refused before it is sent, and nothing is lost by it',
    async (text) => {
      await world.open(async (session) => {
        await add(session, `kept ${text}`);
        const refusal = expect(session.db.query(text)).rejects;
        await refusal.toMatchObject({ code: 'TRANSACTION_CONTROL' });
        const who = await session.db.query<{ fits: boolean }>(
          "select current_user like 'ns_%_u1_c1' as fits",
        );
        expect(who.rows).toEqual([{ fits: true }]);
      });
      expect(await notes(`kept ${text}`)).toBe(1);
    },
  );

  it.each([
    'commit',
    'COMMIT AND CHAIN',
    'rollback',
    'ROLLBACK AND CHAIN',
    '; ; /* x /* y */ */ -- c\n commit',
    'rollback transaction and no chain',
    'end',
    'abort',
    "prepare transaction 'x'",
    'set role postgres',
    'set local session authorization postgres',
    'reset role',
  ])(
    '%s is refused before it is sent, and ends the session also when its code swallows that',
    async (text) => {
      await fails(async (session) => {
        await add(session, `lost ${text}`);
        const refusal = { code: 'TRANSACTION_CONTROL' };
        await expect(session.db.query(text)).rejects.toMatchObject(refusal);
        for (const more of [() => session.db.query('select 1'), () => session.commit()])
          await expect(more()).rejects.toMatchObject(refusal);
      }).toMatchObject({ code: 'TRANSACTION_CONTROL' });
      expect(await notes(`lost ${text}`)).toBe(0);
    },
  );

  it("a savepoint of one's own and the way back to it are allowed", async () => {
    await world.open(async (session) => {
      await add(session, 'before the savepoint');
      await session.db.query('savepoint mine');
      await add(session, 'behind the savepoint');
      await session.db.query('rollback to savepoint mine');
    });
    expect([await notes('before the savepoint'), await notes('behind the savepoint')]).toEqual([1, 0]);
  });

  it('going back to a savepoint after an error makes the transaction sound', async () => {
    await world.open(async (session) => {
      await add(session, 'sound');
      await session.db.query('savepoint mine');
      await session.db.query('select 1/0').catch(() => undefined);
      await session.db.query('rollback to mine');
    });
    expect(await notes('sound')).toBe(1);
  });

  it.each([
    ['a COMMIT inside DO', "do $$ begin insert into note values ('hidden'); commit; end $$"],
    ['a ROLLBACK inside DO', "do $$ begin insert into note values ('hidden'); rollback; end $$"],
    ['COMMIT by EXECUTE', "do $$ begin execute 'commit'; end $$"],
    ['a chain inside DO', 'do $$ begin commit and chain; end $$'],
  ])('%s fails the session, and nothing of it is committed', async (_, text) => {
    await fails(async (session) => {
      await add(session, 'around the hidden');
      await session.db.query(text);
    }).toMatchObject({ code: expect.stringMatching(/^(?:2D000|0A000|TRANSACTION_CONTROL)$/) });
    expect([await notes('hidden'), await notes('around the hidden')]).toEqual([0, 0]);
    expect(await openTransactions()).toBe(0);
  });
});

describe('errors that the code swallows', () => {
  it('fail the run all the same, with the first of them', async () => {
    await fails(async (session) => {
      await add(session, 'swallowed');
      await session.db.query('select 1/0').catch(() => undefined);
      await session.db.query('select * from nowhere').catch(() => undefined);
    }).toMatchObject({ code: '22012' });
    expect(await notes('swallowed')).toBe(0);
  });

  it('when the next statement complains, the first error is the one that is told', async () => {
    await fails(async (session) => {
      await session.db.query('select 1/0').catch(() => undefined);
      await session.db.query('select 1');
    }).toMatchObject({ code: '22012' });
  });

  it('a commit in between does not bury them', async () => {
    await fails(async (session) => {
      await add(session, 'not buried');
      await session.db.query('select 1/0').catch(() => undefined);
      await session.commit();
    }).toMatchObject({ code: '22012' });
    expect(await notes('not buried')).toBe(0);
  });

  it('a statement that the guard refused does not count', async () => {
    await world.open(async (session) => {
      await session.db.query('begin').catch(() => undefined);
      await add(session, 'refused and forgotten');
    });
    expect(await notes('refused and forgotten')).toBe(1);
  });
});

describe('the end of a session', () => {
  it('a query that nobody awaits fails the run, and leaves nothing', async () => {
    await fails(async (session) => {
      await add(session, 'awaited');
      session.db.query('select pg_sleep(0.2)').catch(() => undefined);
    }).toMatchObject({ code: 'UNAWAITED_QUERY' });
    expect(await notes('awaited')).toBe(0);
    await until('its backend is gone', async () => (await openTransactions()) === 0);
  });

  // A closed socket is noticed when the statement ends; until then it holds its locks.
  it('the locks of a query that nobody awaits are freed soon', async () => {
    await fails(async (session) => {
      await session.db.query('select 1');
      session.db.query('select pg_sleep(60)').catch(() => undefined);
    }).toMatchObject({ code: 'UNAWAITED_QUERY' });
    await until('its backend is gone', async () => (await openTransactions()) === 0, 1_500);
  });

  it('so does a first query that nobody awaits', async () => {
    await fails(async (session) => {
      add(session, 'never sent').catch(() => undefined);
    }).toMatchObject({ code: 'UNAWAITED_QUERY' });
    expect(await notes('never sent')).toBe(0);
    await world.open((session) => add(session, 'the slot is sound'));
  });

  it('so does a commit that nobody awaits, when it fails', async () => {
    await fails(async (session) => {
      await session.db.query('insert into later values (1), (1)');
      session.commit().catch(() => undefined);
    }).toThrow();
  });

  it('a commit with queries in flight is refused', async () => {
    await fails(async (session) => {
      const asleep = session.db.query('select pg_sleep(0.05)');
      await expect(session.commit()).rejects.toMatchObject({ code: 'UNAWAITED_QUERY' });
      await asleep;
      throw new Error('seen');
    }).toThrow('seen');
  });

  it('the handle is sealed: nothing can be done with it afterwards', async () => {
    let kept: Session | undefined;
    await world.open(async (session) => {
      kept = session;
      await add(session, 'sealed');
    });
    const ended = { code: 'SESSION_ENDED' };
    await expect(kept?.db.query('select 1')).rejects.toMatchObject(ended);
    await expect(kept?.commit()).rejects.toMatchObject(ended);
    await expect(kept?.savepoint(async () => 1)).rejects.toMatchObject(ended);
    await expect(kept?.db.query('commit')).rejects.toMatchObject({ code: 'TRANSACTION_CONTROL' });
  });

  it('also after it failed', async () => {
    let kept: Session | undefined;
    await fails(async (session) => {
      kept = session;
      throw new Error('no');
    }).toThrow('no');
    await expect(kept?.db.query('select 1')).rejects.toMatchObject({ code: 'SESSION_ENDED' });
  });
});
