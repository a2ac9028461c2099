import {
  type ConnectionSettings,
  connect,
  type Database,
  executorOver,
  farewell,
} from '../database/index.ts';
import { makersLast } from './role-makers.ts';
import { roleOfName } from './role-names.ts';
import {
  dropRoles,
  hasEnvironment,
  readDatabases,
  readMark,
  readMarksInUse,
  readOwnMark,
  readRolesByName,
  readRolesOfAllMarks,
} from './roles.sql.ts';

/** Roles that one transaction drops: it holds a lock of the server for each. */
const ROLES_A_TRANSACTION = 200;

/** The roles of one mark that belong to no database. */
export interface OrphanedRoles {
  readonly mark: string;
  readonly roles: readonly string[];
}

/** What was found when all databases of a cluster were looked into. */
export interface OrphanSearch {
  readonly orphans: readonly OrphanedRoles[];
  /** Databases that could not be looked into, and why. What roles own or may do in them counts all the same. */
  readonly unseen: readonly { readonly database: string; readonly reason: string }[];
}

/**
 * Finds roles of databases that are no more: those of marks that no database of the cluster has, and that own nothing and
 * were granted nothing in any of them.
 */
export async function findOrphans(database: Database): Promise<OrphanSearch> {
  // In this order: a mark that comes up meanwhile is in none of the two lists.
  const roles = await database.run<{ name: string }>(readRolesOfAllMarks, []);
  const inUse = await database.run<{ mark: string }>(readMarksInUse, []);
  const living = new Set(inUse.map(({ mark }) => mark));
  const unseen: { database: string; reason: string }[] = [];
  const databases = await database.run<{ name: string; may_connect: boolean }>(readDatabases, []);
  for (const { name, may_connect } of databases) {
    const seen = may_connect
      ? await lookInto(database.settings, name)
      : { reason: 'it takes no connections' };
    if ('reason' in seen) unseen.push({ database: name, reason: seen.reason });
    else if (seen.mark !== null) living.add(seen.mark);
  }
  const byMark = Map.groupBy(
    roles.map(({ name }) => name).filter((name) => roleOfName(name) !== null),
    (name) => roleOfName(name)?.mark ?? '',
  );
  const orphans = [...byMark]
    .filter(([mark]) => !living.has(mark))
    .map(([mark, names]) => ({ mark, roles: names }));
  return { orphans, unseen };
}

async function lookInto(
  settings: ConnectionSettings,
  database: string,
): Promise<{ readonly mark: string | null } | { readonly reason: string }> {
  try {
    const client = await connect({ ...settings, database, applicationName: 'nightshift doctor' }, false);
    try {
      const executor = executorOver(client);
      const [table] = await executor.run<{ present: boolean }>(hasEnvironment, []);
      if (table?.present !== true) return { mark: null };
      const [row] = await executor.run<{ mark: string | null }>(readMark, []);
      return { mark: row?.mark ?? null };
    } finally {
      await farewell(client);
    }
  } catch (error) {
    const { message } =
      error instanceof Error && error.cause instanceof Error ? error.cause : (error as Error);
    return { reason: message };
  }
}

/**
 * Drops roles of one mark. One that owns the tables goes first: while anything in any database depends on it, PostgreSQL
 * refuses, and all of them stay.
 * @returns how many were dropped
 * @throws the database's error
 */
export async function dropRolesOfMark(database: Database, roles: readonly string[]): Promise<number> {
  const isOwner = (name: string) => roleOfName(name)?.part.kind === 'app';
  const ordered = [...roles.filter(isOwner), ...makersLast(roles.filter((name) => !isOwner(name)))];
  let dropped = 0;
  for (let at = 0; at < ordered.length; at += ROLES_A_TRANSACTION) {
    const some = ordered.slice(at, at + ROLES_A_TRANSACTION);
    dropped += await database.transaction(async (tx) => {
      const present = await tx.run<{ name: string }>(readRolesByName, [some]);
      if (present.length > 0) await tx.command(dropRoles(some));
      return present.length;
    });
  }
  return dropped;
}

/** The mark of a database; null when it has none of its own yet. */
export async function ownMark(database: Database): Promise<string | null> {
  const [own] = await database.run<{ mark: string }>(readOwnMark, []);
  return own?.mark ?? null;
}

/** The roles of this cluster that have a mark; those that administer others after them. */
export async function rolesOfMark(database: Database, mark: string): Promise<readonly string[]> {
  const roles = await database.run<{ name: string }>(readRolesOfAllMarks, []);
  return makersLast(roles.map(({ name }) => name).filter((name) => roleOfName(name)?.mark === mark));
}
