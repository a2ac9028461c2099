import type { CallerDoor } from '../session/index.ts';
import type { Dimensions } from '../telemetry/index.ts';
import type { JobQueueEntry } from './job-queue-entry.ts';
import { isRecurring } from './schedule.ts';

/** What every event about an entry says, as in Business Central (reference §7). */
export function entryDimensions(entry: JobQueueEntry, { company }: Pick<CallerDoor, 'company'>): Dimensions {
  return {
    entryId: entry.id,
    entryNo: entry.entryNo,
    company: company.name,
    object: entry.object,
    objectType: entry.objectType,
    description: entry.description,
    status: entry.status,
    recurring: isRecurring(entry.schedule),
    earliestStart: entry.earliestStart?.toISOString() ?? null,
    taskId: entry.taskId,
    attempts: entry.attempts,
    maximumAttempts: entry.maximumAttempts,
    category: entry.category,
  };
}
