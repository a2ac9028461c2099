import pg from 'pg';
import { Command, type QueryConnection, sendSync } from './command.ts';
import {
  type BoundValue,
  boundMessages,
  DESCRIBE_AND_EXECUTE,
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

/** A statement to be sent, and who is told of its answer. */
export interface RowRequest {
  readonly query: RowQuery;
  readonly answered: Answered;
  /** What opens its transaction; null: it is open, or there is to be none. */
  readonly opening: Opening | null;
}

/** A statement of those that are sent together, and what the server has answered to it so far. */
class RowPart {
  readonly text: string;
  readonly #name: string;
  readonly #values: readonly BoundValue[];
  readonly #opening: Opening | null;
  readonly #answered: Answered;
  /** Commands of the opening that are not done. */
  #toOpen: number;
  #isOver = false;
  readonly #result: ResultBuilder;
  /** An error of reading rows, of which PostgreSQL knows nothing. */
  #unread: unknown = null;

  constructor(client: pg.Client, { query, answered, opening }: RowRequest) {
    const { name = '', text, values, rowMode, types } = query;
    this.#name = name;
    this.#opening = opening;
    this.#toOpen = opening?.commands ?? 0;
    this.#answered = answered;
    this.text = text;
    this.#values = values.map((value) => library.utils.prepareValue(value));
    this.#result = new library.Result(rowMode, types ?? (client as unknown as RowQuery['types']));
  }

  /** What `pg` notes as known when something was parsed, which in the opening is something else. */
  get name(): string {
    return this.#toOpen === 0 ? this.#name : '';
  }

  /** Whether it was run to its end. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** @param end what goes behind what says with which values it is run */
  messages({ parsedStatements, submittedNamedStatements }: QueryConnection, end: Buffer): Buffer {
    const name = this.#name;
    const { text } = this;
    const isKnown = name !== '' && (parsedStatements[name] ?? submittedNamedStatements[name]) !== undefined;
    if (name !== '' && !isKnown) submittedNamedStatements[name] = text;
    const opening = this.#opening?.bytes ?? NO_MESSAGES;
    const before = isKnown ? opening : Buffer.concat([opening, parseMessage(name, text)]);
    return boundMessages(name, this.#values, end, before);
  }

  fields(fields: unknown): void {
    this.#reading(() => this.#result.addFields(fields));
  }

  row(fields: unknown): void {
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

  /** A command of it is done. @param message null: one that was empty */
  completed(message: { readonly text: string } | null): void {
    if (this.#toOpen > 0) this.#toOpen--;
    else {
      if (message !== null) this.#result.addCommandComplete(message);
      this.#isOver = true;
    }
  }

  /** It was not run to its end. `pg` forgets what was sent to be parsed and was not of the one that has failed only. */
  forget({ submittedNamedStatements }: QueryConnection): void {
    delete submittedNamedStatements[this.#name];
  }

  /** @param error why it was not run to its end; null: it was */
  end(error: Error | null): void {
    const failure = (error ?? this.#unread) as Error | null;
    this.#answered(failure, failure === null ? this.#result : null, this.#toOpen === 0);
  }
}

/** Statements as `pg` takes one, in the extended protocol, and in one write. Its own take five each, and tell listeners of each row. */
class RowCommand extends Command {
  readonly #client: pg.Client;
  readonly #parts: readonly RowPart[];
  #at = 0;

  /** @param parts at least one */
  constructor(client: pg.Client, parts: readonly RowPart[]) {
    super((error) => {
      for (const part of parts) part.end(part.isOver ? null : error);
    });
    this.#client = client;
    this.#parts = parts;
  }

  /** The one that the server is at. */
  get #part(): RowPart {
    return (this.#parts[this.#at] ?? this.#parts.at(-1)) as RowPart;
  }

  get name(): string {
    return this.#part.name;
  }

  get text(): string {
    return this.#part.text;
  }

  submit(connection: QueryConnection): null {
    if (!connection.stream.writable) return null;
    const last = this.#parts.length - 1;
    const messages = this.#parts.map((part, at) =>
      part.messages(connection, at === last ? DESCRIBE_EXECUTE_AND_SYNC : DESCRIBE_AND_EXECUTE),
    );
    connection.stream.write(last === 0 ? (messages[0] as Buffer) : Buffer.concat(messages));
    return null;
  }

  override handleRowDescription({ fields }: { readonly fields: unknown }): void {
    this.#part.fields(fields);
  }

  override handleDataRow({ fields }: { readonly fields: unknown }): void {
    this.#part.row(fields);
  }

  override handleError(error: Error, connection?: QueryConnection): void {
    const failed = this.#parts.filter((part) => !part.isOver);
    if (connection !== undefined) for (const part of failed) part.forget(connection);
    if (failed.length === this.#parts.length) super.handleError(error);
    // Those before it have done well in a transaction of which `pg` learns only now how it stands, and does not tell.
    else sendSync(this.#client, () => super.handleError(error));
  }

  override handleEmptyQuery(): void {
    this.#completed(null);
  }

  override handleCommandComplete(message: { readonly text: string }): void {
    this.#completed(message);
  }

  #completed(message: { readonly text: string } | null): void {
    const part = this.#part;
    part.completed(message);
    if (part.isOver) this.#at++;
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
  sendRowQueries(client, [{ query, answered, opening }]);
}

/**
 * As `sendRowQuery` for each of them, in their order, in one write; the server answers to all at once. Meant for an open transaction, or one
 * that the first of them opens. When one fails, those behind it are not run, and are told the same error, not opened.
 */
export function sendRowQueries(client: pg.Client, requests: readonly RowRequest[]): void {
  const parts = requests.flatMap((request) => partOf(client, request));
  if (parts.length > 0) client.query(new RowCommand(client, parts) as unknown as pg.Query);
}

/** None when there is nothing to be sent. */
function partOf(client: pg.Client, request: RowRequest): readonly RowPart[] {
  const { query, answered, opening } = request;
  try {
    if (!Array.isArray(query.values)) throw new TypeError('Query values must be an array');
    return [new RowPart(client, request)];
  } catch (error) {
    if (opening === null) {
      queueMicrotask(() => answered(error as Error, null, true));
      return [];
    }
    const told: Answered = (failure, _, opened) => answered(failure ?? (error as Error), null, opened);
    return [new RowPart(client, { query: NOTHING, answered: told, opening })];
  }
}
