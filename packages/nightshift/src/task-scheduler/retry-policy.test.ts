import { describe, expect, test } from 'vitest';
import { type RetryPolicy, retriesOf, retryDelay } from './retry-policy.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

test('a policy knows how many retries it has', () => {
  expect(retriesOf('online')).toBe(99);
  expect(retriesOf('on-premises')).toBe(9);
});

/** All delays of a policy, in order. */
function delays(policy: Parameters<typeof retryDelay>[0]): number[] {
  const found: number[] = [];
  for (let attempt = 1; ; attempt++) {
    const delay = retryDelay(policy, attempt);
    if (delay === null) return found;
    found.push(delay);
  }
}

describe('retryDelay', () => {
  test('online: 2×30 s, 2×1 min, 2×2 min, 2×3 min, then 5 min, 99 in all', () => {
    const first = [0.5, 0.5, 1, 1, 2, 2, 3, 3].map((minutes) => minutes * MINUTE);
    expect(delays('online')).toEqual([...first, ...Array<number>(91).fill(5 * MINUTE)]);
  });

  test('on-premises: 2×2 min, 4 min, then 15 min, 9 in all', () => {
    expect(delays('on-premises')).toEqual(
      [2, 2, 4, 15, 15, 15, 15, 15, 15].map((minutes) => minutes * MINUTE),
    );
  });

  test('dispatcher: 1 s, 5 s, 30 s', () => {
    expect(delays('dispatcher')).toEqual([SECOND, 5 * SECOND, 30 * SECOND]);
  });

  test('a policy of one’s own repeats its last delay', () => {
    expect(delays({ delaysMs: [1, 20], maximumRetries: 4 })).toEqual([1, 20, 20, 20]);
    expect(delays({ delaysMs: [1, 20, 300], maximumRetries: 2 })).toEqual([1, 20]);
    expect(delays({ delaysMs: [], maximumRetries: 0 })).toEqual([]);
  });

  test.each([0, -1, 1.5, Number.NaN])('refuses attempt %d', (attempt) => {
    expect(() => retryDelay('online', attempt)).toThrow(
      expect.objectContaining({ code: 'VALIDATION', field: 'attempt' }),
    );
  });

  test.each<[string, RetryPolicy]>([
    ['no delays', { delaysMs: [], maximumRetries: 1 }],
    ['a negative delay', { delaysMs: [1, -1], maximumRetries: 1 }],
    ['an endless delay', { delaysMs: [Number.POSITIVE_INFINITY], maximumRetries: 1 }],
    ['a fraction of retries', { delaysMs: [1], maximumRetries: 1.5 }],
    ['fewer than no retries', { delaysMs: [1], maximumRetries: -1 }],
    ['an unknown name', 'toString' as unknown as RetryPolicy],
  ])('refuses %s', (_, policy) => {
    expect(() => retryDelay(policy, 1)).toThrow(
      expect.objectContaining({ code: 'VALIDATION', field: 'retryPolicy' }),
    );
  });
});
