import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { categories, jobQueue } from '../platform/index.ts';
import { killSession, startSession, stopSession } from '../session/index.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { addSets, addUsers } from '../testing/test-rights.ts';
import { heedless, letHeedlessEnd, plain, sleeper, startHeedless, VerbStage } from '../testing/verb-stage.ts';
import { createServer, type NightshiftServer } from './index.ts';

// What a row says somebody may do with it is what becomes of it: each action is tried on a row of each kind in each state. Of what
// would change nothing a row says that it is not to be done; the address then either refuses, or leaves the row as it is.
// Entries have a test of their own, beside their verbs.

let kit: TestPlatform;
let server: NightshiftServer;
let stage: VerbStage;

const FROM_HERE = {
  host: 'localhost',
  origin: 'http://localhost',
  'content-type': 'application/json',
  'if-match': '*',
};
const PEOPLE = ['ADMIN', 'SECURITY', 'QUEUE', 'UNABLE', 'WORKER', 'DELEGATED'] as const;

beforeAll(async () => {
  kit = await startTestPlatform({
    codeunits: [plain, sleeper, heedless],
    sessions: { backgroundSessionsMaxConcurrent: 50, stopGraceMs: 600_000 },
    taskScheduler: { enableTaskScheduler: false },
  });
  await addSets(kit, { Work: { codeunits: ['*'] } });
  await addUsers(
    kit,
    { name: 'SECURITY', sets: ['Security Admin', 'Session Admin', 'Work'] },
    { name: 'QUEUE', sets: ['Job Queue Admin', 'Task Admin', 'Work'] },
    { name: 'UNABLE', sets: ['Job Queue Admin', 'Session Admin'] },
    { name: 'WORKER', sets: ['Job Queue Run', 'Work'] },
    { name: 'DELEGATED', sets: ['Job Queue Admin', 'Work'], columns: { is_delegated: true } },
    { name: 'OTHER', sets: ['Job Queue Run', 'Work'] },
    { name: 'BOT', sets: ['Work'], columns: { kind: 'application' } },
    { name: 'SECOND', sets: ['SUPER'] },
  );
  stage = new VerbStage(kit, no('ADMIN'));
  server = createServer(kit.platform, {
    authenticate: ({ headers }) => (typeof headers['x-user'] === 'string' ? headers['x-user'] : null),
    requestsPerMinute: { known: 1_000_000, unknown: 1_000_000 },
  });
});
afterAll(async () => {
  await server?.close();
  await kit?.stop();
});

const no = (user: string) => kit.platform.directory.user(user).no;

interface Listed {
  readonly allowedActions: readonly {
    readonly name: string;
    readonly allowed: boolean;
    readonly reason: string | null;
  }[];
}

async function ask(
  user: string,
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  path: string,
  payload?: object,
) {
  const answer = await server.app.inject({
    method,
    url: `/api/v1/companies/CRONUS/${path}`,
    headers: { ...FROM_HERE, 'x-user': user },
    ...(payload === undefined ? {} : { payload }),
  });
  const body = answer.body === '' ? null : answer.json();
  return { ok: answer.statusCode < 400, status: answer.statusCode, body, problem: body?.detail ?? null };
}

/** One kind of row. */
interface Kind {
  /** Where a row is read; the list where one alone has no address. */
  readonly at: (id: string) => string;
  /** How a row of a list is found; null: `at` answers it alone. */
  readonly key?: string;
  readonly deeds: Readonly<
    Record<string, (id: string) => readonly ['POST' | 'PATCH' | 'DELETE', string, object?]>
  >;
  /** What is done already is no error of its address: whether the row is another one afterwards says what was done. */
  readonly isQuiet?: true;
  /** The address says first how a row stands, and then who may do something with it; rows the other way round. */
  readonly hasOtherWords?: true;
  /** Who cannot have such a row. */
  readonly without?: string;
  /** Makes a row in some state, for a user who will look at it; its id. */
  readonly make: (user: string) => Promise<string>;
}

async function seen(user: string, { at, key }: Kind, id: string): Promise<Listed | null> {
  const { ok, body } = await ask(user, 'GET', at(id));
  if (!ok) return null;
  if (key === undefined) return body;
  return body.items.find((row: Record<string, unknown>) => String(row[key]) === id) ?? null;
}

/** What is said of actions that is not so. */
async function untruths(kind: Kind): Promise<readonly string[]> {
  const made: string[] = [];
  for (const user of PEOPLE.filter((name) => name !== kind.without)) {
    const first = await kind.make(user);
    const row = await seen(user, kind, first);
    if (row === null) continue;
    expect(row.allowedActions.length, `actions of ${JSON.stringify(row)}`).toBeGreaterThan(0);
    for (const { name, allowed, reason } of row.allowedActions) {
      const deed = kind.deeds[name];
      if (deed === undefined) continue;
      const id = await kind.make(user);
      const before = await seen(user, kind, id);
      const done = await ask(user, ...deed(id));
      await kit.platform.directory.refresh();
      const isSame = kind.isQuiet && JSON.stringify(await seen(user, kind, id)) === JSON.stringify(before);
      const isDone = done.ok && isSame !== true;
      const words = plainText(reason) === plainText(done.problem) || kind.hasOtherWords === true;
      if (allowed !== isDone || (reason === null) !== allowed)
        made.push(`${user}: ${name} is said ${allowed} (${reason}), is ${done.status} ${done.problem}`);
      else if (!done.ok && !words)
        made.push(`${user}: ${name} is refused with "${done.problem}", said was "${reason}"`);
    }
  }
  return made;
}

/** Ids and numbers are those of the row at hand. */
const plainText = (text: string | null) => (text ?? '').replaceAll(/[0-9a-f-]{36}|\d+/g, '#');

const actionsAt = (resource: string, ...names: readonly string[]): Kind['deeds'] =>
  Object.fromEntries(
    names.map((name) => [name, (id: string) => ['POST', `${resource}/${id}/actions/${name}`, {}] as const]),
  );

const home = () => ({
  caller: kit.admin,
  company: 'CRONUS',
  companyNo: kit.platform.directory.company('CRONUS').no,
});
const at = (owner: string, user = owner) => ({
  ...home(),
  user,
  userNo: no(user),
  owner,
  ownerNo: no(owner),
});

const APPROVAL = {
  at: (id: string) => `approvals/${id}`,
  deeds: actionsAt('approvals', 'approve', 'reject', 'withdraw'),
};
const approval = (by: string | null, asked: 'me' | string | null, change = '') => ({
  ...APPROVAL,
  make: async (user: string) => {
    const whom = asked === 'me' ? user : asked;
    const id = await stage.approval(at('ADMIN'), no(by ?? user), whom === null ? null : no(whom));
    if (change !== '') await kit.query(change, [id]);
    return id;
  },
});
const IS_REJECTED = `update nightshift.approval_request
  set status = 'Rejected', decided_by = requested_by, decided_at = now(), decision_comment = '' where id = $1`;
const RUNS = `with t as (
    insert into nightshift.scheduled_task (id, lane, user_no, codeunit, ready, due, timeout_ms, claim, claimed_by)
    select gen_random_uuid(), e.company_no, e.run_as, 'Plain', true, now(), 60000, gen_random_uuid(), gen_random_uuid()
    from nightshift.approval_request r join nightshift.job_queue_entry e on e.id = r.entry_id where r.id = $1
    returning id)
  update nightshift.job_queue_entry set task_id = (select id from t)
  where id = (select entry_id from nightshift.approval_request where id = $1)`;

test.each([
  ['his own', approval(null, null)],
  ['of another, who asks nobody', approval('OTHER', null)],
  ['of another, who asks him', approval('OTHER', 'me')],
  ['of another, who asks a third', approval('OTHER', 'SECOND')],
  ['of another, who asks for an application user', approval('OTHER', 'BOT')],
  ['that is rejected', approval('OTHER', null, IS_REJECTED)],
  ['whose entry runs', approval('OTHER', null, RUNS)],
])('a request for approval %s', async (_, kind) => {
  expect(await untruths(kind)).toEqual([]);
});

const USER = {
  isQuiet: true as const,
  at: (id: string) => `users/${id}`,
  deeds: actionsAt('users', 'enable', 'disable'),
};
const userIs = (name: string | null, state: string, second = 'enabled') => ({
  ...USER,
  async make(user: string) {
    const meant = name ?? user;
    await kit.query(`update nightshift.app_user set state = 'enabled'`);
    await kit.query(`update nightshift.app_user set state = $1 where name = 'SECOND'`, [second]);
    if (state !== 'enabled')
      await kit.query(`update nightshift.app_user set state = $2 where name = $1`, [meant, state]);
    await kit.platform.directory.refresh();
    return meant;
  },
});

test.each([
  ['who is enabled', userIs('OTHER', 'enabled')],
  ['who is disabled', userIs('OTHER', 'disabled')],
  ['with SUPER', userIs('SECOND', 'enabled')],
  ['with SUPER who is disabled', userIs('SECOND', 'disabled', 'disabled')],
  ['whom he is himself', userIs(null, 'enabled')],
  ['who is the last with SUPER', userIs('ADMIN', 'enabled', 'disabled')],
])('a user %s', async (_, kind) => {
  expect(await untruths(kind)).toEqual([]);
  await userIs('OTHER', 'enabled').make('ADMIN');
});

let codes = 0;
const category = (used: boolean): Kind => ({
  at: (id) => `categories/${id}`,
  deeds: {
    modify: (id) => ['PATCH', `categories/${id}`, { description: 'other' }],
    delete: (id) => ['DELETE', `categories/${id}`],
  },
  async make() {
    const code = `C${++codes}`;
    await categories.create(kit.admin, { code });
    if (used) await jobQueue.create(kit.admin, { object: 'Plain', category: code });
    return code;
  },
});

test.each([
  ['that nothing uses', category(false)],
  ['that an entry uses', category(true)],
])('a category %s', async (_, kind) => {
  expect(await untruths(kind)).toEqual([]);
});

const apiKey = (owner: string | null, isRevoked: boolean): Kind => ({
  isQuiet: true,
  at: () => 'apiKeys?limit=500',
  key: 'id',
  deeds: actionsAt('apiKeys', 'revoke'),
  async make(user) {
    const id = await stage.apiKey(at(owner ?? user));
    if (isRevoked) await kit.query('update nightshift.api_key set revoked_at = now() where id = $1', [id]);
    return id;
  },
});

test.each([
  ['of his own', apiKey(null, false)],
  ['of another', apiKey('OTHER', false)],
  ['that is revoked', apiKey(null, true)],
])('an API key %s', async (_, kind) => {
  expect(await untruths(kind)).toEqual([]);
});

const task = (owner: string | null, isFailed: boolean): Kind => ({
  hasOtherWords: true,
  at: (id) => `scheduledTasks/${id}`,
  deeds: {
    ...actionsAt('scheduledTasks', 'setReady', 'cancel', 'rerun'),
    delete: (id) => ['DELETE', `scheduledTasks/${id}`],
    reassign: (id) => ['POST', `scheduledTasks/${id}/actions/reassign`, { user: 'SECOND' }],
  },
  make: (user) => (isFailed ? stage.failedTask(at(owner ?? user)) : stage.task(at(owner ?? user))),
});

test.each([
  ['of his own', task(null, false)],
  ['of another', task('OTHER', false)],
  ['of his own that has failed', task(null, true)],
  ['of another that has failed', task('OTHER', true)],
])('a scheduled task %s', async (_, kind) => {
  expect(await untruths(kind)).toEqual([]);
});

const start = async (user: string) => {
  const caller = kit.platform.as({ user, company: 'CRONUS' });
  return (await startSession(caller, sleeper)).id;
};

/** Starts what heeds no stop, and brings it to this state; until the tables say so. */
async function brought(user: string, state: 'Stopping' | 'Lingering'): Promise<number> {
  const { id } = await startHeedless(kit.platform.as({ user, company: 'CRONUS' }));
  await stopSession(kit.admin, id);
  if (state === 'Lingering') await killSession(kit.admin, id);
  await kit.platform.instance.host.events.flush();
  return id;
}

const session = (owner: string | null, state: 'Running' | 'Stopping' | 'Lingering'): Kind => ({
  without: 'UNABLE',
  at: () => 'sessions?limit=500',
  key: 'id',
  deeds: actionsAt('sessions', 'stop', 'kill'),
  async make(user) {
    const whose = owner ?? user;
    return String(await (state === 'Running' ? start(whose) : brought(whose, state)));
  },
});

afterEach(async () => {
  letHeedlessEnd();
  for (const { id } of (await ask('ADMIN', 'GET', 'sessions?limit=500')).body.items)
    await ask('ADMIN', 'POST', `sessions/${id}/actions/stop`, {});
});

test.each(
  (['Running', 'Stopping', 'Lingering'] as const).flatMap((state) => [
    [`of his own, ${state}`, session(null, state)] as const,
    [`of another, ${state}`, session('OTHER', state)] as const,
  ]),
)('a session %s', async (_, kind) => {
  expect(await untruths(kind)).toEqual([]);
});

test('a session that ended before it was killed is said to have ended, and how', async () => {
  const session = await startSession(kit.admin, sleeper);
  await session.started;
  await stopSession(kit.admin, session.id);
  await session.finished;
  await kit.platform.instance.host.events.flush();
  const ended = await ask('ADMIN', 'POST', `sessions/${session.id}/actions/kill`);
  expect([ended.status, ended.problem]).toEqual([409, `Session ${session.id} has ended: Stopped.`]);
  const none = await ask('ADMIN', 'POST', 'sessions/4711/actions/kill');
  expect([none.status, none.body.code]).toEqual([404, 'SESSION_UNKNOWN']);
});

test.each([
  ['of his own', null],
  ['of another', 'OTHER'],
])('a run %s whose session is stopping', async (_, owner) => {
  const sessionOf = new Map<string, number>();
  const kind: Kind = {
    // Who sees the run may not see its session.
    hasOtherWords: true,
    without: 'UNABLE',
    at: (id) => `jobQueueLogEntries/${id}`,
    deeds: { kill: (id) => ['POST', `sessions/${sessionOf.get(id)}/actions/kill`, {}] },
    async make(user) {
      const no = await stage.logEntry(at(owner ?? user));
      sessionOf.set(String(no), await brought(owner ?? user, 'Stopping'));
      await kit.query(
        `update nightshift.job_queue_log_entry set status = 'In Process', session_id = $2 where no = $1`,
        [no, sessionOf.get(String(no))],
      );
      return String(no);
    },
  };
  expect(await untruths(kind)).toEqual([]);
});

const run = (owner: string | null, status: string): Kind => ({
  at: (id) => `jobQueueLogEntries/${id}`,
  deeds: actionsAt('jobQueueLogEntries', 'retry'),
  async make(user) {
    const id = await stage.logEntry(at(owner ?? user));
    await kit.query('update nightshift.job_queue_log_entry set status = $2 where no = $1', [id, status]);
    return String(id);
  },
});

test.each(
  ['Success', 'Error', 'In Process'].flatMap((status) => [
    [`of his own, ${status}`, run(null, status)] as const,
    [`of another, ${status}`, run('OTHER', status)] as const,
  ]),
)('a run %s', async (_, kind) => {
  expect(await untruths(kind)).toEqual([]);
});
