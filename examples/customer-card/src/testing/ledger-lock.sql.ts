/** What can run a statement. */
interface Client {
  query(text: string): Promise<{ readonly rows: readonly Record<string, unknown>[] }>;
}

/** Has whoever reads the ledger wait, until `letRead`: so every statistic takes as long as a test needs. */
export async function blockLedger(client: Client): Promise<void> {
  await client.query('begin; lock table co_1.customer_ledger_entry in access exclusive mode');
}

export async function letRead(client: Client): Promise<void> {
  await client.query('rollback');
}

/** The backends that run a statement about the ledger, by their process ids. */
export async function readersOfLedger(client: Client): Promise<readonly number[]> {
  const { rows } = await client.query(
    `select pid from pg_stat_activity
    where state = 'active' and query like '%customer_ledger_entry%' and pid <> pg_backend_pid() and backend_type = 'client backend'
    order by pid`,
  );
  return rows.map(({ pid }) => Number(pid));
}
