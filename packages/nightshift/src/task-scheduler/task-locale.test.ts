import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { codeunit, type Session, startSession } from '../session/index.ts';
import { until } from '../testing/condition.ts';
import { inProcess, inThread } from '../testing/fixtures/isolated-app.ts';
import { type IsolationKit, startIsolationKit } from '../testing/isolation-kit.ts';
import { ADMIN, startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { rowOf } from './task-record.ts';
import { createTask } from './task-scheduler.ts';

const GERMAN = { language: 'de-DE', timeZone: 'Europe/Berlin' };
const OWN = { language: 'en-US', timeZone: 'UTC' };

const heard: { readonly task: string; readonly text: string }[] = [];
const hear = (what: string, session: Session) => {
  const { idempotencyKey: task, language, timeZone, attempt } = session;
  heard.push({ task, text: `${what} ${attempt} ${language} ${timeZone}` });
};

const child = codeunit({ name: 'Child', onRun: (session) => hear('child', session) });
const parent = codeunit({
  name: 'Parent',
  async onRun(session) {
    hear('parent', session);
    const { idempotencyKey: task } = session;
    const started = await startSession(session, child);
    await started.finished;
    heard.push({ task, text: `created ${await createTask(session, child)}` });
  },
});
const failing = codeunit({
  name: 'Failing',
  onRun(session) {
    hear('main', session);
    throw Object.assign(new Error('lost against another transaction'), { code: '40001' });
  },
});
const failure = codeunit({ name: 'Failure', onRun: (session) => hear('failure', session) });

let kit: TestPlatform;
beforeAll(async () => {
  kit = await startTestPlatform({
    codeunits: [parent, child, failing, failure],
    taskScheduler: { retryPolicy: { delaysMs: [1], maximumRetries: 2 } },
  });
});
afterAll(() => kit.stop());

const completed = (task: string) => kit.waitFor('LC0043', ({ taskId }) => taskId === task);
const heardOf = (task: string) => heard.filter((one) => one.task === task).map(({ text }) => text);

const columns = async (task: string) =>
  kit.query('select language, time_zone from nightshift.scheduled_task where id = $1', [task]);

describe('a task that a session has created', () => {
  test('runs with the language and the time zone of that session, and so does what it starts', async () => {
    const task = await kit.platform.open({ ...ADMIN, ...GERMAN }, (session) => createTask(session, parent));
    await completed(task);
    const [own, created] = heardOf(task);
    expect(own).toBe('parent 0 de-DE Europe/Berlin');
    const grandchild = created?.replace('created ', '') ?? '';
    await completed(grandchild);
    expect(heardOf(grandchild)).toEqual(['child 0 de-DE Europe/Berlin']);
    // The session of StartSession has a key of its own.
    expect(heard.filter(({ text }) => text === 'child 0 de-DE Europe/Berlin')).toHaveLength(2);
  });

  test('keeps them through its retries and in its failure codeunit', async () => {
    const task = await kit.platform.open({ ...ADMIN, ...GERMAN }, (session) =>
      createTask(session, failing, { failureCodeunit: failure }),
    );
    await until('the failure codeunit has run', () =>
      heardOf(task).some((text) => text.startsWith('failure')),
    );
    expect(heardOf(task)).toEqual([
      'main 0 de-DE Europe/Berlin',
      'main 1 de-DE Europe/Berlin',
      'main 2 de-DE Europe/Berlin',
      'failure 0 de-DE Europe/Berlin',
    ]);
  });

  test('has none of its own when they are the user’s: those may change until it runs', async () => {
    const task = await kit.platform.open({ ...ADMIN, ...OWN }, (session) =>
      createTask(session, child, { ready: false }),
    );
    expect(await columns(task)).toEqual([{ language: null, time_zone: null }]);
    const german = await kit.platform.open({ ...ADMIN, timeZone: 'Europe/Berlin' }, (session) =>
      createTask(session, child, { ready: false }),
    );
    expect(await columns(german)).toEqual([{ language: null, time_zone: 'Europe/Berlin' }]);
  });
});

test('a task that is created outside a session has those of its user', async () => {
  const task = await createTask(kit.admin, child);
  await completed(task);
  expect(heardOf(task)).toEqual(['child 0 en-US UTC']);
});

test.each([
  ['language', { language: 'no language' }],
  ['language', { language: 7 }],
  ['language', { language: 'x'.repeat(1_000) }],
  ['timeZone', { timeZone: 'Mars/Olympus' }],
  ['timeZone', { timeZone: '' }],
])('a session is not opened with a bad %s: %j', async (field, options) => {
  const opening = kit.platform.open({ ...ADMIN, ...(options as object) }, async () => undefined);
  await expect(opening).rejects.toMatchObject({ code: 'VALIDATION', field });
});

describe('in a thread or process of its own', () => {
  let isolation: IsolationKit;
  beforeAll(async () => {
    isolation = await startIsolationKit();
    await isolation.query(`create table co_1.act_to_do (no int primary key, act text, input jsonb);
      insert into co_1.act_to_do values (1, 'facts', null);
      grant select on co_1.act_to_do to public`);
  });
  afterAll(() => isolation.stop());

  test.each([
    ['thread', inThread],
    ['process', inProcess],
  ])('%s: the row and the locale arrive', async (_, target) => {
    const task = await isolation.platform.open({ ...ADMIN, ...GERMAN }, (session) =>
      createTask(session, target, { record: rowOf('act_to_do', { no: 1 }) }),
    );
    await isolation.waitFor('LC0043', ({ taskId }) => taskId === task);
    await isolation.platform.instance.host.events.flush();
    const [event] = await isolation.query<{ lines: readonly { text: string; details: object }[] }>(
      'select lines from nightshift.background_session_event where unique_id = $1 and lines is not null',
      [task],
    );
    expect(event?.lines.find(({ text }) => text === 'told')?.details).toMatchObject(GERMAN);
  });
});
