import type { Directory } from './directory.ts';

/** Answers that are kept; beyond that they are worked out anew. */
const ANSWERS_MAX = 10_000;

/** What was worked out from a directory, for as long as that is the one. */
export class Decided<T> {
  readonly #answers = new Map<string, T>();
  #directory: Directory | null = null;

  /** The answer that was worked out under this key before, or `work` now. */
  of(directory: Directory, key: string, work: () => T): T {
    if (directory !== this.#directory || this.#answers.size > ANSWERS_MAX) {
      this.#answers.clear();
      this.#directory = directory;
    }
    const known = this.#answers.get(key);
    if (known !== undefined) return known;
    const answer = work();
    this.#answers.set(key, answer);
    return answer;
  }
}
