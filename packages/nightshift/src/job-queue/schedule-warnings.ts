import { readWorkCalendar } from '../permissions/index.ts';
import { type Caller, doorOf } from '../session/index.ts';
import { readingCaller } from './at-once.ts';
import { admitToEntry } from './entry-access.ts';
import { JOB_QUEUE } from './job-queue-service.ts';
import { readMedianRun } from './schedule-sense.sql.ts';
import { type ScheduleWarning, scheduleSense } from './schedule-sense.ts';

/**
 * What makes little sense about when an entry runs, were it set Ready now: long runs in the working hours of the company, an
 * interval under five minutes or shorter than a run. Not for sessions in a thread or process of their own.
 * @throws NightshiftError ENTRY_UNKNOWN, VALIDATION, PERMISSION_DENIED, USER_DISABLED
 */
export async function scheduleWarnings(caller: Caller, entryId: string): Promise<readonly ScheduleWarning[]> {
  readingCaller(caller, 'jobQueue.scheduleWarnings');
  const door = doorOf(caller);
  const admit = { entryId, lock: false };
  const { entry, now } = await door.transaction((tx) => admitToEntry(tx, door, 'entry.read', admit));
  const { reader } = door.service(JOB_QUEUE);
  const [[row], workCalendar] = await Promise.all([
    reader.run<{ median_ms: number | null }>(readMedianRun, [entry.id]),
    readWorkCalendar(reader, door.company.no),
  ]);
  const { schedule, earliestStart } = entry;
  return scheduleSense({ now, schedule, earliestStart, medianRunMs: row?.median_ms ?? null, workCalendar });
}
