import { plainText } from './plain-text.ts';
import type { FullColumn, ReadTable, ReportRow } from './report-table.ts';

/** In which words and digits values are written. */
export interface ValueLocale {
  readonly language: string;
  readonly timeZone: string;
}

/** A value as text for people, blank where there is none. */
export type ValueText = (value: unknown) => string;

const DECIMAL = /^([+-]?)(\d+)(?:\.(\d+))?$/;
/** More decimals than anything that is shown. */
const DECIMALS_SHOWN_MAX = 20;
/** A calendar day, as PostgreSQL writes it. */
export const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** How the values of a column are written for people. */
export function valueTextOf({ type, decimals }: FullColumn, { language, timeZone }: ValueLocale): ValueText {
  const present = (write: ValueText) => (value: unknown) =>
    value === null || value === undefined ? '' : write(value);
  switch (type) {
    case 'number': {
      const format = new Intl.NumberFormat(language, {
        minimumFractionDigits: decimals ?? 0,
        maximumFractionDigits: decimals ?? DECIMALS_SHOWN_MAX,
      });
      // Intl reads digits as text exactly, where a number would round them.
      return present((value) => {
        const digits = digitsOf(value);
        return digits === null ? plainText(value) : format.format(digits as Intl.StringNumericLiteral);
      });
    }
    case 'date': {
      const days = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeZone: 'UTC' });
      const instants = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeZone });
      return present((value) => dateText(value, DAY.test(String(value)) ? days : instants));
    }
    case 'datetime': {
      const format = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short', timeZone });
      return present((value) => dateText(value, format));
    }
    case 'boolean':
      return present((value) => (value === true ? '✓' : value === false ? '✗' : plainText(value)));
    default:
      return present(plainText);
  }
}

function dateText(value: unknown, format: Intl.DateTimeFormat): string {
  const date = dateOf(value);
  return date === null ? plainText(value) : format.format(date);
}

/** A date of a value that is one or is written as one; null: it is none. */
export function dateOf(value: unknown): Date | null {
  const date = value instanceof Date ? value : typeof value === 'string' ? new Date(value) : null;
  return date === null || Number.isNaN(date.getTime()) ? null : date;
}

/** A number in decimal digits, without exponent; null: it is none. */
export function digitsOf(value: unknown): string | null {
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'string') return DECIMAL.test(value) ? value : null;
  if (typeof value !== 'number' || !Number.isFinite(value)) return null;
  const text = String(value);
  if (Math.abs(value) >= 1e21) return String(BigInt(value));
  return DECIMAL.test(text) ? text : value.toFixed(DECIMALS_SHOWN_MAX).replace(/\.?0+$/, '');
}

/** The sums of the columns that have one, exactly, as decimal digits; null: no column has. */
export function totalsOf({ columns, rows }: ReadTable): ReportRow | null {
  const summed = columns.filter(({ total }) => total);
  if (summed.length === 0) return null;
  return Object.fromEntries(summed.map(({ name }) => [name, sumOf(rows.map((row) => row[name]))]));
}

/** @returns the sum of what is a number */
export function sumOf(values: readonly unknown[]): string {
  let sum = 0n;
  let scale = 0;
  for (const value of values) {
    const match = DECIMAL.exec(digitsOf(value) ?? '');
    if (match === null) continue;
    const [, sign = '', whole = '', decimals = ''] = match;
    if (decimals.length > scale) {
      sum *= 10n ** BigInt(decimals.length - scale);
      scale = decimals.length;
    }
    const amount = BigInt(whole + decimals.padEnd(scale, '0'));
    sum += sign === '-' ? -amount : amount;
  }
  const digits = String(sum < 0n ? -sum : sum).padStart(scale + 1, '0');
  const text = scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
  return sum < 0n ? `-${text}` : text;
}
