import { type Clock, SECOND_MS } from '../foundation/index.ts';

/** Starts that may follow each other at once after a pause, in milliseconds of the pace; at least one. */
const BURST_MS = 100;

/** How many tasks an instance may start in a second: evenly, so that others who work on the same machine notice little of it. */
export class StartPace {
  readonly #perSecond: number;
  readonly #clock: Clock;
  /**
   * Starts that are allowed now, in thousandths: whole milliseconds at a whole pace add up to whole numbers, where fractions of starts
   * would miss one by a rounding. Below zero after several that could only start together.
   */
  #credit: number;
  #countedAt: number;

  /** @param perSecond 0: no limit */
  constructor(perSecond: number, clock: Clock) {
    this.#perSecond = perSecond;
    this.#clock = clock;
    this.#credit = this.burst * SECOND_MS;
    this.#countedAt = clock.monotonic();
  }

  /** Most tasks that may start at once. */
  get burst(): number {
    if (this.#perSecond === 0) return Number.POSITIVE_INFINITY;
    return Math.max(1, (this.#perSecond * BURST_MS) / SECOND_MS);
  }

  /** How many tasks may start now. */
  get room(): number {
    if (this.#perSecond === 0) return Number.POSITIVE_INFINITY;
    const now = this.#clock.monotonic();
    const earned = (now - this.#countedAt) * this.#perSecond;
    this.#credit = Math.min(this.burst * SECOND_MS, this.#credit + earned);
    this.#countedAt = now;
    return Math.max(0, Math.floor(this.#credit / SECOND_MS));
  }

  /** In how many milliseconds one may start. */
  get waitMs(): number {
    return this.room > 0 ? 0 : Math.ceil((SECOND_MS - this.#credit) / this.#perSecond);
  }

  /** So many have started. */
  started(tasks: number): void {
    if (this.#perSecond > 0) this.#credit -= tasks * SECOND_MS;
  }
}
