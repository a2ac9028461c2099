import type { EmbeddedPostgresErrorCode } from '@nightshift/embedded-postgres';
import { ERROR_CODES, type ErrorCode } from '../foundation/index.ts';

/** What the command line ends with; scripts may rely on it. The table is in `docs/cli.md`. */
export const EXIT = Object.freeze({
  ok: 0,
  /** The work failed, or a finding says that something is wrong. */
  failed: 1,
  /** Unknown command or option, or input that was refused. */
  badInput: 2,
  notFound: 3,
  conflict: 4,
  databaseUnavailable: 5,
  /** Schema, rights, version, port, data folder … */
  environment: 6,
});

/** One of the exit codes above. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const HTTP_BAD_REQUEST = 400;
const HTTP_NOT_FOUND = 404;

/** Codes whose HTTP status does not say it. */
const BY_CODE: Readonly<Partial<Record<ErrorCode | EmbeddedPostgresErrorCode, ExitCode>>> = {
  APPLICATION_INVALID: EXIT.badInput,
  CONFLICT: EXIT.conflict,
  SERVER_UNREACHABLE: EXIT.databaseUnavailable,
  UNAUTHENTICATED: EXIT.environment,
  DATABASE_UNAVAILABLE: EXIT.databaseUnavailable,
  DATABASE_BUSY: EXIT.databaseUnavailable,
  COMMIT_UNKNOWN: EXIT.databaseUnavailable,
  OUTCOME_UNKNOWN: EXIT.databaseUnavailable,
  SCHEMA_NEWER: EXIT.environment,
  SCHEMA_MISSING: EXIT.environment,
  MIGRATION_CHANGED: EXIT.environment,
  DATABASE_VERSION: EXIT.environment,
  DATABASE_RIGHTS: EXIT.environment,
  PERMISSION_DENIED: EXIT.environment,
  USER_DISABLED: EXIT.environment,
  APPROVAL_NEEDED: EXIT.environment,
  OWN_RIGHTS: EXIT.environment,
  OPTION_INVALID: EXIT.badInput,
  START_FAILED: EXIT.databaseUnavailable,
  UNSUPPORTED_PLATFORM: EXIT.environment,
  BINARIES_MISSING: EXIT.environment,
  DATA_FOLDER_VERSION: EXIT.environment,
  DATA_FOLDER_NOT_EMPTY: EXIT.environment,
  DATA_FOLDER_FOREIGN: EXIT.environment,
  DATA_FOLDER_NOT_USABLE: EXIT.environment,
  LOCK_TIMEOUT: EXIT.environment,
  PORT_IN_USE: EXIT.environment,
  INIT_FAILED: EXIT.environment,
  STOP_FAILED: EXIT.environment,
};

/** The exit code for an error's code: 1 for what nobody has thought of. */
export function exitCodeOf(code: string): ExitCode {
  const known = (BY_CODE as Readonly<Record<string, ExitCode | undefined>>)[code];
  if (known !== undefined) return known;
  if (!Object.hasOwn(ERROR_CODES, code)) return EXIT.failed;
  const { status } = ERROR_CODES[code as ErrorCode];
  if (status === HTTP_BAD_REQUEST) return EXIT.badInput;
  return status === HTTP_NOT_FOUND ? EXIT.notFound : EXIT.failed;
}
