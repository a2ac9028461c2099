/** One message of the PostgreSQL protocol, version 3. */
export interface PostgresMessage {
  /** The letter of its type; null for the first message of a connection, which has none. */
  readonly type: string | null;
  /** The whole message as it travelled. */
  readonly bytes: Buffer;
  /** What follows the letter and the length. */
  readonly body: Buffer;
}

const LENGTH_BYTES = 4;

/** Cuts a stream of bytes into messages; what is incomplete waits for more. */
export class MessageSplitter {
  #rest: Buffer = Buffer.alloc(0);
  #untyped: boolean;

  /** @param beginsUntyped whether the first message is a start-up packet, as on the way to the server */
  constructor(beginsUntyped: boolean) {
    this.#untyped = beginsUntyped;
  }

  /** The messages that `chunk` completes. */
  push(chunk: Buffer): readonly PostgresMessage[] {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    const messages: PostgresMessage[] = [];
    for (let message = this.#next(); message !== null; message = this.#next()) messages.push(message);
    return messages;
  }

  #next(): PostgresMessage | null {
    const head = this.#untyped ? 0 : 1;
    if (this.#rest.length < head + LENGTH_BYTES) return null;
    const end = head + this.#rest.readUInt32BE(head);
    if (this.#rest.length < end) return null;
    const bytes = this.#rest.subarray(0, end);
    const type = this.#untyped ? null : String.fromCharCode(bytes[0] as number);
    this.#rest = this.#rest.subarray(end);
    this.#untyped = false;
    return { type, bytes, body: bytes.subarray(head + LENGTH_BYTES) };
  }
}

/** The zero-terminated texts at the beginning of a body. */
export function texts(body: Buffer, count: number): readonly string[] {
  const found: string[] = [];
  let at = 0;
  for (let index = 0; index < count; index++) {
    const end = body.indexOf(0, at);
    if (end === -1) break;
    found.push(body.toString('utf8', at, end));
    at = end + 1;
  }
  return found;
}

const PROTOCOL_BYTES = 4;
/** Far more than any client sends. */
const STARTUP_TEXTS_MAX = 100;

/** A parameter of the start-up packet, or the empty text. */
export function startupParameter(body: Buffer, name: string): string {
  const pairs = texts(body.subarray(PROTOCOL_BYTES), STARTUP_TEXTS_MAX);
  const at = pairs.findIndex((text, index) => index % 2 === 0 && text === name);
  return at === -1 ? '' : (pairs[at + 1] ?? '');
}

const COMMIT = /^[\s;]*(?:commit|end)\b/i;

/** Whether a statement makes the server commit. */
export function isCommit(text: string): boolean {
  return COMMIT.test(text);
}

/** Follows what a client asks, in the simple and in the extended protocol, and tells what is carried out when. */
export class StatementWatch {
  readonly #statements = new Map<string, string>();
  readonly #portals = new Map<string, string>();

  /** The text that this message makes the server carry out; null when it makes it do nothing. */
  executes({ type, body }: PostgresMessage): string | null {
    switch (type) {
      case 'Q':
        return texts(body, 1)[0] ?? '';
      case 'P': {
        const [name = '', text = ''] = texts(body, 2);
        this.#statements.set(name, text);
        return null;
      }
      case 'B': {
        const [portal = '', statement = ''] = texts(body, 2);
        this.#portals.set(portal, this.#statements.get(statement) ?? '');
        return null;
      }
      case 'E':
        return this.#portals.get(texts(body, 1)[0] ?? '') ?? '';
      default:
        return null;
    }
  }
}

/** Whether the server says by this message what became of a COMMIT: its tag, or an error. */
export function answersCommit({ type, body }: PostgresMessage): boolean {
  if (type === 'E') return true;
  return type === 'C' && ['COMMIT', 'ROLLBACK'].includes(texts(body, 1)[0] ?? '');
}
