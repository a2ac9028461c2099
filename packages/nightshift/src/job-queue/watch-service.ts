import type { Executor } from '../database/index.ts';
import { type Clock, SECOND_MS, type Service, serviceOf, storedErrorOf } from '../foundation/index.ts';
import type { EventId, Telemetry } from '../telemetry/index.ts';
import { endAlertsOfItems, endWatched, tellOfGoneUsers, tellWatched } from './alert.sql.ts';
import { beginWatch, endWatch } from './watch.sql.ts';
import { watchedCases } from './watch.ts';
import type { WatchCase } from './watch-rules.ts';

/** How often it looks. */
export const WATCH_INTERVAL_MS = 30 * SECOND_MS;
/** Whoever comes so soon after another one need not look: instances do not look at the same moments. */
const SOMEBODY_LOOKED_MS = WATCH_INTERVAL_MS / 2;

const EVENT_OF = {
  overdue: 'NS0050',
  overrun: 'NS0051',
  'nothing-ran': 'NS0052',
} as const satisfies Record<WatchCase['kind'], EventId>;

/** Alerts that one look adds; that nothing runs is told first, and says what a thousand late entries would. */
const ALERTS_MAX = 200;

/** What the watch works with. */
export interface WatchParts {
  readonly database: Executor;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
}

/** Tells once of each entry that is overdue, each run that takes too long, and each company in which nothing runs. */
export function jobQueueWatchOf(parts: WatchParts): Service {
  const { clock, telemetry } = parts;
  let loop: Promise<void> = Promise.resolve();
  return serviceOf('watch over job queue entries', {
    start: async (signal) => {
      loop = (async () => {
        await clock.sleep(WATCH_INTERVAL_MS, signal);
        while (!signal.aborted) {
          await watchOnce(parts).catch((error: unknown) =>
            telemetry.emit('NS0053', { reason: storedErrorOf(error).message }),
          );
          await clock.sleep(WATCH_INTERVAL_MS, signal);
        }
      })();
    },
    stop: () => loop,
  });
}

/**
 * One look at all companies, unless another instance has looked just now. What was told already, by whichever instance, is
 * not told again before it has gone and come back. It is noted as told after it was: whoever dies in between has it told twice.
 */
export async function watchOnce(
  { database, clock, telemetry }: WatchParts,
  pageSize?: number,
): Promise<void> {
  const [look] = await database.run<LookRow>(beginWatch, [clock.pinned(), SOMEBODY_LOOKED_MS]);
  if (look === undefined) return;
  const told = new Set(look.told);
  const present = new Set<string>();
  const cases = await watchedCases(database, clock, pageSize);
  const now = clock.pinned();
  const fresh = cases.filter((one) => !told.has(keyOf(one))).slice(0, ALERTS_MAX);
  const alerts = fresh.map((one) => ({ ...one, key: keyOf(one), byMs: Math.round(one.byMs) }));
  if (alerts.length > 0) await database.run(tellWatched, [JSON.stringify(alerts), now]);
  await database.run(tellOfGoneUsers, [now]);
  await database.run(endAlertsOfItems, [now]);
  for (const one of cases) {
    const key = keyOf(one);
    if (!told.has(key) && !present.has(key)) {
      const { kind, company, entryId, entryNo, object, status, since, byMs } = one;
      const dimensions = { company, entryId, entryNo, object, status, since: since.toISOString(), byMs };
      telemetry.emit(EVENT_OF[kind], dimensions);
    }
    present.add(key);
  }
  const gone = [...told.difference(present)];
  if (gone.length > 0) await database.run(endWatched, [gone, now]);
  if (told.symmetricDifference(present).size > 0) await database.run(endWatch, [look.looks, [...present]]);
}

interface LookRow {
  readonly looks: string;
  readonly told: readonly string[];
}

function keyOf({ kind, company, entryId, since }: WatchCase): string {
  return kind === 'nothing-ran' ? `${kind} ${company}` : `${kind} ${entryId} ${since.getTime()}`;
}
