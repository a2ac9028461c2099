/** What can run a statement. */
interface Client {
  query(text: string, values: readonly string[]): Promise<unknown>;
}

/** Adds a company by hand. */
export async function addCompany(client: Client, name: string): Promise<void> {
  await client.query('insert into nightshift.company (name) values ($1)', [name]);
}
