/** Chance that repeats: the same seed gives the same shop and the same faults. */
export interface SeededRandom {
  /** A number from 0 up to, not including, 1. */
  fraction(): number;
  /** A whole number from `min` to `max`, both included. */
  integer(min: number, max: number): number;
  /** One of `values`, which must not be empty. */
  pick<T>(values: readonly T[]): T;
  /** `count` different numbers below `below`, in the order drawn; all of them when there are fewer. */
  distinct(count: number, below: number): number[];
}

/** Makes a source of chance: mulberry32, which is small and good enough for test data. */
export function seededRandom(seed: number): SeededRandom {
  let state = seed >>> 0;
  const fraction = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const integer = (min: number, max: number): number => min + Math.floor(fraction() * (max - min + 1));
  return {
    fraction,
    integer,
    pick<T>(values: readonly T[]): T {
      const value = values[integer(0, values.length - 1)];
      if (value === undefined) throw new RangeError('There is nothing to pick from.');
      return value;
    },
    distinct(count: number, below: number): number[] {
      const numbers = Array.from({ length: below }, (_, index) => index);
      for (let last = below - 1; last > 0; last -= 1) {
        const other = integer(0, last);
        const moved = numbers[last] ?? 0;
        numbers[last] = numbers[other] ?? 0;
        numbers[other] = moved;
      }
      return numbers.slice(0, Math.max(0, count));
    },
  };
}
