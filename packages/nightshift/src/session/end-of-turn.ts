/** Does something once, at the end of this turn of the event loop, however often that is asked for. */
export class EndOfTurn {
  readonly #run: () => void;
  #isDue = false;

  /** @param run must not throw */
  constructor(run: () => void) {
    this.#run = run;
  }

  /** Asks for it. */
  ask(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    process.nextTick(() => {
      this.#isDue = false;
      this.#run();
    });
  }
}
