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
/** Databases that are made or dropped at the same time. */
const MAINTENANCE_MAX = 4;

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
 * several clones may be made at once. The files are copied: through the log it takes three times the CPU.
 */
export async function cloneDatabase(url: string, name: string, template: string): Promise<void> {
  const server = maintenanceOf(url);
  await server.query(
    `select pg_terminate_backend(pid, 5000) from pg_stat_activity
     where datname = $1 and application_name = $2 and state = 'idle'`,
    [template, APPLICATION_NAME],
  );
  const [to, from] = [pg.escapeIdentifier(name), pg.escapeIdentifier(template)];
  const create = `create database ${to} template ${from} strategy file_copy`;
  await server.query(create);
}

/** Ends the backends of a database, drops it and the roles of these marks. Harmless when it is gone. */
export async function dropDatabase(url: string, name: string, marks: readonly string[]): Promise<void> {
  const server = maintenanceOf(url);
  const drop = `drop database if exists ${pg.escapeIdentifier(name)} with (force)`;
  await server.query(drop);
  for (const mark of marks) await dropRoles(server, mark);
}

/** The marks that a database knows as its own. A copy that never ran still has the mark of its origin. */
export async function marksOf(database: pg.Pool | pg.Client): Promise<readonly string[]> {
  try {
    const { rows } = await database.query(`select e.mark from nightshift.environment e join pg_database d
      on d.datname = current_database() and d.oid = e.database_oid`);
    return rows.map(({ mark }) => mark as string);
  } catch {
    return []; // never migrated, or gone
  }
}

/** Connections to the server for databases and roles, which are made and dropped more often than anything: kept open. */
const maintenance = new Map<string, pg.Pool>();

function maintenanceOf(url: string): pg.Pool {
  const known = maintenance.get(url);
  if (known !== undefined) return known;
  const pool = new pg.Pool({
    connectionString: url,
    application_name: APPLICATION_NAME,
    max: MAINTENANCE_MAX,
    allowExitOnIdle: true,
  });
  pool.on('error', () => undefined); // the server has stopped
  maintenance.set(url, pool);
  return pool;
}

async function dropRoles(server: pg.Pool, mark: string): Promise<void> {
  const roles = await server.query('select rolname from pg_roles where starts_with(rolname, $1)', [
    `ns_${mark}_`,
  ]);
  const names = roles.rows.map(({ rolname }) => pg.escapeIdentifier(rolname as string));
  if (names.length === 0) return;
  const drop = `drop role if exists ${names.join(', ')}`;
  await server.query(drop);
}
