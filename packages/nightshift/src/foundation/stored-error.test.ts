import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isNightshiftError, NightshiftError } from './errors.ts';
import { printable, type StoredError, storedErrorOf } from './stored-error.ts';

const LONE_SURROGATE = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/;

/** What PostgreSQL takes as jsonb, and what keeps a table small. */
function expectStorable(stored: StoredError): void {
  const text = JSON.stringify(stored);
  expect(JSON.parse(text)).toEqual(stored);
  for (const value of [stored.code, stored.name, stored.message, stored.stack, stored.field]) {
    expect(value ?? '').not.toContain('\0');
    expect(value ?? '').not.toMatch(LONE_SURROGATE);
  }
  expect(text).not.toMatch(/(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/i);
  expect(text.length).toBeLessThan(1_000_000);
  expect(typeof stored.message).toBe('string');
  expect(typeof stored.name).toBe('string');
}

const bomb = () => {
  throw new Error('boom');
};
const proxyOfBombs = () =>
  new Proxy(
    {},
    { get: bomb, getPrototypeOf: bomb, has: bomb, ownKeys: bomb, getOwnPropertyDescriptor: bomb },
  );
const revoked = () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};
const revokedFunction = () => {
  const { proxy, revoke } = Proxy.revocable(() => undefined, {});
  revoke();
  return proxy;
};
const cyclic = () => {
  const outer = new Error('outer');
  const inner = new Error('inner', { cause: outer });
  outer.cause = inner;
  return outer;
};
const endless = () => ({
  message: 'endless',
  get cause() {
    return endless();
  },
});

describe('what user code throws becomes a stored error, whatever it is', () => {
  const cases: readonly (readonly [string, () => unknown, Partial<StoredError>])[] = [
    ['null', () => null, { name: 'object', message: 'null' }],
    ['undefined', () => undefined, { name: 'undefined', message: 'undefined' }],
    ['a text', () => 'just text', { name: 'string', message: 'just text' }],
    ['a number', () => Number.NaN, { name: 'number', message: 'NaN' }],
    ['a bigint', () => 10n ** 20n, { name: 'bigint', message: '100000000000000000000' }],
    ['a Symbol', () => Symbol('odd'), { name: 'symbol', message: 'Symbol(odd)' }],
    ['a function', () => bomb, { name: 'bomb' }],
    ['an object', () => ({ reason: 'x' }), { name: 'object', message: '{"reason":"x"}' }],
    ['an object without a prototype', () => Object.create(null), { message: '{}' }],
    ['an array', () => [1, 2], { message: '[1,2]' }],
    ['a message that is no text', () => ({ message: 42 }), { message: '{"message":42}' }],
    ['an error', () => new TypeError('bad'), { name: 'TypeError', message: 'bad' }],
    ['an error without text', () => new Error(''), { message: '' }],
    ['a Proxy that throws at everything', proxyOfBombs, { code: null, field: null }],
    ['a revoked Proxy', revoked, { name: 'object' }],
    ['a revoked Proxy of a function', revokedFunction, { name: 'function' }],
    ['cyclic causes', cyclic, { causes: [{ code: null, message: 'inner' }] }],
    ['toJSON that throws', () => ({ toJSON: bomb }), { message: 'a object that cannot be printed' }],
    ['toJSON that answers nothing', () => ({ toJSON: () => undefined }), {}],
    ['a cyclic object', () => Object.assign([], { 0: globalThis }), {}],
    ['NUL', () => new Error('a\0b'), { message: 'a␀b' }],
    ['half a character', () => new Error('a\uD83Db'), { message: 'a\uFFFDb' }],
    ['NUL in the code', () => ({ code: '\0', message: '' }), { code: '␀' }],
    ['a numeric code', () => ({ code: 7, message: 'x' }), { code: '7' }],
  ];
  it.each(cases)('%s', (_, thrown, expected) => {
    const stored = storedErrorOf(thrown());
    expectStorable(stored);
    expect(stored).toMatchObject(expected);
  });

  it('getters that throw', () => {
    const trap = new Error('hidden');
    for (const key of ['message', 'stack', 'name', 'code', 'cause', 'field', 'errors']) {
      Object.defineProperty(trap, key, { get: bomb });
    }
    expectStorable(storedErrorOf(trap));
    const ours = new NightshiftError('VALIDATION', 'x', { field: 'a' });
    for (const key of ['code', 'field', 'details']) Object.defineProperty(ours, key, { get: bomb });
    expectStorable(storedErrorOf(ours));
    expect(isNightshiftError(proxyOfBombs())).toBe(false);
    expect(isNightshiftError(ours, 'VALIDATION')).toBe(false);
  });

  it('10 MB of text, cut with a note of how much there was', () => {
    const error = new Error('é'.repeat(10_000_000));
    error.stack = 's'.repeat(10_000_000);
    error.name = 'N'.repeat(1_000_000);
    const stored = storedErrorOf(error);
    expectStorable(stored);
    expect(stored.message).toMatch(/^é{8192} … \(10000000 characters\)$/);
    expect(stored.stack?.length).toBeLessThan(33_000);
    expect(stored.name.length).toBeLessThan(300);
  });

  it('a cut never leaves half a character', () => {
    for (const shift of [0, 1]) {
      const text = 'x'.repeat(shift) + '😀'.repeat(10_000);
      expect(printable(text, 1_000)).not.toMatch(LONE_SURROGATE);
    }
  });

  it('causes without end are cut at ten', () => {
    const stored = storedErrorOf(endless());
    expectStorable(stored);
    expect(stored.causes).toHaveLength(10);
  });

  it('the field of a record path, whatever key was in it', () => {
    const stored = storedErrorOf(
      new NightshiftError('RECORD_INVALID', 'x', { field: `record.\0.\uDC00.${'k'.repeat(10_000)}` }),
    );
    expectStorable(stored);
    expect(stored.field).toMatch(/^record\.␀\.\uFFFD\.k/);
    expect(stored.field?.length).toBeLessThan(600);
  });

  it('our own errors keep code and field; foreign ones have no field', () => {
    const cause = Object.assign(new Error('deadlock detected'), { code: '40P01' });
    const stored = storedErrorOf(new NightshiftError('VALIDATION', 'wrong', { field: 'name', cause }));
    expect(stored).toMatchObject({
      code: 'VALIDATION',
      name: 'NightshiftError',
      field: 'name',
      causes: [{ code: '40P01', message: 'deadlock detected' }],
    });
    expect(storedErrorOf(Object.assign(new Error('x'), { field: 'theirs' })).field).toBeNull();
  });

  it('anything at all (property)', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('\0', '\uD800', '\uDFFF\uD800'));
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withSparseArray: true,
      withTypedArray: true,
    });
    const thrown = fc.oneof(
      anything,
      fc.record(
        { message: fc.oneof(text, anything), code: anything, cause: anything, stack: text, name: text },
        { requiredKeys: [] },
      ),
      fc.tuple(text, anything).map(([message, cause]) => new Error(message, { cause })),
      fc.tuple(text, text).map(([m, field]) => new NightshiftError('INTERNAL', m, { field })),
    );
    fc.assert(
      fc.property(thrown, (value) => {
        expectStorable(storedErrorOf(value));
      }),
    );
  });
});
