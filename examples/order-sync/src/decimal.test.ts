import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatDecimal, parseDecimal, roundDecimal, sumDecimals } from './decimal.ts';

test('a thousand amounts of 0.10 add up to exactly 100.00', () => {
  const amounts = Array.from({ length: 1_000 }, () => parseDecimal('0.10') ?? 0n);
  expect(formatDecimal(sumDecimals(amounts), 2)).toBe('100.00');
});

test.each([
  ['12.90', '12.9000'],
  ['-0.05', '-0.0500'],
  ['7', '7.0000'],
  ['0.00005', '0.0001'],
  ['-0.00005', '-0.0001'],
  ['8.394958', '8.3950'],
  ['999999999999999.9999', '999999999999999.9999'],
])('%s is read as %s', (text, written) => {
  expect(formatDecimal(parseDecimal(text) ?? 0n)).toBe(written);
});

test.each(['', 'abc', '1,50', '1e3', 'NaN', '.5', '1.', '12.90 €', '1234567890123456'])(
  '"%s" is no decimal number',
  (text) => {
    expect(parseDecimal(text)).toBeNull();
  },
);

test('halves are rounded away from zero', () => {
  expect(formatDecimal(roundDecimal(parseDecimal('1.005') ?? 0n, 2), 2)).toBe('1.01');
  expect(formatDecimal(roundDecimal(parseDecimal('-1.005') ?? 0n, 2), 2)).toBe('-1.01');
  expect(formatDecimal(parseDecimal('149.5') ?? 0n, 0)).toBe('150');
});

test('what is written can be read again', () => {
  fc.assert(
    fc.property(fc.bigInt(-(10n ** 18n), 10n ** 18n), (amount) => {
      expect(parseDecimal(formatDecimal(amount))).toBe(amount);
    }),
  );
});
