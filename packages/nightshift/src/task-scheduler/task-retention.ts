import type { Executor } from '../database/index.ts';
import {
  type Clock,
  HOUR_MS,
  MINUTE_MS,
  SECOND_MS,
  type Service,
  serviceOf,
  storedErrorOf,
} from '../foundation/index.ts';
import type { Telemetry } from '../telemetry/index.ts';
import { type SystemTaskHours, untilSystemTaskHoursMs } from './system-task-hours.ts';
import { deleteOldFailedTasks } from './task-retention.sql.ts';

/** An instance that starts has better things to do first. */
const FIRST_ROUND_MS = 20 * SECOND_MS;
/** Rows of one statement: each is a transaction of its own, so that a round can stop anywhere and go on later. */
const CHUNK_SIZE_DEFAULT = 1_000;

/** What old failed tasks are removed with. */
export interface TaskRetentionParts {
  readonly database: Executor;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly options: SystemTaskHours & { readonly failedTaskRetentionDays: number };
}

/** Every instance removes failed tasks that are too old, soon after its start and each hour, within the system task hours. */
export function taskRetentionOf(parts: TaskRetentionParts): Service {
  const { clock, telemetry, options } = parts;
  let loop: Promise<void> = Promise.resolve();
  return serviceOf('retention of failed tasks', {
    start: async (signal) => {
      loop = (async () => {
        await clock.sleep(FIRST_ROUND_MS, signal);
        while (!signal.aborted) {
          let pause = untilSystemTaskHoursMs(options, clock.now());
          if (pause === 0) {
            pause = HOUR_MS;
            await removeOldFailedTasks(parts, signal).catch((error: unknown) => {
              pause = MINUTE_MS;
              telemetry.emit('NS0030', { reason: storedErrorOf(error).message });
            });
          }
          // Whoever changes the clock of the server must not keep it waiting for a day.
          await clock.sleep(Math.min(pause, HOUR_MS), signal);
        }
      })();
    },
    stop: () => loop,
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
