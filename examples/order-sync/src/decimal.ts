/**
 * Exact money and quantities: a bigint that counts ten-thousandths, the scale of the `numeric(19,4)` columns. Floating
 * point never touches an amount, or a thousand orders would not add up to the cent.
 */
export type Decimal = bigint;

/** Decimal places of a `Decimal`. */
export const DECIMAL_PLACES = 4;

const DECIMAL_PATTERN = /^([+-]?)(\d{1,15})(?:\.(\d{1,18}))?$/;

/**
 * Reads text such as `12.90`; places beyond the fourth are rounded half away from zero. Null when it is not a plain
 * decimal number.
 */
export function parseDecimal(text: string): Decimal | null {
  const match = DECIMAL_PATTERN.exec(text);
  if (match === null) return null;
  const [, sign, whole = '0', fraction = ''] = match;
  const kept = fraction.slice(0, DECIMAL_PLACES).padEnd(DECIMAL_PLACES, '0');
  const roundsUp = (fraction[DECIMAL_PLACES] ?? '0') >= '5';
  const magnitude = BigInt(whole + kept) + (roundsUp ? 1n : 0n);
  return sign === '-' ? -magnitude : magnitude;
}

/** Writes the amount with `places` decimals, 0 to 4; amounts with more places are rounded half away from zero. */
export function formatDecimal(amount: Decimal, places: number = DECIMAL_PLACES): string {
  const rounded = roundDecimal(amount, places) / 10n ** BigInt(DECIMAL_PLACES - places);
  const digits = abs(rounded)
    .toString()
    .padStart(places + 1, '0');
  const sign = rounded < 0n ? '-' : '';
  if (places === 0) return sign + digits;
  return `${sign}${digits.slice(0, -places)}.${digits.slice(-places)}`;
}

/** Rounds half away from zero to `places` decimals, 0 to 4. */
export function roundDecimal(amount: Decimal, places: number): Decimal {
  const unit = 10n ** BigInt(DECIMAL_PLACES - places);
  const half = unit / 2n;
  const magnitude = ((abs(amount) + half) / unit) * unit;
  return amount < 0n ? -magnitude : magnitude;
}

/** Adds up. */
export function sumDecimals(amounts: Iterable<Decimal>): Decimal {
  let sum = 0n;
  for (const amount of amounts) sum += amount;
  return sum;
}

/** The size of an amount. */
export function abs(amount: Decimal): Decimal {
  return amount < 0n ? -amount : amount;
}
