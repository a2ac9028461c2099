import pg from 'pg';
import { Command, type QueryConnection } from './command.ts';
import {
  type BoundValue,
  boundMessages,
  DESCRIBE_EXECUTE_AND_SYNC,
  NO_MESSAGES,
  parseMessage,
} from './messages.ts';
import type { Opening } from './opening.ts';

/**
 * Called once with the answer to a statement: its error, or its result. Must not throw. `opened`: what opens its transaction has
 * succeeded, or there was nothing.
 */
export type Answered = (error: Error | null, result: pg.QueryResult | null, opened: boolean) => void;

/** A statement whose rows somebody reads. */
export interface RowQuery {
  readonly text: string;
  readonly values: readonly unknown[];
  /** With a name it is planned once per connection. */
  readonly name?: string;
  readonly rowMode?: 'array';
  readonly types?: { getTypeParser(oid: number, format?: 'text' | 'binary'): unknown };
}

/** What `pg` converts values with, and collects rows in; not among its types. */
const library = pg as unknown as {
  readonly Result: new (rowMode: 'array' | undefined, types: RowQuery['types']) => ResultBuilder;
  readonly utils: { prepareValue(value: unknown): BoundValue };
};

interface ResultBuilder extends pg.QueryResult {
  addFields(fields: unknown): void;
  parseRow(fields: unknown): unknown;
  addRow(row: unknown): void;
  addCommandComplete(message: { readonly text: string }): void;
}

/** A statement as `pg` takes it, in the extended protocol, and in one write. Its own take five, and tell listeners of each row. */
class RowCommand extends Command {
  readonly #name: string;
  readonly text: string;
  readonly #values: readonly BoundValue[];
  readonly #opening: Opening | null;
  /** Commands of the opening that are not done. */
  #toOpen: number;
  readonly #result: ResultBuilder;
  /** An error of reading rows, of which PostgreSQL knows nothing. */
  #unread: unknown = null;

  constructor(
    client: pg.Client,
    { name = '', text, values, rowMode, types }: RowQuery,
    opening: Opening | null,
    answered: Answered,
  ) {
    super((error) => {
      const failure = error ?? this.#unread;
      answered(failure as Error | null, failure === null ? this.#result : null, this.#toOpen === 0);
    });
    this.#name = name;
    this.#opening = opening;
    this.#toOpen = opening?.commands ?? 0;
    this.text = text;
    this.#values = values.map((value) => library.utils.prepareValue(value));
    this.#result = new library.Result(rowMode, types ?? (client as unknown as RowQuery['types']));
  }

  /** What `pg` notes as known when something was parsed, which in the opening is something else. */
  get name(): string {
    return this.#toOpen === 0 ? this.#name : '';
  }

  submit({ stream, parsedStatements, submittedNamedStatements }: QueryConnection): null {
    if (!stream.writable) return null;
    const name = this.#name;
    const { text } = this;
    const isKnown = name !== '' && (parsedStatements[name] ?? submittedNamedStatements[name]) !== undefined;
    if (name !== '' && !isKnown) submittedNamedStatements[name] = text;
    const opening = this.#opening?.bytes ?? NO_MESSAGES;
    const before = isKnown ? opening : Buffer.concat([opening, parseMessage(name, text)]);
    stream.write(boundMessages(name, this.#values, DESCRIBE_EXECUTE_AND_SYNC, before));
    return null;
  }

  override handleRowDescription({ fields }: { readonly fields: unknown }): void {
    this.#reading(() => this.#result.addFields(fields));
  }

  override handleDataRow({ fields }: { readonly fields: unknown }): void {
    if (this.#toOpen === 0) this.#reading(() => this.#result.addRow(this.#result.parseRow(fields)));
  }

  /** `pg` reads while it takes from the socket, where an error would end the process. */
  #reading(read: () => void): void {
    if (this.#unread !== null) return;
    try {
      read();
    } catch (error) {
      this.#unread = error;
    }
  }

  /** `pg` forgets by `name` what was sent to be parsed and was not; when the opening fails, that is the statement as well. */
  override handleError(error: Error, connection?: QueryConnection): void {
    if (this.#toOpen > 0) delete connection?.submittedNamedStatements[this.#name];
    super.handleError(error);
  }

  override handleCommandComplete(message: { readonly text: string }): void {
    if (this.#toOpen === 0) this.#result.addCommandComplete(message);
    else this.#toOpen--;
  }
}

/** A statement that does nothing. */
const NOTHING: RowQuery = { text: '', values: [] };

/**
 * Sends a statement with its values. If they cannot be converted, it is not sent, and the answer is that error.
 * @param opening what opens its transaction; that is sent all the same. Null: it is open, or there is to be none
 */
export function sendRowQuery(
  client: pg.Client,
  query: RowQuery,
  answered: Answered,
  opening: Opening | null = null,
): void {
  try {
    if (!Array.isArray(query.values)) throw new TypeError('Query values must be an array');
    client.query(new RowCommand(client, query, opening, answered) as unknown as pg.Query);
  } catch (error) {
    if (opening === null) queueMicrotask(() => answered(error as Error, null, true));
    else
      client.query(
        new RowCommand(client, NOTHING, opening, (failure, _, opened) =>
          answered(failure ?? (error as Error), null, opened),
        ) as unknown as pg.Query,
      );
  }
}
