import { Temporal } from 'temporal-polyfill';
import { NightshiftError } from '../foundation/index.ts';
import { timeZoneName } from './schedule.ts';

const INSTANT_MIN_MS = -62_135_596_800_000;
const INSTANT_MAX_MS = 253_402_300_799_999;
const NANOSECONDS_PER_MS = 1_000_000;
const WALL_ZERO = Temporal.PlainDateTime.from('1970-01-01T00:00');

/** An instant some rule has arrived at, and what a person should know about how. */
export interface PlannedRun {
  readonly at: Temporal.ZonedDateTime;
  /** For people, such as "02:30 does not exist that night"; null = nothing to say. */
  readonly note: string | null;
  /** Whether the wall-clock time that was meant does not exist, so that `at` is the first instant after it. */
  readonly inGap: boolean;
}

/** An instant as it is, without any rule applied. */
export function runAt(at: Temporal.ZonedDateTime): PlannedRun {
  return { at, note: null, inGap: false };
}

/**
 * `at` as a date and time of `zone`.
 *
 * @throws NightshiftError `VALIDATION`: `field` when `at` is no instant of the years 1–9999 (UTC); `timeZone` when
 * the zone is unknown.
 */
export function zonedAt(at: Date, zone: string, field: string): Temporal.ZonedDateTime {
  const ms = at instanceof Date ? at.getTime() : Number.NaN;
  if (!(ms >= INSTANT_MIN_MS && ms <= INSTANT_MAX_MS)) {
    throw new NightshiftError(
      'VALIDATION',
      `${field} must be a valid date and time of the years 1 to 9999.`,
      { field },
    );
  }
  return Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(timeZoneName(zone));
}

/** The `Date` of the instant. */
export function dateOf(at: Temporal.ZonedDateTime): Date {
  return new Date(at.epochMilliseconds);
}

/** What the clock on the wall shows, as milliseconds: those it would be were it UTC. */
export function wallMsOf(at: Temporal.ZonedDateTime): number {
  return at.epochMilliseconds + at.offsetNanoseconds / NANOSECONDS_PER_MS;
}

/** The wall-clock time of {@link wallMsOf}. */
export function wallClockOf(wallMs: number): Temporal.PlainDateTime {
  return WALL_ZERO.add({ milliseconds: wallMs });
}

/** Whether `a` is strictly after `b` on the time line. */
export function isAfter(a: Temporal.ZonedDateTime, b: Temporal.ZonedDateTime): boolean {
  return a.epochMilliseconds > b.epochMilliseconds;
}

/**
 * When the wall clock of `zone` shows `wall`, by our daylight saving rule: in the gap the first instant after it, in
 * the overlap the first occurrence.
 */
export function firstOccurrence(wall: Temporal.PlainDateTime, zone: string): PlannedRun {
  const earlier = wall.toZonedDateTime(zone, { disambiguation: 'earlier' });
  const later = wall.toZonedDateTime(zone, { disambiguation: 'later' });
  if (!isAfter(later, earlier)) return runAt(earlier);
  const time = timeText(wall.toPlainTime());
  if (earlier.toPlainDateTime().equals(wall)) {
    return { at: earlier, note: `${time} comes twice that night, the first one counts`, inGap: false };
  }
  // In a gap, `earlier` is read with the offset behind the gap and so lies before it: the gap is the next transition.
  const gap = earlier.getTimeZoneTransition('next') as Temporal.ZonedDateTime;
  return { at: gap, note: `${time} does not exist that night`, inGap: true };
}

/** Like {@link firstOccurrence}, but the second occurrence in an overlap when the first is before `notBefore`. */
export function occurrenceNotBefore(
  wall: Temporal.PlainDateTime,
  zone: string,
  notBefore: Temporal.ZonedDateTime,
): PlannedRun {
  const first = firstOccurrence(wall, zone);
  if (!isAfter(notBefore, first.at)) return first;
  return runAt(wall.toZonedDateTime(zone, { disambiguation: 'later' }));
}

/** 'HH:mm', or 'HH:mm:ss' when there are seconds. */
export function timeText(time: Temporal.PlainTime): string {
  return time.toString({ smallestUnit: time.second === 0 ? 'minute' : 'second' });
}
