import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { apiKeys } from '../platform/index.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { plain } from '../testing/verb-stage.ts';
import { createServer, type NightshiftServer, type RequestLogEntry } from './index.ts';
import { isLoopbackHost } from './protection.ts';
import { RateLimit } from './rate-limit.ts';

const ENTRIES = '/api/v1/companies/CRONUS/jobQueueEntries';
let kit: TestPlatform;
let server: NightshiftServer;
let key: string;
const log: RequestLogEntry[] = [];
beforeAll(async () => {
  kit = await startTestPlatform({ codeunits: [plain], taskScheduler: { enableTaskScheduler: false } });
  server = createServer(kit.platform, {
    authenticate: ({ headers }) => (headers.cookie === 'who=ADMIN' ? 'ADMIN' : null),
    origins: ['https://erp.example'],
    log: (entry) => log.push(entry),
    requestsPerMinute: { unknown: 1_000_000 },
  });
  await server.app.ready();
  const made = await apiKeys.create(kit.admin, { name: 'Test', scopes: ['entry.create', 'entry.read'] });
  key = made.key;
});
afterAll(async () => {
  await server?.close({ atOnce: true });
  await kit?.stop();
});

type Headers = Readonly<Record<string, string>>;

function post(payload: string, headers: Headers) {
  return server.app.inject({
    method: 'POST',
    url: ENTRIES,
    headers: { host: 'ns.example', ...headers },
    payload,
  });
}

const JSON_TYPE = { 'content-type': 'application/json' };
const withKey = () => ({ ...JSON_TYPE, authorization: `Bearer ${key}` });
const BODY = JSON.stringify({ object: 'Plain' });

test('the page of another site cannot send changes with the cookies of a person', async () => {
  const cookie = { cookie: 'who=ADMIN', ...JSON_TYPE };
  const outcome = async (headers: Headers) => (await post(BODY, headers)).statusCode;
  expect(await outcome({ ...cookie, origin: 'http://ns.example' })).toBe(201);
  expect(await outcome({ ...cookie, origin: 'https://erp.example' })).toBe(201);
  for (const origin of ['https://evil.example', 'http://ns.example.evil', 'https://ns.example', 'null'])
    expect(await outcome({ ...cookie, origin })).toBe(403);
  expect(await outcome(cookie)).toBe(403);
  expect(await outcome({ ...cookie, 'sec-fetch-site': 'cross-site' })).toBe(403);
  expect(await outcome(withKey())).toBe(201);
  expect(await outcome({ ...withKey(), origin: 'https://evil.example' })).toBe(403);
  expect(await outcome({ ...withKey(), 'sec-fetch-site': 'cross-site' })).toBe(403);
});

test('only JSON is taken', async () => {
  const { authorization } = withKey();
  for (const type of [
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonp',
  ])
    expect((await post(BODY, { authorization, 'content-type': type })).json()).toMatchObject({ status: 415 });
  expect((await post(BODY, { authorization })).statusCode).toBe(415);
  expect(
    (await post(BODY, { authorization, 'content-type': 'application/json; charset=utf-8' })).statusCode,
  ).toBe(201);
});

test('bodies are refused that are too large, too deep, or mean something to JavaScript', async () => {
  const huge = JSON.stringify({ object: 'Plain', description: 'x'.repeat(1_100_000) });
  expect((await post(huge, withKey())).json()).toMatchObject({ status: 413, code: 'BODY_TOO_LARGE' });
  const deep = `{"object":"Plain","parameters":${'['.repeat(65)}${']'.repeat(65)}}`;
  expect((await post(deep, withKey())).statusCode).toBe(413);
  expect((await post('['.repeat(500_000), withKey())).statusCode).toBe(413);
  const refused: readonly (readonly [string, string])[] = [
    ['{"object":"Plain","parameters":{"__proto__":{"admin":true}}}', '/parameters'],
    ['{"object":"Plain","parameters":{"a":12345678901234567890}}', '/parameters/a'],
    ['{"object":"Plain","description":"a\\u0000b"}', '/description'],
    ['{"object":"Plain","description":"a\\ud800b"}', '/description'],
    ['{"object":', ''],
    ['null', ''],
    ['[]', ''],
  ];
  for (const [body, pointer] of refused) {
    const answer = await post(body, withKey());
    expect([body, answer.json()]).toMatchObject([body, { status: 400, errors: [{ pointer }] }]);
  }
});

test('addresses that cannot be read are refused, and answered as problems', async () => {
  for (const url of [
    '/api/v1/companies/%ZZ/jobQueueEntries',
    '/api/v1/companies/%00/jobQueueEntries',
    `/api/v1/companies/${'x'.repeat(500)}/users`,
  ]) {
    const answer = await server.app.inject({
      method: 'GET',
      url,
      headers: { authorization: `Bearer ${key}` },
    });
    expect(answer.statusCode).toBeGreaterThanOrEqual(400);
    expect(answer.statusCode).toBeLessThan(500);
    expect(answer.headers['content-type']).toContain('application/problem+json');
  }
});

test('every answer says to browsers what they may do, and none says what runs here', async () => {
  for (const url of [
    '/livez',
    '/api/docs',
    '/api/openapi.json',
    '/api/docs/style.css',
    ENTRIES,
    '/nowhere',
  ]) {
    const { headers } = await server.app.inject({ method: 'GET', url });
    expect([url, headers]).toMatchObject([
      url,
      {
        'content-security-policy': expect.stringMatching(/^default-src 'none'.*frame-ancestors 'none'$/),
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cache-control': 'no-store',
        'cross-origin-opener-policy': 'same-origin',
      },
    ]);
    expect(headers['server']).toBeUndefined();
    expect(headers['x-powered-by']).toBeUndefined();
    expect(headers['access-control-allow-origin']).toBeUndefined();
  }
  const { body } = await server.app.inject({ method: 'GET', url: '/api/docs' });
  expect(body).not.toMatch(/<script|<style| style=| on\w+=/);
});

test('what went wrong inside is not told, but logged with the id that was answered', async () => {
  const failing = createServer(
    {
      ...kit.platform,
      directory: Object.create(kit.platform.directory, {
        fresh: { value: async () => Promise.reject(new Error('relation "nightshift.secret" 42P01')) },
      }),
    },
    { authenticate: () => 'ADMIN', log: (entry) => log.push(entry) },
  );
  const answer = await failing.app.inject({ method: 'GET', url: ENTRIES });
  expect(answer.json()).toMatchObject({ status: 500, code: 'INTERNAL' });
  expect(answer.body).not.toMatch(/secret|42P01/);
  const { correlationId } = answer.json();
  expect(log.find((entry) => entry.correlationId === correlationId)).toMatchObject({
    status: 500,
    fault: 'INTERNAL',
  });
  await failing.close();
});

test('the log names requests by what was answered, and holds no secret', async () => {
  const correlationId = '01890a5d-ac96-774b-bcce-b302099a8057';
  const headers = { ...withKey(), 'x-correlation-id': correlationId };
  const answer = await post(BODY, headers);
  expect(answer.headers['x-correlation-id']).toBe(correlationId);
  expect(log.at(-1)).toMatchObject({
    correlationId,
    route: 'jobQueueEntries.create',
    status: 201,
    user: 'ADMIN',
    fault: null,
  });
  expect(JSON.stringify(log)).not.toContain(key.split('_')[2]);
  const odd = await post(BODY, { ...withKey(), 'x-correlation-id': "x' or 1=1" });
  expect(odd.headers['x-correlation-id']).toMatch(/^[0-9a-f-]{36}$/);
  const [row] = await kit.query<{ correlation_id: string }>(
    'select correlation_id from nightshift.audit_log where correlation_id = $1 limit 1',
    [correlationId],
  );
  expect(row?.correlation_id).toBe(correlationId);
});

test('whoever asks too often waits', async () => {
  const clock = new FakeClock();
  const limit = new RateLimit(clock, 60);
  for (let request = 0; request < 10; request++) limit.take('a');
  expect(() => limit.take('a')).toThrow(
    expect.objectContaining({ code: 'TOO_MANY_REQUESTS', retryAfterSeconds: 1 }),
  );
  limit.take('b');
  await clock.advance(1_000);
  limit.take('a');
  expect(() => limit.take('a')).toThrow(expect.objectContaining({ code: 'TOO_MANY_REQUESTS' }));
});

test('whoever guesses keys is slowed down', async () => {
  const slow = createServer(kit.platform, { requestsPerMinute: { unknown: 1 } });
  const guess = () =>
    slow.app.inject({
      method: 'GET',
      url: ENTRIES,
      headers: { authorization: `Bearer ns_${'0'.repeat(32)}_${'0'.repeat(64)}` },
    });
  const statuses = [];
  for (let tries = 0; tries < 12; tries++) statuses.push((await guess()).statusCode);
  expect(statuses).toEqual([...Array(10).fill(401), 429, 429]);
  expect(Number((await guess()).headers['retry-after'])).toBeGreaterThan(0);
  await slow.close();
});

test('without TLS only this machine is listened on', async () => {
  const own = createServer(kit.platform);
  await expect(own.listen({ host: '0.0.0.0' })).rejects.toMatchObject({ code: 'VALIDATION', field: 'host' });
  expect(['localhost', '127.0.0.1', '127.8.8.8', '::1'].every(isLoopbackHost)).toBe(true);
  expect(['0.0.0.0', '::', '10.0.0.1', 'localhost.example', '1270.0.0.1'].some(isLoopbackHost)).toBe(false);
  const address = await own.listen();
  expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect(await (await fetch(`${address}/livez`)).text()).toBe('ok\n');
  await own.close();
  await expect(fetch(`${address}/livez`)).rejects.toThrow();
});

test('requests that are sent drop by drop have an end, and half a request is answered', async () => {
  const own = createServer(kit.platform);
  const port = Number(new URL(await own.listen()).port);
  expect(own.app.server.headersTimeout).toBeLessThanOrEqual(10_000);
  expect(own.app.server.requestTimeout).toBeLessThanOrEqual(30_000);
  const answer = await new Promise<string>((resolve, reject) => {
    const socket: Socket = connect(port, '127.0.0.1', () =>
      socket.write('GET /livez HTTP/1.1\r\nno header at all\r\n\r\n'),
    );
    let text = '';
    socket.on('data', (part) => {
      text += String(part);
    });
    socket.on('end', () => resolve(text));
    socket.on('error', reject);
  });
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  const stuck = connect(port, '127.0.0.1', () => stuck.write('POST /api/v1/me HTTP/1.1\r\nhost: a\r\n'));
  await new Promise((resolve) => stuck.once('connect', resolve));
  stuck.on('error', () => undefined);
  await own.close({ atOnce: true });
});
