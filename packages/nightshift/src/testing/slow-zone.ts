// Wall-clock time by Intl alone, for references that share nothing with the product's time arithmetic. A wall-clock time is
// the number of milliseconds that it would be in UTC.

const QUARTER_MS = 15 * 60_000;
const DAY_MS = 96 * QUARTER_MS;
/** No zone is further from UTC. */
const FURTHEST_MS = 14 * 3_600_000;

/** A time zone, asked quarter hour by quarter hour: clocks are set at full quarters only. */
export interface SlowZone {
  /** What the clock on the wall shows at an instant. */
  wallAt(instant: number): number;
  /** The first instant, not before `notBefore`, at which the clock on the wall shows this or more. */
  firstAt(wall: number, notBefore?: number): number;
}

const zones = new Map<string, SlowZone>();

export function slowZone(name: string): SlowZone {
  const known = zones.get(name);
  if (known !== undefined) return known;
  const zone = askIntl(name);
  zones.set(name, zone);
  return zone;
}

function askIntl(name: string): SlowZone {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: name,
    calendar: 'iso8601',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  });
  const offsets = new Map<number, number>();
  const ask = (instant: number): number => {
    const known = offsets.get(instant);
    if (known !== undefined) return known;
    const shown = Object.fromEntries(format.formatToParts(instant).map((part) => [part.type, part.value]));
    const { year, month, day, hour, minute } = shown;
    const wall = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute));
    offsets.set(instant, wall - instant);
    return wall - instant;
  };
  // Clocks are not set twice within a day, so most days need no closer look.
  const offsetIn = (quarter: number): number => {
    const day = Math.floor(quarter / DAY_MS) * DAY_MS;
    return ask(day) === ask(day + DAY_MS) ? ask(day) : ask(quarter);
  };
  const quarterOf = (instant: number) => Math.floor(instant / QUARTER_MS) * QUARTER_MS;
  return {
    wallAt: (instant) => instant + offsetIn(quarterOf(instant)),
    firstAt(wall, notBefore = wall - FURTHEST_MS) {
      for (let quarter = quarterOf(Math.max(notBefore, wall - FURTHEST_MS)); ; quarter += QUARTER_MS) {
        const instant = Math.max(quarter, notBefore, wall - offsetIn(quarter));
        if (instant < quarter + QUARTER_MS) return instant;
      }
    },
  };
}
