import { type Clock, HOUR_MS, MINUTE_MS } from '../foundation/index.ts';
import type { Telemetry } from '../telemetry/index.ts';

/** More starts of one codeunit within a minute are frequent … */
export const FREQUENT_STARTS_A_MINUTE = 60;
/** … and sessions with a shorter median are small. */
export const SMALL_SESSION_MS = 100;

/** The sessions of one codeunit that ended within the last minute. */
interface Recent {
  readonly ends: { readonly at: number; readonly ms: number }[];
  /** When it was last reported, on the monotonic clock. */
  reported: number;
}

/** Notices codeunits for which StartSession is the wrong tool: a session costs more than what they do in it. */
export class StartWatch {
  readonly #clock: Clock;
  readonly #telemetry: Telemetry;
  readonly #recent = new Map<string, Recent>();

  constructor(clock: Clock, telemetry: Telemetry) {
    this.#clock = clock;
    this.#telemetry = telemetry;
  }

  /** A session of StartSession has ended after `ms`. Reports a codeunit at most once an hour. */
  ended(codeunit: string, ms: number): void {
    const now = this.#clock.monotonic();
    const recent = this.#recent.get(codeunit) ?? { ends: [], reported: Number.NEGATIVE_INFINITY };
    this.#recent.set(codeunit, recent);
    recent.ends.push({ at: now, ms });
    // As many as it takes to notice: a busy instance ends more in a minute than anybody wants to sort each time.
    if (recent.ends.length > FREQUENT_STARTS_A_MINUTE + 1) recent.ends.shift();
    while ((recent.ends[0]?.at ?? now) <= now - MINUTE_MS) recent.ends.shift();
    if (recent.ends.length <= FREQUENT_STARTS_A_MINUTE || now - recent.reported < HOUR_MS) return;
    const median = medianOf(recent.ends.map((end) => end.ms));
    if (median >= SMALL_SESSION_MS) return;
    recent.reported = now;
    this.#telemetry.emit('NS0011', { codeunit, starts: recent.ends.length, medianMs: Math.round(median) });
  }
}

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
