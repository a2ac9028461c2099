import type { Executor } from '../database/index.ts';
import { type Clock, SECOND_MS, type Service, serviceOf, storedErrorOf } from '../foundation/index.ts';
import type { Telemetry } from '../telemetry/index.ts';
import { entryDimensions } from './entry-dimensions.ts';
import { type EntryRow, entryOf } from './job-queue-rows.ts';
import { readChanged, wakeChanged } from './table-wake.sql.ts';

/** How often it looks. */
export const WAKE_INTERVAL_MS = 2 * SECOND_MS;

/** What entries are woken with. */
export interface WakingParts {
  readonly database: Executor;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** There is work in a company, for this server instance and the others. */
  readonly wake: (companyNo: number) => void;
}

/** Wakes entries that rest when a table is changed that their object declares. */
export function jobQueueWakingOf(parts: WakingParts): Service {
  const { clock, telemetry } = parts;
  let loop: Promise<void> = Promise.resolve();
  return serviceOf('waking of job queue entries that rest', {
    start: async (signal) => {
      loop = (async () => {
        await clock.sleep(WAKE_INTERVAL_MS, signal);
        while (!signal.aborted) {
          await wakeOnce(parts).catch((error: unknown) =>
            telemetry.emit('NS0061', { reason: storedErrorOf(error).message }),
          );
          await clock.sleep(WAKE_INTERVAL_MS, signal);
        }
      })();
    },
    stop: () => loop,
  });
}

/** One look at all that rest. @returns how many were woken */
export async function wakeOnce({ database, clock, telemetry, wake }: WakingParts): Promise<number> {
  const changed = await database.run<{ id: string }>(readChanged, []);
  let woken = 0;
  for (const { id } of changed) {
    // Each by itself: it holds the locks of one entry.
    const [row] = await database.run<WokenRow>(wakeChanged, [id, clock.pinned()]);
    if (row === undefined) continue; // somebody was faster
    woken++;
    const entry = entryOf(row);
    const dimensions = entryDimensions(entry, { company: { no: row.company_no, name: row.company } });
    telemetry.emit('AL0000FNM', { ...dimensions, oldStatus: RESTING });
    telemetry.emit('AL0000E24', dimensions);
    wake(row.company_no);
  }
  return woken;
}

const RESTING = 'On Hold with Inactivity Timeout';

interface WokenRow extends EntryRow {
  readonly company_no: number;
  readonly company: string;
}
