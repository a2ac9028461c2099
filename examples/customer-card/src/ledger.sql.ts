import type { SessionDatabase } from 'nightshift';

/** Customers get numbers from 10000 up, made-up names and addresses; `$1`: how many. */
const FILL_CUSTOMERS = `
insert into customer (no, name, address, post_code, city, contact, phone, payment_terms_days, credit_limit)
select (9999 + i)::text,
  (array['Adatum', 'Alpine', 'Blue Yonder', 'Coho', 'Contoso', 'Fabrikam', 'Fourth Coffee', 'Graphic', 'Harbour', 'Humongous',
    'Lakeside', 'Litware', 'Lucerne', 'Margie’s', 'Nordic', 'Northwind', 'Oakwood', 'Proseware', 'Relecloud', 'Silverline',
    'Southridge', 'Tailspin', 'Trey', 'Wide World', 'Wingtip', 'Woodgrove', 'Zenith'])[1 + i * 7 % 27]
  || ' ' || (array['Sports', 'Winery', 'Traders', 'Furniture', 'Design', 'Airlines', 'Pharma', 'Publishing', 'Research', 'Video',
    'Toys', 'Insurance', 'Imports', 'Foods', 'Instruments', 'Books', 'Machines', 'Textiles', 'Optics', 'Paper', 'Garden', 'Marine',
    'Glass'])[1 + i * 11 % 23]
  || ' ' || (array['Ltd.', 'AG', 'GmbH', 'Inc.', 'S.A.', 'B.V.', 'Oy'])[1 + i * 3 % 7],
  (array['Station Road', 'High Street', 'Kirchgasse', 'Rue du Port', 'Via Roma', 'Harbour Lane', 'Lindenallee', 'Mill Street',
    'Storgatan', 'Keizersgracht', 'Market Square'])[1 + i * 5 % 11] || ' ' || 1 + i * 13 % 190,
  lpad((10000 + i * 37 % 89999)::text, 5, '0'),
  (array['Amsterdam', 'Basel', 'Bergen', 'Bologna', 'Bristol', 'Brno', 'Cork', 'Dresden', 'Gent', 'Graz', 'Helsinki', 'Leeds',
    'Lyon', 'Malmö', 'Porto', 'Riga', 'Tartu', 'Utrecht', 'Valencia'])[1 + i * 17 % 19],
  (array['Anna', 'Ben', 'Carla', 'David', 'Eva', 'Finn', 'Greta', 'Hugo', 'Ida', 'Jonas', 'Karin', 'Leo', 'Mia'])[1 + i * 5 % 13]
  || ' ' || (array['Berg', 'Cole', 'Dahl', 'Evans', 'Frei', 'Grant', 'Holm', 'Ivers', 'Jansen', 'Keller', 'Lind'])[1 + i * 3 % 11],
  '+00 555 ' || lpad((i * 7919 % 1000000)::text, 6, '0'),
  (array[14, 30, 30, 45, 60])[1 + i * 3 % 5],
  (array[5000, 10000, 25000, 50000, 100000])[1 + i * 7 % 5]
from generate_series(1, $1::int) i order by i
`;

/**
 * The ledger: `$1` rows, of `$2` customers, over the 36 months up to the last day of last month. Row by row an invoice (or credit
 * memo) and its payment, or a reminder while it is not paid. Nothing is random: the hash of the number of the pair decides, so that
 * every run makes the same. Few customers buy most, all more in some seasons, and some pay later from year to year.
 */
const FILL_LEDGER = `
insert into customer_ledger_entry
  (customer_no, document_type, document_no, posting_date, due_date, amount, remaining_amount, closed_on)
select customer_no, kind, left(kind, 1) || pair,
  case kind when 'Payment' then paid_on when 'Reminder' then least(posted + terms + 10, last_day) else posted end,
  posted + terms,
  case kind when 'Payment' then -amount when 'Reminder' then 5 else amount end,
  case when is_paid then 0 when kind = 'Reminder' then 5 else amount end,
  case when is_paid then paid_on end
from (
  select pair, (10000 + customer)::text as customer_no, posted, terms, last_day, paid_on, paid_on <= last_day as is_paid,
    case when is_credit then 'Credit Memo' else 'Invoice' end as sold_as,
    (case when is_credit then -1 else 1 end * (30 + 970 * size * size) * (0.4 + (customer * 31 % 17)::float8 / 8)
      * (1 + 0.3 * sin((posted - first_day) / 58.1 + customer % 3)))::numeric(19,2) as amount
  from (
    select pair, customer, posted, size, first_day, last_day, (array[14, 30, 30, 45, 60])[1 + (customer + 1) * 3 % 5] as terms,
      size > 0.05 and size < 0.09 as is_credit,
      posted + greatest(1, 6 + customer * 13 % 48 + (late * late * 30)::int - 8
        + (customer % 5 - 1) * (posted - first_day) / 130 + case when late > 0.985 then 400 else 0 end) as paid_on
    from (
      select pair, size, late, first_day, last_day, ((floor(power(who, 2.6) * customers)::bigint * 1237 + 511) % customers)::int as customer,
        first_day + floor(power(pair::float8 / pairs, 0.9) * (last_day - first_day))::int as posted
      from (
        select pair, $2::bigint as customers, ($1::bigint + 1) / 2 as pairs, first_day, last_day,
          (hashint8extended(pair, 1) & 16777215)::float8 / 16777216 as who,
          (hashint8extended(pair, 2) & 16777215)::float8 / 16777216 as size,
          (hashint8extended(pair, 3) & 16777215)::float8 / 16777216 as late
        from (select work_date as last_day, (work_date + 1 - interval '36 months')::date as first_day from ledger_setup offset 0) days,
          generate_series(1, ($1::bigint + 1) / 2) pair
        offset 0
      ) dice offset 0
    ) sold offset 0
  ) paid offset 0
) pairs
cross join lateral (select case row when 1 then sold_as when 2 then case when is_paid then 'Payment' else 'Reminder' end end as kind
  from (values (1), (2)) rows (row)) row
limit $1::bigint
`;

/** Fills the tables, which are empty. */
export async function fillTables(db: SessionDatabase, customers: number, entries: number): Promise<void> {
  await db.query(FILL_CUSTOMERS, [customers]);
  await db.query(
    `insert into ledger_setup (work_date, entries) values ((date_trunc('month', current_date) - interval '1 day')::date, $1)`,
    [entries],
  );
  await db.query(FILL_LEDGER, [entries, customers]);
}

/** How many customers and entries there are; null: none yet. */
export async function readSize(
  db: SessionDatabase,
): Promise<{ readonly customers: number; readonly entries: number } | null> {
  const { rows } = await db.query<{ customers: number; entries: number }>(
    'select (select count(*) from customer)::int as customers, entries::int from ledger_setup',
  );
  return rows[0] ?? null;
}
