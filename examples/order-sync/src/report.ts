import type { Database } from './job-session.ts';
import {
  countDuplicates,
  countRetrying,
  countShipped,
  countStagedOrders,
  readFailures,
  sumOpenOrders,
} from './report.sql.ts';

/** The state of the order sync in one company. */
export interface OrderSyncReport {
  /** Orders that were ever staged: the sum of the numbers below it. */
  readonly staged: number;
  readonly processed: number;
  /** Due now or later, or being processed. */
  readonly pending: number;
  /** Those of them that have failed before, and wait for another attempt. */
  readonly retrying: number;
  readonly skipped: number;
  /** Settled by a person. */
  readonly resolved: number;
  /** Failed orders by error code, most frequent first, with their numbers. */
  readonly failed: readonly {
    readonly code: string;
    readonly count: number;
    readonly orders: readonly string[];
  }[];
  /** Attempts that staged orders took in their current version. */
  readonly attempts: number;
  /** Orders that became more than one sales order; anything but 0 is a defect. */
  readonly duplicates: number;
  /** Sales orders that the carrier has. */
  readonly shipped: number;
  /** The exact total of the open sales orders by currency, such as `{ EUR: '10234.50' }`. */
  readonly sumByCurrency: Readonly<Record<string, string>>;
}

/** Counts what became of the shop's orders. Reads only. */
export async function orderSyncReport(db: Database): Promise<OrderSyncReport> {
  const statuses = await countStagedOrders(db);
  const countOf = (status: string): number => statuses.find((row) => row.status === status)?.count ?? 0;
  const failures = await readFailures(db);
  const sums = await sumOpenOrders(db);
  return {
    staged: statuses.reduce((sum, row) => sum + row.count, 0),
    processed: countOf('Processed'),
    pending: countOf('Pending') + countOf('Processing'),
    retrying: await countRetrying(db),
    skipped: countOf('Skipped'),
    resolved: countOf('Resolved'),
    failed: failures.map(({ code, orders }) => ({ code, count: orders.length, orders })),
    attempts: statuses.reduce((sum, row) => sum + row.attempts, 0),
    duplicates: await countDuplicates(db),
    shipped: await countShipped(db),
    sumByCurrency: Object.fromEntries(sums.map((row) => [row.currency, row.total])),
  };
}
