import { z } from 'zod';
import { type Caller, doorOf } from '../session/index.ts';
import { createOwnedTask } from '../task-scheduler/index.ts';
import type { JobQueueEntry } from './job-queue-entry.ts';
import { RUN_TRIGGERS, type RunTrigger } from './job-queue-log-entry.ts';
import { JOB_QUEUE } from './job-queue-service.ts';

/** The main codeunit of every task that the job queue creates. */
export const JOB_QUEUE_DISPATCHER = 'Job Queue Dispatcher';
/** Its failure codeunit. */
export const JOB_QUEUE_ERROR_HANDLER = 'Job Queue Error Handler';

/** Entries always travel by reference: what runs is the entry as it is then. `trigger`: who has asked for this run. */
export const entryReference = z.object({
  entryId: z.uuid(),
  trigger: z.enum(RUN_TRIGGERS).optional(),
});

/** What the task of an entry is told. */
export interface EntryTaskOptions {
  /** Who has asked for this run. Default: its schedule. */
  readonly trigger?: RunTrigger;
  /** False: it waits until its category has a place for it. Default: true. */
  readonly ready?: boolean;
}

/** The task that will run an entry, as the caller. */
export function createEntryTask(
  caller: Caller,
  entry: JobQueueEntry,
  runAt: Date,
  { trigger, ready = true }: EntryTaskOptions = {},
): Promise<string> {
  const { codeunits } = doorOf(caller).service(JOB_QUEUE);
  return createOwnedTask(caller, codeunits.get(JOB_QUEUE_DISPATCHER), {
    failureCodeunit: codeunits.get(JOB_QUEUE_ERROR_HANDLER),
    record: trigger === undefined ? { entryId: entry.id } : { entryId: entry.id, trigger },
    notBefore: runAt,
    timeout: entry.timeout,
    ready,
  });
}
