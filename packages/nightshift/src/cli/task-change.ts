import { NightshiftError } from '../foundation/index.ts';
import type { Caller } from '../session/index.ts';
import type { ScheduledTask } from '../task-scheduler/index.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { parseInstant } from './parsing.ts';
import { instantText } from './showing.ts';
import { findTask, refuseTaskOfEntry, wantedTask } from './task-lookup.ts';
import { taskScheduler } from './verbs.ts';
import { withCaller } from './with-caller.ts';

/** How `task ready` was called. */
export interface ReadyOptions {
  readonly notBefore?: string;
}

/** A command that changes one task. */
interface Change {
  /** Whether the task of a job queue entry is left to the entry. */
  readonly sparesEntries: boolean;
  /** Does it; false when there is no task that it can be done to. */
  readonly act: (caller: Caller, id: string) => Promise<boolean>;
  /** Why it cannot be done to this task. */
  readonly refusal: (task: ScheduledTask) => string;
  /** What it answers. */
  readonly done: Readonly<Record<string, unknown>>;
  readonly sentence: (id: string, caller: Caller) => string;
}

/** Lets a task run that is Not Ready, or moves the time of one that waits. */
export function readyTaskCommand(
  invocation: Invocation,
  id: string,
  { notBefore }: ReadyOptions,
): Promise<ExitCode> {
  const at = (caller: Caller) =>
    notBefore === undefined ? null : parseInstant(notBefore, 'notBefore', caller.timeZone);
  return change(invocation, id, {
    sparesEntries: true,
    act: (caller, task) => {
      const instant = at(caller);
      return taskScheduler.setTaskReady(caller, task, instant === null ? {} : { notBefore: instant });
    },
    refusal: ({ state }) =>
      state === 'Running'
        ? 'is running; only a task that has not begun can be set ready.'
        : `is ${state}; "nightshift task retry" runs it again.`,
    done: { ready: true },
    sentence: (task, caller) => {
      const instant = at(caller);
      return `Task ${task} is ready${instant === null ? '' : `; it runs at ${instantText(instant, caller.timeZone)} at the earliest`}.`;
    },
  });
}

/** Removes a task that has not begun. */
export function cancelTaskCommand(invocation: Invocation, id: string): Promise<ExitCode> {
  return change(invocation, id, {
    sparesEntries: true,
    act: taskScheduler.cancelTask,
    refusal: ({ state }) =>
      state === 'Running'
        ? 'is running; only a task that has not begun can be cancelled.'
        : `is ${state}; "nightshift task delete" removes it.`,
    done: { cancelled: true },
    sentence: (task) => `Task ${task} is cancelled.`,
  });
}

/** Runs a failed task again. */
export function retryTaskCommand(invocation: Invocation, id: string): Promise<ExitCode> {
  return change(invocation, id, {
    sparesEntries: false,
    act: taskScheduler.rerunFailedTask,
    refusal: notFailed,
    done: { retried: true },
    sentence: (task) => `Task ${task} runs again.`,
  });
}

/** Removes a failed task. */
export function deleteTaskCommand(invocation: Invocation, id: string): Promise<ExitCode> {
  return change(invocation, id, {
    sparesEntries: false,
    act: taskScheduler.deleteFailedTask,
    refusal: (task) => `${notFailed(task)} "nightshift task cancel" removes one that has not begun.`,
    done: { deleted: true },
    sentence: (task) => `Task ${task} is deleted.`,
  });
}

/** Gives a task to another user. */
export function reassignTaskCommand(invocation: Invocation, id: string, user: string): Promise<ExitCode> {
  return change(invocation, id, {
    sparesEntries: false,
    act: (caller, task) => taskScheduler.reassign(caller, task, { user }),
    refusal: ({ state }) => `is ${state}.`,
    done: { reassigned: user },
    sentence: (task) => `Task ${task} is ${user}'s, and Not Ready until ${user} sets it ready.`,
  });
}

function notFailed({ state }: ScheduledTask): string {
  return `is ${state}, neither Failed nor Poison.`;
}

async function change(invocation: Invocation, text: string, what: Change): Promise<ExitCode> {
  const id = wantedTask(text);
  await withCaller(invocation, {}, async (caller) => {
    if (what.sparesEntries) await refuseTaskOfEntry(caller, id);
    if (!(await what.act(caller, id))) {
      const task = await findTask(caller, id);
      throw new NightshiftError('CONFLICT', `Task ${id} ${what.refusal(task)}`, { field: 'id' });
    }
    invocation.answer({ id, ...what.done }, () => what.sentence(id, caller));
  });
  return EXIT.ok;
}
