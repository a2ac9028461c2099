import pg from 'pg';

/** The server of a test run, as the global set-up hands it to the test files. */
export interface TestServer {
  /** How tests connect; the login is a superuser. Names the maintenance database. */
  readonly url: string;
  /** The same over TCP with a password; null when there is no TCP. */
  readonly tcpUrl: string | null;
  /** A database with the platform's migrations, to be cloned. */
  readonly template: string;
}

declare module 'vitest' {
  export interface ProvidedContext {
    readonly nightshiftServer: TestServer;
  }
}

/** What connections of the tests themselves are called. */
export const APPLICATION_NAME = 'nightshift-test';

/** The URL of another database on the same server. */
export function urlOfDatabase(url: string, database: string): string {
  const other = new URL(url);
  other.pathname = `/${database}`;
  return other.href;
}

/** Runs `work` on a connection of its own. */
export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, application_name: APPLICATION_NAME });
  client.on('error', () => undefined); // the statement in flight tells
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/**
 * Clones a database. The origin must have no connections but the idle ones of the tests themselves, which are ended;
 * several clones may be made at once.
 */
export async function cloneDatabase(url: string, name: string, template: string): Promise<void> {
  await withClient(url, async (client) => {
    await client.query(
      `select pg_terminate_backend(pid, 5000) from pg_stat_activity
       where datname = $1 and application_name = $2 and state = 'idle'`,
      [template, APPLICATION_NAME],
    );
    const sql = `create database ${client.escapeIdentifier(name)} template ${client.escapeIdentifier(template)}`;
    await client.query(sql);
  });
}

/** Ends the backends of a database, drops it and the roles of its mark. Harmless when it is gone. */
export async function dropDatabase(url: string, name: string): Promise<void> {
  const marks = await marksOf(url, name);
  await withClient(url, async (client) => {
    const drop = `drop database if exists ${client.escapeIdentifier(name)} with (force)`;
    await client.query(drop);
    for (const mark of marks) await dropRoles(client, mark);
  });
}

/** The marks that a database knows as its own. A copy that never ran still has the mark of its origin. */
async function marksOf(url: string, name: string): Promise<readonly string[]> {
  try {
    const rows = await withClient(urlOfDatabase(url, name), (client) =>
      client.query(`select e.mark from nightshift.environment e join pg_database d
        on d.datname = current_database() and d.oid = e.database_oid`),
    );
    return rows.rows.map(({ mark }) => mark as string);
  } catch {
    return []; // never migrated, or gone
  }
}

async function dropRoles(client: pg.Client, mark: string): Promise<void> {
  const roles = await client.query('select rolname from pg_roles where starts_with(rolname, $1)', [
    `ns_${mark}_`,
  ]);
  const names = roles.rows.map(({ rolname }) => client.escapeIdentifier(rolname as string));
  if (names.length === 0) return;
  const drop = `drop role if exists ${names.join(', ')}`;
  await client.query(drop);
}
