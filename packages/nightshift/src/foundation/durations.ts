/** Lengths of time in milliseconds, the unit of every duration in this code base. */
export const SECOND_MS = 1_000;
/** One minute. */
export const MINUTE_MS = 60 * SECOND_MS;
/** One hour. */
export const HOUR_MS = 60 * MINUTE_MS;

/** A duration as people read it: `850 ms`, `12.5 s`, `3 min 20 s`, `2 h 5 min`. */
export function describeDuration(ms: number): string {
  if (ms < SECOND_MS) return `${Math.floor(ms)} ms`;
  if (ms < MINUTE_MS) return `${(Math.floor(ms / 100) / 10).toFixed(1)} s`;
  if (ms < HOUR_MS) return inTwoUnits(ms, [MINUTE_MS, 'min'], [SECOND_MS, 's']);
  return inTwoUnits(ms, [HOUR_MS, 'h'], [MINUTE_MS, 'min']);
}

type Unit = readonly [ms: number, name: string];

function inTwoUnits(ms: number, [bigMs, big]: Unit, [smallMs, small]: Unit): string {
  const whole = Math.floor(ms / bigMs);
  const rest = Math.floor((ms - whole * bigMs) / smallMs);
  return rest === 0 ? `${whole} ${big}` : `${whole} ${big} ${rest} ${small}`;
}
