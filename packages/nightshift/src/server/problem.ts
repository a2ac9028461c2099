import type { Problem } from '../contract/wire.ts';
import { ERROR_CODES, type ErrorCode, isNightshiftError, NightshiftError } from '../foundation/index.ts';

/** One field that is wrong. */
export interface FieldFault {
  /** A JSON pointer into the body, `?name` of the query, or `{name}` of the path. */
  readonly pointer: string;
  readonly message: string;
}

/** What is at fault in a request, field by field. */
export class RequestFault extends NightshiftError {
  readonly faults: readonly FieldFault[];

  constructor(faults: readonly FieldFault[]) {
    const [first] = faults;
    super('VALIDATION', first === undefined ? 'The request is not valid.' : sentenceOf(first));
    this.faults = faults;
  }
}

/** The change is based on an older state; carries the present one. */
export class StaleVersion extends NightshiftError {
  readonly current: unknown;

  constructor(current: unknown) {
    super('VERSION_STALE', 'The object was changed since it was read.');
    this.current = current;
  }
}

/** Where the errors are explained. */
export const PROBLEMS_PAGE = '/api/docs/problems';

/** Facts of an error that are told; others may be about what is not the caller's. */
const TOLD_DETAILS = ['missing', 'sets', 'verb', 'status', 'version', 'reason', 'entries', 'known'] as const;

/**
 * What a thrown value is as a problem document. What went wrong inside is not told, only that it did.
 * @param body of the request. Default: it had none
 */
export function problemOf(thrown: unknown, correlationId: string, body?: unknown): Problem {
  const error = nightshiftErrorOf(thrown);
  const { code } = error;
  const { status, help } = ERROR_CODES[code];
  // The sentence of an inner fault may name tables, hosts or text of PostgreSQL.
  const isInner = status >= 500 && code !== 'ANSWER_TIMEOUT';
  return {
    type: `${PROBLEMS_PAGE}#${code}`,
    title: titleOf(code),
    status,
    detail: isInner ? help : error.message,
    code,
    correlationId,
    ...(isInner ? {} : toldOf(error, body)),
  };
}

function toldOf(error: NightshiftError, body: unknown): Partial<Problem> {
  const faults = faultsOf(error, body);
  const details = Object.fromEntries(
    TOLD_DETAILS.flatMap((name) => (error.details[name] === undefined ? [] : [[name, error.details[name]]])),
  );
  return {
    ...(faults.length === 0 ? {} : { errors: [...faults] }),
    ...(Object.keys(details).length === 0 ? {} : { details }),
    ...(error instanceof StaleVersion ? { current: error.current } : {}),
  };
}

function faultsOf(error: NightshiftError, body: unknown): readonly FieldFault[] {
  if (error instanceof RequestFault) return error.faults;
  if (error.field === null) return [];
  // What is not there was named by the address, unless the body names it.
  if (error.status === 404 && !names(body, error.field)) return [];
  return [{ pointer: `/${error.field.replaceAll('.', '/')}`, message: error.message }];
}

function names(body: unknown, field: string): boolean {
  let at: unknown = body;
  for (const name of field.split('.')) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, name)) return false;
    at = (at as Record<string, unknown>)[name];
  }
  return true;
}

/** Faults that Fastify finds by itself, by its codes. */
const FRAMEWORK_CODES: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ['BODY_TOO_LARGE', 'The body is larger than 1 MB.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['MEDIA_TYPE_REFUSED', 'The body is not said to be JSON.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['VALIDATION', 'The body is not as long as its header says.'],
  FST_ERR_BAD_URL: ['VALIDATION', 'The address cannot be read.'],
  FST_ERR_MAX_PARAM_LENGTH: ['NOT_FOUND', 'There is nothing at this address.'],
};

function nightshiftErrorOf(thrown: unknown): NightshiftError {
  if (isNightshiftError(thrown)) return thrown;
  const { code, statusCode } = frameworkFault(thrown);
  const [known, text] = FRAMEWORK_CODES[code] ?? [];
  if (known !== undefined) return new NightshiftError(known, text ?? '');
  if (statusCode !== null && statusCode < 500) {
    return new NightshiftError('VALIDATION', 'The request cannot be read.');
  }
  return new NightshiftError('INTERNAL', 'Something failed inside.', { cause: thrown });
}

function frameworkFault(thrown: unknown): { readonly code: string; readonly statusCode: number | null } {
  const { code, statusCode } = Object(thrown) as { code?: unknown; statusCode?: unknown };
  return {
    code: typeof code === 'string' ? code : '',
    statusCode: typeof statusCode === 'number' ? statusCode : null,
  };
}

function titleOf(code: ErrorCode): string {
  const words = code.toLowerCase().replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function sentenceOf({ pointer, message }: FieldFault): string {
  return `${pointer} ${message}.`;
}
