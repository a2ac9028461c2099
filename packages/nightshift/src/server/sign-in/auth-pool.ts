import type { Database } from '../../database/index.ts';
import { ENTER_AUTH_SCHEMA, LEAVE_AUTH_SCHEMA } from './sign-in.sql.ts';

/** A connection as better-auth's query builder takes it. */
interface AuthClient {
  query(text: string, values?: readonly unknown[]): Promise<unknown>;
  release(): void;
}

/**
 * What better-auth takes for a pool of `pg`: the platform's own connections, one at a time and for as long as a query or a
 * transaction of it takes, with its schema before all others.
 */
export function authPool(database: Database) {
  return {
    connect: () => new Promise<AuthClient>((resolve, reject) => borrow(database, resolve).catch(reject)),
    end: async () => undefined,
  };
}

function borrow(database: Database, lend: (client: AuthClient) => void): Promise<void> {
  return database.exclusively(async (client) => {
    await client.query(ENTER_AUTH_SCHEMA);
    try {
      await new Promise<void>((release) => {
        lend({
          query: (text, values) => client.query(text, values === undefined ? [] : [...values]),
          release,
        });
      });
    } finally {
      await client.query(LEAVE_AUTH_SCHEMA);
    }
  });
}
