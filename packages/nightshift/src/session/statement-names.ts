/** Statements of user code that are kept prepared on one connection; further ones are planned each time. */
export const PREPARED_STATEMENTS_MAX = 200;

/**
 * Decides which statements of user code get a name, so that PostgreSQL plans them once per connection: those that come
 * a second time.
 */
export class StatementNames {
  readonly #names = new Map<string, string | null>();
  #count = 0;

  /** The name for a statement's text; undefined when it is sent without one. */
  nameOf(text: string): string | undefined {
    const known = this.#names.get(text);
    if (known === undefined) {
      if (this.#names.size < PREPARED_STATEMENTS_MAX) this.#names.set(text, null);
      return undefined;
    }
    if (known !== null) return known;
    this.#count++;
    const name = `user_${this.#count}`;
    this.#names.set(text, name);
    return name;
  }
}
