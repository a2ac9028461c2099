import { DrizzleQueryError, eq, type Logger, relations, sql } from 'drizzle-orm';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import {
  bigint,
  boolean,
  customType,
  date,
  doublePrecision,
  integer,
  interval,
  json,
  jsonb,
  numeric,
  pgTable,
  text,
  time,
  timestamp,
  uuid,
} from 'drizzle-orm/pg-core';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drizzleFor } from '../drizzle.ts';
import type { Session } from '../session/index.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';

const TABLES = `
  create table sample (id int primary key, n numeric(30, 10), big bigint, big_text bigint, d double precision, ok boolean,
    day date, day_date date, at timestamptz, at_text timestamptz, local timestamp, local_text timestamp, clock time,
    span interval, js json, jsb jsonb, tags text[], numbers numeric[], days date[], instants timestamptz[], raw bytea,
    key uuid);
  create table author (id int primary key, full_name text not null unique);
  create table book (id int primary key, author_id int references author, title text not null, published date)`;

const bytes = customType<{ data: Buffer }>({ dataType: () => 'bytea' });

const sample = pgTable('sample', {
  id: integer().primaryKey(),
  n: numeric({ precision: 30, scale: 10 }),
  big: bigint({ mode: 'bigint' }),
  bigText: bigint('big_text', { mode: 'number' }),
  d: doublePrecision(),
  ok: boolean(),
  day: date(),
  dayDate: date('day_date', { mode: 'date' }),
  at: timestamp({ withTimezone: true }),
  atText: timestamp('at_text', { withTimezone: true, mode: 'string' }),
  local: timestamp(),
  localText: timestamp('local_text', { mode: 'string' }),
  clock: time(),
  span: interval(),
  js: json(),
  jsb: jsonb(),
  tags: text().array(),
  numbers: numeric().array(),
  days: date().array(),
  instants: timestamp({ withTimezone: true }).array(),
  raw: bytes(),
  key: uuid(),
});
const author = pgTable('author', { id: integer().primaryKey(), fullName: text().notNull() });
const book = pgTable('book', {
  id: integer().primaryKey(),
  authorId: integer(),
  title: text().notNull(),
  published: date(),
});
const schema = {
  sample,
  author,
  book,
  authorRelations: relations(author, ({ many }) => ({ books: many(book) })),
  bookRelations: relations(book, ({ one }) => ({
    author: one(author, { fields: [book.authorId], references: [author.id] }),
  })),
};
const OPTIONS = { schema, casing: 'snake_case' } as const;
const REFUSED = { name: 'NightshiftError', code: 'TRANSACTION_CONTROL' };

type Db = NodePgDatabase<typeof schema>;

let world: TestPlatform;
let client: pg.Client;
/** Drizzle as it is without a session, as the superuser. */
let plain: Db;

beforeAll(async () => {
  world = await startTestPlatform({ migrations: [{ name: '0001_tables', sql: TABLES }] });
  client = new pg.Client({
    connectionString: world.database?.url,
    options: '-c timezone=UTC -c search_path=co_1',
  });
  await client.connect();
  plain = drizzle({ client, ...OPTIONS });
});
afterAll(async () => {
  await client.end();
  await world.stop();
});

const open = <T>(work: (db: Db, session: Session) => Promise<T>) =>
  world.open((session) => work(drizzleFor(session, OPTIONS), session));

const FULL = {
  n: '12345678901234567890.0123456789',
  big: 9007199254740993n,
  bigText: 42,
  d: 0.1,
  ok: false,
  day: '2026-02-28',
  dayDate: new Date('2026-02-28T00:00:00Z'),
  at: new Date('2026-03-29T01:30:00.123Z'),
  atText: '2026-03-29 03:30:00.123456+02',
  local: new Date('2026-03-29T01:30:00.123Z'),
  localText: '2026-03-29 01:30:00.123456',
  clock: '12:34:56.789',
  span: '1 mon 2 days 03:04:05',
  js: { a: [1, null, 'x'] },
  jsb: ['a', { b: 1.5 }],
  tags: ['plain', 'with "quotes"', 'with, comma', ''],
  numbers: ['1.50', '2'],
  days: ['2026-01-01', '2026-12-31'],
  instants: [new Date('2026-01-01T00:00:00Z')],
  raw: Buffer.from([0, 1, 255]),
  key: '00000000-0000-4000-8000-000000000001',
};

describe('drizzleFor gives what Drizzle gives over a plain client', () => {
  beforeAll(async () => {
    await open(async (db) => {
      await db.insert(sample).values([{ id: 1, ...FULL }, { id: 2 }]);
      await db.insert(author).values({ id: 1, fullName: 'Ada' });
      await db.insert(book).values([
        { id: 1, authorId: 1, title: 'Notes', published: '1843-09-01' },
        { id: 2, title: 'Nobody', published: null },
      ]);
    });
    await plain.insert(sample).values({ id: 3, ...FULL });
  });

  it('for what is written', async () => {
    const rows = await world.query('select to_jsonb(s) - $1 as row from co_1.sample s where id in (1, 3)', [
      'id',
    ]);
    expect(rows[0]).toEqual(rows[1]);
  });

  it.each<[string, (db: Db) => Promise<unknown>]>([
    ['every type', (db) => db.select().from(sample).orderBy(sample.id)],
    ['chosen columns', (db) => db.select({ a: sample.day, b: sql<string>`now() - now()` }).from(sample)],
    [
      'a join with columns of one name',
      (db) => db.select().from(book).leftJoin(author, eq(author.id, book.authorId)).orderBy(book.id),
    ],
    ['relations', (db) => db.query.author.findMany({ with: { books: true } })],
    ['the other way', (db) => db.query.book.findFirst({ with: { author: { columns: { fullName: true } } } })],
    ['a count', (db) => db.$count(sample, eq(sample.id, 1))],
    [
      'a prepared query, twice',
      async (db) => {
        const query = db
          .select()
          .from(sample)
          .where(eq(sample.id, sql.placeholder('id')))
          .prepare('by_id');
        return [await query.execute({ id: 1 }), await query.execute({ id: 2 })];
      },
    ],
    ['the rows of raw SQL', async (db) => (await db.execute(sql`select * from sample order by id`)).rows],
    [
      'the shape of raw SQL',
      async (db) => {
        const { rowCount, command, fields } = await db.execute(sql`select id, day from sample`);
        return { rowCount, command, fields: fields.map(({ name, dataTypeID }) => [name, dataTypeID]) };
      },
    ],
    ['what returning tells', (db) => db.update(sample).set({ ok: true }).where(eq(sample.id, 2)).returning()],
    ['how many were changed', async (db) => (await db.update(sample).set({ d: 1 })).rowCount],
  ])('for %s', async (_, ask) => {
    const expected = await ask(plain);
    expect(await open((db) => ask(db))).toEqual(expected);
    expect(expected).toBeTruthy();
  });

  it('for errors, with the SQLSTATE beside', async () => {
    const twice = (db: Db) => db.insert(author).values({ id: 2, fullName: 'Ada' });
    const expected: unknown = await twice(plain).catch((error: unknown) => error);
    await world.open(async (session) => {
      const error: unknown = await session
        .savepoint(() => twice(drizzleFor(session, OPTIONS)).execute())
        .catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(DrizzleQueryError);
      expect(error).toMatchObject({
        code: '23505',
        cause: { code: '23505', constraint: 'author_full_name_key' },
      });
      expect((error as Error).message).toBe((expected as Error).message);
    });
  });
});

describe('drizzleFor', () => {
  it('tells a logger each query, and none without one', async () => {
    const seen: string[] = [];
    const logger: Logger = { logQuery: (query) => seen.push(query) };
    await world.open(async (session) => {
      const casing = 'snake_case';
      await drizzleFor(session, { logger, casing }).transaction((tx) => tx.select().from(author));
      await drizzleFor(session, { logger: false, casing }).select().from(author);
      await drizzleFor(session, { casing }).select().from(author);
      const undone = session.savepoint(() => drizzleFor(session).select().from(author).execute());
      await expect(undone).rejects.toMatchObject({ code: '42703' }); // "fullName", without the casing
    });
    expect(seen).toEqual(['select "id", "full_name" from "author"']);
  });

  it('nests through the handle of a transaction, which can roll back', async () => {
    await open(async (db, session) => {
      await db.transaction(async (tx) => {
        await tx.insert(author).values({ id: 10, fullName: 'nested 10' });
        const undone = tx.transaction(async (inner) => {
          await inner.insert(author).values({ id: 11, fullName: 'nested 11' });
          await inner.transaction((innermost) =>
            innermost.insert(author).values({ id: 12, fullName: 'nested 12' }),
          );
          inner.rollback();
        });
        await expect(undone).rejects.toThrow('Rollback');
        await tx.transaction((inner) => inner.insert(author).values({ id: 13, fullName: 'nested 13' }));
        await session.savepoint(() => tx.transaction((inner) => inner.query.author.findMany()));
      });
    });
    expect(await world.query('select id from co_1.author where id between 10 and 19 order by id')).toEqual([
      { id: 10 },
      { id: 13 },
    ]);
  });

  it('refuses two transactions side by side in a transaction', async () => {
    await open(async (db) => {
      await db.transaction(async (tx) => {
        const [one, two] = await Promise.allSettled([
          tx.transaction((inner) => inner.insert(author).values({ id: 20, fullName: 'beside 20' })),
          tx.transaction((inner) => inner.insert(author).values({ id: 21, fullName: 'beside 21' })),
        ]);
        expect(one?.status).toBe('fulfilled');
        expect(two).toMatchObject({ status: 'rejected', reason: REFUSED });
      });
    });
    expect(await world.query('select id from co_1.author where id in (20, 21)')).toEqual([{ id: 20 }]);
  });

  it.each([
    ['isolationLevel', { isolationLevel: 'serializable' }],
    ['accessMode', { accessMode: 'read only' }],
    ['deferrable', { deferrable: false }],
  ] as const)('refuses %s for a transaction', async (field, config) => {
    await open(async (db) => {
      const refusal = { ...REFUSED, field, message: expect.stringContaining(field) };
      await expect(db.transaction(async () => 1, config)).rejects.toMatchObject(refusal);
      await db.transaction(async (tx) => {
        await expect(tx.setTransaction(config)).rejects.toMatchObject(refusal);
      });
      expect(await db.transaction(async () => 2, {})).toBe(2);
    });
  });

  it('errors of the session come as they are, not wrapped', async () => {
    let late: Db | undefined;
    await open(async (db) => {
      late = db;
      for (const refused of [db.execute('begin'), db._.session.all(sql`begin`)] as Promise<unknown>[]) {
        await expect(refused).rejects.toMatchObject(REFUSED);
      }
    });
    const ended = { name: 'NightshiftError', code: 'SESSION_ENDED' };
    await expect(late?.select().from(author)).rejects.toMatchObject(ended);
    await expect(late?.query.author.findMany()).rejects.toMatchObject(ended);
    await expect(late?.$count(author)).rejects.toMatchObject(ended);
  });
});
