import fc from 'fast-check';
import type pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { sendCommand, sendPreparation } from './command.ts';
import { connect } from './connection.ts';
import { opening } from './opening.ts';
import { type RowQuery, sendRowQueries, sendRowQuery } from './row-query.ts';
import { forgetStatements, streamOf } from './socket.ts';

let target: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  target = await createTestDatabase();
});
afterAll(() => target.drop());
beforeEach(async () => {
  client = await connect({ url: target.url, applicationName: 'row test', forUserCode: true }, true);
  await client.query('create temporary table note (no integer primary key, text text)');
});
afterEach(() => client.end().catch(() => undefined));

const ask = (query: RowQuery) =>
  new Promise<pg.QueryResult>((resolve, reject) => {
    sendRowQuery(client, query, (error, result) => (result === null ? reject(error) : resolve(result)));
  });

/** What `pg` itself makes of it. */
const askAsUsual = (query: RowQuery) =>
  client.query({ ...query, queryMode: 'extended' } as unknown as pg.QueryConfig);

/** What is the same whoever has asked. */
async function outcome(answer: Promise<pg.QueryResult>): Promise<unknown> {
  try {
    const { rows, rowCount, command, fields } = await answer;
    return { rows, rowCount, command, fields: fields.map(({ name, dataTypeID }) => [name, dataTypeID]) };
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    return { code, message };
  }
}

const circle: { self?: unknown } = {};
circle.self = circle;
const upper = { getTypeParser: () => (text: string) => text.toUpperCase() };
const broken = {
  getTypeParser: () => () => {
    throw new Error('cannot read that');
  },
};

describe('a statement and its answer are as `pg` has them', () => {
  it.each<[string, Omit<RowQuery, 'values'> & { readonly values?: unknown }]>([
    ['rows', { text: 'select no, no * 2 as twice from generate_series(1, 3) as no' }],
    ['no rows', { text: 'select 1 as one where false' }],
    ['no columns', { text: 'select from generate_series(1, 2)' }],
    ['columns of one name', { text: 'select 1 as x, 2 as x' }],
    ['many rows', { text: "select no, repeat('x', 100) from generate_series(1, 5000) as no" }],
    [
      'values of many kinds',
      {
        text: 'select $1::int, $2::text, $3::bool, $4::jsonb, $5::timestamptz, $6::bytea, $7::int[], $8::text, $9::numeric',
        values: [
          1,
          'Ünï"\'',
          true,
          { a: [1] },
          new Date(0),
          Buffer.from([0, 255]),
          [1, null],
          undefined,
          12.5,
        ],
      },
    ],
    ['rows as arrays', { text: 'select 1, 2, null', rowMode: 'array' }],
    ['types of its own', { text: "select 'x' as a, 1 as b, null as c", types: upper }],
    ['types that cannot be read', { text: "select 'x' as a", types: broken }],
    ['a name', { text: 'select $1::int as no', values: [7], name: 'known' }],
    ['a command', { text: 'create temporary table other (no integer)' }],
    ['an empty statement', { text: '' }],
    ['a comment', { text: '-- nothing' }],
    ['what is no statement', { text: 'selekt 1' }],
    ['two statements', { text: 'select 1; select 2' }],
    ['an error', { text: 'select 1 / $1::int', values: [0] }],
    ['a wrong value', { text: 'select $1::int', values: ['x'] }],
    ['too few values', { text: 'select $1::int + $2::int', values: [1] }],
    ['too many values', { text: 'select 1', values: [1] }],
    ['a value that cannot be sent', { text: 'select $1::json', values: [circle] }],
  ])('%s', async (_, query) => {
    const whole = { values: [], ...query } as RowQuery;
    const usual = await outcome(
      askAsUsual({ ...whole, ...(whole.name === undefined ? {} : { name: 'usual' }) }),
    );
    await client.query('drop table if exists other');
    expect(await outcome(ask(whole))).toEqual(usual);
    // And what comes behind it.
    expect(await outcome(ask({ text: 'select 1 as no', values: [] }))).toMatchObject({ rows: [{ no: 1 }] });
  });

  it('any values (property)', async () => {
    const value = fc.oneof(
      fc.string(),
      fc.double(),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.json(),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(value, { minLength: 1, maxLength: 6 }), async (values) => {
        const clean = values.map((each) => (typeof each === 'string' ? each.replaceAll('\0', '') : each));
        const query = {
          text: `select ${clean.map((_, at) => `$${at + 1}::text`).join(', ')}`,
          values: clean,
        };
        const arrays = { ...query, rowMode: 'array' } as const;
        expect(await outcome(ask(arrays))).toEqual(await outcome(askAsUsual(arrays)));
      }),
      { numRuns: 100 },
    );
  });
});

it('values that are no array are refused, and nothing is sent', async () => {
  const wrong = { text: 'insert into note values (1)', values: 'x' } as unknown as RowQuery;
  await expect(ask(wrong)).rejects.toThrow('Query values must be an array');
  expect((await client.query('select from note')).rowCount).toBe(0);
});

it('many under way get their own answers, errors included', async () => {
  const answers = Array.from({ length: 200 }, (_, at) =>
    outcome(
      ask({ text: `select 1 / $1::int as one, ${at % 7} as kind`, values: [at % 5], name: `by_${at % 7}` }),
    ),
  );
  const found = await Promise.all(answers);
  for (const [at, answer] of found.entries()) {
    if (at % 5 === 0) expect(answer).toMatchObject({ code: '22012' });
    else expect(answer).toMatchObject({ rows: [{ one: at % 5 === 1 ? 1 : 0, kind: at % 7 }] });
  }
});

it('a name is prepared once, again when it could not be, and again when it was forgotten', async () => {
  const later = { text: 'select * from later where no = $1', values: [1], name: 'later' };
  await expect(ask(later)).rejects.toMatchObject({ code: '42P01' });
  await client.query('create temporary table later (no integer)');
  expect(await outcome(ask(later))).toMatchObject({ rowCount: 0 });
  expect((await client.query("select from pg_prepared_statements where name = 'later'")).rowCount).toBe(1);
  forgetStatements(client);
  await client.query('deallocate all');
  expect(await outcome(ask(later))).toMatchObject({ rowCount: 0 });
});

it('a connection that is lost is told to each once', async () => {
  client.on('error', () => undefined);
  let told = 0;
  const all = Array.from({ length: 5 }, () =>
    ask({ text: 'select pg_sleep(5)', values: [] }).catch(() => {
      told++;
    }),
  );
  streamOf(client).destroy();
  await Promise.all(all);
  expect(told).toBe(5);
});

const IDENTITY = {
  name: 'identity',
  text: "select set_config('search_path', 'pg_temp', true), set_config('app.who', 'me', true)",
};
const OPENING = opening({ text: 'begin' }, IDENTITY);

const known = (target: typeof IDENTITY) =>
  new Promise<void>((resolve, reject) => {
    sendPreparation(client, [target], (error) => (error === null ? resolve() : reject(error)));
  });

interface Told {
  readonly rows?: unknown;
  readonly code?: string | undefined;
  readonly message?: string | undefined;
  readonly opened: boolean;
  readonly status: string | null;
}

const open = (query: RowQuery) =>
  new Promise<Told>((resolve) => {
    sendRowQuery(
      client,
      query,
      (error, result, opened) => {
        const { code, message } = (error ?? {}) as { code?: string; message?: string };
        const told = error === null ? { rows: result?.rows } : { code, message };
        // When the message behind it has been read, too.
        client
          .query('select 1')
          .catch(() => undefined)
          .then(() => resolve({ ...told, opened, status: client.getTransactionStatus() }));
      },
      OPENING,
    );
  });

describe('what opens a transaction in front of its first statement', () => {
  beforeEach(() => known(IDENTITY));

  it('is answered with it, and leaves it in the transaction as who it says', async () => {
    const text = "select current_setting('app.who') as who, current_setting('search_path') as path";
    expect(await open({ text, values: [] })).toEqual({
      rows: [{ who: 'me', path: 'pg_temp' }],
      opened: true,
      status: 'T',
    });
    await client.query('rollback');
    expect(await client.query("select current_setting('app.who') as who")).toMatchObject({
      rows: [{ who: '' }],
    });
  });

  it('lets a statement fail by itself: it is open then', async () => {
    expect(await open({ text: 'select 1 / 0', values: [] })).toMatchObject({
      code: '22012',
      opened: true,
      status: 'E',
    });
  });

  it('is not followed by it when it fails', async () => {
    await client.query('deallocate identity');
    const told = await open({ text: 'insert into note values (1)', values: [] });
    expect(told).toMatchObject({ code: '26000', opened: false, status: 'E' });
    await client.query('rollback');
    expect((await client.query('select from note')).rowCount).toBe(0);
  });

  it('is refused by a transaction that was left open, which goes on to refuse everything', async () => {
    sendCommand(client, 'begin; select 1 / 0', () => undefined);
    const told = await open({ text: 'insert into note values (1)', values: [] });
    expect(told).toMatchObject({ code: '25P02', opened: false, status: 'E' });
  });

  it('is sent without a statement whose values cannot be converted', async () => {
    const circle: { self?: unknown } = {};
    circle.self = circle;
    const told = await open({ text: 'select $1', values: [circle] });
    expect(told).toMatchObject({ opened: true, status: 'T' });
    expect(told.message).toContain('circular');
  });

  it('begins, whatever was prepared under another name or none', async () => {
    await client.query({ name: 'begin', text: 'select 1' });
    await client.query('select $1::integer', [1]);
    expect(await open({ text: 'select 1 as one', values: [] })).toMatchObject({ status: 'T' });
  });

  it('does not let `pg` believe that a statement is known which could not be prepared', async () => {
    const later = { text: 'select no from later', values: [], name: 'later' };
    for (let times = 0; times < 2; times++) {
      expect(await open(later)).toMatchObject({ code: '42P01', opened: true });
      await client.query('rollback');
    }
    await client.query('create temporary table later (no integer)');
    for (let times = 0; times < 2; times++) {
      expect(await open(later)).toMatchObject({ rows: [], opened: true });
      await client.query('rollback');
    }
    const prepared = "select from pg_prepared_statements where name = 'later'";
    expect((await client.query(prepared)).rowCount).toBe(1);
  });

  it('has not succeeded when the connection is lost', async () => {
    client.on('error', () => undefined);
    const told = open({ text: 'select pg_sleep(5)', values: [] });
    streamOf(client).destroy();
    expect(await told).toMatchObject({ opened: false });
  });
});

describe('statements that are sent together', () => {
  const note = (no: number, more: Partial<RowQuery> = {}): RowQuery => ({
    text: 'insert into note values ($1) returning no',
    values: [no],
    ...more,
  });
  const BEGIN = opening({ text: 'begin' });
  const SAVEPOINT = opening({ text: 'savepoint one' });

  /** What each is told, in the order in which they are. */
  const together = (queries: readonly RowQuery[]) =>
    new Promise<readonly (Told & { readonly at: number })[]>((resolve) => {
      const told: (Told & { readonly at: number })[] = [];
      const requests = queries.map((query, at) => ({
        query,
        opening: at === 0 ? BEGIN : SAVEPOINT,
        answered: (error: Error | null, result: pg.QueryResult | null, opened: boolean) => {
          const { code, message } = (error ?? {}) as { code?: string; message?: string };
          const what = error === null ? { rows: result?.rows } : { code, message };
          told.push({ at, ...what, opened, status: client.getTransactionStatus() });
          if (told.length === queries.length) resolve(told);
        },
      }));
      sendRowQueries(client, requests);
    });

  it('are answered at once, each with its own rows', async () => {
    const told = await together([1, 2, 3].map((no) => note(no, { name: 'note' })));
    const own = [1, 2, 3].map((no) => ({ at: no - 1, rows: [{ no }], opened: true, status: 'T' }));
    expect(told).toEqual(own);
    await client.query('commit');
    expect((await client.query('select from note')).rowCount).toBe(3);
    const known = await client.query("select from pg_prepared_statements where name = 'note'");
    expect(known.rowCount).toBe(1);
  });

  it('are not run behind one that fails; those before it know how the transaction stands', async () => {
    const names = { name: 'later', text: 'insert into note values ($1 + 10) returning no' };
    const told = await together([note(1), note(1), note(2, names), note(3, names)]);
    expect(told).toMatchObject([
      { at: 0, rows: [{ no: 1 }], opened: true, status: 'E' },
      { at: 1, code: '23505', opened: true, status: 'E' },
      { at: 2, code: '23505', opened: false, status: 'E' },
      { at: 3, code: '23505', opened: false, status: 'E' },
    ]);
    await client.query('rollback');
    // What was skipped is not taken for known.
    expect(await together([note(2, names), note(3, names)])).toMatchObject([
      { rows: [{ no: 12 }] },
      { rows: [{ no: 13 }] },
    ]);
  });

  it('may be empty, or hold what cannot be sent: that one fails alone', async () => {
    sendRowQueries(client, []);
    const told = await together([note(1), note(2, { values: [circle] }), { text: '', values: [] }, note(3)]);
    expect(told.map(({ rows, opened }) => [rows, opened])).toEqual([
      [[{ no: 1 }], true],
      [undefined, true],
      [[], true],
      [[{ no: 3 }], true],
    ]);
    expect(told[1]?.message).toContain('circular');
    expect(told.map(({ status }) => status)).toEqual(['T', 'T', 'T', 'T']);
  });

  it('are each told once when the connection is lost, also while one has failed', async () => {
    client.on('error', () => undefined);
    const told = together([note(1), { text: 'select pg_sleep(5)', values: [] }, note(2)]);
    streamOf(client).destroy();
    expect((await told).map(({ at, opened }) => [at, opened])).toEqual([
      [0, false],
      [1, false],
      [2, false],
    ]);
    expect(await together([note(3), note(4)])).toMatchObject([{ opened: false }, { opened: false }]);
  });
});
