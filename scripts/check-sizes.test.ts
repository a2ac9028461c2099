import { describe, expect, it } from 'vitest';
import { sizeComplaints } from './check-sizes.ts';

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
});
