import { describe, expect, it } from 'vitest';
import { sizeComplaints, webComplaints } from './check-sizes.ts';

const BUDGET = { package: 'nightshift', bytes: 1_000, dependencies: 2 };

describe('size budgets', () => {
  it('accepts what is within', () => {
    expect(sizeComplaints(BUDGET, { bytes: 1_000, dependencies: 2 })).toEqual([]);
  });

  it('names what is over, with both figures', () => {
    expect(sizeComplaints(BUDGET, { bytes: 1_001, dependencies: 3 })).toEqual([
      'nightshift: 1001 bytes of JavaScript, the budget is 1000',
      'nightshift: 3 dependencies, the budget is 2',
    ]);
  });

  it('counts the first screen with the greatest piece that follows, and each piece by itself', () => {
    const first = ['index.js', 'react.js'];
    const packed = { 'index.js': 100_000, 'react.js': 100_000, 'list.js': 59_000 };
    expect(webComplaints({ packed, first })).toEqual([]);
    expect(webComplaints({ packed: { ...packed, 'list.js': 61_000 }, first })).toEqual([
      'web: the first screen takes 261000 packed bytes, the budget is 260 kB',
      'web: list.js is 61000 packed bytes, the budget is 60 kB',
    ]);
  });
});
