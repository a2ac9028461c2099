import type { Executor } from '../database/index.ts';
import type { Clock, Service } from '../foundation/index.ts';
import { type SystemTaskHours, systemTaskOf, untilSystemTaskHoursMs } from '../task-scheduler/index.ts';
import type { Telemetry } from '../telemetry/index.ts';
import type { ReportOptions } from './report-options.ts';
import { deleteOldDocuments } from './reports.sql.ts';

/** Documents of one statement: few, since they are large. */
const CHUNK_SIZE = 100;

/** What is removed by what. */
export interface ReportRetentionParts {
  readonly database: Executor;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** When housekeeping may run. */
  readonly options: SystemTaskHours;
  readonly reports: ReportOptions;
}

/** Every instance removes documents that are too old from the report inbox. */
export function reportRetentionOf(parts: ReportRetentionParts): Service {
  return systemTaskOf('retention of the report inbox', parts, {
    round: async (signal) => void (await removeOldDocuments(parts, signal)),
    onFailed: (reason) => parts.telemetry.emit('NS0075', { reason }),
  });
}

/**
 * One round: chunk after chunk, until none is left, the hours are over or the instance stops.
 * @returns how many were removed
 * @throws the database's error; what was removed until then stays so
 */
export async function removeOldDocuments(
  { database, clock, telemetry, options, reports }: ReportRetentionParts,
  signal?: AbortSignal,
): Promise<number> {
  const days = reports.retentionDays;
  let removed = 0;
  while (signal?.aborted !== true && untilSystemTaskHoursMs(options, clock.now()) === 0) {
    const gone = await database.run(deleteOldDocuments, [clock.pinned(), days, CHUNK_SIZE]);
    removed += gone.length;
    if (gone.length < CHUNK_SIZE) break;
  }
  if (removed > 0) telemetry.emit('NS0074', { documents: removed, days });
  return removed;
}
