import type { Database } from './job-session.ts';

/** How many staged orders are in each status, and the attempts they took. */
export async function countStagedOrders(
  db: Database,
): Promise<{ status: string; count: number; attempts: number }[]> {
  const { rows } = await db.query<{ status: string; count: number; attempts: number }>(
    `select status, count(*)::integer as count, sum(attempts)::integer as attempts
       from staged_order
      group by status
      order by status`,
  );
  return rows;
}

/** The failed orders by error code, most frequent first. */
export async function countFailures(db: Database): Promise<{ code: string; count: number }[]> {
  const { rows } = await db.query<{ code: string; count: number }>(
    `select error_code as code, count(*)::integer as count
       from staged_order
      where status = 'Failed'
      group by error_code
      order by count desc, code`,
  );
  return rows;
}

/**
 * Orders of the shop that became more than one sales order. Counted by the shop's order key, not by the column that our
 * own unique constraint guards.
 */
export async function countDuplicates(db: Database): Promise<number> {
  const { rows } = await db.query<{ duplicates: number }>(
    `select (count(*) - count(distinct order_key))::integer as duplicates from sales_order`,
  );
  return rows[0]?.duplicates ?? 0;
}

/** The exact sum of the open sales orders, by currency. */
export async function sumOpenOrders(db: Database): Promise<{ currency: string; total: string }[]> {
  const { rows } = await db.query<{ currency: string; total: string }>(
    `select sales_order.currency, round(sum(sales_order.total), currency.minor_units)::text as total
       from sales_order
       join currency on currency.code = sales_order.currency
      where sales_order.status = 'Open'
      group by sales_order.currency, currency.minor_units
      order by sales_order.currency`,
  );
  return rows;
}
