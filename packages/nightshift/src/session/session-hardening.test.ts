import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { until, within } from '../testing/condition.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { startTestPlatform, type TestPlatform, type TestPlatformOptions } from '../testing/test-platform.ts';
import type { Caller } from './caller.ts';
import { codeunit } from './codeunit.ts';
import type { Session } from './session.ts';
import { isSessionActive, startSession, stopSession } from './start-session.ts';

const wishes = new Map<string, (session: Session) => unknown>();
let made = 0;
const worker = codeunit({
  name: 'Worker',
  record: z.object({ key: z.string() }),
  onRun: (session, { key }) => wishes.get(key)?.(session),
});

let database: TestDatabase;
let world: TestPlatform;

const PLACES = 3;
const QUEUE = 4;
const start_ = (more: Partial<TestPlatformOptions> = {}) =>
  startTestPlatform({
    database,
    codeunits: [worker],
    migrations: [{ name: '0001_note', sql: 'create table note (text text)' }],
    ...more,
    taskScheduler: { maximumConcurrentRunningTasks: 1, drainMs: 100, ...more.taskScheduler },
    sessions: {
      backgroundSessionsMaxConcurrent: PLACES,
      backgroundSessionsMaxQueued: QUEUE,
      stopGraceMs: 600_000,
      ...more.sessions,
    },
  });
beforeAll(async () => {
  database = await createTestDatabase();
  world = await start_();
});
afterAll(async () => {
  await world.stop();
  await database.drop();
});

function start(work: (session: Session) => unknown, more: object = {}, caller: Caller = world.admin) {
  const key = `wish ${++made}`;
  wishes.set(key, work);
  return startSession(caller, worker, { record: { key }, ...more });
}
const insert = (session: Session, text: string) => session.db.query('insert into note values ($1)', [text]);
const wouldBlock = { code: 'SESSION_START_WOULD_BLOCK' };
const eventsOf = (uniqueId: string) =>
  database.query<{ type: string; comment: string | null }>(
    'select type, comment from nightshift.every_session_event where unique_id = $1 order by at, id',
    [uniqueId],
  );

describe('sessions that wait for each other', () => {
  it('in a chain longer than there are places: the last is refused, and all end', async () => {
    const outcomes: unknown[] = [];
    const next = (depth: number) => async (own: Session) => {
      if (depth === PLACES + 2) return;
      const child = await start(next(depth + 1), {}, own);
      outcomes[depth] = await child.finished.then(
        ({ type }) => type,
        ({ code }) => code,
      );
    };
    const first = await start(next(1));
    expect(await within('all ended', first.finished)).toMatchObject({ succeeded: true });
    await until('the chain ended', () => world.platform.instance.host.active.size === 0);
    expect(outcomes.slice(1)).toEqual(['Stop', 'Stop', wouldBlock.code, 'Stop']);
  });

  it('for two at once: that one of them begins does not hide the other', async () => {
    const ids: string[] = [];
    const go = Promise.withResolvers<void>();
    const parent = await start(async (own) => {
      const blockers = [await start(() => go.promise, {}, own), await start(() => go.promise, {}, own)];
      await Promise.all(blockers.map(({ started }) => started));
      const inner = async (child: Session) => {
        const grandchild = await start(() => ids.push('grandchild'), {}, child);
        await grandchild.finished.catch(({ code }) => ids.push(code));
      };
      const two = [await start(inner, {}, own), await start(inner, {}, own), await start(inner, {}, own)];
      const waiting = Promise.all(two.map(({ finished }) => finished));
      go.resolve();
      await waiting;
    });
    expect(await within('all ended', parent.finished)).toMatchObject({ succeeded: true });
    await until('all ended', () => world.platform.instance.host.active.size === 0);
    expect(ids).toContain('grandchild');
  });

  it('never a caller for one that waits for its commit, with or without an open transaction', async () => {
    await world.open(async (own) => {
      const held = await start(() => undefined, { afterCommit: true }, own);
      await expect(held.started).rejects.toMatchObject(wouldBlock);
      await insert(own, 'now open');
      await expect(held.finished).rejects.toMatchObject(wouldBlock);
      await own.commit();
      expect(await held.finished).toMatchObject({ succeeded: true });
    });
  });
});

describe('sessions that wait for a commit', () => {
  it('are as few as could run and wait: places that are free are no reason for more', async () => {
    const started = await world.open(async (own) => {
      const held = [];
      for (let index = 0; index < PLACES + QUEUE; index++)
        held.push(await start(() => undefined, { afterCommit: true }, own));
      await expect(start(() => undefined, { afterCommit: true }, own)).rejects.toMatchObject({
        code: 'SESSION_LIMIT_REACHED',
      });
      return held;
    });
    for (const { finished } of started) expect(await finished).toMatchObject({ succeeded: true });
  });

  it('cannot be asked for when there will be no commit any more, and nothing of them stays behind', async () => {
    const { active } = world.platform.instance.host;
    let kept: Session | undefined;
    await world.open(async (own) => {
      kept = own;
    });
    for (const afterCommit of [true, false])
      await expect(start(() => undefined, { afterCommit }, kept)).rejects.toMatchObject({
        code: 'SESSION_ENDED',
      });
    expect(active.size).toBe(0);
  });

  it('are told that the instance shuts down when their caller commits too late', async () => {
    const leaving = await start_({ taskScheduler: { drainMs: 10_000 } });
    const go = Promise.withResolvers<void>();
    const isHeld = Promise.withResolvers<void>();
    let held: Awaited<ReturnType<typeof start>> | undefined;
    let ran = false;
    const caller = leaving.open(async (own) => {
      await insert(own, 'kept');
      const run = () => {
        ran = true;
      };
      held = await start(run, { afterCommit: true }, own);
      isHeld.resolve();
      await go.promise;
    });
    await isHeld.promise;
    const stopped = leaving.stop();
    go.resolve();
    await caller;
    await stopped;
    expect(await held?.finished).toMatchObject({
      type: 'Close',
      comment: 'the server instance is shutting down',
    });
    await expect(held?.started).rejects.toMatchObject({ code: 'INSTANCE_LOST' });
    expect(ran).toBe(false);
    expect(await eventsOf(held?.uniqueId ?? '')).toMatchObject([{ type: 'Close' }]);
  });
});

describe('a session that was stopped', () => {
  it('starts nothing any more, even if its code pays no heed', async () => {
    const go = Promise.withResolvers<void>();
    const outcome = Promise.withResolvers<unknown>();
    let ran = false;
    const heedless = await start(async (own) => {
      await go.promise;
      const begun = start(() => (ran = true), {}, own);
      outcome.resolve(await begun.catch(({ code }: { code: string }) => code));
    });
    await heedless.started;
    await stopSession(world.admin, heedless.id);
    go.resolve();
    expect(await outcome.promise).toBe('SESSION_STOPPED');
    await heedless.finished;
    expect(ran).toBe(false);
  });

  it('in the turn in which it starts never runs its code, and says why', async () => {
    let ran = false;
    const session = await start(() => (ran = true));
    const stopped = stopSession(world.admin, session.id, 'at once');
    expect(await session.finished).toMatchObject({ type: 'Stopped', comment: 'at once' });
    expect(await stopped).toBe(true);
    await expect(session.started).rejects.toMatchObject({
      code: 'SESSION_ENDED',
      cause: { code: 'SESSION_STOPPED' },
    });
    expect(ran).toBe(false);
  });

  it('while it waits for a connection waits no longer, and gives back the one that comes', async () => {
    const { active } = world.platform.instance.host;
    const go = Promise.withResolvers<void>();
    // As many slots as there are: one for tasks, those of StartSession, four for the foreground.
    const slots = 1 + PLACES + 4;
    let holding = 0;
    const holders = Array.from({ length: slots }, () =>
      world.open(async (own) => {
        await own.db.query('select 1');
        holding++;
        await go.promise;
      }),
    );
    await until('all slots are taken', () => holding === slots);
    const waits = await start(async (own) => insert(own, 'without a slot'));
    await waits.started;
    expect(active.get(waits.id)?.state).toBe('Running');
    await stopSession(world.admin, waits.id, 'no slot');
    expect(await within('it was stopped', waits.finished)).toMatchObject({
      type: 'Stopped',
      comment: 'no slot',
    });
    go.resolve();
    await Promise.all(holders);
    // All slots are there again.
    await Promise.all(Array.from({ length: 2 * slots }, () => world.open((own) => own.db.query('select 1'))));
  });
});

describe('a session that is killed while it commits', () => {
  it('says that nobody knows what became of the commit, and starts nothing that waited for it', async () => {
    // A commit that pays no heed to being cancelled.
    await database.query(`
      create function co_1.heedless() returns trigger language plpgsql as $$ begin
        loop begin perform pg_sleep(60); exception when query_canceled then null; end; end loop;
      end $$`);
    await database.query(`create constraint trigger heedless after insert on co_1.note deferrable initially deferred
      for each row when (new.text = 'heedless') execute function co_1.heedless()`);
    const quick = await start_({ sessions: { stopGraceMs: 50 } });
    let held: Awaited<ReturnType<typeof start>> | undefined;
    const session = await start(
      async (own) => {
        await insert(own, 'heedless');
        held = await start(() => undefined, { afterCommit: true }, own);
      },
      {},
      quick.admin,
    );
    await until('it commits and sleeps, where it heeds nothing', async () => {
      const rows = await database.query(
        "select from pg_stat_activity where query = 'commit' and wait_event = 'PgSleep' and datname = current_database()",
      );
      return rows.length === 1;
    });
    await stopSession(quick.admin, session.id, 'hangs');
    expect(await within('it was killed', session.finished)).toMatchObject({
      type: 'Killed',
      comment: 'hangs; The connection broke before the commit was answered.',
    });
    expect(await held?.finished).toMatchObject({
      type: 'Stopped',
      comment: 'its caller is not known to have committed',
    });
    await quick.stop();
    expect(await database.query("select from co_1.note where text = 'heedless'")).toEqual([]);
  });
});

describe('a server instance that stops', () => {
  it('lets sessions in the foreground end, and opens no more', async () => {
    const leaving = await start_({ taskScheduler: { drainMs: 10_000 } });
    const go = Promise.withResolvers<void>();
    const opened = Promise.withResolvers<string>();
    const session = leaving.open(async (own) => {
      opened.resolve(own.uniqueId);
      await go.promise;
      await insert(own, 'in time');
    });
    const uniqueId = await opened.promise;
    const stopped = leaving.stop();
    await until('it opens no more', () =>
      leaving.open(async () => false).catch(({ code }: { code: string }) => code === 'PLATFORM_NOT_STARTED'),
    );
    go.resolve();
    await session;
    await stopped;
    expect(await database.query("select from co_1.note where text = 'in time'")).toHaveLength(1);
    expect((await eventsOf(uniqueId)).at(-1)).toMatchObject({ type: 'Logoff' });
  });

  it('kills what never ends: every promise settles, every event is written', async () => {
    const clock = new FakeClock(new Date(Date.UTC(2026, 0, 5)));
    const leaving = await start_({ clock });
    const opened = Promise.withResolvers<string>();
    const foreground = leaving.open(async (own) => {
      await insert(own, 'never');
      opened.resolve(own.uniqueId);
      await new Promise(() => undefined);
    });
    foreground.catch(() => undefined);
    const background = await start(() => new Promise(() => undefined), {}, leaving.admin);
    await background.started;
    const uniqueId = await opened.promise;
    const { events } = leaving.platform.instance.host;
    let hasStopped = false;
    const stopped = leaving.platform.instance.service.stop().then(() => {
      hasStopped = true;
    });
    await until('it has stopped', async () => {
      await clock.advance(1_000);
      return hasStopped;
    });
    await stopped;
    await expect(within('it failed', foreground)).rejects.toMatchObject({ code: 'INSTANCE_LOST' });
    expect(await within('it ended', background.finished)).toMatchObject({ type: 'Close', succeeded: false });
    await events.flush();
    expect((await eventsOf(uniqueId)).map(({ type }) => type)).toContain('Close');
    expect((await eventsOf(background.uniqueId)).map(({ type }) => type)).toEqual(['Start', 'Close']);
    expect(await database.query("select from co_1.note where text = 'never'")).toEqual([]);
    await leaving.stop();
  });
});

describe('a server instance that is lost', () => {
  it('loses those that wait for a place and for a commit, too, and all their promises settle', async () => {
    const doomed = await start_();
    const asleep = (own: Session) => own.sleep(3_600_000);
    const running = [];
    for (let index = 0; index < PLACES; index++) running.push(await start(asleep, {}, doomed.admin));
    await Promise.all(running.map(({ started }) => started));
    const queued = await start(asleep, {}, doomed.admin);
    const held = Promise.withResolvers<Awaited<ReturnType<typeof start>>>();
    const caller = doomed.open(async (own) => {
      held.resolve(await start(asleep, { afterCommit: true }, own));
      await own.sleep(3_600_000);
    });
    caller.catch(() => undefined);
    const waits = await held.promise;
    await database.query(
      'update nightshift.server_instance set ended_at = clock_timestamp() where epoch = $1',
      [doomed.platform.instance.epoch],
    );
    for (const { finished, uniqueId } of [...running, queued, waits]) {
      expect(await within('it ended', finished)).toMatchObject({ type: 'Lost', succeeded: false });
      await until('its event is there', async () => (await eventsOf(uniqueId)).at(-1)?.type === 'Lost');
    }
    await expect(caller).rejects.toMatchObject({ code: 'INSTANCE_LOST' });
    await until('it has a new life', () => doomed.platform.instance.epoch !== null);
    const again = await start(() => undefined, {}, doomed.admin);
    expect(await again.finished).toMatchObject({ succeeded: true });
    expect(await isSessionActive(doomed.admin, queued.id)).toBe(false);
    await doomed.stop();
  });
});

describe('statements side by side', () => {
  it('a time limit hits the statement that has it, from when it is its turn', async () => {
    const { rows } = await world.open(async (own) => {
      const slow = own.db.query<{ done: boolean }>('select pg_sleep(0.4) is not null as done');
      const limited = own.db.query({ text: 'select 1', timeoutMs: 100 });
      await limited;
      return slow;
    });
    expect(rows).toEqual([{ done: true }]);
  });
});

it('the name of a session may be anything, and keeps no event from being written', async () => {
  const { platform } = world;
  const ids: string[] = [];
  const identity = { user: 'ADMIN', company: 'CRONUS' };
  for (const name of ['a\0b', '\ud800', 'x'.repeat(10_000)])
    await platform.open({ ...identity, name }, async (own) => void ids.push(own.uniqueId));
  await platform.instance.host.events.flush();
  for (const id of ids) expect(await eventsOf(id)).toMatchObject([{ type: 'Logoff' }]);
});

it('user code reaches neither the tables of sessions nor what writes them', async () => {
  for (const text of [
    'select 1 from nightshift.active_session',
    'select 1 from nightshift.every_session_event',
    'select 1 from nightshift.session_event_default',
    'delete from nightshift.background_session_event',
    'insert into nightshift.stop_request select gen_random_uuid()',
  ])
    await expect(world.open((own) => own.db.query(text))).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
    });
});
