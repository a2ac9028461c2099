/** Object ids of PostgreSQL's types. */
const TEXT = 25;
const JSONB = 3802;
/** Dimensions, whether there are nulls, type, length and lower bound: four bytes each. */
const HEAD_BYTES = 20;
const LENGTH_BYTES = 4;
const NULL_LENGTH = -1;
/** What comes before the text of a jsonb value. */
const JSONB_VERSION = 1;

/** Texts as PostgreSQL's own form of an array, as a parameter: as text, each would be looked through for quotes twice. */
export function textArray(texts: readonly string[]): Buffer {
  return arrayOf(TEXT, texts, null);
}

/** The same of JSON. */
export function jsonbArray(texts: readonly (string | null)[]): Buffer {
  return arrayOf(JSONB, texts, JSONB_VERSION);
}

/** @param version a byte in front of each value; null: none */
function arrayOf(type: number, texts: readonly (string | null)[], version: number | null): Buffer {
  const extra = version === null ? 0 : 1;
  let size = HEAD_BYTES;
  for (const text of texts) size += LENGTH_BYTES + (text === null ? 0 : extra + Buffer.byteLength(text));
  const made = Buffer.allocUnsafe(size);
  let at = 0;
  for (const number of [1, texts.includes(null) ? 1 : 0, type, texts.length, 1])
    at = made.writeInt32BE(number, at);
  for (const text of texts) {
    if (text === null) {
      at = made.writeInt32BE(NULL_LENGTH, at);
      continue;
    }
    const start = at + LENGTH_BYTES;
    if (version !== null) made[start] = version;
    const length = extra + made.write(text, start + extra);
    made.writeInt32BE(length, at);
    at = start + length;
  }
  return made;
}
