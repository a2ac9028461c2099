import { describe, expect, test } from 'vitest';
import { ERROR_CODES } from '../foundation/index.ts';
import { EXIT, exitCodeOf } from './exit-codes.ts';

describe('exit codes', () => {
  test.each([
    ['VALIDATION', 2],
    ['DATE_FORMULA_INVALID', 2],
    ['APPLICATION_INVALID', 2],
    ['OPTION_INVALID', 2],
    ['ENTRY_UNKNOWN', 3],
    ['CODEUNIT_UNKNOWN', 3],
    ['TASK_UNKNOWN', 3],
    ['CONFLICT', 4],
    ['DATABASE_UNAVAILABLE', 5],
    ['START_FAILED', 5],
    ['SCHEMA_MISSING', 6],
    ['SCHEMA_NEWER', 6],
    ['DATABASE_RIGHTS', 6],
    ['PORT_IN_USE', 6],
    ['CODEUNIT_ERROR', 1],
    ['INTERNAL', 1],
    ['no such code', 1],
  ])('%s is %i', (code, exitCode) => {
    expect(exitCodeOf(code)).toBe(exitCode);
  });

  test('no error ends with 0', () => {
    for (const code of Object.keys(ERROR_CODES)) expect(exitCodeOf(code), code).not.toBe(EXIT.ok);
  });
});
