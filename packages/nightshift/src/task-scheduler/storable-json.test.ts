import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { storableJson } from './storable-json.ts';

function back(value: unknown): unknown {
  return JSON.parse(storableJson({ value }))['value'];
}

describe('storableJson', () => {
  test('leaves alone what PostgreSQL takes', () => {
    for (const value of ['\\u0000', '\\\\u0000', '\\ud83d', '😀', '\\', '"', '\n', { a: [1, null] }]) {
      expect(back(value)).toEqual(value);
    }
  });

  test('replaces NUL and halves of characters, also in keys', () => {
    expect(back('a\0b')).toBe('a\ufffdb');
    expect(back('\\\0')).toBe('\\\ufffd');
    expect(back('\ud83d\0\0')).toBe('\ufffd\ufffd\ufffd');
    expect(back({ '\ud83d': '\ude00' })).toEqual({ '\ufffd': '\ufffd' });
    expect(back(12n)).toBe('12');
  });

  test('whatever the text: well-formed, without NUL, and otherwise the same', () => {
    const unit = fc.oneof(
      fc.constantFrom('\\', '"', 'u', '0000', 'd83d', '\0', '\ud83d', '\ude00', '😀'),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(unit), (units) => {
        const text = units.join('');
        expect(back(text)).toBe(text.toWellFormed().replaceAll('\0', '\ufffd'));
      }),
    );
  });
});
