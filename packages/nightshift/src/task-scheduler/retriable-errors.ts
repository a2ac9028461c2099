import { classifyFailure } from '../database/index.ts';
import { HOUR_MS, isNightshiftError, NightshiftError } from '../foundation/index.ts';

/** The longest wait that `retryAfter` can ask for; a longer one is cut. */
export const RETRY_AFTER_MS_MAX = 48 * HOUR_MS;

/**
 * The error to throw when the work cannot be done now and is worth another try later: `throw retryAfter(60_000, 'the
 * shop is closed')`. The run is rolled back, and the task runs again after that wait instead of the one of the retry
 * policy. It counts as a retry: when there are no more, the task fails like after any other error. Works from savepoints,
 * from codeunits that others run, and from isolated ones; in a job queue entry, too.
 *
 * @param durationMs milliseconds, 0 or more; at most 48 h, a longer one is cut
 * @param why what people read who ask why the task has not run
 * @throws NightshiftError VALIDATION, field `durationMs` or `why`
 */
export function retryAfter(durationMs: number, why: string): NightshiftError {
  if (typeof durationMs !== 'number' || !(durationMs >= 0)) {
    throw new NightshiftError('VALIDATION', 'A wait is a number of milliseconds, 0 or more.', {
      field: 'durationMs',
    });
  }
  if (typeof why !== 'string') {
    throw new NightshiftError('VALIDATION', 'Say in text why the work is to be done later.', {
      field: 'why',
    });
  }
  const delayMs = Math.min(durationMs, RETRY_AFTER_MS_MAX);
  const error = new NightshiftError('RETRY_LATER', why, { details: { delayMs } });
  Error.captureStackTrace(error, retryAfter);
  return error;
}

/**
 * Errors that nobody can make retriable: the same dialog, the same lack of rights, the same bad data would come again;
 * and what a person has stopped stays stopped.
 */
export const NEVER_RETRIABLE: readonly string[] = [
  'CALLBACK_NOT_ALLOWED',
  'DIALOG_IN_WRITE_TRANSACTION',
  'PERMISSION_DENIED',
  '42501',
  'VALIDATION',
  'RECORD_INVALID',
  'JSON_INVALID',
  'DATE_FORMULA_INVALID',
  'SESSION_STOPPED',
  'SESSION_KILLED',
];

/** Errors after which a failure codeunit is not run again; nearly everything else is. */
const FINAL_IN_FAILURE_CODEUNIT = [
  'CALLBACK_NOT_ALLOWED',
  'CODEUNIT_UNKNOWN',
  'RECORD_INVALID',
  'SESSION_STOPPED',
  'SESSION_KILLED',
] as const;

/** One exception that an option makes retriable. */
export interface RetryException {
  /** The name of the error's class, or our code. */
  readonly name: string;
  /** Its `code` (a SQLSTATE, a system error's) or its `errno`; null: any. */
  readonly code: string | null;
}

const CAUSES_MAX = 10;
const NAME_LENGTH_MAX = 100;
const EXCEPTIONS_MAX = 100;

/**
 * Reads a list of exceptions, `Name;Name:Code`, as Business Central writes it. Blanks around names and codes, and empty
 * places, do not count.
 * @throws NightshiftError VALIDATION for a name or a code that is missing, too long or of other characters than letters,
 *   digits, `_`, `.`, `$` and `-`; for more than 100; for one that can never be retriable
 */
export function parseRetryExceptions(text: string): readonly RetryException[] {
  const items = text
    .split(';')
    .map((item) => item.trim())
    .filter((item) => item !== '');
  if (items.length > EXCEPTIONS_MAX) throw refuse(`there are more than ${EXCEPTIONS_MAX} exceptions`);
  return Object.freeze(items.map(parseOne));
}

function parseOne(item: string): RetryException {
  const [name = '', code = null, ...more] = item.split(':').map((part) => part.trim());
  const shown = JSON.stringify(item.slice(0, NAME_LENGTH_MAX));
  if (more.length > 0 || !isWord(name) || (code !== null && !isWord(code)))
    throw refuse(`${shown} is not of the form Name or Name:Code`);
  for (const part of [name, code]) {
    if (part !== null && NEVER_RETRIABLE.includes(part)) throw refuse(`${part} can never be retriable`);
  }
  return Object.freeze({ name, code });
}

function isWord(text: string): boolean {
  return text.length <= NAME_LENGTH_MAX && /^[\w.$-]+$/.test(text);
}

function refuse(problem: string): NightshiftError {
  return new NightshiftError('VALIDATION', `In the list of retry exceptions ${problem}.`, {
    field: 'taskSchedulerExecutionRetryExceptions',
  });
}

/** Whether the main codeunit is run again after this error. Total: whatever was thrown may be looked at. */
export function isRetriableInMain(error: unknown, exceptions: readonly RetryException[] = []): boolean {
  const links = chainOf(error).map(factsOf);
  const own = links.map(retriableByItself).find((answer) => answer !== null) ?? false;
  if (own) return true;
  if (exceptions.length === 0 || links.some(isNever)) return false;
  return links.some((link) => exceptions.some((exception) => fits(link, exception)));
}

/** Whether a failure codeunit is run again after this error. Total. */
export function isRetriableInFailureCodeunit(error: unknown): boolean {
  return !isNightshiftError(error, ...FINAL_IN_FAILURE_CODEUNIT) && !mayNotRun(error);
}

/** Whether its user may not run a codeunit at all. */
function mayNotRun(error: unknown): boolean {
  const kind = read(read(error, 'details'), 'kind');
  return isNightshiftError(error, 'PERMISSION_DENIED') && (kind === 'codeunit' || kind === 'report');
}

/** How long the code that threw this wants to wait, in milliseconds, at most 48 h; null when it does not say. Total. */
export function wantedDelayMs(error: unknown): number | null {
  for (const link of chainOf(error)) {
    const wanted = isNightshiftError(link, 'RETRY_LATER') ? read(read(link, 'details'), 'delayMs') : null;
    if (typeof wanted === 'number' && wanted >= 0) return Math.min(wanted, RETRY_AFTER_MS_MAX);
  }
  return null;
}

/** What is known of one error of a chain. */
interface ErrorFacts {
  readonly thrown: unknown;
  readonly name: string | null;
  readonly code: string | null;
  readonly errno: string | null;
  readonly message: unknown;
  readonly syscall: unknown;
}

function factsOf(thrown: unknown): ErrorFacts {
  return {
    thrown,
    name: textOf(read(thrown, 'name')),
    code: textOf(read(thrown, 'code')),
    errno: textOf(read(thrown, 'errno')),
    message: read(thrown, 'message'),
    syscall: read(thrown, 'syscall'),
  };
}

/** What the tables say of this error without its causes; null when they say nothing. */
function retriableByItself({ thrown, code, message, syscall }: ErrorFacts): boolean | null {
  if (isNightshiftError(thrown)) return thrown.retriable;
  // A Promise.any or a connection over several addresses says nothing itself; what it holds does.
  const failure = classifyFailure({ ...(code === null ? {} : { code }), message, syscall });
  return failure.kind === 'refused' && failure.code === null ? null : failure.retriable;
}

function isNever({ code }: ErrorFacts): boolean {
  return code !== null && NEVER_RETRIABLE.includes(code);
}

function fits(facts: ErrorFacts, { name, code }: RetryException): boolean {
  const isNamed = facts.name === name || (isNightshiftError(facts.thrown) && facts.code === name);
  return isNamed && (code === null || code === facts.code || code === facts.errno);
}

/** The error, its cause, and so on; of an AggregateError the first one that it holds. */
function chainOf(thrown: unknown): readonly unknown[] {
  const chain: unknown[] = [];
  let current = thrown;
  while (isLink(current) && !chain.includes(current) && chain.length < CAUSES_MAX) {
    chain.push(current);
    const errors = read(current, 'errors');
    current = Array.isArray(errors) && errors.length > 0 ? read(errors, '0') : read(current, 'cause');
  }
  return chain;
}

function isLink(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function read(from: unknown, key: string): unknown {
  if (!isLink(from)) return undefined;
  try {
    return (from as Record<string, unknown>)[key];
  } catch {
    return undefined; // user code may throw objects that throw when they are looked at
  }
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : null;
}
