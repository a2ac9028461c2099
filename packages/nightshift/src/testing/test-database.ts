import pg from 'pg';
import { inject } from 'vitest';
import { randomSecret } from '../foundation/index.ts';
import { APPLICATION_NAME, cloneDatabase, dropDatabase, marksOf, urlOfDatabase } from './test-server.ts';

/** A database of a test's own: a clone of the migrated template. */
export interface TestDatabase {
  readonly name: string;
  /** For `createPlatform` and for connections of the test; the login is a superuser. */
  readonly url: string;
  /** The same over TCP, where passwords count and a chaos proxy can stand between. */
  readonly tcpUrl: string;
  /** Asks the database, as the superuser, outside every session. */
  query<Row = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** Ends the backends, drops the database and the roles of its mark. Idempotent. */
  drop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** What kind of database. */
export interface TestDatabaseOptions {
  /** A database to copy. Default: the template, which has the platform's migrations and nothing else. */
  readonly template?: string;
}

/** Makes a database. It gets a role mark of its own from the first platform that opens it. */
export async function createTestDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const server = inject('nightshiftServer');
  const name = `${server.template}_${randomSecret(4)}`;
  await cloneDatabase(server.url, name, options.template ?? server.template);
  const url = urlOfDatabase(server.url, name);
  const pool = new pg.Pool({ connectionString: url, max: 2, application_name: APPLICATION_NAME });
  pool.on('error', () => undefined); // dropped databases end their connections
  let dropped: Promise<void> | null = null;
  const dropAll = async () => {
    const marks = await marksOf(pool);
    await pool.end();
    await dropDatabase(server.url, name, marks);
  };
  const drop = () => {
    dropped ??= dropAll();
    return dropped;
  };
  return {
    name,
    url,
    tcpUrl: urlOfDatabase(server.tcpUrl ?? server.url, name),
    query: async <Row>(text: string, values: readonly unknown[] = []) =>
      (await pool.query(text, [...values])).rows as Row[],
    drop,
    [Symbol.asyncDispose]: drop,
  };
}

/** Makes an empty database, without any migration. */
export function createEmptyDatabase(): Promise<TestDatabase> {
  return createTestDatabase({ template: 'template0' });
}
