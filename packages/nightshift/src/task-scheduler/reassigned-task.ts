import { NightshiftError } from '../foundation/index.ts';
import { AUTHORITY, actorOf, type Caller, doorOf } from '../session/index.ts';
import { type AnsweredTask, auditTask, checkTaskId } from './task-access.ts';
import { reassignTask as reassignTaskSql } from './task-scheduler.sql.ts';
import { TASK_SCHEDULER } from './task-scheduler-service.ts';

/** To whom a task is given. */
export interface ReassignOptions {
  /** The name of the user as whom it is to run. */
  readonly user: string;
}

/**
 * Gives a task that waits, or has failed, to another user. It is Not Ready then, with all its retries, until that user himself
 * sets it ready (`setTaskReady`): nobody borrows rights. That of an application user is set ready by somebody who may have work
 * run as such. Record, settings and a codeunit that was failing stay.
 * @returns false when there is no such task in the caller's company
 * @throws NightshiftError CONFLICT when it runs, is his already, or is that of a job queue entry; when it has failed, also when
 *   another task has its idempotency key by now; USER_UNKNOWN; USER_DISABLED when the caller or the new user is gone;
 *   PERMISSION_DENIED; VALIDATION
 */
export async function reassignTask(
  caller: Caller,
  taskId: string,
  { user }: ReassignOptions,
): Promise<boolean> {
  checkTaskId(taskId);
  if (typeof user !== 'string') {
    throw new NightshiftError('VALIDATION', 'user is the name of a user.', { field: 'user' });
  }
  const door = doorOf(caller);
  const { clock, handlers, options } = door.service(TASK_SCHEDULER);
  return door.transaction(async (tx) => {
    const wish = { kind: 'task', id: taskId };
    const to = await door.service(AUTHORITY).demandRunAs(actorOf(door), 'task.reassign', wish, user);
    const owned = [...handlers.keys()];
    const who = [door.user.no, door.company.no, taskId, to.no];
    const values = [...who, owned, options.defaultTaskTimeoutMs, clock.pinned()];
    const [task] = await tx.run<AnsweredTask>(reassignTaskSql, values);
    if (task === undefined) return false;
    if (task.answer !== 'done') throw conflict(taskId, task.answer, to.name);
    await auditTask(tx, door, 'task.reassign', { taskId, task, after: { user: to.no } });
    return true;
  });
}

function conflict(taskId: string, why: string, user: string): NightshiftError {
  return new NightshiftError('CONFLICT', `Task ${taskId} ${reasonOf(why, user)}.`, { field: 'taskId' });
}

function reasonOf(why: string, user: string): string {
  switch (why) {
    case 'running':
      return 'is running; only a task that has not begun, or has failed, can be given to somebody else';
    case 'same':
      return `runs as ${user} already`;
    case 'key':
      return 'cannot wait again: another task has its idempotency key';
    default:
      return 'is that of a job queue entry; reassign the entry';
  }
}
