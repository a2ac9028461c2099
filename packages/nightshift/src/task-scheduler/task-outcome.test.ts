import { describe, expect, test } from 'vitest';
import { ERROR_CODES, type ErrorCode, NightshiftError } from '../foundation/index.ts';
import type { ClaimedTask } from './scheduled-task.ts';
import { decideAfterError, isRetriable } from './task-outcome.ts';

function taskWith(fields: Partial<ClaimedTask> = {}): ClaimedTask {
  return {
    id: '019b0000-0000-7000-8000-000000000001',
    claim: '019b0000-0000-4000-8000-000000000002',
    ticket: -1,
    companyNo: 1,
    userNo: 1,
    codeunit: 'Main',
    failureCodeunit: null,
    failing: false,
    dueSeconds: 1_767_600_000,
    record: undefined,
    timeoutMs: 1_000,
    attempt: 0,
    losses: 0,
    suspect: 0,
    language: null,
    timeZone: null,
    recordTable: null,
    lastError: null,
    correlationId: null,
    ...fields,
  };
}

function sqlError(code: string): Error {
  return Object.assign(new Error('from PostgreSQL'), { code });
}

const BOMB = new Proxy(
  {},
  {
    get() {
      throw new Error('bomb');
    },
  },
);

describe('isRetriable', () => {
  test.each(Object.entries(ERROR_CODES))('%s in the main codeunit is as the table says', (code, info) => {
    expect(isRetriable(new NightshiftError(code as ErrorCode, 'x'), false)).toBe(info.retriable);
  });

  test.each(['40001', '40P01', '55P03', '57P01', '57P03', '53300', '08006'])('SQLSTATE %s: again', (code) => {
    expect(isRetriable(sqlError(code), false)).toBe(true);
  });

  test.each(['23505', '42501', '57014', '22P02', '42P01', 'P0001', 'XX000'])('SQLSTATE %s: not', (code) => {
    expect(isRetriable(sqlError(code), false)).toBe(false);
  });

  test('a lost connection has no code, and a cause counts', () => {
    expect(isRetriable(new Error('Connection terminated unexpectedly'), false)).toBe(true);
    expect(isRetriable(new Error('import failed', { cause: sqlError('40001') }), false)).toBe(true);
    expect(isRetriable(new Error('import failed', { cause: sqlError('23505') }), false)).toBe(false);
  });

  test.each([
    ['null', null],
    ['undefined', undefined],
    ['text', 'no'],
    ['a symbol', Symbol('s')],
    ['a number', 40001],
    ['a bomb', BOMB],
    ['an empty object', Object.create(null)],
  ])('%s is not retriable in the main codeunit, and is in a failure codeunit', (_, thrown) => {
    expect(isRetriable(thrown, false)).toBe(false);
    expect(isRetriable(thrown, true)).toBe(true);
  });

  test.each(['CALLBACK_NOT_ALLOWED', 'CODEUNIT_UNKNOWN', 'RECORD_INVALID', 'SESSION_STOPPED'] as const)(
    '%s ends a failure codeunit',
    (code) => {
      expect(isRetriable(new NightshiftError(code, 'x'), true)).toBe(false);
    },
  );
});

describe('decideAfterError', () => {
  const again = new NightshiftError('RETRY_LATER', 'x');
  const final = new NightshiftError('CODEUNIT_ERROR', 'x');

  test.each([
    [0, 30_000],
    [1, 30_000],
    [2, 60_000],
    [98, 300_000],
  ])('online, after %i retries: waits %i ms', (attempt, delayMs) => {
    expect(decideAfterError(taskWith({ attempt }), again, 'online')).toEqual({ kind: 'retry', delayMs });
  });

  test('with its retries used up it goes to the failure codeunit, or has failed', () => {
    expect(decideAfterError(taskWith({ attempt: 99 }), again, 'online')).toEqual({ kind: 'failed' });
    const task = taskWith({ attempt: 99, failureCodeunit: 'Failure' });
    expect(decideAfterError(task, again, 'online')).toEqual({ kind: 'failure-codeunit' });
  });

  test('an error that is final goes there at once', () => {
    expect(decideAfterError(taskWith(), final, 'online')).toEqual({ kind: 'failed' });
    const task = taskWith({ failureCodeunit: 'Failure' });
    expect(decideAfterError(task, final, 'online')).toEqual({ kind: 'failure-codeunit' });
  });

  test('a failure codeunit is run again, then has failed; it has none of its own', () => {
    const failing = taskWith({ failing: true, failureCodeunit: 'Failure' });
    expect(decideAfterError(failing, final, 'dispatcher')).toEqual({ kind: 'retry', delayMs: 1_000 });
    expect(decideAfterError({ ...failing, attempt: 3 }, final, 'dispatcher')).toEqual({ kind: 'failed' });
    const stopped = new NightshiftError('SESSION_STOPPED', 'x');
    expect(decideAfterError(failing, stopped, 'dispatcher')).toEqual({ kind: 'failed' });
  });

  test('losses of instances do not use up retries', () => {
    expect(decideAfterError(taskWith({ losses: 200 }), again, 'dispatcher')).toEqual({
      kind: 'retry',
      delayMs: 1_000,
    });
  });

  test('a policy without retries never retries', () => {
    const never = { delaysMs: [], maximumRetries: 0 };
    expect(decideAfterError(taskWith(), again, never)).toEqual({ kind: 'failed' });
  });
});
