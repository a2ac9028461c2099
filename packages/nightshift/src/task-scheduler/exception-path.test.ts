import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HOUR_MS, NightshiftError, SECOND_MS } from '../foundation/index.ts';
import { type Session, stopSession } from '../session/index.ts';
import { behaviours, leaveEffect } from '../testing/behaviours.ts';
import { until } from '../testing/condition.ts';
import { EFFECTS } from '../testing/effects.sql.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { retryAfter } from './retriable-errors.ts';
import { createTask, taskExists } from './task-scheduler.ts';

const { main, failure, codeunits, choose } = behaviours();
const clock = new FakeClock();
let kit: TestPlatform;

beforeAll(async () => {
  kit = await startTestPlatform({
    codeunits,
    migrations: [EFFECTS],
    clock,
    taskScheduler: {
      retryPolicy: { delaysMs: [1_000], maximumRetries: 2 },
      taskSchedulerExecutionRetryExceptions: 'HttpError:429;NightshiftError:CODEUNIT_ERROR',
    },
  });
});
afterAll(() => kit.stop());

/** Lets so much time pass, and the dispatcher look. */
async function pass(ms: number): Promise<void> {
  clock.at(new Date(clock.now().getTime() + ms));
  kit.platform.instance.wake();
}

const completed = (task: string) => kit.waitFor('LC0043', ({ taskId }) => taskId === task);
const failedRun = (id: 'LC0044' | 'LC0045', task: string, attempt: number, failing = false) =>
  kit.waitFor(
    id,
    (event) =>
      event['taskId'] === task &&
      event['attemptNumber'] === attempt &&
      event['isFailureCodeunit'] === failing,
  );
const dueIn = async (task: string) => {
  const rows = await kit.query<{ due: Date }>('select due from nightshift.scheduled_task where id = $1', [
    task,
  ]);
  return (rows[0]?.due.getTime() ?? Number.NaN) - clock.now().getTime();
};
const effects = async (task: string) =>
  (await kit.query<{ note: string }>('select note from co_1.effect where task = $1 order by no', [task])).map(
    ({ note }) => note,
  );
const facts = ({ uniqueId, attempt, lastError }: Session) => ({
  uniqueId,
  attempt,
  error: lastError?.message ?? null,
});

function breaks(): never {
  throw new Error('main');
}

class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly code: number;

  constructor(code: number) {
    super(`HTTP ${code}`);
    this.code = code;
  }
}

describe('retryAfter', () => {
  test('waits as long as it says instead of the policy, and is a retry like any other', async () => {
    const waits = [5 * SECOND_MS, 3 * HOUR_MS, 0];
    const record = choose(async (session) => {
      await leaveEffect(session);
      throw retryAfter(waits[session.attempt] ?? 0, `wait ${session.attempt}`);
    });
    const task = await createTask(kit.admin, main, { record });
    for (const [attempt, wait] of waits.slice(0, 2).entries()) {
      const { dimensions } = await failedRun('LC0045', task, attempt);
      expect(dimensions).toMatchObject({ decision: 'retry', delayMs: wait, errorCode: 'RETRY_LATER' });
      expect(await dueIn(task)).toBe(wait);
      await pass(wait);
    }
    expect((await failedRun('LC0045', task, 2)).dimensions).toMatchObject({
      decision: 'failed',
      delayMs: null,
    });
    expect(await effects(task)).toEqual([]);
  });

  test.each([
    ['a savepoint', (session: Session) => session.savepoint(async () => Promise.reject(retryAfter(7, 'x')))],
    [
      'a codeunit that another one runs',
      (session: Session) =>
        session.run(
          main,
          choose(() => {
            throw retryAfter(7, 'x');
          }),
        ),
    ],
    [
      'the cause of another error',
      () => Promise.reject(new Error('import failed', { cause: retryAfter(7, 'x') })),
    ],
    [
      'a failed transaction',
      async (session: Session) => {
        await session.db.query('select 1/0').catch(() => undefined);
        throw retryAfter(7, 'x');
      },
    ],
  ] as const)('is heard from %s', async (_, fails) => {
    const record = choose(async (session) => {
      await leaveEffect(session);
      if (session.attempt === 0) await fails(session);
    });
    const task = await createTask(kit.admin, main, { record });
    expect((await failedRun('LC0045', task, 0)).dimensions).toMatchObject({ decision: 'retry', delayMs: 7 });
    await pass(7);
    await completed(task);
    expect(await effects(task)).toEqual(['done']);
  });

  test('that is caught is nothing', async () => {
    const record = choose(async (session) => {
      await session.savepoint(() => Promise.reject(retryAfter(7, 'x'))).catch(() => undefined);
      await leaveEffect(session);
    });
    const task = await createTask(kit.admin, main, { record });
    await completed(task);
    expect(await effects(task)).toEqual(['done']);
  });
});

describe('the list of retriable exceptions', () => {
  test('is for main codeunits; what is not on it fails', async () => {
    const record = choose(async (session) => {
      if (session.attempt < 2) throw new HttpError(session.attempt === 0 ? 429 : 500);
    });
    const task = await createTask(kit.admin, main, { record });
    expect((await failedRun('LC0045', task, 0)).dimensions).toMatchObject({
      decision: 'retry',
      delayMs: 1_000,
    });
    await pass(SECOND_MS);
    expect((await failedRun('LC0045', task, 1)).dimensions).toMatchObject({
      decision: 'failed',
      errorCode: '500',
    });
  });

  test('makes session.error retriable when it says so, but not what never is', async () => {
    const record = choose((session) => {
      if (session.attempt === 0) session.error('busy');
      throw new NightshiftError('PERMISSION_DENIED', 'no');
    });
    const task = await createTask(kit.admin, main, { record });
    await failedRun('LC0045', task, 0);
    await pass(SECOND_MS);
    expect((await failedRun('LC0045', task, 1)).dimensions).toMatchObject({
      decision: 'failed',
      errorCode: 'PERMISSION_DENIED',
    });
  });

  test('changes nothing in a failure codeunit: what is final there stays final, the rest is retried anyway', async () => {
    const record = choose(
      () => {
        throw new Error('main');
      },
      (session) => {
        if (session.attempt === 0) throw new HttpError(500);
        return session.confirm('Again?');
      },
    );
    const task = await createTask(kit.admin, main, { record, failureCodeunit: failure });
    expect((await failedRun('LC0045', task, 0)).dimensions).toMatchObject({ decision: 'failure-codeunit' });
    expect((await failedRun('LC0045', task, 0, true)).dimensions).toMatchObject({ decision: 'retry' });
    await pass(SECOND_MS);
    expect((await failedRun('LC0045', task, 1, true)).dimensions).toMatchObject({
      decision: 'failed',
      errorCode: 'CALLBACK_NOT_ALLOWED',
    });
  });
});

describe('the failure codeunit', () => {
  test('runs in a session of its own, with its own attempts from 0 and the last error of main', async () => {
    const runs: unknown[] = [];
    const record = choose(
      (session) => {
        runs.push({ main: facts(session) });
        throw retryAfter(1, `main ${session.attempt}`);
      },
      async (session) => {
        runs.push({ failure: facts(session) });
        await leaveEffect(session, 'handled');
        if (session.attempt < 2) throw new Error(`failure ${session.attempt}`);
      },
    );
    const task = await createTask(kit.admin, main, { record, failureCodeunit: failure });
    for (let attempt = 0; attempt < 2; attempt++) {
      await failedRun('LC0045', task, attempt);
      await pass(1);
    }
    for (let attempt = 0; attempt < 2; attempt++) {
      await failedRun('LC0045', task, attempt, true);
      await pass(SECOND_MS);
    }
    const { dimensions } = await completed(task);
    expect(dimensions).toMatchObject({ isFailureCodeunit: true, codeunit: 'Failure', attemptNumber: 2 });
    const other = dimensions['sessionUniqueId'];
    expect(other).not.toBe(task);
    expect(runs).toEqual([
      { main: { uniqueId: task, attempt: 0, error: null } },
      { main: { uniqueId: task, attempt: 1, error: 'main 0' } },
      { main: { uniqueId: task, attempt: 2, error: 'main 1' } },
      { failure: { uniqueId: other, attempt: 0, error: 'main 2' } },
      { failure: { uniqueId: other, attempt: 1, error: 'main 2' } },
      { failure: { uniqueId: other, attempt: 2, error: 'main 2' } },
    ]);
    expect(await effects(task)).toEqual(['handled']);
  });

  test.each(['main', 'the failure codeunit'])(
    'error("") in %s is a quiet success: rolled back, no further codeunit, the task is gone',
    async (where) => {
      let runs = 0;
      const quiet = async (session: Session): Promise<void> => {
        runs++;
        await leaveEffect(session);
        session.error('');
      };
      const record = where === 'main' ? choose(quiet, quiet) : choose(breaks, quiet);
      const task = await createTask(kit.admin, main, { record, failureCodeunit: failure });
      expect((await completed(task)).dimensions).toMatchObject({ isQuiet: true });
      expect(runs).toBe(1);
      expect(await effects(task)).toEqual([]);
      await until('the task is removed', async () => !(await taskExists(kit.admin, task)));
    },
  );

  test('runs after a timeout of main, which is not retried', async () => {
    const begun = Promise.withResolvers<void>();
    let error: unknown = null;
    const record = choose(
      async (session) => {
        await leaveEffect(session);
        begun.resolve();
        await session.sleep(HOUR_MS);
      },
      (session) => {
        error = session.lastError;
      },
    );
    const task = await createTask(kit.admin, main, { record, failureCodeunit: failure, timeout: SECOND_MS });
    await begun.promise;
    await clock.advance(2 * SECOND_MS);
    expect((await failedRun('LC0044', task, 0)).dimensions).toMatchObject({
      decision: 'failure-codeunit',
      errorCode: 'SESSION_TIMEOUT',
    });
    await completed(task);
    expect(error).toMatchObject({ code: 'SESSION_TIMEOUT' });
    expect(await effects(task)).toEqual([]);
  });

  test('that somebody stops is not run again, also when it had to be killed', async () => {
    for (const heeds of [true, false]) {
      const running = Promise.withResolvers<number>();
      const release = Promise.withResolvers<void>();
      const record = choose(
        () => {
          throw new Error('main');
        },
        async (session) => {
          running.resolve(session.id);
          await (heeds ? session.sleep(HOUR_MS) : release.promise);
        },
      );
      const task = await createTask(kit.admin, main, { record, failureCodeunit: failure });
      await stopSession(kit.admin, await running.promise, 'enough');
      if (!heeds) await clock.advance(6 * SECOND_MS);
      expect((await failedRun('LC0044', task, 0, true)).dimensions).toMatchObject({
        decision: 'failed',
        errorCode: heeds ? 'SESSION_STOPPED' : 'SESSION_KILLED',
      });
      release.resolve();
    }
  });

  test('that no instance has waits for one that has it; main does not run again meanwhile', async () => {
    let runs = 0;
    const record = choose(() => {
      runs++;
      throw new Error('main');
    });
    const task = await createTask(kit.admin, main, { record, failureCodeunit: failure, ready: false });
    await kit.query(
      "update nightshift.scheduled_task set failure_codeunit = 'Elsewhere', ready = true where id = $1",
      [task],
    );
    await pass(1);
    await failedRun('LC0045', task, 0);
    await pass(HOUR_MS);
    const [row] = await kit.query(
      'select failing, claim, attempt from nightshift.scheduled_task where id = $1',
      [task],
    );
    expect(row).toEqual({ failing: true, claim: null, attempt: 0 });
    expect(runs).toBe(1);
  });
});
