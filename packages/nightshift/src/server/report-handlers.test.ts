import { createClient } from '@nightshift/client/api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../testing/condition.ts';
import application from '../testing/fixtures/reports-app.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { addSets, addUsers } from '../testing/test-rights.ts';
import { createServer, type NightshiftServer } from './index.ts';

let kit: TestPlatform;
let server: NightshiftServer;
beforeAll(async () => {
  kit = await startTestPlatform({
    codeunits: application.codeunits,
    migrations: application.migrations,
    applicationModule: new URL('../testing/fixtures/reports-app.ts', import.meta.url),
  });
  await addSets(kit, { Reports: { reports: ['Sales'], tables: { sale: 'R' } } });
  await addUsers(kit, { name: 'READER', sets: ['Reports'] }, { name: 'NOBODY', sets: ['Job Queue View'] });
  server = createServer(kit.platform, {
    authenticate: ({ headers }) => String(headers['x-user'] ?? 'READER'),
    checkAnswers: true,
  });
});
afterAll(async () => {
  await server?.close();
  await kit?.stop();
});

const CRONUS = '/api/v1/companies/CRONUS';
const HOST = { host: 'localhost', origin: 'http://localhost', 'content-type': 'application/json' };
function ask(method: 'GET' | 'POST', path: string, payload?: object, user = 'READER') {
  const headers = { ...HOST, 'x-user': user };
  return server.app.inject({
    method,
    url: `${CRONUS}${path}`,
    headers,
    ...(payload === undefined ? {} : { payload }),
  });
}
const client = createClient({
  url: 'http://localhost',
  fetch: async (url, init = {}) => {
    const {
      method = 'GET',
      body,
      headers,
    } = init as { method?: 'GET' | 'POST'; body?: string; headers?: Record<string, string> };
    const answer = await server.app.inject({
      ...{ method, url: String(url).replace('http://localhost', '') },
      headers: { ...headers, ...HOST, 'x-user': 'READER' },
      ...(body === undefined ? {} : { payload: body }),
    });
    return new Response(new Uint8Array(answer.rawPayload), {
      status: answer.statusCode,
      headers: answer.headers as Record<string, string>,
    });
  },
});
const params = { company: 'CRONUS' };

test('reports are listed with what people fill in, and are no codeunits', async () => {
  const { items } = (await ask('GET', '/reports')).json();
  expect(items.map(({ name }: { name: string }) => name)).toEqual([
    'Anything',
    'Large',
    'Sales',
    'Sales in a process',
    'Sales in a thread',
  ]);
  expect(items[2]).toMatchObject({
    ...{ description: 'What was sold', outputTypes: ['PDF', 'XLSX', 'CSV', 'HTML'], tables: { sale: 'R' } },
    parametersSchema: { properties: { atLeast: { type: 'number', default: 0, minimum: 0 } } },
  });
  expect(items[0]).toMatchObject({ parametersSchema: null });
  const codeunits = (await ask('GET', '/codeunits')).json();
  expect(codeunits.items).toEqual([]);
});

test('a report that is run leaves a document, which is fetched as a file', async () => {
  const started = await client.call('reports.run', {
    params: { ...params, report: 'Sales' },
    body: { outputType: 'CSV', parameters: { atLeast: 0 } },
  });
  const [document] = await until('it is there', async () => {
    const query = { sessionUniqueId: started.uniqueId };
    const { items } = await client.call('reportInbox.list', { params, query });
    return items.length > 0 && items;
  });
  expect(document).toMatchObject({ report: 'Sales', readAt: null, user: 'READER' });
  const no = document?.no ?? 0;
  const file = await client.file('reportInbox.fetch', { params: { ...params, no } });
  expect([file.name, await file.content.text()]).toEqual([
    document?.fileName,
    'No.,Amount\r\nA,0.1\r\nB,0.2\r\n',
  ]);
  const { headers } = await ask('GET', `/reportInbox/${no}/content`);
  expect(headers).toMatchObject({
    'content-type': 'text/csv; charset=utf-8',
    'content-disposition': expect.stringMatching(
      /^attachment; filename="Sales .*\.csv"; filename\*=UTF-8''Sales%20/,
    ),
    'x-content-type-options': 'nosniff',
  });
  expect((await client.call('reportInbox.get', { params: { ...params, no } })).readAt).not.toBeNull();
  expect(await client.call('reportInbox.delete', { params, body: { numbers: [no] } })).toEqual({
    changed: 1,
  });
  expect((await ask('GET', `/reportInbox/${no}/content`)).json()).toMatchObject({
    status: 404,
    code: 'DOCUMENT_UNKNOWN',
  });
});

test('names that no header takes come through', async () => {
  await kit.query(`insert into nightshift.report_inbox (company_no, user_no, report, description, output_type, file_name, content,
      created_at, session_unique_id)
    select 1, no, 'x', '', 'HTML', E'Grüße "; filename=evil.exe \\u65e5 .html', '<script>alert(1)</script>', now(), gen_random_uuid()
    from nightshift.app_user where name = 'READER'`);
  const { items } = await client.call('reportInbox.list', { params });
  const file = await client.file('reportInbox.fetch', { params: { ...params, no: items[0]?.no ?? 0 } });
  expect(file.name).toBe('Grüße "; filename=evil.exe 日 .html');
  const { headers } = await ask('GET', `/reportInbox/${items[0]?.no}/content`);
  expect(headers['content-disposition']).toMatch(
    /^attachment; filename="Gr__e _; filename=evil.exe _ .html"; /,
  );
});

test.each([
  ['/reports/Aging/actions/run', {}, 404, 'REPORT_UNKNOWN'],
  ['/reports/Sales/actions/run', { parameters: { atLeast: 'x' } }, 400, 'RECORD_INVALID'],
  ['/reports/Sales/actions/run', { parameters: 5 }, 400, 'RECORD_INVALID'],
  ['/reports/Anything/actions/run', { parameters: {} }, 400, 'RECORD_INVALID'],
  ['/reports/Sales/actions/run', { outputType: 'DOC' }, 400, 'VALIDATION'],
  ['/reports/Anything/actions/run', { outputType: 'XLSX' }, 400, 'RECORD_INVALID'],
  ['/reportInbox/actions/mark', { numbers: [], read: true }, 400, 'VALIDATION'],
  ['/reportInbox/actions/delete', { numbers: [1.5] }, 400, 'VALIDATION'],
])('%s refuses %j', async (path, body, status, code) => {
  const refused = (await ask('POST', path, body, 'ADMIN')).json();
  expect(refused).toMatchObject({ status, code });
  if (code === 'RECORD_INVALID') expect(refused.errors[0].pointer).toMatch(/^\/?(parameters|outputType)/);
});

test('a report is run by whoever has the right to it', async () => {
  const refused = (await ask('POST', '/reports/Sales/actions/run', {}, 'NOBODY')).json();
  expect(refused).toMatchObject({
    status: 403,
    code: 'PERMISSION_DENIED',
    detail: expect.stringContaining('report Sales'),
  });
});
