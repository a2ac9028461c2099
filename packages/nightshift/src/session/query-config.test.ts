import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';

let world: TestPlatform;

beforeAll(async () => {
  world = await startTestPlatform({});
});
afterAll(() => world.stop());

const asText = { getTypeParser: () => (text: string) => `<${text}>` };

describe('a query with more than a text', () => {
  it('gives rows as arrays, in the order of its columns, also where names come twice', async () => {
    await world.open(async (session) => {
      const text = 'select $1::int as a, 2 as b, null::text as a';
      const { rows, fields } = await session.db.query({ text, values: [1], rowMode: 'array' });
      expect(rows).toEqual([[1, 2, null]]);
      expect(fields.map(({ name, dataTypeID }) => [name, dataTypeID])).toEqual([
        ['a', pg.types.builtins.INT4],
        ['b', pg.types.builtins.INT4],
        ['a', pg.types.builtins.TEXT],
      ]);
    });
  });

  it('reads values as it is told to, and NULL as null', async () => {
    await world.open(async (session) => {
      const text = "select 1 as a, null::int as b, date '2026-02-28' as c";
      const { rows } = await session.db.query({ text, types: asText });
      expect(rows).toEqual([{ a: '<1>', b: null, c: '<2026-02-28>' }]);
    });
  });

  it('does not change how the same statement is read the next time, prepared or not', async () => {
    await world.open(async (session) => {
      const text = "select 1 as a, date '2026-02-28' as c";
      for (let time = 0; time < 3; time++) {
        expect((await session.db.query(text)).rows).toEqual([{ a: 1, c: '2026-02-28' }]);
        expect((await session.db.query({ text, rowMode: 'array' })).rows).toEqual([[1, '2026-02-28']]);
        expect((await session.db.query({ text, types: asText })).rows).toEqual([
          { a: '<1>', c: '<2026-02-28>' },
        ]);
      }
    });
  });

  it('takes values beside it as well, and these first', async () => {
    await world.open(async (session) => {
      const config = { text: 'select $1::int as a', values: [1], rowMode: 'array' } as const;
      expect((await session.db.query(config)).rows).toEqual([[1]]);
      expect((await session.db.query(config, [2])).rows).toEqual([[2]]);
    });
  });

  it('has fields also without rows, and none without columns', async () => {
    await world.open(async (session) => {
      const none = await session.db.query('select 1 as a where false');
      expect([none.rows, none.fields.map(({ name }) => name)]).toEqual([[], ['a']]);
      expect((await session.db.query('savepoint mine')).fields).toEqual([]);
    });
  });

  it('is guarded as any other', async () => {
    const guarded = world.open((session) =>
      session.db.query({ text: 'commit', rowMode: 'array', types: asText }),
    );
    await expect(guarded).rejects.toMatchObject({ code: 'TRANSACTION_CONTROL' });
    const two = world.open((session) => session.db.query({ text: 'select 1; commit', rowMode: 'array' }));
    await expect(two).rejects.toMatchObject({ code: '42601' });
  });

  // The driver asks for parsers while it reads from the socket, where an error would end the process.
  it.each([
    [
      'throws',
      () => () => {
        throw new Error('unreadable');
      },
    ],
    [
      'cannot be had',
      () => {
        throw new Error('unreadable');
      },
    ],
  ] as [string, () => (text: string) => unknown][])(
    'an error of a parser that %s is the error of its query',
    async (_, getTypeParser) => {
      const reading = world.open((session) =>
        session.db.query({ text: 'select 1', types: { getTypeParser } }),
      );
      await expect(reading).rejects.toThrow('unreadable');
      await world.open((session) => session.db.query('select 1'));
    },
  );

  it('a parser that is no function is the error of its query, and only of that', async () => {
    const types = { getTypeParser: () => 'nonsense' } as unknown as typeof asText;
    await expect(world.open((session) => session.db.query({ text: 'select 1', types }))).rejects.toThrow();
    const nothing = {} as typeof asText;
    await expect(
      world.open((session) => session.db.query({ text: 'select 1', types: nothing })),
    ).rejects.toThrow();
    await world.open((session) => session.db.query('select 1'));
  });
});

describe('commands whose names stand for something else each time', () => {
  it('are not kept prepared: a cursor of one name has other columns the next time', async () => {
    for (const columns of ['1 as a', "'x'::text as b, 2 as c", '3 as a', "'y'::text as b"]) {
      await world.open(async (session) => {
        const declaring = `declare mine cursor for select ${columns}`;
        await session.db.query(declaring);
        const { fields } = await session.db.query('fetch all from mine');
        expect(fields.map(({ name }) => name)).toEqual(columns.match(/(?<=as )\w/g));
        await session.db.query('close mine');
        const prepared = await session.db.query<{ statement: string }>(
          'select statement from pg_prepared_statements',
        );
        expect(prepared.rows.filter(({ statement }) => /mine/.test(statement))).toEqual([]);
      });
    }
  });
});
