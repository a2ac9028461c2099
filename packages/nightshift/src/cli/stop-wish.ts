import type { Surroundings } from './surroundings.ts';

/**
 * Ctrl-C in a terminal reaches the whole group of processes, and npm passes it on once more: the same wish twice within
 * this time is one wish.
 */
const ECHO_MS = 300;
/** What a shell reports for a process that SIGINT ended. */
const EXIT_INTERRUPTED = 130;

/** The wish to stop: the first one is granted gently, the second one ends the process at once. */
export class StopWish {
  /** Resolves with what was wished by. */
  readonly first: Promise<string>;
  readonly end: () => void;
  readonly #surroundings: Surroundings;
  readonly #granted: (by: string) => void;
  #at: number | null = null;

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
    const { promise, resolve } = Promise.withResolvers<string>();
    this.first = promise;
    this.#granted = resolve;
    this.end = surroundings.onStop((signal) => this.#take(signal));
  }

  get wished(): boolean {
    return this.#at !== null;
  }

  /** Wishes without a signal; harmless when repeated. */
  wish(by: string): void {
    this.#at ??= this.#surroundings.clock.monotonic();
    this.#granted(by);
  }

  #take(signal: string): void {
    if (this.#at === null) {
      this.wish(signal);
    } else if (this.#surroundings.clock.monotonic() - this.#at > ECHO_MS) {
      this.#surroundings.exit(EXIT_INTERRUPTED);
    }
  }
}
