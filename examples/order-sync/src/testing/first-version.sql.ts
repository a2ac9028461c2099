import type { Database } from '../job-session.ts';

/** Books an order as the first version did: a row more, without asking whether it is there. */
export async function bookAtOnce(db: Database, externalId: string): Promise<void> {
  await db.query(
    `insert into customer (reference, email, name, company, address_1, address_2, postcode, city, country)
     values ($1, '', '', '', '', '', '', '', '')`,
    [`order:${externalId}`],
  );
}
