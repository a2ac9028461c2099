import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import {
  codeunit,
  isSessionActive,
  listSessions,
  type StartedSession,
  sessionEvents,
  startSession,
  stopSession,
} from '../session/index.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { addCompany, addSets, addUsers } from '../testing/test-rights.ts';
import { users } from './verbs.ts';

const sleeper = codeunit({ name: 'Sleeper', onRun: (session) => session.sleep(3_600_000) });
const code = (wanted: string) => expect.objectContaining({ code: wanted });
const DENIED = code('PERMISSION_DENIED');

let database: TestDatabase;
let kit: TestPlatform;
/** Another server instance on the same database. */
let far: TestPlatform;
beforeAll(async () => {
  database = await createTestDatabase();
  const options = {
    database,
    codeunits: [sleeper],
    migrations: [{ name: '0001_kept', sql: 'create table kept (no integer)' }],
    taskScheduler: { enableTaskScheduler: false },
  };
  kit = await startTestPlatform(options);
  await addCompany(kit, 'FABRIKAM');
  await addSets(kit, { Work: { codeunits: ['*'] } });
  await addUsers(
    kit,
    { name: 'ANNA', sets: ['Work'] },
    { name: 'BERND', sets: ['Work'] },
    { name: 'CHIEF', sets: ['Session Admin', 'Work'] },
    { name: 'WATCHER', sets: ['Auditor'] },
    { name: 'LOCAL', sets: ['Session Admin', 'Work'], company: 'FABRIKAM' },
    { name: 'GONE', sets: ['SUPER'], columns: { state: 'disabled' } },
    { name: 'NOBODY', sets: [] },
  );
  far = await startTestPlatform(options);
});
afterAll(async () => {
  await far.stop();
  await kit.stop();
  await database.drop();
});

const at = (place: TestPlatform, user: string, company = 'CRONUS') => place.platform.as({ user, company });
const as = (user: string, company = 'CRONUS') => at(kit, user, company);

async function sleeping(user: string, company = 'CRONUS'): Promise<StartedSession> {
  const session = await startSession(as(user, company), sleeper);
  onTestFinished(async () => {
    await stopSession(kit.admin, session.id, 'the test is over');
    await session.finished;
  });
  await session.started;
  return session;
}

describe.each([
  ['on this server instance', () => kit],
  ['on another one', () => far],
] as const)('sessions %s', (_, where) => {
  const by = (user: string, company = 'CRONUS') => at(where(), user, company);

  test.each([
    ['ANNA', 'CRONUS', true],
    ['BERND', 'CRONUS', false],
    ['CHIEF', 'CRONUS', true],
    // Who may see sessions of all companies sees them from everywhere.
    ['CHIEF', 'FABRIKAM', true],
    ['WATCHER', 'CRONUS', true],
    ['LOCAL', 'FABRIKAM', false],
  ])('that of ANNA, for %s in %s: %s', async (user, company, sees) => {
    const { id, uniqueId } = await sleeping('ANNA');
    const caller = by(user, company);
    expect((await listSessions(caller)).some((one) => one.uniqueId === uniqueId)).toBe(sees);
    expect((await listSessions(caller, { company: 'CRONUS', user: 'ANNA' })).length > 0).toBe(sees);
    expect((await sessionEvents(caller, { uniqueId })).length > 0).toBe(sees);
    expect((await sessionEvents(caller, { sessionId: id })).length > 0).toBe(sees);
    expect(await isSessionActive(caller, id)).toBe(sees);
  });

  test('are stopped by their user and by who may; who only sees them is refused', async () => {
    const own = await sleeping('ANNA');
    const session = await sleeping('ANNA');
    const stop = (user: string, company?: string) => stopSession(by(user, company), session.id, 'mine');
    expect(await stop('BERND')).toBe(false);
    expect(await stop('LOCAL', 'FABRIKAM')).toBe(false);
    await expect(stop('LOCAL')).rejects.toThrow(DENIED);
    await expect(stop('NOBODY')).rejects.toThrow(DENIED);
    await expect(stop('GONE')).rejects.toThrow(code('USER_DISABLED'));
    await expect(stop('WATCHER')).rejects.toThrow(/may not stop sessions of others/);
    expect(await isSessionActive(kit.admin, session.id)).toBe(true);
    expect(await stop('CHIEF')).toBe(true);
    expect(await session.finished).toMatchObject({ type: 'Stopped', comment: 'mine' });
    expect(await stopSession(by('ANNA'), own.id)).toBe(true);
    const rows = await kit.query(
      `select user_name, result from nightshift.audit_log where verb = 'session.stop' and object_id = $1 order by at, id`,
      [String(session.id)],
    );
    expect(rows.filter(({ user_name }) => user_name !== 'ADMIN')).toEqual([
      { user_name: 'LOCAL', result: 'denied' },
      { user_name: 'NOBODY', result: 'denied' },
      { user_name: 'GONE', result: 'denied' },
      { user_name: 'WATCHER', result: 'denied' },
      { user_name: 'CHIEF', result: 'allowed' },
    ]);
  });

  test('of another company are there for who may see them there', async () => {
    const { id, uniqueId } = await sleeping('LOCAL', 'FABRIKAM');
    for (const [user, company, sees] of [
      ['BERND', 'CRONUS', false],
      ['LOCAL', 'FABRIKAM', true],
    ] as const) {
      expect((await listSessions(by(user, company))).some((one) => one.uniqueId === uniqueId)).toBe(sees);
      expect(await isSessionActive(by(user, company), id)).toBe(sees);
      expect((await sessionEvents(by(user, company), { company: 'FABRIKAM' })).length > 0).toBe(sees);
    }
    expect(await stopSession(by('BERND'), id)).toBe(false);
  });
});

describe('who may open a session, and start one', () => {
  test.each([
    ['ANNA', 'CRONUS', null],
    ['LOCAL', 'FABRIKAM', null],
    ['LOCAL', 'CRONUS', 'PERMISSION_DENIED'],
    ['NOBODY', 'CRONUS', 'PERMISSION_DENIED'],
    ['GONE', 'CRONUS', 'USER_DISABLED'],
  ])('%s in %s: %s', async (user, company, refusal) => {
    const open = kit.platform.open({ user, company }, async (session) => session.user);
    if (refusal !== null) {
      await expect(open).rejects.toThrow(code(refusal));
      await expect(startSession(as(user, company), sleeper)).rejects.toThrow(code(refusal));
      return;
    }
    expect(await open).toBe(user);
    const { id, finished } = await startSession(as(user, company), sleeper);
    expect(await stopSession(kit.admin, id)).toBe(true);
    expect(await finished).toMatchObject({ type: 'Stopped' });
  });

  test('in another company the rights there count', async () => {
    await expect(startSession(as('LOCAL', 'FABRIKAM'), sleeper, { company: 'CRONUS' })).rejects.toThrow(
      /no permission set in company CRONUS/,
    );
    const { id, finished } = await startSession(as('ANNA'), sleeper, { company: 'FABRIKAM' });
    expect(await isSessionActive(as('ANNA'), id)).toBe(true);
    expect(await stopSession(as('ANNA'), id)).toBe(true);
    await finished;
  });

  test('a session that is started is there although nobody waits for the answer', async () => {
    const started: Promise<StartedSession>[] = [];
    await kit.platform.open({ user: 'ANNA', company: 'CRONUS' }, async (session) => {
      started.push(startSession(session, sleeper, { afterCommit: true }));
    });
    const [session] = await Promise.all(started);
    await session?.started;
    expect(await stopSession(as('ANNA'), session?.id ?? 0)).toBe(true);
    await session?.finished;
  });
});

describe('a user who is disabled', () => {
  test('has his session end at its next statement', async () => {
    await addUsers(kit, { name: 'LEAVER' });
    const disabled = Promise.withResolvers<void>();
    const opened = Promise.withResolvers<void>();
    const insert = 'insert into kept values (1)';
    const running = kit.platform.open({ user: 'LEAVER', company: 'CRONUS' }, async (session) => {
      await session.db.query(insert);
      opened.resolve();
      await disabled.promise;
      await session.db.query(insert);
    });
    await opened.promise;
    await users.disable(kit.admin, 'LEAVER');
    disabled.resolve();
    // Without any right to its schema PostgreSQL does not even find the table.
    await expect(running).rejects.toMatchObject({
      code: expect.stringMatching(/^(PERMISSION_DENIED|42P01)$/),
    });
    expect(await kit.query('select from co_1.kept')).toEqual([]);
    await expect(startSession(as('LEAVER'), sleeper)).rejects.toThrow(code('USER_DISABLED'));
  });
});

describe('the environment', () => {
  test('is released by who may everywhere, and that is written down', async () => {
    const { environment } = kit.platform;
    for (const user of ['ANNA', 'CHIEF', 'WATCHER'])
      await expect(environment.release(as(user), { name: 'x' })).rejects.toThrow(/for all companies .*SUPER/);
    await expect(environment.show(as('NOBODY'))).rejects.toThrow(DENIED);
    expect((await environment.show(as('ANNA'))).instances).toHaveLength(2);
    expect((await environment.release(kit.admin, { name: 'test' })).name).toBe('test');
    const rows = await kit.query(
      "select user_name, result from nightshift.audit_log where verb = 'environment.release' order by at, id",
    );
    expect(rows.at(-1)).toEqual({ user_name: 'ADMIN', result: 'allowed' });
    expect(rows).toHaveLength(4);
  });
});
