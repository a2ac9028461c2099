import type { Database } from './job-session.ts';
import { countDuplicates, countFailures, countStagedOrders, sumOpenOrders } from './report.sql.ts';

/** The state of the order sync in one company. */
export interface OrderSyncReport {
  /** Orders that were ever staged: the sum of the numbers below it. */
  readonly staged: number;
  readonly processed: number;
  readonly pending: number;
  readonly skipped: number;
  /** Settled by a person. */
  readonly resolved: number;
  /** Failed orders by error code, most frequent first. */
  readonly failed: readonly { readonly code: string; readonly count: number }[];
  /** Attempts that staged orders took in their current version. */
  readonly attempts: number;
  /** Orders that became more than one sales order; anything but 0 is a defect. */
  readonly duplicates: number;
  /** The exact total of the open sales orders by currency, such as `{ EUR: '10234.50' }`. */
  readonly sumByCurrency: Readonly<Record<string, string>>;
}

/** Counts what became of the shop's orders. Reads only. */
export async function orderSyncReport(db: Database): Promise<OrderSyncReport> {
  const statuses = await countStagedOrders(db);
  const countOf = (status: string): number => statuses.find((row) => row.status === status)?.count ?? 0;
  const sums = await sumOpenOrders(db);
  return {
    staged: statuses.reduce((sum, row) => sum + row.count, 0),
    processed: countOf('Processed'),
    pending: countOf('Pending'),
    skipped: countOf('Skipped'),
    resolved: countOf('Resolved'),
    failed: await countFailures(db),
    attempts: statuses.reduce((sum, row) => sum + row.attempts, 0),
    duplicates: await countDuplicates(db),
    sumByCurrency: Object.fromEntries(sums.map((row) => [row.currency, row.total])),
  };
}
