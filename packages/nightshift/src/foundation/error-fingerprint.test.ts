import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { errorFingerprint } from './error-fingerprint.ts';

const of = (message: string, code: string | null = 'VALIDATION') =>
  errorFingerprint({ code, name: 'Error', message });
const word = fc.stringMatching(/^[a-z]{1,12}$/u);
const value = fc.oneof(
  fc.integer().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.uuid(),
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString().slice(0, 10)),
  fc.stringMatching(/^[^"\n]{0,20}$/u).map((text) => `"${text}"`),
  fc.stringMatching(/^[A-Z]{2,4}-\d{1,8}$/u),
);

describe('the fingerprint of an error', () => {
  test('is the same for the same fault on other rows', () => {
    fc.assert(
      fc.property(word, word, fc.tuple(value, value, value, value), (one, two, [a, b, c, d]) => {
        const fault = (x: string, y: string) => `The ${one} ${x} has no ${two} in ${y} yet`;
        expect(of(fault(a, b))).toBe(of(fault(c, d)));
      }),
    );
  });

  test('differs with the code, and with the words', () => {
    fc.assert(
      fc.property(word, word, value, (one, two, a) => {
        fc.pre(one !== two);
        expect(of(`no ${one} for ${a}`)).not.toBe(of(`no ${two} for ${a}`));
      }),
    );
    expect(of('no', '23505')).not.toBe(of('no', '23503'));
    expect(of('no', null)).not.toBe(of('no', 'VALIDATION'));
  });

  test.each([
    ['Order SO-1001 is not released.', 'Order 17 is not released.'],
    ["customer 'Adatum' doesn't exist", "customer 'Fabrikam, Inc.' doesn't exist"],
    ['posted 3 of 10, failed: 4, 7', 'posted 9 of 12, failed: 1'],
    ['connect ECONNREFUSED 127.0.0.1:5432', 'connect ECONNREFUSED 10.0.0.7:6432'],
  ])('%s = %s', (one, other) => {
    expect(of(one)).toBe(of(other));
  });

  test('is short, and takes whatever a message can be', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (message) => {
        expect(of(message)).toMatch(/^[0-9a-f]{12}$/u);
      }),
    );
    expect(of('"'.repeat(8_192))).toHaveLength(12);
    expect(of('a'.repeat(8_192))).not.toBe(of('b'.repeat(8_192)));
  });
});
