import type { Database } from './job-session.ts';

/** How many orders are in each status, and the attempts they took, each in its latest version. */
export async function countStagedOrders(
  db: Database,
): Promise<{ status: string; count: number; attempts: number }[]> {
  const { rows } = await db.query<{ status: string; count: number; attempts: number }>(
    `select status, count(*)::integer as count, sum(attempts)::integer as attempts
       from (select distinct on (external_id) external_id, status, attempts
               from (select id, external_id, status, attempts from staged_order
                     union all
                     select id, external_id, status, attempts from staged_order_done) every_version
              order by external_id, id desc) latest
      group by status
      order by status`,
  );
  return rows;
}

/** The failed orders by error code, most frequent first, each group with the orders of it. */
export async function readFailures(db: Database): Promise<{ code: string; orders: string[] }[]> {
  const { rows } = await db.query<{ code: string; orders: string[] }>(
    `select error_code as code, array_agg(external_id order by external_id) as orders
       from staged_order
      where status = 'Failed'
      group by error_code
      order by count(*) desc, code`,
  );
  return rows;
}

/** How many orders wait for another attempt. */
export async function countRetrying(db: Database): Promise<number> {
  const { rows } = await db.query<{ retrying: number }>(
    `select count(*)::integer as retrying from staged_order where status = 'Pending' and attempts > 0`,
  );
  return rows[0]?.retrying ?? 0;
}

/** How many sales orders are shipped. */
export async function countShipped(db: Database): Promise<number> {
  const { rows } = await db.query<{ shipped: number }>(
    'select count(tracking_no)::integer as shipped from sales_order',
  );
  return rows[0]?.shipped ?? 0;
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
