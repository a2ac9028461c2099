import { createHash } from 'node:crypto';
import type { StoredError } from './stored-error.ts';

const LENGTH = 12;
const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/giu;
/** What stands in quotation marks. An apostrophe inside of a word is none. */
const QUOTED =
  /"[^"]*"|“[^”]*”|„[^“”]*[“”]|«[^»]*»|`[^`]*`|(?<![\p{L}\p{N}])['‘][^'’]*['’](?![\p{L}\p{N}])/gu;
/** Words, with what numbers, dates, paths and addresses are written with. */
const WORDS = /[\p{L}\p{N}_.,:/+-]+/gu;
const DIGIT = /\p{N}/u;
const VALUES = /#(?:\s+#)*/gu;

/**
 * The same short text for errors of one kind: code and message without what differs from row to row. Words with a digit in
 * them (numbers, dates, document numbers), identifiers, and what stands in quotation marks count as such.
 */
export function errorFingerprint({
  code,
  name,
  message,
}: Pick<StoredError, 'code' | 'name' | 'message'>): string {
  const kind = message
    .replace(UUID, '#')
    .replace(QUOTED, '#')
    .replace(WORDS, (word) => (DIGIT.test(word) ? '#' : word))
    .replace(VALUES, '#')
    .trim();
  return createHash('sha256')
    .update(`${code ?? name}\n${kind}`)
    .digest('hex')
    .slice(0, LENGTH);
}
