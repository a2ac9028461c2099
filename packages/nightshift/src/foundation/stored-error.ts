import { isNightshiftError } from './errors.ts';

/** A thrown value made printable and storable: what a task, a log entry and the API keep of an error. */
export interface StoredError {
  /** Our code, a SQLSTATE, a system error's code (`ECONNREFUSED`), or null. */
  readonly code: string | null;
  /** The name of the error's class, for `executionRetryExceptions` and for grouping. */
  readonly name: string;
  /** What went wrong, for people; at most 8 kB. */
  readonly message: string;
  /** Where, for developers; at most 32 kB. */
  readonly stack: string | null;
  /** The input field at fault, when one was named. */
  readonly field: string | null;
  /** What caused it, outermost first; at most 10. */
  readonly causes: readonly { readonly code: string | null; readonly message: string }[];
}

const MESSAGE_LENGTH_MAX = 8_192;
const STACK_LENGTH_MAX = 32_768;
const CAUSES_MAX = 10;

/**
 * Turns whatever user code threw into a stored error. Total: it cannot fail, whatever it is given (null, a Symbol,
 * getters that throw, cyclic causes, megabytes of text, NUL bytes), because an error that cannot be written would
 * leave a job queue entry In Process.
 */
export function storedErrorOf(thrown: unknown): StoredError {
  const causes: { code: string | null; message: string }[] = [];
  const seen = new Set<unknown>([thrown]);
  let cause = read(thrown, 'cause');
  while (cause !== undefined && cause !== null && !seen.has(cause) && causes.length < CAUSES_MAX) {
    seen.add(cause);
    causes.push({ code: codeOf(cause), message: messageOf(cause) });
    cause = read(cause, 'cause');
  }
  const stack = read(thrown, 'stack');
  return {
    code: codeOf(thrown),
    name: nameOf(thrown),
    message: messageOf(thrown),
    stack: typeof stack === 'string' ? printable(stack, STACK_LENGTH_MAX) : null,
    field: fieldOf(thrown),
    causes,
  };
}

/** Text that PostgreSQL takes: no NUL, no lone surrogates, cut to `lengthMax` characters. */
export function printable(text: string, lengthMax: number): string {
  const cut = text.length > lengthMax ? `${text.slice(0, lengthMax)} … (${text.length} characters)` : text;
  return cut.replaceAll('\0', '␀').toWellFormed();
}

function read(thrown: unknown, key: string): unknown {
  if ((typeof thrown !== 'object' && typeof thrown !== 'function') || thrown === null) return undefined;
  try {
    return (thrown as Record<string, unknown>)[key];
  } catch {
    return undefined;
  }
}

function codeOf(thrown: unknown): string | null {
  const code = read(thrown, 'code');
  return typeof code === 'string' || typeof code === 'number' ? printable(String(code), 64) : null;
}

/** Paths in a record hold its keys, so a field may be any text, too. */
function fieldOf(thrown: unknown): string | null {
  const field = isNightshiftError(thrown) ? read(thrown, 'field') : null;
  return typeof field === 'string' ? printable(field, 500) : null;
}

function nameOf(thrown: unknown): string {
  const name = read(thrown, 'name');
  return typeof name === 'string' && name !== '' ? printable(name, 200) : typeof thrown;
}

function messageOf(thrown: unknown): string {
  const message = read(thrown, 'message');
  if (typeof message === 'string') return printable(message, MESSAGE_LENGTH_MAX);
  try {
    return printable(
      typeof thrown === 'object' ? JSON.stringify(thrown) : String(thrown),
      MESSAGE_LENGTH_MAX,
    );
  } catch {
    return `a ${typeof thrown} that cannot be printed`;
  }
}
