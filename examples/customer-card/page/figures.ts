const amountFormat = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const compactFormat = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const dayFormat = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });
const monthFormat = new Intl.DateTimeFormat('en', { month: 'short', timeZone: 'UTC' });

/** Stands where a figure will be. */
export const DASH = '–';

export const amount = (value: number): string => amountFormat.format(value);
export const compactAmount = (value: number): string =>
  (Math.abs(value) < 1_000 ? amountFormat : compactFormat).format(value);
export const days = (value: number): string => dayFormat.format(value);

/** A number of a result; results are flat texts. */
export function number(text: string | undefined): number {
  return Number(text ?? 'NaN');
}

/** The numbers of a result. */
export function numbers(text: string | undefined): readonly number[] {
  return text === undefined || text === '' ? [] : text.split(',').map(Number);
}

/** The names of so many months up to the last one, `2026-03`. */
export function monthNames(last: string, count: number): readonly string[] {
  const [year = 1970, month = 1] = last.split('-').map(Number);
  return Array.from({ length: count }, (_, place) => {
    const day = new Date(Date.UTC(year, month - count + place, 1));
    return monthFormat.format(day);
  });
}
