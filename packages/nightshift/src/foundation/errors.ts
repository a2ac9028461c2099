/** What is known of an error code, in one place: documents, HTTP answers and retries all read this table. */
export interface ErrorCodeInfo {
  /** HTTP status of an answer that carries the code. */
  readonly status: number;
  /** Whether the main codeunit of a task is run again after it. */
  readonly retriable: boolean;
  /** One sentence: what to do about it. */
  readonly help: string;
}

function code(status: number, retriable: boolean, help: string): ErrorCodeInfo {
  return Object.freeze({ status, retriable, help });
}

/** Every error code of Nightshift. A test compares this table with `docs/errors.md`. */
export const ERROR_CODES = Object.freeze({
  VALIDATION: code(400, false, 'Correct the named field and try again.'),
  RECORD_INVALID: code(400, false, "Give the record in the form that the codeunit's schema states."),
  RECORD_NOT_FOUND: code(404, false, 'Put the row back and run the failed task again, or delete the task.'),
  DATE_FORMULA_INVALID: code(400, false, 'Write a formula such as 1D, 1M+CM or -CW.'),
  JSON_INVALID: code(
    400,
    false,
    'Pass plain data: no functions, class instances, cycles or control characters.',
  ),
  CODEUNIT_UNKNOWN: code(404, false, 'Add the codeunit to the application, or correct its name.'),
  REPORT_UNKNOWN: code(404, false, 'Add the report to the application, or correct its name.'),
  COMPANY_UNKNOWN: code(404, false, 'Create the company, or correct its name.'),
  USER_UNKNOWN: code(404, false, 'Create the user, or correct the name.'),
  PERMISSION_SET_UNKNOWN: code(404, false, 'List the permission sets to find the right name.'),
  APPROVAL_UNKNOWN: code(404, false, 'List the requests for approval to find the right id.'),
  ENTRY_UNKNOWN: code(404, false, 'List the job queue entries to find the right id.'),
  CATEGORY_UNKNOWN: code(404, false, 'List the categories to find the right code.'),
  LOG_ENTRY_UNKNOWN: code(404, false, 'List the log entries to find the right number.'),
  ITEM_UNKNOWN: code(404, false, 'List the work items to find the right number or external id.'),
  DOCUMENT_UNKNOWN: code(404, false, 'List your report inbox to find the right number.'),
  DOCUMENT_TOO_LARGE: code(
    422,
    false,
    'Have the report choose fewer rows, or take another kind of document.',
  ),
  TASK_UNKNOWN: code(404, false, 'List the scheduled tasks to find the right id.'),
  SESSION_UNKNOWN: code(404, false, 'List the sessions, or their events, to find the right id.'),
  API_KEY_UNKNOWN: code(404, false, 'List the API keys to find the right id.'),
  NOT_FOUND: code(404, false, 'Look the address up in the specification, /api/openapi.json.'),
  UNAUTHENTICATED: code(
    401,
    false,
    'Sign in, or send an API key that is valid: "Authorization: Bearer ns_…".',
  ),
  SIGN_IN_REFUSED: code(401, false, 'Check name, password and code, or ask an administrator for a new link.'),
  SECOND_FACTOR_REQUIRED: code(403, false, 'Set up an authenticator first: administrators sign in with one.'),
  ORIGIN_REFUSED: code(403, false, 'Send changes from the pages of this server, or with an API key.'),
  METHOD_NOT_ALLOWED: code(405, false, 'Use one of the methods that the header Allow names.'),
  MEDIA_TYPE_REFUSED: code(415, false, 'Send JSON, with "Content-Type: application/json".'),
  BODY_TOO_LARGE: code(413, false, 'Send at most 1 MB, nested at most 64 deep.'),
  VERSION_REQUIRED: code(428, false, 'Read the object, and send its ETag back as If-Match.'),
  VERSION_STALE: code(412, false, 'Somebody else changed the object: read it again and decide anew.'),
  TOO_MANY_REQUESTS: code(429, false, 'Wait for as long as the header Retry-After says.'),
  REQUEST_TIMEOUT: code(408, false, 'Send the whole request at once.'),
  IDEMPOTENCY_KEY_USED: code(422, false, 'Use a key of its own for each request that is not a repeat.'),
  INTAKE_UNAVAILABLE: code(503, false, 'Send it again later: what was taken in already is known again.'),
  ANSWER_TIMEOUT: code(
    504,
    false,
    'Ask for less at once, or try again when the database is less busy; of a change the text says what became of it.',
  ),
  BULK_OPERATION_UNKNOWN: code(404, false, 'List the bulk operations to find the right id.'),
  VIEW_UNKNOWN: code(404, false, 'List the views to find the right id.'),
  CONFLICT: code(409, false, 'Read the current state and decide again.'),
  CODEUNIT_ERROR: code(422, false, 'Read the error text; the codeunit raised it.'),
  ERRORS_REPORTED: code(422, false, 'Read the error messages of the run; correct each, and run it again.'),
  CALLBACK_NOT_ALLOWED: code(422, false, 'Collect the decision before, and pass it to the codeunit as data.'),
  DIALOG_IN_WRITE_TRANSACTION: code(422, false, 'Commit, or ask before the first write.'),
  TRANSACTION_CONTROL: code(
    422,
    false,
    'Use session.commit() and session.savepoint() instead of SQL commands.',
  ),
  UNAWAITED_QUERY: code(422, false, 'Await every query before the codeunit returns.'),
  SESSION_ENDED: code(422, false, 'Do not keep the session beyond the end of onRun.'),
  SESSION_LIMIT_REACHED: code(
    429,
    false,
    'Try again when fewer sessions run, or create a task: tasks wait as long as it takes.',
  ),
  SESSION_START_WOULD_BLOCK: code(409, false, 'Commit before waiting for a session, or do not wait for it.'),
  READ_ONLY: code(422, false, 'Write in a session that is not read-only: a page background task only reads.'),
  CHILD_SESSION_TASK_TIMEOUT: code(
    504,
    false,
    'Let the page background task do less, or give it more time, up to 10 minutes.',
  ),
  PAGE_TASK_QUEUE_FULL: code(
    429,
    false,
    'Let the page wait until some of its background tasks are done, or put several into one.',
  ),
  PAGE_TASK_LOOP: code(
    422,
    false,
    "Do not enqueue the same work again and again from the page's own triggers.",
  ),
  PAGE_TASK_CANCELLED: code(409, false, 'Enqueue the page background task again if it is still wanted.'),
  PAGE_CLOSED: code(409, false, 'Open the page again.'),
  PAGE_LIMIT_REACHED: code(429, false, 'Close pages that nobody looks at any more.'),
  SESSION_DEPTH_EXCEEDED: code(422, false, 'Break the chain of codeunits that run each other.'),
  COMMIT_NOT_ALLOWED: code(422, false, 'Leave the commit to the caller.'),
  SHARED_TRANSACTION: code(
    422,
    false,
    'Do it in a codeunit without sharedTransaction; a task that this one creates may run that.',
  ),
  PERMISSION_DENIED: code(403, false, 'Ask an administrator for the permission.'),
  USER_DISABLED: code(
    403,
    false,
    'Enable the user or move the time until which he is valid, or have the work run as somebody else.',
  ),
  APPROVAL_NEEDED: code(
    403,
    false,
    'Request approval: a user with a licence of his own approves, and it runs as him.',
  ),
  OWN_RIGHTS: code(403, false, 'Ask another administrator: nobody changes his own rights.'),
  SESSION_TIMEOUT: code(504, false, 'Give the work more time, or split it into chunks.'),
  STATEMENT_TIMEOUT: code(504, false, 'Give the statement more time, or let it do less at once.'),
  SESSION_STOPPED: code(
    409,
    false,
    'Someone stopped the session; start the work again if it is still wanted.',
  ),
  ISOLATE_DIED: code(
    500,
    false,
    'Find out why the codeunit ended its thread or process; the message says how.',
  ),
  MEMORY_LIMIT: code(500, false, 'Work in smaller chunks, or give isolated codeunits more memory.'),
  SESSION_KILLED: code(
    409,
    false,
    'Someone stopped the session, and its code did not end in time: let it heed session.signal.',
  ),
  CLAIM_LOST: code(409, false, 'Nothing to do: another server instance owns the work now.'),
  INSTANCE_LOST: code(
    503,
    true,
    'A task runs again by itself, on another server instance; start any other session again.',
  ),
  EXTERNAL_CALL_UNKNOWN: code(
    504,
    false,
    'Ask the other system whether the call took effect, settle the call with the answer, and retry the item.',
  ),
  ITEM_POISON: code(
    500,
    false,
    'Find out what ends the process over this item (memory, native code, process.exit), then retry the item.',
  ),
  TASK_POISON: code(
    500,
    false,
    'Find out what ends the process (memory, native code, an endless loop, process.exit), or isolate the codeunit; then run the task again.',
  ),
  INSTANCE_UNRESPONSIVE: code(
    503,
    false,
    'The session is stopped as soon as its server instance works again; end that process if it does not.',
  ),
  RETRY_LATER: code(503, true, 'The work runs again by itself.'),
  COMPANY_CANNOT_OPEN: code(
    503,
    true,
    'Restore the schema and the roles of the company, as the message says; the work runs again by itself.',
  ),
  UPGRADE_IN_PROGRESS: code(503, true, 'Wait for the upgrade to end; the work runs again by itself.'),
  SERVER_UNREACHABLE: code(503, true, 'Check the address of --url, and that "nightshift serve" runs there.'),
  DATABASE_UNAVAILABLE: code(503, true, 'Check that PostgreSQL runs and answers at the configured address.'),
  DATABASE_BUSY: code(503, true, 'The database will take the work again; it is retried by itself.'),
  DATABASE_ERROR: code(500, false, 'Read the message of PostgreSQL.'),
  COMMIT_UNKNOWN: code(503, true, 'Whether the commit took effect is found out by itself.'),
  OUTCOME_UNKNOWN: code(
    503,
    false,
    'Look for the task, then repeat the call; with an idempotency key a repeat creates no second task while the first one lives.',
  ),
  SCHEMA_NEWER: code(503, false, 'Install the release of Nightshift that fits the database, or a newer one.'),
  SCHEMA_MISSING: code(503, false, 'Run "nightshift migrate", with --app for the tables of an application.'),
  MIGRATION_CHANGED: code(
    500,
    false,
    'Restore the migration as it was applied, and add a new one for the change.',
  ),
  DATABASE_VERSION: code(500, false, 'Use PostgreSQL 16 or newer.'),
  DATABASE_RIGHTS: code(
    500,
    false,
    'Give the login CREATEROLE and CREATE on the database; without CREATEROLE, `--enforcement codeunit` does.',
  ),
  PLATFORM_NOT_STARTED: code(503, false, 'Call platform.start() before opening sessions.'),
  APPLICATION_INVALID: code(500, false, 'Export default defineApp({ … }) from the application module.'),
  INTERNAL: code(500, false, 'Report this with the correlation id.'),
});

/** A code of the table above. */
export type ErrorCode = keyof typeof ERROR_CODES;

/** What an error may carry besides its sentence. */
export interface ErrorOptions {
  /** The input field that is wrong, as the caller names it. */
  readonly field?: string;
  /** Facts for programs; never secrets. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** What caused it. */
  readonly cause?: unknown;
}

/** The error of this code base: a code of the table, a sentence for people, fields for programs. */
export class NightshiftError extends Error {
  override readonly name: string = 'NightshiftError';
  readonly code: ErrorCode;
  readonly field: string | null;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(errorCode: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = errorCode;
    this.field = options.field ?? null;
    this.details = options.details ?? {};
  }

  /** HTTP status by the table. */
  get status(): number {
    return ERROR_CODES[this.code].status;
  }

  /** Whether a task's main codeunit runs again after this error, by the table. */
  get retriable(): boolean {
    return ERROR_CODES[this.code].retriable;
  }

  /** What to do about it, by the table. */
  get help(): string {
    return ERROR_CODES[this.code].help;
  }
}

/** Whether `thrown` is a NightshiftError, of one of `codes` when any are given. Total: also a Proxy cannot make it fail. */
export function isNightshiftError(
  thrown: unknown,
  ...codes: readonly ErrorCode[]
): thrown is NightshiftError {
  try {
    return thrown instanceof NightshiftError && (codes.length === 0 || codes.includes(thrown.code));
  } catch {
    return false;
  }
}

/**
 * Runs `work`, whose errors are read for their text and thrown nowhere: where they come from is not written down, which is most
 * of what an error costs.
 */
export function withoutStacks<T>(work: () => T): T {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return work();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
