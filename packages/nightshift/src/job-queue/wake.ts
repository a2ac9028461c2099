import { audited, type Caller, doorOf } from '../session/index.ts';
import { TASK_SCHEDULER } from '../task-scheduler/index.ts';
import { entryTransaction } from './category-turns.ts';
import { admitToEntry, auditedEntry, auditedState } from './entry-access.ts';
import { entryConflict } from './entry-change.ts';
import { entryDimensions } from './entry-dimensions.ts';
import { wakeEntry } from './job-queue.sql.ts';
import type { JobQueueEntry } from './job-queue-entry.ts';
import { type EntryRow, entryOf } from './job-queue-rows.ts';
import { JOB_QUEUE } from './job-queue-service.ts';

/**
 * Has an entry run now that rests because its last run found nothing to do (On Hold with Inactivity Timeout): there is
 * something again. It runs as the user that it ran as before. Of one that is Ready already nothing changes.
 * @throws NightshiftError ENTRY_UNKNOWN; CONFLICT with the present status when it does not rest; PERMISSION_DENIED,
 *   USER_DISABLED
 */
export async function wake(caller: Caller, entryId: string): Promise<JobQueueEntry> {
  const door = doorOf(caller);
  door.refuseIfShared?.('jobQueue.wake');
  const { clock, telemetry } = door.service(JOB_QUEUE);
  return entryTransaction(door, entryId, async (tx) => {
    const { entry } = await admitToEntry(tx, door, 'entry.wake', { entryId, lock: true });
    if (entry.status === 'Ready') return entry;
    const values = [door.user.no, door.company.no, entryId, clock.pinned()];
    const [row] = await tx.run<EntryRow>(wakeEntry, values);
    if (row === undefined) throw entryConflict(entry, 'only one that rests can be woken');
    const woken = entryOf(row);
    const change = { before: auditedState(entry), after: auditedState(woken) };
    await audited(tx, door, { verb: 'entry.wake', object: auditedEntry(entry), ...change });
    door.afterCommit(() => {
      telemetry.emit('AL0000FNM', { ...entryDimensions(woken, door), oldStatus: entry.status });
      telemetry.emit('AL0000E24', entryDimensions(woken, door));
      door.service(TASK_SCHEDULER).wake(door.company.no, true);
    });
    return woken;
  });
}
