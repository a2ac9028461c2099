import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { NightshiftError, randomUuid } from '../foundation/index.ts';
import { create as createEntry, setOnHold, setStatusToReady } from '../job-queue/index.ts';
import { type Session, startSession, stopSession } from '../session/index.ts';
import { type Behaviour, leaveEffect } from '../testing/behaviours.ts';
import { SharedKit } from '../testing/shared-kit.ts';
import { createTask } from './task-scheduler.ts';

let shared: SharedKit;

beforeAll(async () => {
  shared = await SharedKit.start();
});
// When which one begins is a matter of its own.
beforeEach(() => shared.beginAtATime(1));
afterAll(() => shared.kit.stop());

const DONE = { effects: 1, state: 'gone', attempt: 0 };
const FAILED = { effects: 0, state: 'failed', attempt: 0 };
const WAITING = { effects: 0, state: 'waiting', attempt: 0 };
const some = (count: number): Behaviour[] => Array.from({ length: count }, () => leaveEffect);

async function transactionOf(session: Session): Promise<string> {
  const { rows } = await session.db.query<{ xid: string }>('select pg_current_xact_id()::text as xid');
  return rows[0]?.xid ?? '';
}

/** Leaves an effect, and fails. */
async function breakDown(session: Session): Promise<void> {
  await leaveEffect(session);
  throw new Error('broken');
}

const undone = () => shared.kit.telemetry.events('NS0034').length;

describe('tasks that share a transaction', () => {
  test('commit together, and each sees what the ones before it did', async () => {
    const seen: unknown[] = [];
    const transactions = new Set<string>();
    const main = async (session: Session) => {
      await leaveEffect(session);
      transactions.add(await transactionOf(session));
      const { rows } = await session.db.query<{ count: number }>('select count(*)::int as count from effect');
      seen.push([
        session.attempt,
        rows[0]?.count,
        (await shared.kit.query('select from co_1.effect')).length,
      ]);
    };
    const tasks = await shared.claimed(Array.from({ length: 50 }, () => main));
    await shared.run(tasks);
    expect(await shared.fates(tasks)).toEqual(tasks.map(() => DONE));
    expect(transactions.size).toBe(1);
    expect(seen).toEqual(tasks.map((_, at) => [0, at + 1, 0]));
  });

  test('one that fails is undone alone, and goes the exception path', async () => {
    const before = undone();
    const tasks = await shared.claimed([...some(20), breakDown, ...some(29)]);
    await shared.run(tasks);
    expect(await shared.fates(tasks)).toEqual(tasks.map((_, at) => (at === 20 ? FAILED : DONE)));
    expect(undone()).toBe(before);
  });

  test('also the first, the last, two in a row, and all', async () => {
    const places = [[0], [9], [4, 5], [0, 1, 8, 9], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]];
    for (const broken of places) {
      const tasks = await shared.claimed(
        Array.from({ length: 10 }, (_, at) => (broken.includes(at) ? breakDown : leaveEffect)),
      );
      await shared.run(tasks);
      expect(await shared.fates(tasks)).toEqual(tasks.map((_, at) => (broken.includes(at) ? FAILED : DONE)));
    }
  });

  test('one that fails for now waits for its retry, and runs alone then', async () => {
    const xids: string[] = [];
    const main = async (session: Session) => {
      xids.push(await transactionOf(session));
      await leaveEffect(session);
      if (session.attempt === 0) throw new NightshiftError('RETRY_LATER', 'later');
      expect(session.lastError).toMatchObject({ code: 'RETRY_LATER' });
    };
    const tasks = await shared.claimed([...some(3), main, ...some(3)]);
    await shared.run(tasks);
    expect(await shared.fates(tasks.slice(3, 4))).toEqual([{ effects: 0, state: 'waiting', attempt: 1 }]);
    const again = await shared.claim(tasks.slice(3, 4).map(({ id }) => id));
    await shared.run(again);
    expect(await shared.fates(tasks)).toEqual(tasks.map(() => DONE));
    expect(new Set(xids).size).toBe(2);
  });

  test('one that ends quietly is undone and done', async () => {
    const quiet: Behaviour = async (session) => {
      await leaveEffect(session);
      session.error('');
    };
    const tasks = await shared.claimed([leaveEffect, quiet, leaveEffect]);
    await shared.run(tasks);
    expect(await shared.fates(tasks)).toEqual([DONE, { ...DONE, effects: 0 }, DONE]);
  });

  test('one that asks nothing of the database is done', async () => {
    const tasks = await shared.claimed([() => undefined, leaveEffect, () => undefined]);
    await shared.run(tasks);
    expect((await shared.fates(tasks)).map(({ state }) => state)).toEqual(['gone', 'gone', 'gone']);
  });

  test('each is a session of its own: ids, lines, progress, event', async () => {
    const ids: unknown[] = [];
    const main = async (session: Session) => {
      ids.push([session.uniqueId, session.idempotencyKey, session.correlationId]);
      session.log.info(`line of ${session.uniqueId}`);
      session.progress(1, 2, 'half');
      await leaveEffect(session);
    };
    const tasks = await shared.claimed([main, breakDown, main]);
    await shared.run(tasks);
    const own = tasks.flatMap(({ id }, at) => (at === 1 ? [] : [[id, id, id]]));
    expect(ids).toEqual(own);
    await shared.kit.platform.instance.host.events.flush();
    const events = await shared.kit.query<{ type: string; lines: { text: string }[]; unique_id: string }>(
      'select unique_id, type, lines, progress from nightshift.background_session_event where unique_id = any($1::uuid[])',
      [tasks.map(({ id }) => id)],
    );
    const told = tasks.map(({ id }) => events.find((event) => event.unique_id === id));
    expect(told.map((event) => event?.type)).toEqual(['Stop', 'Error', 'Stop']);
    expect(told[0]).toMatchObject({ lines: [{ text: `line of ${tasks[0]?.id}` }], progress: { done: 1 } });
  });
});

describe('what waits for the commit of a session', () => {
  test('runs after the shared one, and not for those that were undone', async () => {
    const child = await shared.codeunitOfTheTest;
    const made: string[] = [];
    const create = async (session: Session) => {
      made.push(await createTask(session, child, { record: { key: 'nothing' }, ready: false }));
      expect(shared.kit.telemetry.events('LC0040').filter(isOf(made))).toEqual([]);
    };
    const createAndFail = async (session: Session) => {
      await create(session);
      throw new Error('broken');
    };
    await shared.run(await shared.claimed([create, createAndFail, create]));
    const told = shared.kit.telemetry.events('LC0040').filter(isOf(made));
    expect(told.map(({ dimensions }) => dimensions['taskId'])).toEqual([made[0], made[2]]);
    const rows = await shared.kit.query<{ id: string }>(
      'select id from nightshift.scheduled_task where id = any($1::uuid[]) order by id',
      [made],
    );
    expect(rows.map(({ id }) => id)).toEqual([made[0], made[2]]);
  });

  const isOf =
    (ids: readonly string[]) =>
    ({ dimensions }: { readonly dimensions: Readonly<Record<string, unknown>> }) =>
      ids.includes(String(dimensions['taskId']));
});

describe('refused in a task that may share its transaction', () => {
  const refused: readonly (readonly [what: string, code: string, verb: (session: Session) => unknown])[] = [
    ['session.commit()', 'COMMIT_NOT_ALLOWED', (session) => session.commit()],
    [
      'startSession',
      'SHARED_TRANSACTION',
      (session) => startSession(session, shared.codeunitOfTheTest, { record: { key: 'nothing' } }),
    ],
    ['jobQueue.create', 'SHARED_TRANSACTION', (session) => createEntry(session, { object: 'Failure' })],
    ['jobQueue.setStatusToReady', 'SHARED_TRANSACTION', (session) => setStatusToReady(session, randomUuid())],
    ['jobQueue.setOnHold', 'SHARED_TRANSACTION', (session) => setOnHold(session, randomUuid())],
  ];

  test.each(refused)('%s, by name; the others are not touched', async (what, code, verb) => {
    const errors: unknown[] = [];
    const main = async (session: Session) => {
      await leaveEffect(session);
      try {
        await verb(session);
      } catch (error) {
        errors.push(error);
      }
    };
    const tasks = await shared.claimed([leaveEffect, main, leaveEffect]);
    await shared.run(tasks);
    expect(errors).toEqual([expect.objectContaining({ code, message: expect.stringContaining(what) })]);
    expect(String(errors[0])).toContain('codeunit "Main"');
    expect(await shared.fates(tasks)).toEqual(tasks.map(() => DONE));
  });

  test('a timeout over 5 s, at the door', async () => {
    const [target, options] = [shared.codeunitOfTheTest, { record: { key: 'nothing' } }];
    await expect(createTask(shared.kit.admin, target, { ...options, timeout: 5_001 })).rejects.toMatchObject({
      code: 'VALIDATION',
      field: 'timeout',
    });
    await createTask(shared.kit.admin, target, { ...options, timeout: 5_000, ready: false });
  });

  test('also when it runs alone', async () => {
    const tasks = await shared.claimed([(session) => session.commit()]);
    await shared.run(tasks);
    expect(await shared.fates(tasks)).toEqual([FAILED]);
  });

  test('not in its failure codeunit', async () => {
    const commits = async (session: Session) => {
      await leaveEffect(session);
      await session.commit();
    };
    const tasks = await shared.claimed([breakDown], { onFailure: commits });
    await shared.run(tasks);
    expect(await shared.fates(tasks)).toEqual([{ effects: 0, state: 'waiting', attempt: 0 }]);
    await shared.run(await shared.claim(tasks.map(({ id }) => id)));
    expect(await shared.fates(tasks)).toEqual([DONE]);
  });
});

describe('all are undone, and each runs alone', () => {
  test('when one is stopped, which is not run again', async () => {
    let first = 0;
    const keep: Behaviour = (session) => {
      first = session.id;
      return leaveEffect(session);
    };
    const stopFirst: Behaviour = async (session) => {
      await leaveEffect(session);
      if (shared.runsOf(session) === 1) await stopSession(shared.kit.admin, first, 'not this one');
    };
    const tasks = await shared.claimed([leaveEffect, keep, stopFirst, leaveEffect]);
    await shared.run(tasks);
    expect(await shared.fates(tasks)).toEqual([DONE, FAILED, DONE, DONE]);
    expect(tasks.map(({ id }) => shared.runsOf({ uniqueId: id }))).toEqual([2, 1, 2, 1]);
    const [{ error }] = (await shared.kit.query<{ error: { code: string; message: string } }>(
      'select error from nightshift.failed_task where id = $1',
      [tasks[1]?.id],
    )) as [{ error: { code: string; message: string } }];
    expect(error).toMatchObject({
      code: 'SESSION_STOPPED',
      message: expect.stringContaining('not this one'),
    });
  });

  test('when one takes too long; it fails when it does so alone, too', async () => {
    const sleep: Behaviour = async (session) => {
      await leaveEffect(session);
      await Promise.all([session.sleep(60_000), shared.clock.advance(5_500)]);
    };
    const tasks = await shared.claimed([leaveEffect, sleep, leaveEffect]);
    await shared.run(tasks);
    expect(await shared.fates(tasks)).toEqual([DONE, FAILED, WAITING]);
    expect(tasks.map(({ id }) => shared.runsOf({ uniqueId: id }))).toEqual([2, 2, 0]);
  });

  test('when one only waited for what the others held, it does well alone', async () => {
    const slowOnce: Behaviour = async (session) => {
      await leaveEffect(session);
      if (shared.runsOf(session) > 1) return;
      await Promise.all([session.sleep(60_000), shared.clock.advance(5_500)]);
    };
    const tasks = await shared.claimed([leaveEffect, leaveEffect, slowOnce]);
    await shared.run(tasks);
    expect(await shared.fates(tasks)).toEqual(tasks.map(() => DONE));
  });

  test('not when one has waited longer for the others than it may take itself', async () => {
    const after =
      (ms: number): Behaviour =>
      async (session) => {
        await leaveEffect(session);
        await shared.clock.advance(ms);
      };
    const tasks = await shared.claimed([after(900), after(4_500)]);
    await shared.run(tasks);
    expect(await shared.fates(tasks)).toEqual(tasks.map(() => DONE));
    expect(tasks.map(({ id }) => shared.runsOf({ uniqueId: id }))).toEqual([1, 1]);
  });

  test('those that have failed or ended quietly run again as well: that may have been for what was undone', async () => {
    const dedupe: Behaviour = async (session) => {
      const { rowCount } = await session.db.query("select from effect where note = 'once'");
      if (rowCount > 0) session.error('');
      await leaveEffect(session, 'once');
    };
    const spoil: Behaviour = async (session) => {
      if (shared.runsOf(session) === 1) void session.db.query('select pg_sleep(0.01)').catch(() => undefined);
      else throw new Error('broken');
    };
    const failOnce: Behaviour = async (session) => {
      await dedupe(session);
      throw new Error('always');
    };
    const tasks = await shared.claimed([failOnce, dedupe, dedupe, spoil]);
    await shared.run(tasks);
    expect(await shared.fates(tasks)).toEqual([FAILED, DONE, { ...DONE, effects: 0 }, FAILED]);
  });
});

describe('the instance stops', () => {
  test('those that have not begun are handed back', async () => {
    const stop: Behaviour = async (session) => {
      await leaveEffect(session);
      shared.mayStart = false;
    };
    const tasks = await shared.claimed([leaveEffect, stop, leaveEffect, leaveEffect]);
    await shared.run(tasks);
    shared.mayStart = true;
    expect(await shared.fates(tasks)).toEqual([DONE, DONE, WAITING, WAITING]);
  });
});

test('what has not begun after a second is handed back, since it may find a place elsewhere', async () => {
  const slow: Behaviour = async (session) => {
    await leaveEffect(session);
    await shared.clock.advance(1_000);
  };
  const tasks = await shared.claimed([leaveEffect, slow, leaveEffect, leaveEffect]);
  await shared.run(tasks);
  expect(await shared.fates(tasks)).toEqual([DONE, DONE, WAITING, WAITING]);
});
