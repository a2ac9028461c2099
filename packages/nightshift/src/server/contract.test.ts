import { afterAll, beforeAll, expect, test } from 'vitest';
import { VERBS, type Verb } from '../contract/permissions.ts';
import type { Route } from '../contract/route.ts';
import { ROUTES, type RouteName } from '../contract/routes.ts';
import { SIGN_IN_ROUTES, type SignInRouteName } from '../contract/sign-in-routes.ts';
import { backgroundTask } from '../page-background-task/index.ts';
import { Authority } from '../permissions/index.ts';
import { apiKeys, jobQueue } from '../platform/index.ts';
import { report } from '../reports/index.ts';
import {
  bulkCases,
  insightCases,
  type RouteCase,
  reportCases,
  workItemCases,
} from '../testing/route-cases.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { addCompany, addSets, addUsers } from '../testing/test-rights.ts';
import { VERB_CALLS } from '../testing/verb-calls.ts';
import { STAGED_ORDERS } from '../testing/verb-calls-items.ts';
import { plain, VerbStage } from '../testing/verb-stage.ts';
import { createServer, type NightshiftServer, openApiDocument } from './index.ts';

// Every route of the contract, one by one: it works, it is refused to those who lack the right, it is not there in a company
// that is not theirs, and it refuses fields that it does not know. A route that is added without a case fails here.

const ADMIN = 'ADMIN';
/** One that a page may run. */
const reader = backgroundTask({ name: 'Reader', onRun: (_, { no = '' }) => ({ no }) });

const aging = report({ name: 'Aging', onRun: () => ({ columns: [{ name: 'no' }], rows: [] }) });

let kit: TestPlatform;
let server: NightshiftServer;
let stage: VerbStage;
const demanded = new Set<Verb>();

beforeAll(async () => {
  kit = await startTestPlatform({
    codeunits: [plain, reader],
    reports: [aging],
    workItems: [STAGED_ORDERS],
    taskScheduler: { enableTaskScheduler: false },
  });
  await addCompany(kit, 'FABRIKAM');
  await addSets(kit, { Work: { codeunits: ['*'] }, Other: {} });
  await addUsers(
    kit,
    { name: 'LACKING', sets: ['Other'], company: 'CRONUS' },
    { name: 'TARGET', sets: ['Job Queue Admin', 'Work'] },
    { name: 'VICTIM', sets: ['Work'] },
  );
  stage = new VerbStage(kit, kit.platform.directory.user(ADMIN).no);
  server = createServer(kit.platform, {
    authenticate: ({ headers }) => (typeof headers['x-user'] === 'string' ? headers['x-user'] : null),
    checkAnswers: true,
    requestsPerMinute: { known: 1_000_000, unknown: 1_000_000 },
  });
  const original = Authority.prototype.demand;
  Authority.prototype.demand = function (actor, verb, wish) {
    demanded.add(verb);
    return original.call(this, actor, verb, wish);
  };
});
afterAll(async () => {
  await server?.close();
  await kit?.stop();
});

const at = () => {
  const { directory } = kit.platform;
  const owner = directory.user(ADMIN);
  const company = directory.company('CRONUS');
  return {
    caller: kit.admin,
    user: ADMIN,
    userNo: owner.no,
    owner: ADMIN,
    ownerNo: owner.no,
    company: company.name,
    companyNo: company.no,
  };
};
const entry = async (status = 'On Hold') => ({ params: { entryId: await stage.entry(at(), status) } });
const task = async () => ({ params: { taskId: await stage.task(at()) } });
const failed = async () => ({ params: { taskId: await stage.failedTask(at()) } });
const category = async (): Promise<RouteCase> => {
  const code = stage.name('C');
  await server.app.inject({
    ...as(ADMIN),
    method: 'POST',
    url: '/api/v1/companies/CRONUS/categories',
    payload: { code },
  });
  return { params: { code } };
};
const approval = async (): Promise<RouteCase> => {
  const { directory } = kit.platform;
  const by = directory.user('TARGET').no;
  return { params: { approvalId: await stage.approval(at(), by, null) } };
};
const set = async () => {
  const name = stage.name('Set');
  await addSets(kit, { [name]: {} });
  return { params: { permissionSet: name }, ifMatch: '"1"' };
};
const run = async (): Promise<RouteCase> => {
  const { id } = await jobQueue.create(kit.admin, { object: 'Plain' });
  const { logEntryNo } = await jobQueue.runOnce(kit.admin, id, {
    confirm: async () => true,
    message: () => undefined,
    openDialog: () => ({ update: () => undefined, close: () => undefined }),
  });
  return { params: { no: String(logEntryNo) } };
};
const nothing = async (): Promise<RouteCase> => ({});

const CASES: Readonly<
  Record<Exclude<RouteName, SignInRouteName | 'intakes.receive'>, () => Promise<RouteCase>>
> = {
  ...workItemCases(() => ({ kit, stage })),
  ...bulkCases(() => ({ kit, stage })),
  ...reportCases(aging.name, () => stage.document(at())),
  'me.get': nothing,
  'companies.list': nothing,
  'companies.get': nothing,
  'companies.create': async () => ({ body: { name: stage.name('Made') } }),
  'companies.copy': async () => ({ body: { name: stage.name('Copy') } }),
  // The name is not confirmed.
  'companies.delete': async () => ({ body: { confirm: 'NOT MEANT' } }),
  'companies.calendar': nothing,
  'companies.setCalendar': async () => ({
    body: { timeZone: 'Europe/Berlin', hours: [{ weekday: 1, from: '08:00', to: '16:30' }], holidays: [] },
    ifMatch: '*',
  }),
  'companies.modify': async () => ({ body: { name: 'CRONUS' }, ifMatch: '*' }),
  'jobQueueEntries.declarations': nothing,
  'jobQueueEntries.watch': nothing,
  'jobQueueEntries.plannedRuns': async () => ({ query: '?to=2999-01-01T00:00:00Z&limit=10' }),
  'jobQueueEntries.list': async () => ({
    query:
      '?details=true&overdue=true&taskId=01890a5d-ac96-774b-bcce-b302099a8057&status=On Hold,Ready&q=plain&sort=earliestStart',
  }),
  'jobQueueEntries.create': async () => ({ body: { object: 'Plain', runOnMondays: true } }),
  'jobQueueEntries.get': () => entry(),
  'jobQueueEntries.modify': async () => ({ ...(await entry()), body: { description: 'x' }, ifMatch: '"1"' }),
  'jobQueueEntries.delete': () => entry(),
  'jobQueueEntries.explain': () => entry(),
  'jobQueueEntries.preview': () => entry(),
  'jobQueueEntries.declaration': () => entry(),
  'jobQueueEntries.setReady': () => entry(),
  'jobQueueEntries.setOnHold': () => entry('Ready'),
  'jobQueueEntries.restart': () => entry('Error'),
  'jobQueueEntries.runNow': () => entry('Finished'),
  'jobQueueEntries.wake': () => entry('Ready'),
  'jobQueueEntries.copy': () => entry(),
  'jobQueueEntries.resetToCode': () => entry(),
  'jobQueueEntries.runOnce': async () => ({ ...(await entry()), body: {} }),
  'foregroundRuns.get': async () => {
    const { params } = await entry();
    const url = `/api/v1/companies/CRONUS/jobQueueEntries/${params.entryId}/actions/runOnce`;
    const { runId } = (await server.app.inject({ ...as(ADMIN), method: 'POST', url, payload: {} })).json();
    return { params: { runId } };
  },
  'jobQueueEntries.stopRun': async () => ({ ...(await entry()), body: { comment: 'enough' } }),
  'jobQueueEntries.setPriority': async () => ({ ...(await entry()), body: { priority: 'High' } }),
  'jobQueueEntries.reassign': async () => ({ ...(await entry()), body: { user: 'TARGET' } }),
  'jobQueueEntries.requestApproval': async () => ({ ...(await entry()), body: { comment: 'please' } }),
  'jobQueueEntries.hold': async () => ({ body: { object: 'No such' } }),
  'jobQueueEntries.release': async () => ({ body: { object: 'No such' } }),
  'jobQueueEntries.deleteFailed': async () => ({ body: { olderThanMs: 1e12 } }),
  'codeunits.list': nothing,
  'backgroundTasks.run': async () => ({
    params: { codeunit: reader.name },
    body: { parameters: { no: '1' } },
  }),
  'jobQueueLogEntries.list': async () => ({
    query: '?details=true&status=Error&startedFrom=2026-01-01T00:00:00Z',
  }),
  'jobQueueLogEntries.get': run,
  'jobQueueLogEntries.errors': run,
  'jobQueueLogEntries.retry': run,
  ...insightCases(
    () => ({ kit, stage }),
    run,
    () => entry(),
  ),
  'categories.list': nothing,
  'categories.get': category,
  'categories.create': async () => ({ body: { code: stage.name('C'), parallelism: 2 } }),
  'categories.modify': async () => ({ ...(await category()), body: { parallelism: 3 }, ifMatch: '"1"' }),
  'categories.delete': category,
  'approvals.list': async () => ({ query: '?status=Open' }),
  'approvals.get': approval,
  'approvals.approve': async () => ({ ...(await approval()), body: { comment: 'yes' } }),
  'approvals.reject': async () => ({ ...(await approval()), body: {} }),
  'approvals.withdraw': async () => {
    const { no } = kit.platform.directory.user(ADMIN);
    return { params: { approvalId: await stage.approval(at(), no, null) }, body: {} };
  },
  'scheduledTasks.list': async () => ({ query: '?state=Pending,Not Ready&userGone=true' }),
  'scheduledTasks.get': task,
  'scheduledTasks.setReady': async () => ({ ...(await task()), body: { notBefore: '2999-01-01T00:00:00Z' } }),
  'scheduledTasks.cancel': task,
  'scheduledTasks.rerun': failed,
  'scheduledTasks.delete': failed,
  'scheduledTasks.reassign': async () => ({ ...(await task()), body: { user: 'TARGET' } }),
  'sessions.list': nothing,
  'sessions.start': async () => ({ body: { codeunit: 'Plain', timeoutMs: 60_000 } }),
  'sessions.stop': async () => ({ params: { sessionId: '4711' }, body: {} }),
  'sessions.kill': async () => ({ params: { sessionId: '4711' } }),
  'sessionEvents.list': async () => ({ query: '?type=Stop,Error&since=2026-01-01T00:00:00Z' }),
  'environment.get': nothing,
  'environment.release': async () => ({ body: { name: 'test' } }),
  'users.list': async () => ({ query: '?isGone=false&kind=person' }),
  'users.get': async () => ({ params: { user: 'VICTIM' } }),
  'users.create': async () => ({ body: { name: stage.name('MADE'), validUntil: '2999-01-01T00:00:00Z' } }),
  'users.modify': async () => ({
    params: { user: 'VICTIM' },
    body: { fullName: stage.name('N') },
    ifMatch: '*',
  }),
  'users.disable': async () => ({ params: { user: 'VICTIM' } }),
  'users.enable': async () => ({ params: { user: 'VICTIM' } }),
  'users.signIns': async () => ({ params: { user: 'VICTIM' } }),
  'users.endSignIns': async () => ({ params: { user: 'VICTIM' }, body: {} }),
  'users.resetSecondFactor': async () => ({ params: { user: 'VICTIM' } }),
  'permissionSets.list': nothing,
  'permissionSets.get': set,
  'permissionSets.create': async () => ({
    body: { name: stage.name('Made'), tables: { staged_order: 'RM' } },
  }),
  'permissionSets.modify': async () => ({ ...(await set()), body: { description: 'x' } }),
  'permissionSets.delete': set,
  'assignments.create': async () => ({ body: { user: 'VICTIM', permissionSet: 'Other' } }),
  'assignments.remove': async () => ({ body: { user: 'VICTIM', permissionSet: 'Other', everywhere: true } }),
  'auditLog.list': async () => ({ query: '?verb=user.modify&result=allowed' }),
  'apiKeys.list': nothing,
  'apiKeys.create': async () => ({ body: { name: 'Test', scopes: ['entry.read'] } }),
  'apiKeys.revoke': async () => ({ params: { apiKeyId: await stage.apiKey(at()) } }),
};

/** Nothing in the state of what is there allows these: whoever is let through is told so. */
const UNDONE: Readonly<Partial<Record<RouteName, number>>> = {
  'jobQueueEntries.resetToCode': 409,
  'users.resetSecondFactor': 409,
  'jobQueueEntries.stopRun': 409,
  'jobQueueLogEntries.retry': 409,
  'sessions.stop': 404,
  'sessions.kill': 404,
  'companies.delete': 400,
};

const HOST = { host: 'localhost', origin: 'http://localhost' };

function as(user: string) {
  return { headers: { ...HOST, 'x-user': user, 'content-type': 'application/json' } };
}

async function use(route: Route, wanted: RouteCase, { user = ADMIN, company = 'CRONUS', extra = {} } = {}) {
  const params: Readonly<Record<string, string>> = { company, ...wanted.params };
  const path = route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(params[name] ?? ''),
  );
  const { headers } = as(user);
  const body = route.changes ? { ...Object(wanted.body ?? {}), ...extra } : undefined;
  return server.app.inject({
    method: route.method,
    url: `/api/v1${path}${wanted.query ?? ''}`,
    headers: { ...headers, ...(wanted.ifMatch === undefined ? {} : { 'if-match': wanted.ifMatch }) },
    ...(body === undefined ? {} : { payload: body }),
  });
}

/** Those by which people sign in have tests of their own, and so has what is let in by signature. */
const EVERY = Object.entries(ROUTES as Readonly<Record<string, Route>>).filter(
  ([name, { access }]) => !(name in SIGN_IN_ROUTES) && access !== 'signature',
);

test.each(EVERY)('%s does what it says, and demands no more than it states', async (name, route) => {
  const wanted = await CASES[name as keyof typeof CASES]();
  demanded.clear();
  const answer = await use(route, wanted);
  const undone = UNDONE[name as RouteName];
  if (undone !== undefined) expect(answer.json()).toMatchObject({ status: undone });
  else expect([answer.statusCode, answer.statusCode >= 400 ? answer.body : '']).toEqual([route.status, '']);
  expect([...demanded].filter((verb) => ![...route.verbs, ...route.uses].includes(verb))).toEqual([]);
});

/** What everybody may, with whatever permission set, as far as it is his own. */
const forEverybody = ({ verbs }: Route) => {
  const [first] = verbs;
  return first === undefined || VERBS[first].everyone !== null;
};

test.each(EVERY)(
  '%s is refused to whoever lacks the right, and not there in a foreign company',
  async (name, route) => {
    const wanted = await CASES[name as keyof typeof CASES]();
    const foreign = await use(route, wanted, { user: 'LACKING', company: 'FABRIKAM' });
    if (route.path.includes('{company}'))
      expect(foreign.json()).toMatchObject({ status: 404, code: 'COMPANY_UNKNOWN' });
    const refused = await use(route, wanted, { user: 'LACKING' });
    if (!forEverybody(route))
      expect([name, [403, 404].includes(refused.statusCode), refused.body]).toMatchObject([
        name,
        true,
        refused.body,
      ]);
    else expect([name, refused.statusCode < 500]).toEqual([name, true]);
    expect((await use(route, wanted, { user: 'NOT THERE' })).json()).toMatchObject({ status: 401 });
  },
);

test.each(EVERY)('%s refuses fields that it does not know', async (name, route) => {
  const wanted = await CASES[name as keyof typeof CASES]();
  const query = `${wanted.query ?? '?'}${wanted.query === undefined ? '' : '&'}nonsense=1`;
  const answer = await use(route, { ...wanted, query }, { extra: { nonsense: 1 } });
  expect(answer.json()).toMatchObject({ status: 400, code: 'VALIDATION' });
  const pointers = answer.json().errors.map(({ pointer }: { pointer: string }) => pointer);
  expect(pointers).toContain('?nonsense');
  if (route.changes) expect(pointers.includes('/nonsense') || pointers.includes('')).toBe(true);
});

test.each(EVERY)('%s states verbs that are tried out, and a sentence', (name, route) => {
  const tried = new Set<string>(Object.values(VERB_CALLS).map(({ verb }) => verb));
  for (const verb of [...route.verbs, ...route.uses])
    expect([...tried, 'user.runAsApplication']).toContain(verb);
  expect(route.verbs.length > 0 || name === 'me.get').toBe(true);
  expect(route.summary).toMatch(/^[A-Z].*\.$/);
});

test('every field of the interface is explained by a sentence', () => {
  const lacking: string[] = [];
  const look = (value: unknown, place: string): void => {
    if (typeof value !== 'object' || value === null) return;
    const { properties } = value as { properties?: Record<string, { description?: string; $ref?: string }> };
    for (const [name, part] of Object.entries(properties ?? {}))
      if (part.$ref === undefined && !/^[A-Z].*\.$/.test(part.description ?? ''))
        lacking.push(`${place}.${name}`);
    for (const [key, part] of Object.entries(value)) look(part, `${place}/${key}`);
  };
  look((openApiDocument()['components'] as Record<string, unknown>)['schemas'], '');
  expect(lacking.filter((place) => !place.endsWith('.page'))).toEqual([]);
});

test('an API key does what its scopes say, as its user, in its company', async () => {
  const made = await apiKeys.create(kit.admin, { name: 'Sync', scopes: ['entry.read', 'company.read'] });
  const ask = (path: string, key = made.key, method: 'GET' | 'POST' = 'GET', payload?: object) =>
    server.app.inject({
      method,
      url: `/api/v1${path}`,
      headers: { host: 'localhost', authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      ...(payload === undefined ? {} : { payload }),
    });
  const list = await ask('/companies/CRONUS/jobQueueEntries?limit=1');
  expect(list.statusCode).toBe(200);
  const setReady = list
    .json()
    .items[0].allowedActions.find(({ name }: { name: string }) => name === 'setReady');
  expect(setReady).toEqual({
    name: 'setReady',
    allowed: false,
    reason: 'The API key lacks the scope entry.setReady.',
  });
  const denied = await ask('/companies/CRONUS/jobQueueEntries', made.key, 'POST', { object: 'Plain' });
  expect(denied.json()).toMatchObject({ status: 403, details: { verb: 'entry.create' } });
  expect((await ask('/companies/FABRIKAM/jobQueueEntries')).statusCode).toBe(404);
  expect((await ask('/companies')).json().items.map(({ name }: { name: string }) => name)).toEqual([
    'CRONUS',
  ]);
  expect((await ask('/me')).json()).toMatchObject({
    user: 'ADMIN',
    signedInBy: 'api-key',
    companies: ['CRONUS'],
  });
  expect((await apiKeys.list(kit.admin)).find(({ id }) => id === made.id)?.lastUsedAt).toBeInstanceOf(Date);
  const wrong = `${made.key.slice(0, -1)}${made.key.endsWith('0') ? '1' : '0'}`;
  for (const key of [wrong, 'ns_1', '', `ns_${'0'.repeat(32)}_${'0'.repeat(64)}`])
    expect((await ask('/me', key)).statusCode).toBe(401);
  await apiKeys.revoke(kit.admin, made.id);
  expect((await ask('/me')).statusCode).toBe(401);
  const rows = await kit.query<{ digest: Buffer }>('select digest from nightshift.api_key where id = $1', [
    made.id,
  ]);
  expect(rows[0]?.digest.toString('hex')).not.toContain(made.key.split('_')[2]);
});

test('a repeat with the same key has no second effect', async () => {
  const create = (key: string, body: object) =>
    server.app.inject({
      method: 'POST',
      url: '/api/v1/companies/CRONUS/jobQueueEntries',
      headers: { ...as(ADMIN).headers, 'idempotency-key': key },
      payload: body,
    });
  const first = await create('one', { object: 'Plain' });
  const again = await create('one', { object: 'Plain' });
  expect([again.statusCode, again.json()]).toEqual([201, first.json()]);
  expect(again.headers['idempotency-replayed']).toBe('true');
  expect((await create('one', { object: 'Plain', description: 'other' })).json().code).toBe(
    'IDEMPOTENCY_KEY_USED',
  );
  expect((await create('two', { object: 'Unknown' })).statusCode).toBe(404);
  expect((await create('two', { object: 'Plain' })).statusCode).toBe(201);
  expect((await create('a b', { object: 'Plain' })).statusCode).toBe(400);
  const many = await Promise.all(
    Array.from({ length: 5 }, () => create('three', { object: 'Plain', description: 'many' })),
  );
  const ids = many.filter(({ statusCode }) => statusCode === 201).map((answer) => answer.json().id);
  expect(new Set(ids).size).toBe(1);
  expect(many.every(({ statusCode }) => statusCode === 201 || statusCode === 409)).toBe(true);
});
