import { afterAll, beforeAll, expect, test } from 'vitest';
import { LIVE_CLOSE_CODES } from '../../contract/live.ts';
import { MINUTE_MS, randomUuid, SECOND_MS } from '../../foundation/index.ts';
import { jobQueue } from '../../platform/index.ts';
import { codeunit } from '../../session/index.ts';
import { until } from '../../testing/condition.ts';
import { FakeClock } from '../../testing/fake-clock.ts';
import { LiveClient, type LiveClientOptions } from '../../testing/live-client.ts';
import { startTestPlatform, type TestPlatform } from '../../testing/test-platform.ts';
import { addUsers } from '../../testing/test-rights.ts';
import { plain } from '../../testing/verb-stage.ts';
import { createServer, type NightshiftServer } from '../index.ts';

const asking = codeunit({
  name: 'Asking',
  onRun: async (session) => {
    session.log.info('begins', { step: 1 });
    const window = session.openDialog('1 of 3');
    for (let at = 0; at < 10_000; at++) window.update(`${at} of 10000`);
    session.message((await session.confirm('Go <b>on</b>?', true)) ? 'yes' : 'no');
    window.close();
  },
});
const writing = codeunit({
  name: 'Writing',
  onRun: async (session) => {
    await jobQueue.create(session, { object: 'Plain' });
    await session.confirm('Go on?');
  },
});

let kit: TestPlatform;
let server: NightshiftServer;
let address: string;
const clock = new FakeClock();
const signedOut = new Set<string>();
beforeAll(async () => {
  kit = await startTestPlatform({
    codeunits: [plain, asking, writing],
    taskScheduler: { enableTaskScheduler: false },
  });
  await addUsers(kit, { name: 'OTHER' }, { name: 'READER', sets: ['Job Queue View'] }, { name: 'LEAVER' });
  server = createServer(kit.platform, {
    authenticate: ({ headers }) => {
      const user = headers['x-user'];
      return typeof user === 'string' && !signedOut.has(user) ? user : null;
    },
    checkAnswers: true,
    clock,
  });
  address = await server.listen();
});
afterAll(async () => {
  await server?.close({ atOnce: true });
  await kit?.stop();
});

const connect = (user = 'ADMIN', more: LiveClientOptions = {}) =>
  LiveClient.connect(address, { user, ...more });

interface Answer {
  readonly runId: string;
  readonly outcome: unknown;
}

async function ask(method: string, path: string, body?: object, user = 'ADMIN') {
  const answer = await fetch(`${address}/api/v1/companies/CRONUS/${path}`, {
    method,
    headers: { 'x-user': user, origin: address, ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  return { status: answer.status, json: (await answer.json()) as Answer };
}

/** Runs a codeunit before somebody. @returns the id of the run */
async function run(object: string, client: LiveClient | null): Promise<string> {
  const { id } = await jobQueue.create(kit.admin, { object });
  const body = client === null ? {} : { connection: client.connection };
  const { status, json } = await ask('POST', `jobQueueEntries/${id}/actions/runOnce`, body);
  expect(status).toBe(202);
  return json.runId;
}

const outcomeOf = async (runId: string) =>
  until('the run ended', async () => (await ask('GET', `foregroundRuns/${runId}`)).json.outcome);

/** Says something, and waits until the server has heard it. */
async function heard(client: LiveClient): Promise<void> {
  const dialog = randomUuid();
  if (client.closedWith === null) client.send({ type: 'answer', dialog, value: false });
  const isHeard = () => client.events.some((event) => event.type === 'refused' && event.id === dialog);
  await until('the server heard it', () => client.closedWith !== null || isHeard());
}

test('a run asks and tells the tab that started it, and says how it differed', async () => {
  const [client, second] = [await connect(), await connect()];
  const runId = await run('Asking', client);
  const { dialog, question, expiresAt } = await client.event('dialog', (event) => event.run === runId);
  expect(question).toBe('Go <b>on</b>?');
  expect(expiresAt).toBe(new Date(clock.now().getTime() + 5 * MINUTE_MS).toISOString());
  expect((await ask('GET', `foregroundRuns/${runId}`)).json).toEqual({ runId, outcome: null });
  // Neither another tab of his nor somebody else answers it.
  const other = await connect('OTHER');
  for (const stranger of [second, other]) {
    stranger.send({ type: 'answer', dialog, value: false });
    expect((await stranger.event('refused')).code).toBe('NOT_FOUND');
  }
  client.send({ type: 'answer', dialog, value: true });
  expect(await client.event('dialogClosed')).toMatchObject({ answer: true, reason: 'answered' });
  expect((await client.event('message')).text).toBe('yes');
  const { outcome } = await client.event('runEnded');
  expect(outcome).toMatchObject({ status: 'Success', error: null, logEntryNo: expect.any(Number) });
  expect(outcome.differences.map(({ what }) => what)).toContain('guiAllowed');
  expect((await client.event('log')).lines).toMatchObject([{ text: 'begins', details: { step: 1 } }]);
  // 10,000 texts of the window are not 10,000 messages.
  const windows = client.events.filter(({ type }) => type === 'progress');
  expect(windows.length).toBeLessThan(10);
  expect(windows.at(-1)).toMatchObject({ text: null });
  expect(second.events.filter(({ type }) => type !== 'welcome' && type !== 'refused')).toEqual([]);
  expect((await ask('GET', `foregroundRuns/${runId}`)).json.outcome).toEqual(outcome);
  expect((await ask('GET', `foregroundRuns/${runId}`, undefined, 'OTHER')).status).toBe(404);
  client.send({ type: 'answer', dialog, value: false });
  expect((await client.event('refused')).code).toBe('NOT_FOUND');
  for (const each of [client, second, other]) each.cut();
});

test('it is refused as the verb is, and for a connection of somebody else', async () => {
  const other = await connect('OTHER');
  const { id } = await jobQueue.create(kit.admin, { object: 'Asking' });
  const path = `jobQueueEntries/${id}/actions/runOnce`;
  expect((await ask('POST', path, { connection: other.connection })).status).toBe(409);
  expect((await ask('POST', path, {}, 'READER')).status).toBe(403);
  const unknown = 'jobQueueEntries/01890a5d-ac96-774b-bcce-b302099a8057/actions/runOnce';
  expect((await ask('POST', unknown, {})).json).toMatchObject({ status: 404, code: 'ENTRY_UNKNOWN' });
  other.cut();
});

test('a question is no when nobody answers for 5 minutes', async () => {
  const client = await connect();
  await run('Asking', client);
  await client.event('dialog');
  // In steps, as time passes: who answers pings is not taken for gone.
  for (let passed = 0; passed < 5 * MINUTE_MS - SECOND_MS; passed += 10 * SECOND_MS) {
    await clock.advance(10 * SECOND_MS);
    await heard(client);
    expect(client.closedWith).toBeNull();
  }
  await clock.advance(10 * SECOND_MS);
  expect(await client.event('dialogClosed')).toMatchObject({ answer: false, reason: 'timeout' });
  expect((await client.event('message')).text).toBe('no');
  await client.event('runEnded');
  client.cut();
});

test('who comes back in time finds his question again, what he missed comes in order', async () => {
  const client = await connect();
  const runId = await run('Asking', client);
  await client.event('dialog');
  client.cut();
  await client.closed();
  await clock.advance(30 * SECOND_MS);
  const stranger = await connect('OTHER', { resume: { connection: client.connection, seen: 0 } });
  expect((await stranger.event('welcome')).resumed).toBe(false);
  const back = await connect('ADMIN', { resume: { connection: client.connection, seen: 0 } });
  expect(await back.event('welcome')).toMatchObject({ resumed: true, connection: client.connection });
  const { dialog } = await back.event('dialog', (event) => event.run === runId);
  back.send({ type: 'answer', dialog, value: true });
  await back.event('runEnded');
  const seqs = back.events.flatMap((event) => ('seq' in event ? [event.seq] : []));
  expect(seqs).toEqual(seqs.map((_, at) => at + 1));
  // A second socket takes the connection over.
  const third = await connect('ADMIN', { resume: { connection: client.connection, seen: seqs.length } });
  expect(await back.closed()).toBe(LIVE_CLOSE_CODES.replaced);
  expect(third.events.filter((event) => 'seq' in event)).toEqual([]);
  for (const each of [stranger, third]) each.cut();
});

test('who does not come back in time has answered no', async () => {
  const client = await connect();
  const runId = await run('Asking', client);
  await client.event('dialog');
  client.cut();
  const outcome = until('the run ended', async () => {
    await clock.advance(5 * SECOND_MS);
    return (await ask('GET', `foregroundRuns/${runId}`)).json.outcome;
  });
  expect(await outcome).toMatchObject({ status: 'Success', error: null });
  const back = await connect('ADMIN', { resume: { connection: client.connection, seen: 0 } });
  expect((await back.event('welcome')).resumed).toBe(false);
  back.cut();
});

test('without a connection a question is an error, and so it is after a write', async () => {
  expect(await outcomeOf(await run('Asking', null))).toMatchObject({
    status: 'Error',
    error: { code: 'CALLBACK_NOT_ALLOWED' },
  });
  const client = await connect();
  const outcome = await outcomeOf(await run('Writing', client));
  expect(outcome).toMatchObject({ status: 'Error', error: { code: 'DIALOG_IN_WRITE_TRANSACTION' } });
  expect(client.events.some(({ type }) => type === 'dialog')).toBe(false);
  client.cut();
});

test('who is signed out, or says nothing, is cut off', async () => {
  const [leaver, mute] = [await connect('LEAVER'), await connect('OTHER', { hello: false })];
  signedOut.add('LEAVER');
  await until('both are closed', async () => {
    await clock.advance(5 * SECOND_MS);
    await heard(leaver);
    return leaver.closedWith !== null && mute.closedWith !== null;
  });
  expect(leaver.closedWith).toBe(LIVE_CLOSE_CODES.signedOut);
  expect(mute.closedWith).toBe(LIVE_CLOSE_CODES.silent);
});

test('a server that stops says to connect again, and answers no for those who cannot any more', async () => {
  const client = await connect();
  const runId = await run('Asking', client);
  await client.event('dialog');
  await server.close();
  expect(await client.closed()).toBe(LIVE_CLOSE_CODES.restart);
  await until('the run ended', async () => {
    const [row] = await kit.query(
      `select status from nightshift.job_queue_log_entry where no = (select max(no) from nightshift.job_queue_log_entry)`,
    );
    return row?.['status'] === 'Success' && runId !== '';
  });
});
