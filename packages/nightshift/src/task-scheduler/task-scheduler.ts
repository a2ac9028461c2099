import type { Statement } from '../database/index.ts';
import { isNightshiftError, isUuid, NightshiftError, SECOND_MS } from '../foundation/index.ts';
import { type Caller, type CallerDoor, type Codeunit, doorOf } from '../session/index.ts';
import { type PresentTask, presentId } from './keyed-creation.ts';
import { type CreateTaskArgument, type CreateTaskByRowOptions, instantOf, newTask } from './new-task.ts';
import type { NewTask } from './scheduled-task.ts';
import { createTasks } from './task-creation.sql.ts';
import {
  cancelTask as cancelTaskSql,
  setTaskReady as setTaskReadySql,
  taskExists as taskExistsSql,
} from './task-scheduler.sql.ts';
import { TASK_SCHEDULER, type TaskSchedulerService } from './task-scheduler-service.ts';

/**
 * Creates a task: runs `target` once, in a new background session as the caller, with the caller's language and time zone,
 * on any server instance that has it. In a session's transaction it exists when that commits; otherwise at once.
 * @returns the task's id. With an idempotency key: of the task that has it, which may have been there
 * @throws NightshiftError CODEUNIT_UNKNOWN, RECORD_INVALID, JSON_INVALID or VALIDATION, before anything is stored; CONFLICT
 *   when the idempotency key belongs to a task of another codeunit; without a session also DATABASE_BUSY when a transaction
 *   that has taken the key goes on for 30 s (nothing was created), and OUTCOME_UNKNOWN when the connection broke and it
 *   cannot be found out whether the task was created
 */
export function createTask<In, FailureIn>(
  caller: Caller,
  target: Codeunit<In, unknown>,
  options: CreateTaskByRowOptions<NoInfer<In>, FailureIn>,
): Promise<string>;
export function createTask<In>(
  caller: Caller,
  target: Codeunit<In, unknown>,
  ...options: NoInfer<CreateTaskArgument<In>>
): Promise<string>;
export async function createTask(
  caller: Caller,
  target: Codeunit<unknown, unknown>,
  options?: object,
): Promise<string> {
  const door = doorOf(caller);
  const scheduler = door.service(TASK_SCHEDULER);
  const task = newTask(scheduler, { caller, door }, target.name, options);
  const begun = scheduler.clock.monotonic();
  const { id, startsHere } = door.transactional
    ? { id: await createInTransaction(scheduler, door, task), startsHere: false }
    : await scheduler.creation.create(task);
  if (id !== task.id) return id;
  door.afterCommit(() => {
    if (scheduler.telemetry.active) {
      const { id: taskId, codeunit, ready: isReady } = task;
      scheduler.telemetry.emit('LC0040', { taskId, codeunit, isReady, ...whereOf(door) });
    }
    // What was due while its transaction lasted may lie below what others have read.
    if (task.ready && !startsHere) scheduler.wake(task.lane, scheduler.clock.monotonic() - begun > SECOND_MS);
  });
  return id;
}

async function createInTransaction(
  scheduler: TaskSchedulerService,
  door: CallerDoor,
  task: NewTask,
): Promise<string> {
  const values = [door.user.no, door.company.no, JSON.stringify([task]), scheduler.clock.pinned()];
  const [row] = await door.transaction((tx) => tx.run<PresentTask>(createTasks, values));
  return task.idempotency_key === undefined ? task.id : presentId(task, row);
}

/**
 * Whether the caller may create tasks. True for now, for everybody: permissions to schedule do not exist yet. False only
 * where there is no task scheduler at all. That no server instance runs tasks at the moment does not matter: tasks wait.
 */
export async function canCreateTask(caller: Caller): Promise<boolean> {
  const door = doorOf(caller);
  try {
    door.service(TASK_SCHEDULER);
    return true;
  } catch (error) {
    if (isNightshiftError(error, 'INTERNAL')) return false;
    throw error;
  }
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
  checkTaskId(taskId);
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
      if (event !== null) scheduler.telemetry.emit(event, { taskId, ...whereOf(door) });
      if (event === 'LC0041') scheduler.wake(door.company.no, true);
    });
    return true;
  });
}

function whereOf({ user, company }: CallerDoor) {
  return { company: company.name, user: user.name };
}

/** @throws NightshiftError VALIDATION naming `taskId` */
export function checkTaskId(taskId: unknown): void {
  if (typeof taskId === 'string' && isUuid(taskId)) return;
  throw new NightshiftError('VALIDATION', 'A task id is a UUID, as createTask returned it.', {
    field: 'taskId',
  });
}
