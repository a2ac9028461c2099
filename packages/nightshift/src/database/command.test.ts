import fc from 'fast-check';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { sendCommand, sendCommitBehind } from './command.ts';
import { connect } from './connection.ts';
import { forgetStatements, streamOf } from './socket.ts';
import type { Statement } from './statement.ts';

let target: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  target = await createTestDatabase();
});
afterAll(() => target.drop());

const settings = () => ({ url: target.url, applicationName: 'command test', forUserCode: true }) as const;

beforeEach(async () => {
  client = await connect(settings(), true);
  await client.query('create temporary table note (no integer, text text, bytes bytea)');
});
afterEach(() => client.end().catch(() => undefined));

/** What a command ends with. */
const tagOf = (text: string) =>
  new Promise<string>((resolve, reject) => {
    sendCommand(client, text, (error, tag) => (error === null ? resolve(tag) : reject(error)));
  });
/** What a statement in a transaction of its own ends with, and COMMIT behind it. */
const committedTagOf = (statement: Statement, values: readonly (string | Buffer)[]) =>
  new Promise<string>((resolve, reject) => {
    sendCommand(client, 'begin', (error) => error !== null && reject(error));
    sendCommitBehind(client, statement, values, (error, tag) =>
      error === null ? resolve(tag) : reject(error),
    );
  });

const addNote: Statement = { name: 'add_note', text: 'insert into note (text, bytes) values ($1, $2)' };
const readMany: Statement = {
  name: 'read_many',
  text: 'select generate_series(1, $1::integer), clock_timestamp()',
};
const divide: Statement = { name: 'divide', text: 'select 1 / $1::integer' };

describe('commands whose rows nobody reads', () => {
  it.each([
    ['begin', 'BEGIN'],
    ['begin; set local role none; set local search_path to pg_temp', 'SET'],
    ['begin; savepoint one; release one; commit', 'COMMIT'],
    ['begin; rollback', 'ROLLBACK'],
    ["select 'Ünïcödé' as answer; select 2 where false", 'SELECT 0'],
    ['', ''],
  ])('%j ends with the tag %j', async (text, tag) => {
    expect(await tagOf(text)).toBe(tag);
  });

  it('end with ROLLBACK where a transaction had failed', async () => {
    await tagOf('begin');
    await expect(client.query('select 1 / 0')).rejects.toMatchObject({ code: '22012' });
    expect(await tagOf('commit')).toBe('ROLLBACK');
  });

  it('leave the answers of the queries before and behind them alone', async () => {
    const numbers = await Promise.all([
      client.query('select 1 as no'),
      tagOf('begin'),
      client.query({ name: 'two', text: 'select $1::integer as no', values: [2] }),
      tagOf('select generate_series(1, 2000)'),
      client.query('select 3 as no'),
      tagOf('commit'),
      committedTagOf(readMany, ['2000']),
      client.query('select 4 as no'),
    ]);
    const told = numbers.map((answer) => (typeof answer === 'string' ? answer : answer.rows));
    const row = (no: number) => [{ no }];
    expect(told).toEqual([row(1), 'BEGIN', row(2), 'SELECT 2000', row(3), 'COMMIT', 'COMMIT', row(4)]);
  });

  it('tell an error once, and what comes behind goes on', async () => {
    const ends: (string | undefined)[] = [];
    const note = (error: Error | null) => ends.push((error as { code?: string } | null)?.code);
    sendCommand(client, 'select 1; select 1 / 0; select 2', note);
    sendCommand(client, 'nonsense', note);
    sendCommand(client, 'select 1', note);
    await client.query('select 1');
    expect(ends).toEqual(['22012', '42601', undefined]);
  });
});

describe('a statement with COMMIT behind it', () => {
  /** Its SQLSTATE, and whether its transaction is open still. */
  const endOf = (statement: Statement, values: readonly (string | Buffer)[]) =>
    new Promise<readonly [code: string | undefined, isOpen: boolean]>((resolve) => {
      sendCommitBehind(client, statement, values, (error, _, isOpen) =>
        resolve([(error as { code?: string } | null)?.code, isOpen]),
      );
    });
  const status = async () => {
    await client.query('select 1').catch(() => undefined);
    return client.getTransactionStatus();
  };

  it.each([
    ['22012', divide, ['0']],
    ['22P02', divide, ['no number']],
    ['42601', { name: 'nonsense', text: 'nonsense' }, []],
  ] as const)(
    'is not committed when that fails (%s): what comes behind is refused',
    async (code, failing, values) => {
      await tagOf('begin; insert into note (no) values (1)');
      const ended = endOf(failing, values);
      const behind = expect(tagOf('begin; insert into note (no) values (3)')).rejects;
      expect(await ended).toEqual([code, true]);
      await behind.toMatchObject({ code: '25P02' });
      expect(await status()).toBe('E');
      await tagOf('rollback');
      expect((await client.query('select from note')).rowCount).toBe(0);
    },
  );

  it('is rolled back when the COMMIT fails: what comes behind is a transaction of its own', async () => {
    await tagOf('create temporary table pair (no integer unique deferrable initially deferred)');
    const twice: Statement = { name: 'twice', text: 'insert into pair values ($1::integer), ($1::integer)' };
    await tagOf('begin');
    const ended = endOf(twice, ['1']);
    const behind = committedTagOf(addNote, ['a', Buffer.of(1)]);
    expect(await ended).toEqual(['23505', false]);
    expect(await behind).toBe('COMMIT');
    expect(await status()).toBe('I');
    expect((await client.query('select (select count(*) from pair) as pairs, text from note')).rows).toEqual([
      { pairs: '0', text: 'a' },
    ]);
  });

  it('is not committed in a transaction that had failed', async () => {
    await tagOf('begin');
    await client.query('select 1 / 0').catch(() => undefined);
    expect(await endOf(divide, ['1'])).toEqual(['25P02', true]);
    await tagOf('rollback');
  });

  it('reads COMMIT anew, whatever was prepared on that connection', async () => {
    for (const name of ['commit', '']) await client.query({ name, text: 'select $1::integer', values: [1] });
    expect(await committedTagOf(divide, ['1'])).toBe('COMMIT');
    expect(await status()).toBe('I');
  });

  it('takes any texts and any bytes (property)', async () => {
    const value = fc.tuple(fc.string({ unit: 'binary' }), fc.uint8Array());
    await fc.assert(
      fc.asyncProperty(fc.array(value, { maxLength: 20 }), async (pairs) => {
        const storable = pairs.map(
          ([text, bytes]) => [text.replaceAll('\0', ''), Buffer.from(bytes)] as const,
        );
        const tags = await Promise.all(storable.map((pair) => committedTagOf(addNote, pair)));
        expect(new Set(tags)).toEqual(new Set(storable.length === 0 ? [] : ['COMMIT']));
        const { rows } = await client.query('delete from note returning text, bytes');
        expect(rows).toEqual(storable.map(([text, bytes]) => ({ text, bytes })));
      }),
      { numRuns: 50 },
    );
  });
});

describe('the statements before COMMIT', () => {
  const known = async () => {
    const { rows } = await client.query("select name from pg_prepared_statements where name = 'divide'");
    return rows.length;
  };

  it('are prepared once per connection, also when several go out before the first answer', async () => {
    const tags = await Promise.all(['1', '2', '3'].map((no) => committedTagOf(divide, [no])));
    expect(tags).toEqual(['COMMIT', 'COMMIT', 'COMMIT']);
    expect(await known()).toBe(1);
    expect((await client.query({ ...divide, values: [1] })).rowCount).toBe(1); // `pg` knows it, too
  });

  it('are prepared again when the server has forgotten them', async () => {
    await committedTagOf(divide, ['1']);
    forgetStatements(client);
    await tagOf('discard all');
    expect(await known()).toBe(0);
    expect(await committedTagOf(divide, ['1'])).toBe('COMMIT');
  });

  it('are prepared again after they could not be', async () => {
    const later: Statement = { name: 'later', text: 'select * from later where no = $1::integer' };
    await expect(committedTagOf(later, ['1'])).rejects.toMatchObject({ code: '42P01' });
    await tagOf('rollback; create temporary table later (no integer)');
    expect(await committedTagOf(later, ['1'])).toBe('COMMIT');
  });
});

describe('a connection that is lost', () => {
  it('is told to each command once, also to those that come too late', async () => {
    let told = 0;
    const count = (error: Error | null) => {
      expect(error).toBeInstanceOf(Error);
      told++;
    };
    client.on('error', () => undefined);
    const lost = new Promise<void>((resolve) => client.once('end', resolve));
    sendCommand(client, 'select pg_sleep(5)', count);
    sendCommitBehind(client, divide, ['1'], count);
    sendCommand(client, 'commit', count);
    streamOf(client).destroy();
    await lost;
    await new Promise<void>((resolve) => {
      sendCommand(client, 'commit', (error) => {
        count(error);
        resolve();
      });
    });
    expect(told).toBe(4);
  });

  it('is told when an answer takes longer than it may', async () => {
    const hasty = new pg.Client({
      connectionString: target.url,
      pipeline: true,
      query_timeout: 50,
    } as pg.ClientConfig);
    hasty.on('error', () => undefined);
    await hasty.connect();
    const ended = new Promise<Error | null>((resolve) => {
      sendCommand(hasty, 'select pg_sleep(5)', resolve);
    });
    expect((await ended)?.message).toBe('Query read timeout');
    await hasty.end().catch(() => undefined);
  });
});
