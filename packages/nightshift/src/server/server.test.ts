import { afterAll, beforeAll, expect, test } from 'vitest';
import { jobQueue } from '../platform/index.ts';
import { until } from '../testing/condition.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { addCompany, addUsers } from '../testing/test-rights.ts';
import { plain } from '../testing/verb-stage.ts';
import { createServer, type NightshiftServer } from './index.ts';

let kit: TestPlatform;
let server: NightshiftServer;
beforeAll(async () => {
  kit = await startTestPlatform({ codeunits: [plain], taskScheduler: { enableTaskScheduler: false } });
  await addCompany(kit, 'FABRIKAM');
  await addUsers(
    kit,
    { name: 'READER', sets: ['Job Queue View'], company: 'CRONUS' },
    { name: 'WORKER', sets: ['Job Queue Run'], company: 'CRONUS' },
    { name: 'GONE', columns: { state: 'disabled' } },
    { name: 'NOBODY', sets: [] },
  );
  server = createServer(kit.platform, {
    authenticate: ({ headers }) => (typeof headers['x-user'] === 'string' ? headers['x-user'] : null),
    checkAnswers: true,
  });
  await server.app.ready();
});
afterAll(async () => {
  await server?.close();
  await kit?.stop();
});

const HOST = { host: 'localhost', origin: 'http://localhost' };

async function ask(
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  path: string,
  more: { user?: string; body?: unknown; headers?: Record<string, string> } = {},
) {
  const { user = 'ADMIN', body, headers = {} } = more;
  const answer = await server.app.inject({
    method,
    url: path,
    headers: {
      ...HOST,
      ...(user === '' ? {} : { 'x-user': user }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
  });
  const isJson = String(answer.headers['content-type']).includes('json');
  return {
    status: answer.statusCode,
    headers: answer.headers,
    text: answer.body,
    json: isJson ? answer.json() : null,
  };
}

const ENTRIES = '/api/v1/companies/CRONUS/jobQueueEntries';

async function newEntry(user = 'ADMIN') {
  const { json, status } = await ask('POST', ENTRIES, {
    user,
    body: { object: 'Plain', description: 'first' },
  });
  expect(status).toBe(201);
  return json as { id: string; entryNo: number; version: number; status: string };
}

test('an entry is created, read, changed, set Ready and deleted', async () => {
  const made = await newEntry();
  const read = await ask('GET', `${ENTRIES}/${made.id}`);
  expect(read.json).toEqual(made);
  expect(read.headers['etag']).toBe(`"${made.version}"`);
  const changed = await ask('PATCH', `${ENTRIES}/${made.id}`, {
    body: { description: 'second', earliestStart: '2999-01-01T00:00:00+01:00' },
    headers: { 'if-match': `"${made.version}"` },
  });
  expect(changed.json).toMatchObject({ description: 'second', earliestStart: '2998-12-31T23:00:00.000Z' });
  const ready = await ask('POST', `${ENTRIES}/${made.id}/actions/setReady`);
  expect(ready.json).toMatchObject({ status: 'Ready', runAs: 'ADMIN' });
  expect((await ask('DELETE', `${ENTRIES}/${made.id}`)).status).toBe(204);
  expect((await ask('GET', `${ENTRIES}/${made.id}`)).json).toMatchObject({
    status: 404,
    code: 'ENTRY_UNKNOWN',
  });
});

test('what is not there is told by its field when the body names it, and not when the address does', async () => {
  const unknown = await ask('POST', ENTRIES, { body: { object: 'Nowhere', description: 'x' } });
  expect(unknown).toMatchObject({
    status: 404,
    json: {
      code: 'CODEUNIT_UNKNOWN',
      errors: [{ pointer: '/object', message: expect.stringContaining('Nowhere') }],
    },
  });
  const absent = await ask('POST', `${ENTRIES}/019378f2-0000-7000-8000-000000000000/actions/setReady`, {
    body: {},
  });
  expect(absent.json).toMatchObject({ status: 404, code: 'ENTRY_UNKNOWN' });
  expect(absent.json).not.toHaveProperty('errors');
});

test('a change without the version that it is based on, or with an old one, is refused', async () => {
  const made = await newEntry();
  const path = `${ENTRIES}/${made.id}`;
  const without = await ask('PATCH', path, { body: { description: 'mine' } });
  expect(without).toMatchObject({ status: 428, json: { code: 'VERSION_REQUIRED' } });
  const headers = { 'if-match': `"${made.version}"` };
  expect((await ask('PATCH', path, { body: { description: 'hers' }, headers })).status).toBe(200);
  const late = await ask('PATCH', path, { body: { description: 'mine' }, headers });
  expect(late).toMatchObject({
    status: 412,
    json: { code: 'VERSION_STALE', current: { id: made.id, description: 'hers' } },
  });
  expect((await ask('PATCH', path, { body: {}, headers: { 'if-match': '*' } })).status).toBe(200);
  expect((await ask('PATCH', path, { body: {}, headers: { 'if-match': 'W/"1"' } })).status).toBe(400);
});

test('lists go on behind their last row, and count', async () => {
  const made = await Promise.all(Array.from({ length: 5 }, () => newEntry()));
  const seen: string[] = [];
  let after = '';
  do {
    const { json } = await ask('GET', `${ENTRIES}?limit=2&sort=-entryNo&object=Plain${after}`);
    seen.push(...json.items.map(({ id }: { id: string }) => id));
    after = json.page.next === null ? '' : `&after=${json.page.next}`;
    expect(json.total).toEqual({ value: expect.any(Number), relation: 'eq' });
    expect(json.total.value).toBeGreaterThanOrEqual(5);
  } while (after !== '');
  expect(new Set(seen).size).toBe(seen.length);
  expect(seen).toEqual(expect.arrayContaining(made.map(({ id }) => id)));
  for (const sort of ['earliestStart', '-statusSince', 'entryNo']) {
    const first = await ask('GET', `${ENTRIES}?limit=1&sort=${sort}`);
    const second = await ask('GET', `${ENTRIES}?limit=1&sort=${sort}&after=${first.json.page.next}`);
    expect(second.json.items[0].id).not.toBe(first.json.items[0].id);
  }
  const bad = await ask('GET', `${ENTRIES}?after=abc`);
  expect(bad).toMatchObject({ status: 400, json: { errors: [{ pointer: '?after' }] } });
});

test('pages by instants name each entry once, in order: equal ones, neighbours by a microsecond, none', async () => {
  const made = [];
  for (let at = 0; at < 8; at++)
    made.push(await jobQueue.create(kit.admin, { object: 'Plain', tags: ['instants'] }));
  const instants = [
    ...['2026-01-01 00:00:00.123456', '2026-01-01 00:00:00.123457', '2026-01-01 00:00:00.123457'],
    ...['9998-12-31 23:59:59.999999', '9998-12-31 23:59:59.999998', '1969-12-31 23:59:59.999999', null, null],
  ];
  for (const [at, instant] of instants.entries()) {
    await kit.query(
      `update nightshift.job_queue_entry set earliest_start = $2, status_since = coalesce($2, status_since) where id = $1`,
      [made[at]?.id, instant === null ? null : `${instant}Z`],
    );
  }
  const wanted = {
    earliestStart: await kit.query<{ id: string }>(
      `select id from nightshift.job_queue_entry where 'instants' = any(tags)
      order by coalesce(earliest_start, timestamptz 'epoch'), entry_no`,
    ),
    '-statusSince': await kit.query<{ id: string }>(
      `select id from nightshift.job_queue_entry where 'instants' = any(tags)
      order by status_since desc, entry_no desc`,
    ),
  };
  for (const [sort, rows] of Object.entries(wanted)) {
    const seen: string[] = [];
    for (let after = ''; ; ) {
      const answer = await ask('GET', `${ENTRIES}?limit=2&tag=instants&sort=${sort}${after}`);
      expect(answer.status, JSON.stringify(answer.json)).toBe(200);
      const { items, page } = answer.json;
      seen.push(...items.map(({ id }: { id: string }) => id));
      if (page.next === null) break;
      after = `&after=${page.next}`;
    }
    expect(seen, sort).toEqual(rows.map(({ id }) => id));
  }
});

test('nobody is let in unknown, gone or in a company that is not his', async () => {
  expect((await ask('GET', ENTRIES, { user: '' })).json).toMatchObject({
    status: 401,
    code: 'UNAUTHENTICATED',
  });
  expect((await ask('GET', ENTRIES, { user: 'GONE' })).status).toBe(401);
  expect((await ask('GET', ENTRIES, { user: 'WHOEVER' })).status).toBe(401);
  const foreign = await ask('GET', '/api/v1/companies/FABRIKAM/jobQueueEntries', { user: 'READER' });
  const unknown = await ask('GET', '/api/v1/companies/NONE/jobQueueEntries', { user: 'READER' });
  expect(foreign.status).toBe(404);
  expect({ ...foreign.json, detail: '', correlationId: '' }).toEqual({
    ...unknown.json,
    detail: '',
    correlationId: '',
  });
  expect((await ask('POST', ENTRIES, { user: 'READER', body: { object: 'Plain' } })).json).toMatchObject({
    status: 403,
    code: 'PERMISSION_DENIED',
  });
  expect((await ask('GET', '/api/v1/companies', { user: 'NOBODY' })).status).toBe(403);
  expect((await ask('GET', '/api/v1/me', { user: 'READER' })).json).toMatchObject({ companies: ['CRONUS'] });
});

test('what is wrong is named', async () => {
  const body = { object: 'Plain', maximumAttempts: 11, nonsense: 1, startingTime: 'noon' };
  const { json, status } = await ask('POST', ENTRIES, { body });
  expect(status).toBe(400);
  const pointers = json.errors.map(({ pointer }: { pointer: string }) => pointer);
  expect(pointers.sort()).toEqual(['/maximumAttempts', '/nonsense', '/startingTime']);
  expect(json).toMatchObject({ code: 'VALIDATION', type: '/api/docs/problems#VALIDATION' });
  expect((await ask('GET', `${ENTRIES}?limit=1&limit=2`)).json.errors).toEqual([
    { pointer: '?limit', message: 'is given more than once' },
  ]);
  expect((await ask('GET', `${ENTRIES}?nonsense=1`)).json.errors).toMatchObject([{ pointer: '?nonsense' }]);
  expect((await ask('GET', `${ENTRIES}/1`)).json.errors).toMatchObject([{ pointer: '{entryId}' }]);
  expect((await ask('GET', '/nowhere')).json).toMatchObject({ status: 404, code: 'NOT_FOUND' });
  const put = await server.app.inject({ method: 'PUT', url: ENTRIES, headers: HOST });
  expect(put.json()).toMatchObject({ status: 405 });
  expect(put.headers['allow']).toBe('GET, POST');
});

test('operators are told whether it lives and takes work', async () => {
  expect((await ask('GET', '/livez', { user: '' })).text).toBe('ok\n');
  expect((await ask('GET', '/readyz', { user: '' })).json).toEqual({
    ready: true,
    checks: { database: true, instance: true, migrations: true, held: null },
  });
  const stranger = { remoteAddress: '192.0.2.1', headers: HOST, method: 'GET' } as const;
  for (const url of ['/readyz', '/metrics'])
    expect((await server.app.inject({ ...stranger, url })).statusCode).toBe(401);
  const rebound = { host: 'evil.example', 'x-user': '' };
  expect((await ask('GET', '/metrics', { user: '', headers: rebound })).status).toBe(401);
  const forwarded = { ...HOST, 'x-forwarded-for': '127.0.0.1' };
  expect((await ask('GET', '/metrics', { user: '', headers: forwarded })).status).toBe(401);
  const metrics = await ask('GET', '/metrics', { user: '' });
  expect(metrics.text).toContain('nightshift_http_requests_total{route="jobQueueEntries.list",status="200"}');
});

test('a list is also a file for spreadsheets', async () => {
  const formula = '=HYPERLINK("https://evil.example")';
  const made = await ask('POST', ENTRIES, { body: { object: 'Plain', description: formula } });
  const { text, headers } = await ask('GET', `${ENTRIES}?limit=1`, { headers: { accept: 'text/csv' } });
  expect(headers['content-type']).toBe('text/csv; charset=utf-8');
  expect(headers['content-disposition']).toBe('attachment; filename="jobQueueEntries.csv"');
  const [columns = '', ...rows] = text.trimEnd().split('\r\n');
  expect(columns).toMatch(/^\uFEFFid,entryNo,object,description,/);
  expect(columns).not.toContain('allowedActions');
  expect(rows.length).toBeGreaterThan(5);
  expect(rows.find((row) => row.startsWith(made.json.id))).toContain(
    `"'=HYPERLINK(""https://evil.example"")"`,
  );
  const refused = await ask('GET', `${ENTRIES}?status=None`, { headers: { accept: 'text/csv' } });
  expect(refused).toMatchObject({ status: 400, json: { code: 'VALIDATION' } });
});

test('what a request sets off carries its correlation id, into the log entry and the events of the session', async () => {
  await using working = await startTestPlatform({ codeunits: [plain] });
  const own = createServer(working.platform, { authenticate: () => 'ADMIN', checkAnswers: true });
  const correlationId = '01890a5d-ac96-774b-bcce-b302099a8057';
  const send = async (method: 'GET' | 'POST', url: string, payload?: object) => {
    const headers = { ...HOST, 'content-type': 'application/json', 'x-correlation-id': correlationId };
    const answer = await own.app.inject({
      method,
      url,
      headers,
      ...(payload === undefined ? {} : { payload }),
    });
    return answer.json();
  };
  const { id } = await send('POST', ENTRIES, { object: 'Plain' });
  await send('POST', `${ENTRIES}/${id}/actions/setReady`);
  await working.waitFor('AL0000E26');
  const path = '/api/v1/companies/CRONUS';
  const { items } = await send('GET', `${path}/jobQueueLogEntries?correlationId=${correlationId}`);
  expect(items).toMatchObject([{ entryId: id, status: 'Success', correlationId }]);
  const run = await send('GET', `${path}/jobQueueLogEntries/${items[0].no}`);
  expect(run).toMatchObject({ no: items[0].no, errorChain: null });
  await until('the events of the session are written', async () => {
    const events = await send('GET', `${path}/sessionEvents?type=Stop`);
    return events.items.some((event: { correlationId: string }) => event.correlationId === correlationId);
  });
  await own.close();
});

test('alerts are read page by page, seen by whom they concern, and counted while they are new', async () => {
  const { id } = await newEntry('WORKER');
  await kit.query(
    `select nightshift.tell_of_run(e, jsonb_build_object('fingerprint', n), 'failed')
    from nightshift.job_queue_entry e, generate_series(1, 3) n where id = $1`,
    [id],
  );
  const ALERTS = '/api/v1/companies/CRONUS/alerts';
  const first = await ask('GET', `${ALERTS}?limit=2&unseen=true`, { user: 'WORKER' });
  expect(first.json.total).toEqual({ value: 3, relation: 'eq' });
  const second = await ask('GET', `${ALERTS}?limit=2&unseen=true&after=${first.json.page.next}`, {
    user: 'WORKER',
  });
  expect([first.json.items.length, second.json.items.length, second.json.page.next]).toEqual([2, 1, null]);
  const upTo = second.json.items[0].no;
  const mark = { user: 'WORKER', body: { upTo } };
  expect((await ask('POST', `${ALERTS}/actions/markSeen`, mark)).json).toEqual({ marked: 1 });
  expect((await ask('GET', `${ALERTS}?unseen=true`, { user: 'WORKER' })).json.total.value).toBe(2);
  expect((await ask('GET', `${ALERTS}/${upTo}`, { user: 'WORKER' })).json.isSeen).toBe(true);
  expect((await ask('GET', `${ALERTS}/${upTo}`, { user: 'READER' })).status).toBe(404);
  expect((await ask('GET', ALERTS, { user: 'READER' })).json.items).toEqual([]);
  expect((await ask('GET', `${ALERTS}?after=abc`)).status).toBe(400);
});
