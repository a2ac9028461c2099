import { openPage } from '@nightshift/client/page';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { backgroundTask } from '../../page-background-task/index.ts';
import type { Session } from '../../session/index.ts';
import { until, within } from '../../testing/condition.ts';
import { LiveLink } from '../../testing/live-link.ts';
import { startTestPlatform, type TestPlatform } from '../../testing/test-platform.ts';
import { addSets, addUsers } from '../../testing/test-rights.ts';
import { createServer, type NightshiftServer } from '../index.ts';

let work: (session: Session, wish: string) => unknown = () => undefined;
const worker = backgroundTask({
  name: 'The Works',
  onRun: async (session, { wish = '' }) => ({ answer: String((await work(session, wish)) ?? '') }),
});

let kit: TestPlatform;
let server: NightshiftServer;
let address: string;
let link: LiveLink;
beforeAll(async () => {
  kit = await startTestPlatform({
    codeunits: [worker],
    migrations: [{ name: '0001_customer', sql: 'create table customer (no text primary key)' }],
    pages: { reconnectGraceMs: 600_000, tasksMaxInARow: 5 },
  });
  await addSets(kit, { Cards: { codeunits: ['The Works'], tables: { customer: 'RIMD' } }, Nothing: {} });
  await addUsers(kit, { name: 'CLERK', sets: ['Cards'] }, { name: 'LACKING', sets: ['Nothing'] });
  server = createServer(kit.platform, {
    authenticate: ({ headers }) => (typeof headers['x-user'] === 'string' ? headers['x-user'] : null),
  });
  address = await server.listen({ port: 0 });
  link = new LiveLink('CLERK');
  await link.connect(address);
});
afterAll(async () => {
  link.cut();
  await server.close();
  await kit.stop();
});

const open = (recordId = '10000', over = link) =>
  openPage(over, { company: 'CRONUS', name: 'Customer Card', recordId });
const counts = () => kit.platform.instance.pages.counts;
const asleep = async () =>
  (await kit.query("select from pg_stat_activity where query = 'select pg_sleep(600)' and state = 'active'"))
    .length;
const sleeps = (session: Session) => session.db.query('select pg_sleep(600)');
const failure = (result: Promise<unknown>) =>
  within(
    'it failed',
    result.then(
      () => null,
      (error: { code: string; callStack: string | null }) => error,
    ),
  );

test('a task answers from browser to browser, as the user who is signed in', async () => {
  work = async (session, wish) => `${session.user} ${session.clientType} ${wish}`;
  const page = open();
  const { result } = page.enqueue('The Works', { wish: 'hello' });
  expect(await within('it answered', result)).toEqual({ answer: 'CLERK child hello' });
  page.close();
  await until('it is closed', () => counts().pages === 0);
});

test('what it may not is told with its code, without a call stack', async () => {
  work = (session) => session.db.query("insert into customer values ('1')");
  const page = open();
  expect(await failure(page.enqueue('The Works').result)).toMatchObject({
    code: 'READ_ONLY',
    callStack: null,
  });
  expect(await failure(page.enqueue('Nonsense').result)).toMatchObject({ code: 'CODEUNIT_UNKNOWN' });
  page.close();
  const lacking = new LiveLink('LACKING');
  await lacking.connect(address);
  const theirs = open('1', lacking);
  expect(await failure(theirs.enqueue('The Works').result)).toMatchObject({ code: 'PERMISSION_DENIED' });
  const abroad = openPage(lacking, { company: 'NOWHERE', name: 'Card' });
  expect(await failure(abroad.enqueue('The Works').result)).toMatchObject({ code: 'COMPANY_UNKNOWN' });
  lacking.cut();
});

test('a developer is told the call stack; a listener that asks without end is stopped, and the codeunits are named', async () => {
  const developer = new LiveLink('ADMIN');
  await developer.connect(address);
  const page = open('1', developer);
  work = () => {
    throw Object.assign(new Error('blocked'), { code: 'CUSTOMER_BLOCKED' });
  };
  const { code, callStack } = (await failure(page.enqueue('The Works').result)) ?? {};
  expect(code).toBe('CUSTOMER_BLOCKED');
  expect(callStack).toContain('live-pages.test.ts');
  let runs = 0;
  work = () => ++runs;
  page.on('completed', () => page.enqueue('The Works'));
  const stopped = Promise.withResolvers<{ readonly code: string; readonly text: string }>();
  page.on('failed', stopped.resolve);
  page.enqueue('The Works');
  const loop = await within('it was stopped', stopped.promise);
  expect(loop.code).toBe('PAGE_TASK_LOOP');
  expect(loop.text).toContain('The Works → The Works');
  expect(runs).toBe(5);
  developer.cut();
});

test('another record, and the end of a page, end its statements; 105 tasks fit, and the next is refused', async () => {
  work = async (session, wish) => (wish === 'quick' ? 'done' : void (await sleeps(session)));
  const page = open('A');
  const tasks = Array.from({ length: 106 }, () => page.enqueue('The Works'));
  expect(await failure(tasks[105]?.result ?? Promise.resolve())).toMatchObject({
    code: 'PAGE_TASK_QUEUE_FULL',
  });
  await until('five sleep', async () => (await asleep()) === 5);
  page.setCurrentRecord('B');
  const { result } = page.enqueue('The Works', { wish: 'quick' });
  expect(await within('it answered', result)).toEqual({ answer: 'done' });
  await until('none sleeps', async () => (await asleep()) === 0);
  page.enqueue('The Works');
  await until('one sleeps', asleep);
  page.close();
  await until('none sleeps', async () => (await asleep()) === 0);
});

test('a connection that is cut and comes back finds its page, and what was answered meanwhile', async () => {
  const go = Promise.withResolvers<void>();
  let runs = 0;
  work = async () => {
    runs++;
    await go.promise;
    return runs;
  };
  const page = open();
  const { result } = page.enqueue('The Works');
  await until('it runs', () => runs === 1);
  link.cut();
  go.resolve();
  await until('it is done', () => counts().running === 0);
  await link.connect(address);
  expect(await within('it answered', result)).toEqual({ answer: '1' });
  expect(runs).toBe(1);
  page.close();
});

test('what nobody wants any more when the connection comes back is cancelled; the rest goes on', async () => {
  work = sleeps;
  const page = open('A');
  const unwanted = page.enqueue('The Works');
  page.enqueue('The Works');
  await until('two sleep', async () => (await asleep()) === 2);
  link.cut();
  unwanted.cancel();
  await link.connect(address);
  const left = () => counts().running + counts().waiting;
  await until('one sleeps, and none else is left', async () => (await asleep()) === 1 && left() === 1);
  link.cut();
  page.setCurrentRecord('B');
  page.setCurrentRecord('A');
  await link.connect(address);
  await until('none sleeps', async () => (await asleep()) === 0);
  page.close();
});

test('after the grace its tasks are cancelled; who comes back late, or elsewhere, has them run again', async () => {
  await using hasty = await startTestPlatform({
    codeunits: [worker],
    database: kit.database ?? { url: '' },
    pages: { reconnectGraceMs: 10 },
  });
  const elsewhere = createServer(hasty.platform, { authenticate: () => 'CLERK' });
  const there = await elsewhere.listen({ port: 0 });
  const own = new LiveLink('CLERK');
  await own.connect(there);
  let runs = 0;
  work = async (session) => {
    runs++;
    if (runs < 3) await sleeps(session);
    return runs;
  };
  const page = open('A', own);
  const { result } = page.enqueue('The Works');
  await until('it sleeps', asleep);
  own.cut();
  const pages = () => hasty.platform.instance.pages.counts.pages;
  await until('it is cancelled', async () => pages() === 0 && (await asleep()) === 0);
  expect(await own.connect(there)).toBe(true);
  await until('it sleeps again', async () => runs === 2 && (await asleep()) === 1);
  own.cut();
  expect(await own.connect(address)).toBe(false);
  expect(await within('it answered', result)).toEqual({ answer: '3' });
  await until('the one of before is cancelled', async () => (await asleep()) === 0);
  own.cut();
  await elsewhere.close();
});

test('skipping through 100 records leaves nothing running', async () => {
  work = async (session, wish) => (wish === '99' ? 'last' : void (await sleeps(session)));
  const page = open('start');
  let last: Promise<unknown> = Promise.resolve();
  for (let no = 0; no < 100; no++) {
    page.setCurrentRecord(`${no}`);
    last = page.enqueue('The Works', { wish: `${no}` }).result;
  }
  expect(await within('it answered', last)).toEqual({ answer: 'last' });
  await until('nothing runs', async () => counts().running === 0 && (await asleep()) === 0);
  page.close();
});
