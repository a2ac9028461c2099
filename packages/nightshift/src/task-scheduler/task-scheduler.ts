import type { Statement } from '../database/index.ts';
import { type Clock, isUuid, jsonText, NightshiftError, uuidV7 } from '../foundation/index.ts';
import {
  type AnyCodeunit,
  type Caller,
  type CallerDoor,
  type Codeunit,
  type CodeunitRegistry,
  doorOf,
  parseRecord,
  type ServiceKey,
} from '../session/index.ts';
import type { Telemetry } from '../telemetry/index.ts';
import type { NewTask, TaskCreation } from './task-creation.ts';
import type { TaskHandler } from './task-handlers.ts';
import {
  cancelTask as cancelTaskSql,
  createTasks,
  setTaskReady as setTaskReadySql,
  taskExists as taskExistsSql,
} from './task-scheduler.sql.ts';
import { TASK_TIMEOUT_MS_MAX, type TaskSchedulerOptions } from './task-scheduler-options.ts';

/** What `createTask` may be told besides the codeunit. `record` is required where the codeunit declares one. */
export type CreateTaskOptions<In> = {
  /** Runs in a new session when the main codeunit fails for good; takes the same record, or none. Default: none. */
  readonly failureCodeunit?: Codeunit<In, unknown> | Codeunit<undefined, unknown>;
  /** Not before this instant. Default: now. */
  readonly notBefore?: Date;
  /** Milliseconds, at most 48 h; a longer one is cut. Default: the scheduler's, 12 h. */
  readonly timeout?: number;
  /** Whether it may run, or waits for `setTaskReady`. Default: true. */
  readonly ready?: boolean;
} & ([In] extends [undefined]
  ? { readonly record?: undefined }
  : undefined extends In
    ? { readonly record?: In }
    : { readonly record: In });

/** The task scheduler of one platform, as its verbs find it. */
export interface TaskSchedulerService {
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly options: TaskSchedulerOptions;
  readonly codeunits: CodeunitRegistry;
  readonly creation: Pick<TaskCreation, 'create'>;
  readonly handlers: ReadonlyMap<string, TaskHandler>;
  /** Something may be due on this instance and on the others. */
  readonly wake: () => void;
}

/** Under this key `platform` registers the scheduler. */
export const TASK_SCHEDULER: ServiceKey<TaskSchedulerService> = { name: 'task scheduler' };

/**
 * Creates a task: runs `target` once, in a new background session as the caller, on any server instance that has it.
 * In a session's transaction it exists when that commits; otherwise at once.
 * @returns the task's id
 * @throws NightshiftError CODEUNIT_UNKNOWN, RECORD_INVALID, JSON_INVALID or VALIDATION, before anything is stored
 */
export async function createTask<In>(
  caller: Caller,
  target: Codeunit<In, unknown>,
  ...[options]: [In] extends [undefined]
    ? [options?: CreateTaskOptions<In>]
    : undefined extends In
      ? [options?: CreateTaskOptions<In>]
      : [options: CreateTaskOptions<In>]
): Promise<string> {
  const door = doorOf(caller);
  const scheduler = door.service(TASK_SCHEDULER);
  const task = newTask(scheduler, door, target.name, options);
  const created = () => {
    scheduler.telemetry.emit('LC0040', { taskId: task.id, codeunit: task.codeunit, isReady: task.ready });
    if (task.ready) scheduler.wake();
  };
  if (!door.transactional) {
    await scheduler.creation.create(task);
    created();
  } else {
    await door.transaction((tx) =>
      tx.run(createTasks, [door.user.no, door.company.no, JSON.stringify([task]), scheduler.clock.pinned()]),
    );
    door.afterCommit(created);
  }
  return task.id;
}

/** Lets a task run that was created with `ready: false`. False when it does not exist or runs already. */
export async function setTaskReady(
  caller: Caller,
  taskId: string,
  options: { readonly notBefore?: Date } = {},
): Promise<boolean> {
  const due = options.notBefore === undefined ? null : instantOf(options.notBefore, 'notBefore');
  return verb(caller, taskId, { statement: setTaskReadySql, values: [due], event: 'LC0041' });
}

/** Whether a task waits or runs. A failed one exists no more. */
export async function taskExists(caller: Caller, taskId: string): Promise<boolean> {
  return verb(caller, taskId, { statement: taskExistsSql, values: [], event: null });
}

/** Removes a task that has not begun. False when it does not exist or runs already. */
export async function cancelTask(caller: Caller, taskId: string): Promise<boolean> {
  return verb(caller, taskId, { statement: cancelTaskSql, values: [], event: 'LC0042' });
}

/** What a verb about one task does: its statement and the values after user, company and task. */
interface Verb {
  readonly statement: Statement;
  readonly values: readonly unknown[];
  /** Emitted when it did something. */
  readonly event: 'LC0041' | 'LC0042' | null;
}

async function verb(caller: Caller, taskId: string, { statement, values, event }: Verb): Promise<boolean> {
  if (typeof taskId !== 'string' || !isUuid(taskId)) {
    throw new NightshiftError('VALIDATION', 'A task id is a UUID, as createTask returned it.', {
      field: 'taskId',
    });
  }
  const door = doorOf(caller);
  const scheduler = door.service(TASK_SCHEDULER);
  return door.transaction(async (tx, inside) => {
    const all = [door.user.no, door.company.no, taskId, ...values];
    const [row] = await tx.run<{ done: boolean | string | null }>(statement, all);
    const done = row?.done ?? false;
    if (done === false) return false;
    // A removed task answers with its codeunit, whose owner may have plans with it.
    if (typeof done === 'string') await scheduler.handlers.get(done)?.onCancelled?.(tx, door, taskId);
    doorOf(inside).afterCommit(() => {
      if (event !== null) scheduler.telemetry.emit(event, { taskId });
      if (event === 'LC0041') scheduler.wake();
    });
    return true;
  });
}

function newTask(
  scheduler: TaskSchedulerService,
  door: CallerDoor,
  name: string,
  options: { readonly [Key in keyof CreateTaskOptions<unknown>]?: unknown } = {},
): NewTask {
  const { failureCodeunit, notBefore, record, timeout, ready = true } = options;
  const main = scheduler.codeunits.get(name);
  const failure =
    failureCodeunit === undefined ? null : scheduler.codeunits.get((failureCodeunit as AnyCodeunit).name);
  if (typeof ready !== 'boolean') {
    throw new NightshiftError('VALIDATION', 'ready is true or false.', { field: 'ready' });
  }
  // Parsed now to refuse a bad record at the door; what is stored is the caller's input, parsed again when it runs.
  parseRecord(main, record);
  if (failure !== null && failure.record !== null) parseRecord(failure, record);
  if (record !== undefined && record !== null) jsonText(record, 'record');
  const id = uuidV7(scheduler.clock.now());
  return {
    id,
    lane: door.company.no,
    user_no: door.user.no,
    codeunit: main.name,
    failure_codeunit: failure?.name ?? null,
    ready,
    due: notBefore === undefined ? null : instantOf(notBefore, 'notBefore'),
    record: record ?? null,
    timeout_ms: timeoutOf(scheduler, timeout as number | undefined, id),
    correlation_id: door.correlationId ?? undefined,
  };
}

function timeoutOf(scheduler: TaskSchedulerService, timeout: number | undefined, taskId: string): number {
  if (timeout === undefined) return scheduler.options.defaultTaskTimeoutMs;
  if (!Number.isInteger(timeout) || timeout < 1) {
    throw new NightshiftError('VALIDATION', 'A timeout is a whole number of milliseconds, 1 or more.', {
      field: 'timeout',
    });
  }
  if (timeout > TASK_TIMEOUT_MS_MAX) scheduler.telemetry.emit('LC0057', { taskId, wanted: timeout });
  return Math.min(timeout, TASK_TIMEOUT_MS_MAX);
}

/** Instants outside the years 1 to 9999 have no ISO form that PostgreSQL takes. */
function instantOf(value: unknown, field: string): string {
  const year = value instanceof Date ? value.getUTCFullYear() : Number.NaN;
  if (year >= 1 && year <= 9999) return (value as Date).toISOString();
  throw new NightshiftError('VALIDATION', `${field} is a valid Date of the years 1 to 9999.`, { field });
}
