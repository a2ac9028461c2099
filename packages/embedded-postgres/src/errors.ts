/**
 * Why the launcher could not do what was asked. The set is closed; a new cause gets a new code.
 *
 * | Code | Meaning |
 * |---|---|
 * | `OPTION_INVALID` | an option is unknown, of the wrong type or out of range; `field` names it |
 * | `UNSUPPORTED_PLATFORM` | there are no binaries for this operating system and processor |
 * | `BINARIES_MISSING` | the package with the binaries is not installed or not complete |
 * | `DATA_FOLDER_VERSION` | the data folder belongs to another major version of PostgreSQL |
 * | `DATA_FOLDER_NOT_EMPTY` | the folder holds files, but no PostgreSQL data |
 * | `DATA_FOLDER_FOREIGN` | the folder holds PostgreSQL data which this package did not make |
 * | `DATA_FOLDER_NOT_USABLE` | the folder cannot be made, entered or owned by the user of the server |
 * | `LOCK_TIMEOUT` | another process is busy with the folder for too long |
 * | `PORT_IN_USE` | the wanted TCP port is taken; `field` is `tcpPort` |
 * | `INIT_FAILED` | `initdb` failed; `logTail` has its last lines |
 * | `START_FAILED` | the server did not start or does not let us in; `logTail` has its last lines |
 * | `STOP_FAILED` | the server did not stop in time; `logTail` has its last lines |
 */
export type EmbeddedPostgresErrorCode =
  | 'OPTION_INVALID'
  | 'UNSUPPORTED_PLATFORM'
  | 'BINARIES_MISSING'
  | 'DATA_FOLDER_VERSION'
  | 'DATA_FOLDER_NOT_EMPTY'
  | 'DATA_FOLDER_FOREIGN'
  | 'DATA_FOLDER_NOT_USABLE'
  | 'LOCK_TIMEOUT'
  | 'PORT_IN_USE'
  | 'INIT_FAILED'
  | 'START_FAILED'
  | 'STOP_FAILED';

/** What an {@link EmbeddedPostgresError} knows besides its code and sentence. */
export interface EmbeddedPostgresErrorDetails {
  /** The option at fault, such as `tcpPort` or `settings.work_mem`. */
  readonly field?: string;
  /** The file or folder in question. */
  readonly path?: string;
  /** For `DATA_FOLDER_VERSION`: the major version that was found in the folder. */
  readonly foundVersion?: string;
  /** For `DATA_FOLDER_VERSION`: the major version of our binaries. */
  readonly neededVersion?: string;
  /** For `PORT_IN_USE`: the port. */
  readonly port?: number;
  /** The last lines that PostgreSQL wrote, oldest first, at most 20. */
  readonly logTail?: readonly string[];
  /** What was thrown beneath. */
  readonly cause?: unknown;
}

/** Every error this package throws on purpose. Its message says what is wrong and what to do. */
export class EmbeddedPostgresError extends Error {
  /** Which of the known causes it is. */
  readonly code: EmbeddedPostgresErrorCode;
  /** The option at fault, or null when no option is. */
  readonly field: string | null;
  /** Facts for programs; the sentence is for people. */
  readonly details: EmbeddedPostgresErrorDetails;

  constructor(code: EmbeddedPostgresErrorCode, message: string, details: EmbeddedPostgresErrorDetails = {}) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined);
    this.name = 'EmbeddedPostgresError';
    this.code = code;
    this.field = details.field ?? null;
    this.details = details;
  }
}

/** The `code` of a system or PostgreSQL error (`ENOENT`, `57P03` …), or null when there is none. */
export function errorCodeOf(error: unknown): string | null {
  if (typeof error !== 'object' || error === null || !('code' in error)) return null;
  return typeof error.code === 'string' ? error.code : null;
}

/** Runs `work` and answers null instead of throwing when it fails with one of these system error codes. */
export async function nullWhen<T>(codes: readonly string[], work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (codes.includes(errorCodeOf(error) ?? '')) return null;
    throw error;
  }
}
