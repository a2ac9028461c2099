import { describe, expect, test } from 'vitest';
import type { Database } from '../database/index.ts';
import { systemClock } from '../foundation/index.ts';
import { until } from '../testing/condition.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { TaskCompletion } from './task-completion.ts';

/** A database that answers deletes as it is told: by an error, or by taking them. */
function stub() {
  const deleted: string[][] = [];
  const errors: unknown[] = [];
  let gate: Promise<void> = Promise.resolve();
  const run = async (_: unknown, [ids]: readonly unknown[]) => {
    await gate;
    const error = errors.shift();
    if (error !== undefined) throw error;
    deleted.push(ids as string[]);
    return [];
  };
  return {
    database: { run } as unknown as Database,
    deleted,
    errors,
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = promise;
      return resolve;
    },
  };
}

const done = (id: string, claim = 'one claim') => ({ id, claim });

describe('TaskCompletion', () => {
  test('what is done in one turn goes in one delete, what is done meanwhile with the next', async () => {
    const { database, deleted, hold } = stub();
    const completion = new TaskCompletion(database, new FakeClock());
    const release = hold();
    completion.add(done('a'));
    completion.add(done('b'));
    await Promise.resolve().then(() => undefined);
    completion.add(done('c'));
    completion.add(done('d'));
    expect(completion.claims().toSorted()).toEqual(['one claim']);
    release();
    await completion.drain();
    expect(deleted).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
    expect([completion.waiting, completion.claims()]).toEqual([0, []]);
  });

  test.each([
    ['a lost connection', new Error('Connection terminated unexpectedly')],
    ['a cancelled statement', Object.assign(new Error('canceled'), { code: '57014' })],
    ['a schema that does not fit', Object.assign(new Error('no column'), { code: '42703' })],
  ])(
    '%s: tried again after growing pauses, nothing is forgotten and nothing is unhandled',
    async (_, error) => {
      const { database, deleted, errors } = stub();
      const clock = new FakeClock();
      const completion = new TaskCompletion(database, clock);
      errors.push(error, error, error);
      completion.add(done('a'));
      for (const pauseMs of [100, 200, 400]) {
        await until('it pauses', () => clock.sleeping === 1);
        expect(completion.claims()).toEqual(['one claim']);
        await clock.advance(pauseMs);
      }
      await completion.drain();
      expect(deleted).toEqual([['a']]);
    },
  );

  test('abandoned: it forgets, stops trying, and takes no more', async () => {
    const { database, deleted, errors } = stub();
    const clock = new FakeClock();
    const completion = new TaskCompletion(database, clock);
    errors.push(new Error('Connection terminated'), new Error('closed'));
    completion.add(done('a'));
    await until('it pauses', () => clock.sleeping === 1);
    completion.abandon();
    await clock.advance(10_000);
    completion.add(done('b'));
    await completion.drain();
    expect([deleted, completion.claims()]).toEqual([[], []]);
  });

  test('each claim has a delete of its own, many share one', async () => {
    const { database, deleted } = stub();
    const completion = new TaskCompletion(database, new FakeClock());
    for (const id of ['a', 'b', 'c']) completion.add(done(id, id === 'b' ? 'another claim' : 'one claim'));
    await completion.drain();
    expect(deleted).toEqual([['a', 'c'], ['b']]);
    for (let n = 0; n < 8; n++) completion.add(done(`task ${n}`, `claim ${n}`));
    await completion.drain();
    expect(deleted[2]).toHaveLength(8);
  });

  test('a delete of one claim that fails is tried again, also for those that went well', async () => {
    const { database, deleted, errors } = stub();
    const completion = new TaskCompletion(database, systemClock);
    errors.push(new Error('Connection terminated'));
    completion.add(done('a'));
    completion.add(done('b', 'another claim'));
    await completion.drain();
    expect(deleted).toEqual([['b'], ['a'], ['b']]);
  });
});
