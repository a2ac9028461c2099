/** Claims that can be listed at a time; the others are not handed back by the watchdog. */
const PLACES = 4_096;
const UUID_LENGTH = 36;
/** Two texts: measured, writing them is quicker than parsing them. */
const ENTRY_BYTES = 2 * UUID_LENGTH;
const STATE_BYTES = Int32Array.BYTES_PER_ELEMENT;
/** In the place of a task's id. */
const NOT_KNOWN = '-'.repeat(UUID_LENGTH);

/** The ticket of a claim that is not listed. */
export const NO_TICKET = -1;

/** What the watchdog took over. */
export interface HandedOver {
  /** Tasks that have not begun: their ids, and the claim of each. */
  readonly ids: readonly string[];
  readonly claims: readonly string[];
  /** Claims whose answer the main thread has not seen: all that they have got. */
  readonly unanswered: readonly string[];
}

/**
 * What the main thread has claimed and not started, in memory that the heartbeat thread shares: so that a watchdog can
 * hand it back while the main thread is blocked. Whoever comes first gets a claim, the main thread one by one or the
 * watchdog all that are left: a task is either started or handed back, never both.
 *
 * The state of a place counts its changes: odd while a claim waits in it. So nobody takes a claim for the one that was in
 * the same place before.
 */
export class ClaimLedger {
  /** Hand this to the other thread. */
  readonly memory: SharedArrayBuffer;
  readonly #states: Int32Array;
  readonly #entries: Buffer;
  /** The main thread's: free places, and the state that it gave to each. */
  readonly #free: Int32Array;
  readonly #given: Int32Array;
  #freeCount: number;

  /** @param memory what the main thread made. Default: new memory, without claims. */
  constructor(memory = new SharedArrayBuffer(PLACES * (STATE_BYTES + ENTRY_BYTES))) {
    this.memory = memory;
    this.#states = new Int32Array(memory, 0, PLACES);
    this.#entries = Buffer.from(memory, PLACES * STATE_BYTES, PLACES * ENTRY_BYTES);
    this.#free = Int32Array.from({ length: PLACES }, (_, place) => PLACES - 1 - place);
    this.#given = new Int32Array(PLACES);
    this.#freeCount = PLACES;
  }

  /**
   * Main thread: lists a claim. Returns its ticket, or `NO_TICKET` when there is no room.
   * @param id the task's; null: the claim has been sent, and what it gets is not known
   */
  enter(id: string | null, claim: string): number {
    if (this.#freeCount === 0) return NO_TICKET;
    const place = this.#free[--this.#freeCount] as number;
    const at = place * ENTRY_BYTES;
    this.#entries.write(id ?? NOT_KNOWN, at, UUID_LENGTH, 'latin1');
    this.#entries.write(claim, at + UUID_LENGTH, UUID_LENGTH, 'latin1');
    const state = ((this.#given[place] as number) + 1) | 0;
    this.#given[place] = state;
    Atomics.store(this.#states, place, state);
    return place;
  }

  /** Main thread: takes a claim off the list. False when the watchdog has it: the task must not be started. */
  take(ticket: number): boolean {
    if (ticket === NO_TICKET) return true;
    const state = this.#given[ticket] as number;
    if ((state & 1) === 0) return false; // taken before
    const next = (state + 1) | 0;
    this.#given[ticket] = next;
    this.#free[this.#freeCount++] = ticket;
    return Atomics.compareExchange(this.#states, ticket, state, next) === state;
  }

  /** Watchdog: takes whatever is listed now. */
  handOver(): HandedOver {
    const ids: string[] = [];
    const claims: string[] = [];
    const unanswered: string[] = [];
    for (let place = 0; place < PLACES; place++) {
      const state = Atomics.load(this.#states, place);
      if ((state & 1) === 0) continue;
      // Before it is ours: afterwards the main thread may write there again. If it has already, the state is another one.
      const at = place * ENTRY_BYTES;
      const id = this.#entries.toString('latin1', at, at + UUID_LENGTH);
      const claim = this.#entries.toString('latin1', at + UUID_LENGTH, at + ENTRY_BYTES);
      if (Atomics.compareExchange(this.#states, place, state, (state + 1) | 0) !== state) continue;
      if (id === NOT_KNOWN) {
        unanswered.push(claim);
        continue;
      }
      ids.push(id);
      claims.push(claim);
    }
    return { ids, claims, unanswered };
  }
}
