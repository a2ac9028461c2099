import { Temporal } from 'temporal-polyfill';
import { HOUR_MS, MINUTE_MS, NightshiftError, SECOND_MS } from '../foundation/index.ts';

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: SECOND_MS,
  m: MINUTE_MS,
  min: MINUTE_MS,
  h: HOUR_MS,
  d: 24 * HOUR_MS,
};
const DURATION = /^(?:\d+(?:ms|s|min|m|h|d))+$/;
const DURATION_PART = /(\d+)(ms|s|min|m|h|d)/g;

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const FIELD_OF_DAY = {
  mon: 'runOnMondays',
  tue: 'runOnTuesdays',
  wed: 'runOnWednesdays',
  thu: 'runOnThursdays',
  fri: 'runOnFridays',
  sat: 'runOnSaturdays',
  sun: 'runOnSundays',
} as const;
const DAY_NAMES = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];
const WORKING_DAYS = 5;

/** The weekday fields of a schedule. */
export type DayFields = Readonly<Partial<Record<(typeof FIELD_OF_DAY)[keyof typeof FIELD_OF_DAY], boolean>>>;

/**
 * Milliseconds of a duration as people type it: `30m`, `12h`, `1h30m`, `500ms`. A bare number is refused, since nobody
 * knows its unit.
 * @throws NightshiftError VALIDATION
 */
export function parseDuration(text: string, field: string): number {
  const trimmed = text.trim().toLowerCase().replaceAll(' ', '');
  if (!DURATION.test(trimmed)) {
    throw refused(field, `"${text}" is not a duration; write 45s, 30m, 12h or 1h30m.`);
  }
  let total = 0;
  for (const [, count, unit] of trimmed.matchAll(DURATION_PART))
    total += Number(count) * (UNITS[unit ?? ''] ?? 0);
  if (Number.isSafeInteger(total)) return total;
  throw refused(field, `"${text}" is too long.`);
}

/** Seconds: a bare number, or a duration of whole seconds. @throws NightshiftError VALIDATION */
export function parseSeconds(text: string, field: string): number {
  if (/^\d+$/.test(text.trim())) return parseWholeNumber(text, field);
  const ms = parseDuration(text, field);
  if (ms % SECOND_MS === 0) return ms / SECOND_MS;
  throw refused(field, `"${text}" is not a whole number of seconds.`);
}

/** A whole number of 0 or more. @throws NightshiftError VALIDATION */
export function parseWholeNumber(text: string, field: string): number {
  const value = /^\d{1,15}$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(value)) return value;
  throw refused(field, `"${text}" is not a whole number.`);
}

/** A whole number of `minimum` to `maximum`. @throws NightshiftError VALIDATION */
export function parseRange(
  text: string,
  field: string,
  { minimum, maximum }: { readonly minimum: number; readonly maximum: number },
): number {
  const value = parseWholeNumber(text, field);
  if (value >= minimum && value <= maximum) return value;
  throw refused(field, `${field} is a whole number from ${minimum} to ${maximum}.`);
}

/** No weekday: what a list of weekdays is laid over. */
export const NO_DAYS: DayFields = Object.freeze(
  Object.fromEntries(Object.values(FIELD_OF_DAY).map((field) => [field, false])),
);

/** Weekdays: `mon,wed,fri`, `all`, or `weekdays` (Monday to Friday). @throws NightshiftError VALIDATION */
export function parseDays(text: string): DayFields {
  const chosen = text.split(',').flatMap((word) => daysOf(word.trim().toLowerCase()));
  return Object.fromEntries(chosen.map((day) => [FIELD_OF_DAY[day], true]));
}

function daysOf(word: string): readonly (typeof DAYS)[number][] {
  if (word === 'all') return DAYS;
  if (word === 'weekdays') return DAYS.slice(0, WORKING_DAYS);
  const at = DAY_NAMES.findIndex((name) => name === word || `${name}s` === word);
  const day = at === -1 ? DAYS.find((known) => known === word) : DAYS[at];
  if (day !== undefined) return [day];
  throw refused('days', `"${word}" is not a weekday; write ${DAYS.join(',')}, or all, or weekdays.`);
}

/**
 * An instant in ISO 8601. One without an offset is the wall-clock time of `zone`; in the hour that summer time skips the
 * first instant after it, in the one that comes twice its first occurrence, as everywhere in Nightshift.
 * @throws NightshiftError VALIDATION
 */
export function parseInstant(text: string, field: string, zone: string): Date {
  const trimmed = text.trim();
  try {
    const instant = /(?:[zZ]|[+-]\d\d(?::?\d\d)?)(?:\[.*\])?$/.test(trimmed.replace(/^[^Tt ]*/, ''))
      ? Temporal.Instant.from(trimmed)
      : atWallClock(trimmed, zone);
    return new Date(instant.epochMilliseconds);
  } catch (cause) {
    if (cause instanceof NightshiftError) throw cause;
    throw refused(
      field,
      `"${text}" is not a date and time; write 2026-08-01T08:00 or 2026-08-01T06:00Z.`,
      cause,
    );
  }
}

function atWallClock(text: string, zone: string): Temporal.Instant {
  const wanted = Temporal.PlainDateTime.from(text);
  const earlier = wanted.toZonedDateTime(zoneName(zone), { disambiguation: 'earlier' });
  if (earlier.toPlainDateTime().equals(wanted)) return earlier.toInstant();
  // A time that does not exist: the change of the clocks lies right behind the time before the gap.
  return (earlier.getTimeZoneTransition('next') ?? earlier).toInstant();
}

function zoneName(zone: string): string {
  try {
    return Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(zone).timeZoneId;
  } catch (cause) {
    throw refused('timeZone', `There is no time zone "${zone}"; use a name such as Europe/Berlin.`, cause);
  }
}

function refused(field: string, message: string, cause?: unknown): NightshiftError {
  return new NightshiftError('VALIDATION', message, { field, cause });
}
