import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startChaosProxy } from '../testing/chaos-proxy.ts';
import { within } from '../testing/condition.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { addressOf, connect } from './connection.ts';
import { openDatabase } from './database.ts';

const SECRET = 'hunter2';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const open = (url: string) => openDatabase({ url, applicationName: 'test' });

/** Everything that a log or a person could get to see of an error. */
function visible(error: unknown): string {
  const parts: string[] = [];
  for (let each = error; each instanceof Error; each = each.cause)
    parts.push(String(each), each.stack ?? '', JSON.stringify(each));
  return parts.join('\n');
}

async function failureOf(url: string): Promise<Error> {
  return open(url).then(
    () => expect.unreachable(),
    (error: Error) => error,
  );
}

/** A port that takes connections and says nothing. */
async function silentPort(): Promise<number> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

describe('a URL that is none is refused at the door, without its password', () => {
  it.each([
    ['no text', 42 as unknown as string],
    ['nothing', ''],
    ['another scheme', `mysql://u:${SECRET}@h/d`],
    ['a bare host', 'localhost'],
    ['a port beyond all ports', `postgres://u:${SECRET}@h:99999/d`],
    ['a password with a slash', `postgres://u:${SECRET}/x@h/d`],
    ['a password with a hash', `postgres://u:${SECRET}#x@h/d`],
    ['half an address', `postgresql://u:${SECRET}@[::1/d`],
    ['a port that is no number', `postgresql://u:${SECRET}@h/d?port=${SECRET}`],
    ['a certificate that is not there', `postgresql://u:${SECRET}@h/d?sslrootcert=/nowhere`],
    ['NUL', `postgresql://u:${SECRET}@h/d\0`],
  ])('%s', async (_, url) => {
    const error = await failureOf(url);
    expect(error).toMatchObject({ code: 'VALIDATION', field: 'database.url' });
    expect(error.message).not.toContain(SECRET);
  });
});

describe('a database that does not answer', () => {
  it.each([
    ['nobody listens', 'postgresql://u:hunter2@127.0.0.1:1/d', /127\.0\.0\.1:1\/d .*ECONNREFUSED/],
    ['no such host', 'postgresql://u:hunter2@nowhere.invalid/d', /nowhere\.invalid/],
    ['no such socket', 'postgresql://u:hunter2@localhost/d?host=%2Fnowhere', /\/nowhere.*ENOENT/],
  ])('%s', async (_, url, sentence) => {
    const error = await failureOf(url);
    expect(error).toMatchObject({
      code: 'DATABASE_UNAVAILABLE',
      field: 'database.url',
      message: expect.stringMatching(sentence),
    });
    expect(visible(error)).not.toContain(SECRET);
  });

  it('a wrong password, a missing database', async () => {
    const wrong = new URL(database.tcpUrl);
    wrong.password = SECRET;
    const missing = new URL(database.tcpUrl);
    missing.pathname = '/nowhere';
    for (const url of [wrong, missing]) {
      const error = await failureOf(url.href);
      expect(error).toMatchObject({ code: 'DATABASE_UNAVAILABLE', field: 'database.url' });
      expect(visible(error)).not.toContain(decodeURIComponent(url.password));
    }
  });

  it('a server that takes the connection and then says nothing: given up after five seconds', async () => {
    const port = await silentPort();
    const error = await within('it is given up', failureOf(`postgresql://u:${SECRET}@127.0.0.1:${port}/d`));
    expect(error).toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
  });

  it('a server that hangs up in the middle of the greeting, again and again', async () => {
    await using proxy = await startChaosProxy(database.tcpUrl);
    proxy.refuse(true);
    const lost: Error[] = [];
    const attempt = () =>
      connect({ url: proxy.url, applicationName: 'test' }, true, (error) => lost.push(error));
    const results = await Promise.allSettled(Array.from({ length: 20 }, attempt));
    for (const result of results) {
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'DATABASE_UNAVAILABLE' } });
    }
    expect(lost).toEqual([]);
  });
});

describe('a connection', () => {
  it('tells once that it was lost, and queries in flight reject', async () => {
    const lost: Error[] = [];
    const gone = Promise.withResolvers<void>();
    const client = await connect({ url: database.url, applicationName: 'lossy' }, true, (error) => {
      lost.push(error);
      gone.resolve();
    });
    const asleep = [client.query('select pg_sleep(600)'), client.query('select 1')];
    for (const query of asleep) query.catch(() => undefined);
    await database.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'lossy'",
    );
    for (const query of asleep) await expect(query).rejects.toThrow();
    await within('the loss is told', gone.promise);
    await client.end().catch(() => undefined);
    expect(lost).toHaveLength(1);
  });

  it('works in UTC, has days as text and instants as Date', async () => {
    const client = await connect({ url: database.url, applicationName: 'test' }, false);
    const { rows } = await client.query(
      "select date '2026-03-29' as day, timestamptz '2026-03-29T01:30:00Z' as at, current_setting('timezone') as zone",
    );
    expect(rows).toEqual([{ day: '2026-03-29', at: new Date('2026-03-29T01:30:00Z'), zone: 'UTC' }]);
    await client.end();
  });

  it('has an address that people may see', () => {
    expect(addressOf('postgresql://u:hunter2@h:1234/d')).toBe('h:1234/d');
    expect(addressOf('postgresql://u:hunter2@localhost/d?host=%2Frun%2Fpg')).toBe('/run/pg/d');
  });
});
