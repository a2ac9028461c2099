/**
 * What an error of the database means. Kinds, and what the platform's own statements do about them:
 * - `transaction`: the whole transaction may be tried again at once
 * - `connection`: the connection is gone or cannot be had; reconnect and try again
 * - `busy`: the server is out of something; try again after a pause
 * - `schema`: the schema changed under a prepared statement; try once more on a fresh connection
 * - `fence`: another instance owns the work; stop
 * - `refused`: trying again yields the same answer
 */
export type FailureKind = 'transaction' | 'connection' | 'busy' | 'schema' | 'fence' | 'refused';

/** The classification of one error. */
export interface Failure {
  readonly kind: FailureKind;
  /** Whether a task's main codeunit that ended with it is run again. */
  readonly retriable: boolean;
  /** SQLSTATE, the system's error code, or null. */
  readonly code: string | null;
}

/** SQLSTATEs of our own functions (class NS). */
export const SQLSTATE_CLAIM_LOST = 'NS001';
/** A statement was cancelled: by us, by a timeout, or by somebody else. */
export const SQLSTATE_QUERY_CANCELED = '57014';
/** Somebody else held a lock for longer than was waited. */
export const SQLSTATE_LOCK_NOT_AVAILABLE = '55P03';
/** Something was to be written where nothing may be: in a session that only reads, or on a standby. */
export const SQLSTATE_READ_ONLY = '25006';
/** What everything answers that is asked of a transaction after its first error. */
export const SQLSTATE_IN_FAILED_TRANSACTION = '25P02';
/** There is no statement of that name. */
export const SQLSTATE_UNKNOWN_STATEMENT = '26000';
/** There is no such connection. */
export const SQLSTATE_NO_CONNECTION = '08003';
/** A function that demands an identity was called by someone else. */
export const SQLSTATE_NOT_THE_CALLER = 'NS002';

type Rule = readonly [FailureKind, boolean];

/** Only codes with a rule of their own; whole classes are not taken, because 57 and 53 hold final errors too. */
const RULES: Readonly<Record<string, Rule>> = {
  '40000': ['transaction', true],
  '40001': ['transaction', true],
  '40003': ['connection', true],
  '40P01': ['transaction', true],
  [SQLSTATE_LOCK_NOT_AVAILABLE]: ['transaction', true],
  '55006': ['busy', true],
  '57P01': ['connection', true],
  '57P02': ['connection', true],
  '57P03': ['connection', true],
  '57P05': ['connection', true],
  '25P03': ['connection', true],
  '25P04': ['transaction', false],
  [SQLSTATE_READ_ONLY]: ['connection', true],
  '08000': ['connection', true],
  '08001': ['connection', true],
  [SQLSTATE_NO_CONNECTION]: ['connection', true],
  '08004': ['connection', true],
  '08006': ['connection', true],
  '08007': ['connection', true],
  '53000': ['busy', true],
  '53100': ['busy', true],
  '53200': ['busy', true],
  '53300': ['busy', true],
  '58000': ['busy', false],
  '58030': ['busy', false],
  [SQLSTATE_UNKNOWN_STATEMENT]: ['schema', true],
  [SQLSTATE_CLAIM_LOST]: ['fence', false],
};

/** Errors of sockets and of name resolution, which carry no SQLSTATE. */
const SYSTEM_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
  'ENOTFOUND',
]);

/** A socket's file that is missing is a server that is not there; any other missing file is somebody's mistake. */
function isOfConnection(code: string, syscall: unknown): boolean {
  return SYSTEM_CODES.has(code) || (code === 'ENOENT' && syscall === 'connect');
}

/** What `pg` says when a connection breaks; such errors have no code at all, so their text must do. */
const CONNECTION_TEXTS = [
  'Connection terminated',
  'Client has encountered a connection error',
  'Client was closed',
  'Query read timeout',
  'timeout exceeded when trying to connect',
  'timeout expired',
];

const CAUSE_DEPTH_MAX = 10;

const UNKNOWN: Failure = Object.freeze({ kind: 'refused', retriable: false, code: null });

interface Facts {
  readonly code?: unknown;
  readonly message?: unknown;
  readonly syscall?: unknown;
}

/** Classifies whatever a database call threw; walks causes and AggregateErrors. Total: never throws. */
export function classifyFailure(thrown: unknown): Failure {
  try {
    return classifyChain(thrown) ?? UNKNOWN;
  } catch {
    return UNKNOWN; // user code may throw objects that throw when they are looked at
  }
}

function classifyChain(thrown: unknown): Failure | null {
  let current = thrown;
  for (let depth = 0; depth < CAUSE_DEPTH_MAX && typeof current === 'object' && current !== null; depth++) {
    const found = classifyOne(current);
    if (found !== null) return found;
    const { errors, cause } = current as { errors?: unknown; cause?: unknown };
    current = Array.isArray(errors) && errors.length > 0 ? errors[0] : cause;
  }
  return null;
}

function classifyOne(error: Facts): Failure | null {
  const code = typeof error.code === 'string' ? error.code : null;
  const message = typeof error.message === 'string' ? error.message : '';
  if (code !== null) {
    const rule = Object.hasOwn(RULES, code) ? RULES[code] : undefined;
    if (rule !== undefined) return { kind: rule[0], retriable: rule[1], code };
    if (isOfConnection(code, error.syscall)) return { kind: 'connection', retriable: true, code };
    if (code === '0A000' && message.includes('cached plan')) return { kind: 'schema', retriable: true, code };
    if (/^[0-9A-Z]{5}$/.test(code)) return { kind: 'refused', retriable: false, code };
    return null;
  }
  if (CONNECTION_TEXTS.some((text) => message.startsWith(text))) {
    return { kind: 'connection', retriable: true, code: null };
  }
  return null;
}
