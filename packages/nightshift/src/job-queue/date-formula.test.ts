import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isNightshiftError } from '../foundation/index.ts';
import { evaluateDateFormula, parseDateFormula } from './date-formula.ts';

describe('evaluateDateFormula', () => {
  // 2026-03-29 is a Sunday, 2026-03-31 a Tuesday.
  test.each([
    ['0D', '2026-03-29', '2026-03-29'],
    ['30D', '2026-03-29', '2026-04-28'],
    ['-30D', '2026-03-29', '2026-02-27'],
    ['2W', '2026-03-29', '2026-04-12'],
    ['-1W', '2026-03-29', '2026-03-22'],
    ['1M', '2026-01-31', '2026-02-28'],
    ['1M', '2028-01-31', '2028-02-29'],
    ['-1M', '2026-03-31', '2026-02-28'],
    ['1M+1M', '2026-01-31', '2026-03-28'],
    ['2M', '2026-01-31', '2026-03-31'],
    ['1Q', '2026-11-30', '2027-02-28'],
    ['-1Q', '2026-05-31', '2026-02-28'],
    ['1Y', '2028-02-29', '2029-02-28'],
    ['4Y', '2028-02-29', '2032-02-29'],
    ['-1Y', '2028-02-29', '2027-02-28'],
    ['100Y', '2000-02-29', '2100-02-28'],
    ['CD', '2026-03-29', '2026-03-29'],
    ['-CD', '2026-03-29', '2026-03-29'],
    ['CW', '2026-03-29', '2026-03-29'],
    ['CW', '2026-03-30', '2026-04-05'],
    ['-CW', '2026-03-29', '2026-03-23'],
    ['-CW', '2026-03-30', '2026-03-30'],
    ['CM', '2026-02-01', '2026-02-28'],
    ['CM', '2028-02-01', '2028-02-29'],
    ['-CM', '2026-02-28', '2026-02-01'],
    ['CQ', '2026-04-01', '2026-06-30'],
    ['CQ', '2026-12-31', '2026-12-31'],
    ['-CQ', '2026-06-30', '2026-04-01'],
    ['CY', '2026-03-29', '2026-12-31'],
    ['-CY', '2026-03-29', '2026-01-01'],
    ['WD3', '2026-03-31', '2026-04-01'],
    ['WD2', '2026-03-31', '2026-04-07'],
    ['WD1', '2026-03-31', '2026-04-06'],
    ['WD7', '2026-03-29', '2026-04-05'],
    ['-WD2', '2026-03-31', '2026-03-24'],
    ['-WD1', '2026-03-31', '2026-03-30'],
    ['-WD3', '2026-03-31', '2026-03-25'],
    ['D15', '2026-03-14', '2026-03-15'],
    ['D15', '2026-03-15', '2026-04-15'],
    ['-D15', '2026-03-15', '2026-02-15'],
    ['-D15', '2026-03-16', '2026-03-15'],
    ['D31', '2026-01-31', '2026-02-28'],
    ['D31', '2026-02-28', '2026-03-31'],
    ['-D31', '2026-03-31', '2026-02-28'],
    ['-D31', '2026-03-01', '2026-02-28'],
    ['D29', '2028-01-29', '2028-02-29'],
    // Business Central's job queue test, its documentation, and an implementer's table.
    ['1D+CM', '2012-03-31', '2012-04-30'],
    ['CQ+1M-10D', '1996-05-21', '1996-07-20'],
    ['-WD2', '1996-05-21', '1996-05-14'],
    ['CM+30D', '1996-05-21', '1996-06-30'],
    ['D15+1M', '2013-09-23', '2013-11-15'],
    ['1M+D15', '2013-09-23', '2013-11-15'],
    ['CM+1M', '2013-09-23', '2013-10-30'],
    ['CM+1M', '2013-02-23', '2013-03-28'],
    ['CM+D10+90D', '2013-09-23', '2014-01-08'],
    // Notation.
    ['<1M+2D>', '2026-03-29', '2026-05-01'],
    [' < 1m + 2d > ', '2026-03-29', '2026-05-01'],
    ['+1D', '2026-03-29', '2026-03-30'],
    ['1M 2D', '2026-03-29', '2026-05-01'],
    ['- c m', '2026-03-29', '2026-03-01'],
    ['wd 3\t+\u00a01 d', '2026-03-31', '2026-04-02'],
    ['9999D', '2026-03-29', '2053-08-13'],
    ['1D+1D+1D+1D-1D-1D-1D-1D', '0001-01-01', '0001-01-01'],
    ['CY', '9999-12-31', '9999-12-31'],
  ])('%s from %s: %s', (formula, day, expected) => {
    expect(evaluateDateFormula(formula, day)).toBe(expected);
  });

  test.each([
    ['', 1, 'empty'],
    ['  ', 1, 'empty'],
    ['<>', 2, 'empty'],
    ['< >', 3, 'empty'],
    ['<1D', 4, '">" is missing'],
    ['1D>', 1, '"<" is missing'],
    ['1', 2, 'unit is missing'],
    ['1D+2', 5, 'unit is missing'],
    ['<-2 >', 5, 'unit is missing'],
    ['+', 2, 'term is missing'],
    ['1D+', 4, 'term is missing'],
    ['1D++1D', 4, 'cannot be read'],
    ['X', 1, 'cannot be read'],
    ['1X', 2, 'cannot be read'],
    ['-1X', 3, 'cannot be read'],
    ['C', 2, 'cannot be read'],
    ['CX', 2, 'cannot be read'],
    ['1D,1M', 3, 'cannot be read'],
    ['1.5D', 2, 'cannot be read'],
    ['M', 2, 'cannot be read'],
    ['WD', 3, 'cannot be read'],
    ['1D 5 5D', 6, 'cannot be read'],
    ['CWD', 4, 'cannot be read'],
    ['<<1D>>', 2, 'cannot be read'],
    ['１D', 1, 'cannot be read'],
    ['1Ｄ', 2, 'cannot be read'],
    ['1D\u0000', 3, 'cannot be read'],
    ['W3', 1, 'write 3W'],
    ['1D+M2', 3, 'write 2M'],
    ['WD0', 1, 'no weekday 0'],
    ['1D+WD8', 3, 'no weekday 8'],
    ['D0', 1, 'no month has a day 0'],
    ['D32', 1, 'write 40D'],
    ['10000D', 1, 'too large'],
    ['1D+1D+1D+1D+1D+1D+1D+1D+1D+1D+1D+1D', 33, 'too long'],
  ])('refuses "%s" at character %i: %s', (formula, position, words) => {
    const failure = (): unknown => parseDateFormula(formula);
    expect(failure).toThrow(words);
    expect(failure).toThrow(
      expect.objectContaining({
        code: 'DATE_FORMULA_INVALID',
        field: 'nextRunDateFormula',
        details: { position, hint: expect.any(String) },
      }),
    );
  });

  test.each(['9999Y', '-9999Y', '8000Y-8000Y', '-2026Y'])(
    'refuses %s, which leaves the calendar',
    (formula) => {
      expect(() => evaluateDateFormula(formula, '2026-03-29')).toThrow(
        expect.objectContaining({ code: 'DATE_FORMULA_INVALID' }),
      );
    },
  );

  test.each([undefined, null, 1, {}])('refuses %s, which is no text', (formula) => {
    expect(() => parseDateFormula(formula as unknown as string)).toThrow(
      expect.objectContaining({ code: 'DATE_FORMULA_INVALID' }),
    );
  });

  test.each([
    '2026-02-29',
    '2026-13-01',
    '0000-01-01',
    '+010000-01-01',
    '26-1-1',
    '2026-03-29T00:00',
    '',
    null,
  ])('refuses the day %s', (day) => {
    expect(() => evaluateDateFormula('1D', day as string)).toThrow(
      expect.objectContaining({ code: 'VALIDATION', field: 'day' }),
    );
  });
});

describe('date formulas at large', () => {
  const day = fc
    .date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
    .map((date) => date.toISOString().slice(0, 10));
  const term = fc.oneof(
    fc
      .tuple(fc.nat({ max: 400 }), fc.constantFrom('D', 'W', 'M', 'Q', 'Y'))
      .map(([n, unit]) => `${n}${unit}`),
    fc.constantFrom('CD', 'CW', 'CM', 'CQ', 'CY', 'WD1', 'WD4', 'WD7', 'D1', 'D15', 'D29', 'D31'),
  );
  const formula = fc
    .array(fc.tuple(fc.constantFrom('+', '-'), term), { minLength: 1, maxLength: 4 })
    .map((terms) => terms.flat().join(''));
  const noise = fc.string({ unit: fc.constantFrom(...'CDWMQY0123456789+-<> dwmx'), maxLength: 12 });

  /** The result, or the code of the error. */
  function outcome(text: string, from: string): string {
    try {
      return evaluateDateFormula(text, from);
    } catch (thrown) {
      return isNightshiftError(thrown) ? thrown.code : String(thrown);
    }
  }

  test('every text leads to a day or to the error code', () => {
    fc.assert(
      fc.property(fc.oneof(formula, noise, fc.string()), day, (text, from) => {
        expect(outcome(text, from)).toMatch(/^(\d{4}-\d{2}-\d{2}|DATE_FORMULA_INVALID)$/);
      }),
      { numRuns: 2000 },
    );
  });

  test('a later day never leads to an earlier one', () => {
    fc.assert(
      fc.property(formula, day, fc.nat({ max: 800 }), (text, from, days) => {
        const later = new Date(Date.parse(from) + days * 86_400_000).toISOString().slice(0, 10);
        const [a, b] = [outcome(text, from), outcome(text, later)];
        if (/^\d/.test(a) && /^\d/.test(b)) expect(a <= b).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});
