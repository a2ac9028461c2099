import { z } from 'zod';
import type { StoredError } from '../foundation/index.ts';
import type { Schedule } from './schedule.ts';

/** The states of an entry, as every table, screen and document names them. */
export const JOB_QUEUE_ENTRY_STATUSES = [
  'On Hold',
  'Ready',
  'In Process',
  'Waiting',
  'On Hold with Inactivity Timeout',
  'Error',
  'Finished',
] as const;

/** A state of an entry. */
export type JobQueueEntryStatus = (typeof JOB_QUEUE_ENTRY_STATUSES)[number];

/** A standing order to run an object, once or recurring. */
export interface JobQueueEntry {
  readonly id: string;
  readonly entryNo: number;
  /** The codeunit that it runs. */
  readonly object: string;
  readonly parameterString: string;
  readonly description: string;
  readonly status: JobQueueEntryStatus;
  readonly earliestStart: Date | null;
  readonly expiration: Date | null;
  readonly schedule: Schedule;
  /** Automatic runs after a failed one: 0 to 10. */
  readonly maximumAttempts: number;
  /** How many of them were used. */
  readonly attempts: number;
  readonly rerunDelaySeconds: number;
  /** Milliseconds. */
  readonly timeout: number;
  /** The number of the user it runs as: who set it Ready. */
  readonly runAs: number;
  readonly lastReadyState: Date | null;
  /** The error of the last run that failed; null after a good one. */
  readonly error: StoredError | null;
  /** The scheduled task that will run it, or runs it. */
  readonly taskId: string | null;
  /** Grows with every change by a person. */
  readonly version: number;
}

/** The record that a codeunit is given when the job queue runs it: declare `record: jobQueueEntryRecord`. */
export const jobQueueEntryRecord = z.object({
  id: z.uuid(),
  entryNo: z.number(),
  object: z.string(),
  description: z.string(),
  parameterString: z.string(),
  /** Which of the entry's own attempts this is; 0 is the first. */
  attempts: z.number(),
  maximumAttempts: z.number(),
});

/** What `jobQueueEntryRecord` yields. */
export type JobQueueEntryRecord = z.output<typeof jobQueueEntryRecord>;

/** The record for a codeunit, of an entry. */
export function recordOf(entry: JobQueueEntry): JobQueueEntryRecord {
  const { id, entryNo, object, description, parameterString, attempts, maximumAttempts } = entry;
  return { id, entryNo, object, description, parameterString, attempts, maximumAttempts };
}
