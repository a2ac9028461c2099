import { CamelCasePlugin, type Generated, type Kysely, sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kyselyFor } from '../kysely.ts';
import type { Session } from '../session/index.ts';
import { within } from '../testing/condition.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';

interface Tables {
  note: { text: string };
  item: { id: Generated<number>; unit_price: string; due: string; changed_at: Date; tags: string[] };
}

const TABLES = `create table note (text text not null);
  create table item (id int generated always as identity primary key, unit_price numeric, due date,
    changed_at timestamptz, tags text[])`;
const REFUSED = { name: 'NightshiftError', code: 'TRANSACTION_CONTROL' };

let world: TestPlatform;

beforeAll(async () => {
  world = await startTestPlatform({ migrations: [{ name: '0001_tables', sql: TABLES }] });
});
afterAll(() => world.stop());

const put = (db: Kysely<Tables>, text: string) => db.insertInto('note').values({ text }).execute();

async function kept(prefix: string): Promise<readonly string[]> {
  const rows = await world.query<{ text: string }>(
    'select text from co_1.note where starts_with(text, $1) order by text',
    [prefix],
  );
  return rows.map(({ text }) => text.slice(prefix.length));
}

/** Runs `work` with a Kysely in a session. */
const open = <T>(work: (db: Kysely<Tables>, session: Session) => Promise<T>) =>
  world.open((session) => work(kyselyFor<Tables>(session), session));

describe('kyselyFor', () => {
  it('writes and reads, and counts the changes', async () => {
    const at = new Date('2026-02-28T22:00:00.123Z');
    await open(async (db) => {
      const values = { unit_price: '12.50', due: '2026-02-28', changed_at: at, tags: ['a', 'b'] };
      const inserted = await db.insertInto('item').values([values, values]).returning('id').execute();
      expect(inserted).toEqual([{ id: 1 }, { id: 2 }]);
      const updated = await db.updateTable('item').set({ unit_price: '1' }).executeTakeFirst();
      expect(updated.numUpdatedRows).toBe(2n);
      const deleted = await db.deleteFrom('item').where('id', '=', 2).executeTakeFirst();
      expect(deleted.numDeletedRows).toBe(1n);
      const rows = await db.selectFrom('item').selectAll().execute();
      expect(rows).toEqual([{ ...values, id: 1, unit_price: '1' }]);
      const { numAffectedRows } = await sql`select 1`.execute(db);
      expect(numAffectedRows).toBeUndefined();
    });
  });

  it('takes plugins, and keeps its transactions with them, with a schema and with other tables', async () => {
    await world.open(async (session) => {
      const db = kyselyFor<{ item: { id: number; unitPrice: string } }>(session, {
        plugins: [new CamelCasePlugin()],
      });
      const derived = [
        db.withSchema('co_1'),
        db.withPlugin(new CamelCasePlugin()),
        db.withoutPlugins().withPlugin(new CamelCasePlugin()),
        db.withTables<{ more: { n: number } }>(),
        db.$extendTables<{ more: { n: number } }>(),
        db.$pickTables<'item'>(),
      ];
      for (const each of [db, ...derived] as (typeof db)[]) {
        await each.transaction().execute(async (trx) => {
          const [row] = await trx.selectFrom('item').select('unitPrice').execute();
          expect(row).toEqual({ unitPrice: '1' });
          await session.savepoint(() => each.transaction().execute(async () => undefined));
        });
      }
      await db
        .$omitTables<'item'>()
        .transaction()
        .execute(() => session.savepoint(async () => undefined));
    });
  });

  it('describes the tables of the company', async () => {
    const tables = await open((db) => db.introspection.getTables());
    const item = tables.find((table) => table.name === 'item' && table.schema === 'co_1');
    expect(item?.columns.map((column) => column.name)).toContain('unit_price');
  });

  it('keeps to one connection, which is the session’s', async () => {
    await open(async (db, session) => {
      await db.connection().execute(async (same) => {
        await same.transaction().execute(async (trx) => {
          await put(trx, 'connection:1');
          // Kysely's own would wait for itself here.
          await within('the statement beside it is done', put(same, 'connection:2'));
          await session.savepoint(() => put(same, 'connection:3'));
        });
      });
      const aborted = { signal: AbortSignal.abort(new Error('no more')) };
      await expect(db.connection().execute(async () => 1, aborted)).rejects.toThrow('no more');
    });
    expect(await kept('connection:')).toEqual(['1', '2', '3']);
  });

  it('destroying it does not end the session', async () => {
    await open(async (db, session) => {
      await put(db, 'destroy:before');
      await db.destroy();
      await db[Symbol.asyncDispose]();
      await put(db, 'destroy:after');
      await session.commit();
    });
    expect(await kept('destroy:')).toEqual(['after', 'before']);
  });

  it.each([
    ['isolationLevel', (db: Kysely<Tables>) => db.transaction().setIsolationLevel('serializable')],
    ['accessMode', (db: Kysely<Tables>) => db.transaction().setAccessMode('read only')],
  ])('refuses %s for a transaction', async (field, begin) => {
    await open(async (db) => {
      const refused = begin(db).execute((trx) => put(trx, 'never'));
      await expect(refused).rejects.toMatchObject({
        ...REFUSED,
        field,
        message: expect.stringContaining(field),
      });
      const controlled =
        field === 'accessMode'
          ? db.startTransaction().setAccessMode('read write')
          : db.startTransaction().setIsolationLevel('read committed');
      await expect(controlled.execute()).rejects.toMatchObject({ ...REFUSED, field });
      await put(db, `settings ${field}:`);
    });
    expect([await kept('never'), await kept(`settings ${field}:`)]).toEqual([[], ['']]);
  });

  it('queries with a signal run, and are refused once it is aborted', async () => {
    await open(async (db) => {
      const controller = new AbortController();
      const query = db.selectFrom('item').select('id');
      expect(await query.execute({ signal: controller.signal })).toEqual([{ id: 1 }]);
      controller.abort(new Error('no more'));
      await expect(query.execute({ signal: controller.signal })).rejects.toThrow('no more');
    });
  });
});

describe('a transaction of Kysely that is ended by hand', () => {
  it('is kept by commit, undone by rollback, and the session goes on', async () => {
    await open(async (db) => {
      const first = await db.startTransaction().execute();
      await put(first, 'hand:committed');
      await first.commit().execute();
      const second = await db.startTransaction().execute();
      await put(second, 'hand:undone');
      await second.rollback().execute();
      expect([first.isCommitted, second.isRolledBack]).toEqual([true, true]);
      await expect(put(first, 'hand:late')).rejects.toThrow('already committed');
      await put(db, 'hand:after');
    });
    expect(await kept('hand:')).toEqual(['after', 'committed']);
  });

  it('goes back to its savepoints, also after an error, and releases them', async () => {
    await open(async (db) => {
      const trx = await db.startTransaction().execute();
      await put(trx, 'points:0');
      const one = await trx.savepoint('one "quoted"').execute();
      await put(one, 'points:1');
      const two = await one.savepoint('two').execute();
      await put(two, 'points:2');
      await expect(sql`select 1/0`.execute(two)).rejects.toMatchObject({ code: '22012' });
      await two.rollbackToSavepoint('two').execute();
      await put(two, 'points:2 again');
      await two.rollbackToSavepoint('one "quoted"').execute();
      await put(one, 'points:1 again');
      await one.releaseSavepoint('one "quoted"').execute();
      await trx.commit().execute();
    });
    expect(await kept('points:')).toEqual(['0', '1 again']);
  });

  it('refuses savepoints that are not its own, and is not harmed by that', async () => {
    await open(async (db, session) => {
      await session.db.query('savepoint foreign_one');
      await put(db, 'foreign:before');
      const trx = (await db.startTransaction().execute()) as unknown as {
        savepoint(name: string): { execute(): Promise<unknown> };
        rollbackToSavepoint(name: string): { execute(): Promise<unknown> };
        releaseSavepoint(name: string): { execute(): Promise<unknown> };
        commit(): { execute(): Promise<void> };
      };
      await trx.savepoint('gone').execute();
      await trx.releaseSavepoint('gone').execute();
      for (const name of ['foreign_one', 'gone', 'ns_savepoint_1']) {
        await expect(trx.rollbackToSavepoint(name).execute()).rejects.toMatchObject(REFUSED);
        await expect(trx.releaseSavepoint(name).execute()).rejects.toMatchObject(REFUSED);
      }
      await expect(trx.savepoint('ns_savepoint_1').execute()).rejects.toMatchObject(REFUSED);
      await trx.commit().execute();
    });
    expect(await kept('foreign:')).toEqual(['before']);
  });

  it('tells at its commit what failed in it, is undone, and can be rolled back all the same', async () => {
    await open(async (db) => {
      await put(db, 'failed:before');
      const trx = await db.startTransaction().execute();
      await put(trx, 'failed:undone');
      await sql`select 1/0`.execute(trx).catch(() => undefined);
      await expect(trx.commit().execute()).rejects.toMatchObject({ code: '22012' });
      await expect(put(trx, 'failed:late')).rejects.toMatchObject(REFUSED);
      await trx.rollback().execute();
      await put(db, 'failed:after');
    });
    expect(await kept('failed:')).toEqual(['after', 'before']);
  });

  it('refuses everything that is opened beside it, until it has ended', async () => {
    await open(async (db, session) => {
      const trx = await db.startTransaction().execute();
      await put(trx, 'beside:kept');
      await expect(db.startTransaction().execute()).rejects.toMatchObject(REFUSED);
      await expect(db.transaction().execute(async () => 1)).rejects.toMatchObject(REFUSED);
      await expect(session.savepoint(async () => 1)).rejects.toMatchObject(REFUSED);
      await expect(session.commit()).rejects.toMatchObject(REFUSED);
      await trx.commit().execute();
      await session.commit();
    });
    expect(await kept('beside:')).toEqual(['kept']);
  });

  it('nests in a transaction that is a function, and the other way round it must not', async () => {
    await open(async (db) => {
      await db.transaction().execute(async () => {
        const trx = await db.startTransaction().execute();
        await put(trx, 'inside:undone');
        await trx.rollback().execute();
        await put(db, 'inside:kept');
      });
    });
    expect(await kept('inside:')).toEqual(['kept']);
  });

  it('that outlives the one around it is undone with it; then its end is told, and its queries are refused', async () => {
    await open(async (db) => {
      let end = async (_how: 'commit' | 'rollback' | 'put'): Promise<unknown> => undefined;
      const outer = db.transaction().execute(async () => {
        const trx = await db.startTransaction().execute();
        await put(trx, 'outlives:undone');
        end = async (how) => (how === 'put' ? put(trx, 'outlives:late') : trx[how]().execute());
      });
      await expect(outer).rejects.toMatchObject(REFUSED);
      await expect(end('put')).rejects.toMatchObject(REFUSED);
      await expect(within('it ends', end('commit'))).rejects.toMatchObject(REFUSED);
      await within('it is rolled back', end('rollback'));
      await put(db, 'outlives:after');
    });
    expect(await kept('outlives:')).toEqual(['after']);
  });

  it('that is still open at the end fails the session, and is ended with it', async () => {
    const late: (() => Promise<unknown>)[] = [];
    const work = open(async (db) => {
      const trx = await db.startTransaction().execute();
      await put(trx, 'open:lost');
      late.push(
        () => put(trx, 'open:late'),
        () => trx.commit().execute(),
      );
    });
    await expect(work).rejects.toMatchObject(REFUSED);
    for (const use of late) {
      await expect(within('it is refused', use())).rejects.toMatchObject({ code: 'SESSION_ENDED' });
    }
    expect(await kept('open:')).toEqual([]);
  });
});

describe('streaming with Kysely', () => {
  const numbers = (db: Kysely<Tables>, upTo: number) =>
    db
      .selectFrom(sql<{ n: number }>`generate_series(1, ${upTo}::int)`.as<'s'>(sql`s(n)`))
      .select('s.n')
      .where('s.n', '>', 0);

  it.each([1, 7, 100, 101, 1000])('reads all rows, in chunks of %i', async (chunk) => {
    await open(async (db, session) => {
      const seen: number[] = [];
      for await (const { n } of numbers(db, 100).stream(chunk)) seen.push(n);
      expect(seen).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
      expect((await session.db.query("select from pg_cursors where name <> ''")).rowCount).toBe(0);
    });
  });

  it('leaves room for other queries in between, and for two streams at a time', async () => {
    await open(async (db) => {
      const pairs: string[] = [];
      for await (const { n } of numbers(db, 3).stream(1)) {
        for await (const inner of numbers(db, 2).stream(1)) {
          await put(db, `stream:${n}${inner.n}`);
          pairs.push(`${n}${inner.n}`);
        }
      }
      expect(await kept('stream:')).toEqual([]);
      expect(pairs).toHaveLength(6);
    });
    expect(await kept('stream:')).toEqual(['11', '12', '21', '22', '31', '32']);
  });

  it('closes its cursor when the loop ends early or throws', async () => {
    await open(async (db, session) => {
      for await (const { n } of numbers(db, 100).stream(10)) if (n === 15) break;
      const throwing = (async () => {
        for await (const { n } of numbers(db, 100).stream(10)) if (n === 5) throw new Error('enough');
      })();
      await expect(throwing).rejects.toThrow('enough');
      expect((await session.db.query("select from pg_cursors where name <> ''")).rowCount).toBe(0);
    });
  });

  it('a stream that outlives its transaction harms nobody', async () => {
    await open(async (db) => {
      let stream: AsyncIterator<unknown> | undefined;
      const undone = db.transaction().execute(async () => {
        stream = numbers(db, 100).stream(10)[Symbol.asyncIterator]();
        await stream.next();
        throw new Error('no');
      });
      await expect(undone).rejects.toThrow('no');
      await stream?.return?.();
      await put(db, 'outlived:kept');
    });
    expect(await kept('outlived:')).toEqual(['kept']);
  });

  it('tells the error of a query that fails on the way', async () => {
    await open(async (db, session) => {
      const reading = session.savepoint(async () => {
        const query = numbers(db, 20).select(sql<number>`1 / (15 - s.n)`.as('inverse'));
        for await (const _ of query.stream(10));
      });
      await expect(reading).rejects.toMatchObject({ code: '22012' });
      await put(db, 'on the way:kept');
    });
    expect(await kept('on the way:')).toEqual(['kept']);
  });

  it('refuses what is no chunk, before anything is sent', async () => {
    await open(async (db) => {
      for (const chunk of [0, -1, 1.5, Number.NaN]) {
        const reading = (async () => {
          for await (const _ of numbers(db, 1).stream(chunk));
        })();
        await expect(reading).rejects.toMatchObject({ code: 'VALIDATION', field: 'chunkSize' });
      }
      await put(db, 'chunk:kept');
    });
    expect(await kept('chunk:')).toEqual(['kept']);
  });

  it('a statement that changes something cannot be streamed', async () => {
    const work = open(async (db) => {
      for await (const _ of db.insertInto('note').values({ text: 'streamed' }).returning('text').stream());
    });
    await expect(work).rejects.toMatchObject({ code: '42601' });
    expect(await kept('streamed')).toEqual([]);
  });

  it('the same query streamed in many sessions works each time', async () => {
    for (const upTo of [3, 5, 8, 13]) {
      await open(async (db) => {
        for (const last of ['n', 'double'] as const) {
          const query = numbers(db, upTo).select(sql<number>`s.n * 2`.as('double'));
          const seen: number[] = [];
          for await (const row of query.stream(2)) seen.push(row[last]);
          expect(seen).toHaveLength(upTo);
        }
      });
    }
  });
});
