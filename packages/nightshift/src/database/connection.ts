import pg from 'pg';
import { parseIntoClientConfig } from 'pg-connection-string';
import { NightshiftError } from '../foundation/index.ts';

/** Where the database is and how this process calls itself there. */
export interface ConnectionSettings {
  /** A `postgresql://` URL; sockets as `?host=/folder`. */
  readonly url: string;
  /** Another database of the same server than the URL's. */
  readonly database?: string;
  /** Shown in `pg_stat_activity`. */
  readonly applicationName: string;
  /** Another login than the URL's: a slot. */
  readonly login?: { readonly user: string; readonly password: string };
  /** Whether it runs statements of user code: they are planned as everywhere, and may take and pause as long as they like. */
  readonly forUserCode?: true;
  /** Schemas, by commas, in which names are looked for. Default: the server's. */
  readonly searchPath?: string;
}

const CONNECT_TIMEOUT_MS = 5_000;
const KEEPALIVE_MS = 10_000;
/** A shared connection that has not answered for this long is lost, even if nobody has said so. */
const ANSWER_MS_MAX = 15_000;
/**
 * Transactions of the platform never pause. One of a process that is frozen or cut off ends after this, before others
 * take its work over: they would wait for its row locks.
 */
const IDLE_IN_TRANSACTION_MS_MAX = 10_000;
const DATE_OID = 1082;

/** How the columns of every answer become values. */
export const VALUE_PARSERS: pg.CustomTypesConfig = {
  // A calendar day is not an instant: `pg` would make it midnight in this process's time zone.
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === DATE_OID
      ? (text: string) => text
      : pg.types.getTypeParser(oid, format as 'text')) as pg.CustomTypesConfig['getTypeParser'],
};

/** The configuration of every connection that Nightshift opens. Days come as text, time stamps as Date, in UTC. */
export function clientConfig(settings: ConnectionSettings, pipeline: boolean): pg.ClientConfig {
  const isOurs = settings.forUserCode !== true;
  /** For single statements of everybody: one that is never answered would hold up all the others. */
  const isShared = isOurs && pipeline;
  return {
    ...parseIntoClientConfig(settings.url),
    ...(settings.database === undefined ? {} : { database: settings.database }),
    ...settings.login,
    application_name: settings.applicationName,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    // Without it the system begins to look after two hours whether the other end is there.
    keepAliveInitialDelayMillis: KEEPALIVE_MS,
    ...(isShared ? { query_timeout: ANSWER_MS_MAX } : {}),
    // The platform's plans are kept for the life of a connection, also those made while a table was empty: none may read
    // it all, nor sort what an index has in order. User code's statements are planned as everywhere.
    options: [
      '-c timezone=UTC',
      ...(isShared ? ['-c enable_seqscan=off -c enable_bitmapscan=off'] : []),
      ...(settings.searchPath === undefined
        ? []
        : [`-c search_path=${settings.searchPath.replaceAll(' ', '\\ ')}`]),
      ...(isOurs ? [`-c idle_in_transaction_session_timeout=${IDLE_IN_TRANSACTION_MS_MAX}`] : []),
    ].join(' '),
    pipeline,
    types: VALUE_PARSERS,
  } as pg.ClientConfig;
}

/**
 * Opens one connection. Errors after that reach `onLost` once; queries in flight reject by themselves.
 * @throws NightshiftError DATABASE_UNAVAILABLE with the address (never the password) and the cause
 */
export async function connect(
  settings: ConnectionSettings,
  pipeline: boolean,
  onLost: (error: Error) => void = () => undefined,
): Promise<pg.Client> {
  const client = new pg.Client(clientConfig(settings, pipeline));
  const state: { connected: boolean; lost: Error | null } = { connected: false, lost: null };
  const loseOnce = (error: Error) => {
    if (state.lost !== null) return;
    state.lost = error;
    // What fails before is told by the rejection; the caller has no client yet that it could lose.
    if (state.connected) onLost(error);
  };
  client.on('error', loseOnce);
  try {
    await client.connect();
    if (state.lost !== null) throw state.lost;
  } catch (error) {
    throw unavailable(settings, error);
  }
  state.connected = true;
  client.on('end', () => loseOnce(new Error('Connection terminated')));
  return client;
}

/** The sentence for a database that cannot be reached, with the reason behind it. */
export function unavailable(settings: ConnectionSettings, error: unknown): NightshiftError {
  const reason = error instanceof AggregateError ? error.errors[0] : error;
  const text = reason instanceof Error ? reason.message : String(reason);
  return new NightshiftError(
    'DATABASE_UNAVAILABLE',
    `The database at ${addressOf(settings.url)} does not answer: ${text}.`,
    { field: 'database.url', cause: error },
  );
}

/** Host and database of a URL, without user and password. */
export function addressOf(url: string): string {
  const { host, port, database } = parseIntoClientConfig(url);
  return `${host ?? 'localhost'}${port === undefined ? '' : `:${port}`}/${database ?? ''}`;
}

/** Checks a database URL at the door. @throws NightshiftError VALIDATION naming `database.url`, without the password */
export function checkedUrl(url: string): string {
  if (typeof url !== 'string' || !/^postgres(ql)?:\/\//.test(url) || url.includes('\0')) throw badUrl();
  try {
    parseIntoClientConfig(url);
  } catch (error) {
    throw badUrl(error);
  }
  return url;
}

function badUrl(cause?: unknown): NightshiftError {
  return new NightshiftError(
    'VALIDATION',
    'The database URL has the form postgresql://user:password@host:5432/database.',
    { field: 'database.url', cause },
  );
}
