/** Of PostgreSQL's binary form of an array: one dimension, perhaps nulls, of type uuid; its length, its lower bound. */
const HEAD = [1, 1, 0xb86];
const LOWER_BOUND = 1;
const NULL = -1;
const LONG_BYTES = 4;
const HEAD_BYTES = LONG_BYTES * (HEAD.length + 2);
const UUID_BYTES = 16;
const UUID_LENGTH = 36;
const HYPHENS = new Set([8, 13, 18, 23]);
/** Where the hexadecimal digits of a UUID are, two for each byte. */
const DIGITS = Array.from({ length: UUID_LENGTH }, (_, at) => at).filter((at) => !HYPHENS.has(at));

/**
 * UUIDs as PostgreSQL's own form of an array, as a parameter: reading them as text costs the server more than all else of
 * a narrow insert. What has no such form becomes a text, which the server refuses with an error that says why.
 */
export function uuidArray(ids: readonly (string | null)[]): Buffer | string {
  let bytes = HEAD_BYTES;
  for (const id of ids) bytes += LONG_BYTES + (id === null ? 0 : UUID_BYTES);
  const made = Buffer.allocUnsafe(bytes);
  let at = 0;
  for (const long of [...HEAD, ids.length, LOWER_BOUND]) at = made.writeInt32BE(long, at);
  for (const id of ids) {
    at = made.writeInt32BE(id === null ? NULL : UUID_BYTES, at);
    if (id === null) continue;
    if (!writeUuid(made, at, id)) return `{${ids.map((each) => JSON.stringify(each)).join(',')}}`;
    at += UUID_BYTES;
  }
  return made;
}

/** @returns whether it is one, written as usual */
function writeUuid(into: Buffer, from: number, id: string): boolean {
  if (id.length !== UUID_LENGTH) return false;
  for (const hyphen of HYPHENS) if (id[hyphen] !== '-') return false;
  let wrong = 0;
  for (let byte = 0; byte < UUID_BYTES; byte++) {
    const high = digitAt(id, DIGITS[2 * byte] as number);
    const low = digitAt(id, DIGITS[2 * byte + 1] as number);
    wrong |= high | low;
    into[from + byte] = (high << 4) | low;
  }
  return wrong >= 0;
}

/** The value of a hexadecimal digit; negative when it is none. */
function digitAt(text: string, at: number): number {
  const code = text.charCodeAt(at);
  if (code >= 48 && code <= 57) return code - 48;
  const letter = code | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}
