import type { Verb } from '../contract/permissions.ts';
import type { Executor } from '../database/index.ts';
import { isUuid, NightshiftError } from '../foundation/index.ts';
import { AUTHORITY, actorOf, audited, type CallerDoor } from '../session/index.ts';

/** A task, as a verb about one answers of it. */
export interface AnsweredTask {
  readonly answer: string;
  readonly codeunit: string;
  readonly user_no: number;
}

/**
 * Lets a caller use a verb on tasks of his company. A session's verb asks inside of `door.transaction`, so that its end
 * finds a verb that nobody awaits.
 * @returns whether he is held to his own tasks: those that run as him
 * @throws NightshiftError PERMISSION_DENIED, USER_DISABLED, APPROVAL_NEEDED
 */
export async function heldToOwn(door: CallerDoor, verb: Verb, taskId: string | null): Promise<boolean> {
  const reach = await door.service(AUTHORITY).demand(actorOf(door), verb, { kind: 'task', id: taskId });
  return reach === 'own';
}

/**
 * About a task of somebody else that is out of the caller's reach. Returns when he may not even see it: to him there is none.
 * @param reason why, where it is not a right that he lacks
 * @throws NightshiftError PERMISSION_DENIED
 */
export function refuseOrHideTask(
  door: CallerDoor,
  verb: Verb,
  taskId: string,
  reason?: string,
): Promise<void> {
  const because = reason === undefined ? {} : { reason };
  const wish = { kind: 'task', id: taskId, read: 'task.read' as const, ...because };
  return door.service(AUTHORITY).refuseOrHide(actorOf(door), verb, wish);
}

/** Writes down, in its transaction, what was done to a task. The user is given by number. */
export function auditTask(
  tx: Executor,
  door: CallerDoor,
  verb: Verb,
  { taskId, task, after }: { readonly taskId: string; readonly task: AnsweredTask; readonly after?: unknown },
): Promise<void> {
  return audited(tx, door, {
    verb,
    object: { kind: 'task', id: taskId, name: task.codeunit },
    before: { user: task.user_no },
    ...(after === undefined ? {} : { after }),
  });
}

/** @throws NightshiftError VALIDATION naming `taskId` */
export function checkTaskId(taskId: unknown): void {
  if (typeof taskId === 'string' && isUuid(taskId)) return;
  throw new NightshiftError('VALIDATION', 'A task id is a UUID, as createTask returned it.', {
    field: 'taskId',
  });
}
