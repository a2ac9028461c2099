import { isNightshiftError, SECOND_MS } from '../foundation/index.ts';
import { AUTHORITY, actorOf, type Caller, type CallerDoor, type Codeunit, doorOf } from '../session/index.ts';
import { type PresentTask, presentId } from './keyed-creation.ts';
import { type CreateTaskArgument, type CreateTaskByRowOptions, instantOf, newTask } from './new-task.ts';
import type { NewTask } from './scheduled-task.ts';
import { type AnsweredTask, auditTask, checkTaskId, heldToOwn, refuseOrHideTask } from './task-access.ts';
import type { CreatedTask } from './task-batches.ts';
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
 *   cannot be found out whether the task was created; PERMISSION_DENIED, USER_DISABLED, APPROVAL_NEEDED
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
  const { id, toCall } = door.transactional
    ? { id: await createInTransaction(scheduler, door, task), toCall: 'all' as const }
    : await createAtOnce(scheduler, door, task);
  if (id !== task.id) return id;
  door.afterCommit(() => {
    if (scheduler.telemetry.active) {
      const { id: taskId, codeunit, ready: isReady } = task;
      scheduler.telemetry.emit('LC0040', { taskId, codeunit, isReady, ...whereOf(door) });
    }
    if (!task.ready || toCall === 'nobody') return;
    // What was due while its transaction lasted may lie below what others have read.
    const isLate = scheduler.clock.monotonic() - begun > SECOND_MS;
    const wake = toCall === 'all' || isLate ? scheduler.wake : scheduler.wakeHere;
    wake(task.lane, isLate);
  });
  return id;
}

function createAtOnce(
  scheduler: TaskSchedulerService,
  door: CallerDoor,
  task: NewTask,
): Promise<CreatedTask> {
  const waits = demandToCreate(scheduler, door, task);
  if (waits === null) return scheduler.creation.create(task);
  // What the caller does to the record meanwhile is no part of the task.
  const copy = JSON.parse(JSON.stringify(task)) as NewTask;
  return waits.then(() => scheduler.creation.create(copy));
}

function createInTransaction(
  scheduler: TaskSchedulerService,
  door: CallerDoor,
  task: NewTask,
): Promise<string> {
  const values = [door.user.no, door.company.no, JSON.stringify([task]), scheduler.clock.pinned()];
  return door.transaction(async (tx) => {
    await demandToCreate(scheduler, door, task);
    const [row] = await tx.run<PresentTask>(createTasks, values);
    return task.idempotency_key === undefined ? task.id : presentId(task, row);
  });
}

/**
 * @returns null: he may, and that took no wait
 * @throws NightshiftError PERMISSION_DENIED when he may not create tasks, or when this one could not run as him
 */
function demandToCreate(
  { codeunits }: TaskSchedulerService,
  door: CallerDoor,
  { codeunit, failure_codeunit: failure }: NewTask,
): Promise<void> | null {
  const authority = door.service(AUTHORITY);
  const actor = actorOf(door);
  const objects = [codeunit, failure].flatMap((name) => (name === null ? [] : codeunits.get(name)));
  const wish = { kind: 'task', id: null, name: codeunit, objects };
  const mayNow = authority.demandNow(actor, 'task.create', wish) !== null;
  if (mayNow && authority.rehearsedNow(actor, wish)) return null;
  return (async () => {
    await authority.demand(actor, 'task.create', wish);
    await authority.rehearse(actor, 'task.create', wish);
  })();
}

/**
 * Whether the caller may create tasks: he works in the company, is neither gone nor a delegated administrator, and may
 * schedule. False also where there is no task scheduler at all. That no server instance runs tasks at the moment does not
 * matter: tasks wait.
 */
export async function canCreateTask(caller: Caller): Promise<boolean> {
  const door = doorOf(caller);
  try {
    door.service(TASK_SCHEDULER);
    return await door.service(AUTHORITY).may(actorOf(door), 'task.create', { kind: 'task', id: null });
  } catch (error) {
    if (isNightshiftError(error, 'INTERNAL')) return false;
    throw error;
  }
}

/**
 * Lets a task run that was created with `ready: false`, or moves the time of one that waits. A task that was given to a user
 * by `reassign` is set ready by himself; that of an application user by somebody who may have work run as such.
 * @returns false when there is none that the caller may see, or it runs already
 * @throws NightshiftError PERMISSION_DENIED for a task of somebody else that the caller may only see; USER_DISABLED,
 *   APPROVAL_NEEDED, VALIDATION
 */
export async function setTaskReady(
  caller: Caller,
  taskId: string,
  options: { readonly notBefore?: Date } = {},
): Promise<boolean> {
  checkTaskId(taskId);
  const due = options.notBefore === undefined ? null : instantOf(options.notBefore, 'notBefore');
  const door = doorOf(caller);
  const scheduler = door.service(TASK_SCHEDULER);
  return door.transaction(async (tx, inside) => {
    const ownOnly = await heldToOwn(door, 'task.setReady', taskId);
    const application = { kind: 'task', id: taskId };
    const accepts = await door.service(AUTHORITY).may(actorOf(door), 'user.runAsApplication', application);
    const values = [door.user.no, door.company.no, taskId, due, ownOnly, accepts];
    const [row] = await tx.run<{ answer: string | null }>(setTaskReadySql, values);
    if (row?.answer === 'foreign') await refuseOrHideTask(door, 'task.setReady', taskId);
    if (row?.answer === 'reassigned') await refuseOrHideTask(door, 'task.setReady', taskId, GIVEN_AWAY);
    if (row?.answer !== 'done') return false;
    doorOf(inside).afterCommit(() => {
      scheduler.telemetry.emit('LC0041', { taskId, ...whereOf(door) });
      scheduler.wake(door.company.no, true);
    });
    return true;
  });
}

/** Why a task that was given to somebody is set ready by nobody else. */
export const GIVEN_AWAY =
  'The task was given to another user, who has to set it ready himself; that of an application user takes Security Admin.';

/**
 * Whether a task waits or runs that the caller may see. A failed one exists no more.
 * @throws NightshiftError PERMISSION_DENIED, USER_DISABLED, VALIDATION
 */
export async function taskExists(caller: Caller, taskId: string): Promise<boolean> {
  checkTaskId(taskId);
  const door = doorOf(caller);
  return door.transaction(async (tx) => {
    const ownOnly = await heldToOwn(door, 'task.read', taskId);
    const values = [door.user.no, door.company.no, taskId, ownOnly];
    const [row] = await tx.run<{ present: boolean }>(taskExistsSql, values);
    return row?.present === true;
  });
}

/**
 * Removes a task that has not begun.
 * @returns false when there is none that the caller may see, or it runs already
 * @throws NightshiftError PERMISSION_DENIED for a task of somebody else that the caller may only see; USER_DISABLED, VALIDATION
 */
export async function cancelTask(caller: Caller, taskId: string): Promise<boolean> {
  checkTaskId(taskId);
  const door = doorOf(caller);
  const scheduler = door.service(TASK_SCHEDULER);
  return door.transaction(async (tx, inside) => {
    const ownOnly = await heldToOwn(door, 'task.cancel', taskId);
    const values = [door.user.no, door.company.no, taskId, ownOnly];
    const [task] = await tx.run<AnsweredTask>(cancelTaskSql, values);
    if (task?.answer === 'foreign') await refuseOrHideTask(door, 'task.cancel', taskId);
    if (task?.answer !== 'done') return false;
    // The owner of its codeunit may have plans with it.
    await scheduler.handlers.get(task.codeunit)?.onCancelled?.(tx, doorOf(inside), taskId);
    await auditTask(tx, door, 'task.cancel', { taskId, task });
    doorOf(inside).afterCommit(() => scheduler.telemetry.emit('LC0042', { taskId, ...whereOf(door) }));
    return true;
  });
}

function whereOf({ user, company }: CallerDoor) {
  return { company: company.name, user: user.name };
}
