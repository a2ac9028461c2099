import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { resetEmbeddedPostgres, startEmbeddedPostgres } from '@nightshift/embedded-postgres';
import pg from 'pg';
import { ORDER_SYNC_0001 } from '../order-sync-0001.sql.ts';
import { createCompanySchema, dropCompanySchema } from './company-schema.sql.ts';

/** A PostgreSQL for one test file. */
export interface ScratchServer {
  /** Makes an empty company schema with the application's tables and a connection to it. */
  openCompany(): Promise<ScratchCompany>;
  stop(): Promise<void>;
}

/** The schema of one company. */
export interface ScratchCompany {
  readonly client: pg.Client;
  readonly schema: string;
  /** One more connection to the same company, closed with it. */
  connect(): Promise<pg.Client>;
  close(): Promise<void>;
}

/** Starts the bundled PostgreSQL in a folder of its own, or uses the one of ORDER_SYNC_TEST_DATABASE_URL. */
export async function startScratchServer(): Promise<ScratchServer> {
  const url = process.env['ORDER_SYNC_TEST_DATABASE_URL'];
  if (url !== undefined) return scratchServerOn(url, async () => undefined);
  const folder = await mkdtemp(path.join(tmpdir(), 'order-sync-'));
  // As root the server runs as somebody else, who must be able to enter.
  await chmod(folder, 0o755);
  const dataDirectory = path.join(folder, 'data');
  const server = await startEmbeddedPostgres({ dataDirectory });
  return scratchServerOn(server.url, async () => {
    await server.stop({ mode: 'immediate' });
    await resetEmbeddedPostgres({ dataDirectory });
    await rm(folder, { recursive: true, force: true });
  });
}

function scratchServerOn(url: string, stop: () => Promise<void>): ScratchServer {
  let companies = 0;
  return {
    async openCompany() {
      companies += 1;
      const schema = `company_${process.pid}_${companies}`;
      const clients: pg.Client[] = [];
      const connect = async (): Promise<pg.Client> => {
        const client = new pg.Client({ connectionString: url, options: `-c search_path=${schema}` });
        await client.connect();
        clients.push(client);
        return client;
      };
      const client = await connect();
      await createCompanySchema(client, schema);
      await client.query(ORDER_SYNC_0001);
      return {
        client,
        schema,
        connect,
        async close() {
          await dropCompanySchema(client, schema);
          await Promise.all(clients.map((each) => each.end()));
        },
      };
    },
    stop,
  };
}
