import type { Executor } from '../database/index.ts';
import type { Clock, Service } from '../foundation/index.ts';
import type { Telemetry } from '../telemetry/index.ts';
import { systemTaskOf } from './system-task.ts';
import { type SystemTaskHours, untilSystemTaskHoursMs } from './system-task-hours.ts';
import { deleteOldFailedTasks } from './task-retention.sql.ts';

/** Rows of one statement: each is a transaction of its own, so that a round can stop anywhere and go on later. */
const CHUNK_SIZE_DEFAULT = 1_000;

/** What old failed tasks are removed with. */
export interface TaskRetentionParts {
  readonly database: Executor;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly options: SystemTaskHours & { readonly failedTaskRetentionDays: number };
}

/** Every instance removes failed tasks that are too old. */
export function taskRetentionOf(parts: TaskRetentionParts): Service {
  return systemTaskOf('retention of failed tasks', parts, {
    round: (signal) => removeOldFailedTasks(parts, signal),
    onFailed: (reason) => parts.telemetry.emit('NS0030', { reason }),
  });
}

/**
 * One round: removes chunk after chunk until none is left, the hours are over or the instance stops. Returns how many
 * tasks it removed.
 * @throws the database's error; what was removed until then stays so
 */
export async function removeOldFailedTasks(
  { database, clock, telemetry, options }: TaskRetentionParts,
  signal?: AbortSignal,
  chunkSize = CHUNK_SIZE_DEFAULT,
): Promise<number> {
  const days = options.failedTaskRetentionDays;
  let removed = 0;
  try {
    for (let isMore = true; isMore && signal?.aborted !== true; ) {
      const values = [clock.pinned(), days, chunkSize];
      const gone = await database.run(deleteOldFailedTasks, values);
      removed += gone.length;
      isMore = gone.length === chunkSize && untilSystemTaskHoursMs(options, clock.now()) === 0;
    }
  } finally {
    if (removed > 0) telemetry.emit('NS0019', { tasks: removed, days });
  }
  return removed;
}
