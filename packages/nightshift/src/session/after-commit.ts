/** Something that waits for the commit of a transaction. */
interface Waiting {
  readonly then: () => void;
  readonly otherwise: (() => void) | undefined;
}

/**
 * What is to happen once a transaction has committed, in the order in which it was said. What was said behind a
 * savepoint that is undone goes with it.
 */
export class AfterCommit {
  #waiting: Waiting[] = [];

  /** Notes `then` for the commit, and `otherwise` for the case that it is undone. Neither may throw. */
  add(then: () => void, otherwise?: () => void): void {
    this.#waiting.push({ then, otherwise });
  }

  /** A place to go back to. */
  mark(): number {
    return this.#waiting.length;
  }

  /** Everything since the mark was undone. */
  rewind(mark: number): void {
    for (const { otherwise } of this.#waiting.splice(mark)) otherwise?.();
  }

  committed(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { then } of waiting) then();
  }
}
