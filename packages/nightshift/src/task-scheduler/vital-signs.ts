const CELLS = 2;
const TICK = 0;
const BEAT = 1;

/**
 * What the main thread and the heartbeat thread know of each other without messages, which a blocked thread cannot take:
 * two instants in shared memory. Milliseconds since the presence began, on clocks that never jump.
 */
export class VitalSigns {
  /** Hand this to the other thread. */
  readonly memory: SharedArrayBuffer;
  readonly #cells: BigInt64Array;

  /** @param memory what the other thread made. Default: new memory, all zero. */
  constructor(memory = new SharedArrayBuffer(CELLS * BigInt64Array.BYTES_PER_ELEMENT)) {
    this.memory = memory;
    this.#cells = new BigInt64Array(memory);
  }

  /** When the event loop of the main thread last turned. */
  get tickAt(): number {
    return this.#read(TICK);
  }

  set tickAt(ms: number) {
    this.#write(TICK, ms);
  }

  /** When the database last took a beat. */
  get beatAt(): number {
    return this.#read(BEAT);
  }

  set beatAt(ms: number) {
    this.#write(BEAT, ms);
  }

  #read(cell: number): number {
    return Number(Atomics.load(this.#cells, cell));
  }

  #write(cell: number, ms: number): void {
    Atomics.store(this.#cells, cell, BigInt(Math.round(ms)));
  }
}
