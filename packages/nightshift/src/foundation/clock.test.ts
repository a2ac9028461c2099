import { describe, expect, it } from 'vitest';
import { systemClock } from './clock.ts';

const { sleep: rest } = systemClock;

describe('the clock of production', () => {
  it('has no pinned time, and cannot be stubbed', () => {
    expect(systemClock.pinned()).toBeNull();
    expect(Object.isFrozen(systemClock)).toBe(true);
    expect(systemClock.now()).toBeInstanceOf(Date);
  });

  it('never goes back', () => {
    const readings = Array.from({ length: 1_000 }, () => systemClock.monotonic());
    expect(readings).toEqual([...readings].sort((one, other) => one - other));
  });

  it('an abort ends the longest sleep, and is no error', async () => {
    const stop = new AbortController();
    const asleep = rest(Number.POSITIVE_INFINITY, stop.signal);
    stop.abort(new Error('why'));
    await expect(asleep).resolves.toBeUndefined();
    await expect(rest(2 ** 40, AbortSignal.abort())).resolves.toBeUndefined();
  });

  it('sleeps at least as long as told, and not at all for no time', async () => {
    const before = systemClock.monotonic();
    await rest(5);
    expect(systemClock.monotonic() - before).toBeGreaterThanOrEqual(4);
    await Promise.all([rest(0), rest(-1), rest(Number.NaN)]);
  });
});
