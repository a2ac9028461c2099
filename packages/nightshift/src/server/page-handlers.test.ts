import { afterAll, beforeAll, expect, test } from 'vitest';
import { backgroundTask } from '../page-background-task/index.ts';
import { until } from '../testing/condition.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { createServer, type NightshiftServer } from './index.ts';

const SLEEP = 'select pg_sleep(600)';
const worker = backgroundTask({
  name: 'The Works',
  async onRun(session, { sql = '' }) {
    if (sql !== '') await session.db.query(sql);
    return { user: session.user, clientType: session.clientType };
  },
});

let kit: TestPlatform;
let server: NightshiftServer;
let address: string;
beforeAll(async () => {
  kit = await startTestPlatform({ codeunits: [worker] });
  server = createServer(kit.platform, { authenticate: () => 'ADMIN', checkAnswers: true });
  address = await server.listen({ port: 0 });
});
afterAll(async () => {
  await server.close();
  await kit.stop();
});

const run = (body: object, signal: AbortSignal = new AbortController().signal) =>
  fetch(`${address}/api/v1/companies/CRONUS/backgroundTasks/The%20Works/actions/run`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: address },
    body: JSON.stringify(body),
    signal,
  });
const asleep = async () =>
  (await kit.query('select from pg_stat_activity where query = $1 and state = $2', [SLEEP, 'active'])).length;

test('a task is run and waited for, in a child session that only reads', async () => {
  const answer = await run({});
  expect(await answer.json()).toMatchObject({ results: { user: 'ADMIN', clientType: 'child' } });
  expect(answer.status).toBe(200);
});

test.each([
  [{ parameters: { sql: 'create table mine (no text)' } }, 422, 'READ_ONLY'],
  [{ parameters: { sql: 'commit; begin' } }, 422, 'TRANSACTION_CONTROL'],
  [{ parameters: { sql: SLEEP }, timeoutMs: 50 }, 504, 'CHILD_SESSION_TASK_TIMEOUT'],
  [{ parameters: { sql: 7 } }, 400, 'VALIDATION'],
])('%j is answered with %i %s', async (body, status, code) => {
  const answer = await run(body);
  expect(await answer.json()).toMatchObject({ status, code });
});

test('who does not wait any more has his statement cancelled', async () => {
  const over = new AbortController();
  const answer = run({ parameters: { sql: SLEEP } }, over.signal);
  await until('it sleeps', asleep);
  over.abort();
  await expect(answer).rejects.toThrow();
  await until('it is cancelled', async () => (await asleep()) === 0);
  await until('no page is left', () => kit.platform.instance.pages.counts.pages === 0);
});
