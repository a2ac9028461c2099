import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { killSession, SharedTransaction, stopSession } from '../session/index.ts';
import { type Behaviour, leaveEffect } from '../testing/behaviours.ts';
import { until } from '../testing/condition.ts';
import { INSERT_EFFECT } from '../testing/effects.sql.ts';
import { type Claimed, SharedKit } from '../testing/shared-kit.ts';

let shared: SharedKit;

beforeAll(async () => {
  shared = await SharedKit.start();
  await shared.kit.query(`create function co_1.die() returns boolean language sql security definer as
    $$ select pg_terminate_backend(pg_backend_pid()) $$`);
});
beforeEach(() => shared.beginAtATime(16));
afterAll(() => shared.kit.stop());

const DONE = { effects: 1, state: 'gone', attempt: 0 };
const FAILED = { effects: 0, state: 'failed', attempt: 0 };
const WAITING = { effects: 0, state: 'waiting', attempt: 0 };

const RETURNING_NO = `${INSERT_EFFECT} returning no`;

const runsOf = (tasks: readonly { readonly id: string }[]) =>
  tasks.map(({ id }) => shared.runsOf({ uniqueId: id }));
const undone = () => shared.kit.telemetry.events('NS0034').length;

describe('while one waits for its turn', () => {
  test('its time does not run', async () => {
    const before = undone();
    const slow: Behaviour = async (session) => {
      await leaveEffect(session);
      await shared.clock.advance(200);
    };
    const tasks = await shared.claimed([slow, slow, slow, slow], { timeout: 300 });
    await shared.run(tasks);
    expect(await shared.fates(tasks)).toEqual(tasks.map(() => DONE));
    expect(runsOf(tasks)).toEqual([1, 1, 1, 1]);
    expect(undone()).toBe(before);
  });

  test('its time runs while it does not ask: then all are undone, and each runs alone', async () => {
    const isItsTurn = Promise.withResolvers<void>();
    const tells: Behaviour = async (session) => {
      await leaveEffect(session);
      isItsTurn.resolve();
    };
    const hangs: Behaviour = async (session) => {
      await isItsTurn.promise;
      if (shared.runsOf(session) === 1)
        await Promise.all([session.sleep(60_000), shared.clock.advance(5_500)]);
      await leaveEffect(session);
    };
    const tasks = await shared.claimed([leaveEffect, tells, hangs]);
    await shared.run(tasks);
    expect(await shared.fates(tasks)).toEqual(tasks.map(() => DONE));
    expect(runsOf(tasks)).toEqual([2, 2, 2]);
  });

  const late: Behaviour = async (session) => {
    await leaveEffect(session);
    await shared.clock.advance(1_500);
  };

  test('a second may pass: the others commit, and it is handed back', async () => {
    const before = undone();
    const tasks = await shared.claimed([leaveEffect, leaveEffect, late, leaveEffect, leaveEffect]);
    await shared.run(tasks);
    expect(await shared.fates(tasks)).toEqual([DONE, DONE, DONE, WAITING, WAITING]);
    expect(undone()).toBe(before);
  });

  test.each<[string, before: number, ends: () => unknown]>([
    ['a second may pass', 0, () => shared.clock.advance(1_500)],
    ['a second may pass', 3, () => shared.clock.advance(1_500)],
    ['the instance may stop', 0, () => (shared.mayStart = false)],
    ['the instance may stop', 3, () => (shared.mayStart = false)],
  ])('%s behind %i others when it is answered already: nothing of it stays', async (_what, before, ends) => {
    onTestFinished(() => {
      shared.mayStart = true;
    });
    // On a connection that is ready at once all of them begin.
    await shared.run(await shared.claimed([leaveEffect, leaveEffect]));
    const [answered, committed] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const getTypeParser = () => {
      answered.resolve();
      return String;
    };
    // It takes its time to end.
    const waits: Behaviour = async (session) => {
      const values = [session.idempotencyKey, 'done'];
      const asked = session.db.query({ text: RETURNING_NO, values, types: { getTypeParser } });
      await asked.catch(() => committed.promise);
    };
    const keeps: Behaviour = async (session) => {
      await leaveEffect(session);
      await answered.promise;
      // The answer is read to its end.
      await shared.kit.query('select 1');
      await ends();
    };
    const tasks = await shared.claimed([...Array.from({ length: before }, () => leaveEffect), keeps, waits]);
    const undoneBefore = undone();
    const run = shared.run(tasks);
    await until('the others have committed', async () =>
      (await shared.fates(tasks)).slice(0, -1).every(({ state }) => state === 'gone'),
    );
    committed.resolve();
    await run;
    expect(await shared.fates(tasks)).toEqual([...tasks.slice(1).map(() => DONE), WAITING]);
    expect(undone()).toBe(undoneBefore);
  });

  test('what is sent for one that is not over keeps the transaction from its COMMIT', async () => {
    const tasks = await shared.claimed([leaveEffect, leaveEffect]);
    const [{ userNo, companyNo, id }] = tasks as readonly [Claimed, Claimed];
    const { host } = shared.kit.platform.instance;
    const transaction = new SharedTransaction(host, { userNo, companyNo, lentNo: null }, 2);
    const [first, second] = [1, 2].map(() => transaction.join(() => undefined));
    const sent = [first, second].map((place) => place?.first({ text: INSERT_EFFECT, values: [id, 'done'] }));
    await sent[0];
    first?.release(true);
    await sent[1];
    const fence = { statement: { name: 'none', text: 'select 1' }, values: [] };
    await expect(transaction.commitAll(fence)).rejects.toMatchObject({ code: 'INTERNAL' });
    await transaction.end(() => undefined);
    expect(await shared.fates(tasks)).toMatchObject([{ effects: 0 }, { effects: 0 }]);
  });

  test('nor does code that pays no heed hold up the others', async () => {
    const heedless = Promise.withResolvers<void>();
    const tasks = await shared.claimed([leaveEffect, late, () => heedless.promise]);
    const run = shared.run(tasks);
    await until('the others have committed', async () => (await shared.fates(tasks))[1]?.state === 'gone');
    expect(await shared.fates(tasks)).toMatchObject([DONE, DONE, { state: 'claimed' }]);
    heedless.resolve();
    await run;
    expect((await shared.fates(tasks))[2]).toEqual(WAITING);
    expect(shared.kit.platform.instance.host.active.size).toBe(0);
  });

  test('the instance may stop: the others commit, and it is handed back', async () => {
    onTestFinished(() => {
      shared.mayStart = true;
    });
    const stops: Behaviour = async (session) => {
      await leaveEffect(session);
      shared.mayStart = false;
    };
    const tasks = await shared.claimed([leaveEffect, leaveEffect, stops, leaveEffect, leaveEffect]);
    await shared.run(tasks);
    expect(await shared.fates(tasks)).toEqual([DONE, DONE, DONE, WAITING, WAITING]);
  });

  /** The second one does this to the third, which has begun. */
  async function harmed(harm: (id: number) => Promise<unknown>) {
    let victim = 0;
    const tasks = await shared.claimed([
      leaveEffect,
      async (session) => {
        await leaveEffect(session);
        if (shared.runsOf(session) === 1) await harm(victim);
      },
      async (session) => {
        victim = session.id;
        await leaveEffect(session);
      },
      leaveEffect,
    ]);
    await shared.run(tasks);
    return tasks;
  }

  test('it can be stopped: it is not run again, the others run alone', async () => {
    const tasks = await harmed((id) => stopSession(shared.kit.admin, id, 'not this one'));
    expect(await shared.fates(tasks)).toEqual([DONE, DONE, FAILED, DONE]);
    const [row] = await shared.kit.query<{ error: unknown }>(
      'select error from nightshift.failed_task where id = $1',
      [tasks[2]?.id],
    );
    expect(row?.error).toMatchObject({
      code: 'SESSION_STOPPED',
      message: expect.stringContaining('not this one'),
    });
  });

  test('it can be killed', async () => {
    const tasks = await harmed(async (id) => {
      await stopSession(shared.kit.admin, id, 'not this one');
      await killSession(shared.kit.admin, id).catch(() => undefined);
    });
    expect((await shared.fates(tasks)).map(({ effects }) => effects)).toEqual([1, 1, 0, 1]);
    expect(shared.kit.platform.instance.host.active.size).toBe(0);
  });

  test('the backend may die: each has one effect', async () => {
    const dies: Behaviour = async (session) => {
      if (shared.runsOf(session) === 1) await session.db.query('select die()');
      await leaveEffect(session);
    };
    const tasks = await shared.claimed([leaveEffect, leaveEffect, dies, leaveEffect, leaveEffect]);
    await shared.run(tasks);
    expect(await shared.fates(tasks)).toEqual(tasks.map(() => DONE));
  });

  test('what waits learns that it waits in vain, and whoever swallows that is not done', async () => {
    const told: unknown[] = [];
    const swallows: Behaviour = async (session) => {
      await leaveEffect(session).catch((error: unknown) => told.push(error));
    };
    const leaves: Behaviour = async (session) => {
      await leaveEffect(session);
      if (shared.runsOf(session) === 1) void session.db.query('select pg_sleep(0.01)').catch(() => undefined);
    };
    const tasks = await shared.claimed([leaveEffect, leaves, swallows, leaveEffect]);
    await shared.run(tasks);
    expect(await shared.fates(tasks)).toEqual(tasks.map(() => DONE));
    expect(told).toMatchObject([{ code: 'SESSION_STOPPED' }]);
    // Nobody is told that the one that waited was to blame.
    expect(shared.kit.telemetry.events('NS0034').at(-1)?.dimensions).toMatchObject({ taskId: tasks[1]?.id });
  });
});
