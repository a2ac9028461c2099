import { NightshiftError } from '../foundation/index.ts';
import { type Caller, doorOf } from '../session/index.ts';
import {
  deleteFailedTask as deleteFailedTaskSql,
  rerunFailedTask as rerunFailedTaskSql,
} from './task-scheduler.sql.ts';
import { checkTaskId } from './task-scheduler.ts';
import { TASK_SCHEDULER } from './task-scheduler-service.ts';

/** What `rerun_failed_task` answers. */
type Answer = 'done' | 'owned' | 'key' | null;

/**
 * Lets a task that is Failed or Poison wait again as on its first day: due now, with all its retries, the main codeunit
 * first. It keeps its id, its user, its record and its settings.
 * @returns false when there is no such failed task in the caller's company
 * @throws NightshiftError CONFLICT when another task has its idempotency key by now, or when it is the task of a job queue
 *   entry, which is run again by setting the entry Ready; VALIDATION
 */
export async function rerunFailedTask(caller: Caller, taskId: string): Promise<boolean> {
  checkTaskId(taskId);
  const door = doorOf(caller);
  const { clock, handlers, options, telemetry, wake } = door.service(TASK_SCHEDULER);
  return door.transaction(async (tx, inside) => {
    const { user, company } = door;
    const owned = [...handlers.keys()];
    const values = [user.no, company.no, taskId, owned, options.defaultTaskTimeoutMs, clock.pinned()];
    const [row] = await tx.run<{ answer: Answer }>(rerunFailedTaskSql, values);
    const answer = row?.answer ?? null;
    if (answer === null) return false;
    if (answer !== 'done') throw refusal(taskId, answer);
    doorOf(inside).afterCommit(() => {
      telemetry.emit('LC0041', { taskId });
      wake(company.no, true);
    });
    return true;
  });
}

/** Removes a task that is Failed or Poison. False when there is none in the caller's company. @throws NightshiftError VALIDATION */
export async function deleteFailedTask(caller: Caller, taskId: string): Promise<boolean> {
  checkTaskId(taskId);
  const door = doorOf(caller);
  const { telemetry } = door.service(TASK_SCHEDULER);
  return door.transaction(async (tx, inside) => {
    const values = [door.user.no, door.company.no, taskId];
    const [row] = await tx.run<{ done: boolean }>(deleteFailedTaskSql, values);
    if (row?.done !== true) return false;
    doorOf(inside).afterCommit(() => telemetry.emit('LC0042', { taskId }));
    return true;
  });
}

function refusal(taskId: string, why: 'owned' | 'key'): NightshiftError {
  return why === 'key'
    ? new NightshiftError(
        'CONFLICT',
        `Task ${taskId} cannot run again: another task has its idempotency key.`,
        {
          field: 'idempotencyKey',
        },
      )
    : new NightshiftError(
        'CONFLICT',
        `Task ${taskId} was that of a job queue entry; set the entry Ready to run it again.`,
        { field: 'taskId' },
      );
}
