// Messages of PostgreSQL's protocol 3, as its manual describes them under "Message Formats".

const LENGTH_BYTES = 4;
const SHORT_BYTES = 2;
const NULL_LENGTH = -1;
const TEXT_FORMAT = 0;
const BINARY_FORMAT = 1;
const QUERY = 0x51;
const PARSE = 0x50;
const BIND = 0x42;
/** Execute: the portal without a name, all of its rows. */
export const EXECUTE = Buffer.from('45000000090000000000', 'hex');
/** Ends what belongs together: when one of its messages fails, those behind that are skipped. */
export const SYNC = Buffer.from('5300000004', 'hex');
export const EXECUTE_AND_SYNC = Buffer.concat([EXECUTE, SYNC]);
/** Describe: what the columns of the portal are; then its rows. */
export const DESCRIBE_AND_EXECUTE = Buffer.concat([Buffer.from('44000000065000', 'hex'), EXECUTE]);
export const DESCRIBE_EXECUTE_AND_SYNC = Buffer.concat([DESCRIBE_AND_EXECUTE, SYNC]);

/** None. */
export const NO_MESSAGES = Buffer.alloc(0);

/** Writes what a message is made of, one after another, into a buffer that is long enough. */
class MessageWriter {
  readonly buffer: Buffer;
  #at: number;

  /** @param before whole messages that it goes behind @param more how many bytes follow it */
  constructor(type: number, length: number, before: Buffer = NO_MESSAGES, more = 0) {
    this.buffer = Buffer.allocUnsafe(before.length + 1 + length + more);
    this.#at = this.buffer.writeUInt8(type, before.copy(this.buffer));
    this.long(length);
  }

  short(value: number): void {
    this.#at = this.buffer.writeInt16BE(value, this.#at);
  }

  long(value: number): void {
    this.#at = this.buffer.writeInt32BE(value, this.#at);
  }

  /** A text that ends with a null byte. */
  text(value: string): void {
    this.#at += this.buffer.write(value, this.#at);
    this.#at = this.buffer.writeUInt8(0, this.#at);
  }

  /** A value behind its length. @param bytes how long it is */
  value(value: string | Buffer, bytes: number): void {
    this.long(bytes);
    this.#at +=
      typeof value === 'string' ? this.buffer.write(value, this.#at) : value.copy(this.buffer, this.#at);
  }

  bytes(value: Buffer): void {
    this.#at += value.copy(this.buffer, this.#at);
  }
}

/** Commands that take no parameters. */
export function queryMessage(text: string): Buffer {
  const writer = new MessageWriter(QUERY, LENGTH_BYTES + textBytes(text));
  writer.text(text);
  return writer.buffer;
}

/** Prepares a statement. */
export function parseMessage(name: string, text: string): Buffer {
  const writer = new MessageWriter(PARSE, LENGTH_BYTES + textBytes(name) + textBytes(text) + SHORT_BYTES);
  writer.text(name);
  writer.text(text);
  writer.short(0); // types of parameters: the server finds them out
  return writer.buffer;
}

/** A parameter: texts travel as text, bytes as PostgreSQL's binary form. */
export type BoundValue = string | Buffer | null;

/**
 * Binds a prepared statement to its parameters.
 * @param then what is done with that: one of the above
 * @param before whole messages that go before it, in the same buffer: each write of its own costs more than a copy
 */
export function boundMessages(
  name: string,
  values: readonly BoundValue[],
  then: Buffer,
  before: Buffer = NO_MESSAGES,
): Buffer {
  const lengths = values.map((value) =>
    typeof value === 'string' ? Buffer.byteLength(value) : value?.length,
  );
  const length =
    LENGTH_BYTES +
    textBytes('') +
    textBytes(name) +
    SHORT_BYTES * (values.length + 3) +
    lengths.reduce<number>((sum, bytes) => sum + LENGTH_BYTES + (bytes ?? 0), 0);
  const writer = new MessageWriter(BIND, length, before, then.length);
  writer.text(''); // the portal
  writer.text(name);
  writer.short(values.length);
  for (const value of values) writer.short(Buffer.isBuffer(value) ? BINARY_FORMAT : TEXT_FORMAT);
  writer.short(values.length);
  values.forEach((value, at) => {
    if (value === null) writer.long(NULL_LENGTH);
    else writer.value(value, lengths[at] ?? 0);
  });
  writer.short(0); // formats of the columns: all as text
  writer.bytes(then);
  return writer.buffer;
}

/** With the null byte behind it. */
function textBytes(text: string): number {
  return Buffer.byteLength(text) + 1;
}
