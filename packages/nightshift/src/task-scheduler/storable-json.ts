/** In the text of JSON: NUL, or half of a character, which PostgreSQL refuses in jsonb. The backslash is not itself escaped. */
const UNSTORABLE = /(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})/g;
const REPLACEMENT = '\ufffd';

/**
 * The text of plain data that user code had a hand in (what it logged, its progress), such that PostgreSQL takes it:
 * an outcome that cannot be written would leave its task running for ever.
 */
export function storableJson(value: Readonly<Record<string, unknown>>): string {
  const text = JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? String(part) : part));
  return text.replace(UNSTORABLE, `$1${REPLACEMENT}`);
}
