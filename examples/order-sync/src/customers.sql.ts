import type { Database } from './job-session.ts';

/** A customer as written. */
export interface CustomerRow {
  readonly reference: string;
  readonly email: string;
  readonly name: string;
  readonly company: string;
  readonly address1: string;
  readonly address2: string;
  readonly postcode: string;
  readonly city: string;
  readonly country: string;
}

/** The id of a customer, null when there is none. */
export async function findCustomerId(db: Database, reference: string): Promise<string | null> {
  const { rows } = await db.query<{ id: string }>(`select id from customer where reference = $1`, [
    reference,
  ]);
  return rows[0]?.id ?? null;
}

/** Writes a customer, or its new data. Answers its id. */
export async function writeCustomer(db: Database, customer: CustomerRow): Promise<string> {
  const { rows } = await db.query<{ id: string }>(
    `insert into customer (reference, email, name, company, address_1, address_2, postcode, city, country)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         on conflict (reference) do update
        set email = excluded.email, name = excluded.name, company = excluded.company,
            address_1 = excluded.address_1, address_2 = excluded.address_2, postcode = excluded.postcode,
            city = excluded.city, country = excluded.country, updated_at = now()
     returning id`,
    [
      customer.reference,
      customer.email,
      customer.name,
      customer.company,
      customer.address1,
      customer.address2,
      customer.postcode,
      customer.city,
      customer.country,
    ],
  );
  const id = rows[0]?.id;
  if (id === undefined) throw new Error('PostgreSQL returned no customer.');
  return id;
}
