import { type Clock, MINUTE_MS, SECOND_MS } from '../foundation/index.ts';
import type { SessionEvent, SessionEventFilter } from '../session/index.ts';

/**
 * Events become visible late: instances write in batches, the beginning of a session when it has lived for a while, and
 * their clocks differ. What is this much older than the newest one is looked at again.
 */
export const OVERLAP_MS = 10 * SECOND_MS;
/** By how much the clocks of this machine and of the instances may differ. */
const CLOCKS_MS = 5 * MINUTE_MS;
const PAGE = 1_000;

/** What is asked of the events while they are followed. */
export type FollowedFilter = Omit<SessionEventFilter, 'before' | 'oldestFirst' | 'limit'>;

/** What events are followed with. */
export interface FollowerParts {
  readonly read: (filter: SessionEventFilter) => Promise<readonly SessionEvent[]>;
  readonly filter: FollowedFilter;
  readonly clock: Clock;
}

/** Tells each event once, as soon as it can be read, whatever order they become visible in. */
export class EventFollower {
  readonly #parts: FollowerParts;
  /** Those that were told or left out, as far back as is looked, by their ids. */
  readonly #known = new Map<string, number>();
  #newest: number | null = null;
  #lookedAt: number;
  #floor = Number.NEGATIVE_INFINITY;

  constructor(parts: FollowerParts) {
    this.#parts = parts;
    this.#lookedAt = parts.clock.now().getTime();
  }

  /**
   * What there is already: the newest `limit` events, oldest first. Call it once, before the first `next`.
   * @throws what reading throws
   */
  async begin(limit: number): Promise<readonly SessionEvent[]> {
    const { read, filter } = this.#parts;
    const [newest] = await read({ ...filter, limit: 1 });
    this.#newest = newest?.at.getTime() ?? null;
    this.#floor = this.#floorAt(this.#lookedAt);
    // Known first: what becomes visible before the second read is then either in it, or told by `next`.
    this.#note(await this.#everything());
    const latest = await read({ ...filter, limit });
    this.#note(latest);
    return latest.toReversed();
  }

  /** What is new since the last time, oldest first. @throws what reading throws; then the next call makes up for it */
  async next(): Promise<readonly SessionEvent[]> {
    const now = this.#parts.clock.now().getTime();
    this.#floor = this.#floorAt(now);
    const news = (await this.#everything()).filter(({ eventId }) => !this.#known.has(eventId));
    this.#note(news);
    for (const [eventId, at] of this.#known) if (at < this.#floor) this.#known.delete(eventId);
    this.#lookedAt = now;
    return news.toReversed();
  }

  /** Everything from the floor on, newest first. */
  async #everything(): Promise<readonly SessionEvent[]> {
    const { read, filter } = this.#parts;
    const since = new Date(Math.max(this.#floor, filter.since?.getTime() ?? this.#floor));
    const found: SessionEvent[] = [];
    let last: SessionEvent | undefined;
    for (;;) {
      const before = last === undefined ? {} : { before: last };
      const page = await read({ ...filter, ...before, since, limit: PAGE });
      found.push(...page);
      last = page.at(-1);
      if (page.length < PAGE) return found;
    }
  }

  /**
   * Counted from the newest event, since it has the clock of an instance; by our own clock when that is ahead of it, or
   * when nothing has happened for long.
   */
  #floorAt(now: number): number {
    const newest = Math.min(this.#newest ?? Number.NEGATIVE_INFINITY, now);
    return Math.max(this.#floor, newest - OVERLAP_MS, this.#lookedAt - CLOCKS_MS);
  }

  #note(events: readonly SessionEvent[]): void {
    for (const { eventId, at } of events) {
      this.#known.set(eventId, at.getTime());
      this.#newest = Math.max(this.#newest ?? Number.NEGATIVE_INFINITY, at.getTime());
    }
  }
}
