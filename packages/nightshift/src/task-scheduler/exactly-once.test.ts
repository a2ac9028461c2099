import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { NightshiftError, randomUuid, SECOND_MS } from '../foundation/index.ts';
import type { Session } from '../session/index.ts';
import { behaviours, leaveEffect } from '../testing/behaviours.ts';
import { until } from '../testing/condition.ts';
import { EFFECTS } from '../testing/effects.sql.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { createTask } from './task-scheduler.ts';

const { main, failure, codeunits, choose } = behaviours();
const clock = new FakeClock();
let kit: TestPlatform;

beforeAll(async () => {
  kit = await startTestPlatform({ codeunits, migrations: [EFFECTS], clock });
});
afterAll(() => kit.stop());
afterEach(async () => {
  expect(await violations()).toEqual([]);
});

/** Tasks whose effects do not fit their end: gone without one effect, or there (also as failed) with one. */
async function violations(): Promise<readonly unknown[]> {
  return kit.query(
    `select e.task, count(*)::int as effects, t.id is not null as waits, f.id is not null as failed
    from co_1.effect e
    left join nightshift.scheduled_task t on t.id::text = e.task
    left join nightshift.failed_task f on f.id::text = e.task
    group by e.task, t.id, f.id
    having count(*) <> 1 or t.id is not null or f.id is not null`,
  );
}

async function effectsOf(task: string): Promise<number> {
  return (await kit.query('select from co_1.effect where task = $1', [task])).length;
}

async function row(task: string) {
  const [found] = await kit.query<{ claim: string | null; attempt: number }>(
    'select * from nightshift.scheduled_task where id = $1',
    [task],
  );
  return found ?? null;
}

/** Lets the next retry be due now. */
function retry(): void {
  clock.at(new Date(clock.now().getTime() + 30 * SECOND_MS));
  kit.platform.instance.wake();
}

const completed = (task: string) => kit.waitFor('LC0043', ({ taskId }) => taskId === task);
const retried = (task: string) =>
  kit.waitFor('LC0045', (event) => event['taskId'] === task && event['decision'] === 'retry');

async function backendOf(session: Session): Promise<number> {
  const { rows } = await session.db.query<{ pid: number }>('select pg_backend_pid() as pid');
  return rows[0]?.pid ?? 0;
}

async function kill(pid: number): Promise<void> {
  await kit.query('select pg_terminate_backend($1)', [pid]);
  await until('the backend is gone', async () => {
    return (await kit.query('select from pg_stat_activity where pid = $1', [pid])).length === 0;
  });
}

/** Another instance takes the claim away, as the reaper would after this one was thought dead. */
async function steal(task: string): Promise<string> {
  const nonce = randomUuid();
  await kit.query('update nightshift.scheduled_task set claim = $2, claimed_by = $2 where id = $1', [
    task,
    nonce,
  ]);
  return nonce;
}

/** The thief dies in turn. */
async function giveBack(task: string): Promise<void> {
  await kit.query('update nightshift.scheduled_task set claim = null, claimed_by = null where id = $1', [
    task,
  ]);
  kit.platform.instance.wake();
}

describe('the backend dies', () => {
  const places: readonly (readonly [where: string, work: (session: Session) => Promise<unknown>])[] = [
    [
      'before the work',
      async (session) => {
        await kill(await backendOf(session));
        await leaveEffect(session);
      },
    ],
    [
      'after the work',
      async (session) => {
        await leaveEffect(session);
        await kill(await backendOf(session));
      },
    ],
    [
      'between two statements',
      async (session) => {
        await leaveEffect(session);
        await kill(await backendOf(session));
        await session.db.query('select 1');
      },
    ],
    [
      'during a statement',
      async (session) => {
        const pid = await backendOf(session);
        await leaveEffect(session);
        const asleep = session.db.query('select pg_sleep(60)');
        asleep.catch(() => undefined);
        await until('it sleeps', async () => {
          const rows = await kit.query(
            "select from pg_stat_activity where pid = $1 and wait_event = 'PgSleep'",
            [pid],
          );
          return rows.length === 1;
        });
        await kill(pid);
        await asleep;
      },
    ],
    [
      'while the code looks away, which goes on as if nothing were wrong',
      async (session) => {
        await leaveEffect(session);
        await kill(await backendOf(session));
        await session.db.query('select 1').catch(() => undefined);
      },
    ],
    [
      'in a savepoint',
      async (session) => {
        await leaveEffect(session);
        await session.savepoint(async () => {
          await kill(await backendOf(session));
          await leaveEffect(session);
        });
      },
    ],
  ];

  test.each(places)('%s: the task runs again, one effect', async (_, work) => {
    const record = choose(async (session) => {
      if (session.attempt === 0) await work(session);
      else await leaveEffect(session);
    });
    const task = await createTask(kit.admin, main, { record });
    const first = await Promise.race([retried(task), kit.waitFor('NS0006', ({ taskId }) => taskId === task)]);
    expect(await effectsOf(task)).toBe(0);
    if (first.id === 'NS0006') expect(first.dimensions['resolution']).toContain('had not committed');
    retry();
    await completed(task);
    expect(await effectsOf(task)).toBe(1);
  });

  test('in the COMMIT itself, before it took effect: the task runs again at once, one effect', async () => {
    await kit.query(`create or replace function co_1.die() returns trigger language plpgsql security definer as
      $$ begin if new.note = 'dies' then perform pg_terminate_backend(pg_backend_pid()); end if; return null; end $$;
      create constraint trigger dies after insert on co_1.effect deferrable initially deferred
        for each row execute function co_1.die()`);
    let runs = 0;
    const task = await createTask(kit.admin, main, {
      record: choose((session) => leaveEffect(session, ++runs === 1 ? 'dies' : 'done')),
    });
    await kit.waitFor('NS0006', ({ taskId }) => taskId === task);
    await completed(task);
    expect([runs, await effectsOf(task)]).toEqual([2, 1]);
    await kit.query('drop trigger dies on co_1.effect');
  });

  test('in every COMMIT: it does not spin, and the code is told that this is not the first run', async () => {
    const attempts: number[] = [];
    const record = choose(async (session) => {
      attempts.push(session.attempt);
      await leaveEffect(session);
      if (session.attempt < 3) await kill(await backendOf(session));
    });
    const task = await createTask(kit.admin, main, { record });
    const unknown = () =>
      kit.telemetry.events('NS0006').filter((event) => event.dimensions['taskId'] === task);
    await until('it has run twice', () => unknown().length === 2);
    for (const pauses of [1, 2]) {
      const witness = await createTask(kit.admin, main, { record: choose(() => undefined) });
      await completed(witness);
      expect(attempts).toHaveLength(1 + pauses);
      clock.at(new Date(clock.now().getTime() + pauses * SECOND_MS));
      kit.platform.instance.wake();
      await until('it has run again', () => attempts.length === 2 + pauses);
      if (pauses === 1) await until('it was lost again', () => unknown().length === 3);
    }
    await completed(task);
    expect(attempts).toEqual([0, 1, 2, 3]);
  });

  test('after a commit in between: that part stays, and is not repeated by code that looks', async () => {
    const record = choose(async (session) => {
      const mine = await session.db.query('select from effect where task = $1', [session.idempotencyKey]);
      if (mine.rowCount > 0) return;
      await leaveEffect(session);
      await session.commit();
      await kill(await backendOf(session));
      await session.db.query('select 1');
    });
    const task = await createTask(kit.admin, main, { record });
    await retried(task);
    expect([await effectsOf(task), (await row(task))?.attempt]).toEqual([1, 1]);
    retry();
    await completed(task);
    expect(await effectsOf(task)).toBe(1);
  });

  test('of the failure codeunit, too', async () => {
    const record = choose(
      () => {
        throw new Error('main broke');
      },
      async (session) => {
        await leaveEffect(session);
        if (session.attempt === 0) await kill(await backendOf(session));
        await session.db.query('select 1');
      },
    );
    const task = await createTask(kit.admin, main, { record, failureCodeunit: failure });
    await retried(task);
    retry();
    await completed(task);
    expect(await effectsOf(task)).toBe(1);
  });
});

describe('the claim is stolen while the codeunit runs', () => {
  const lost = (task: string) => kit.waitFor('NS0007', ({ taskId }) => taskId === task);

  test('nothing of it commits, and the thief’s claim is left alone', async () => {
    let nonce: string | null = null;
    const record = choose(async (session) => {
      await leaveEffect(session);
      nonce ??= await steal(session.idempotencyKey);
    });
    const task = await createTask(kit.admin, main, { record });
    await lost(task);
    expect(await effectsOf(task)).toBe(0);
    expect(await row(task)).toMatchObject({ claim: nonce, attempt: 0 });
    await giveBack(task);
    await completed(task);
    expect(await effectsOf(task)).toBe(1);
  });

  test('a commit in between is refused, and code that swallows the refusal gets no further', async () => {
    const refusals: unknown[] = [];
    const record = choose(async (session) => {
      await leaveEffect(session);
      if (refusals.length > 0) return;
      await steal(session.idempotencyKey);
      await session.commit().catch((error: unknown) => refusals.push(error));
      await leaveEffect(session, 'after the refusal').catch((error: unknown) => refusals.push(error));
    });
    const task = await createTask(kit.admin, main, { record });
    await lost(task);
    expect(refusals[0]).toMatchObject({ code: 'CLAIM_LOST' });
    expect(await effectsOf(task)).toBe(0);
    await giveBack(task);
    await completed(task);
    expect(await effectsOf(task)).toBe(1);
  });

  const endings: readonly (readonly [how: string, end: () => unknown])[] = [
    ['asks nothing of the database', () => undefined],
    ['ends quietly', () => quietly()],
    [
      'fails and would be retried',
      () => {
        throw new NightshiftError('RETRY_LATER', 'later');
      },
    ],
    [
      'fails for good',
      () => {
        throw new Error('no');
      },
    ],
  ];
  function quietly(): never {
    throw new QuietProbe();
  }
  /** Replaced by the session's own quiet end in the test. */
  class QuietProbe extends Error {}

  test.each(endings)('a run that %s changes nothing about the task', async (_, end) => {
    let nonce = '';
    const record = choose(async (session) => {
      nonce = await steal(session.uniqueId);
      try {
        await end();
      } catch (error) {
        if (error instanceof QuietProbe) session.error('');
        throw error;
      }
    });
    const task = await createTask(kit.admin, main, { record });
    await Promise.race([completed(task), lost(task)]);
    const witness = await createTask(kit.admin, main, { record: choose(() => undefined) });
    await until('the witness is removed', async () => (await row(witness)) === null);
    expect(await row(task)).toMatchObject({ claim: nonce, attempt: 0, last_error: null, failing: false });
    expect(await kit.query('select from nightshift.failed_task where id = $1', [task])).toEqual([]);
    await kit.query('delete from nightshift.scheduled_task where id = $1', [task]);
  });

  test('also when the row is gone: the thief has done the work already', async () => {
    const record = choose(async (session) => {
      await leaveEffect(session);
      await kit.query('delete from nightshift.scheduled_task where id::text = $1', [session.idempotencyKey]);
    });
    const task = await createTask(kit.admin, main, { record });
    await lost(task);
    expect(await effectsOf(task)).toBe(0);
  });
});

describe('the checker is not blind', () => {
  const BROKEN = `create or replace function nightshift_session.complete_task(p_task uuid, p_claim uuid)
    returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as
    $$ begin delete from nightshift.scheduled_task where id = p_task; end $$`;

  test('without the claim in complete_task a stolen task has two effects, and it sees them', async () => {
    const [{ source }] = (await kit.query<{ source: string }>(
      "select pg_get_functiondef('nightshift_session.complete_task'::regproc) as source",
    )) as [{ source: string }];
    await kit.query(BROKEN);
    try {
      const [stolen, done] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      let runs = 0;
      const record = choose(async (session) => {
        const isZombie = ++runs === 1;
        await leaveEffect(session);
        if (!isZombie) return;
        stolen.resolve();
        await done.promise;
      });
      const task = await createTask(kit.admin, main, { record });
      await stolen.promise;
      await giveBack(task);
      await completed(task);
      done.resolve();
      await until('the zombie has committed as well', async () => (await effectsOf(task)) === 2);
      expect(await violations()).toEqual([{ task, effects: 2, waits: false, failed: false }]);
      await kit.query('delete from co_1.effect where task = $1', [task]);
    } finally {
      await kit.query(source);
    }
  });

  test('with it the same scene has one effect', async () => {
    const [stolen, done] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let runs = 0;
    const record = choose(async (session) => {
      const isZombie = ++runs === 1;
      await leaveEffect(session);
      if (!isZombie) return;
      stolen.resolve();
      await done.promise;
    });
    const task = await createTask(kit.admin, main, { record });
    await stolen.promise;
    await giveBack(task);
    await completed(task);
    done.resolve();
    await kit.waitFor('NS0007', ({ taskId }) => taskId === task);
    expect([runs, await effectsOf(task)]).toEqual([2, 1]);
  });
});
