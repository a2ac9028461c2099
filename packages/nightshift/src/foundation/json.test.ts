import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonText, RECORD_DEPTH_MAX, RECORD_LENGTH_MAX } from './json.ts';

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level++) value = level % 2 === 0 ? [value] : { a: value };
  return value;
}

/** A hundred bytes of memory, and more text than there is memory: each level holds the one below twice. */
function doubled(levels: number): unknown {
  let value: unknown = [];
  for (let level = 0; level < levels; level++) value = [value, value];
  return value;
}

class Money {
  readonly amount = 1;
}

describe('the JSON door', () => {
  it.each([
    [null, 'null'],
    [true, 'true'],
    [-0.5, '-0.5'],
    ['é😀"\\', JSON.stringify('é😀"\\')],
    [[1, [2, { a: null }]], '[1,[2,{"a":null}]]'],
    [{ a: undefined, b: 1 }, '{"b":1}'],
    [Object.assign(Object.create(null), { a: 1 }), '{"a":1}'],
    ['\\u0000', '"\\\\u0000"'],
  ])('takes %j', (value, text) => {
    expect(jsonText(value, 'record')).toBe(text);
  });

  const cycle: Record<string, unknown> = { items: [{}] };
  (cycle['items'] as Record<string, unknown>[])[0] = { order: cycle };
  const toJson = (answer: unknown) =>
    Object.defineProperty([1], 'toJSON', { value: () => answer, enumerable: false });
  const refused: readonly (readonly [string, unknown, string, RegExp])[] = [
    ['nothing at all', undefined, 'record', /undefined/],
    ['a function', { a: { run: () => 1 } }, 'record.a.run', /function/],
    ['a Symbol', [Symbol('s')], 'record[0]', /symbol/],
    ['a bigint', { amount: 10n }, 'record.amount', /bigint/],
    ['NaN', { a: [0, Number.NaN] }, 'record.a[1]', /NaN/],
    ['infinity', Number.POSITIVE_INFINITY, 'record', /Infinity/],
    ['a hole in an array', new Array(1), 'record[0]', /undefined/],
    ['a Date', { at: new Date(0) }, 'record.at', /Date/],
    ['a Map', new Map(), 'record', /Map/],
    ['bytes', new Uint8Array(2), 'record', /Uint8Array/],
    ['an instance of a class', { m: new Money() }, 'record.m', /Money/],
    ['a boxed text', Object('x'), 'record', /String/],
    ['an inherited prototype', Object.create({ a: 1 }), 'record', /plain data/],
    ['a cycle', cycle, 'record.items[0].order', /contains it/],
    ['NUL', { a: { b: 'x\0' } }, 'record.a.b', /NUL/],
    ['NUL in a key', { 'a\0': 1 }, 'record', /NUL/],
    ['half a character', ['\uD83D'], 'record[0]', /surrogate/],
    ['half a character in a key', { '\uDC00': 1 }, 'record', /surrogate/],
    ['__proto__', JSON.parse('{"a":{"__proto__":{"admin":true}}}'), 'record.a', /__proto__/],
    ['constructor', JSON.parse('{"constructor":{}}'), 'record', /constructor/],
    ['prototype', { prototype: 1 }, 'record', /prototype/],
    ['a method toJSON out of sight', toJson('\0'), 'record', /toJSON/],
    [
      'a getter that throws',
      Object.defineProperty({}, 'a', { enumerable: true, get: fail }),
      'record',
      /read/,
    ],
    ['a Proxy that throws', new Proxy({}, { ownKeys: fail }), 'record', /read/],
    ['65 levels', nested(RECORD_DEPTH_MAX + 1), 'record', /deeper than 64/],
    ['20,000 levels', nested(20_000), 'record', /deeper than 64/],
    ['too long a text', 'x'.repeat(RECORD_LENGTH_MAX), 'record', /1000002 characters/],
    ['50 MB', { text: 'x'.repeat(50_000_000) }, 'record', /at most 1000000/],
    ['little memory and endless text', doubled(60), 'record', /at most 1000000/],
    ['too many values', Array.from({ length: RECORD_LENGTH_MAX + 1 }, () => 1), 'record', /at most/],
  ];
  it.each(refused)('refuses %s, naming the place', (_, value, field, sentence) => {
    const refusal = expect.objectContaining({
      code: 'JSON_INVALID',
      field: expect.stringMatching(`^${field.replaceAll(/[.[\]]/g, '\\$&')}`),
      message: expect.stringMatching(sentence),
    });
    expect(() => jsonText(value, 'record')).toThrow(refusal);
  });

  it('takes 64 levels, and a value that stands in several places', () => {
    expect(() => jsonText(nested(RECORD_DEPTH_MAX), 'record')).not.toThrow();
    const shared = { a: 1 };
    expect(jsonText([shared, shared], 'record')).toBe('[{"a":1},{"a":1}]');
  });

  it('loses nothing of what it takes, and refuses everything else by our own error (property)', () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withNullPrototype: true,
      withMap: true,
    });
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue({ stringUnit: 'binary' }), anything), (value) => {
        let text: string;
        try {
          text = jsonText(value, 'record');
        } catch (error) {
          expect(error).toMatchObject({ code: 'JSON_INVALID', field: expect.stringMatching(/^record/) });
          return;
        }
        expect(text).not.toMatch(/(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/i);
        expect(JSON.stringify(JSON.parse(text))).toBe(text);
      }),
    );
  });
});

function fail(): never {
  throw new Error('boom');
}
