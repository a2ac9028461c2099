import pg from 'pg';
import { ERROR_CODES, type ErrorCode, NightshiftError, storedErrorOf } from '../../foundation/index.ts';
import { QuietEnd } from '../background-dialogs.ts';
import { storable } from '../run-log.ts';

/** Longest text that crosses, in characters; what is stored in the end is shorter. */
const TEXT_LENGTH_MAX = 1_000_000;
/** Deepest chain of causes that crosses; `storedErrorOf` keeps as many. */
const CAUSES_MAX = 10;

/** What PostgreSQL says about an error. */
const DATABASE_FIELDS = [
  'severity',
  'code',
  'detail',
  'hint',
  'position',
  'internalPosition',
  'internalQuery',
  'where',
  'schema',
  'table',
  'column',
  'dataType',
  'constraint',
  'file',
  'line',
  'routine',
] as const;

/** A thrown value as plain data. */
export interface CrossingError {
  readonly kind: 'nightshift' | 'quiet' | 'database' | 'error' | 'value';
  readonly name: string;
  readonly message: string;
  readonly stack: string | null;
  readonly code: string | number | null;
  /** The system call that failed, for errors of sockets and files. */
  readonly syscall: string | null;
  readonly field: string | null;
  readonly details: unknown;
  /** Of a database error: what `DATABASE_FIELDS` lists. */
  readonly fields: Readonly<Record<string, string>>;
  /** Of a thrown value that is no object: the value. */
  readonly value: unknown;
  /** Under which number the other side keeps the original. */
  readonly original: number | null;
  readonly cause: CrossingError | null;
}

/** An error from the other side that is of no class which both sides know. */
export class CrossedError extends Error {
  override readonly name: string;

  constructor(crossing: CrossingError, cause: unknown) {
    super(crossing.message, crossing.cause === null ? undefined : { cause });
    this.name = crossing.name;
    const { code, syscall } = crossing;
    Object.assign(this, code === null ? {} : { code }, syscall === null ? {} : { syscall });
  }
}

/**
 * Makes plain data of whatever was thrown. Total, as `storedErrorOf`: null, a Symbol, a Proxy, getters that throw,
 * cyclic causes, megabytes of text.
 *
 * @param numberOf the number under which the other side keeps an error that came from there
 */
export function packError(
  thrown: unknown,
  numberOf: (thrown: object) => number | null = () => null,
): CrossingError {
  return pack(thrown, numberOf, new Set());
}

function pack(
  thrown: unknown,
  numberOf: (thrown: object) => number | null,
  seen: Set<unknown>,
): CrossingError {
  seen.add(thrown);
  const stored = storedErrorOf(thrown);
  const kind = kindOf(thrown);
  const next = read(thrown, 'errors');
  const inner = Array.isArray(next) && next.length > 0 ? read(next, '0') : read(thrown, 'cause');
  const goesOn = inner !== undefined && inner !== null && !seen.has(inner) && seen.size <= CAUSES_MAX;
  const code = read(thrown, 'code');
  return {
    kind,
    name: stored.name,
    message: textAt(thrown, 'message') ?? stored.message,
    stack: textAt(thrown, 'stack'),
    code: typeof code === 'number' ? code : textAt(thrown, 'code'),
    syscall: textAt(thrown, 'syscall'),
    field: kind === 'nightshift' ? textAt(thrown, 'field') : null,
    details: kind === 'nightshift' ? copyable(read(thrown, 'details')) : {},
    fields: kind === 'database' ? databaseFields(thrown) : {},
    value: kind === 'value' ? (typeof thrown === 'string' ? cut(thrown) : thrown) : null,
    original: typeof thrown === 'object' && thrown !== null ? numberOf(thrown) : null,
    cause: goesOn ? pack(inner, numberOf, seen) : null,
  };
}

/**
 * The error that crossed, as an object of this side.
 *
 * @param originalOf the error that this side keeps under a number; null when it keeps none
 */
export function unpackError(
  crossing: CrossingError,
  originalOf: (original: number) => unknown = () => null,
): unknown {
  const original = crossing.original === null ? null : originalOf(crossing.original);
  if (original !== null) return original;
  if (crossing.kind === 'value') return crossing.value;
  if (crossing.kind === 'quiet') return new QuietEnd();
  const cause = crossing.cause === null ? undefined : unpackError(crossing.cause, originalOf);
  const error = errorOf(crossing, cause);
  // What was thrown without a stack (an object, a function) is stored without one.
  Object.defineProperty(error, 'stack', {
    value: crossing.stack ?? undefined,
    configurable: true,
    writable: true,
  });
  return error;
}

function errorOf(crossing: CrossingError, cause: unknown): Error {
  const { kind, code, message, field, details, fields } = crossing;
  if (kind === 'nightshift' && typeof code === 'string' && Object.hasOwn(ERROR_CODES, code)) {
    return new NightshiftError(code as ErrorCode, message, {
      cause,
      details: details as Readonly<Record<string, unknown>>,
      ...(field === null ? {} : { field }),
    });
  }
  if (kind === 'database') {
    const error = new pg.DatabaseError(message, message.length, 'error');
    for (const key of DATABASE_FIELDS) {
      if (fields[key] !== undefined) Object.assign(error, { [key]: String(fields[key]) });
    }
    return error;
  }
  return new CrossedError(crossing, cause);
}

function kindOf(thrown: unknown): CrossingError['kind'] {
  if (typeof thrown === 'symbol' || typeof thrown === 'function') return 'error';
  if (typeof thrown !== 'object' || thrown === null) return 'value';
  if (QuietEnd.is(thrown)) return 'quiet';
  try {
    if (thrown instanceof NightshiftError) return 'nightshift';
    if (thrown instanceof pg.DatabaseError) return 'database';
  } catch {
    // A Proxy whose traps throw.
  }
  return 'error';
}

function databaseFields(thrown: unknown): Readonly<Record<string, string>> {
  const fields: Record<string, string> = {};
  for (const key of DATABASE_FIELDS) {
    const text = textAt(thrown, key);
    if (text !== null) fields[key] = text;
  }
  return fields;
}

function copyable(details: unknown): unknown {
  if (typeof details !== 'object' || details === null) return {};
  try {
    return structuredClone(details);
  } catch {
    const plain = storable(details);
    return typeof plain === 'object' && plain !== null ? plain : { details: plain };
  }
}

function textAt(thrown: unknown, key: string): string | null {
  const text = read(thrown, key);
  return typeof text === 'string' ? cut(text) : null;
}

function cut(text: string): string {
  return text.slice(0, TEXT_LENGTH_MAX);
}

function read(thrown: unknown, key: string): unknown {
  if ((typeof thrown !== 'object' && typeof thrown !== 'function') || thrown === null) return undefined;
  try {
    return (thrown as Record<string, unknown>)[key];
  } catch {
    return undefined;
  }
}
