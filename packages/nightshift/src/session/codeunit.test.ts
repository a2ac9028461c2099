import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { codeunit, parseRecord, platformCodeunit } from './codeunit.ts';
import { CodeunitRegistry } from './codeunit-registry.ts';
import type { AnyCodeunit, Session } from './session.ts';

const nothing = () => undefined;
const plain = (name: string, id?: number) =>
  codeunit({ name, ...(id === undefined ? {} : { id }), onRun: nothing }) as AnyCodeunit;

describe('a codeunit', () => {
  it('is frozen and complete', () => {
    const made = codeunit({ name: 'Process Orders 😀', onRun: nothing });
    expect(made).toMatchObject({
      id: null,
      record: null,
      permissions: {},
      isolation: 'main',
      maximumConcurrent: null,
      onRunPrivileged: null,
    });
    expect(Object.isFrozen(made)).toBe(true);
  });

  it.each(['', 'x'.repeat(101), 'a\0b', 'a\uD800', 42 as unknown as string, undefined as unknown as string])(
    'refuses the name %j',
    (name) => {
      expect(() => codeunit({ name, onRun: nothing })).toThrow(
        expect.objectContaining({ code: 'VALIDATION', field: 'name' }),
      );
    },
  );

  it.each([0, -1, 1.5, Number.NaN, 2 ** 31, '7' as unknown as number])('refuses the number %s', (id) => {
    expect(() => codeunit({ name: 'X', id, onRun: nothing })).toThrow(
      expect.objectContaining({ code: 'VALIDATION', field: 'id' }),
    );
  });

  it('says where it runs, which must be a place that there is', () => {
    expect(codeunit({ name: 'X', isolation: 'process', onRun: nothing }).isolation).toBe('process');
    expect(() => codeunit({ name: 'X', isolation: 'moon' as never, onRun: nothing })).toThrow(
      expect.objectContaining({ code: 'VALIDATION', field: 'isolation' }),
    );
  });

  it.each([0, 101, 1.5, Number.NaN, '2' as unknown as number])(
    'refuses the limit %s',
    (maximumConcurrent) => {
      expect(() => codeunit({ name: 'X', maximumConcurrent, onRun: nothing })).toThrow(
        expect.objectContaining({ code: 'VALIDATION', field: 'maximumConcurrent' }),
      );
      expect(codeunit({ name: 'X', maximumConcurrent: 2, onRun: nothing }).maximumConcurrent).toBe(2);
    },
  );

  it.each([1, 0, 501, 2.5, Number.NaN, '50' as unknown as number])(
    'refuses to share a transaction among %j tasks',
    (sharedTransaction) => {
      expect(() => codeunit({ name: 'X', sharedTransaction, onRun: nothing })).toThrow(
        expect.objectContaining({ code: 'VALIDATION', field: 'sharedTransaction' }),
      );
    },
  );

  it('shares transactions in the main thread only', () => {
    expect(codeunit({ name: 'X', sharedTransaction: 2, onRun: nothing }).sharedTransaction).toBe(2);
    for (const isolation of ['thread', 'process'] as const) {
      expect(() => codeunit({ name: 'X', isolation, sharedTransaction: 2, onRun: nothing })).toThrow(
        expect.objectContaining({ code: 'VALIDATION', field: 'sharedTransaction' }),
      );
    }
  });

  it('counts characters, not code units', () => {
    expect(() => plain('😀'.repeat(100))).not.toThrow();
    expect(() => plain('😀'.repeat(101))).toThrow();
  });

  it("the platform's own can be run by nobody else", () => {
    const own = platformCodeunit({ name: 'Own', record: z.string(), onRun: nothing });
    expect(() => own.onRun({} as Session, 'x')).toThrow(
      expect.objectContaining({ code: 'PERMISSION_DENIED' }),
    );
  });
});

describe('a record', () => {
  const strict = codeunit({
    name: 'Strict',
    record: z.strictObject({
      no: z.coerce.number(),
      lines: z.array(z.object({ item: z.string() })).default([]),
    }),
    onRun: nothing,
  });

  it('goes through the schema: what comes out is what onRun gets', () => {
    expect(parseRecord(strict, { no: '7' })).toEqual({ no: 7, lines: [] });
  });

  it.each([
    [{ no: 1, lines: [{ item: 'a' }, { item: 2 }] }, 'record.lines.1.item'],
    [{ no: 1, more: 1 }, 'record'],
    [null, 'record'],
    ['text', 'record'],
  ])('%j is refused with the path of the first offence', (record, field) => {
    expect(() => parseRecord(strict, record)).toThrow(
      expect.objectContaining({ code: 'RECORD_INVALID', field }),
    );
  });

  it('is refused where none is taken; null and undefined are none', () => {
    const none = codeunit({ name: 'None', onRun: nothing });
    expect([parseRecord(none, undefined), parseRecord(none, null)]).toEqual([undefined, undefined]);
    for (const record of [{}, 0, '', false])
      expect(() => parseRecord(none, record)).toThrow(expect.objectContaining({ code: 'RECORD_INVALID' }));
  });
});

describe('the registry', () => {
  const registry = new CodeunitRegistry([plain('Process Orders', 50_142), plain('Adjust Cost'), plain('7')]);

  it('finds by name and by number; a name goes first', () => {
    expect(registry.get('Process Orders').id).toBe(50_142);
    expect(registry.get('50142').name).toBe('Process Orders');
    expect(registry.get('7').name).toBe('7');
    expect(registry.names()).toEqual(['7', 'Adjust Cost', 'Process Orders']);
    expect([registry.has('7'), registry.has('50142')]).toEqual([true, false]);
  });

  it.each([
    ['process orders', 'Did you mean "Process Orders"?'],
    ['Nothing', 'It has: 7, Adjust Cost, Process Orders.'],
    ['50143', 'It has:'],
    ['__proto__', 'It has:'],
    ['', 'It has:'],
  ])('%j is unknown, with a hint', (name, hint) => {
    expect(() => registry.get(name)).toThrow(
      expect.objectContaining({ code: 'CODEUNIT_UNKNOWN', message: expect.stringContaining(hint) }),
    );
  });

  it('takes no name and no number twice', () => {
    const invalid = expect.objectContaining({ code: 'APPLICATION_INVALID', field: 'codeunits' });
    expect(() => new CodeunitRegistry([plain('A'), plain('A')])).toThrow(invalid);
    expect(() => new CodeunitRegistry([plain('A', 1), plain('B', 1)])).toThrow(invalid);
  });
});

describe('rights that a codeunit is lent', () => {
  const lent = (more: object) => () => codeunit({ name: 'X', onRun: () => undefined, ...more } as never);

  it('are kept in the order RIMD; none is null', () => {
    const tables = { number_series: 'MR' };
    expect(lent({ inherentPermissions: { tables } })().inherentPermissions).toEqual({ number_series: 'RM' });
    for (const none of [{}, { inherentPermissions: {} }, { inherentPermissions: { tables: {} } }])
      expect(lent(none)().inherentPermissions).toBeNull();
  });

  it.each([
    [{ inherentPermissions: { tables: { '*': 'R' } } }, 'inherentPermissions.tables.*'],
    [{ inherentPermissions: { tables: { a: 'X' } } }, 'inherentPermissions.tables.a'],
    [{ inherentPermissions: { codeunits: ['a'] } }, 'inherentPermissions.codeunits'],
    [{ inherentPermissions: { tables: { a: 'R' } }, sharedTransaction: 5 }, 'inherentPermissions'],
  ])('%j is refused at %s', (more, field) => {
    expect(lent(more)).toThrow(expect.objectContaining({ code: 'VALIDATION', field }));
  });
});
