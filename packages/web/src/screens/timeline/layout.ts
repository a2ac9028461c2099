import type { Bar } from './bars.ts';

/** A bar with its place: pixels. */
export interface Placed extends Bar {
  readonly x: number;
  readonly width: number;
  readonly y: number;
}

/** A row with its name. */
export interface PlacedRow {
  readonly name: string;
  readonly y: number;
  readonly height: number;
}

export const LANE = 18;
const ROW_PADDING = 5;
/** Narrower nobody would see it. */
const WIDTH_MIN = 4;
const GAP = 1;
/** What does not fit into so many lanes lies over the last one. */
const LANES_MAX = 8;

/** Lays bars out: in their rows, beneath each other where they overlap. Pure. */
export function layOut(
  bars: readonly Bar[],
  {
    fromMs,
    toMs,
    width,
    last,
  }: {
    readonly fromMs: number;
    readonly toMs: number;
    readonly width: number;
    /** Names of rows that stand beneath all others. */
    readonly last: readonly string[];
  },
): { readonly rows: readonly PlacedRow[]; readonly bars: readonly Placed[]; readonly height: number } {
  const scale = width / (toMs - fromMs);
  const names = [...new Set(bars.map(({ row }) => row))].toSorted(
    (one, other) =>
      last.indexOf(one) - last.indexOf(other) || one.localeCompare(other, undefined, { numeric: true }),
  );
  const rows: PlacedRow[] = [];
  const placed: Placed[] = [];
  let y = 0;
  for (const name of names) {
    const lanes: number[] = [];
    const mine = bars
      .filter(({ row }) => row === name)
      .toSorted((one, other) => one.startMs - other.startMs || one.key.localeCompare(other.key));
    for (const bar of mine) {
      const x = Math.max(0, (bar.startMs - fromMs) * scale);
      const end = Math.min(width, (bar.endMs - fromMs) * scale);
      const wide = Math.max(WIDTH_MIN, end - x);
      const free = lanes.findIndex((until) => until + GAP <= x);
      const lane = free !== -1 ? free : Math.min(lanes.length, LANES_MAX - 1);
      lanes[lane] = Math.max(lanes[lane] ?? 0, x + wide);
      placed.push({ ...bar, x, width: wide, y: y + ROW_PADDING + lane * LANE });
    }
    const height = Math.max(1, lanes.length) * LANE + 2 * ROW_PADDING;
    rows.push({ name, y, height });
    y += height;
  }
  return { rows, bars: placed, height: y };
}

const HOUR_MS = 3_600_000;
const STEPS_MS = [HOUR_MS / 2, HOUR_MS, 2 * HOUR_MS, 3 * HOUR_MS, 6 * HOUR_MS, 12 * HOUR_MS, 24 * HOUR_MS];

/** The instants at which lines stand, at whole hours of a zone, with room for their names. Pure. */
export function ticks(
  fromMs: number,
  toMs: number,
  { zone, most }: { readonly zone: string; readonly most: number },
): readonly number[] {
  const step = STEPS_MS.find((each) => (toMs - fromMs) / each <= most) ?? 24 * HOUR_MS;
  const shift = offsetMs(fromMs, zone);
  const found: number[] = [];
  for (let at = Math.ceil((fromMs + shift) / step) * step - shift; at <= toMs; at += step) found.push(at);
  return found;
}

/** By how much the clocks of a zone are ahead of UTC at an instant. */
function offsetMs(at: number, zone: string): number {
  const parts = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' }).formatToParts(
    at,
  );
  const name = parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
  const found = /([+-])(\d\d):(\d\d)/.exec(name);
  if (found === null) return 0;
  const minutes = Number(found[2]) * 60 + Number(found[3]);
  return (found[1] === '-' ? -1 : 1) * minutes * 60_000;
}
