import { isUuid, NightshiftError } from '../foundation/index.ts';
import { JOB_QUEUE_DISPATCHER } from '../job-queue/index.ts';
import type { Caller } from '../session/index.ts';
import type { ScheduledTask } from '../task-scheduler/index.ts';
import { jobQueue, taskScheduler } from './verbs.ts';

/** Reads the id of a task. @throws NightshiftError VALIDATION */
export function wantedTask(text: string): string {
  const wanted = text.trim();
  if (isUuid(wanted)) return wanted.toLowerCase();
  throw new NightshiftError('VALIDATION', `"${text}" is not the id of a task (a UUID).`, { field: 'id' });
}

/** The error for a task that nobody knows. */
export function unknownTask(caller: Caller, id: string): NightshiftError {
  return new NightshiftError(
    'TASK_UNKNOWN',
    `There is no scheduled task ${id} in ${caller.company}: it is done, was removed, or never was.`,
    { field: 'id' },
  );
}

/** The task, or the reason for not finding it. @throws NightshiftError TASK_UNKNOWN */
export async function findTask(caller: Caller, id: string): Promise<ScheduledTask> {
  const found = await taskScheduler.get(caller, id);
  if (found === null) throw unknownTask(caller, id);
  return found;
}

/** Without its task, or with another time, an entry would not run by its schedule. @throws NightshiftError CONFLICT */
export async function refuseTaskOfEntry(caller: Caller, id: string): Promise<void> {
  // Whoever administers tasks need not be allowed to see entries.
  if ((await taskScheduler.get(caller, id))?.codeunit !== JOB_QUEUE_DISPATCHER) return;
  const owner = (await jobQueue.list(caller)).find(({ taskId }) => taskId === id);
  if (owner === undefined) return;
  throw new NightshiftError(
    'CONFLICT',
    `Task ${id} belongs to job queue entry ${owner.entryNo}; "nightshift entry hold ${owner.entryNo}" removes it.`,
    { field: 'id' },
  );
}
