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
const OWN_SAVEPOINT = /ns_(?:savepoint|lent)_|u&"/i;

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
  if (isRefused) throw refusalOf(word, text, start + word.length);
  if (SAVEPOINT_COMMANDS.has(word) && OWN_SAVEPOINT.test(text)) throw notAllowed(word);
  return word;
}

/** Commands that end the transaction behind the session's back. */
const ENDS_TRANSACTION = new Set(['COMMIT', 'END', 'ROLLBACK', 'ABORT']);
/** What a session's rights hang on. */
const AUTHORITY = new Set(['ROLE', 'AUTHORIZATION', 'SESSION_AUTHORIZATION']);

/** Refused statements that tried to leave the transaction or the rights of their session; it ends with them. */
const escapes = new WeakSet<NightshiftError>();

/** Whether a refusal of the guard ends the session: whoever swallows it goes on in a world that is not there. */
export function isEscape(refusal: unknown): refusal is NightshiftError {
  return refusal instanceof NightshiftError && escapes.has(refusal);
}

/** The refusal of what tried to leave the bounds of its session. */
export function escapeOf(text: string, keyword: string): NightshiftError {
  const error = new NightshiftError('TRANSACTION_CONTROL', text, { details: { keyword } });
  escapes.add(error);
  return error;
}

function refusalOf(word: string, text: string, from: number): NightshiftError {
  if (ENDS_TRANSACTION.has(word) || (word === 'PREPARE' && wordAt(text, from) === 'TRANSACTION')) {
    return escapeOf(
      `${word} is not allowed in a session, and ends it: use session.commit() and session.savepoint().`,
      word,
    );
  }
  if ((word === 'SET' || word === 'RESET') && isAboutAuthority(text, from)) {
    return escapeOf(
      `${word} of the role is not allowed: a session has the rights of its user. It ends.`,
      word,
    );
  }
  return notAllowed(word);
}

function notAllowed(word: string): NightshiftError {
  return new NightshiftError(
    'TRANSACTION_CONTROL',
    `${word} is not allowed in a session: use session.commit() and session.savepoint().`,
    { details: { keyword: word } },
  );
}

/** `SET [SESSION | LOCAL] ROLE | SESSION AUTHORIZATION`, and the same settings by their names. */
function isAboutAuthority(text: string, from: number): boolean {
  let at = from;
  for (let words = 0; words < 3; words++) {
    at = skipBlank(text, at);
    // Written by code points, a name could be any.
    if (/^u&"/i.test(text.slice(at, at + 3))) return true;
    const quoted = text[at] === '"';
    const word = wordAt(text, quoted ? at + 1 : at);
    if (AUTHORITY.has(word)) return true;
    if (word !== 'SESSION' && word !== 'LOCAL') return false;
    at += word.length;
  }
  return false;
}

function wordAt(text: string, from: number): string {
  WORD.lastIndex = skipBlank(text, from);
  return WORD.exec(text)?.[0].toUpperCase() ?? '';
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

/** What could have changed whose rights the session has, as far as the text tells. */
const TOUCHES_ROLE = /\b(?:role|authorization|session_authorization)\b/i;
/** What could have taken an advisory lock of the platform. */
const TOUCHES_LOCKS = /advisory/i;

/** Whether to look, after a statement, at who the session is and what it holds. */
export function wantsLook(text: string): boolean {
  return TOUCHES_LOCKS.test(text) || (TOUCHES_ROLE.test(text) && TRACES_OF_ROLE.test(text));
}

/** Ways to a setting that the guard cannot see. */
const TRACES_OF_ROLE = /set_config|\b(?:do|call)\b/i;

/** Statements that leave nothing behind when they are undone, but what their functions do outside of the transaction. */
const UNDONE_WHOLLY = new Set(['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'MERGE', 'WITH', 'VALUES']);

/** Whether undoing a statement leaves nothing of it, by its first keyword in capitals. */
export function isUndoneWholly(keyword: string): boolean {
  return UNDONE_WHOLLY.has(keyword);
}
