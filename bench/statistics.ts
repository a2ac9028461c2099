/** The middle one; the mean of the two in the middle where there is none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** One turn of a scenario; `p95` null where single ones cannot be told apart. */
export interface Spread {
  readonly p50: number;
  readonly p95: number | null;
}

/** Half of the values are at most `p50`, 95 % of them at most `p95`. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((one, other) => one - other);
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return { p50: at(0.5), p95: at(0.95) };
}

/** A figure with as many places as say something. */
export function shown(value: number): string {
  if (value >= 1_000) return whole(value);
  return value.toFixed(value < 10 ? 2 : 1);
}

/** A whole figure, thousands set apart. */
export function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** The smallest and the largest. */
export function range(values: readonly number[], show: (value: number) => string = shown): string {
  return `${show(Math.min(...values))} – ${show(Math.max(...values))}`;
}
