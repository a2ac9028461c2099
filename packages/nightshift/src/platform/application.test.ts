import { describe, expect, test } from 'vitest';
import { isNightshiftError } from '../foundation/index.ts';
import { codeunit } from '../session/index.ts';
import { type ApplicationDefinition, defineApp } from './application.ts';
import { applicationOf, type PlatformOptions } from './platform-options.ts';

const hello = codeunit({ name: 'Hello', onRun: () => undefined });

function refusal(make: () => unknown): readonly [code: string, field: string | null] {
  try {
    make();
  } catch (error) {
    if (isNightshiftError(error)) return [error.code, error.field];
    throw error;
  }
  throw new Error('it was let in');
}

describe('defineApp', () => {
  test('sorts migrations by their number and freezes the whole', () => {
    const codeunits = [hello];
    const app = defineApp({
      name: 'shop',
      codeunits,
      migrations: [
        { name: '0002_b', sql: '' },
        { name: '0001_a', sql: '' },
      ],
    });
    codeunits.pop();
    expect(app.codeunits).toEqual([hello]);
    expect(app.migrations.map(({ name }) => name)).toEqual(['0001_a', '0002_b']);
    expect([app, app.codeunits, app.migrations].every((part) => Object.isFrozen(part))).toBe(true);
  });

  test.each(['', 'x'.repeat(101), 5, undefined])('refuses the name %j', (name) => {
    expect(refusal(() => defineApp({ name } as ApplicationDefinition))).toEqual([
      'APPLICATION_INVALID',
      'name',
    ]);
  });

  test.each(['1_a', '0001-a', '0001_A', '0001_', 'a', ''])('refuses the migration name "%s"', (name) => {
    const migrations = [{ name, sql: '' }];
    expect(refusal(() => defineApp({ name: 'shop', migrations }))).toEqual([
      'APPLICATION_INVALID',
      'migrations',
    ]);
  });

  test('refuses a migration name that comes twice', () => {
    const migration = { name: '0001_a', sql: '' };
    expect(refusal(() => defineApp({ name: 'shop', migrations: [migration, migration] }))).toEqual([
      'APPLICATION_INVALID',
      'migrations',
    ]);
  });
});

describe('the version of an application', () => {
  test('is text, or none', () => {
    expect(defineApp({ name: 'shop' }).version).toBeNull();
    expect(defineApp({ name: 'shop', version: '2026.11' }).version).toBe('2026.11');
    expect(applicationOf({ version: '7' }).version).toBe('7');
    for (const version of ['', 'x'.repeat(101), 'a\0', 7 as never]) {
      expect(refusal(() => defineApp({ name: 'shop', version }))).toEqual(['APPLICATION_INVALID', 'version']);
    }
    const application = defineApp({ name: 'shop' });
    expect(refusal(() => applicationOf({ application, version: '7' }))).toEqual([
      'APPLICATION_INVALID',
      'application',
    ]);
  });
});

describe('applicationOf', () => {
  test('takes an application as it is, or makes one', () => {
    const application = defineApp({ name: 'shop', codeunits: [hello] });
    expect(applicationOf({ application })).toBe(application);
    expect(applicationOf({})).toMatchObject({ name: 'application', codeunits: [], migrations: [] });
    expect(applicationOf({ name: 'shop', codeunits: [hello] }).codeunits).toEqual([hello]);
  });

  test.each<PlatformOptions>([{ codeunits: [] }, { migrations: [] }])('refuses both: %j', (more) => {
    const application = defineApp({ name: 'shop' });
    expect(refusal(() => applicationOf({ application, ...more }))).toEqual([
      'APPLICATION_INVALID',
      'application',
    ]);
  });
});
