import { printable } from '../foundation/index.ts';
import type { SentQuery } from './slot-wire.ts';

/** Characters of a statement that people are shown. */
const SHOWN_LENGTH_MAX = 300;

/** What a session has sent to the database so far. */
export class StatementTally {
  /** Without those about the transaction itself. */
  statements = 0;
  /** Returned or changed by them. */
  rows = 0;
  #last: string | null = null;

  sent({ text, command }: SentQuery): void {
    this.#last = text;
    if (command !== true) this.statements++;
  }

  /** The last one, for people; null when there was none. */
  get last(): string | null {
    return this.#last === null ? null : shownStatement(this.#last);
  }
}

/** A statement on one line, without the values of its parameters, at most 300 characters. */
export function shownStatement(text: string): string {
  const line = text
    .slice(0, 10 * SHOWN_LENGTH_MAX)
    .replace(/\s+/g, ' ')
    .trim();
  return printable(line.slice(0, SHOWN_LENGTH_MAX), SHOWN_LENGTH_MAX);
}
