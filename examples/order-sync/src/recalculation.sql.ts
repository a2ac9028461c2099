import type { Database } from './job-session.ts';

/** Sums up all open sales orders anew, by customer and currency. */
export async function recalculateCustomerSales(db: Database): Promise<number> {
  await db.query('delete from customer_sales');
  const { rowCount } = await db.query(
    `insert into customer_sales (customer_id, currency, orders, total, last_ordered_at)
     select customer_id, currency, count(*), sum(total), max(ordered_at)
       from sales_order where status = 'Open' group by customer_id, currency`,
  );
  return rowCount;
}
