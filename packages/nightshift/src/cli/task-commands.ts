import { isUuid, NightshiftError } from '../foundation/index.ts';
import { jobQueue, taskScheduler } from '../platform/index.ts';
import { type Caller, doorOf } from '../session/index.ts';
import { listTasks } from '../task-scheduler/index.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { parseRange } from './parsing.ts';
import { tableOf, wallClockText, zoneOrUtc } from './showing.ts';
import { identityOf, withPlatform } from './with-platform.ts';

/** Tasks that are listed when nothing else is said. */
export const TASKS_DEFAULT = 50;
const TASKS_MAX = 10_000;

interface TaskRow {
  readonly id: string;
  readonly user_name: string;
  readonly company_name: string;
  readonly codeunit: string;
  readonly failure_codeunit: string | null;
  readonly due: Date;
  readonly attempt: number;
  readonly error: { readonly code: string | null; readonly message: string } | null;
  readonly created_at: Date;
  readonly state: string;
}

/** Lists the tasks of the company, those that are due first in front. */
export async function listTasksCommand(
  invocation: Invocation,
  options: { readonly limit?: string },
): Promise<ExitCode> {
  const limit =
    options.limit === undefined
      ? TASKS_DEFAULT
      : parseRange(options.limit, 'limit', { minimum: 1, maximum: TASKS_MAX });
  await withPlatform(invocation, {}, async (platform) => {
    const caller = platform.as(identityOf(invocation));
    const rows = await platform.database.run<TaskRow>(listTasks, [doorOf(caller).company.no, limit]);
    const tasks = rows.map(taskView);
    const zone = zoneOrUtc(caller.timeZone);
    invocation.answer(tasks, () =>
      tasks.length === 0
        ? `There are no scheduled tasks in ${caller.company}.`
        : tableOf(
            ['Id', 'State', 'Codeunit', `Due (${zone})`, 'Attempt', 'User', 'Last error'],
            tasks.map(({ id, state, codeunit, due, attempt, user, error }) => [
              id,
              state,
              codeunit,
              wallClockText(due, zone),
              attempt,
              user,
              error?.message ?? null,
            ]),
          ),
    );
  });
  return EXIT.ok;
}

/** Removes a task that has not begun. */
export async function cancelTaskCommand(invocation: Invocation, id: string): Promise<ExitCode> {
  if (!isUuid(id)) {
    throw new NightshiftError('VALIDATION', `"${id}" is not the id of a task (a UUID).`, { field: 'id' });
  }
  await withPlatform(invocation, {}, async (platform) => {
    const caller = platform.as(identityOf(invocation));
    await refuseTaskOfEntry(caller, id);
    if (!(await taskScheduler.cancelTask(caller, id))) throw await whyNot(caller, id);
    invocation.answer({ id, cancelled: true }, () => `Task ${id} is cancelled.`);
  });
  return EXIT.ok;
}

/** Without its task an entry would stay Ready and never run. */
async function refuseTaskOfEntry(caller: Caller, id: string): Promise<void> {
  const owner = (await jobQueue.list(caller)).find(({ taskId }) => taskId === id);
  if (owner === undefined) return;
  throw new NightshiftError(
    'CONFLICT',
    `Task ${id} belongs to job queue entry ${owner.entryNo}; "nightshift entry hold ${owner.entryNo}" removes it.`,
    { field: 'id' },
  );
}

async function whyNot(caller: Caller, id: string): Promise<NightshiftError> {
  return (await taskScheduler.taskExists(caller, id))
    ? new NightshiftError(
        'CONFLICT',
        `Task ${id} is running; only a task that has not begun can be cancelled.`,
      )
    : new NightshiftError('TASK_UNKNOWN', `There is no scheduled task ${id} in ${caller.company}.`, {
        field: 'id',
      });
}

function taskView(row: TaskRow) {
  const { id, state, codeunit, due, attempt, error } = row;
  return {
    id,
    state,
    codeunit,
    failureCodeunit: row.failure_codeunit,
    due,
    attempt,
    user: row.user_name,
    company: row.company_name,
    createdAt: row.created_at,
    error: error === null ? null : { code: error.code, message: error.message },
  };
}
