/** Lengths of time in milliseconds, the unit of every duration in this code base. */
export const SECOND_MS = 1_000;
/** One minute. */
export const MINUTE_MS = 60 * SECOND_MS;
/** One hour. */
export const HOUR_MS = 60 * MINUTE_MS;

/** A duration as people read it: `850 ms`, `12.5 s`, `3 min 20 s`, `2 h 5 min`. */
export function describeDuration(ms: number): string {
  if (ms < SECOND_MS) return `${Math.round(ms)} ms`;
  if (ms < MINUTE_MS) return `${(ms / SECOND_MS).toFixed(1)} s`;
  if (ms < HOUR_MS) return joined(ms, MINUTE_MS, 'min', SECOND_MS, 's');
  return joined(ms, HOUR_MS, 'h', MINUTE_MS, 'min');
}

function joined(ms: number, big: number, bigUnit: string, small: number, smallUnit: string): string {
  const whole = Math.floor(ms / big);
  const rest = Math.floor((ms - whole * big) / small);
  return rest === 0 ? `${whole} ${bigUnit}` : `${whole} ${bigUnit} ${rest} ${smallUnit}`;
}
