/** Statements of user code that are kept prepared on one connection; further ones are planned each time. */
export const PREPARED_STATEMENTS_MAX = 200;

/** What the names in these stand for, a cursor or a savepoint, is another thing each time. */
const OF_THE_MOMENT = new Set(['DECLARE', 'FETCH', 'MOVE', 'CLOSE', 'SAVEPOINT', 'RELEASE', 'ROLLBACK']);

/** Whether a statement is not worth being prepared, by its first keyword in capitals. */
export function isOfTheMoment(keyword: string): boolean {
  return OF_THE_MOMENT.has(keyword);
}

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
