import { NightshiftError } from '../foundation/index.ts';
import { LISTED_TASKS_MAX, TASK_STATES, type TaskState } from '../task-scheduler/index.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { parseRange } from './parsing.ts';
import { tableOf, wallClockText, zoneOrUtc } from './showing.ts';
import { listedTaskView } from './task-view.ts';
import { taskScheduler } from './verbs.ts';
import { withCaller } from './with-caller.ts';

/** How `task list` was called. */
export interface ListOptions {
  readonly state?: string;
  readonly limit?: string;
  readonly gone?: boolean;
}

/** Lists the tasks of the company, those that are due first in front. */
export async function listTasksCommand(invocation: Invocation, options: ListOptions): Promise<ExitCode> {
  const states = options.state === undefined ? null : statesOf(options.state);
  const filter = {
    ...(states === null ? {} : { states }),
    ...(options.gone === true ? { userGone: true } : {}),
    ...(options.limit === undefined
      ? {}
      : { limit: parseRange(options.limit, 'limit', { minimum: 1, maximum: LISTED_TASKS_MAX }) }),
  };
  await withCaller(invocation, {}, async (caller) => {
    const tasks = (await taskScheduler.list(caller, filter)).map(listedTaskView);
    const zone = zoneOrUtc(caller.timeZone);
    const whose = options.gone === true ? ' of users who are gone' : '';
    const which = `${states === null ? '' : ` in state ${states.join(' or ')}`}${whose}`;
    invocation.answer(tasks, () =>
      tasks.length === 0
        ? `There are no scheduled tasks${which} in ${caller.company}.`
        : tableOf(
            ['Id', 'State', 'Codeunit', `Due (${zone})`, 'Attempt', 'User', 'Last error'],
            tasks.map(({ id, state, codeunit, due, attempt, user, userGone, error }) => [
              id,
              state,
              codeunit,
              wallClockText(due, zone),
              attempt,
              userGone && user !== null ? `${user} (gone)` : user,
              error?.message ?? null,
            ]),
          ),
    );
  });
  return EXIT.ok;
}

/** States as people type them: `failed,poison`, `not-ready`. @throws NightshiftError VALIDATION */
export function statesOf(text: string): readonly TaskState[] {
  return text.split(',').map((word) => {
    const wanted = word.trim().toLowerCase().replace('-', ' ');
    const found = TASK_STATES.find((state) => state.toLowerCase() === wanted);
    if (found !== undefined) return found;
    throw new NightshiftError(
      'VALIDATION',
      `There is no state "${word.trim()}". The states are: ${TASK_STATES.join(', ')}.`,
      { field: 'state' },
    );
  });
}
