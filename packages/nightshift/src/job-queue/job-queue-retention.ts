import type { Executor, Statement } from '../database/index.ts';
import type { Clock, Service } from '../foundation/index.ts';
import { type SystemTaskHours, systemTaskOf, untilSystemTaskHoursMs } from '../task-scheduler/index.ts';
import type { Telemetry } from '../telemetry/index.ts';
import { deleteOldAlerts } from './alert.sql.ts';
import type { JobQueueOptions } from './job-queue-options.ts';
import {
  applyKeepLogDays,
  deleteOldFinishedEntries,
  deleteOldFinishedEntriesOfTheirOwn,
  deleteOldLogEntries,
  deleteOldLogEntriesOfTheirOwn,
} from './job-queue-retention.sql.ts';

/** Rows of one statement: each is a transaction of its own, so that a round can stop anywhere and go on later. */
const CHUNK_SIZE_DEFAULT = 1_000;

/** What is removed by what. */
export interface JobQueueRetentionParts {
  readonly database: Executor;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** When housekeeping may run. */
  readonly options: SystemTaskHours;
  readonly jobQueue: JobQueueOptions;
}

/** What a round has removed. */
export interface Removed {
  readonly logEntries: number;
  readonly entries: number;
}

/** Every instance removes log entries, Finished entries and alerts that are too old. */
export function jobQueueRetentionOf(parts: JobQueueRetentionParts): Service {
  return systemTaskOf('retention of the job queue', parts, {
    async round(signal) {
      await removeOldOfJobQueue(parts, signal);
      await removeOldAlerts(parts, signal);
    },
    onFailed: (reason) => parts.telemetry.emit('NS0055', { reason }),
  });
}

/**
 * One round: what entries say since the last one is told to their log entries, then what is too old is removed, chunk after
 * chunk, until none is left, the hours are over or the instance stops.
 * @throws the database's error; what was removed until then stays so
 */
export async function removeOldOfJobQueue(
  { database, clock, telemetry, options, jobQueue }: JobQueueRetentionParts,
  signal?: AbortSignal,
  chunkSize = CHUNK_SIZE_DEFAULT,
): Promise<Removed> {
  const days = jobQueue.logRetentionDays;
  const removed = { logEntries: 0, entries: 0 };
  const mayGoOn = () => signal?.aborted !== true && untilSystemTaskHoursMs(options, clock.now()) === 0;
  const remove = async (what: keyof Removed, target: Statement, values: readonly unknown[]) => {
    for (let isMore = true; isMore && mayGoOn(); ) {
      const gone = await database.run(target, [clock.pinned(), ...values, chunkSize]);
      removed[what] += gone.length;
      isMore = gone.length === chunkSize;
    }
  };
  try {
    while (mayGoOn() && (await database.run(applyKeepLogDays, [chunkSize])).length > 0);
    await remove('logEntries', deleteOldLogEntries, [days]);
    await remove('logEntries', deleteOldLogEntriesOfTheirOwn, []);
    await remove('entries', deleteOldFinishedEntries, [days]);
    await remove('entries', deleteOldFinishedEntriesOfTheirOwn, []);
  } finally {
    if (removed.logEntries + removed.entries > 0) telemetry.emit('NS0054', { ...removed, days });
  }
  return removed;
}

/** Removes alerts as old as log entries that are removed, chunk after chunk. @throws the database's error */
export async function removeOldAlerts(
  { database, clock, options, jobQueue }: JobQueueRetentionParts,
  signal?: AbortSignal,
): Promise<void> {
  const values = [clock.pinned(), jobQueue.logRetentionDays, CHUNK_SIZE_DEFAULT];
  while (signal?.aborted !== true && untilSystemTaskHoursMs(options, clock.now()) === 0) {
    const gone = await database.run(deleteOldAlerts, values);
    if (gone.length < CHUNK_SIZE_DEFAULT) return;
  }
}
