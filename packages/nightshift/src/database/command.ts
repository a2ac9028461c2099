import pg from 'pg';
import {
  boundMessages,
  EXECUTE,
  EXECUTE_AND_SYNC,
  NO_MESSAGES,
  parseMessage,
  queryMessage,
  SYNC,
} from './messages.ts';
import type { Statement } from './statement.ts';

/** Called once when a command has ended: with its error, or with its tag (`COMMIT`), which says what it has done. */
export type CommandEnd = (error: Error | null, tag: string) => void;
/** As that. @param isOpen its COMMIT was not run: the transaction is open still, and refuses everything */
export type CommitEnd = (error: Error | null, tag: string, isOpen: boolean) => void;

/** What `pg` gives a query to send itself by. */
export interface QueryConnection {
  readonly stream: { readonly writable: boolean; write(chunk: Buffer): boolean };
  readonly parsedStatements: Record<string, string | undefined>;
  readonly submittedNamedStatements: Record<string, string | undefined>;
}

/**
 * A query of the platform whose rows nobody reads, as `pg` takes it. Its own collect rows by their descriptions and tell
 * listeners of each step: for the few short ones that go with every transaction, that takes longer than all else of them.
 */
export abstract class Command {
  /** `pg` puts another one around it when an answer may take a limited time only. */
  callback: CommandEnd;
  #tag = '';

  constructor(ended: CommandEnd) {
    this.callback = ended;
  }

  abstract submit(connection: QueryConnection): null;

  handleCommandComplete({ text }: { readonly text: string }): void {
    this.#tag = text;
  }

  handleReadyForQuery(): void {
    this.callback(null, this.#tag);
  }

  handleError(error: Error): void {
    this.callback(error, '');
  }

  handleRowDescription(_message: unknown): void {}
  handleDataRow(_message: unknown): void {}
  handleEmptyQuery(): void {}
}

// In a pipeline `pg` takes none but its own, since others may leave a portal open. These do not.
Object.setPrototypeOf(Command.prototype, pg.Query.prototype);

/** Commands that take no parameters, as one message. */
class TextCommand extends Command {
  readonly text: string;

  constructor(text: string, ended: CommandEnd) {
    super(ended);
    this.text = text;
  }

  submit({ stream }: QueryConnection): null {
    if (stream.writable) stream.write(queryMessage(this.text));
    return null;
  }
}

/** Makes a connection know statements, whose names `pg` does not note. */
class Preparation extends Command {
  /** As every query of `pg` has it; nobody reads it. */
  readonly text = '';
  readonly #targets: readonly Statement[];

  constructor(targets: readonly Statement[], ended: CommandEnd) {
    super(ended);
    this.#targets = targets;
  }

  submit({ stream }: QueryConnection): null {
    if (!stream.writable) return null;
    const parsed = this.#targets.map(({ name, text }) => parseMessage(name, text));
    stream.write(Buffer.concat([...parsed, SYNC]));
    return null;
  }
}

// COMMIT is read anew each time: under a name of its own, user code could have put something else there.
const THEN_COMMIT = Buffer.concat([
  EXECUTE,
  parseMessage('', 'commit'),
  boundMessages('', [], EXECUTE_AND_SYNC),
]);

/** A statement with parameters, which is planned once per connection, and COMMIT behind it. */
class CommitBehind extends Command {
  /** Under these `pg` notes that the connection knows it. */
  readonly name: string;
  readonly text: string;
  readonly #values: readonly (string | Buffer)[];
  #hasRun = false;

  constructor({ name, text }: Statement, values: readonly (string | Buffer)[], ended: CommitEnd) {
    super((error, tag) => ended(error, tag, error !== null && !this.#hasRun));
    this.name = name;
    this.text = text;
    this.#values = values;
  }

  submit({ stream, parsedStatements, submittedNamedStatements }: QueryConnection): null {
    if (!stream.writable) return null;
    const { name, text } = this;
    let before: Buffer = NO_MESSAGES;
    if (parsedStatements[name] === undefined && submittedNamedStatements[name] === undefined) {
      submittedNamedStatements[name] = text;
      before = parseMessage(name, text);
    }
    stream.write(boundMessages(name, this.#values, THEN_COMMIT, before));
    return null;
  }

  override handleCommandComplete(message: { readonly text: string }): void {
    this.#hasRun = true;
    super.handleCommandComplete(message);
  }
}

/** Sends commands that take no parameters. @param ended is told once; must not throw */
export function sendCommand(client: pg.Client, text: string, ended: CommandEnd): void {
  client.query(new TextCommand(text, ended) as unknown as pg.Query);
}

/**
 * Lets a connection know statements by names that no others have there; after one that cannot be prepared, those behind it are
 * not. @param ended is told once; must not throw
 */
export function sendPreparation(client: pg.Client, targets: readonly Statement[], ended: CommandEnd): void {
  client.query(new Preparation(targets, ended) as unknown as pg.Query);
}

/** Has the server say how its transaction stands, which the connection knows when `ended` is told, once; that must not throw. */
export function sendSync(client: pg.Client, ended: CommandEnd): void {
  sendPreparation(client, [], ended);
}

/**
 * Sends a statement whose rows nobody reads, and COMMIT behind it, which is run only when that succeeds. The server
 * answers both at once, which saves a message and a turn of the event loop.
 * @param values texts, or bytes of PostgreSQL's binary form
 * @param ended is told once, with the tag of the COMMIT; must not throw
 */
export function sendCommitBehind(
  client: pg.Client,
  target: Statement,
  values: readonly (string | Buffer)[],
  ended: CommitEnd,
): void {
  client.query(new CommitBehind(target, values, ended) as unknown as pg.Query);
}
