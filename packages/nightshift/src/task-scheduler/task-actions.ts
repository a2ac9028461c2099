import type { Verb } from '../contract/permissions.ts';
import type { ScheduledTask } from './task-list.ts';
import { GIVEN_AWAY } from './task-scheduler.ts';

/** What can be done with a task. */
type TaskActionName = 'setReady' | 'cancel' | 'rerun' | 'delete' | 'reassign';

/** The verb of each action, and in which states of a task it does something. The verbs answer by the same. */
const RULES: Readonly<Record<TaskActionName, { readonly verb: Verb; readonly of: readonly string[] }>> = {
  setReady: { verb: 'task.setReady', of: ['Not Ready', 'Pending', 'Retrying'] },
  cancel: { verb: 'task.cancel', of: ['Not Ready', 'Pending', 'Retrying'] },
  rerun: { verb: 'task.rerunFailed', of: ['Failed', 'Poison'] },
  delete: { verb: 'task.deleteFailed', of: ['Failed', 'Poison'] },
  reassign: { verb: 'task.reassign', of: ['Not Ready', 'Pending', 'Retrying', 'Failed', 'Poison'] },
};

/** How a task stands to whoever would do something with it. */
interface TaskState extends Pick<ScheduledTask, 'id' | 'state' | 'reassignedBy'> {
  /** Whether it runs as him. */
  readonly isOwn: boolean;
}

/** The actions of a task, and why its state forbids each; null: it does not. Pure. */
export function taskActions({ id, state, reassignedBy, isOwn }: TaskState) {
  return (Object.keys(RULES) as TaskActionName[]).map((name) => {
    const { verb, of } = RULES[name];
    const isAnothers = name === 'setReady' && reassignedBy !== null && !isOwn;
    if (!of.includes(state)) return { name, verb, refusal: taskStateText(id, state) };
    return { name, verb, refusal: isAnothers ? GIVEN_AWAY : null };
  });
}

/** Why nothing was done with a task. */
export function taskStateText(id: string, state: string): string {
  return `Scheduled task ${id} is ${state}: that is not done with it.`;
}
