/** Heads of PostgreSQL's binary form of an array: one dimension, of type uuid; its length and lower bound follow. */
const HEAD = '000000010000000100000b86';
const LOWER_BOUND = '00000001';
const BYTES_16 = '00000010';
const NULL = 'ffffffff';
const HEAD_BYTES = 20;
const LENGTH_BYTES = 4;
const UUID_BYTES = 16;

/**
 * UUIDs as PostgreSQL's own form of an array, as a parameter: reading them as text costs the server more than all else of
 * a narrow insert. What has no such form becomes a text, which the server refuses with an error that says why.
 */
export function uuidArray(ids: readonly (string | null)[]): Buffer | string {
  let hex = HEAD + ids.length.toString(16).padStart(8, '0') + LOWER_BOUND;
  let bytes = HEAD_BYTES;
  for (const id of ids) {
    hex += id === null ? NULL : BYTES_16 + id;
    bytes += LENGTH_BYTES + (id === null ? 0 : UUID_BYTES);
  }
  const digits = hex.replaceAll('-', '');
  // Ends before the first character that is no hexadecimal digit.
  const made = Buffer.from(digits, 'hex');
  return digits.length === 2 * bytes && made.length === bytes
    ? made
    : `{${ids.map((id) => JSON.stringify(id)).join(',')}}`;
}
