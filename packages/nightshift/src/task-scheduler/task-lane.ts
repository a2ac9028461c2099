import { type Clock, SECOND_MS } from '../foundation/index.ts';
import type { ClaimedTask } from './scheduled-task.ts';

/** How often a lane is read from its start while its floor spares it that. */
const FULL_READ_MS = 2 * SECOND_MS;
/** And not more often than this many times what such a read last took. */
const FULL_READ_SHARE = 20;

/** A place in the order of a lane: by due time, then by id. */
export interface LanePosition {
  /** Seconds since 1970. */
  readonly dueSeconds: number;
  readonly id: string;
}

/** Before every task. */
export const LANE_START: LanePosition = Object.freeze({
  dueSeconds: Number.NEGATIVE_INFINITY,
  id: '00000000-0000-0000-0000-000000000000',
});

/** What one claim has read of a lane. */
export interface LaneRead {
  readonly from: LanePosition;
  readonly begun: number;
  /** How many tasks were asked for, and how many there were. */
  readonly asked: number;
  readonly got: number;
  /** The last of them in the order of the lane; null when there were none. */
  readonly last: LanePosition | null;
}

/** Where a claimed task stood. */
export function positionOf({ dueSeconds, id }: ClaimedTask): LanePosition {
  return { dueSeconds, id };
}

/** Sorts claimed tasks. */
export function inLaneOrder(one: ClaimedTask, other: ClaimedTask): number {
  return isBefore(one, other) ? -1 : 1;
}

/** Whether one position comes before another. */
export function isBefore(one: LanePosition, other: LanePosition): boolean {
  return one.dueSeconds < other.dueSeconds || (one.dueSeconds === other.dueSeconds && one.id < other.id);
}

/**
 * Where claims on one company's tasks begin to read. What lies below the floor was claimed already: rows that are gone but
 * stand in the index until nobody can see them any more, which is long when somebody holds an old snapshot. What comes to
 * lie there later (a long transaction that commits, a claim that was given back) is found by whoever says so, or by a read
 * from the start.
 */
export class TaskLane {
  readonly no: number;
  readonly #clock: Clock;
  #floor: LanePosition = LANE_START;
  #wanted = true;
  #fromStart = false;
  #fullReadAt: number;
  #fullReadMs = 0;
  /** Where tasks begin that were left out because of a limit; null when none were. */
  skippedFrom: LanePosition | null = null;
  readonly skippedUsers = new Set<number>();
  readonly skippedCodeunits = new Set<string>();

  constructor(no: number, clock: Clock) {
    this.no = no;
    this.#clock = clock;
    this.#fullReadAt = clock.monotonic();
  }

  /** Whether something may be due. */
  get wanted(): boolean {
    return this.#wanted;
  }

  /** Where the tasks begin that nobody has read yet. */
  get floor(): LanePosition {
    return this.#floor;
  }

  /** Something may be due; `fromStart`: also below the floor. */
  want(fromStart: boolean): void {
    this.#wanted = true;
    this.#fromStart ||= fromStart;
  }

  /** Leaves out users and codeunits that are at their limits, and remembers where the first of their tasks may be. */
  skip(users: readonly number[], codeunits: readonly string[]): void {
    const before = this.skippedUsers.size + this.skippedCodeunits.size;
    for (const user of users) this.skippedUsers.add(user);
    for (const codeunit of codeunits) this.skippedCodeunits.add(codeunit);
    if (this.skippedUsers.size + this.skippedCodeunits.size > before) this.skippedFrom ??= this.#floor;
  }

  /** Begins a read. What is wanted from now on is for the next one. */
  begin(): Pick<LaneRead, 'from' | 'begun'> {
    const begun = this.#clock.monotonic();
    const rest = Math.max(FULL_READ_MS, FULL_READ_SHARE * this.#fullReadMs);
    const full = this.#fromStart || begun - this.#fullReadAt >= rest;
    this.#wanted = this.#fromStart = false;
    return { from: full ? LANE_START : this.#floor, begun };
  }

  /** Ends a read: raises the floor, and says whether there may be more. */
  end({ from, begun, asked, got, last }: LaneRead): void {
    const now = this.#clock.monotonic();
    if (from === LANE_START) {
      this.#fullReadAt = now;
      this.#fullReadMs = now - begun;
    }
    if (got >= asked) this.#wanted = true;
    if (last === null) return;
    // A read from the start that did not come to the floor goes on where it ended.
    if (got >= asked || isBefore(this.#floor, last)) this.#floor = last;
  }

  /** A read that failed is made again. */
  failed(): void {
    this.want(true);
  }
}
