import { AUTHORITY, actorOf, type Caller, doorOf } from '../session/index.ts';
import { readEntriesOfTasks } from './entry-page.sql.ts';
import { JOB_QUEUE } from './job-queue-service.ts';

/** An entry, as much of it as names it. */
export interface EntryOfTask {
  readonly id: string;
  readonly entryNo: number;
  readonly description: string;
  readonly object: string;
}

/**
 * Which entries scheduled tasks run, by the ids of the tasks: those that the caller may see. Whoever may see none gets none.
 * @throws NightshiftError USER_DISABLED
 */
export async function entriesOfTasks(
  caller: Caller,
  taskIds: readonly string[],
): Promise<ReadonlyMap<string, EntryOfTask>> {
  if (taskIds.length === 0) return new Map();
  const door = doorOf(caller);
  const { no } = door.company;
  const { any, own } = await door.service(AUTHORITY).reaches(actorOf(door), 'entry.read');
  const isAny = any === null || any.includes(no);
  if (!isAny && !own.includes(no)) return new Map();
  const values = [no, taskIds, isAny ? null : door.user.no];
  const rows = await door
    .service(JOB_QUEUE)
    .reader.run<EntryOfTask & { readonly taskId: string }>(readEntriesOfTasks, values);
  return new Map(rows.map(({ taskId, ...entry }) => [taskId, entry]));
}
