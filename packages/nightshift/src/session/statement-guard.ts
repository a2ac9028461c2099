import { NightshiftError } from '../foundation/index.ts';

/** First words of statements that would leave the session's transaction, change its rights or outlive it. */
const REFUSED = new Set([
  'BEGIN',
  'START',
  'COMMIT',
  'END',
  'ROLLBACK',
  'ABORT',
  'PREPARE',
  'EXECUTE',
  'DEALLOCATE',
  'DISCARD',
  'SET',
  'RESET',
  'LISTEN',
  'UNLISTEN',
]);

const WORD = /[A-Za-z_]+/y;

/** Commands that name a savepoint, and the names that the session gives to its own. */
const SAVEPOINT_COMMANDS = new Set(['SAVEPOINT', 'RELEASE', 'ROLLBACK']);
/** Written by code points, a name could be one of them. */
const OWN_SAVEPOINT = /ns_savepoint_|u&"/i;

/**
 * Refuses a statement by its first keyword, before it is sent. The statement travels alone (extended protocol), so the
 * first keyword is the whole truth; white space, empty statements and (nested) comments before it are passed over.
 * @returns the first keyword, in capitals; blank when there is none
 * @throws NightshiftError TRANSACTION_CONTROL with what to use instead
 */
export function guardStatement(text: string): string {
  const start = skipBlank(text);
  WORD.lastIndex = start;
  const word = WORD.exec(text)?.[0].toUpperCase() ?? '';
  const isRefused = REFUSED.has(word) && !(word === 'ROLLBACK' && isRollbackTo(text, WORD.lastIndex));
  if (!isRefused && !(SAVEPOINT_COMMANDS.has(word) && OWN_SAVEPOINT.test(text))) return word;
  throw new NightshiftError(
    'TRANSACTION_CONTROL',
    `${word} is not allowed in a session: use session.commit() and session.savepoint().`,
    { details: { keyword: word } },
  );
}

/** `ROLLBACK [WORK | TRANSACTION] TO …` stays inside the transaction. */
function isRollbackTo(text: string, from: number): boolean {
  let at = skipBlank(text, from);
  for (let words = 0; words < 2; words++) {
    WORD.lastIndex = at;
    const word = WORD.exec(text)?.[0].toUpperCase();
    if (word === 'TO') return true;
    if (word !== 'WORK' && word !== 'TRANSACTION') return false;
    at = skipBlank(text, WORD.lastIndex);
  }
  return false;
}

function skipBlank(text: string, from = 0): number {
  let at = from;
  while (at < text.length) {
    const two = text.slice(at, at + 2);
    if (two === '--') at = endOfLine(text, at);
    else if (two === '/*') at = endOfComment(text, at);
    else if (/[\s;\uFEFF]/.test(text[at] as string)) at++;
    else break;
  }
  return at;
}

function endOfLine(text: string, from: number): number {
  const end = text.slice(from).search(/[\n\r]/);
  return end === -1 ? text.length : from + end;
}

/** PostgreSQL nests block comments. */
function endOfComment(text: string, from: number): number {
  let depth = 0;
  let at = from;
  do {
    const two = text.slice(at, at + 2);
    if (two === '/*') depth++;
    if (two === '*/') depth--;
    at += two === '/*' || two === '*/' ? 2 : 1;
  } while (depth > 0 && at < text.length);
  return at;
}

/** Whole statements whose effects nobody can tell from their text. */
const OPAQUE = new Set(['DO', 'CALL']);
/** What can change the connection beyond the transaction: settings, advisory locks, held cursors. */
const TRACES = /set_config|advisory|\bhold\b/i;

/**
 * Whether a statement may leave something behind on its connection. `keyword` is its first, as the guard found it. A yes
 * too many costs a round trip at the session's end.
 */
export function leavesTraces(keyword: string, text: string): boolean {
  return OPAQUE.has(keyword) || TRACES.test(text);
}
