import type { Database } from './job-session.ts';

/** What the list of orders is chosen by; null: any. */
export interface OrderChoice {
  readonly status: 'Open' | 'Cancelled' | null;
  /** Calendar days of the order, inclusive, in this time zone. */
  readonly from: string | null;
  readonly to: string | null;
  readonly timeZone: string;
}

/** Sales orders with their customers, the oldest first. */
export async function readOrderList(
  db: Database,
  { status, from, to, timeZone }: OrderChoice,
): Promise<Record<string, unknown>[]> {
  const { rows } = await db.query<Record<string, unknown>>(
    `select o.order_number, c.name as customer, c.city, c.country, o.ordered_at, o.status, o.tracking_no, o.currency, o.tax_total,
      o.total
    from sales_order o join customer c on c.id = o.customer_id
    where ($1::text is null or o.status = $1)
      and ($2::date is null or timezone($4, o.ordered_at)::date >= $2)
      and ($3::date is null or timezone($4, o.ordered_at)::date <= $3)
    order by o.ordered_at, o.id`,
    [status, from, to, timeZone],
  );
  return rows;
}
