import { afterAll, beforeAll, expect, test } from 'vitest';
import { apiKeys, jobQueue } from '../../platform/index.ts';
import { until } from '../../testing/condition.ts';
import { startTestPlatform, type TestPlatform } from '../../testing/test-platform.ts';
import { addSets, addUsers } from '../../testing/test-rights.ts';
import { STAGED_ORDERS } from '../../testing/verb-calls-items.ts';
import { PERSON, plain } from '../../testing/verb-stage.ts';
import { stage } from '../../work-items/index.ts';
import { createServer, type NightshiftServer } from '../index.ts';

let kit: TestPlatform;
let server: NightshiftServer;

beforeAll(async () => {
  kit = await startTestPlatform({
    codeunits: [plain],
    workItems: [STAGED_ORDERS],
    taskScheduler: { enableTaskScheduler: false },
  });
  await addSets(kit, { Work: { codeunits: ['*'] } });
  await addUsers(kit, { name: 'VIEWER', sets: ['Job Queue View', 'Work'] });
  server = newServer();
});
afterAll(async () => {
  await server?.close();
  await kit?.stop();
});

function newServer(): NightshiftServer {
  return createServer(kit.platform, {
    authenticate: ({ headers }) => (typeof headers['x-user'] === 'string' ? headers['x-user'] : null),
    checkAnswers: true,
    requestsPerMinute: { known: 1e6, unknown: 1e6 },
  });
}

async function ask(
  method: 'GET' | 'POST',
  path: string,
  payload?: object,
  { user = 'ADMIN', headers = {}, by = server } = {},
) {
  const answer = await by.app.inject({
    method,
    url: `/api/v1/companies/CRONUS${path}`,
    headers: { host: 'localhost', origin: 'http://localhost', 'x-user': user, ...headers },
    ...(payload === undefined ? {} : { payload }),
  });
  return { status: answer.statusCode, ...answer.json() };
}

/** An operation when it is over. */
function over(id: string) {
  return until('it is over', async () => {
    const operation = await ask('GET', `/bulkOperations/${id}`);
    return operation.endedAt === null ? null : operation;
  });
}

async function newEntries(count: number, tag: string): Promise<string[]> {
  const ids: string[] = [];
  for (let made = 0; made < count; made++)
    ids.push((await jobQueue.create(kit.admin, { object: 'Plain', tags: [tag] })).id);
  return ids;
}

test('what fits a filter is frozen, tried out, and done one after another', async () => {
  const ids = await newEntries(4, 'night');
  await jobQueue.setStatusToReady(kit.admin, ids[0] ?? '');
  const wish = {
    target: 'jobQueueEntries',
    action: 'setPriority',
    arguments: { priority: 'High' },
    selection: { filter: { tag: 'night' } },
  };
  const preview = await ask('POST', '/bulkOperations/actions/preview', { ...wish, action: 'stopRun' });
  expect(preview).toMatchObject({ total: 4, allowed: 0, reasons: [{ rows: 3 }, { rows: 1 }] });
  const refused = await ask('POST', '/bulkOperations', { ...wish, expected: 3 });
  expect(refused).toMatchObject({ status: 409, details: { known: 4 } });
  const made = await ask('POST', '/bulkOperations', { ...wish, expected: 4 });
  expect(made).toMatchObject({ total: 4, user: 'ADMIN', action: 'setPriority' });
  // What fits from now on is not meant.
  const [late] = await newEntries(1, 'night');
  expect(await over(made.id)).toMatchObject({ status: 'Done', done: 4, refused: 0 });
  expect((await jobQueue.get(kit.admin, ids[3] ?? '')).priority).toBe('High');
  expect((await jobQueue.get(kit.admin, late ?? '')).priority).toBe('Normal');
});

test('what is refused is told row by row; what is not there is never tried', async () => {
  const [held] = await newEntries(1, 'held');
  const absent = '0192f3a1-c4d5-7b0e-8f2a-6b3c4d5e6f70';
  const body = {
    target: 'jobQueueEntries',
    action: 'stopRun',
    selection: { ids: [held, absent, 'no id', held] },
  };
  const { id } = await ask('POST', '/bulkOperations', body);
  expect(await over(id)).toMatchObject({ status: 'Done', total: 3, done: 0, refused: 3 });
  const rows = await ask('GET', `/bulkOperations/${id}/rows?outcome=Refused&limit=2`);
  expect(rows.items).toMatchObject([
    { no: 1, id: held, code: 'CONFLICT' },
    { no: 2, id: absent, code: 'ENTRY_UNKNOWN' },
  ]);
  const rest = await ask('GET', `/bulkOperations/${id}/rows?after=${rows.page.next}`);
  expect(rest.items).toMatchObject([{ no: 3, outcome: 'Refused' }]);
});

test('nobody does to many what he may not do to one, and nobody sees what others do', async () => {
  const body = { target: 'jobQueueEntries', action: 'delete', selection: { filter: {} } };
  expect(await ask('POST', '/bulkOperations', body, { user: 'VIEWER' })).toMatchObject({
    status: 403,
    code: 'PERMISSION_DENIED',
  });
  const { items } = await ask('GET', '/bulkOperations');
  const seen = await ask('GET', `/bulkOperations/${items[0].id}`, undefined, { user: 'VIEWER' });
  expect(seen).toMatchObject({ status: 404, code: 'BULK_OPERATION_UNKNOWN' });
  expect((await ask('GET', '/bulkOperations', undefined, { user: 'VIEWER' })).items).toEqual([]);
  const { key } = await apiKeys.create(kit.admin, { name: 'K', scopes: ['company.open', 'entry.read'] });
  const headers = { authorization: `Bearer ${key}` };
  expect(await ask('POST', '/bulkOperations', body, { headers })).toMatchObject({
    status: 403,
    details: { verb: 'entry.delete' },
  });
  for (const odd of [
    { ...body, action: 'skip' },
    { ...body, selection: {} },
    { ...body, items: 'staged_order' },
    { ...body, action: 'setPriority' },
    { ...body, selection: { filter: { status: ['Pending'] } } },
    // What entries are not found by would mean all of them.
    { ...body, selection: { filter: { fingerprint: 'x' } } },
  ])
    expect((await ask('POST', '/bulkOperations', odd)).status).toBe(400);
});

test('a repeat with the same key begins nothing anew', async () => {
  const ids = await newEntries(1, 'once');
  const body = { target: 'jobQueueEntries', action: 'delete', selection: { ids } };
  const headers = { 'idempotency-key': 'bulk-1' };
  const first = await ask('POST', '/bulkOperations', body, { headers });
  expect((await ask('POST', '/bulkOperations', body, { headers })).id).toBe(first.id);
  expect(await over(first.id)).toMatchObject({ done: 1, total: 1 });
});

test('runs, tasks and items are rows as well', async () => {
  const [entryId] = await newEntries(1, 'runs');
  const { logEntryNo } = await jobQueue.runOnce(kit.admin, entryId ?? '', PERSON);
  const run = { target: 'jobQueueLogEntries', action: 'retry', selection: { ids: [String(logEntryNo)] } };
  expect(await ask('POST', '/bulkOperations/actions/preview', run)).toMatchObject({
    rows: [{ allowed: false, reason: expect.stringContaining('went well') }],
  });
  await stage(kit.admin, STAGED_ORDERS, [
    { no: 'B1', total: 1 },
    { no: 'B2', total: 2 },
  ]);
  const skip = {
    target: 'workItems',
    items: 'staged_order',
    action: 'skip',
    arguments: { reason: 'twice' },
    selection: { filter: { status: ['Pending'] } },
  };
  const { id } = await ask('POST', '/bulkOperations', skip);
  expect(await over(id)).toMatchObject({ done: 2, items: 'staged_order' });
  const item = (await ask('GET', '/workItems/staged_order/items?status=Skipped')).items[0];
  const whole = await ask('GET', `/workItems/staged_order/items/${item.id}`);
  expect(whole).toMatchObject({ externalId: 'B2', history: [{ verb: 'item.skip', text: 'twice' }] });
  const cancel = {
    target: 'scheduledTasks',
    action: 'cancel',
    selection: { filter: { status: ['Failed'] } },
  };
  expect(await over((await ask('POST', '/bulkOperations', cancel)).id)).toMatchObject({ total: 0 });
});

const OPERATION = `insert into nightshift.bulk_operation (id, company_no, user_no, target, action, arguments, status, total,
    created_at, worker, beat_at)
  select $1, 1, no, 'jobQueueEntries', 'setPriority', '{"priority":"Low"}', $2, 2, now(), gen_random_uuid(), $3
  from nightshift.app_user where name = 'ADMIN'`;
const ROW = `insert into nightshift.bulk_operation_row (operation_id, no, target_id, name, outcome)
  values ($1, $2, $3, 'x', $4)`;

/** An operation that a server has left whose process ended while it did it to the first row. */
async function leftBehind(status: string, beatAt: Date): Promise<{ id: string; ids: string[] }> {
  const ids = await newEntries(2, 'left');
  const [{ id } = { id: '' }] = await kit.query<{ id: string }>('select gen_random_uuid() as id');
  await kit.query(OPERATION, [id, status, beatAt]);
  await kit.query(ROW, [id, 1, ids[0], 'Begun']);
  await kit.query(ROW, [id, 2, ids[1], null]);
  return { id, ids };
}

test('what a dead server has left is gone on with; of the row that it was at nobody says it was done', async () => {
  const { id, ids } = await leftBehind('Running', new Date('2020-01-01T00:00:00Z'));
  expect(await over(id)).toMatchObject({ status: 'Done', done: 1, unknown: 1, refused: 0 });
  expect((await jobQueue.get(kit.admin, ids[1] ?? '')).priority).toBe('Low');
  expect((await jobQueue.get(kit.admin, ids[0] ?? '')).priority).toBe('Normal');
  const rows = await ask('GET', `/bulkOperations/${id}/rows?outcome=Unknown`);
  expect(rows.items).toMatchObject([{ no: 1, code: 'OUTCOME_UNKNOWN' }]);
});

test('what another server works on is left to it; whoever aborts it has no further row done', async () => {
  const { id, ids } = await leftBehind('Running', new Date('2999-01-01T00:00:00Z'));
  expect(await ask('GET', `/bulkOperations/${id}`)).toMatchObject({ status: 'Running', done: 0 });
  expect(await ask('POST', `/bulkOperations/${id}/actions/abort`)).toMatchObject({ status: 'Aborting' });
  await kit.query('update nightshift.bulk_operation set worker = null where id = $1', [id]);
  expect(await over(id)).toMatchObject({ status: 'Aborted', done: 0 });
  expect((await jobQueue.get(kit.admin, ids[1] ?? '')).priority).toBe('Normal');
});

test('a server that closes leaves the rest to the next', async () => {
  const closing = newServer();
  await closing.close();
  const ids = await newEntries(2, 'closing');
  const body = {
    target: 'jobQueueEntries',
    action: 'setPriority',
    arguments: { priority: 'High' },
    selection: { ids },
  };
  const another = newServer();
  const made = await ask('POST', '/bulkOperations', body, { by: another });
  await another.close();
  expect(await over(made.id)).toMatchObject({ status: 'Done', done: 2 });
});

test('two people edit one entry: the second is told what the first made of it', async () => {
  const [id] = await newEntries(1, 'both');
  const path = `/api/v1/companies/CRONUS/jobQueueEntries/${id}`;
  const patch = (ifMatch: string, payload: object) =>
    server.app.inject({
      method: 'PATCH',
      url: path,
      headers: { host: 'localhost', origin: 'http://localhost', 'x-user': 'ADMIN', 'if-match': ifMatch },
      payload,
    });
  const read = await server.app.inject({ url: path, headers: { host: 'localhost', 'x-user': 'ADMIN' } });
  const etag = String(read.headers['etag']);
  const first = await patch(etag, { description: 'of the first' });
  expect([first.statusCode, first.json().description]).toEqual([200, 'of the first']);
  const second = await patch(etag, { description: 'of the second' });
  expect(second.json()).toMatchObject({
    status: 412,
    code: 'VERSION_STALE',
    current: { description: 'of the first', version: first.json().version },
  });
  // He looks at what there is, and decides anew.
  const again = await patch(String(first.headers['etag']), { description: 'of both' });
  expect([again.statusCode, again.json().description]).toEqual([200, 'of both']);
  // A run is no change by a person.
  await jobQueue.runOnce(kit.admin, id ?? '', PERSON);
  expect((await patch(String(again.headers['etag']), { description: 'after a run' })).statusCode).toBe(200);
  // Both at once: one of them wins.
  const now = (await jobQueue.get(kit.admin, id ?? '')).version;
  const both = await Promise.all(['a', 'b'].map((description) => patch(`"${now}"`, { description })));
  expect(both.map(({ statusCode }) => statusCode).sort()).toEqual([200, 412]);
});
