/** Counts what was sent and is not answered. */
export class UnderWay {
  readonly #landed: () => void;
  readonly #waiting: (() => void)[] = [];
  #count = 0;

  /** @param landed called whenever everything is answered */
  constructor(landed: () => void) {
    this.#landed = landed;
  }

  get isNothing(): boolean {
    return this.#count === 0;
  }

  sent(): void {
    this.#count++;
  }

  answered(): void {
    this.#count--;
    if (this.#count > 0) return;
    for (const go of this.#waiting.splice(0)) go();
    this.#landed();
  }

  /** Resolves when everything is answered; something must be under way. */
  landed(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
