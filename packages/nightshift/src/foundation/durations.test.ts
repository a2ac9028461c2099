import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeDuration, HOUR_MS, MINUTE_MS, SECOND_MS } from './durations.ts';

describe('a duration as people read it', () => {
  it.each([
    [0, '0 ms'],
    [0.4, '0 ms'],
    [999.9, '999 ms'],
    [SECOND_MS, '1.0 s'],
    [12_540, '12.5 s'],
    [59_999, '59.9 s'],
    [MINUTE_MS, '1 min'],
    [200 * SECOND_MS, '3 min 20 s'],
    [HOUR_MS - 1, '59 min 59 s'],
    [HOUR_MS, '1 h'],
    [125 * MINUTE_MS, '2 h 5 min'],
    [48 * HOUR_MS, '48 h'],
  ])('%d ms is %s', (ms, text) => {
    expect(describeDuration(ms)).toBe(text);
  });

  it('never reaches the next unit by rounding', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 100 * HOUR_MS, noNaN: true }), (ms) => {
        const text = describeDuration(ms);
        expect(text).not.toMatch(/^(?:1000 ms|60\.0 s|60 min)| 60 (?:s|min)$/);
        expect(text).toMatch(/^\d+(?:\.\d)? (?:ms|s|min|h)(?: \d+ (?:s|min))?$/);
      }),
    );
  });
});
