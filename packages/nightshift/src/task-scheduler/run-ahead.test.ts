import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AHEAD_MAX, RunAhead } from './run-ahead.ts';
import type { ClaimedTask } from './scheduled-task.ts';

const task = (codeunit: string) => ({ codeunit }) as ClaimedTask;

describe('how many tasks begin one behind the other', () => {
  test('doubles while each asks one thing, up to a limit', () => {
    const ahead = new RunAhead();
    const counts = [1, 2, 3, 4, 5, 6].map(() => {
      const count = ahead.countOf(task('A'));
      ahead.told(task('A'), true, 5);
      return count;
    });
    expect(counts).toEqual([1, 2, 4, 8, 16, 16]);
  });

  test.each([
    ['one does not', false, 5],
    ['they take long', true, 101],
  ])('halves when %s', (_, keptToOne, tookMs) => {
    const ahead = new RunAhead();
    for (let times = 0; times < 4; times++) ahead.told(task('A'), true, 5);
    ahead.told(task('A'), keptToOne, tookMs);
    expect(ahead.countOf(task('A'))).toBe(8);
  });

  test('is each codeunit’s own, and always one at least', () => {
    const told = fc.record({
      codeunit: fc.constantFrom('A', 'B'),
      keptToOne: fc.boolean(),
      tookMs: fc.nat({ max: 200 }),
    });
    fc.assert(
      fc.property(fc.array(told), (all) => {
        const ahead = new RunAhead();
        for (const { codeunit, keptToOne, tookMs } of all) {
          const other = codeunit === 'A' ? 'B' : 'A';
          const before = ahead.countOf(task(other));
          ahead.told(task(codeunit), keptToOne, tookMs);
          expect(ahead.countOf(task(other))).toBe(before);
          expect(ahead.countOf(task(codeunit))).toBeGreaterThanOrEqual(1);
          expect(ahead.countOf(task(codeunit))).toBeLessThanOrEqual(AHEAD_MAX);
        }
      }),
    );
  });
});
