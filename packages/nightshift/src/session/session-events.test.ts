import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { taskScheduler } from '../platform/index.ts';
import { until } from '../testing/condition.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { codeunit } from './codeunit.ts';
import type { Session } from './session.ts';
import { startSession, stopSession } from './start-session.ts';

const wishes = new Map<string, (session: Session) => unknown>();
let made = 0;
const worker = codeunit({
  name: 'Worker',
  record: z.object({ key: z.string() }),
  onRun: (session, { key }) => wishes.get(key)?.(session),
});

let database: TestDatabase;
let world: TestPlatform;

const options = () => ({
  database,
  codeunits: [worker],
  migrations: [{ name: '0001_note', sql: 'create table note (text text)' }],
});
beforeAll(async () => {
  database = await createTestDatabase();
  world = await startTestPlatform(options());
});
afterAll(async () => {
  await world.stop();
  await database.drop();
});

function wish(work: (session: Session) => unknown) {
  const key = `wish ${++made}`;
  wishes.set(key, work);
  return { key };
}
const start = (work: (session: Session) => unknown, more: object = {}) =>
  startSession(world.admin, worker, { record: wish(work), ...more });
const flush = () => world.platform.instance.host.events.flush();

async function eventsOf(uniqueId: string): Promise<Record<string, unknown>[]> {
  await flush();
  return database.query(
    `select type, client_type, origin, codeunit, isolation, session_id, comment, error, lines, progress,
      user_no, company_no, parent_unique_id, started_at <= at as ordered
    from nightshift.every_session_event where unique_id = $1 order by at, id`,
    [uniqueId],
  );
}

describe('the events of a session', () => {
  it('say who ran what, where, and what it logged and reported', async () => {
    let parent = '';
    const child = await world.open(async (session) => {
      parent = session.uniqueId;
      return startSession(session, worker, {
        record: wish((own) => {
          own.log.warning('look', { at: 'this' });
          own.progress(3, 4, 'nearly');
        }),
      });
    });
    await child.finished;
    const common = {
      client_type: 'background',
      origin: 'start-session',
      codeunit: 'Worker',
      isolation: 'main',
      session_id: child.id,
      user_no: 1,
      company_no: 1,
      parent_unique_id: parent,
      ordered: true,
      error: null,
      comment: null,
    };
    expect(await eventsOf(child.uniqueId)).toEqual([
      { ...common, type: 'Start', lines: null, progress: null },
      {
        ...common,
        type: 'Stop',
        lines: [{ at: expect.any(String), level: 'warning', text: 'look', details: { at: 'this' } }],
        progress: { done: 3, total: 4, text: 'nearly' },
      },
    ]);
    expect(await eventsOf(parent)).toMatchObject([
      { type: 'Logoff', client_type: 'management', origin: 'open' },
    ]);
  });

  it('of a task: one row when it ends, under its id', async () => {
    const task = await taskScheduler.createTask(world.admin, worker, { record: wish(() => undefined) });
    await world.waitFor('LC0043', ({ taskId }) => taskId === task);
    expect(await eventsOf(task)).toMatchObject([{ type: 'Stop', origin: 'task', client_type: 'background' }]);
  });

  it('a session that lives longer than half a second is listed as active, and struck off when it ends', async () => {
    const go = Promise.withResolvers<void>();
    let uniqueId = '';
    const running = world.open(async (session) => {
      uniqueId = session.uniqueId;
      await go.promise;
    });
    const listed = () =>
      database.query('select state from nightshift.active_session where unique_id = $1', [uniqueId]);
    await until('it is listed', async () => (await listed()).length === 1);
    expect(await listed()).toEqual([{ state: 'Running' }]);
    go.resolve();
    await running;
    expect((await eventsOf(uniqueId)).map(({ type }) => type)).toEqual(['Logon', 'Logoff']);
    expect(await listed()).toEqual([]);
  });

  it('a session of StartSession is listed before its first line of code', async () => {
    let seen: unknown[] = [];
    const session = await start(async (own) => {
      seen = await database.query(
        'select state from nightshift.active_session where session_id = $1 and unique_id = $2',
        [own.id, own.uniqueId],
      );
    });
    await session.finished;
    expect(seen).toEqual([{ state: 'Running' }]);
  });

  it('one that waited, ran and is being stopped in one go is listed once, as it stands', async () => {
    const { events, active } = world.platform.instance.host;
    const asleep = Array.from({ length: 10 }, () => start((own) => own.sleep(3_600_000)));
    const [first] = await Promise.all(asleep);
    const go = Promise.withResolvers<void>();
    const last = await start(() => go.promise);
    const queued = active.get(last.id);
    expect(queued?.state).toBe('Queued');
    if (queued !== undefined) events.announce(queued);
    await stopSession(world.admin, first?.id ?? 0);
    await last.started;
    await stopSession(world.admin, last.id, 'enough');
    await flush();
    const listed = await database.query(
      'select state, comment from nightshift.active_session where unique_id = $1',
      [last.uniqueId],
    );
    expect(listed).toEqual([{ state: 'Stopping', comment: 'enough' }]);
    go.resolve();
    for (const session of await Promise.all(asleep)) {
      await stopSession(world.admin, session.id);
      await session.finished;
    }
    await last.finished;
    expect((await eventsOf(last.uniqueId)).map(({ type }) => type)).toEqual(['Start', 'Stopped']);
    expect(await database.query('select from nightshift.active_session')).toEqual([]);
  });

  it('a timeout tells what was running', async () => {
    const session = await start((own) => own.db.query('select pg_sleep(60) /* slow */, 1 as one'), {
      timeout: 50,
    });
    expect(await session.finished).toMatchObject({ type: 'Timeout', succeeded: false });
    expect((await eventsOf(session.uniqueId)).at(-1)).toMatchObject({
      type: 'Timeout',
      comment:
        'the session took longer than its timeout of 50 ms; codeunit Worker, statement: select pg_sleep(60) /* slow */, 1 as one',
      error: null,
    });
  });

  it('a long error is in the comment, whole', async () => {
    const text = `long ${'x'.repeat(200_000)} end`;
    const session = await start((own) => own.error(text));
    await session.finished;
    const end = (await eventsOf(session.uniqueId)).at(-1);
    expect(end?.['comment']).toBe(text);
    const error = end?.['error'] as { readonly message: string } | undefined;
    expect(error?.message.length).toBeLessThan(10_000);
  });
});

describe('whatever is thrown', () => {
  const cyclic = new Error('outer', { cause: new Error('inner') });
  (cyclic.cause as Error).cause = cyclic;
  const hostile = new Proxy(
    {},
    {
      get() {
        throw new Error('hands off');
      },
      getPrototypeOf() {
        throw new Error('hands off');
      },
    },
  );
  it.each<readonly [string, unknown, RegExp]>([
    ['null', null, /^null$/],
    ['undefined', undefined, /^undefined$/],
    ['a Symbol', Symbol('odd'), /odd/],
    ['a Proxy whose getters throw', hostile, /./],
    ['an error with a cyclic cause', cyclic, /^outer$/],
    ['ten megabytes', new Error('m'.repeat(10_000_000)), /^m+ … \(10000000 characters\)$/],
    ['NUL bytes and half characters', new Error('a\0b\ud800c'), /^a␀b\uFFFDc$/],
    ['a number', 42, /^42$/],
    ['a plain object', { code: 'MINE', message: 'mine' }, /^mine$/],
  ])('%s becomes an event that can be read', async (_, thrown, comment) => {
    const session = await start(() => {
      throw thrown;
    });
    expect(await session.finished).toMatchObject({ type: 'Error', succeeded: false });
    const end = (await eventsOf(session.uniqueId)).at(-1);
    expect(end).toMatchObject({ type: 'Error' });
    expect(String(end?.['comment'])).toMatch(comment);
    expect(String(end?.['comment']).length).toBeLessThan(300_000);
    expect(JSON.stringify(end?.['error']).length).toBeLessThan(64_000);
  });
});

describe('a database that takes no events', () => {
  it('fails no session but those that must be listed first; what was missed is written later, once', async () => {
    await flush();
    await database.query('alter table nightshift.background_session_event rename to hidden');
    const task = await taskScheduler.createTask(world.admin, worker, { record: wish(() => undefined) });
    await world.waitFor('LC0043', ({ taskId }) => taskId === task);
    const unlisted = await start(() => undefined);
    expect(await unlisted.finished).toMatchObject({ type: 'Error', error: { code: '42P01' } });
    await expect(unlisted.started).rejects.toMatchObject({ code: 'SESSION_ENDED' });
    await flush();
    await database.query('alter table nightshift.hidden rename to background_session_event');
    await flush();
    await flush();
    expect((await eventsOf(task)).map(({ type }) => type)).toEqual(['Stop']);
    expect((await eventsOf(unlisted.uniqueId)).map(({ type }) => type)).toEqual(['Error']);
  });

  it('and refuses a row because its partition has come meanwhile: it is written again, and fails no session', async () => {
    const { database: platformDatabase } = world.platform;
    const { run } = platformDatabase;
    const refused = new Set<string>();
    const refusing: typeof run = async (target, values) => {
      if (refused.has(target.name) || !/_list_active$|_event_end$/.test(target.name))
        return run(target, values);
      refused.add(target.name);
      const text = 'new row for relation "background_session_event_default" violates partition constraint';
      throw Object.assign(new Error(text), { code: '23514' });
    };
    Object.assign(platformDatabase, { run: refusing });
    const session = await start((own) => own.log.info('kept'));
    expect(await session.finished).toMatchObject({ type: 'Stop', succeeded: true });
    const events = await eventsOf(session.uniqueId);
    Object.assign(platformDatabase, { run });
    expect(events.map(({ type }) => type)).toEqual(['Start', 'Stop']);
    expect(events[1]).toMatchObject({ lines: [{ text: 'kept' }] });
    expect(refused.size).toBe(2);
  });

  it('and only loses the answer: what is written a second time is there once', async () => {
    await flush();
    const { database: platformDatabase } = world.platform;
    const { run } = platformDatabase;
    let losses = 0;
    const lossy: typeof run = async (target, values) => {
      const rows = await run(target, values);
      if (losses > 0 || !/_end_(?:plainly|bundle)$/.test(target.name)) return rows as never;
      losses++;
      throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
    };
    Object.assign(platformDatabase, { run: lossy });
    const record = wish(() => undefined);
    const tasks = await Promise.all(
      Array.from({ length: 20 }, () => taskScheduler.createTask(world.admin, worker, { record })),
    );
    for (const task of tasks) await world.waitFor('LC0043', ({ taskId }) => taskId === task);
    await flush();
    Object.assign(platformDatabase, { run });
    expect(losses).toBe(1);
    for (const task of tasks) expect((await eventsOf(task)).map(({ type }) => type)).toEqual(['Stop']);
  });

  it('loses the oldest successes when it stays away too long, and says how many', async () => {
    const { events, active } = world.platform.instance.host;
    await flush();
    await database.query('alter table nightshift.session_event rename to hidden');
    const session = Promise.withResolvers<void>();
    const ran = world.open(async (own) => {
      const listed = active.get(own.id);
      if (listed === undefined) throw new Error('not active');
      const end = { type: 'Logoff' as const, comment: null, error: null, lines: [], progress: null };
      for (let index = 0; index < 20_005; index++) events.ended(listed, end);
      session.resolve();
    });
    await session.promise;
    await ran;
    await flush();
    await database.query('alter table nightshift.hidden rename to session_event');
    await flush();
    expect((await world.waitFor('NS0012')).dimensions).toMatchObject({ events: expect.any(Number) });
  });
});

describe('a server instance that is lost', () => {
  it('leaves sessions that a survivor turns into Lost, once', async () => {
    const doomed = await startTestPlatform(options());
    const session = await startSession(doomed.admin, worker, { record: wish((own) => own.sleep(3_600_000)) });
    await session.started;
    const { epoch } = doomed.platform.instance;
    // Declared dead: it notices by its heartbeat, ends its sessions, and starts anew.
    await database.query(
      'update nightshift.server_instance set ended_at = clock_timestamp() where epoch = $1',
      [epoch],
    );
    expect(await session.finished).toMatchObject({ type: 'Lost', succeeded: false });
    await doomed.waitFor('NS0004');
    await until('it has a new life', () => doomed.platform.instance.epoch !== null);
    expect((await eventsOf(session.uniqueId)).map(({ type }) => type)).toEqual(['Start', 'Lost']);
    await doomed.stop();
  });

  it('that shuts down closes what does not end in time', async () => {
    const leaving = await startTestPlatform({ ...options(), taskScheduler: { drainMs: 50 } });
    const session = await startSession(leaving.admin, worker, {
      record: wish((own) => own.sleep(3_600_000)),
    });
    await session.started;
    await leaving.stop();
    expect(await session.finished).toMatchObject({
      type: 'Close',
      comment: 'the server instance is shutting down',
    });
    expect((await eventsOf(session.uniqueId)).map(({ type }) => type)).toEqual(['Start', 'Close']);
    await expect(
      startSession(leaving.admin, worker, { record: wish(() => undefined) }),
    ).rejects.toMatchObject({
      code: 'PLATFORM_NOT_STARTED',
    });
  });
});
