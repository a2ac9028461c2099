import { describe, expect, test } from 'vitest';
import { oneLine, safeJson, shortened, visible, withoutPasswords } from './printable-text.ts';

describe('text that a terminal can only show', () => {
  test('escape sequences become visible', () => {
    expect(visible('\u001b[31mred\u001b]0;title\u0007')).toBe('␛[31mred␛]0;title␇');
  });

  test('C1 controls, line separators and directions of writing become visible', () => {
    expect(visible('a\u009b31mb')).toBe('a<U+009B>31mb');
    expect(visible('a\u2028b\u202eb\u2066c')).toBe('a<U+2028>b<U+202E>b<U+2066>c');
    expect(visible('a\u007fb\u0000c')).toBe('a␡b␀c');
  });

  test('line feeds stay, carriage returns do not overwrite what was there', () => {
    expect(visible('one\r\ntwo\rthree\tfour')).toBe('one\ntwo␍three  four');
    expect(oneLine('one\ntwo')).toBe('one ↵ two');
  });

  test('half a character does not get through, emoji of several do', () => {
    expect(visible('a\ud800b')).toBe('a\ufffdb');
    expect(visible('👩‍👩‍👧 ü 日本')).toBe('👩‍👩‍👧 ü 日本');
  });

  test('is cut between characters as people count them', () => {
    expect(shortened('abcdef', 6)).toBe('abcdef');
    expect(shortened('abcdefg', 6)).toBe('abcde…');
    expect(shortened('👩‍👩‍👧👩‍👩‍👧', 2)).toBe('👩‍👩‍👧👩‍👩‍👧');
    expect(shortened('👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧', 2)).toBe('👩‍👩‍👧…');
  });
});

describe('JSON', () => {
  test('reads back as what it was, and holds nothing that a terminal obeys', () => {
    const value = { text: 'a\u001b[31m\u009b\u202e\n\u007f' };
    const text = safeJson(value, 2);
    expect(text).not.toMatch(/(?!\n)[\p{Cc}\p{Bidi_Control}]/u);
    expect(JSON.parse(text)).toEqual(value);
  });
});

describe('passwords', () => {
  test.each([
    ['postgresql://a:secret@host/db', 'postgresql://a:***@host/db'],
    ['postgresql://:secret@host/db', 'postgresql://:***@host/db'],
    ['at postgres://a:p%40ss@h:5432/d?x=1 failed', 'at postgres://a:***@h:5432/d?x=1 failed'],
    ['postgresql://h/d?user=a&password=secret&x=1', 'postgresql://h/d?user=a&password=***&x=1'],
    ['postgresql://a@host:5432/db', 'postgresql://a@host:5432/db'],
    ['mail to a@b.c', 'mail to a@b.c'],
  ])('%s', (text, shown) => {
    expect(withoutPasswords(text)).toBe(shown);
  });
});
