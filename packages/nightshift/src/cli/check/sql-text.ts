import { HOLE } from './value.ts';

/** What a statement does, as far as its text tells. */
export type StatementEffect = 'read' | 'write' | 'unclear';

const COMMENTS_AND_QUOTED = /--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'|"(?:[^"]|"")*"|(\$\w*\$)[\s\S]*?\1/g;
/** Locks of rows, and parts of an INSERT, that hold the words of writing statements. */
const NOT_WRITING = /\bfor\s+(?:no\s+key\s+)?update\b|\bon\s+(?:update|delete)\b/gi;
const WRITING = /\b(?:insert\s+into|update|delete\s+from|merge\s+into)\b/i;
const FIRST_WORD = /^[\s;(]*([a-z]+)/i;
const READING_FIRST = new Set(['select', 'values', 'table', 'show', 'explain', 'with', 'fetch', 'set']);

/**
 * Tells whether a statement writes. Functions that a SELECT calls are taken to read.
 * @param text null when nothing of it is known; a hole stands for each unknown part
 */
export function effectOf(text: string | null): StatementEffect {
  if (text === null) return 'unclear';
  const bare = text.replace(COMMENTS_AND_QUOTED, ' ').replace(NOT_WRITING, ' ');
  if (WRITING.test(bare)) return 'write';
  const [, first = ''] = FIRST_WORD.exec(bare) ?? [];
  if (READING_FIRST.has(first.toLowerCase())) return 'read';
  return first === '' || bare.trimStart().startsWith(HOLE) ? 'unclear' : 'write';
}

/** The first words of a statement, for messages. */
export function headOf(text: string): string {
  const line = text.replace(COMMENTS_AND_QUOTED, ' ').replaceAll(HOLE, '…').trim().replace(/\s+/g, ' ');
  return line.length <= 40 ? line : `${line.slice(0, 39)}…`;
}
