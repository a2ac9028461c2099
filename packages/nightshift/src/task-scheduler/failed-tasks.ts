import { NightshiftError } from '../foundation/index.ts';
import { type Caller, doorOf } from '../session/index.ts';
import { type AnsweredTask, auditTask, checkTaskId, heldToOwn, refuseOrHideTask } from './task-access.ts';
import {
  deleteFailedTask as deleteFailedTaskSql,
  rerunFailedTask as rerunFailedTaskSql,
} from './task-scheduler.sql.ts';
import { TASK_SCHEDULER } from './task-scheduler-service.ts';

/**
 * Lets a task that is Failed or Poison wait again as on its first day: due now, with all its retries, the main codeunit
 * first. It keeps its id, its user, its record and its settings.
 * @returns false when there is no such failed task in the caller's company that he may see
 * @throws NightshiftError CONFLICT when another task has its idempotency key by now, or when it is the task of a job queue
 *   entry, which is run again by setting the entry Ready; PERMISSION_DENIED for a task of somebody else that the caller may
 *   only see; USER_DISABLED, APPROVAL_NEEDED, VALIDATION
 */
export async function rerunFailedTask(caller: Caller, taskId: string): Promise<boolean> {
  checkTaskId(taskId);
  const door = doorOf(caller);
  const { clock, handlers, options, telemetry, wake } = door.service(TASK_SCHEDULER);
  return door.transaction(async (tx, inside) => {
    const { user, company } = door;
    const ownOnly = await heldToOwn(door, 'task.rerunFailed', taskId);
    const owned = [...handlers.keys()];
    const values = [
      user.no,
      company.no,
      taskId,
      owned,
      options.defaultTaskTimeoutMs,
      clock.pinned(),
      ownOnly,
    ];
    const [task] = await tx.run<AnsweredTask>(rerunFailedTaskSql, values);
    if (task?.answer === 'foreign') await refuseOrHideTask(door, 'task.rerunFailed', taskId);
    if (task === undefined || task.answer === 'foreign') return false;
    if (task.answer !== 'done') throw conflict(taskId, task.answer);
    await auditTask(tx, door, 'task.rerunFailed', { taskId, task });
    doorOf(inside).afterCommit(() => {
      telemetry.emit('LC0041', { taskId });
      wake(company.no, true);
    });
    return true;
  });
}

/**
 * Removes a task that is Failed or Poison.
 * @returns false when there is none in the caller's company that he may see
 * @throws NightshiftError PERMISSION_DENIED for a task of somebody else that the caller may only see; USER_DISABLED, VALIDATION
 */
export async function deleteFailedTask(caller: Caller, taskId: string): Promise<boolean> {
  checkTaskId(taskId);
  const door = doorOf(caller);
  const { telemetry } = door.service(TASK_SCHEDULER);
  return door.transaction(async (tx, inside) => {
    const ownOnly = await heldToOwn(door, 'task.deleteFailed', taskId);
    const values = [door.user.no, door.company.no, taskId, ownOnly];
    const [task] = await tx.run<AnsweredTask>(deleteFailedTaskSql, values);
    if (task?.answer === 'foreign') await refuseOrHideTask(door, 'task.deleteFailed', taskId);
    if (task?.answer !== 'done') return false;
    await auditTask(tx, door, 'task.deleteFailed', { taskId, task });
    doorOf(inside).afterCommit(() => telemetry.emit('LC0042', { taskId }));
    return true;
  });
}

function conflict(taskId: string, why: string): NightshiftError {
  return why === 'key'
    ? new NightshiftError(
        'CONFLICT',
        `Task ${taskId} cannot run again: another task has its idempotency key.`,
        { field: 'idempotencyKey' },
      )
    : new NightshiftError(
        'CONFLICT',
        `Task ${taskId} was that of a job queue entry; set the entry Ready to run it again.`,
        { field: 'taskId' },
      );
}
