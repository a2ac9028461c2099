import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AHEAD_MAX, LineAhead, RunAhead } from './run-ahead.ts';
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

describe('how many of one transaction are on their way', () => {
  const KEPT = { hasAsked: true, keptToOne: true };
  const WENT_ON = { hasAsked: true, keptToOne: false };
  const WAITED = { hasAsked: false, keptToOne: false };
  let now = 0;
  const clock = { monotonic: () => now };
  const lineOf = (ahead: RunAhead, isFirst = false) => new LineAhead({ ahead, clock }, task('A'), isFirst);

  test('grows while they end, as many at a time as are on their way', () => {
    const line = lineOf(new RunAhead());
    const counts = Array.from({ length: 20 }, () => {
      line.ended(KEPT);
      return line.count;
    });
    expect(counts).toEqual(
      [2, 2, 4, 4, 4, 4, ...new Array(8).fill(8), ...new Array(6).fill(16)].slice(0, 20),
    );
  });

  test('halves when one among them goes on, or they take long', () => {
    const ahead = new RunAhead();
    for (let times = 0; times < 3; times++) ahead.told(task('A'), true, 5);
    const line = lineOf(ahead);
    for (let no = 0; no < 8; no++) line.ended(no === 3 ? WENT_ON : KEPT);
    expect(line.count).toBe(4);
    now += 101;
    for (let no = 0; no < 4; no++) line.ended(KEPT);
    expect(line.count).toBe(2);
  });

  test('learns from the last ones, too, be they ever so few', () => {
    const ahead = new RunAhead();
    for (let times = 0; times < 4; times++) ahead.told(task('A'), true, 5);
    const line = lineOf(ahead);
    line.ended(WENT_ON);
    line.over(true);
    expect(ahead.countOf(task('A'))).toBe(8);
    lineOf(ahead).over(true);
    expect(ahead.countOf(task('A'))).toBe(8);
    const cut = lineOf(ahead);
    cut.ended(KEPT);
    cut.over(false);
    expect(ahead.countOf(task('A'))).toBe(4);
  });

  test('says nothing of the first one, when that had to wait for a connection', () => {
    const ahead = new RunAhead();
    const line = lineOf(ahead, true);
    line.ended(WAITED);
    expect(line.count).toBe(1);
    line.ended(KEPT);
    expect(line.count).toBe(2);
    const next = lineOf(ahead, true);
    next.ended(KEPT);
    next.ended(WENT_ON);
    expect(next.count).toBe(1);
  });
});
