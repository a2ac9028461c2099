import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createPlatform, type Platform } from '../platform/index.ts';
import { until, within } from '../testing/condition.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { ADMIN, startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { codeunit } from './codeunit.ts';
import type { Session } from './session.ts';
import { isSessionActive, killSession, startSession, stopSession } from './start-session.ts';

const GRACE_MS = 1_000;

const wishes = new Map<string, (session: Session) => unknown>();
let made = 0;
const worker = codeunit({
  name: 'Worker',
  record: z.object({ key: z.string() }),
  onRun: (session, { key }) => wishes.get(key)?.(session),
});

let database: TestDatabase;
let world: TestPlatform;
let other: TestPlatform;

beforeAll(async () => {
  database = await createTestDatabase();
  const options = {
    database,
    codeunits: [worker],
    migrations: [{ name: '0001_note', sql: 'create table note (text text)' }],
    sessions: { stopGraceMs: GRACE_MS, backgroundSessionsMaxConcurrent: 2 },
  };
  world = await startTestPlatform(options);
  other = await startTestPlatform(options);
});
afterAll(async () => {
  await world.stop();
  await other.stop();
  await database.drop();
});

function start(work: (session: Session) => unknown) {
  const key = `wish ${++made}`;
  wishes.set(key, work);
  return startSession(world.admin, worker, { record: { key } });
}

const insert = (session: Session, text: string) => session.db.query('insert into note values ($1)', [text]);
const notes = async (text: string) =>
  (await database.query('select from co_1.note where text = $1', [text])).length;

interface EventRow {
  readonly type: string;
  readonly comment: string | null;
  readonly stopping_at: Date | null;
  readonly killed_at: Date | null;
  readonly at: Date;
}
async function eventsOf(uniqueId: string): Promise<EventRow[]> {
  await world.platform.instance.host.events.flush();
  return database.query<EventRow>(
    `select type, comment, stopping_at, killed_at, at from nightshift.every_session_event
    where unique_id = $1 order by at, id`,
    [uniqueId],
  );
}
const typesOf = async (uniqueId: string) => (await eventsOf(uniqueId)).map(({ type }) => type);

describe('a session that is stopped', () => {
  it('while its statement runs: the statement is cancelled, nothing of it commits, the comment is kept', async () => {
    const waits = Promise.withResolvers<void>();
    const session = await start(async (own) => {
      await insert(own, 'stopped');
      const waiting = own.db.query('select pg_sleep(60)');
      waits.resolve();
      await waiting;
    });
    await waits.promise;
    expect(await isSessionActive(world.admin, session.id)).toBe(true);
    expect(await stopSession(world.admin, session.id, 'taking too long')).toBe(true);
    expect(await session.finished).toEqual({
      type: 'Stopped',
      succeeded: false,
      comment: 'taking too long',
      error: null,
    });
    expect(await notes('stopped')).toBe(0);
    expect(await isSessionActive(world.admin, session.id)).toBe(false);
    const [start_, end] = await eventsOf(session.uniqueId);
    expect([start_?.type, end?.type, end?.comment]).toEqual(['Start', 'Stopped', 'taking too long']);
    expect(Number(end?.stopping_at)).toBeLessThanOrEqual(Number(end?.at));
    expect(end?.killed_at).toBeNull();
    expect(await stopSession(world.admin, session.id)).toBe(false);
  });

  it('while it sleeps: the sleep ends, and so does its signal', async () => {
    let reason: unknown;
    const session = await start(async (own) => {
      own.signal.addEventListener('abort', () => {
        reason = own.signal.reason;
      });
      await own.sleep(3_600_000);
    });
    await session.started;
    await stopSession(world.admin, session.id, 'enough');
    expect(await session.finished).toMatchObject({ type: 'Stopped', comment: 'enough' });
    expect(reason).toMatchObject({ code: 'SESSION_STOPPED' });
  });

  it('never commits, even if its code pays no heed and returns as if all were well', async () => {
    const go = Promise.withResolvers<void>();
    const written = Promise.withResolvers<void>();
    const session = await start(async (own) => {
      await insert(own, 'heedless');
      written.resolve();
      await go.promise;
    });
    await written.promise;
    await stopSession(world.admin, session.id);
    go.resolve();
    expect(await session.finished).toMatchObject({ type: 'Stopped', succeeded: false });
    expect(await notes('heedless')).toBe(0);
  });

  it('and does not end within the grace is killed, keeps its place as lingering, and is closed at last', async () => {
    const go = Promise.withResolvers<void>();
    const written = Promise.withResolvers<void>();
    const late = Promise.withResolvers<unknown>();
    const session = await start(async (own) => {
      await insert(own, 'lingering');
      written.resolve();
      await go.promise;
      late.resolve(await insert(own, 'late').catch((error: unknown) => error));
    });
    await written.promise;
    await stopSession(world.admin, session.id, 'hangs');
    expect(await within('it was killed', session.finished)).toMatchObject({
      type: 'Killed',
      comment: 'hangs',
    });
    await until('it is listed as lingering', async () => {
      await world.platform.instance.host.events.flush();
      const [row] = await database.query<{ state: string; killed: boolean }>(
        'select state, killed_at is not null as killed from nightshift.active_session where unique_id = $1',
        [session.uniqueId],
      );
      return row?.state === 'Lingering' && row.killed;
    });
    expect(await typesOf(session.uniqueId)).toEqual(['Start', 'Killed']);
    // It holds its place: of two, one is left.
    const blocker = Promise.withResolvers<void>();
    const second = await start(() => blocker.promise);
    await second.started;
    const third = await start(() => undefined);
    expect(await isSessionActive(world.admin, third.id)).toBe(true);
    go.resolve();
    expect(await late.promise).toMatchObject({ code: 'SESSION_STOPPED' });
    expect(await third.finished).toMatchObject({ succeeded: true });
    blocker.resolve();
    await second.finished;
    expect(await typesOf(session.uniqueId)).toEqual(['Start', 'Killed', 'Close']);
    expect(await notes('lingering')).toBe(0);
    expect(await database.query('select from nightshift.active_session')).toEqual([]);
  });

  it('while it waits for a place never starts', async () => {
    const go = Promise.withResolvers<void>();
    const busy = [await start(() => go.promise), await start(() => go.promise)];
    let ran = false;
    const waiting = await start(() => {
      ran = true;
    });
    expect(await stopSession(world.admin, waiting.id, 'not wanted any more')).toBe(true);
    await expect(waiting.started).rejects.toMatchObject({ code: 'SESSION_STOPPED' });
    expect(await waiting.finished).toMatchObject({ type: 'Stopped', comment: 'not wanted any more' });
    go.resolve();
    await Promise.all(busy.map(({ finished }) => finished));
    expect(ran).toBe(false);
    expect(await typesOf(waiting.uniqueId)).toEqual(['Stopped']);
  });

  it('is stopped once: the first comment stands', async () => {
    const session = await start((own) => own.sleep(3_600_000));
    await session.started;
    const answers = [
      stopSession(world.admin, session.id, 'first'),
      stopSession(world.admin, session.id, 'second'),
    ];
    expect(await Promise.all(answers)).toEqual([true, true]);
    expect(await session.finished).toMatchObject({ comment: 'first' });
  });
});

describe('who may stop', () => {
  it('not itself', async () => {
    await world.open(async (session) => {
      await expect(stopSession(session, session.id)).rejects.toMatchObject({
        code: 'VALIDATION',
        field: 'id',
      });
    });
  });

  it('a session, another one of the same instance', async () => {
    const session = await start((own) => own.sleep(3_600_000));
    await session.started;
    await world.open(async (own) => {
      expect(await stopSession(own, session.id, 'by another')).toBe(true);
    });
    expect(await session.finished).toMatchObject({ type: 'Stopped', comment: 'by another' });
    const { dimensions } = await world.waitFor('RT0029', ({ sessionId }) => sessionId === session.id);
    expect(dimensions).toMatchObject({ comment: 'by another', user: 'ADMIN', result: true });
  });

  it('an instance that does not run it: the wish travels to the owner', async () => {
    const session = await start((own) => own.sleep(3_600_000));
    await session.started;
    expect(await isSessionActive(other.admin, session.id)).toBe(true);
    const comment = `from elsewhere ${'x'.repeat(9_000)} "ä\u{1F600}'`;
    expect(await stopSession(other.admin, session.id, comment)).toBe(true);
    expect(await session.finished).toMatchObject({ type: 'Stopped', comment });
    const events = await eventsOf(session.uniqueId);
    expect(events.at(-1)?.comment).toBe(comment);
    expect(await isSessionActive(other.admin, session.id)).toBe(false);
    expect(await stopSession(other.admin, session.id)).toBe(false);
  });

  it('a program that runs no sessions itself', async () => {
    const session = await start((own) => own.sleep(3_600_000));
    await session.started;
    const bystander: Platform = await createPlatform({ name: 'test', database: { url: database.url } });
    try {
      expect(await isSessionActive(bystander.as(ADMIN), session.id)).toBe(true);
      expect(await stopSession(bystander.as(ADMIN), session.id, 'from outside')).toBe(true);
    } finally {
      await bystander.stop();
    }
    expect(await session.finished).toMatchObject({ comment: 'from outside' });
  });

  it('an id of no instance, or of none that lives, is not active', async () => {
    for (const id of [0, 2_000 * 2 ** 20 + 5]) {
      expect(await stopSession(world.admin, id)).toBe(false);
      expect(await isSessionActive(world.admin, id)).toBe(false);
    }
  });

  it('an owner that does not answer is named; the wish stands', async () => {
    const [{ epoch } = { epoch: '' }] = await database.query<{ epoch: string }>(
      `insert into nightshift.server_instance (epoch, place, host, process_id, version, codeunits, runs_tasks, beat_at)
      values (gen_random_uuid(), 999, 'far', 1, '0', '{}', false, clock_timestamp() + interval '1 hour')
      returning epoch`,
    );
    const id = 999 * 2 ** 20 + 1;
    await expect(stopSession(world.admin, id, 'hello?')).rejects.toMatchObject({
      code: 'INSTANCE_UNRESPONSIVE',
    });
    expect(
      await database.query(
        'select session_id, comment from nightshift.stop_request where answered_at is null',
      ),
    ).toEqual([{ session_id: id, comment: 'hello?' }]);
    // It is declared dead meanwhile: then there is nothing to wait for.
    const asking = stopSession(world.admin, id);
    await database.query(
      'update nightshift.server_instance set ended_at = clock_timestamp() where epoch = $1',
      [epoch],
    );
    expect(await asking).toBe(false);
  });

  it.each([
    ['id', -1, ''],
    ['id', 1.5, ''],
    ['id', '7', ''],
    ['comment', 1, 'a\0b'],
    ['comment', 1, 'x'.repeat(10_001)],
    ['comment', 1, '\ud800'],
    ['comment', 1, 7],
  ])('a bad %s is named', async (field, id, comment) => {
    await expect(stopSession(world.admin, id as number, comment as string)).rejects.toMatchObject({
      code: 'VALIDATION',
      field,
    });
  });
});

describe('a session that is killed', () => {
  let patient: TestPlatform;
  let far: TestPlatform;
  beforeAll(async () => {
    const options = { database, codeunits: [worker], sessions: { stopGraceMs: 600_000 } };
    patient = await startTestPlatform(options);
    far = await startTestPlatform(options);
  });
  afterAll(async () => {
    await patient.stop();
    await far.stop();
  });

  /** One that pays no heed, until it is let go. */
  async function heedless() {
    const go = Promise.withResolvers<void>();
    const runs = Promise.withResolvers<void>();
    const key = `wish ${++made}`;
    wishes.set(key, async (own) => {
      await insert(own, key);
      runs.resolve();
      await go.promise;
    });
    const session = await startSession(patient.admin, worker, { record: { key } });
    await runs.promise;
    return { ...session, key, go };
  }

  it.each([
    ['here', () => patient],
    ['on another instance', () => far],
  ])('ends at once, by a caller %s, whatever time it had left to stop', async (_, by) => {
    const { id, uniqueId, finished, key, go } = await heedless();
    const { admin } = by();
    await expect(killSession(admin, id)).rejects.toMatchObject({
      code: 'CONFLICT',
      message: `Session ${id} is Running: it has to be asked to stop first.`,
      details: { state: 'Running' },
    });
    await stopSession(admin, id, 'hangs');
    expect(await killSession(admin, id)).toBe(true);
    expect(await finished).toMatchObject({ type: 'Killed', comment: 'hangs' });
    await expect(killSession(admin, id)).rejects.toMatchObject({
      code: 'CONFLICT',
      details: { state: 'Lingering' },
    });
    go.resolve();
    await until('its code has ended', () => patient.platform.instance.active?.get(id) === undefined);
    expect(await killSession(admin, id)).toBe(false);
    expect(await notes(key)).toBe(0);
    const audited = await database.query<{ result: string }>(
      `select result from nightshift.audit_log where verb = 'session.kill' and object_id = $1`,
      [String(id)],
    );
    expect(audited).toEqual([{ result: 'allowed' }]);
    await patient.platform.instance.host.events.flush();
    expect(await typesOf(uniqueId)).toEqual(['Start', 'Killed', 'Close']);
  });

  it('may end by itself meanwhile: then nothing is killed', async () => {
    const { id, finished, go } = await heedless();
    await stopSession(patient.admin, id, 'slow');
    go.resolve();
    expect(await finished).toMatchObject({ type: 'Stopped' });
    expect(await killSession(patient.admin, id)).toBe(false);
    expect(await killSession(far.admin, id)).toBe(false);
  });

  it('is never the own one', async () => {
    await patient.open(async (session) => {
      await expect(killSession(session, session.id)).rejects.toMatchObject({ code: 'VALIDATION' });
    });
  });
});

describe('ids', () => {
  it('a session id may come again, the unique id never', async () => {
    const sessions = [];
    for (let index = 0; index < 20; index++) {
      const session = await start(() => undefined);
      await session.finished;
      sessions.push(session);
    }
    expect(new Set(sessions.map(({ uniqueId }) => uniqueId)).size).toBe(20);
    for (const { id } of sessions) expect(Number.isInteger(id) && id < 2 ** 31).toBe(true);
  });
});
