import pg from 'pg';
import { realPathOfExisting } from './access.ts';
import { readMarker, SUPERUSER } from './data-directory.ts';
import { EmbeddedPostgresError, errorCodeOf } from './errors.ts';
import type { Place } from './place.ts';
import type { PostmasterFile } from './postmaster.ts';

/** How to reach a server, and what it says of itself. */
export interface Server {
  readonly pid: number;
  /** The full version, such as `18.4`. */
  readonly version: string;
  /** By the socket where there is one, else by TCP. */
  readonly url: string;
  /** By TCP on 127.0.0.1 with the password in it; null when TCP is off. */
  readonly tcpUrl: string | null;
  /** The TCP port; null when TCP is off. */
  readonly port: number | null;
  /** Null where there are no Unix sockets. */
  readonly socketDirectory: string | null;
}

/** What came of an attempt to connect. The client of `connected` is open, and counts as a user of the server. */
export type Attempt =
  | { readonly kind: 'connected'; readonly client: pg.Client; readonly server: Server }
  /** It answers, but is starting up, recovering or shutting down. */
  | { readonly kind: 'busy' }
  /** Nobody answers, or somebody else does. */
  | { readonly kind: 'silent' };

/** The `application_name` of the connection by which a handle shows that it uses the server. */
export const PRESENCE_NAME = 'nightshift-embedded-postgres';

/** A local server that is well answers in a millisecond; this long an ailing one is waited for. */
export const CONNECT_TIMEOUT_MS = 5_000;

const MAINTENANCE_DATABASE = 'postgres';

const SILENCE_CODES = ['ECONNREFUSED', 'ENOENT', 'ECONNRESET', 'ENOTSOCK', 'ENOTDIR', 'EPIPE'];
/** `cannot_connect_now`, and what a server sends that is just going down. */
const BUSY_CODES = ['57P03', '57P01', '57P02'];

/** Missing in the types of `pg`. */
type ReferencedClient = pg.Client & { ref(): void; unref(): void };

interface Target {
  readonly host: string;
  readonly port: number;
  readonly password: string | undefined;
}

/**
 * Connects to the server in the file and asks whether it is the one of this data folder. This is the only proof that
 * a server runs: process numbers are reused, and zombies keep theirs.
 *
 * @throws EmbeddedPostgresError `START_FAILED` when a server answers but does not let us in
 */
export async function tryToConnect(place: Place, file: PostmasterFile): Promise<Attempt> {
  const target = await targetOf(place, file);
  if (target === null) return { kind: 'silent' };
  const client = new pg.Client({
    ...target,
    user: SUPERUSER,
    database: MAINTENANCE_DATABASE,
    ssl: false,
    application_name: PRESENCE_NAME,
    // A handle may be held for days without a word.
    options: '-c idle_session_timeout=0',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  });
  // A server that goes away later is no reason to crash its users' process.
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query<{ directory: string; version: string }>(
      `select current_setting('data_directory') as directory, current_setting('server_version') as version`,
    );
    const row = rows[0];
    if (row !== undefined && (await realPathOfExisting(row.directory)) === place.dataDirectory) {
      return { kind: 'connected', client, server: await describe(place, file, row.version) };
    }
    await client.end();
    return { kind: 'silent' };
  } catch (error) {
    await client.end().catch(() => {});
    return classify(place, error);
  }
}

/** Lets this process end although the connection is open. */
export function letProcessEnd(client: pg.Client): void {
  (client as ReferencedClient).unref();
}

/** Undoes {@link letProcessEnd}: a promise about this connection would not keep the process alive. */
export function keepProcessAlive(client: pg.Client): void {
  (client as ReferencedClient).ref();
}

/** True when nobody but this client is connected to the server. */
export async function isAlone(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ others: number }>(
    `select count(*)::int as others
       from pg_stat_activity
      where backend_type in ('client backend', 'walsender')
        and pid <> pg_backend_pid()`,
  );
  return rows[0]?.others === 0;
}

/**
 * The URL of a database by its Unix socket. The name of the machine is a placeholder which `pg` and libpq override by
 * the parameter `host`; without it `new URL(url)` would refuse the text.
 */
export function socketUrl(socketDirectory: string, port: number): string {
  return `postgresql://${SUPERUSER}@localhost:${port}/${MAINTENANCE_DATABASE}?host=${encodeURIComponent(socketDirectory)}`;
}

async function describe(place: Place, file: PostmasterFile, version: string): Promise<Server> {
  const tcpPort = file.listenAddress === null ? null : file.port;
  const tcpUrl =
    tcpPort === null
      ? null
      : `postgresql://${SUPERUSER}:${(await readMarker(place.dataDirectory)).password}` +
        `@127.0.0.1:${tcpPort}/${MAINTENANCE_DATABASE}`;
  const bySocket =
    file.socketDirectory === null || file.port === null ? null : socketUrl(file.socketDirectory, file.port);
  return {
    pid: file.pid,
    version: version.split(' ')[0] ?? version,
    url: bySocket ?? tcpUrl ?? '',
    tcpUrl,
    port: tcpPort,
    socketDirectory: file.socketDirectory,
  };
}

async function targetOf(place: Place, file: PostmasterFile): Promise<Target | null> {
  if (file.port === null) return null;
  if (file.socketDirectory !== null)
    return { host: file.socketDirectory, port: file.port, password: undefined };
  if (file.listenAddress === null) return null;
  const { password } = await readMarker(place.dataDirectory);
  return { host: '127.0.0.1', port: file.port, password };
}

function classify(place: Place, error: unknown): Attempt {
  const code = errorCodeOf(error);
  if (code !== null && BUSY_CODES.includes(code)) return { kind: 'busy' };
  // An error of pg itself, such as a time-out or an end of the connection, has no code.
  if (code === null || SILENCE_CODES.includes(code)) return { kind: 'silent' };
  throw new EmbeddedPostgresError(
    'START_FAILED',
    `A server runs on ${place.dataDirectory}, but does not let us in (${code}: ${String(error)}). ` +
      'Stop it, or undo the change that keeps us out.',
    { path: place.dataDirectory, cause: error },
  );
}
