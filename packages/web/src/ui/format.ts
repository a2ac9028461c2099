// Words for numbers, times and durations. All by `Intl`; the zone is always named.

import { LANGUAGE } from './language.ts';

const DAY_MS = 86_400_000;

const NUMBER = new Intl.NumberFormat(LANGUAGE);
const RELATIVE = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'short' });
const SHORT = { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' } as const;
const formats = new Map<string, Intl.DateTimeFormat>();

function format(zone: string, kind: 'short' | 'year' | 'zoned' | 'long'): Intl.DateTimeFormat {
  const key = `${zone} ${kind}`;
  const known = formats.get(key);
  if (known !== undefined) return known;
  const made =
    kind === 'long'
      ? new Intl.DateTimeFormat(LANGUAGE, { dateStyle: 'full', timeStyle: 'long', timeZone: zone })
      : new Intl.DateTimeFormat(LANGUAGE, {
          ...SHORT,
          ...(kind === 'year' ? { year: 'numeric' } : {}),
          ...(kind === 'zoned' ? { weekday: 'short', year: 'numeric', timeZoneName: 'short' } : {}),
          timeZone: zone,
        });
  formats.set(key, made);
  return made;
}

/** A number with its separators. */
export function numberText(value: number): string {
  return NUMBER.format(value);
}

/** An instant in a zone: date and time of day; the year where it is not the present one. @param instant RFC 3339 */
export function instantText(instant: string, zone: string): string {
  const at = new Date(instant);
  return format(zone, at.getFullYear() === new Date().getFullYear() ? 'short' : 'year').format(at);
}

/** An instant with its day of the week and what the zone is called then, which tells summer from winter. @param instant RFC 3339 */
export function zonedText(instant: string, zone: string): string {
  return format(zone, 'zoned').format(new Date(instant));
}

/** An instant in full, with the name of the zone. */
export function fullInstantText(instant: string, zone: string): string {
  return `${format(zone, 'long').format(new Date(instant))} (${zone})`;
}

const STEPS: readonly (readonly [unit: Intl.RelativeTimeFormatUnit, ms: number, upTo: number])[] = [
  ['second', 1_000, 60],
  ['minute', 60_000, 60],
  ['hour', 3_600_000, 24],
  ['day', DAY_MS, 30],
  ['month', 30 * DAY_MS, 12],
  ['year', 365 * DAY_MS, Number.POSITIVE_INFINITY],
];

/** How far an instant is from now: "in 5 min.", "2 hr. ago". */
export function relativeText(instant: string, nowMs: number): string {
  const ms = new Date(instant).getTime() - nowMs;
  if (Math.abs(ms) < 1_500) return 'now';
  const [unit, size] = STEPS.find(([, each, upTo]) => Math.abs(ms) < each * upTo) ?? ['year', 365 * DAY_MS];
  return RELATIVE.format(Math.round(ms / size), unit as Intl.RelativeTimeFormatUnit);
}

/** A duration in its two greatest units: "1 h 20 min", "350 ms". */
export function durationText(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const seconds = Math.floor(ms / 1_000);
  const parts: readonly (readonly [number, string])[] = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3_600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ];
  const first = parts.findIndex(([value]) => value > 0);
  if (seconds < 10) return `${(ms / 1_000).toFixed(1)} s`;
  return parts
    .slice(first, first + 2)
    .filter(([value]) => value > 0)
    .map(([value, unit]) => `${value} ${unit}`)
    .join(' ');
}

const SIZES: readonly (readonly [bytes: number, unit: string])[] = [
  [1e9, 'GB'],
  [1e6, 'MB'],
  [1e3, 'kB'],
];

/** A size in its greatest unit: "12.3 kB", "310 B". */
export function sizeText(bytes: number): string {
  // What would be rounded to a thousand is one of the next unit.
  const [size, unit] = SIZES.find(([each]) => bytes >= each * 0.9995) ?? [1, 'B'];
  const value = bytes / size;
  const decimals = size === 1 || value >= 99.95 ? 0 : 1;
  return `${NUMBER.format(Number(value.toFixed(decimals)))} ${unit}`;
}

/** "1 entry", "5 entries". */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${numberText(count)} ${count === 1 ? one : many}`;
}

/** The time of day of an instant in a zone, to the second. @param instant RFC 3339 */
export function clockText(instant: string, zone: string): string {
  return new Date(instant).toLocaleTimeString(LANGUAGE, { timeZone: zone, hour12: false });
}
