import { chmod, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@nightshift/embedded-postgres';
import pg from 'pg';

const KEEP_ALIVE_MS = 1_000;

/** A PostgreSQL that lives as long as one benchmark, with the default (durable) settings. */
export interface ScratchPostgres {
  readonly pid: number;
  readonly version: string;
  /** Makes a database of which the name reminds of `purpose`, and gives its URL. */
  database(purpose: string): Promise<string>;
  /** Stops the server and deletes its data. */
  end(): Promise<void>;
}

/** Starts it in a new folder beneath the system's folder for temporary files. */
export async function startScratchPostgres(): Promise<ScratchPostgres> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'nightshift-bench-'));
  // PostgreSQL does not run as root; its own user must reach the folder.
  await chmod(folder, 0o755);
  const server = await startEmbeddedPostgres({ dataDirectory: path.join(folder, 'postgres') });
  const admin = new pg.Client({ connectionString: server.url });
  await admin.connect();
  let made = 0;
  let ending: Promise<void> | null = null;
  const end = async () => {
    await admin.end();
    // The handle does not keep this process alive, and now nothing else does.
    const awake = setInterval(() => undefined, KEEP_ALIVE_MS);
    await server.stop({ mode: 'immediate' });
    clearInterval(awake);
    await rm(folder, { recursive: true, force: true });
  };
  return {
    pid: server.pid,
    version: server.version,
    async database(purpose) {
      const name = `${purpose.replaceAll(/\W/g, '_').toLowerCase()}_${++made}`;
      await admin.query(createDatabase(name));
      return urlOf(server, name);
    },
    end: () => {
      ending ??= end();
      return ending;
    },
  };
}

function createDatabase(name: string): string {
  return `create database ${pg.escapeIdentifier(name)}`;
}

function urlOf(server: EmbeddedPostgres, database: string): string {
  const url = new URL(server.url);
  url.pathname = `/${database}`;
  return url.href;
}
