import { z } from 'zod';
import type { EntryOutputType } from '../contract/report-output-type.ts';
import type { StoredError } from '../foundation/index.ts';
import type { ObjectType } from '../permissions/index.ts';
import type { MissedRunsPolicy } from './missed-runs.ts';
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

/** Which entry of a category comes first, the most urgent first. */
export const ENTRY_PRIORITIES = ['High', 'Normal', 'Low'] as const;

/** How soon an entry is taken that waits in its category. */
export type EntryPriority = (typeof ENTRY_PRIORITIES)[number];

/** A row of the application, by its table and the columns of its key. */
export interface RecordToProcess {
  readonly table: string;
  readonly key: Readonly<Record<string, string | number | boolean>>;
}

/** A standing order to run an object, once or recurring. */
export interface JobQueueEntry {
  readonly id: string;
  readonly entryNo: number;
  readonly objectType: ObjectType;
  /** The name of what it runs. */
  readonly object: string;
  readonly parameterString: string;
  /** Besides the parameter string, by the codeunit's own schema; null: none. */
  readonly parameters: unknown;
  /** What its report yields; `None`: it only runs. Null: it runs a codeunit. */
  readonly reportOutputType: EntryOutputType | null;
  /** The row that the run is about; null: none. */
  readonly recordToProcess: RecordToProcess | null;
  readonly description: string;
  readonly status: JobQueueEntryStatus;
  /** Since when it has its status. */
  readonly statusSince: Date;
  readonly earliestStart: Date | null;
  readonly expiration: Date | null;
  readonly schedule: Schedule;
  /** What becomes of runs that did not happen in time. */
  readonly missedRuns: MissedRunsPolicy;
  /** What becomes of a recurring entry after its last attempt failed: it stops in Error, or keeps its schedule. */
  readonly afterFinalError: 'stop' | 'continue-schedule';
  /** Automatic runs after a failed one: 0 to 10. */
  readonly maximumAttempts: number;
  /** How many of them were used. */
  readonly attempts: number;
  readonly rerunDelaySeconds: number;
  /** Milliseconds. */
  readonly timeout: number;
  /** How long it rests after a run that found nothing to do: 5 to 525,600. */
  readonly inactivityTimeoutMinutes: number;
  /** Its object plans the next run itself. */
  readonly manualRecurrence: boolean;
  /** Of one category only so many entries run at a time as the category says; null: none. */
  readonly category: string | null;
  readonly priority: EntryPriority;
  /** Whether somebody wants to know of good runs too. */
  readonly notifyOnSuccess: boolean;
  /** Milliseconds; longer runs are told of. Null: three times the median. */
  readonly expectedDuration: number | null;
  /** Days after which its log entries are removed, and the entry itself when it is Finished; null: as the option says. */
  readonly keepLogDays: number | null;
  readonly tags: readonly string[];
  /** The number of the user who answers for it; null: nobody in particular. */
  readonly owner: number | null;
  /** The number of the user it runs as: who set it Ready. */
  readonly runAs: number;
  readonly lastReadyState: Date | null;
  /** The error of the last run that failed; null after a good one. */
  readonly error: StoredError | null;
  /** The scheduled task that will run it, or runs it. */
  readonly taskId: string | null;
  /** Why it stands as it does, where the status does not say it; null: nothing to say. */
  readonly note: string | null;
  /** The session of the run that is under way; null: none is. */
  readonly sessionId: number | null;
  readonly sessionStartedAt: Date | null;
  /** Since when it waits in its category; null: it does not. */
  readonly waitingSince: Date | null;
  /** Its place in its category, from when it is given one to the end of the run; null: it holds none. */
  readonly categorySlot: number | null;
  /** Under which name an application declares it; null: people created it. */
  readonly declaredName: string | null;
  /** Grows with every change by a person. */
  readonly version: number;
  /** The number of the user who created it. */
  readonly createdBy: number;
}

/** The record that a codeunit is given when the job queue runs it: declare `record: jobQueueEntryRecord`. */
export const jobQueueEntryRecord = z.object({
  id: z.uuid(),
  entryNo: z.number(),
  object: z.string(),
  description: z.string(),
  parameterString: z.string(),
  /** By the codeunit's own schema; null: none. */
  parameters: z.unknown(),
  /** The row that the run is about; null: none. */
  recordToProcess: z
    .object({ table: z.string(), key: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])) })
    .nullable(),
  /** Which of the entry's own attempts this is; 0 is the first. */
  attempts: z.number(),
  maximumAttempts: z.number(),
});

/** What `jobQueueEntryRecord` yields. */
export type JobQueueEntryRecord = z.output<typeof jobQueueEntryRecord>;

/** The record for a codeunit, of an entry. */
export function recordOf(entry: JobQueueEntry): JobQueueEntryRecord {
  const { id, entryNo, object, description, parameterString, parameters } = entry;
  const { recordToProcess, attempts, maximumAttempts } = entry;
  const what = { id, entryNo, object, description, parameterString, parameters, recordToProcess };
  return { ...what, attempts, maximumAttempts };
}
