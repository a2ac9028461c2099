import { SECOND_MS } from '../foundation/index.ts';
import { type Caller, type Codeunit, doorOf } from '../session/index.ts';
import type { PresentTask } from './keyed-creation.ts';
import { newTask } from './new-task.ts';
import { createTasks } from './task-creation.sql.ts';
import { cancelTask, taskExists } from './task-scheduler.sql.ts';
import { TASK_SCHEDULER } from './task-scheduler-service.ts';

// For the applications of the task scheduler, about tasks that stand for something of theirs. They have asked themselves
// whether the caller may do that to it, so nobody is asked here: whoever may put another's entry On Hold need not be allowed
// to touch another's tasks.

/** What an owned task is told besides its codeunits. */
export interface OwnedTask<In> {
  readonly failureCodeunit: Codeunit<In, unknown>;
  readonly record: In;
  readonly notBefore: Date;
  /** Milliseconds. */
  readonly timeout: number;
  /** Whether it may run, or waits until its owner lets it. Default: true. */
  readonly ready?: boolean;
}

/** A task that is not inserted yet. */
export interface PreparedTask {
  readonly id: string;
  /** The arguments of `nightshift_session.create_tasks`, for an owner who calls it in a statement of his own. */
  readonly values: readonly [user: number, company: number, tasks: string, now: Date | null];
  /** What is to be told of it, once the transaction has committed that inserts it. */
  inserted(): void;
}

/** A task as the caller, for his transaction. */
export function prepareOwnedTask<In>(
  inside: Caller,
  target: Codeunit<In, unknown>,
  options: OwnedTask<In>,
): PreparedTask {
  const door = doorOf(inside);
  const scheduler = door.service(TASK_SCHEDULER);
  const begun = scheduler.clock.monotonic();
  const task = newTask(scheduler, { caller: inside, door }, target.name, options);
  const { id, codeunit, ready: isReady } = task;
  const { user, company } = door;
  const about = { taskId: id, codeunit, isReady, company: company.name, user: user.name };
  return {
    id,
    values: [user.no, company.no, JSON.stringify([task]), scheduler.clock.pinned()],
    inserted: () =>
      door.afterCommit(() => {
        scheduler.telemetry.emit('LC0040', about);
        // What was due while its transaction lasted may lie below what others have read.
        if (isReady) scheduler.wake(task.lane, scheduler.clock.monotonic() - begun > SECOND_MS);
      }),
  };
}

/** Creates a task as the caller, in his transaction. @returns its id */
export async function createOwnedTask<In>(
  inside: Caller,
  target: Codeunit<In, unknown>,
  options: OwnedTask<In>,
): Promise<string> {
  const { id, values, inserted } = prepareOwnedTask(inside, target, options);
  await doorOf(inside).transaction((tx) => tx.run<PresentTask>(createTasks, values));
  inserted();
  return id;
}

/** Removes a task that has not begun; its owner writes down what that means. False when it is gone or runs. */
export async function cancelOwnedTask(inside: Caller, taskId: string): Promise<boolean> {
  const door = doorOf(inside);
  const { telemetry } = door.service(TASK_SCHEDULER);
  const values = [door.user.no, door.company.no, taskId, false];
  const [row] = await door.transaction((tx) => tx.run<{ answer: string }>(cancelTask, values));
  if (row?.answer !== 'done') return false;
  const { user, company } = door;
  door.afterCommit(() => telemetry.emit('LC0042', { taskId, company: company.name, user: user.name }));
  return true;
}

/** Whether a task waits or runs, whoever's it is. */
export async function ownedTaskExists(inside: Caller, taskId: string): Promise<boolean> {
  const door = doorOf(inside);
  const values = [door.user.no, door.company.no, taskId, false];
  const [row] = await door.transaction((tx) => tx.run<{ present: boolean }>(taskExists, values));
  return row?.present === true;
}
