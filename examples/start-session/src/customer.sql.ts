import type { SessionDatabase } from 'nightshift';

/** Gives the first customer an address; answers his number, or null when there is no customer. */
export async function changeFirstAddress(db: SessionDatabase, address: string): Promise<string | null> {
  const { rows } = await db.query<{ no: string }>(
    'update customer set address = $1 where no = (select min(no) from customer) returning no',
    [address],
  );
  return rows[0]?.no ?? null;
}

/** The address of the first customer; null when there is no customer. */
export async function firstAddress(db: SessionDatabase): Promise<string | null> {
  const { rows } = await db.query<{ address: string }>('select address from customer order by no limit 1');
  return rows[0]?.address ?? null;
}
