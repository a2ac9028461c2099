import { addressOf, type Database } from '../database/index.ts';
import { NightshiftError } from '../foundation/index.ts';
import { readEnvironmentState } from './environment.sql.ts';

/** Longest name of an environment that can be given, in characters. */
export const ENVIRONMENT_NAME_LENGTH_MAX = 100;

/** What to do about a server instance that is held. */
export const RELEASE_HELP =
  'When its tasks may run here, release it with "nightshift environment release"; until then it runs none.';

/** What a platform is configured for. */
export interface ConfiguredEnvironment {
  readonly name: string;
  /** Whether somebody gave the name; else it is the address of the database. */
  readonly given: boolean;
}

/** What a database says of itself, compared with what it is. */
export interface EnvironmentFacts {
  /** Null until the first server instance has started. */
  readonly name: string | null;
  /** Whether it is the database that was approved; `new` while none was. */
  readonly identity: 'new' | 'approved' | 'other-database' | 'other-server';
}

/**
 * The environment of the options.
 * @param place the address of the database, for who gives no name: its URL and, of the embedded PostgreSQL, its folder
 * @throws NightshiftError VALIDATION naming `environment`
 */
export function environmentOf(
  given: string | undefined,
  place: { readonly url: string; readonly dataDirectory: string | null },
): ConfiguredEnvironment {
  if (given !== undefined) return { name: checkedName(given, 'environment'), given: true };
  return { name: place.dataDirectory ?? plainAddress(place.url), given: false };
}

/** @throws NightshiftError VALIDATION naming the field when the text is no name of an environment */
export function checkedName(name: unknown, field: string): string {
  const isName =
    typeof name === 'string' &&
    name !== '' &&
    name === name.trim() &&
    name.length <= ENVIRONMENT_NAME_LENGTH_MAX &&
    !/\p{C}/u.test(name);
  if (isName) return name;
  throw new NightshiftError(
    'VALIDATION',
    `The name of an environment is text of 1 to ${ENVIRONMENT_NAME_LENGTH_MAX} characters without control characters, such as production.`,
    { field },
  );
}

/** Why a server instance must not run tasks on such a database until a person releases it; null when it may. Pure. */
export function heldBecause({ name, identity }: EnvironmentFacts, configured: string): string | null {
  const unapproved = whyUnapproved({ name, identity });
  if (unapproved !== null) return unapproved;
  if (name === null || name === configured) return null;
  return `The database belongs to environment "${name}", and this server instance is configured for "${configured}": the database was moved or copied, or one of the two names is wrong.`;
}

/** Why this is not the database that was approved; null when it is, or when none was. Pure. */
export function whyUnapproved({ name, identity }: EnvironmentFacts): string | null {
  const origin = name === null ? 'the one that was in use' : `that of environment "${name}"`;
  if (identity === 'other-server')
    return `The database is a copy of ${origin}, or was restored or upgraded: it was approved on another PostgreSQL server.`;
  if (identity === 'other-database')
    return `The database is a copy of ${origin}, or was restored: another database of this PostgreSQL server was approved.`;
  return null;
}

/** Asks the database. */
export async function readEnvironmentFacts(database: Pick<Database, 'run'>): Promise<EnvironmentFacts> {
  const [row] = await database.run<{
    name: string | null;
    is_new: boolean;
    same_database: boolean | null;
    same_server: boolean | null;
  }>(readEnvironmentState, []);
  if (row === undefined) throw new NightshiftError('INTERNAL', 'pg_database lacks the current database.');
  const { name } = row;
  if (row.is_new) return { name, identity: 'new' };
  if (row.same_server !== true) return { name, identity: 'other-server' };
  return { name, identity: row.same_database === true ? 'approved' : 'other-database' };
}

/** One spelling for addresses that are the same at a glance. */
function plainAddress(url: string): string {
  const address = addressOf(url);
  if (address.startsWith('/')) return address; // a socket
  const slash = address.indexOf('/');
  const host = address
    .slice(0, slash)
    .toLowerCase()
    .replace(/^(?:127\.0\.0\.1|\[?::1\]?)(?=:|$)/, 'localhost')
    .replace(/:5432$/, '');
  return host + address.slice(slash);
}
