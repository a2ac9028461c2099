import { chmod, mkdtemp, realpath, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { resetEmbeddedPostgres, startEmbeddedPostgres } from '@nightshift/embedded-postgres';
import type { TestProject } from 'vitest/node';
import { migrate, PLATFORM_MIGRATIONS, readMigrationFolder } from '../database/index.ts';
import { MINUTE_MS, randomSecret, systemClock } from '../foundation/index.ts';
import { dropDatabase, marksOf, type TestServer, urlOfDatabase, withClient } from './test-server.ts';

/** Names a server of your own for the tests; its login must be a superuser. Default: an embedded one per run. */
const URL_VARIABLE = 'NIGHTSHIFT_TEST_DATABASE_URL';

/** Speed over safety: nothing in it outlives the run. Many platforms at once need many connections. */
const SETTINGS = Object.freeze({
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_connections: '400',
  shared_buffers: '128MB',
  max_wal_size: '1GB',
  wal_level: 'minimal',
  max_wal_senders: '0',
  autovacuum: 'off',
});

/** Where Linux keeps files in memory: the thousand databases of a run are made and dropped a third faster there. */
const MEMORY_FOLDER = '/dev/shm';
/** What must be free there; a run needs about a quarter of it. */
const MEMORY_BYTES_MIN = 4 * 2 ** 30;

const STOP_MS_MAX = MINUTE_MS;

interface Server {
  readonly url: string;
  readonly tcpUrl: string | null;
  stop(): Promise<void>;
}

let server: Server | null = null;
let made: TestServer | null = null;

/** Starts the server of the run and makes the template. Called by vitest, once a run. */
export async function setup(project: TestProject): Promise<void> {
  const given = process.env[URL_VARIABLE];
  server = given === undefined ? await startScratchServer() : ownServer(given);
  const template = `nightshift_test_${randomSecret(4)}`;
  made = { url: server.url, tcpUrl: server.tcpUrl, template };
  await makeTemplate(made);
  project.provide('nightshiftServer', made);
}

/** Drops what the run has made, also what crashed tests have left, and the server with it. */
export async function teardown(): Promise<void> {
  if (made !== null) await dropDatabases(made);
  await server?.stop();
}

function ownServer(url: string): Server {
  const overTcp = !new URL(url).searchParams.get('host')?.startsWith('/');
  return { url, tcpUrl: overTcp ? url : null, stop: async () => undefined };
}

async function startScratchServer(): Promise<Server> {
  const folder = await realpath(await mkdtemp(path.join(await scratchFolder(), 'ns-test-')));
  await chmod(folder, 0o755); // as root the server runs as nobody, who must get in
  const dataDirectory = path.join(folder, 'postgres');
  const postgres = await startEmbeddedPostgres({ dataDirectory, tcpPort: 0, settings: SETTINGS });
  return {
    url: postgres.url,
    tcpUrl: postgres.tcpUrl,
    stop: () =>
      awake(async () => {
        await postgres.stop({ mode: 'immediate' });
        await resetEmbeddedPostgres({ dataDirectory });
        await rm(folder, { recursive: true, force: true });
      }),
  };
}

async function scratchFolder(): Promise<string> {
  try {
    const { bavail, bsize } = await statfs(MEMORY_FOLDER);
    return bavail * bsize >= MEMORY_BYTES_MIN ? MEMORY_FOLDER : tmpdir();
  } catch {
    return tmpdir(); // not on this system
  }
}

/** Keeps the process from ending before `work` has: a server that stops holds no handle of ours. */
async function awake(work: () => Promise<void>): Promise<void> {
  const done = new AbortController();
  const watch = systemClock.sleep(STOP_MS_MAX, done.signal);
  try {
    await work();
  } finally {
    done.abort();
    await watch;
  }
}

async function makeTemplate({ url, template }: TestServer): Promise<void> {
  await withClient(url, async (client) => {
    const sql = `create database ${client.escapeIdentifier(template)}`;
    await client.query(sql);
  });
  const migrations = await readMigrationFolder(PLATFORM_MIGRATIONS);
  await withClient(urlOfDatabase(url, template), (client) => migrate(client, migrations));
}

async function dropDatabases({ url, template }: TestServer): Promise<void> {
  const left = await withClient(url, (client) =>
    client.query('select datname from pg_database where starts_with(datname, $1) order by datname desc', [
      template,
    ]),
  );
  for (const { datname } of left.rows) {
    const name = datname as string;
    await dropDatabase(url, name, await withClient(urlOfDatabase(url, name), marksOf).catch(() => []));
  }
}
