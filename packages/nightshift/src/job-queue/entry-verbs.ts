import { NightshiftError, uuidV7 } from '../foundation/index.ts';
import { AUTHORITY, actorOf, audited, type Caller, type CallerDoor, doorOf } from '../session/index.ts';
import { atOnce, onceCaller } from './at-once.ts';
import { entryTransaction } from './category-turns.ts';
import {
  type AdmittedEntry,
  admitToEntry,
  auditedEntry,
  auditedState,
  checkedEntryId,
  entryUnknown,
} from './entry-access.ts';
import {
  entryConflict,
  entryRuns,
  makeReady,
  objectsOf,
  type ReadyPlan,
  removeEntry,
} from './entry-change.ts';
import { copyEntry, lockEntryOnly, sessionOfRun, setEntryPriority } from './entry-verbs.sql.ts';
import { ENTRY_PRIORITIES, type EntryPriority, type JobQueueEntry } from './job-queue-entry.ts';
import { type EntryRow, entryOf, storedPriority } from './job-queue-rows.ts';
import { JOB_QUEUE } from './job-queue-service.ts';
import { isWithinRunWindow } from './recurrence.ts';
import { firstRun } from './transitions.ts';

/**
 * Begins anew with an entry, whatever became of it: Ready as the caller, from its earliest start on or from now, with all
 * its attempts and without its last error. As `setStatusToReady`, but also of one that is Ready already.
 * @throws NightshiftError ENTRY_UNKNOWN; CONFLICT while it runs, or when it is Ready as somebody else; PERMISSION_DENIED with
 *   all that is missing in `details.missing`; APPROVAL_NEEDED; USER_DISABLED
 */
export async function restart(caller: Caller, entryId: string): Promise<JobQueueEntry> {
  return plannedAnew(caller, entryId, 'entry.restart', ({ entry, now }) => ({
    runAt: firstRun(entry, now),
    trigger: 'person',
  }));
}

/**
 * Has an entry run now, in the background, as the caller; its schedule goes on from there. The run that was planned is
 * replaced by it, and planned again after it. Its window holds for this run too.
 * @throws NightshiftError ENTRY_UNKNOWN; CONFLICT when it is On Hold, runs, waits in its category already, is Ready as somebody
 *   else, is expired, or its window is closed; PERMISSION_DENIED, APPROVAL_NEEDED, USER_DISABLED
 */
export async function runNow(caller: Caller, entryId: string): Promise<JobQueueEntry> {
  return plannedAnew(caller, entryId, 'entry.runNow', dueNow);
}

/** @throws NightshiftError CONFLICT when it may not run now */
export function dueNow({ entry, now }: AdmittedEntry): ReadyPlan {
  const { schedule, expiration } = entry;
  if (entry.status === 'On Hold') {
    throw entryConflict(entry, 'set it Ready, or run it once in the foreground');
  }
  if (entry.status === 'Waiting') throw entryConflict(entry, 'it is due already, and waits in its category');
  if (expiration !== null && expiration.getTime() < now.getTime()) {
    throw entryConflict(entry, `it expired at ${expiration.toISOString()}`);
  }
  if (!isWithinRunWindow(schedule, now, schedule.timeZone)) {
    const opens = firstRun({ ...entry, earliestStart: null }, now).toISOString();
    throw entryConflict(
      entry,
      `its window is closed until ${opens}; run it once in the foreground, or change it`,
    );
  }
  return { runAt: now, trigger: 'person' };
}

async function plannedAnew(
  caller: Caller,
  entryId: string,
  verb: 'entry.restart' | 'entry.runNow',
  planOf: (admitted: AdmittedEntry) => ReadyPlan,
): Promise<JobQueueEntry> {
  const door = doorOf(caller);
  door.refuseIfShared?.(`jobQueue.${verb.slice('entry.'.length)}`);
  return entryTransaction(door, entryId, async (tx, inside) => {
    const admitted = await admitToEntry(tx, door, verb, { entryId, lock: true });
    const { entry } = admitted;
    const wish = { ...auditedEntry(entry), objects: objectsOf(inside, entry) };
    await door.service(AUTHORITY).rehearse(actorOf(door), verb, wish);
    refuseIfOthers(entry, door);
    const ready = await makeReady(tx, inside, admitted, planOf(admitted));
    const change = { before: auditedPlan(entry), after: auditedPlan(ready) };
    await audited(tx, door, { verb, object: auditedEntry(entry), ...change });
    return ready;
  });
}

/** As whom a plan runs that somebody else has made is not taken over in passing. */
export function refuseIfOthers(entry: JobQueueEntry, door: CallerDoor): void {
  if (entry.runAs === door.user.no || !['Ready', 'Waiting'].includes(entry.status)) return;
  throw entryConflict(entry, 'it runs as another user; set it On Hold first');
}

function auditedPlan(entry: JobQueueEntry) {
  const { attempts, earliestStart } = entry;
  return { ...auditedState(entry), attempts, earliestStart };
}

/**
 * Copies an entry: a new one, On Hold, with the same fields, created by the caller. The code of an application declares the
 * original only.
 * @throws NightshiftError ENTRY_UNKNOWN, PERMISSION_DENIED, USER_DISABLED
 */
export async function copy(caller: Caller, entryId: string): Promise<JobQueueEntry> {
  const door = doorOf(caller);
  door.refuseIfShared?.('jobQueue.copy');
  const { clock } = door.service(JOB_QUEUE);
  return door.transaction(async (tx) => {
    const { entry } = await admitToEntry(tx, door, 'entry.copy', { entryId, lock: false });
    const values = [door.user.no, door.company.no, entryId, uuidV7(clock.now()), clock.pinned()];
    const [row] = await tx.run<EntryRow>(copyEntry, values);
    if (row === undefined) throw entryUnknown(entryId);
    const made = entryOf(row);
    const after = { ...auditedState(made), copyOf: entry.entryNo };
    await audited(tx, door, { verb: 'entry.copy', object: auditedEntry(made), after });
    return made;
  });
}

/**
 * Deletes an entry with its plan; its log entries stay. An open request for its approval goes with it.
 * @throws NightshiftError ENTRY_UNKNOWN; CONFLICT while it runs; PERMISSION_DENIED, USER_DISABLED
 */
export async function remove(caller: Caller, entryId: string): Promise<void> {
  const door = doorOf(caller);
  door.refuseIfShared?.('jobQueue.delete');
  await entryTransaction(door, entryId, async (tx, inside) => {
    const { entry } = await admitToEntry(tx, door, 'entry.delete', { entryId, lock: true });
    await removeEntry(tx, inside, entry);
    const before = { ...auditedState(entry), object: entry.object, description: entry.description };
    await audited(tx, door, { verb: 'entry.delete', object: auditedEntry(entry), before });
  });
}

/**
 * Sets how soon an entry is taken that waits in its category, in every status but while it runs.
 * @throws NightshiftError VALIDATION naming `priority`; ENTRY_UNKNOWN; CONFLICT while it runs; PERMISSION_DENIED, USER_DISABLED
 */
export async function setPriority(
  caller: Caller,
  entryId: string,
  priority: EntryPriority,
): Promise<JobQueueEntry> {
  const door = doorOf(caller);
  door.refuseIfShared?.('jobQueue.setPriority');
  const { clock } = door.service(JOB_QUEUE);
  if (!ENTRY_PRIORITIES.includes(priority)) {
    const text = `priority is one of ${ENTRY_PRIORITIES.join(', ')}.`;
    throw new NightshiftError('VALIDATION', text, { field: 'priority' });
  }
  return entryTransaction(door, entryId, async (tx) => {
    const { entry } = await admitToEntry(tx, door, 'entry.setPriority', { entryId, lock: true });
    if (entry.priority === priority) return entry;
    const values = [door.user.no, door.company.no, entryId, storedPriority(priority), clock.pinned()];
    const [row] = await tx.run<EntryRow>(setEntryPriority, values);
    if (row === undefined) throw entryRuns(entry);
    const change = { before: { priority: entry.priority }, after: { priority } };
    await audited(tx, door, { verb: 'entry.setPriority', object: auditedEntry(entry), ...change });
    return entryOf(row);
  });
}

/**
 * Ends the run of an entry that is under way, as if its session were stopped: nothing of it commits, and the entry goes on as
 * after a failed run. What does not stop then is killed. Commits at once, also in a session.
 * @param comment at most 10,000 characters; it is the error of the run
 * @returns the entry as it was when its run was told to stop
 * @throws NightshiftError ENTRY_UNKNOWN; CONFLICT when none of its runs is under way, or in a session with an open transaction;
 *   VALIDATION for the comment, or when the session is the caller's own; INSTANCE_UNRESPONSIVE; PERMISSION_DENIED, USER_DISABLED
 */
export function stopRun(caller: Caller, entryId: string, comment = ''): Promise<JobQueueEntry> {
  const once = onceCaller(caller, 'jobQueue.stopRun');
  return atOnce(once, { entryId }, async ({ tx, door, actor, authority }) => {
    // Its row is locked meanwhile, so that a run that is about to end waits, and is stopped; or it has ended first. Not its
    // category: another server instance may take seconds to answer, and the others of the category go on.
    await tx.run(lockEntryOnly, [door.company.no, checkedEntryId(entryId)]);
    const { entry } = await admitToEntry(tx, door, 'entry.stopRun', { entryId, lock: false });
    const [run] = await tx.run<{ session_id: number }>(sessionOfRun, [entry.id, entry.taskId]);
    const stop = door.service(JOB_QUEUE).detached?.stopSession;
    if (run === undefined || (await stop?.(door, run.session_id, comment)) !== true) {
      throw entryConflict(entry, 'no run of it is under way');
    }
    const change = { before: { status: entry.status, sessionId: run.session_id }, after: { comment } };
    await authority.done(tx, { actor, verb: 'entry.stopRun', object: auditedEntry(entry), ...change });
    return entry;
  });
}
