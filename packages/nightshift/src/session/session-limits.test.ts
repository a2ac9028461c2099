import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { taskScheduler } from '../platform/index.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { testSessionSpec } from '../testing/session-spec.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { ActiveSession, ActiveSessions } from './active-sessions.ts';
import { codeunit } from './codeunit.ts';
import { SESSION_DEPTH_MAX } from './running-session.ts';
import type { AnyCodeunit, Session } from './session.ts';
import type { SessionOutcome } from './session-outcome.ts';
import { runSession } from './session-runner.ts';
import { NOTHING_TOLD } from './told-lines.ts';

const insert = (session: Session, text: string) => session.db.query('insert into note values ($1)', [text]);

/** Codeunit n runs codeunit n + 1. */
function chainOf(length: number): AnyCodeunit {
  let next: AnyCodeunit | null = null;
  for (let level = length; level >= 1; level--) {
    const inner: AnyCodeunit | null = next;
    next = codeunit({
      name: `Level ${level}`,
      onRun: async (session) => {
        await insert(session, `level ${level}`);
        if (inner !== null) await session.run(inner as never);
      },
    }) as AnyCodeunit;
  }
  return next as AnyCodeunit;
}

const stubborn = codeunit({
  name: 'Stubborn',
  onRun: async (session) => {
    await insert(session, 'stubborn');
    await session.db.query('select pg_sleep(60)').catch(() => undefined);
  },
});

let world: TestPlatform;

beforeAll(async () => {
  world = await startTestPlatform({
    codeunits: [stubborn],
    migrations: [{ name: '0001_note', sql: 'create table note (text text)' }],
  });
});
afterAll(() => world.stop());

const notes = async (text: string) =>
  (await world.query('select from co_1.note where text = $1', [text])).length;

/** A background session with a timeout of its own. */
function background<T>(
  timeoutMs: number,
  work: (session: Session) => Promise<T>,
): Promise<SessionOutcome<T>> {
  const { host } = world.platform.instance;
  const spec = testSessionSpec(host.clock.now(), { timeoutMs });
  return runSession(host, spec, 'Limits', work);
}

const TIMED_OUT = { kind: 'failed', error: { code: 'SESSION_TIMEOUT' } };

describe('codeunits that run each other', () => {
  it(`${SESSION_DEPTH_MAX} deep is fine, in one transaction`, async () => {
    // The session itself is the first level.
    await world.open((session) => session.run(chainOf(SESSION_DEPTH_MAX - 1) as never));
    expect(await notes(`level ${SESSION_DEPTH_MAX - 1}`)).toBe(1);
  });

  it('one more is refused with the whole chain, and nothing stays', async () => {
    const before = await notes('level 1');
    const names = Array.from({ length: SESSION_DEPTH_MAX }, (_, index) => `Level ${index + 1}`);
    await expect(
      world.open((session) => session.run(chainOf(SESSION_DEPTH_MAX) as never)),
    ).rejects.toMatchObject({
      code: 'SESSION_DEPTH_EXCEEDED',
      message: expect.stringContaining(names.join(' → ')),
    });
    expect(await notes('level 1')).toBe(before);
  });

  it('a hundred one after another are no chain', async () => {
    const empty = codeunit({ name: 'Empty', onRun: () => undefined });
    await world.open(async (session) => {
      for (let count = 0; count < 100; count++) await session.run(empty);
    });
  });

  it('an error unwinds the chain', async () => {
    const failing = codeunit({ name: 'Failing', onRun: (session) => session.error('no') });
    await world.open(async (session) => {
      for (let count = 0; count < 20; count++) await session.run(failing).catch(() => undefined);
    });
  });
});

describe('a session past its time', () => {
  it('is stopped, its statement is cancelled, and nothing is committed', async () => {
    const outcome = await background(50, async (session) => {
      await insert(session, 'late');
      await session.db.query('select pg_sleep(60)');
    });
    expect(outcome).toMatchObject(TIMED_OUT);
    expect(await notes('late')).toBe(0);
  });

  it('also when the code catches the error and returns normally', async () => {
    const outcome = await background(50, async (session) => {
      await insert(session, 'caught');
      await session.db.query('select pg_sleep(60)').catch(() => undefined);
      await insert(session, 'caught').catch(() => undefined);
      await session.commit().catch(() => undefined);
      return 'as if nothing had happened';
    });
    expect(outcome).toMatchObject(TIMED_OUT);
    expect(await notes('caught')).toBe(0);
  });

  it('what it had committed before stays', async () => {
    const outcome = await background(50, async (session) => {
      await insert(session, 'in time');
      await session.commit();
      await session.sleep(60_000);
    });
    expect(outcome).toMatchObject(TIMED_OUT);
    expect(await notes('in time')).toBe(1);
  });

  it('is told by its signal, and every further step is refused', async () => {
    const refused: unknown[] = [];
    const outcome = await background(50, async (session) => {
      const stopped = Promise.withResolvers<void>();
      session.signal.addEventListener('abort', () => stopped.resolve());
      await stopped.promise;
      refused.push(session.signal.reason);
      for (const step of [
        () => session.db.query('select 1'),
        () => session.commit(),
        () => session.savepoint(async () => 1),
        () => session.sleep(1),
        () => session.run(codeunit({ name: 'More', onRun: () => undefined })),
      ])
        refused.push(await step().catch((error: unknown) => error));
    });
    expect(outcome).toMatchObject(TIMED_OUT);
    expect(refused).toHaveLength(6);
    for (const error of refused) expect(error).toMatchObject({ code: 'SESSION_TIMEOUT' });
  });

  it('the connection of a cancelled statement is not used again: the cancel may come late', async () => {
    const pidOf = async (session: Session) =>
      (await session.db.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]?.pid;
    let cancelled: number | undefined;
    await background(50, async (session) => {
      cancelled = await pidOf(session);
      await session.db.query('select pg_sleep(60)').catch(() => undefined);
    });
    expect(await world.open(pidOf)).not.toBe(cancelled);
  });

  it('a task is stopped like any other session, and is not tried again', async () => {
    await taskScheduler.createTask(world.admin, stubborn, { timeout: 50 });
    const event = await world.waitFor('LC0044');
    expect(event.dimensions).toMatchObject({ codeunit: 'Stubborn', decision: 'failed' });
    expect(await notes('stubborn')).toBe(0);
    expect(await world.query("select error ->> 'code' as code from nightshift.failed_task")).toEqual([
      { code: 'SESSION_TIMEOUT' },
    ]);
  });
});

describe('the list of active sessions', () => {
  function listed(timeoutMs: number) {
    const clock = new FakeClock();
    const steps: string[] = [];
    const heard: string[] = [];
    const active = new ActiveSessions(clock, 3, 5_000, {
      announce: (session) => {
        session.announced = true;
        heard.push('announced');
      },
      changed: (session) => heard.push(session.state),
    });
    const seed = {
      id: active.newId(),
      spec: testSessionSpec(clock.now(), { timeoutMs }),
      codeunit: 'Slow',
      startedAt: clock.now(),
      begun: clock.monotonic(),
      deadline: clock.monotonic() + timeoutMs,
      state: 'Running' as const,
    };
    const session = new ActiveSession(seed, {
      stop: (reason) => steps.push(`${reason.code}: ${reason.message}`),
      kill: () => steps.push('killed'),
      whatRuns: () => 'codeunit Slow, statement: select pg_sleep(60)',
      told: () => NOTHING_TOLD,
    });
    active.add(session);
    return { clock, active, steps, heard, session };
  }

  it('stops at the deadline, says so again while it has not ended, and kills after the grace', async () => {
    const { clock, active, steps, heard, session } = listed(10_000);
    await active.sweeper.start();
    await clock.advance(9_500);
    expect(steps).toEqual([]);
    await clock.advance(500);
    expect(steps).toEqual([
      'SESSION_TIMEOUT: The session was stopped: the session took longer than its timeout of 10000 ms; codeunit Slow, statement: select pg_sleep(60).',
    ]);
    await clock.advance(4_500);
    expect(steps).toHaveLength(10);
    expect(new Set(steps).size).toBe(1);
    await clock.advance(500);
    expect(steps.at(-1)).toBe('killed');
    const told = steps.length;
    expect(heard).toEqual(['announced', 'Stopping']);
    expect(session).toMatchObject({
      state: 'Lingering',
      stopKind: 'timeout',
      stoppingAt: new Date('2026-01-05T08:00:10.000Z'),
      killedAt: new Date('2026-01-05T08:00:15.000Z'),
    });
    await clock.advance(60_000);
    expect(steps).toHaveLength(told);
    await active.sweeper.stop();
  });

  it('the wall clock has no say in it', async () => {
    const { clock, active, steps } = listed(10_000);
    clock.at('2099-01-01T00:00:00Z');
    active.sweep();
    clock.at('1999-01-01T00:00:00Z');
    active.sweep();
    expect(steps).toEqual([]);
  });

  it('gives ids that carry the place, and none twice', () => {
    const { active, session } = listed(1);
    const { id } = session;
    expect(Math.floor(id / 2 ** 20)).toBe(3);
    expect(active.newId()).not.toBe(id);
    expect(active.owns(id)).toBe(true);
    expect(active.owns(id + 2 ** 20)).toBe(false);
    expect(active.stop(id + 5, 'stopped', 'x')).toBe(false);
    active.remove(session);
    expect(active.stop(id, 'stopped', 'x')).toBe(false);
  });

  it('a second stop changes neither the reason nor the grace', () => {
    const { active, steps, session } = listed(10_000);
    expect(active.stop(session.id, 'stopped', 'first')).toBe(true);
    expect(active.stop(session.id, 'timeout', 'second')).toBe(true);
    expect(steps).toEqual(['SESSION_STOPPED: The session was stopped: first.']);
    expect(session).toMatchObject({ stopKind: 'stopped', comment: 'first' });
  });
});
