import { describe, expect, test } from 'vitest';
import { type AnyCodeunit, codeunit } from '../session/index.ts';
import type { ClaimedTask } from './scheduled-task.ts';
import {
  limitsOf,
  refuseLongSharedTimeout,
  SHARED_TASK_TIMEOUT_MS_MAX,
  sharedCountAt,
  sharedSizesOf,
  sharedTogether,
} from './shared-tasks.ts';

const plain = codeunit({ name: 'Plain', onRun: () => undefined }) as AnyCodeunit;
const few = codeunit({ name: 'Few', sharedTransaction: 3, onRun: () => undefined }) as AnyCodeunit;
const many = codeunit({ name: 'Many', sharedTransaction: 500, onRun: () => undefined }) as AnyCodeunit;
const sizes = sharedSizesOf([plain, few, many]);

let made = 0;
function task(more: Partial<ClaimedTask> = {}): ClaimedTask {
  return {
    id: `task ${++made}`,
    claim: 'claim',
    ticket: -1,
    companyNo: 1,
    userNo: 1,
    codeunit: 'Few',
    failureCodeunit: null,
    failing: false,
    dueSeconds: 0,
    record: undefined,
    timeoutMs: 43_200_000,
    attempt: 0,
    losses: 0,
    suspect: 0,
    lastError: null,
    correlationId: null,
    language: null,
    timeZone: null,
    recordTable: null,
    ...more,
  };
}
const tasks = (count: number, more: Partial<ClaimedTask> = {}) =>
  Array.from({ length: count }, () => task(more));

/** What the dispatcher makes of it: the sizes of the groups. */
function groups(list: readonly ClaimedTask[], places = 1): number[] {
  const counts: number[] = [];
  for (let at = 0; at < list.length; at += counts.at(-1) ?? 1)
    counts.push(sharedCountAt(list, at, sizes, places));
  return counts;
}

describe('which tasks share a transaction', () => {
  test('as many as the codeunit says', () => {
    expect(groups(tasks(7))).toEqual([3, 3, 1]);
    expect(groups(tasks(1_200, { codeunit: 'Many' }))).toEqual([500, 500, 200]);
  });

  test('none of a codeunit that says nothing, or that is not known', () => {
    expect(groups(tasks(3, { codeunit: 'Plain' }))).toEqual([1, 1, 1]);
    expect(groups(tasks(2, { codeunit: 'Gone' }))).toEqual([1, 1]);
  });

  const others: readonly (readonly [what: string, more: Partial<ClaimedTask>])[] = [
    ['of another codeunit', { codeunit: 'Many' }],
    ['of another user', { userNo: 2 }],
    ['of another company', { companyNo: 2 }],
    ['that runs again', { attempt: 1 }],
    ['whose run was lost', { losses: 1 }],
    ['that is a suspect', { suspect: 1 }],
    ['whose failure codeunit runs', { failing: true }],
  ];

  test.each(others)('not with one %s', (_, more) => {
    expect(groups([task(), task(more), task()])).toEqual([1, 1, 1]);
    expect(groups([task(), task(), task(more)])).toEqual([2, 1]);
  });

  test.each(others.slice(3))('nor does one %s with another such', (_, more) => {
    expect(groups(tasks(2, more))).toEqual([1, 1]);
  });

  test('few are spread over the free places', () => {
    expect(groups(tasks(4), 10)).toEqual([1, 1, 1, 1]);
    expect(groups(tasks(4), 2)).toEqual([2, 1, 1]);
    expect(groups(tasks(100), 10).every((count) => count <= 3)).toBe(true);
    expect(groups(tasks(30, { codeunit: 'Many' }), 3)[0]).toBe(10);
  });
});

describe('tasks that may share a transaction', () => {
  test('stand together at the place of the first of them; the others keep their order', () => {
    const [one, other] = [{ userNo: 1 }, { userNo: 2 }];
    const list = [
      task({ codeunit: 'Plain' }),
      task(one),
      task(other),
      task({ codeunit: 'Plain' }),
      task({ ...one, attempt: 1 }),
      task(one),
      task(other),
    ];
    const order = sharedTogether(list, sizes).map((found) => list.indexOf(found));
    expect(order).toEqual([0, 1, 5, 2, 6, 3, 4]);
  });

  test('nothing is done where no codeunit shares any', () => {
    const list = tasks(3);
    expect(sharedTogether(list, new Map())).toBe(list);
  });
});

describe('the time of a task that may share a transaction', () => {
  test('is cut to 5 s, also when it was created before its codeunit said so', () => {
    expect(limitsOf(task(), few)).toEqual({ timeoutMs: SHARED_TASK_TIMEOUT_MS_MAX, shares: true });
    expect(limitsOf(task({ timeoutMs: 10 }), few)).toEqual({ timeoutMs: 10, shares: true });
    expect(limitsOf(task(), plain)).toEqual({ timeoutMs: 43_200_000 });
  });

  test('is its own in a failure codeunit', () => {
    expect(limitsOf(task({ failing: true }), few)).toEqual({ timeoutMs: 43_200_000 });
  });

  test('cannot be made longer', () => {
    const refused = expect.objectContaining({ code: 'VALIDATION', field: 'timeout' });
    expect(() => refuseLongSharedTimeout(few, 5_001)).toThrow(refused);
    expect(() => refuseLongSharedTimeout(few, Number.POSITIVE_INFINITY)).toThrow(refused);
    for (const fine of [5_000, 1, undefined, 'no number']) {
      expect(() => refuseLongSharedTimeout(few, fine)).not.toThrow();
    }
    expect(() => refuseLongSharedTimeout(plain, 5_001)).not.toThrow();
  });
});
