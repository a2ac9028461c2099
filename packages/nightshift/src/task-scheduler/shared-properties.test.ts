import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NightshiftError, randomUuid } from '../foundation/index.ts';
import type { Session } from '../session/index.ts';
import { type Behaviour, leaveEffect } from '../testing/behaviours.ts';
import { until } from '../testing/condition.ts';
import { type Fate, SharedKit } from '../testing/shared-kit.ts';

let shared: SharedKit;

beforeAll(async () => {
  shared = await SharedKit.start();
});
afterAll(() => shared.kit.stop());

/** What the code of a task does, one after another. */
const STEPS = [
  'effect',
  'savepoint',
  'undone savepoint',
  'nested savepoints',
  'settings',
  'cursor',
  'lock',
  'swallowed error',
  'await',
  'a while',
] as const;
/** How it ends. */
const ENDS = [
  'well',
  'late',
  'error',
  'later',
  'quietly',
  'ROLLBACK',
  'forgotten await',
  'claim stolen',
  'backend dead once',
  'stopped itself',
] as const;

interface Member {
  readonly steps: readonly (typeof STEPS)[number][];
  readonly end: (typeof ENDS)[number];
}

class Undo extends Error {}

async function take(session: Session, step: Member['steps'][number]): Promise<void> {
  switch (step) {
    case 'effect':
      return leaveEffect(session);
    case 'savepoint':
      return session.savepoint(() => leaveEffect(session));
    case 'undone savepoint':
      return undoneSavepoint(session, () => leaveEffect(session));
    case 'nested savepoints':
      return session.savepoint(async () => {
        await undoneSavepoint(session, () => session.savepoint(() => leaveEffect(session)));
        await leaveEffect(session);
      });
    case 'settings':
      await session.db.query(
        "select set_config('app.x', 'left', false), set_config('lock_timeout', '1', true)",
      );
      return;
    case 'cursor':
      await session.db.query('close all');
      await session.db.query('declare c cursor for select 1');
      return;
    case 'lock':
      await session.db.query('select pg_advisory_lock(11)');
      return;
    case 'swallowed error':
      await session.db.query('select 1/0').catch(() => undefined);
      return;
    case 'await':
      await Promise.resolve();
      return;
    case 'a while':
      // Meanwhile those behind it are answered.
      for (let trips = 0; trips < 3; trips++) await shared.kit.query('select 1');
  }
}

async function undoneSavepoint(session: Session, work: () => Promise<void>): Promise<void> {
  const undone = session.savepoint(async () => {
    await work();
    throw new Undo();
  });
  await undone.catch((error: unknown) => {
    if (!(error instanceof Undo)) throw error;
  });
}

async function end(session: Session, how: Member['end']): Promise<void> {
  switch (how) {
    case 'well':
      return;
    case 'late':
      // Of those that share with it none begins after a second.
      await shared.clock.advance(1_500);
      return;
    case 'error':
      throw new Error('broken');
    case 'later':
      throw new NightshiftError('RETRY_LATER', 'later');
    case 'quietly':
      session.error('');
      break;
    case 'ROLLBACK':
      await session.db.query('rollback');
      return;
    case 'forgotten await':
      session.db.query('select pg_sleep(0.001)').catch(() => undefined);
      return;
    case 'claim stolen':
      await shared.kit.query(
        'update nightshift.scheduled_task set claim = $2, claimed_by = $2 where id = $1',
        [session.idempotencyKey, randomUuid()],
      );
      return;
    case 'backend dead once':
      if (shared.runsOf(session) > 1) return;
      await die(session);
      return;
    case 'stopped itself':
      shared.kit.platform.instance.host.active.stop(session.id, 'stopped', 'by the test');
  }
}

async function die(session: Session): Promise<void> {
  const { rows } = await session.db.query<{ pid: number }>('select pg_backend_pid() as pid');
  await shared.kit.query('select pg_terminate_backend($1, 5000)', [rows[0]?.pid]);
  await session.db.query('select 1');
}

const fate = (effects: number, state: Fate['state'], attempt = 0): Fate => ({ effects, state, attempt });

/** What must become of it, whoever it shares a transaction with. */
function expected({ steps, end: how }: Member): readonly Fate[] {
  const failed = [fate(0, 'failed')];
  let effects = 0;
  let isBroken = false;
  for (const step of steps) {
    if (step === 'await' || step === 'a while') continue;
    if (step === 'swallowed error') isBroken = true;
    else if (isBroken) return failed;
    if (step === 'effect' || step === 'savepoint' || step === 'nested savepoints') effects++;
  }
  switch (how) {
    case 'well':
    case 'late':
      return isBroken ? failed : [fate(effects, 'gone')];
    case 'later':
      return [fate(0, 'waiting', 1)];
    case 'quietly':
      return [fate(0, 'gone')];
    case 'claim stolen':
      return [fate(0, 'claimed')];
    case 'backend dead once':
      // Alone it is the ordinary error of a lost connection.
      return isBroken ? failed : [fate(effects, 'gone'), fate(0, 'waiting', 1)];
    default:
      return failed;
  }
}

const some: fc.Arbitrary<Member> = fc.record({
  steps: fc.array(fc.constantFrom(...STEPS), { maxLength: 4 }),
  end: fc.oneof(
    { weight: 3, arbitrary: fc.constant('well' as const) },
    { weight: 2, arbitrary: fc.constantFrom(...ENDS) },
  ),
});
/** What runs ahead, and what keeps others waiting that have. */
const quick: fc.Arbitrary<Member> = fc.constant({ steps: ['effect'], end: 'well' });
const keeps: fc.Arbitrary<Member> = fc.constant({ steps: ['effect', 'a while'], end: 'late' });
const member = fc.oneof(
  { weight: 5, arbitrary: some },
  { weight: 4, arbitrary: quick },
  { weight: 1, arbitrary: keeps },
);

/** How many begin one behind the other. */
const atATime = fc.constantFrom(1, 2, 3, 16);

const behaviourOf =
  ({ steps, end: how }: Member): Behaviour =>
  async (session) => {
    for (const step of steps) await take(session, step);
    await end(session, how);
  };

describe('whatever tasks do that share a transaction', () => {
  test('each meets the fate that it would meet alone', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(member, { minLength: 1, maxLength: 10 }), atATime, async (members, count) => {
        shared.beginAtATime(count);
        const tasks = await shared.claimed(members.map(behaviourOf));
        await shared.run(tasks);
        const fates = await shared.fates(tasks);
        const handedBack = members.some(({ end: how }) => how === 'late') ? [fate(0, 'waiting')] : [];
        for (const [at, met] of fates.entries())
          expect([...expected(members[at] as Member), ...handedBack]).toContainEqual(met);
        // A backend that was told to end lets go of its locks when it does.
        await until('no lock is left', async () => {
          const locks = await shared.kit.query(
            "select from pg_locks where locktype = 'advisory' and objid = 11",
          );
          return locks.length === 0;
        });
        expect(shared.kit.platform.instance.host.active.size).toBe(0);
      }),
      { numRuns: 200 },
    );
  });
});
