import type { Statement } from '../database/index.ts';
import { AUTHORITY, actorOf, type Caller, doorOf } from '../session/index.ts';
import { readEntriesOfSessions, readEntriesOfTasks } from './entry-page.sql.ts';
import { JOB_QUEUE } from './job-queue-service.ts';

/** The entry behind something that runs or is to run, as much of it as names it. */
export interface EntryBehind {
  readonly id: string;
  readonly entryNo: number;
  readonly description: string;
  readonly object: string;
}

/**
 * Which entries scheduled tasks run, by the ids of the tasks: those that the caller may see. Whoever may see none gets none.
 * @throws NightshiftError USER_DISABLED
 */
export function entriesOfTasks(
  caller: Caller,
  taskIds: readonly string[],
): Promise<ReadonlyMap<string, EntryBehind>> {
  return entriesBehind(caller, readEntriesOfTasks, taskIds);
}

/** The same of sessions that run, by their unique ids. @throws NightshiftError USER_DISABLED */
export function entriesOfSessions(
  caller: Caller,
  uniqueIds: readonly string[],
): Promise<ReadonlyMap<string, EntryBehind>> {
  return entriesBehind(caller, readEntriesOfSessions, uniqueIds);
}

async function entriesBehind(
  caller: Caller,
  target: Statement,
  ids: readonly string[],
): Promise<ReadonlyMap<string, EntryBehind>> {
  if (ids.length === 0) return new Map();
  const door = doorOf(caller);
  const { no } = door.company;
  const { any, own } = await door.service(AUTHORITY).reaches(actorOf(door), 'entry.read');
  const isAny = any === null || any.includes(no);
  if (!isAny && !own.includes(no)) return new Map();
  const values = [no, ids, isAny ? null : door.user.no];
  const rows = await door
    .service(JOB_QUEUE)
    .reader.run<EntryBehind & { readonly behind: string }>(target, values);
  return new Map(rows.map(({ behind, ...entry }) => [behind, entry]));
}
