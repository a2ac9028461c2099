import { LEDGER_INDEXES } from './customer-card-0001.sql.ts';

/** What can run a statement. */
interface Client {
  query(text: string): Promise<{ readonly rows: readonly Record<string, unknown>[] }>;
}

/**
 * How many rows the ledger has been given. Sequences are in no transaction, so this one tells how far an INSERT is that nobody
 * else can see yet. The schema is that of the first company.
 */
export async function entriesSoFar(client: Client): Promise<number> {
  const { rows } = await client.query(
    `select coalesce(pg_sequence_last_value(pg_get_serial_sequence('co_1.customer_ledger_entry', 'entry_no')::regclass), 0)::int as entries`,
  );
  return Number(rows[0]?.['entries'] ?? 0);
}

/** Makes the indexes, which are quicker made than kept while millions of rows are written; gathers what the planner wants to know. */
export async function prepareForReading(client: Client): Promise<void> {
  for (const index of LEDGER_INDEXES) await client.query(index);
  await client.query('vacuum (analyze) co_1.customer, co_1.customer_ledger_entry, co_1.ledger_setup');
}
