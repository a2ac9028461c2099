import { describe, expect, test } from 'vitest';
import { HOUR_MS, SECOND_MS } from '../foundation/index.ts';
import { RERUN_DELAY_SECONDS_MAX, rerunDelay } from './rerun-delay.ts';

describe('rerunDelay', () => {
  test.each([
    [0, 1, 10],
    [0, 2, 100],
    [0, 3, 1000],
    [0, 4, 10_000],
    [0, 5, 100_000],
    [0, 6, 1_000_000],
    [0, 7, 10_000_000],
    [0, 8, 6 * HOUR_MS],
    [0, 10, 6 * HOUR_MS],
    [0, Number.MAX_SAFE_INTEGER, 6 * HOUR_MS],
    [60, 1, 60_010],
    [60, 8, 60_000 + 6 * HOUR_MS],
    [RERUN_DELAY_SECONDS_MAX, 3, HOUR_MS + SECOND_MS],
  ])('%i s, attempt %i: %i ms', (seconds, attempt, ms) => {
    expect(rerunDelay(seconds, attempt)).toBe(ms);
  });

  test.each([-1, 3601, 0.5, Number.NaN, Number.POSITIVE_INFINITY])('refuses %d seconds', (seconds) => {
    expect(() => rerunDelay(seconds, 1)).toThrow(
      expect.objectContaining({ code: 'VALIDATION', field: 'rerunDelaySeconds' }),
    );
  });

  test.each([0, -1, 1.5, Number.NaN])('refuses attempt %d', (attempt) => {
    expect(() => rerunDelay(0, attempt)).toThrow(
      expect.objectContaining({ code: 'VALIDATION', field: 'attempt' }),
    );
  });
});
