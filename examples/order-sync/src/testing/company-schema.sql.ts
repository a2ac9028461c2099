import pg from 'pg';

/** Makes the schema of a company. */
export async function createCompanySchema(client: pg.Client, schema: string): Promise<void> {
  await client.query(withSchema('create schema %', schema));
}

/** Removes it with everything in it. */
export async function dropCompanySchema(client: pg.Client, schema: string): Promise<void> {
  await client.query(withSchema('drop schema % cascade', schema));
}

/** Identifiers cannot be parameters; this one is quoted. */
function withSchema(text: string, schema: string): string {
  return text.replace('%', pg.escapeIdentifier(schema));
}
