/** How far a listener has come: what he is to be told is what happened since. */
export interface LivePosition {
  /** The oldest transaction that was under way. */
  readonly horizon: bigint;
  /** What the list looked like, as a sum. */
  readonly state: string;
  /** Which rows there were, as a sum. */
  readonly rowsThere: string;
}

const FORM = /^([0-9a-z]{1,13})\.(-?[0-9a-z]{1,30})\.(-?[0-9a-z]{1,30})$/;
const BASE = 36;

/** Transaction numbers go round at twice this distance; what is further back than half of it is too old. */
const DISTANCE_MAX = 1_000_000_000n;

/** The text of a position; it means nothing to whoever carries it. */
export function positionText({ horizon, state, rowsThere }: LivePosition): string {
  return [horizon.toString(BASE), state, rowsThere].join('.');
}

/**
 * Reads the text of a position.
 * @param horizon that of now
 * @returns null: it is none, is from another database, or is too old
 */
export function positionOf(text: string, horizon: bigint): LivePosition | null {
  const [, digits, state, rowsThere] = FORM.exec(text) ?? [];
  if (digits === undefined || state === undefined || rowsThere === undefined) return null;
  const then = numberOf(digits);
  if (then > horizon || horizon - then > DISTANCE_MAX) return null;
  return { horizon: then, state, rowsThere };
}

function numberOf(digits: string): bigint {
  let value = 0n;
  for (const digit of digits) value = value * BigInt(BASE) + BigInt(Number.parseInt(digit, BASE));
  return value;
}

/** A sum of PostgreSQL, shorter. */
export function shortSum(decimal: string): string {
  return BigInt(decimal).toString(BASE);
}
