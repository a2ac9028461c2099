import { request as ask } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { apiKeys } from '../platform/index.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { createServer, type RequestLogEntry } from './index.ts';
import { readinessOf } from './readiness.ts';

let kit: TestPlatform;
let key: string;
beforeAll(async () => {
  kit = await startTestPlatform({ taskScheduler: { enableTaskScheduler: false } });
  ({ key } = await apiKeys.create(kit.admin, { name: 'Test', scopes: ['entry.read', 'entry.create'] }));
});
afterAll(async () => {
  await kit?.stop();
});

/** All that comes back to what is sent, until the other side hangs up. */
function answerTo(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    let answer = '';
    socket.on('data', (part) => {
      answer += String(part);
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}

test('whoever sends his headers, or his body, drop by drop is hung up on', async () => {
  const server = createServer(kit.platform);
  const port = Number(new URL(await server.listen()).port);
  server.app.server.headersTimeout = 1;
  server.app.server.requestTimeout = 1;
  expect(await answerTo(port, 'GET /livez HTTP/1.1\r\nhost: a\r\nx-drop: ')).toMatch(/^HTTP\/1\.1 408 /);
  const begun = `POST /api/v1/companies HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${key}\r\n`;
  const body = 'content-type: application/json\r\ncontent-length: 100\r\n\r\n{';
  expect(await answerTo(port, begun + body)).toMatch(/^HTTP\/1\.1 4\d\d /);
  await server.close({ atOnce: true });
});

test('a body is refused at 1 MB, also when it does not say how long it is', async () => {
  const server = createServer(kit.platform);
  const address = await server.listen();
  const status = await new Promise<number>((resolve, reject) => {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    const sent = ask(
      `${address}/api/v1/companies/CRONUS/jobQueueEntries`,
      { method: 'POST', headers },
      (got) => {
        got.resume();
        resolve(got.statusCode ?? 0);
      },
    );
    // What is still under way when it hangs up.
    sent.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE' && error.code !== 'ECONNRESET') reject(error);
    });
    sent.write('{"object":"');
    sent.end('x'.repeat(2_000_000));
  });
  expect(status).toBe(413);
  await server.close({ atOnce: true });
});

test('X-Forwarded headers are believed from the proxies that were named, and from nobody else', async () => {
  const seen = async (trustedProxies: readonly string[], remoteAddress: string) => {
    const log: RequestLogEntry[] = [];
    const server = createServer(kit.platform, { trustedProxies, log: (entry) => log.push(entry) });
    const headers = {
      host: 'inner',
      'x-forwarded-for': '203.0.113.9',
      'x-forwarded-host': 'jobs.example',
      'x-forwarded-proto': 'https',
      origin: 'https://jobs.example',
      'content-type': 'application/json',
    };
    const payload = { user: 'WHO', password: 'wrong and wrong' };
    const answer = await server.app.inject({
      method: 'POST',
      url: '/api/v1/signIn',
      headers,
      payload,
      remoteAddress,
    });
    await server.close();
    return [log[0]?.address, answer.json().code];
  };
  expect(await seen(['192.0.2.0/24'], '192.0.2.7')).toEqual(['203.0.113.9', 'SIGN_IN_REFUSED']);
  expect(await seen(['192.0.2.0/24'], '198.51.100.7')).toEqual(['198.51.100.7', 'ORIGIN_REFUSED']);
  expect(await seen([], '127.0.0.1')).toEqual(['127.0.0.1', 'ORIGIN_REFUSED']);
});

test('each user and each key has his own share of requests', async () => {
  const server = createServer(kit.platform, {
    authenticate: ({ headers }) => (headers.cookie === undefined ? null : 'ADMIN'),
    requestsPerMinute: { known: 1 },
  });
  const status = async (headers: Readonly<Record<string, string>>) =>
    (await server.app.inject({ url: '/api/v1/me', headers })).statusCode;
  const byKey = { authorization: `Bearer ${key}` };
  const statuses = [];
  for (let request = 0; request < 11; request++) statuses.push(await status(byKey));
  expect(statuses).toEqual([...Array(10).fill(200), 429]);
  expect(await status({ cookie: 'me' })).toBe(200);
  const other = await apiKeys.create(kit.admin, { name: 'Other', scopes: ['entry.read'] });
  expect(await status({ authorization: `Bearer ${other.key}` })).toBe(200);
  await server.close();
});

test('a stop waits for the request that runs, and takes no other', async () => {
  const held = Promise.withResolvers<string>();
  const begun = Promise.withResolvers<void>();
  const server = createServer(kit.platform, {
    authenticate: () => {
      begun.resolve();
      return held.promise;
    },
  });
  const address = await server.listen();
  const running = fetch(`${address}/api/v1/me`);
  await begun.promise;
  const closed = server.close();
  await expect(fetch(`${address}/livez`)).rejects.toThrow();
  held.resolve('ADMIN');
  expect((await running).status).toBe(200);
  await closed;
});

test('it is not ready while it is held, without its place, or on other migrations', async () => {
  const { database, instance } = kit.platform;
  const known = (await kit.query<{ name: string }>('select name from nightshift.migration')).map(
    ({ name }) => name,
  );
  const ready = async (change: object, names: readonly string[] = known) =>
    (await readinessOf({ ...kit.platform, database, ...change } as typeof kit.platform, names)).ready;
  const instanceWith = (change: object) => ({ instance: { epoch: instance.epoch, held: null, ...change } });
  expect(await ready({})).toBe(true);
  expect(await ready(instanceWith({ held: 'copied from elsewhere' }))).toBe(false);
  expect(await ready(instanceWith({ epoch: null }))).toBe(false);
  expect(await ready({}, known.slice(1))).toBe(false);
  expect(await ready({}, [...known, '9999_newer.sql'])).toBe(false);
  const away = { run: async () => Promise.reject(new Error('gone')) };
  expect(await ready({ database: away })).toBe(false);
});
