import { z } from 'zod';
import { type Caller, doorOf } from '../session/index.ts';
import { createOwnedTask, type PreparedTask, prepareOwnedTask } from '../task-scheduler/index.ts';
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
  options?: EntryTaskOptions,
): Promise<string> {
  return createOwnedTask(caller, dispatcherOf(caller), entryTask(caller, entry, runAt, options));
}

/** The same, for a statement that does more than to insert it. */
export function prepareEntryTask(caller: Caller, entry: JobQueueEntry, runAt: Date): PreparedTask {
  return prepareOwnedTask(caller, dispatcherOf(caller), entryTask(caller, entry, runAt));
}

const dispatcherOf = (caller: Caller) =>
  doorOf(caller).service(JOB_QUEUE).codeunits.get(JOB_QUEUE_DISPATCHER);

function entryTask(
  caller: Caller,
  { id: entryId, timeout }: JobQueueEntry,
  notBefore: Date,
  { trigger, ready = true }: EntryTaskOptions = {},
) {
  const failureCodeunit = doorOf(caller).service(JOB_QUEUE).codeunits.get(JOB_QUEUE_ERROR_HANDLER);
  const record = trigger === undefined ? { entryId } : { entryId, trigger };
  return { failureCodeunit, record, notBefore, timeout, ready };
}
