import type { Surroundings } from './surroundings.ts';

/**
 * Ctrl-C in a terminal reaches the whole group of processes, and npm passes it on once more: the same wish twice within
 * this time is one wish.
 */
const ECHO_MS = 300;
/** What a shell reports for a process that SIGINT ended. */
const EXIT_INTERRUPTED = 130;

/** The wish to stop: the first one is granted gently, the second one at once, the third one ends the process. */
export class StopWish {
  /** Resolves with what was wished by. */
  readonly first: Promise<string>;
  /** Resolves when it is wished again. */
  readonly second: Promise<string>;
  readonly #surroundings: Surroundings;
  readonly #granted: (by: string) => void;
  readonly #hurried: (by: string) => void;
  readonly #hurryMs: number;
  readonly #ended = new AbortController();
  readonly #deafen: () => void;
  #wishes = 0;
  #at = 0;

  /** @param hurryMs how long stopping may take after the second wish. Default: no time at all */
  constructor(surroundings: Surroundings, hurryMs = 0) {
    this.#surroundings = surroundings;
    this.#hurryMs = hurryMs;
    const first = Promise.withResolvers<string>();
    const second = Promise.withResolvers<string>();
    this.first = first.promise;
    this.second = second.promise;
    this.#granted = first.resolve;
    this.#hurried = second.resolve;
    this.#deafen = surroundings.onStop((signal) => this.#take(signal));
  }

  get wished(): boolean {
    return this.#wishes > 0;
  }

  /** Wishes without a signal; harmless when repeated. */
  wish(by: string): void {
    if (this.wished) return;
    this.#wishes = 1;
    this.#at = this.#surroundings.clock.monotonic();
    this.#granted(by);
  }

  /** Listens no more: everything has stopped. */
  end(): void {
    this.#ended.abort();
    this.#deafen();
  }

  #take(signal: string): void {
    const { clock, exit } = this.#surroundings;
    if (!this.wished) {
      this.wish(signal);
      return;
    }
    if (clock.monotonic() - this.#at <= ECHO_MS) return;
    this.#at = clock.monotonic();
    this.#wishes++;
    this.#hurried(signal);
    if (this.#wishes > 2 || this.#hurryMs === 0) exit(EXIT_INTERRUPTED);
    else void this.#exitIfStuck();
  }

  async #exitIfStuck(): Promise<void> {
    const { clock, exit } = this.#surroundings;
    await clock.sleep(this.#hurryMs, this.#ended.signal);
    if (!this.#ended.signal.aborted) exit(EXIT_INTERRUPTED);
  }
}
