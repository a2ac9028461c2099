import { describe, expect, test } from 'vitest';
import { nothingRan, overdue, overrun, type WatchedEntry, watchCases } from './watch-rules.ts';

const NOW = new Date('2026-08-03T10:00:00Z');
const ago = (minutes: number) => new Date(NOW.getTime() - minutes * 60_000);
const ENTRY: WatchedEntry = {
  entryId: 'e1',
  entryNo: 1,
  object: 'Sync',
  status: 'Ready',
  company: 'CRONUS',
  logNo: null,
  since: ago(6),
  expectedMs: null,
  medianMs: null,
  lastRunAt: ago(1),
};
const RUNS = { status: 'In Process', logNo: 7 } as const;

describe('overdue', () => {
  test.each<[Partial<WatchedEntry>, boolean]>([
    [{}, true],
    [{ since: ago(5) }, false],
    [{ status: 'On Hold with Inactivity Timeout' }, true],
    [{ status: 'Waiting', since: ago(60) }, false],
    [{ status: 'Waiting', since: ago(61) }, true],
    [RUNS, false],
  ])('%j: %s', (more, isLate) => {
    expect(overdue([{ ...ENTRY, ...more }], NOW)).toHaveLength(isLate ? 1 : 0);
  });

  test('says since when, and by how much', () => {
    expect(overdue([ENTRY], NOW)).toEqual([
      {
        ...{ kind: 'overdue', company: 'CRONUS', entryId: 'e1', entryNo: 1, object: 'Sync', status: 'Ready' },
        ...{ since: ago(6), byMs: 360_000 },
      },
    ]);
  });
});

describe('overrun', () => {
  test.each<[Partial<WatchedEntry>, number | null]>([
    [{}, null],
    [{ expectedMs: 60_000 }, 300_000],
    [{ expectedMs: 360_000 }, null],
    [{ expectedMs: 360_000, medianMs: 1 }, null],
    [{ medianMs: 100_000 }, 60_000],
    [{ medianMs: 120_000 }, null],
    // Three times next to nothing is next to nothing.
    [{ medianMs: 10, since: ago(1) }, null],
    [{ medianMs: 10, since: ago(2) }, 60_000],
  ])('%j: %s', (more, byMs) => {
    const cases = overrun([{ ...ENTRY, ...RUNS, ...more }], NOW);
    expect(cases.map((one) => one.byMs)).toEqual(byMs === null ? [] : [byMs]);
  });
});

describe('nothing ran', () => {
  test('told of once for a company, from the last run or the oldest due entry on', () => {
    const [old, older] = [
      { ...ENTRY, since: ago(16), lastRunAt: null },
      { ...ENTRY, entryId: 'e2', since: ago(20), lastRunAt: null },
    ];
    expect(nothingRan([old, older], NOW)).toMatchObject([
      { kind: 'nothing-ran', entryId: 'e2', since: ago(20) },
    ]);
    expect(nothingRan([{ ...older, lastRunAt: ago(15) }], NOW)).toEqual([]);
    expect(nothingRan([{ ...older, lastRunAt: ago(17) }], NOW)).toMatchObject([{ since: ago(17) }]);
    expect(nothingRan([{ ...older, lastRunAt: ago(90) }], NOW)).toMatchObject([{ since: ago(20) }]);
    expect(nothingRan([old, { ...older, company: 'OTHER' }], NOW)).toHaveLength(2);
  });

  test('not while something runs, and not for what only waits in its category', () => {
    const old = { ...ENTRY, since: ago(90), lastRunAt: ago(80) };
    expect(nothingRan([old, { ...ENTRY, ...RUNS }], NOW)).toEqual([]);
    expect(nothingRan([{ ...old, status: 'Waiting' }], NOW)).toEqual([]);
    expect(watchCases([old], NOW).map(({ kind }) => kind)).toEqual(['nothing-ran', 'overdue']);
  });
});
