import { isUuid, NightshiftError } from '../foundation/index.ts';
import { type Caller, doorOf } from '../session/index.ts';
import { heldToOwn } from './task-access.ts';
import { type ScheduledTask, TASK_STATES, type TaskRow, type TaskState, taskOf } from './task-list.ts';
import { countTasks, pageOfTasks, TASKS_COUNTED_MAX } from './task-page.sql.ts';
import { TASK_SCHEDULER } from './task-scheduler-service.ts';

const PAGE_SIZE_MAX = 500;
const PAGE_SIZE_DEFAULT = 50;

/** Which tasks are wanted, and from where on. Default: the first 50 of all. */
export interface TaskQuery {
  readonly states?: readonly TaskState[];
  /** Only those that run as somebody who is gone. */
  readonly userGone?: boolean;
  /** Behind this task: `next` of the page before. */
  readonly after?: TaskPlace;
  /** 1 to 500. Default: 50. */
  readonly limit?: number;
}

/** A task's place in the list. */
export interface TaskPlace {
  /** When it is due, in microseconds. */
  readonly due: string;
  readonly id: string;
}

/** One page of tasks. */
export interface TaskPage {
  readonly tasks: readonly ScheduledTask[];
  /** Null: there are no more. */
  readonly next: TaskPlace | null;
  /** How many there are; counted up to 10,000. */
  readonly total: { readonly value: number; readonly isExact: boolean };
}

/**
 * One page of the tasks of the caller's company that he may see, those that are due first in front; failed ones among them.
 * @throws NightshiftError VALIDATION with the field; PERMISSION_DENIED, USER_DISABLED
 */
export async function pageTasks(caller: Caller, query: TaskQuery = {}): Promise<TaskPage> {
  const { states = null, userGone = false, after, limit = PAGE_SIZE_DEFAULT } = query;
  if (!Number.isInteger(limit) || limit < 1 || limit > PAGE_SIZE_MAX)
    throw refused('limit', `is a whole number from 1 to ${PAGE_SIZE_MAX}`);
  if (states !== null && !states.every((state) => TASK_STATES.includes(state)))
    throw refused('states', `are of ${TASK_STATES.join(', ')}`);
  if (after !== undefined && !isPlace(after)) throw refused('after', 'is `next` of the page before');
  const door = doorOf(caller);
  const own = (await heldToOwn(door, 'task.read', null)) ? door.user.no : null;
  const { reader, clock } = door.service(TASK_SCHEDULER);
  const filters = [door.company.no, own, clock.pinned(), states, userGone];
  const [rows, [counted]] = await Promise.all([
    reader.run<TaskRow & { readonly due_key: string }>(pageOfTasks, [
      ...filters,
      after?.due ?? null,
      after?.id ?? null,
      limit + 1,
    ]),
    reader.run<{ count: number }>(countTasks, filters),
  ]);
  const found = counted?.count ?? 0;
  const last = rows[limit - 1];
  return {
    tasks: rows.slice(0, limit).map(taskOf),
    next: rows.length <= limit || last === undefined ? null : { due: last.due_key, id: last.id },
    total: { value: Math.min(found, TASKS_COUNTED_MAX), isExact: found <= TASKS_COUNTED_MAX },
  };
}

function isPlace({ due, id }: TaskPlace): boolean {
  return /^-?\d{1,17}$/.test(due) && isUuid(id);
}

function refused(field: string, rule: string): NightshiftError {
  return new NightshiftError('VALIDATION', `${field} ${rule}.`, { field });
}
