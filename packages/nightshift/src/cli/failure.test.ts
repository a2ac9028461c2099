import { EmbeddedPostgresError } from '@nightshift/embedded-postgres';
import { describe, expect, test } from 'vitest';
import { NightshiftError } from '../foundation/index.ts';
import { failureOf, optionOfField } from './failure.ts';

describe('what the command line tells of an error', () => {
  test('code, sentence, field and help of our own', () => {
    const error = new NightshiftError('CONFLICT', 'It runs.', { field: 'entryId', details: { secret: 1 } });
    expect(failureOf(error)).toEqual({
      code: 'CONFLICT',
      message: 'It runs.',
      field: 'entryId',
      help: 'Read the current state and decide again.',
    });
  });

  test('an error of another copy of the package is known by its name', () => {
    const foreign = Object.assign(new Error('no'), {
      name: 'NightshiftError',
      code: 'ENTRY_UNKNOWN',
      field: null,
    });
    expect(failureOf(foreign)).toMatchObject({
      code: 'ENTRY_UNKNOWN',
      help: expect.stringContaining('List'),
    });
    const unknown = Object.assign(new Error('no'), { name: 'NightshiftError', code: 'toString' });
    expect(failureOf(unknown).code).toBe('INTERNAL');
  });

  test('the launcher, with what PostgreSQL wrote', () => {
    const error = new EmbeddedPostgresError('START_FAILED', 'No.', { logTail: ['FATAL: x'] });
    expect(failureOf(error)).toMatchObject({ code: 'START_FAILED', help: 'PostgreSQL wrote:\n  FATAL: x' });
    expect(failureOf(new EmbeddedPostgresError('PORT_IN_USE', 'No.', { field: 'tcpPort' }))).toEqual({
      code: 'PORT_IN_USE',
      message: 'No.',
      field: 'tcpPort',
      help: null,
    });
  });

  test('errors of PostgreSQL and of sockets', () => {
    const refused = Object.assign(new Error('denied'), { code: '42501' });
    const missing = Object.assign(new Error('no table'), { code: '42P01' });
    const down = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    expect(failureOf(refused).code).toBe('DATABASE_RIGHTS');
    expect(failureOf(missing)).toMatchObject({
      code: 'DATABASE_ERROR',
      message: 'no table (SQLSTATE 42P01)',
    });
    expect(failureOf(down).code).toBe('DATABASE_UNAVAILABLE');
    expect(failureOf(Object.assign(new Error('full'), { code: '53300' })).code).toBe('DATABASE_BUSY');
  });

  test('whatever else was thrown', () => {
    expect(failureOf(null)).toMatchObject({ code: 'INTERNAL', message: 'null' });
    expect(failureOf('text')).toMatchObject({ code: 'INTERNAL', message: 'text' });
    expect(failureOf(new Error('at postgresql://a:secret@h/d')).message).toBe('at postgresql://a:***@h/d');
  });

  test('fields have the names of their options', () => {
    expect(optionOfField('nextRunDateFormula')).toBe('--date-formula');
    expect(optionOfField('entryId')).toBeNull();
  });
});
