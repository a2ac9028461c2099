import { SECOND_MS } from '../foundation/index.ts';
import type { DeadlineNotes } from '../session/index.ts';

/** Sessions that can be noted at a time; the deadlines of others are not known. */
const PLACES = 1_024;
/** Ids are given one after another, so the next place is nearly always free. */
const PROBES = 8;
/** No session has this id. */
const NOBODY = 0;

/**
 * Until when the sessions of this instance may run, in memory that the heartbeat thread shares: a blocked main thread
 * cannot be asked. Whole seconds since the presence began, rounded up: the threads' clocks begin at different times.
 */
export class SessionDeadlines implements DeadlineNotes {
  /** Hand this to the other thread. */
  readonly memory: SharedArrayBuffer;
  readonly #ids: Int32Array;
  readonly #seconds: Int32Array;
  readonly #origin: number;

  /**
   * @param origin when the presence began, on this thread's monotonic clock
   * @param memory what the other thread made. Default: new memory, without sessions
   */
  constructor(origin: number, memory = new SharedArrayBuffer(2 * PLACES * Int32Array.BYTES_PER_ELEMENT)) {
    this.memory = memory;
    this.#origin = origin;
    this.#ids = new Int32Array(memory, 0, PLACES);
    this.#seconds = new Int32Array(memory, PLACES * Int32Array.BYTES_PER_ELEMENT, PLACES);
  }

  begun(sessionId: number, deadline: number): void {
    for (let probe = 0; probe < PROBES; probe++) {
      const place = (sessionId + probe) % PLACES;
      const present = this.#ids[place];
      if (present !== NOBODY && present !== sessionId) continue;
      this.#seconds[place] = Math.ceil((deadline - this.#origin) / SECOND_MS);
      Atomics.store(this.#ids, place, sessionId);
      return;
    }
  }

  ended(sessionId: number): void {
    for (let probe = 0; probe < PROBES; probe++) {
      const place = (sessionId + probe) % PLACES;
      if (this.#ids[place] === sessionId) Atomics.store(this.#ids, place, NOBODY);
    }
  }

  /** The deadline of a session, in milliseconds since the presence began; null when it is not known. */
  of(sessionId: number): number | null {
    for (let probe = 0; probe < PROBES; probe++) {
      const place = (sessionId + probe) % PLACES;
      if (Atomics.load(this.#ids, place) === sessionId) return this.#read(place);
    }
    return null;
  }

  /** The latest of all deadlines; null when no session runs. */
  latest(): number | null {
    let latest: number | null = null;
    for (let place = 0; place < PLACES; place++) {
      if (Atomics.load(this.#ids, place) !== NOBODY) latest = Math.max(latest ?? 0, this.#read(place));
    }
    return latest;
  }

  #read(place: number): number {
    return (this.#seconds[place] as number) * SECOND_MS;
  }
}
