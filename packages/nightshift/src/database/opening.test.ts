import type pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { sendCommand, sendPreparation } from './command.ts';
import { connect } from './connection.ts';
import { opening } from './opening.ts';
import { type RowQuery, sendRowQuery } from './row-query.ts';
import { streamOf } from './socket.ts';

const OPENING = opening('begin', 'identity');
const IDENTITY = {
  name: 'identity',
  text: "select set_config('search_path', 'pg_temp', true), set_config('app.who', 'me', true)",
};

let target: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  target = await createTestDatabase();
});
afterAll(() => target.drop());
beforeEach(async () => {
  client = await connect({ url: target.url, applicationName: 'opening', forUserCode: true }, true);
  await client.query('create temporary table note (no integer primary key, text text)');
  await known(IDENTITY);
});
afterEach(() => client.end().catch(() => undefined));

const known = (target: typeof IDENTITY) =>
  new Promise<void>((resolve, reject) => {
    sendPreparation(client, target, (error) => (error === null ? resolve() : reject(error)));
  });

interface Told {
  readonly rows?: unknown;
  readonly code?: string | undefined;
  readonly message?: string | undefined;
  readonly opened: boolean;
  readonly status: string | null;
}

const ask = (query: RowQuery) =>
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
  it('is answered with it, and leaves it in the transaction as who it says', async () => {
    const text = "select current_setting('app.who') as who, current_setting('search_path') as path";
    expect(await ask({ text, values: [] })).toEqual({
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
    expect(await ask({ text: 'select 1 / 0', values: [] })).toMatchObject({
      code: '22012',
      opened: true,
      status: 'E',
    });
  });

  it('is not followed by it when it fails', async () => {
    await client.query('deallocate identity');
    const told = await ask({ text: 'insert into note values (1)', values: [] });
    expect(told).toMatchObject({ code: '26000', opened: false, status: 'E' });
    await client.query('rollback');
    expect((await client.query('select from note')).rowCount).toBe(0);
  });

  it('is refused by a transaction that was left open, which goes on to refuse everything', async () => {
    sendCommand(client, 'begin; select 1 / 0', () => undefined);
    const told = await ask({ text: 'insert into note values (1)', values: [] });
    expect(told).toMatchObject({ code: '25P02', opened: false, status: 'E' });
  });

  it('is sent without a statement whose values cannot be converted', async () => {
    const circle: { self?: unknown } = {};
    circle.self = circle;
    const told = await ask({ text: 'select $1', values: [circle] });
    expect(told).toMatchObject({ opened: true, status: 'T' });
    expect(told.message).toContain('circular');
  });

  it('begins, whatever was prepared under another name or none', async () => {
    await client.query({ name: 'begin', text: 'select 1' });
    await client.query('select $1::integer', [1]);
    expect(await ask({ text: 'select 1 as one', values: [] })).toMatchObject({ status: 'T' });
  });

  it('does not let `pg` believe that a statement is known which could not be prepared', async () => {
    const later = { text: 'select no from later', values: [], name: 'later' };
    for (let times = 0; times < 2; times++) {
      expect(await ask(later)).toMatchObject({ code: '42P01', opened: true });
      await client.query('rollback');
    }
    await client.query('create temporary table later (no integer)');
    for (let times = 0; times < 2; times++) {
      expect(await ask(later)).toMatchObject({ rows: [], opened: true });
      await client.query('rollback');
    }
    const prepared = "select from pg_prepared_statements where name = 'later'";
    expect((await client.query(prepared)).rowCount).toBe(1);
  });

  it('has not succeeded when the connection is lost', async () => {
    client.on('error', () => undefined);
    const told = ask({ text: 'select pg_sleep(5)', values: [] });
    streamOf(client).destroy();
    expect(await told).toMatchObject({ opened: false });
  });
});
