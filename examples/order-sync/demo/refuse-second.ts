import { statusOfEmbeddedPostgres } from '@nightshift/embedded-postgres';
import pg from 'pg';

/**
 * Leaves when another demonstration is at work on the folder: starting anew would take its database away. A server that
 * nobody uses is left over from one that was killed.
 */
export async function refuseSecond(dataDirectory: string): Promise<void> {
  const { server } = await statusOfEmbeddedPostgres({ dataDirectory });
  if (server === null) return;
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  const { rows } = await client.query(
    `select count(*)::int as users from pg_stat_activity
    where backend_type = 'client backend' and pid <> pg_backend_pid()`,
  );
  await client.end();
  if (rows[0].users === 0) return;
  console.error(`A demonstration is running already on ${dataDirectory}. Stop it first (Ctrl-C).`);
  process.exit(1);
}
