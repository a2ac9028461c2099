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

const RIGHTS: Readonly<Record<string, string>> = { R: 'select', I: 'insert', M: 'update', D: 'delete' };

/** Makes `client` a user who has these rights (R, I, M, D per table) in the schema, and no others. */
export async function restrictTo(
  client: pg.Client,
  schema: string,
  role: string,
  tables: Readonly<Record<string, string>>,
): Promise<void> {
  const asRole = (text: string): string => text.replace('@', pg.escapeIdentifier(role));
  await client.query(asRole('create role @'));
  await client.query(asRole(withSchema('grant usage on schema % to @', schema)));
  for (const [table, letters] of Object.entries(tables)) {
    const rights = [...letters].map((letter) => RIGHTS[letter]).join(', ');
    await client.query(
      asRole(withSchema(grantText(rights), schema).replace('#', pg.escapeIdentifier(table))),
    );
  }
  await client.query(asRole('set role @'));
}

function grantText(rights: string): string {
  return `grant ${rights} on %.# to @`;
}

/** Removes a role and its rights; its connections must have let go of it. */
export async function dropRole(client: pg.Client, role: string): Promise<void> {
  await client.query('drop owned by @'.replace('@', pg.escapeIdentifier(role)));
  await client.query('drop role @'.replace('@', pg.escapeIdentifier(role)));
}
