import { isUuid, NightshiftError } from '../foundation/index.ts';
import type { JobQueueEntry } from '../job-queue/index.ts';
import type { Caller } from '../session/index.ts';
import { jobQueue } from './verbs.ts';

/**
 * The entry that a person means: by its id or by its number.
 * @throws NightshiftError VALIDATION, ENTRY_UNKNOWN
 */
export async function findEntry(caller: Caller, idOrNumber: string): Promise<JobQueueEntry> {
  const wanted = idOrNumber.trim();
  if (isUuid(wanted)) return jobQueue.get(caller, wanted.toLowerCase());
  if (!/^\d+$/.test(wanted)) {
    throw new NightshiftError('VALIDATION', `"${idOrNumber}" is neither the number nor the id of an entry.`, {
      field: 'id',
    });
  }
  const found = (await jobQueue.list(caller, { finished: true })).find(
    ({ entryNo }) => entryNo === Number(wanted),
  );
  if (found !== undefined) return found;
  throw new NightshiftError('ENTRY_UNKNOWN', `There is no job queue entry ${wanted} in ${caller.company}.`, {
    field: 'id',
  });
}
