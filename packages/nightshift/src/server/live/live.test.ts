import { afterAll, beforeAll, expect, test } from 'vitest';
import { LIVE_CLOSE_CODES, LIVE_KEY_PREFIX, LIVE_PROTOCOL } from '../../contract/live.ts';
import { apiKeys, categories, jobQueue } from '../../platform/index.ts';
import { until } from '../../testing/condition.ts';
import { LiveClient, type LiveClientOptions } from '../../testing/live-client.ts';
import { startTestPlatform, type TestPlatform } from '../../testing/test-platform.ts';
import { addCompany, addUsers, takeSet } from '../../testing/test-rights.ts';
import { plain } from '../../testing/verb-stage.ts';
import { createServer, type NightshiftServer } from '../index.ts';

let kit: TestPlatform;
let server: NightshiftServer;
let address: string;
const gone = new Set<string>();
beforeAll(async () => {
  kit = await startTestPlatform({ codeunits: [plain], taskScheduler: { enableTaskScheduler: false } });
  await addCompany(kit, 'FABRIKAM');
  await addUsers(
    kit,
    { name: 'READER', sets: ['Job Queue View'], company: 'CRONUS' },
    { name: 'LOSER', sets: ['Job Queue View', 'Job Queue Run'], company: 'CRONUS' },
    { name: 'WORKER', sets: ['Job Queue Run'], company: 'CRONUS' },
  );
  server = createServer(kit.platform, {
    authenticate: ({ headers }) => {
      const user = headers['x-user'];
      return typeof user === 'string' && !gone.has(user) ? user : null;
    },
    requestsPerMinute: { known: 1_000_000, unknown: 1_000_000 },
    liveConnectionsPerUser: 2_000,
  });
  address = await server.listen();
});
afterAll(async () => {
  await server?.close({ atOnce: true });
  await kit?.stop();
});

const connect = (user = 'ADMIN', more: LiveClientOptions = {}) =>
  LiveClient.connect(address, { user, ...more });
const refusal = (options: LiveClientOptions) =>
  LiveClient.connect(address, options).then(
    () => 'let in',
    (error: Error) => error.message,
  );
const newEntry = () => jobQueue.create(kit.admin, { object: 'Plain' });

test('nobody is let in but who would be by HTTP, from a page of the server', async () => {
  expect(await refusal({})).toBe('401');
  expect(await refusal({ user: 'NOBODY' })).toBe('401');
  expect(await refusal({ user: 'ADMIN', headers: { origin: 'https://evil.example' } })).toBe('403');
  expect(await refusal({ user: 'ADMIN', protocols: ['something.else'] })).toBe('400');
  expect(await refusal({ protocols: [LIVE_PROTOCOL, `${LIVE_KEY_PREFIX}ns_wrong`] })).toBe('401');
  const plainGet = await fetch(`${address}/api/v1/live`, { headers: { 'x-user': 'ADMIN', origin: address } });
  expect(plainGet.status).toBe(426);
});

test('a key is taken as a subprotocol, is never echoed, and reaches no further than its scopes', async () => {
  const { key } = await apiKeys.create(kit.admin, { name: 'Live', scopes: ['entry.read'] });
  const client = await LiveClient.connect(address, { protocols: [LIVE_PROTOCOL, LIVE_KEY_PREFIX + key] });
  expect(client.socket.protocol).toBe(LIVE_PROTOCOL);
  await client.subscribe('entries', 'jobQueueEntries');
  client.send({ type: 'subscribe', id: 'tasks', list: 'scheduledTasks', company: 'CRONUS' });
  client.send({ type: 'subscribe', id: 'other', list: 'jobQueueEntries', company: 'FABRIKAM' });
  expect(await client.event('refused', ({ id }) => id === 'tasks')).toMatchObject({
    code: 'PERMISSION_DENIED',
  });
  expect(await client.event('refused', ({ id }) => id === 'other')).toMatchObject({
    code: 'COMPANY_UNKNOWN',
  });
  client.cut();
});

test('a list tells what came, changed and went; a row tells only of itself', async () => {
  const [one, two] = [await newEntry(), await newEntry()];
  const client = await connect();
  expect(await client.subscribe('list', 'jobQueueEntries')).toMatchObject({ reset: true });
  await client.subscribe('row', 'jobQueueEntries', { row: one.id });
  await jobQueue.modify(kit.admin, two.id, { description: 'other' });
  const [first] = await until(
    'it was told',
    () => client.changes('list').length > 0 && client.changes('list'),
  );
  expect(first?.rows).toEqual([{ id: two.id, version: 2, status: 'On Hold' }]);
  expect(first?.removed).toBe(false);
  await jobQueue.modify(kit.admin, one.id, { description: 'mine' });
  await until('the row was told', () => client.changes('row').length > 0);
  expect(client.changes('row')[0]?.rows).toEqual([{ id: one.id, version: 2, status: 'On Hold' }]);
  await jobQueue.delete(kit.admin, one.id);
  await until('its end was told', () => client.changes('row').at(-1)?.removed);
  await until('the list told it', () => client.changes('list').at(-1)?.removed);
  client.cut();
});

test('what is written in a savepoint of a long transaction is told when it commits', async () => {
  const { id } = await newEntry();
  const client = await connect();
  const told = () => client.changes('list').some(({ rows }) => rows?.some((row) => row.id === id));
  let seen = 0;
  await client.subscribe('list', 'jobQueueEntries');
  await kit.platform.open({ user: 'ADMIN', company: 'CRONUS' }, async (session) => {
    await session.savepoint(() => jobQueue.modify(session, id, { description: 'late' }));
    // Others write meanwhile, so that positions move on.
    const other = await newEntry();
    await until('the other was told', () =>
      client.changes('list').some(({ rows }) => rows?.some((row) => row.id === other.id)),
    );
    seen = client.changes('list').length;
    expect(told()).toBe(false);
  });
  await until('it was told', told);
  expect(client.changes('list').length).toBeGreaterThan(seen);
  client.cut();
});

test('every list can be listened to, and each row by its name', async () => {
  const { id } = await newEntry();
  await jobQueue.setStatusToReady(kit.admin, id);
  const { code } = await categories.create(kit.admin, { code: 'LIVE' });
  const { taskId } = await jobQueue.get(kit.admin, id);
  const client = await connect();
  for (const list of [
    'jobQueueEntries',
    'jobQueueLogEntries',
    'categories',
    'scheduledTasks',
    'sessions',
    'approvals',
    'alerts',
  ])
    expect(await client.subscribe(list, list)).toMatchObject({ reset: true });
  await client.subscribe('category', 'categories', { row: code });
  await client.subscribe('task', 'scheduledTasks', { row: taskId });
  for (const [name, list, row] of [
    ['a', 'jobQueueEntries', 'no uuid'],
    ['b', 'jobQueueEntries', taskId],
    ['c', 'jobQueueLogEntries', '1; drop table'],
    ['d', 'jobQueueLogEntries', '999999999'],
    ['e', 'categories', 'NONE'],
    ['f', 'scheduledTasks', id],
    ['g', 'sessions', id],
    ['h', 'approvals', id],
    ['i', 'alerts', '999999999'],
  ]) {
    client.send({ type: 'subscribe', id: name, list, company: 'CRONUS', row });
    expect((await client.event('refused', (event) => event.id === name)).code).toMatch(/UNKNOWN|NOT_FOUND/);
  }
  await categories.modify(kit.admin, code, { parallelism: 2 });
  await until('the category told it', () => client.changes('category').length > 0);
  await jobQueue.setOnHold(kit.admin, id);
  await until('the task was told to be gone', () => client.changes('task').at(-1)?.removed);
  await until('the tasks told it', () => client.changes('scheduledTasks').length > 0);
  client.cut();
});

test('a company that is not theirs is not there, and who sees only his own is not told which', async () => {
  const reader = await connect('READER');
  reader.send({ type: 'subscribe', id: 'x', list: 'jobQueueEntries', company: 'FABRIKAM' });
  reader.send({ type: 'subscribe', id: 'y', list: 'jobQueueEntries', company: 'NO SUCH' });
  expect(await reader.event('refused', ({ id }) => id === 'x')).toMatchObject({ code: 'COMPANY_UNKNOWN' });
  expect(await reader.event('refused', ({ id }) => id === 'y')).toMatchObject({ code: 'COMPANY_UNKNOWN' });
  await reader.subscribe('tasks', 'scheduledTasks');
  const { id } = await newEntry();
  await jobQueue.setStatusToReady(kit.admin, id);
  await until('it was told', () => reader.changes('tasks').length > 0);
  for (const { rows } of reader.changes('tasks')) expect(rows).toBeNull();
  reader.cut();
});

test('a right that is taken away ends the subscription, also when nothing changes', async () => {
  const loser = await connect('LOSER');
  await loser.subscribe('list', 'jobQueueEntries');
  const { id } = await newEntry();
  await loser.subscribe('row', 'jobQueueEntries', { row: id });
  await takeSet(kit, 'LOSER', 'Job Queue View');
  await newEntry();
  await until('it was told', () => loser.changes('list').length > 0);
  await takeSet(kit, 'LOSER', 'Job Queue Run');
  for (const name of ['list', 'row'])
    expect(await loser.event('ended', (event) => event.id === name)).toMatchObject({
      code: 'PERMISSION_DENIED',
    });
  loser.cut();
});

test('what is no message ends the connection: malformed, unknown, too large, without hello', async () => {
  const codeAfter = async (text: string, hello = true) => {
    const client = await connect('ADMIN', { hello });
    client.socket.send(text);
    return client.closed();
  };
  expect(await codeAfter('{"type":')).toBe(LIVE_CLOSE_CODES.malformed);
  expect(await codeAfter('null')).toBe(LIVE_CLOSE_CODES.malformed);
  expect(await codeAfter('{"type":"drop"}')).toBe(LIVE_CLOSE_CODES.malformed);
  expect(await codeAfter('{"type":"pong","seen":0,"more":1}')).toBe(LIVE_CLOSE_CODES.malformed);
  expect(await codeAfter('{"type":"hello","version":1}')).toBe(LIVE_CLOSE_CODES.malformed);
  expect(await codeAfter('{"type":"hello","version":2}', false)).toBe(LIVE_CLOSE_CODES.malformed);
  expect(await codeAfter('{"type":"pong","seen":0}', false)).toBe(LIVE_CLOSE_CODES.malformed);
  expect(await codeAfter(JSON.stringify({ type: 'unsubscribe', id: 'x'.repeat(65_536) }))).toBe(1009);
  const binary = await connect();
  binary.socket.send(Buffer.from('{"type":"pong","seen":0}'), { binary: true });
  expect(await binary.closed()).toBe(LIVE_CLOSE_CODES.malformed);
});

test('a flood of messages ends the connection', async () => {
  const client = await connect();
  for (let sent = 0; sent < 1_000; sent++) client.send({ type: 'unsubscribe', id: 'x' });
  expect(await client.closed()).toBe(LIVE_CLOSE_CODES.flooded);
});

test('1,000 sockets hold one connection to the database, and leave nothing behind', async () => {
  const backends = async () =>
    Number(
      (
        await kit.query("select count(*) as n from pg_stat_activity where application_name like '% live'")
      )[0]?.['n'],
    );
  const clients: LiveClient[] = [];
  for (let at = 0; at < 1_000; at += 50)
    clients.push(...(await Promise.all(Array.from({ length: 50 }, () => connect('WORKER')))));
  await until('nobody listens', async () => (await backends()) === 0);
  await Promise.all(clients.map((client) => client.subscribe('list', 'jobQueueEntries')));
  await until('one connection looks', async () => (await backends()) === 1);
  const { id } = await newEntry();
  await until('all were told', () =>
    clients.every((client) => client.changes('list').some(({ rows }) => rows?.some((row) => row.id === id))),
  );
  for (const client of clients) client.cut();
  await until('nothing is left', async () => (await backends()) === 0);
}, 60_000);
