import type { RefusedAccess } from '../permissions/index.ts';

/** What an error of PostgreSQL holds that matters here. */
export interface DatabaseRefusal {
  readonly message: string;
  /** Inside of functions: the statements that led there. */
  readonly where?: string | undefined;
  /** Of the platform's own functions: what they were asked to do, such as `insert into staged_order`. */
  readonly detail?: string | undefined;
}

/** `permission denied for table sales_order`; views are tables to permission sets. */
const DENIED =
  /^permission denied for (table|view|materialized view|foreign table|sequence|schema|function) (.+)$/;

const KINDS: Readonly<Record<string, RefusedAccess['kind']>> = {
  table: 'table',
  view: 'table',
  'materialized view': 'table',
  'foreign table': 'table',
  sequence: 'sequence',
  schema: 'schema',
  function: 'function',
};

/**
 * What a statement was refused. PostgreSQL names the object and not the right, so that is read from the text: a table
 * that is written to somewhere in it was to be written to, any other was to be read.
 */
export function refusedAccess(
  { message, where = '', detail = '' }: DatabaseRefusal,
  text: string,
): RefusedAccess {
  const [, word = '', name = ''] = DENIED.exec(message) ?? [];
  const kind = KINDS[word] ?? 'other';
  if (kind !== 'table') return { kind, name, wanted: [], said: message };
  return { kind, name, wanted: wantedOf(name, `${text}\n${where}\n${detail}`), said: message };
}

/** A name as a statement writes it, with or without its schema. */
const NAME = '(?:(?:"(?:[^"]|"")+"|[\\w$]+)\\s*\\.\\s*)?("(?:[^"]|"")+"|[\\p{L}_][\\p{L}\\p{N}_$]*)';
const WRITES = [
  ['I', `\\binsert\\s+into\\s+${NAME}`],
  ['M', `\\bupdate\\s+(?:only\\s+)?${NAME}`],
  ['D', `\\bdelete\\s+from\\s+(?:only\\s+)?${NAME}`],
] as const;
const INTO = new RegExp(`\\bmerge\\s+into\\s+(?:only\\s+)?${NAME}`, 'giu');
const MERGES = [
  ['I', /\bthen\s+insert\b/i],
  ['M', /\bthen\s+update\b/i],
  ['D', /\bthen\s+delete\b/i],
] as const;
const UPSERT = /\bdo\s+update\b/i;
const LOCKS_ROWS = /\bfor\s+(?:no\s+key\s+)?(?:update|share|key\s+share)\b/i;

function wantedOf(table: string, text: string): readonly string[] {
  const wanted = new Set<string>();
  for (const [right, pattern] of WRITES) {
    if (names(new RegExp(pattern, 'giu'), text, table)) wanted.add(right);
  }
  if (names(INTO, text, table)) {
    for (const [right, pattern] of MERGES) if (pattern.test(text)) wanted.add(right);
  }
  const isWritten = wanted.size > 0;
  if (isWritten && UPSERT.test(text)) wanted.add('M');
  // WHERE and RETURNING read as well.
  wanted.add('R');
  if (!isWritten && LOCKS_ROWS.test(text)) wanted.add('M');
  return [...wanted];
}

function names(pattern: RegExp, text: string, table: string): boolean {
  return [...text.matchAll(pattern)].some(([, written = '']) => {
    const name = written.startsWith('"') ? written.slice(1, -1).replaceAll('""', '"') : written.toLowerCase();
    return name === table;
  });
}
