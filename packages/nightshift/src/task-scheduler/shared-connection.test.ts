import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Behaviour, leaveEffect } from '../testing/behaviours.ts';
import { SharedKit } from '../testing/shared-kit.ts';

let shared: SharedKit;

beforeAll(async () => {
  shared = await SharedKit.start();
  await shared.kit.query(`create function co_1.forget(statement text) returns void language plpgsql as
    $$ begin execute 'deallocate ' || statement; end $$`);
});
beforeEach(() => shared.beginAtATime(16));
afterAll(() => shared.kit.stop());

const DONE = { effects: 1, state: 'gone', attempt: 0 };
const FAILED = { effects: 0, state: 'failed', attempt: 0 };

const runsOf = (tasks: readonly { readonly id: string }[]) =>
  tasks.map(({ id }) => shared.runsOf({ uniqueId: id }));
const undone = () => shared.kit.telemetry.events('NS0034').length;

describe('what a connection is to know, and was made to forget', () => {
  const some: readonly Behaviour[] = Array.from({ length: 4 }, () => leaveEffect);
  const forgets =
    (statement: string): Behaviour =>
    async (session) => {
      if (shared.runsOf(session) === 1) await session.db.query('select forget($1)', [statement]);
      await leaveEffect(session);
    };

  test.each(['all', 'ns_identity'])(
    'before a transaction: it begins on another one (%s)',
    async (statement) => {
      const before = undone();
      await shared.run(await shared.claimed([forgets(statement)]));
      const sideBySide: Behaviour = (session) =>
        Promise.all([leaveEffect(session), session.db.query('select 1')]).then(() => undefined);
      const tasks = await shared.claimed([sideBySide, ...some]);
      await shared.run(tasks);
      expect(await shared.fates(tasks)).toEqual(tasks.map(() => DONE));
      expect(runsOf(tasks)).toEqual([1, 1, 1, 1, 1]);
      expect(undone()).toBe(before);
    },
  );

  test.each(['all', 'ns_reset', 'ns_savepoint_2'])('within one: each runs alone (%s)', async (statement) => {
    const before = undone();
    const tasks = await shared.claimed([leaveEffect, forgets(statement), ...some]);
    await shared.run(tasks);
    expect(await shared.fates(tasks)).toEqual(tasks.map(() => DONE));
    expect(undone()).toBe(before + 1);
    // The connection is gone with what it has forgotten.
    const next = await shared.claimed(some);
    await shared.run(next);
    expect(runsOf(next)).toEqual([1, 1, 1, 1]);
    expect(undone()).toBe(before + 1);
  });
});

test('the connection is lost to one while another waits to be sent again: none waits for ever', async () => {
  shared.beginAtATime(3);
  const fails: Behaviour = (session) => session.db.query('select 1/0').then(() => undefined);
  const forgets: Behaviour = async (session) => {
    if (shared.runsOf(session) === 1) session.db.query('select pg_sleep(0.001)').catch(() => undefined);
    else await leaveEffect(session);
  };
  for (let times = 0; times < 10; times++) {
    const tasks = await shared.claimed([fails, leaveEffect, leaveEffect, forgets, leaveEffect, leaveEffect]);
    await shared.run(tasks);
    expect(await shared.fates(tasks)).toEqual([FAILED, ...[1, 2, 3, 4, 5].map(() => DONE)]);
  }
});
