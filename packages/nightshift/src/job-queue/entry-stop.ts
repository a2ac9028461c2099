import type { Caller } from '../session/index.ts';
import { atOnce, onceCaller } from './at-once.ts';
import { admitToEntry, auditedEntry } from './entry-access.ts';
import { entryConflict } from './entry-change.ts';
import { sessionOfRun } from './entry-verbs.sql.ts';
import type { JobQueueEntry } from './job-queue-entry.ts';
import { JOB_QUEUE } from './job-queue-service.ts';

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
  return atOnce(once, once.door.user, async ({ tx, door, actor, authority }) => {
    // Its row is locked meanwhile, so that a run that is about to end waits, and is stopped; or it has ended first.
    const { entry } = await admitToEntry(tx, door, 'entry.stopRun', { entryId, lock: true });
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
