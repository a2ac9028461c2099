import { describe, expect, test } from 'vitest';
import { FakeClock } from '../testing/fake-clock.ts';
import { BLOCKED_MS, type Blockage, tickMsOf, Watchdog } from './watchdog.ts';
import type { Finding } from './watchdog-examination.ts';
import { BLOCKED_BY_NOTHING_KNOWN } from './watchdog-place.ts';

const LOOK_MS = 1_000;
const BY = { ...BLOCKED_BY_NOTHING_KNOWN, codeunit: 'Post', file: '/app/post.ts', line: 3 };

/** A watchdog whose main thread ticks when the test says so. */
function watched(
  find: (isStill: () => boolean) => Promise<Finding> = async () => ({ kind: 'blocked', by: BY }),
  patience: (blockage: Blockage) => number = () => Number.POSITIVE_INFINITY,
) {
  const clock = new FakeClock();
  const signs = { tickAt: 0 };
  const told: (readonly ['blocked' | 'over', Blockage, number?])[] = [];
  const hopeless: (readonly [Blockage, number])[] = [];
  const examinations: { ended: boolean }[] = [];
  const dog = new Watchdog({
    signs,
    clock,
    blockedMs: BLOCKED_MS,
    examine: (isStill) => {
      const examination = { found: find(isStill), ended: false, end: () => {} };
      examination.end = () => {
        examination.ended = true;
      };
      examinations.push(examination);
      return examination;
    },
    onBlocked: (blockage) => told.push(['blocked', blockage]),
    onOver: (blockage, ms) => told.push(['over', blockage, ms]),
    patienceMs: (blockage) => patience(blockage),
    onHopeless: (blockage, ms) => hopeless.push([blockage, ms]),
  });
  /** So many looks, each after its time; `turns`: whether the main thread does. */
  const looks = async (count: number, turns: boolean) => {
    for (let look = 0; look < count; look++) {
      await clock.advance(LOOK_MS);
      if (turns) signs.tickAt = clock.monotonic();
      await dog.runOnce();
    }
  };
  return { clock, signs, told, hopeless, dog, looks, examinations };
}

describe('the watchdog', () => {
  test('is silent while the loop turns, also when it stands for a little less than the threshold', async () => {
    const { told, looks, examinations } = watched();
    for (let round = 0; round < 5; round++) {
      await looks(3, true);
      await looks(4, false);
    }
    expect([told, examinations]).toEqual([[], []]);
  });

  test('reports once when the loop has stood for the threshold, and once when it is over', async () => {
    const { told, looks, dog, clock, examinations } = watched();
    await looks(3, true);
    const since = clock.monotonic();
    await looks(5, false);
    expect(told).toEqual([['blocked', { since, by: BY }]]);
    await looks(60, false);
    expect(told).toHaveLength(1);
    expect(examinations).toHaveLength(1);
    expect(dog.blockage).toEqual({ since, by: BY });
    await looks(1, true);
    expect(dog.blockage).toBe(null);
    expect(told.slice(1)).toEqual([['over', { since, by: BY }, 66 * LOOK_MS]]);
    await looks(5, false);
    expect(told).toHaveLength(3);
  });

  test('does not take a process that was frozen for a thread that was blocked', async () => {
    const { told, looks, clock, dog } = watched();
    await looks(2, true);
    await clock.advance(3_600_000);
    await dog.runOnce();
    await looks(2, false);
    expect(told).toEqual([]);
    await looks(1, false);
    expect(told).toHaveLength(1);
  });

  test('does not report a thread that somebody debugs, however long', async () => {
    let debugs = true;
    const { told, looks } = watched(async () => (debugs ? { kind: 'paused' } : { kind: 'blocked', by: BY }));
    await looks(100, false);
    expect(told).toEqual([]);
    debugs = false;
    await looks(5, false);
    expect(told).toHaveLength(1);
  });

  test('reports a thread that cannot be inspected without a place', async () => {
    const { told, looks } = watched(async () => ({ kind: 'unknown' }));
    await looks(5, false);
    expect(told).toEqual([['blocked', { since: 0, by: BLOCKED_BY_NOTHING_KNOWN }]]);
  });

  test('does not blame what ran after the blockage', async () => {
    const kit = watched(async (isStill) => {
      expect(isStill()).toBe(true);
      kit.signs.tickAt = kit.clock.monotonic();
      return isStill() ? { kind: 'blocked', by: BY } : { kind: 'unknown' };
    });
    await kit.looks(6, false);
    expect(kit.told.map(([kind, { by }]) => [kind, by])).toEqual([
      ['blocked', BLOCKED_BY_NOTHING_KNOWN],
      ['over', BLOCKED_BY_NOTHING_KNOWN],
    ]);
  });
});

describe('a main thread that stays blocked', () => {
  test('is given up when its patience is over, and not a look earlier', async () => {
    const { hopeless, looks } = watched(undefined, () => 20 * LOOK_MS);
    await looks(19, false);
    expect(hopeless).toEqual([]);
    await looks(1, false);
    expect(hopeless).toEqual([[{ since: 0, by: BY }, 20 * LOOK_MS]]);
  });

  test('is not given up when it turns in the last moment', async () => {
    const { hopeless, looks, told } = watched(undefined, () => 20 * LOOK_MS);
    await looks(19, false);
    await looks(1, true);
    await looks(19, false);
    expect(hopeless).toEqual([]);
    expect(told.map(([kind]) => kind)).toEqual(['blocked', 'over', 'blocked']);
  });

  test('is not given up while somebody debugs it', async () => {
    let debugs = false;
    const { hopeless, looks } = watched(
      async () => (debugs ? { kind: 'paused' } : { kind: 'blocked', by: BY }),
      () => 20 * LOOK_MS,
    );
    await looks(10, false);
    debugs = true;
    await looks(100, false);
    expect(hopeless).toEqual([]);
    debugs = false;
    await looks(20, false);
    expect(hopeless).not.toEqual([]);
  });

  test('is judged by what it runs in the end: another codeunit may have more time', async () => {
    let now = BY;
    const { hopeless, looks } = watched(
      async () => ({ kind: 'blocked', by: now }),
      ({ by }) => (by.codeunit === 'Post' ? 20 : 40) * LOOK_MS,
    );
    await looks(19, false);
    now = { ...BY, codeunit: 'Longer' };
    await looks(20, false);
    expect(hopeless).toEqual([]);
    await looks(1, false);
    expect(hopeless).toMatchObject([[{ by: { codeunit: 'Longer' } }, 40 * LOOK_MS]]);
  });

  test('is not given up for the time in which the whole process was frozen', async () => {
    const { hopeless, looks, clock, dog } = watched(undefined, () => 20 * LOOK_MS);
    await looks(10, false);
    await clock.advance(3_600_000);
    await dog.runOnce();
    expect(hopeless).toEqual([]);
    await looks(8, false);
    expect(hopeless).toHaveLength(1);
  });

  test('in native code that cannot be inspected is given up all the same', async () => {
    const { hopeless, looks, clock, dog } = watched(
      () => Promise.withResolvers<Finding>().promise,
      () => 8 * LOOK_MS,
    );
    await looks(4, false);
    for (let look = 0; look < 6; look++) {
      await clock.advance(LOOK_MS);
      const looking = dog.runOnce();
      await clock.advance(LOOK_MS);
      await looking;
    }
    expect(hopeless[0]).toMatchObject([{ by: BLOCKED_BY_NOTHING_KNOWN }, expect.any(Number)]);
  });
});

describe('native code, which cannot be interrupted', () => {
  async function inNativeCode() {
    const found = Promise.withResolvers<Finding>();
    const kit = watched(() => found.promise);
    await kit.looks(4, false);
    await kit.clock.advance(LOOK_MS);
    const look = kit.dog.runOnce();
    await kit.clock.advance(LOOK_MS);
    await look;
    expect(kit.told).toEqual([['blocked', { since: 0, by: BLOCKED_BY_NOTHING_KNOWN }]]);
    return { ...kit, found };
  }

  test('is reported without a place, which follows when it returns', async () => {
    const { found, looks, told, dog } = await inNativeCode();
    found.resolve({ kind: 'blocked', by: BY });
    await found.promise;
    expect(dog.blockage).toEqual({ since: 0, by: BY });
    await looks(1, true);
    expect(told[1]).toEqual(['over', { since: 0, by: BY }, expect.any(Number)]);
  });

  test('whose place comes just when the loop turns again is told', async () => {
    const { found, told, signs, clock, dog } = await inNativeCode();
    signs.tickAt = clock.monotonic();
    const look = dog.runOnce();
    found.resolve({ kind: 'blocked', by: BY });
    await look;
    expect(told[1]).toEqual(['over', { since: 0, by: BY }, expect.any(Number)]);
  });

  test('leaves no examination behind when it is over', async () => {
    const { clock, signs, dog, examinations } = await inNativeCode();
    signs.tickAt = clock.monotonic();
    const look = dog.runOnce();
    await clock.advance(LOOK_MS);
    await look;
    expect(examinations).toMatchObject([{ ended: true }]);
  });
});

test('a watch ends with its signal, and ends an examination that is still open', async () => {
  const { clock, dog, examinations } = watched(() => Promise.withResolvers<Finding>().promise);
  const over = new AbortController();
  const watching = dog.watch(over.signal);
  for (let second = 0; second < 8; second++) await clock.advance(LOOK_MS);
  expect(dog.blockage).not.toBe(null);
  over.abort();
  await watching;
  expect(examinations).toMatchObject([{ ended: true }]);
});

test('a healthy loop ticks many times before it counts as blocked', () => {
  expect(tickMsOf(BLOCKED_MS)).toBe(250);
});
