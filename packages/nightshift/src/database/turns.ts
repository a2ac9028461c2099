import { type Clock, isNightshiftError, type NightshiftError } from '../foundation/index.ts';

/** How work takes turns. */
export interface TurnOptions {
  readonly clock: Clock;
  /** How many pieces of one kind are under way at a time. */
  readonly places: number;
  /** How long a piece waits while none of its kind gets on, in milliseconds. */
  readonly patienceMs: number;
  /** What a piece of a kind is refused with then. */
  readonly refusal: (kind: string) => NightshiftError;
}

interface Waiting {
  readonly since: number;
  readonly begin: () => void;
  readonly refuse: (reason: NightshiftError) => void;
}

/** Work of one kind. */
interface Line {
  underWay: number;
  /** When work of this kind got on last. */
  movedAt: number;
  readonly waiting: Waiting[];
  /** Ends the watch over those that wait; null: nobody watches. */
  watch: AbortController | null;
}

/**
 * Lets work of one kind begin in the order in which it comes, only so many pieces at a time. However many wait, each waits as
 * long as it takes; but when for some time none gets on, all that have waited so long are refused.
 */
export class Turns {
  readonly #options: TurnOptions;
  readonly #lines = new Map<string, Line>();

  constructor(options: TurnOptions) {
    this.#options = options;
  }

  /** @throws what `work` throws; the refusal of the options when nothing got on for too long, and `work` did not begin */
  async take<T>(kind: string, work: () => Promise<T>): Promise<T> {
    const line = this.#lineOf(kind);
    if (line.underWay < this.#options.places) line.underWay++;
    else await this.#begin(kind, line);
    let isStuck = false;
    try {
      return await work();
    } catch (error) {
      isStuck = isNightshiftError(error, 'DATABASE_BUSY');
      throw error;
    } finally {
      this.#leave(kind, line, isStuck);
    }
  }

  #lineOf(kind: string): Line {
    const present = this.#lines.get(kind);
    if (present !== undefined) return present;
    const line = { underWay: 0, movedAt: this.#options.clock.monotonic(), waiting: [], watch: null };
    this.#lines.set(kind, line);
    return line;
  }

  #begin(kind: string, line: Line): Promise<void> {
    const { promise, resolve: begin, reject: refuse } = Promise.withResolvers<void>();
    line.waiting.push({ since: this.#options.clock.monotonic(), begin, refuse });
    if (line.watch === null) void this.#watch(kind, line);
    return promise;
  }

  /** The place goes to the next in line. What ended because it waited in vain itself is no sign that others get on. */
  #leave(kind: string, line: Line, isStuck: boolean): void {
    if (!isStuck) line.movedAt = this.#options.clock.monotonic();
    const next = line.waiting.shift();
    if (line.waiting.length === 0) line.watch?.abort();
    if (next !== undefined) {
      next.begin();
      return;
    }
    line.underWay--;
    if (line.underWay === 0) this.#lines.delete(kind);
  }

  /** Refuses whoever has waited too long: the first in line has waited longest. */
  async #watch(kind: string, line: Line): Promise<void> {
    const { clock, patienceMs, refusal } = this.#options;
    const watch = new AbortController();
    line.watch = watch;
    for (;;) {
      const [first] = line.waiting;
      if (first === undefined) break;
      const leftMs = Math.max(first.since, line.movedAt) + patienceMs - clock.monotonic();
      if (leftMs > 0) {
        await clock.sleep(leftMs, watch.signal);
        if (watch.signal.aborted) break;
      } else {
        line.waiting.shift();
        first.refuse(refusal(kind));
      }
    }
    if (line.watch === watch) line.watch = null;
    // Whoever came after the last one had gone finds nobody who watches.
    if (line.watch === null && line.waiting.length > 0) void this.#watch(kind, line);
  }
}
