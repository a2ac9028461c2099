import { describe, expect, test } from 'vitest';
import {
  checkedName,
  ENVIRONMENT_NAME_LENGTH_MAX,
  type EnvironmentFacts,
  environmentOf,
  heldBecause,
} from './environment.ts';
import { type EnvironmentInstance, nameToRelease } from './environment-verbs.ts';

const defaultOf = (url: string, dataDirectory: string | null = null) =>
  environmentOf(undefined, { url, dataDirectory });

describe('the environment that an instance is configured for', () => {
  test('is the name that was given', () => {
    const place = { url: 'postgresql://h/d', dataDirectory: null };
    expect(environmentOf('production', place)).toEqual({ name: 'production', given: true });
  });

  test('else the folder of the embedded PostgreSQL, whose port and socket change', () => {
    const url = 'postgresql://postgres@localhost:41/postgres?host=%2Ftmp%2Fx';
    expect(defaultOf(url, '/srv/pg')).toEqual({ name: '/srv/pg', given: false });
  });

  test.each([
    ['postgresql://me:secret@DB.example.com/Shop', 'db.example.com/Shop'],
    ['postgresql://db.example.com:5432/Shop', 'db.example.com/Shop'],
    ['postgresql://db.example.com:5433/Shop', 'db.example.com:5433/Shop'],
    ['postgresql://127.0.0.1/shop', 'localhost/shop'],
    ['postgresql://127.0.0.1:5432/shop', 'localhost/shop'],
    ['postgresql://127.0.0.1:5433/shop', 'localhost:5433/shop'],
    ['postgresql://LOCALHOST/shop', 'localhost/shop'],
    ['postgresql://127.0.0.10/shop', '127.0.0.10/shop'],
    ['postgresql://me@localhost/shop?host=%2FRun%2Fpg', '/Run/pg/shop'],
  ])('else the address: of %s it is %s', (url, name) => {
    expect(defaultOf(url)).toEqual({ name, given: false });
  });

  test.each([
    '',
    ' ',
    ' production',
    'production\n',
    'a\0b',
    'a\u202eb',
    '\ud800',
    'x'.repeat(ENVIRONMENT_NAME_LENGTH_MAX + 1),
    7,
    null,
  ])('is refused when it is %j', (name) => {
    expect(() => checkedName(name, 'environment')).toThrow(
      expect.objectContaining({ code: 'VALIDATION', field: 'environment' }),
    );
  });

  test('may be anything else that people can read', () => {
    for (const name of ['Übung', 'staging 2', '🌙', 'x'.repeat(ENVIRONMENT_NAME_LENGTH_MAX)])
      expect(checkedName(name, 'environment')).toBe(name);
  });
});

describe('an instance', () => {
  const held = (facts: Partial<EnvironmentFacts>, configured = 'production') =>
    heldBecause({ name: 'production', identity: 'approved', ...facts }, configured);

  test('may run in the database that was approved, under its name, and in a new one', () => {
    expect(held({})).toBeNull();
    expect(held({ name: null, identity: 'new' })).toBeNull();
    expect(held({ name: null })).toBeNull();
  });

  test('is held under another name, also one that differs in case only', () => {
    expect(held({}, 'staging')).toMatch(/belongs to environment "production".*is configured for "staging"/);
    expect(held({}, 'Production')).not.toBeNull();
  });

  test('is held in a copy, whatever the names', () => {
    expect(held({ identity: 'other-database' })).toMatch(/copy of that of environment "production"/);
    expect(held({ identity: 'other-server' })).toMatch(/restored or upgraded/);
    expect(held({ identity: 'other-database', name: null })).toMatch(/copy of the one that was in use/);
    expect(held({ identity: 'other-server' }, 'staging')).toMatch(/restored or upgraded/);
  });
});

describe('the name that a release gives', () => {
  const instance = (environment: string, held: string | null): EnvironmentInstance => ({
    place: 1,
    host: 'h',
    processId: 1,
    environment,
    runsTasks: true,
    held,
  });
  const [given, byAddress] = [
    { name: 'mine', given: true },
    { name: 'h/d', given: false },
  ];

  test('is that of the instances that wait for it', () => {
    const instances = [instance('staging', 'why'), instance('staging', 'why'), instance('other', null)];
    expect(nameToRelease({ instances }, given)).toBe('staging');
    expect(nameToRelease({ instances }, byAddress)).toBe('staging');
  });

  test('else the one that this platform was given; never an address by default', () => {
    expect(nameToRelease({ instances: [instance('other', null)] }, given)).toBe('mine');
    expect(nameToRelease({ instances: [] }, byAddress)).toBeNull();
  });

  test('has to be chosen when instances of several names wait', () => {
    const instances = [instance('a', 'why'), instance('b', 'why')];
    expect(nameToRelease({ instances }, given)).toBe('mine');
    expect(() => nameToRelease({ instances }, byAddress)).toThrow(
      expect.objectContaining({ code: 'VALIDATION', field: 'name' }),
    );
  });
});
