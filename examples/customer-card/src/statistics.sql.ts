import type { SessionDatabase } from 'nightshift';

/** Turnover of the last 24 months, oldest first; months without any are zero. */
export async function turnoverByMonth(
  db: SessionDatabase,
  customerNo: string,
): Promise<readonly { readonly month: string; readonly amount: number }[]> {
  const { rows } = await db.query<{ month: string; amount: number }>(
    `with month as (
      select generate_series(date_trunc('month', work_date) - interval '23 months', date_trunc('month', work_date), '1 month')::date
        as first_day from ledger_setup
    )
    select to_char(month.first_day, 'YYYY-MM') as month, coalesce(sum(entry.amount), 0)::float8 as amount
    from month
    left join customer_ledger_entry entry
      on entry.customer_no = $1 and entry.document_type in ('Invoice', 'Credit Memo')
        and entry.posting_date >= month.first_day and entry.posting_date < month.first_day + interval '1 month'
    group by month.first_day order by month.first_day`,
    [customerNo],
  );
  return rows;
}

/** The place of a customer among all, by turnover of 12 months. Reads what everybody has bought. */
export async function turnoverRank(
  db: SessionDatabase,
  customerNo: string,
): Promise<{ readonly rank: number; readonly customers: number }> {
  const { rows } = await db.query<{ rank: number; customers: number }>(
    `with bought as (
      select customer_no, sum(amount) as amount
      from customer_ledger_entry
      where document_type in ('Invoice', 'Credit Memo')
        and posting_date >= (select date_trunc('month', work_date) - interval '11 months' from ledger_setup)
      group by customer_no
    )
    select (count(*) filter (where amount > coalesce((select amount from bought where customer_no = $1), 0)) + 1)::int as rank,
      (select count(*) from customer)::int as customers
    from bought`,
    [customerNo],
  );
  return rows[0] ?? { rank: 0, customers: 0 };
}

/** What is open, and how much of it is overdue by how long. Reads only what the customer has not paid. */
export async function openBalance(db: SessionDatabase, customerNo: string) {
  const { rows } = await db.query<{
    balance: number;
    overdue: number;
    byAge: number[];
    documents: number;
    oldestDays: number;
  }>(
    `with open as (
      select remaining_amount as amount, (select work_date from ledger_setup) - due_date as days_late
      from customer_ledger_entry where customer_no = $1 and remaining_amount <> 0
    )
    select coalesce(sum(amount), 0)::float8 as balance,
      coalesce(sum(amount) filter (where days_late > 0), 0)::float8 as overdue,
      array[
        coalesce(sum(amount) filter (where days_late between 1 and 30), 0),
        coalesce(sum(amount) filter (where days_late between 31 and 60), 0),
        coalesce(sum(amount) filter (where days_late between 61 and 90), 0),
        coalesce(sum(amount) filter (where days_late > 90), 0)
      ]::float8[] as "byAge",
      (count(*) filter (where days_late > 0))::int as documents,
      coalesce(max(days_late) filter (where days_late > 0), 0) as "oldestDays"
    from open`,
    [customerNo],
  );
  return rows[0] ?? { balance: 0, overdue: 0, byAge: [0, 0, 0, 0], documents: 0, oldestDays: 0 };
}

/** How long invoices took to be paid, by the month of the payment, oldest first. Reads what everybody has paid. */
export async function daysToPayByMonth(db: SessionDatabase, customerNo: string) {
  const { rows } = await db.query<{
    month: string;
    days: number;
    payments: number;
    daysOfAll: number;
    paymentsOfAll: number;
  }>(
    `with month as (
      select generate_series(date_trunc('month', work_date) - interval '11 months', date_trunc('month', work_date), '1 month')::date
        as first_day from ledger_setup
    ), paid as (
      select date_trunc('month', closed_on)::date as first_day,
        sum(closed_on - posting_date)::float8 as days_of_all, count(*)::int as payments_of_all,
        sum(closed_on - posting_date) filter (where customer_no = $1)::float8 as days,
        count(*) filter (where customer_no = $1)::int as payments
      from customer_ledger_entry
      where document_type = 'Invoice'
        and closed_on >= (select date_trunc('month', work_date) - interval '11 months' from ledger_setup)
      group by 1
    )
    select to_char(month.first_day, 'YYYY-MM') as month, coalesce(days, 0) as days, coalesce(payments, 0) as payments,
      coalesce(days_of_all, 0) as "daysOfAll", coalesce(payments_of_all, 0) as "paymentsOfAll"
    from month left join paid using (first_day) order by month.first_day`,
    [customerNo],
  );
  return rows;
}
