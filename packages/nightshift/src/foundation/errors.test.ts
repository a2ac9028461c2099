import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ERROR_CODES, type ErrorCode, isNightshiftError, NightshiftError } from './errors.ts';

const DOCUMENT = new URL('../../../../docs/errors.md', import.meta.url);
const codes = Object.keys(ERROR_CODES) as ErrorCode[];

/** The table as it stands in the document. */
function expectedRows(): string[] {
  return [...codes].sort().map((code) => {
    const { status, retriable, help } = ERROR_CODES[code];
    return `| \`${code}\` | ${status} | ${retriable ? 'yes' : 'no'} | ${help.replaceAll('|', '\\|')} |`;
  });
}

describe('the table of errors', () => {
  it('is what docs/errors.md says, row by row', () => {
    const rows = readFileSync(DOCUMENT, 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('| `'));
    expect(rows).toEqual(expectedRows());
  });

  it.each(codes)('%s has a status that HTTP knows, and one sentence of help', (code) => {
    const { status, help } = ERROR_CODES[code];
    expect([400, 401, 403, 404, 405, 408, 409, 412, 413, 415, 422, 428, 429, 500, 501, 503, 504]).toContain(
      status,
    );
    expect(help).toMatch(/^[A-Z].*\.$/);
    expect(help).not.toMatch(/\n|\. [A-Z]/);
  });

  it('only what may pass by itself is retriable', () => {
    const retriable = codes.filter((code) => ERROR_CODES[code].retriable);
    for (const code of retriable) expect(ERROR_CODES[code].status).toBe(503);
  });

  it('cannot be changed', () => {
    expect(Object.isFrozen(ERROR_CODES)).toBe(true);
    for (const code of codes) expect(Object.isFrozen(ERROR_CODES[code])).toBe(true);
  });
});

describe('an error', () => {
  it('carries what the table says, its field, its details and its cause', () => {
    const cause = new Error('inner');
    const error = new NightshiftError('CONFLICT', 'No.', {
      field: 'status',
      details: { is: 'Ready' },
      cause,
    });
    expect(error).toMatchObject({
      name: 'NightshiftError',
      code: 'CONFLICT',
      status: 409,
      retriable: false,
      help: ERROR_CODES.CONFLICT.help,
      field: 'status',
      details: { is: 'Ready' },
      cause,
    });
    expect('cause' in new NightshiftError('INTERNAL', 'x')).toBe(false);
  });

  it('is recognised, by its codes when they are given', () => {
    const error = new NightshiftError('CONFLICT', 'No.');
    expect(isNightshiftError(error)).toBe(true);
    expect(isNightshiftError(error, 'VALIDATION', 'CONFLICT')).toBe(true);
    expect(isNightshiftError(error, 'VALIDATION')).toBe(false);
    expect(isNightshiftError({ code: 'CONFLICT' })).toBe(false);
    expect(isNightshiftError(null)).toBe(false);
  });
});
