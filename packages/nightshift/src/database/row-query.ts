import pg from 'pg';
import { Command, type QueryConnection } from './command.ts';
import { type BoundValue, boundMessages, DESCRIBE_EXECUTE_AND_SYNC, parseMessage } from './messages.ts';

/** Called once with the answer to a statement: its error, or its result. Must not throw. */
export type Answered = (error: Error | null, result: pg.QueryResult | null) => void;

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
  readonly name: string;
  readonly text: string;
  readonly #values: readonly BoundValue[];
  readonly #result: ResultBuilder;
  /** An error of reading rows, of which PostgreSQL knows nothing. */
  #unread: unknown = null;

  constructor(client: pg.Client, { name = '', text, values, rowMode, types }: RowQuery, answered: Answered) {
    super((error) => {
      const failure = error ?? this.#unread;
      answered(failure as Error | null, failure === null ? this.#result : null);
    });
    this.name = name;
    this.text = text;
    this.#values = values.map((value) => library.utils.prepareValue(value));
    this.#result = new library.Result(rowMode, types ?? (client as unknown as RowQuery['types']));
  }

  submit({ stream, parsedStatements, submittedNamedStatements }: QueryConnection): null {
    if (!stream.writable) return null;
    const { name, text } = this;
    const bound = boundMessages(name, this.#values, DESCRIBE_EXECUTE_AND_SYNC);
    if (name !== '' && (parsedStatements[name] ?? submittedNamedStatements[name]) !== undefined) {
      stream.write(bound);
      return null;
    }
    if (name !== '') submittedNamedStatements[name] = text;
    stream.write(Buffer.concat([parseMessage(name, text), bound]));
    return null;
  }

  override handleRowDescription({ fields }: { readonly fields: unknown }): void {
    this.#reading(() => this.#result.addFields(fields));
  }

  override handleDataRow({ fields }: { readonly fields: unknown }): void {
    this.#reading(() => this.#result.addRow(this.#result.parseRow(fields)));
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

  override handleCommandComplete(message: { readonly text: string }): void {
    this.#result.addCommandComplete(message);
  }
}

/** Sends a statement with its values. If they cannot be converted, nothing is sent, and the answer is that error. */
export function sendRowQuery(client: pg.Client, query: RowQuery, answered: Answered): void {
  try {
    if (!Array.isArray(query.values)) throw new TypeError('Query values must be an array');
    client.query(new RowCommand(client, query, answered) as unknown as pg.Query);
  } catch (error) {
    queueMicrotask(() => answered(error as Error, null));
  }
}
