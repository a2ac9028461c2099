import { jsonText, NightshiftError, uuidV7 } from '../foundation/index.ts';
import {
  type AnyCodeunit,
  type Caller,
  type CallerDoor,
  type Codeunit,
  parseRecord,
} from '../session/index.ts';
import type { NewTask } from './scheduled-task.ts';
import { refuseLongSharedTimeout } from './shared-tasks.ts';
import { RowReference } from './task-record.ts';
import type { TaskSchedulerService } from './task-scheduler-service.ts';

/** Longest idempotency key, in characters. */
export const IDEMPOTENCY_KEY_LENGTH_MAX = 200;

/** What `createTask` may be told besides codeunit and record. */
interface CommonOptions {
  /** Not before this instant. Default: now. */
  readonly notBefore?: Date;
  /**
   * Milliseconds, at most the scheduler's maximum, 48 h; a longer one is cut. Default: the scheduler's, 12 h. Of a codeunit
   * with `sharedTransaction` at most 5 s; a longer one is refused, and the default is cut.
   */
  readonly timeout?: number;
  /** Whether it may run, or waits for `setTaskReady`. Default: true. */
  readonly ready?: boolean;
  /**
   * Of the tasks of a company that have not ended, one at most has it: who asks for it again gets the id of the one that
   * is there. 1 to 200 printable characters. Default: none.
   */
  readonly idempotencyKey?: string;
}

/** Options for a task whose record is a value. `record` is required where the codeunit declares one. */
type CreateTaskOptions<In> = CommonOptions & {
  /** Runs in a new session when the main codeunit fails for good; takes the same record, or none. Default: none. */
  readonly failureCodeunit?: Codeunit<In, unknown> | Codeunit<undefined, unknown>;
} & ([In] extends [undefined]
    ? { readonly record?: undefined }
    : undefined extends In
      ? { readonly record?: In }
      : { readonly record: In });

/** These options as an argument: required where the codeunit declares a record that may not be left out. */
export type CreateTaskArgument<In> = [In] extends [undefined]
  ? [options?: CreateTaskOptions<In>]
  : undefined extends In
    ? [options?: CreateTaskOptions<In>]
    : [options: CreateTaskOptions<In>];

/** Options for a task whose record is a row that is read when it runs. */
export type CreateTaskByRowOptions<In, FailureIn> = CommonOptions & {
  /** `rowOf(table, key)`; not for a codeunit that takes no record. */
  readonly record: [In] extends [undefined] ? never : RowReference;
  /**
   * Runs in a new session when the main codeunit fails for good; takes the same record, also when it is `undefined`
   * because the row is gone, or none. Default: none.
   */
  readonly failureCodeunit?: Codeunit<FailureIn, unknown> & MayBeWithout<In, FailureIn>;
};

/** `unknown` for a failure codeunit that copes with a row that is gone, else `never`. */
type MayBeWithout<In, FailureIn> = [FailureIn] extends [undefined]
  ? unknown
  : [In | undefined] extends [FailureIn]
    ? unknown
    : never;

/** The options, whatever their types say. */
type LooseOptions = { readonly [Key in keyof CreateTaskOptions<unknown>]?: unknown };

/**
 * Checks what `createTask` was told.
 * @throws NightshiftError CODEUNIT_UNKNOWN, RECORD_INVALID, JSON_INVALID or VALIDATION with the field
 */
export function newTask(
  scheduler: TaskSchedulerService,
  who: { readonly caller: Caller; readonly door: CallerDoor },
  name: string,
  options: LooseOptions = {},
): NewTask {
  const { caller, door } = who;
  const { failureCodeunit, notBefore, record, timeout, ready = true, idempotencyKey } = options;
  const main = scheduler.codeunits.get(name);
  const failure =
    failureCodeunit === undefined ? null : scheduler.codeunits.get((failureCodeunit as AnyCodeunit).name);
  if (typeof ready !== 'boolean') throw refused('ready', 'ready is true or false.');
  const reference = RowReference.is(record) ? record : null;
  if (reference === null) checkValue(main, failure, record);
  else checkReference(main, failure);
  refuseLongSharedTimeout(main, timeout);
  const id = uuidV7(scheduler.clock.now());
  const { language, timeZone } = door.user;
  return {
    id,
    lane: door.company.no,
    user_no: door.user.no,
    codeunit: main.name,
    failure_codeunit: failure?.name ?? null,
    ready,
    due: notBefore === undefined ? null : instantOf(notBefore, 'notBefore'),
    record: reference?.key ?? record ?? null,
    record_table: reference?.table,
    timeout_ms: timeoutOf(scheduler, timeout, id),
    // What is the user's own may change until the task runs.
    language: caller.language === language ? undefined : caller.language,
    time_zone: caller.timeZone === timeZone ? undefined : caller.timeZone,
    correlation_id: door.correlationId ?? undefined,
    idempotency_key: idempotencyKey === undefined ? undefined : keyOf(idempotencyKey),
  };
}

/** Parsed now to refuse a bad record at the door; what is stored is the caller's input, parsed again when it runs. */
function checkValue(main: AnyCodeunit, failure: AnyCodeunit | null, record: unknown): void {
  parseRecord(main, record);
  if (failure !== null && failure.record !== null) parseRecord(failure, record);
  if (record !== undefined && record !== null) jsonText(record, 'record');
}

function checkReference(main: AnyCodeunit, failure: AnyCodeunit | null): void {
  if (main.record === null) {
    throw new NightshiftError('RECORD_INVALID', `Codeunit "${main.name}" takes no record.`, {
      field: 'record',
    });
  }
  if (failure === null || failure.record === null || failure.record.safeParse(undefined).success) return;
  throw new NightshiftError(
    'RECORD_INVALID',
    `Codeunit "${failure.name}" must take a record that is undefined, too: the row may be gone when it runs.`,
    { field: 'failureCodeunit' },
  );
}

function timeoutOf(scheduler: TaskSchedulerService, timeout: unknown, taskId: string): number {
  const { defaultTaskTimeoutMs, maxTaskSchedulerSessionTimeoutMs: longest } = scheduler.options;
  if (timeout === undefined) return defaultTaskTimeoutMs;
  if (!Number.isInteger(timeout) || Number(timeout) < 1) {
    throw refused('timeout', 'A timeout is a whole number of milliseconds, 1 or more.');
  }
  const wanted = Number(timeout);
  if (wanted > longest) scheduler.telemetry.emit('LC0057', { taskId, wanted });
  return Math.min(wanted, longest);
}

/** Instants outside the years 1 to 9999 have no ISO form that PostgreSQL takes. */
export function instantOf(value: unknown, field: string): string {
  const year = value instanceof Date ? value.getUTCFullYear() : Number.NaN;
  if (year >= 1 && year <= 9999) return (value as Date).toISOString();
  throw refused(field, `${field} is a valid Date of the years 1 to 9999.`);
}

/** No control characters, line breaks or halves of characters; counted as PostgreSQL counts them. */
const PRINTABLE_KEY = new RegExp(`^[^\\p{Cc}\\p{Cs}\\p{Zl}\\p{Zp}]{1,${IDEMPOTENCY_KEY_LENGTH_MAX}}$`, 'u');

function keyOf(key: unknown): string {
  if (typeof key === 'string' && PRINTABLE_KEY.test(key) && key.trim() !== '') return key;
  throw refused(
    'idempotencyKey',
    `An idempotency key is text of 1 to ${IDEMPOTENCY_KEY_LENGTH_MAX} printable characters.`,
  );
}

function refused(field: string, message: string): NightshiftError {
  return new NightshiftError('VALIDATION', message, { field });
}
