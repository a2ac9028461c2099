import type { Database } from '../database/index.ts';
import type { ReportService } from '../reports/index.ts';

/** Documents are large: what is read of the inbox holds up nobody who waits for a quick answer. */
export function reportsApart(database: Database): ReportService['apart'] {
  const { apart } = database;
  return {
    run: (target, values) => apart.run(target, values),
    transaction: (work) => database.transaction(work),
  };
}
