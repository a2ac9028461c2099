import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { testTerminal } from './fixtures/test-terminal.ts';
import { settingsOf } from './settings.ts';

const BASE = { user: 'ADMIN', company: 'CRONUS' };
const URL = 'postgresql://a:secret@host/db';

function settings(
  given: Partial<Parameters<typeof settingsOf>[0]>,
  environment: Record<string, string> = {},
) {
  const { surroundings } = testTerminal({ environment, workingDirectory: path.resolve('/work') });
  return settingsOf({ ...BASE, ...given }, surroundings);
}

describe('which database', () => {
  test('the embedded one by default, in a folder counted from the working directory', () => {
    expect(settings({}).database).toEqual({ kind: 'embedded', dataDirectory: null });
    expect(settings({ data: 'pg' }).database).toEqual({
      kind: 'embedded',
      dataDirectory: path.resolve('/work/pg'),
    });
  });

  test('the command line goes before the environment, also across kinds', () => {
    const environment = { NIGHTSHIFT_DATABASE_URL: URL, NIGHTSHIFT_DATA: 'there' };
    expect(settings({}, environment).database).toEqual({ kind: 'url', url: URL });
    expect(settings({ data: 'here' }, environment).database).toMatchObject({ kind: 'embedded' });
    const other = 'postgres://other/db';
    expect(settings({ databaseUrl: other }, environment).database).toEqual({ kind: 'url', url: other });
  });

  test('an empty variable is none', () => {
    expect(settings({}, { NIGHTSHIFT_DATABASE_URL: '' }).database.kind).toBe('embedded');
  });

  test('both on the command line are refused', () => {
    expect(() => settings({ databaseUrl: URL, data: 'x' })).toThrow(
      expect.objectContaining({ code: 'VALIDATION', field: 'database.url' }),
    );
  });

  test.each(['mysql://h/d', 'host/db', 'postgresql://a:secret@h:port/d'])(
    'refuses %s without repeating it',
    (url) => {
      let caught: unknown;
      try {
        settings({ databaseUrl: url });
      } catch (error) {
        caught = error;
      }
      expect(caught).toMatchObject({ code: 'VALIDATION', field: 'database.url' });
      expect((caught as Error).cause).toBeUndefined();
      expect((caught as Error).message).not.toContain('secret');
    },
  );
});

test('application and stacks come from the environment too', () => {
  const environment = { NIGHTSHIFT_APP: './app.ts', NIGHTSHIFT_VERBOSE: '1' };
  expect(settings({}, environment)).toMatchObject({ app: './app.ts', verbose: true, json: false });
  expect(settings({ app: 'mine' }, environment).app).toBe('mine');
  expect(settings({}, { NIGHTSHIFT_VERBOSE: '0' })).toMatchObject({ app: null, verbose: false });
});
