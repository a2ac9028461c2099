import { isNightshiftError } from '../foundation/index.ts';
import { type Caller, type CallerDoor, doorOf } from '../session/index.ts';
import { explainOwnedTask, TASK_SCHEDULER } from '../task-scheduler/index.ts';
import { type OnceCaller, readingCaller } from './at-once.ts';
import { admitToEntry, auditedEntry } from './entry-access.ts';
import { objectsOf } from './entry-change.ts';
import { readEntrySurroundings } from './explain.sql.ts';
import { type EntryExplanation, type EntrySurroundings, explainEntry } from './explain-entry.ts';
import type { JobQueueEntry } from './job-queue-entry.ts';
import { JOB_QUEUE } from './job-queue-service.ts';

/**
 * Why an entry is not running: one sentence, and what is known, the most telling first; instants in the time zone of its
 * schedule. What a session has not committed is not seen. Not for sessions in a thread or process of their own.
 * @throws NightshiftError ENTRY_UNKNOWN, VALIDATION, PERMISSION_DENIED, USER_DISABLED
 */
export async function explain(caller: Caller, entryId: string): Promise<EntryExplanation> {
  const once = readingCaller(caller, 'jobQueue.explain');
  const door = doorOf(caller);
  door.refuseIfOver();
  const { reader } = door.service(JOB_QUEUE);
  const { entry, now } = await admitToEntry(reader, door, 'entry.read', { entryId, lock: false });
  const limit = door.service(TASK_SCHEDULER).options.maximumConcurrentTasksPerUser;
  const [row, task, runAsHindrance] = await Promise.all([
    surroundingsOf(door, entry.id, limit > 0),
    entry.taskId === null ? null : explainOwnedTask(caller, entry.taskId, entry.object),
    runAsHindranceOf(once, caller, entry),
  ]);
  const isFull = limit > 0 && (row?.held_by_user ?? 0) >= limit;
  return explainEntry(entry, {
    now,
    statusBy: row?.status_by ?? null,
    runAs: row?.run_as ?? `user ${entry.runAs}`,
    runAsHindrance,
    approval: dated(row?.approval ?? null, 'at'),
    running: dated(row?.running ?? null, 'startedAt'),
    rivals: (row?.rivals ?? []).map((rival) => ({
      ...rival,
      since: rival.since === null ? null : new Date(rival.since),
    })),
    ahead: row?.ahead ?? 0,
    task,
    userLimit: isFull ? limit : null,
  });
}

interface SurroundingsRow {
  readonly run_as: string;
  readonly status_by: string | null;
  readonly approval: { readonly by: string; readonly asked: string | null; readonly at: string } | null;
  readonly running: { readonly sessionId: number; readonly startedAt: string } | null;
  readonly rivals: readonly {
    readonly entryNo: number;
    readonly object: string;
    readonly since: string | null;
  }[];
  readonly ahead: number;
  readonly held_by_user: number | null;
}

/** @param isLimited whether it is asked how many tasks the user has */
async function surroundingsOf(
  door: CallerDoor,
  entryId: string,
  isLimited: boolean,
): Promise<SurroundingsRow | undefined> {
  const { reader, clock } = door.service(JOB_QUEUE);
  const values = [door.company.no, entryId, clock.pinned(), isLimited];
  return (await reader.run<SurroundingsRow>(readEntrySurroundings, values))[0];
}

async function runAsHindranceOf(
  { actor, authority }: OnceCaller,
  caller: Caller,
  entry: JobQueueEntry,
): Promise<EntrySurroundings['runAsHindrance']> {
  const wish = { ...auditedEntry(entry), objects: objectsOf(caller, entry), runAs: entry.runAs };
  const refusal = await authority.rehearsal(actor, wish);
  if (refusal === null) return null;
  return { isGone: isNightshiftError(refusal, 'USER_DISABLED'), text: refusal.message };
}

/** JSON has no instants. */
function dated<Row extends object, Field extends keyof Row>(
  row: Row | null,
  field: Field,
): (Omit<Row, Field> & Record<Field, Date>) | null {
  return row === null
    ? null
    : ({ ...row, [field]: new Date(String(row[field])) } as Omit<Row, Field> & Record<Field, Date>);
}
