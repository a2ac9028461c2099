import type { Executor } from '../database/index.ts';
import { type Clock, SECOND_MS, type Service, serviceOf, storedErrorOf } from '../foundation/index.ts';
import type { EventId, Telemetry } from '../telemetry/index.ts';
import { watchedCases } from './watch.ts';
import type { WatchCase } from './watch-rules.ts';

/** How often it looks. */
export const WATCH_INTERVAL_MS = 30 * SECOND_MS;

const EVENT_OF = {
  overdue: 'NS0050',
  overrun: 'NS0051',
  'nothing-ran': 'NS0052',
} as const satisfies Record<WatchCase['kind'], EventId>;

/** What the watch works with. */
export interface WatchParts {
  readonly database: Executor;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
}

/** Tells once of each entry that is overdue, each run that takes too long, and each company in which nothing runs. */
export function jobQueueWatchOf(parts: WatchParts): Service {
  const { clock, telemetry } = parts;
  let told: ReadonlySet<string> = new Set();
  let loop: Promise<void> = Promise.resolve();
  return serviceOf('watch over job queue entries', {
    start: async (signal) => {
      loop = (async () => {
        await clock.sleep(WATCH_INTERVAL_MS, signal);
        while (!signal.aborted) {
          await watchOnce(parts, told).then(
            (cases) => {
              told = cases;
            },
            (error: unknown) => telemetry.emit('NS0053', { reason: storedErrorOf(error).message }),
          );
          await clock.sleep(WATCH_INTERVAL_MS, signal);
        }
      })();
    },
    stop: () => loop,
  });
}

/** One look at all companies. @returns the cases there are: of those that were told of already, nothing is said again */
export async function watchOnce(
  { database, clock, telemetry }: WatchParts,
  told: ReadonlySet<string>,
): Promise<ReadonlySet<string>> {
  const cases = await watchedCases(database, clock, { companyNo: null, userNo: null });
  for (const one of cases) {
    if (told.has(keyOf(one))) continue;
    const { kind, company, entryId, entryNo, object, status, since, byMs } = one;
    const dimensions = { company, entryId, entryNo, object, status, since: since.toISOString(), byMs };
    telemetry.emit(EVENT_OF[kind], dimensions);
  }
  return new Set(cases.map(keyOf));
}

function keyOf({ kind, company, entryId, since }: WatchCase): string {
  return kind === 'nothing-ran' ? `${kind} ${company}` : `${kind} ${entryId} ${since.getTime()}`;
}
