import { NightshiftError, SECOND_MS } from '../foundation/index.ts';
import type { AnyCodeunit } from '../session/index.ts';
import type { ClaimedTask } from './scheduled-task.ts';

/** Longest time that a task of a codeunit with `sharedTransaction` may take: the others wait for their commit meanwhile. */
export const SHARED_TASK_TIMEOUT_MS_MAX = 5 * SECOND_MS;

/** Whether what a task runs says that it shares its transaction. Its failure codeunit never does. */
function shares(task: ClaimedTask, target: AnyCodeunit): boolean {
  return target.sharedTransaction !== null && !task.failing;
}

/**
 * The limits of a task's session by what it runs. They hold also when it runs alone, or code would do well at one time
 * and fail at another.
 */
export function limitsOf(
  task: ClaimedTask,
  target: AnyCodeunit,
): { readonly timeoutMs: number; readonly shares?: true } {
  if (!shares(task, target)) return { timeoutMs: task.timeoutMs };
  return { timeoutMs: Math.min(task.timeoutMs, SHARED_TASK_TIMEOUT_MS_MAX), shares: true };
}

/**
 * Refuses a timeout that a task of this codeunit can never have.
 * @throws NightshiftError VALIDATION for `timeout`
 */
export function refuseLongSharedTimeout(target: AnyCodeunit, timeout: unknown): void {
  if (target.sharedTransaction === null || !(Number(timeout) > SHARED_TASK_TIMEOUT_MS_MAX)) return;
  throw new NightshiftError(
    'VALIDATION',
    `A task of codeunit "${target.name}", which shares its transaction, has at most ${SHARED_TASK_TIMEOUT_MS_MAX} ms.`,
    { field: 'timeout' },
  );
}

/** Of each codeunit with `sharedTransaction`, how many tasks share one at most; by name. */
export type SharedSizes = ReadonlyMap<string, number>;

/** Reads them from the codeunits of an instance. */
export function sharedSizesOf(codeunits: readonly AnyCodeunit[]): SharedSizes {
  const sizes = codeunits.flatMap(({ name, sharedTransaction }) =>
    sharedTransaction === null ? [] : [[name, sharedTransaction] as const],
  );
  return new Map(sizes);
}

/**
 * Whether a task may share its transaction with others of the same codeunit, user and company. What did not end well
 * before may be what undoes the others, and runs alone.
 */
function isShareable(
  { codeunit, attempt, losses, suspect, failing }: ClaimedTask,
  sizes: SharedSizes,
): boolean {
  return sizes.has(codeunit) && attempt === 0 && losses === 0 && suspect === 0 && !failing;
}

function mayShare(one: ClaimedTask, other: ClaimedTask): boolean {
  return one.codeunit === other.codeunit && one.userNo === other.userNo && one.companyNo === other.companyNo;
}

/** Puts those that may share a transaction next to the first of them; the others keep their order. */
export function sharedTogether(tasks: ClaimedTask[], sizes: SharedSizes): ClaimedTask[] {
  if (sizes.size === 0) return tasks;
  const groups = new Map<unknown, ClaimedTask[]>();
  for (const task of tasks) {
    const { codeunit, userNo, companyNo } = task;
    const key = isShareable(task, sizes) ? `${companyNo} ${userNo} ${codeunit}` : task;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [task]);
    else group.push(task);
  }
  return [...groups.values()].flat();
}

/**
 * How many tasks, from the one at `at` on, run in one transaction; 1 when that one is on its own.
 * @param places that are free: what fits into them is spread over them
 */
export function sharedCountAt(
  tasks: readonly ClaimedTask[],
  at: number,
  sizes: SharedSizes,
  places = 1,
): number {
  const first = tasks[at];
  if (first === undefined || !isShareable(first, sizes)) return 1;
  const size = sizes.get(first.codeunit) ?? 1;
  let count = 1;
  while (count < size * places) {
    const next = tasks[at + count];
    if (next === undefined || !isShareable(next, sizes) || !mayShare(first, next)) break;
    count++;
  }
  return Math.min(size, Math.ceil(count / places));
}
