import {
  type Clock,
  HOUR_MS,
  MINUTE_MS,
  SECOND_MS,
  type Service,
  serviceOf,
  storedErrorOf,
} from '../foundation/index.ts';
import { type SystemTaskHours, untilSystemTaskHoursMs } from './system-task-hours.ts';

/** An instance that starts has better things to do first. */
const FIRST_ROUND_MS = 20 * SECOND_MS;

/** Housekeeping that every instance does. */
export interface SystemTask {
  /** One round, which may end early when the instance stops. */
  readonly round: (signal: AbortSignal) => Promise<unknown>;
  /** What is said of a round that failed. */
  readonly onFailed: (reason: string) => void;
}

/** Every instance does a round soon after its start and each hour, within the system task hours; one that failed again soon. */
export function systemTaskOf(
  name: string,
  { clock, options }: { readonly clock: Clock; readonly options: SystemTaskHours },
  { round, onFailed }: SystemTask,
): Service {
  let loop: Promise<void> = Promise.resolve();
  return serviceOf(name, {
    start: async (signal) => {
      loop = (async () => {
        await clock.sleep(FIRST_ROUND_MS, signal);
        while (!signal.aborted) {
          let pause = untilSystemTaskHoursMs(options, clock.now());
          if (pause === 0) {
            pause = HOUR_MS;
            await round(signal).catch((error: unknown) => {
              pause = MINUTE_MS;
              onFailed(storedErrorOf(error).message);
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
