import type { Temporal } from 'temporal-polyfill';
import { nextCronTime } from './cron.ts';
import { firstOccurrence, isAfter, type PlannedRun, wallClockOf, wallMsOf } from './wall-clock.ts';

/**
 * The first time of the pattern strictly after `after`, by the wall clock of its zone. Daylight saving as everywhere: in
 * the gap the first instant after it, in the overlap the first occurrence only.
 * @returns null when it comes no more
 * @throws NightshiftError VALIDATION, field `cron`
 */
export function nextCronRun(pattern: string, after: Temporal.ZonedDateTime): PlannedRun | null {
  const zone = after.timeZoneId;
  // Croner counts in UTC here: wall-clock times that the zone's own rules have not touched.
  let wall: Date | null = new Date(wallMsOf(after));
  for (;;) {
    wall = nextCronTime(pattern, wall);
    if (wall === null) return null;
    const run = firstOccurrence(wallClockOf(wall.getTime()), zone);
    // In the repeated hour the times of its second pass lie before the instant that is asked for.
    if (isAfter(run.at, after)) return run;
  }
}
