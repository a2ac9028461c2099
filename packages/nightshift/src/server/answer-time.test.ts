import { afterAll, beforeAll, expect, test } from 'vitest';
import { jobQueue } from '../platform/index.ts';
import { until } from '../testing/condition.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { plain } from '../testing/verb-stage.ts';
import { createServer, type NightshiftServer } from './index.ts';

let kit: TestPlatform;
let server: NightshiftServer;
beforeAll(async () => {
  kit = await startTestPlatform({ codeunits: [plain], taskScheduler: { enableTaskScheduler: false } });
  server = createServer(kit.platform, { authenticate: () => 'ADMIN', answerMs: 300 });
});
afterAll(async () => {
  await server?.close();
  await kit?.stop();
});

const headers = { host: 'localhost', origin: 'http://localhost' };
const LISTED = `select count(*)::int as count from pg_stat_activity
  where datname = current_database() and wait_event_type = 'Lock' and query like '%nightshift.job_queue_log_entry l%'`;

test('who waits too long is told, and what he waited for is cancelled', async () => {
  const { id } = await jobQueue.create(kit.admin, { object: 'Plain' });
  const blocker = await kit.platform.database.dedicated('blocker', () => undefined);
  try {
    await blocker.query('set idle_in_transaction_session_timeout = 0');
    // A list that never comes.
    await blocker.query('begin; lock table nightshift.job_queue_log_entry in access exclusive mode');
    const list = await server.app.inject({ url: '/api/v1/companies/CRONUS/jobQueueLogEntries', headers });
    expect(list.json()).toMatchObject({ status: 504, code: 'ANSWER_TIMEOUT' });
    await until('nobody waits for the list any more', async () => {
      const [row] = await kit.query<{ count: number }>(LISTED);
      return row?.count === 0;
    });
    await blocker.query('rollback');
    // A change that waits for somebody else's: it takes effect when its turn comes.
    await blocker.query('begin');
    await blocker.query('select from nightshift.job_queue_entry where id = $1 for update', [id]);
    const url = `/api/v1/companies/CRONUS/jobQueueEntries/${id}/actions/setPriority`;
    const late = await server.app.inject({ method: 'POST', url, headers, payload: { priority: 'High' } });
    expect(late.statusCode).toBe(504);
    await blocker.query('rollback');
    await until('it has taken effect', async () => (await jobQueue.get(kit.admin, id)).priority === 'High');
  } finally {
    await blocker.end();
  }
  const again = await server.app.inject({ url: '/api/v1/companies/CRONUS/jobQueueLogEntries', headers });
  expect(again.statusCode).toBe(200);
});
