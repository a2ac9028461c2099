import { NightshiftError } from '../foundation/index.ts';
import type { JobQueueLogEntry } from '../job-queue/index.ts';
import { jobQueue } from '../platform/index.ts';
import type { Caller } from '../session/index.ts';

/** Why a run is not tried again, as its state says; null: it is. */
export function retryRefusal({ no, status }: Pick<JobQueueLogEntry, 'no' | 'status'>): string | null {
  if (status === 'In Process') return `Run ${no} is still under way.`;
  return status === 'Success' ? `Run ${no} went well: there is nothing to try again.` : null;
}

/**
 * Begins anew with the entry of a run that did not go well.
 * @returns the id of the entry
 * @throws NightshiftError LOG_ENTRY_UNKNOWN; CONFLICT for a run that went well, or is under way; what `restart` throws
 */
export async function retryRun(caller: Caller, no: number): Promise<string> {
  const run = await jobQueue.logEntry(caller, no);
  if (run === null)
    throw new NightshiftError('LOG_ENTRY_UNKNOWN', `There is no log entry ${no} in this company.`);
  const refusal = retryRefusal(run);
  if (refusal !== null) throw new NightshiftError('CONFLICT', refusal, { details: { status: run.status } });
  await jobQueue.restart(caller, run.entryId);
  return run.entryId;
}
