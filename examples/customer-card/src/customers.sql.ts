import type { SessionDatabase } from 'nightshift';

/** A line of the list. */
export interface CustomerLine {
  readonly no: string;
  readonly name: string;
  readonly city: string;
}

/** A customer, as the card shows him. */
export interface Customer extends CustomerLine {
  readonly address: string;
  readonly postCode: string;
  readonly contact: string;
  readonly phone: string;
  readonly paymentTermsDays: number;
  readonly creditLimit: number;
  readonly note: string;
}

/** All customers, by number. */
export async function listCustomers(db: SessionDatabase): Promise<readonly CustomerLine[]> {
  const { rows } = await db.query<CustomerLine>('select no, name, city from customer order by no');
  return rows;
}

/** One customer; null when there is none of that number. */
export async function readCustomer(db: SessionDatabase, no: string): Promise<Customer | null> {
  const { rows } = await db.query<Customer>(
    `select no, name, city, address, post_code as "postCode", contact, phone, payment_terms_days as "paymentTermsDays",
      credit_limit::float8 as "creditLimit", note
    from customer where no = $1`,
    [no],
  );
  return rows[0] ?? null;
}

/** Changes the note of a customer. Answers whether there is one. */
export async function changeNote(db: SessionDatabase, no: string, note: string): Promise<boolean> {
  const { rowCount } = await db.query('update customer set note = $2 where no = $1', [no, note]);
  return rowCount === 1;
}
