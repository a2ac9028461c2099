import { randomUuid, SECOND_MS } from '../foundation/index.ts';
import { NO_TICKET } from './claim-ledger.ts';
import { MARKED_STARTS_MAX } from './poison.ts';
import { type ClaimedTask, type ClaimedTaskRow, claimedTaskOf } from './scheduled-task.ts';
import { claimSuspects } from './suspect.sql.ts';
import type { ClaimContext, TaskClaim } from './task-claim.ts';

/** How often an instance looks for suspects; the one that has found a dead instance looks at once. */
const LOOK_MS = SECOND_MS;
/** From so many losses on, a task is the only such one that an instance runs. */
const ALONE_FROM = 2;

/** What the claim of suspects works with. */
export interface SuspectClaimParts extends Omit<ClaimContext, 'ledger'> {
  readonly claim: Pick<TaskClaim, 'sends' | 'refuse'>;
}

/** What it needs of whoever starts tasks. */
export interface SuspectPlaces {
  /** Places in all. */
  readonly concurrency: number;
  /** Places that are free now, also those that are kept for suspects. */
  readonly free: () => number;
  /** Starts a task at once. */
  readonly start: (task: ClaimedTask) => void;
  /** No place is kept for suspects any more. */
  readonly over: () => void;
}

/**
 * Claims suspects: tasks that were held by an instance when it died. They are claimed only when they can be started at
 * once, so that the claim itself is the durable mark of a start; and those whose marked start was followed by a death
 * only one at a time, so that the next death does not fall back on an innocent one.
 */
export class SuspectClaim {
  readonly #parts: SuspectClaimParts;
  readonly #places: SuspectPlaces;
  readonly #alone = new Set<string>();
  #kept = 0;
  /** Whether limits may have kept some from being claimed. */
  #leftOut = false;
  #again = false;
  #asking: Promise<void> | null = null;
  /** Until it watches, too: an instance that is held, or runs no tasks, reaps as well. */
  #closed = true;

  constructor(parts: SuspectClaimParts, places: SuspectPlaces) {
    this.#parts = parts;
    this.#places = places;
  }

  /** Places in which nothing else must be started now. */
  get kept(): number {
    return this.#kept;
  }

  /**
   * Looks for suspects as soon as a place is free, and starts what it finds, until there are no more.
   * @param places kept for them meanwhile. Default: one, which costs it a fraction of a millisecond when there are none
   */
  look(places = 1): void {
    if (this.#closed) return;
    this.#kept = Math.max(this.#kept, Math.min(places, this.#places.concurrency));
    this.#again = true;
    this.placeFree();
  }

  /** As `look`, where it is known that there are some. */
  expect(): void {
    this.look(this.#places.concurrency);
  }

  /** A place has become free. */
  placeFree(): void {
    if (this.#kept === 0 || this.#asking !== null || this.#limit() <= 0) return;
    this.#asking = this.#ask().finally(() => {
      this.#asking = null;
      if (this.#kept === 0) this.#places.over();
      else this.placeFree();
    });
  }

  /** A task has ended: a suspect, or another one. */
  ended(task: ClaimedTask): void {
    // The next of them may have waited for this, or for the room of its user or codeunit.
    const wasAlone = task.suspect >= ALONE_FROM && this.#alone.delete(task.id);
    if (wasAlone || this.#leftOut) this.look();
  }

  /** Looks each second until `signal` is aborted; resolves when no answer is awaited. Never rejects. */
  async watch(signal: AbortSignal): Promise<void> {
    this.#closed = false;
    const close = () => {
      this.#closed = true;
      this.#kept = 0;
    };
    signal.addEventListener('abort', close, { once: true });
    while (!signal.aborted) {
      this.look();
      await this.#parts.clock.sleep(LOOK_MS, signal);
    }
    await this.#asking;
  }

  /**
   * Claims at most `limit` suspects, which must be started at once.
   * @throws the database's error
   */
  async claimSuspects(limit: number): Promise<readonly ClaimedTask[]> {
    const { database, clock, claim, epoch, lanes, codeunits, limits } = this.#parts;
    const nonce = randomUuid();
    const open = codeunits.filter((codeunit) => limits.roomOfCodeunit(codeunit) > 0);
    const full = limits.fullUsers();
    this.#leftOut = open.length < codeunits.length || full.length > 0;
    const mayBeAlone = this.#alone.size === 0;
    const values = [lanes(), clock.pinned(), open, limit, mayBeAlone, nonce, epoch, MARKED_STARTS_MAX, full];
    const answered = claim.sends(nonce);
    const rows = await database.run<ClaimedTaskRow>(claimSuspects, values).catch((error: unknown) => {
      answered(0);
      throw error;
    });
    if (!answered(rows.length)) return [];
    const admitted: ClaimedTask[] = [];
    const refused: ClaimedTask[] = [];
    for (const row of rows) {
      const task = claimedTaskOf(row, nonce, NO_TICKET); // started at once
      // Who is told to stop while the answer is under way starts nothing.
      (!this.#closed && limits.admit(task) ? admitted : refused).push(task);
    }
    for (const { id, suspect } of admitted) if (suspect >= ALONE_FROM) this.#alone.add(id);
    if (refused.length > 0) {
      this.#leftOut = true;
      void claim.refuse(refused); // those that were admitted do not wait for that
    }
    return admitted;
  }

  async #ask(): Promise<void> {
    this.#again = false;
    const limit = this.#limit();
    // An error comes to nothing: the next look is due soon.
    const tasks = await this.claimSuspects(limit).catch(() => []);
    for (const task of tasks) this.#places.start(task);
    if (this.#closed) return;
    if (tasks.length === limit) this.#kept = this.#places.concurrency;
    else if (!this.#again) this.#kept = 0;
  }

  #limit(): number {
    return Math.min(this.#kept, this.#places.free());
  }
}
