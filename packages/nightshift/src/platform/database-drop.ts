import { addressOf, classifyFailure, type Database, executorOver, openDatabase } from '../database/index.ts';
import { NightshiftError, SECOND_MS } from '../foundation/index.ts';
import { dropRolesOfMark, ownMark, rolesOfMark } from '../permissions/index.ts';
import { LEASE_MS } from '../task-scheduler/index.ts';
import {
  countLiveInstances,
  dropDatabaseCommand,
  emptyDatabaseCommands,
  hasNightshift,
  IN_USE,
  listCompanySchemas,
} from './database-drop.sql.ts';

/** What dropping a database would do, or did. */
export interface DatabaseDrop {
  /** Host and database. */
  readonly address: string;
  readonly database: string;
  /** Of its roles; null: it has none, since no platform ever ran on it. */
  readonly mark: string | null;
  readonly roles: number;
  /** Whether our login may drop it, and not only what is in it. */
  readonly isOwner: boolean;
  /** Server instances that are alive. */
  readonly instances: number;
}

/** What is left of a database after it was dropped. */
export interface DroppedDatabase extends DatabaseDrop {
  /** `emptied`: our login may not drop databases here, so everything of Nightshift and of its companies was taken out. */
  readonly result: 'dropped' | 'emptied';
}

/** The database in which one connects to drop another one. */
const MAINTENANCE_DATABASE = 'postgres';

/** Says what would be dropped. @throws NightshiftError DATABASE_UNAVAILABLE */
export async function examineDrop(url: string): Promise<DatabaseDrop> {
  return withDatabase(url, undefined, examine);
}

/**
 * Drops a database with everything in it, and the roles of the cluster that are its own. Where the login may not drop
 * databases, what Nightshift has made is taken out of it, with the tables of all companies.
 * @param force also while server instances run; their connections end
 * @throws NightshiftError CONFLICT when server instances run or somebody else is in it; DATABASE_RIGHTS, DATABASE_UNAVAILABLE
 */
export async function dropDatabase(url: string, force: boolean): Promise<DroppedDatabase> {
  const found = await examineDrop(url);
  if (found.instances > 0 && !force) {
    const text = `${found.instances} server instances run on ${found.address}; stop them first, or give --force.`;
    throw new NightshiftError('CONFLICT', text, { details: { instances: found.instances } });
  }
  if (found.database === MAINTENANCE_DATABASE || !found.isOwner) return empty(url, found);
  await drop(url, found);
  const roles = await withDatabase(url, MAINTENANCE_DATABASE, (database) =>
    dropOwnRoles(database, found.mark),
  );
  return { ...found, roles, result: 'dropped' };
}

async function withDatabase<T>(
  url: string,
  name: string | undefined,
  work: (database: Database) => Promise<T>,
): Promise<T> {
  const other = name === undefined ? {} : { database: name };
  const database = await openDatabase({ url, ...other, applicationName: 'nightshift db drop' });
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

async function examine(database: Database): Promise<DatabaseDrop> {
  const [here] = await database.run<{ database: string; present: boolean; is_owner: boolean }>(
    hasNightshift,
    [],
  );
  if (here === undefined) throw new NightshiftError('INTERNAL', 'The database does not tell its name.');
  const facts = {
    address: addressOf(database.settings.url),
    database: here.database,
    isOwner: here.is_owner,
  };
  if (!here.present) return { ...facts, mark: null, roles: 0, instances: 0 };
  const [live] = await database.run<{ instances: number }>(countLiveInstances, [LEASE_MS / SECOND_MS]);
  const mark = await ownMark(database);
  const roles = mark === null ? [] : await rolesOfMark(database, mark);
  return { ...facts, mark, roles: roles.length, instances: live?.instances ?? 0 };
}

/** @throws NightshiftError CONFLICT when somebody is in it whom our login may not disconnect */
async function drop(url: string, { database: name }: DatabaseDrop): Promise<void> {
  try {
    await withDatabase(url, MAINTENANCE_DATABASE, (database) =>
      database.exclusively((client) => client.query(dropDatabaseCommand(name))),
    );
  } catch (error) {
    if (!IN_USE.includes(classifyFailure(error).code)) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    const text = `Database ${name} is in use and was not dropped: ${reason}.`;
    throw new NightshiftError('CONFLICT', text, { cause: error });
  }
}

async function dropOwnRoles(database: Database, mark: string | null): Promise<number> {
  return mark === null ? 0 : dropRolesOfMark(database, await rolesOfMark(database, mark));
}

async function empty(url: string, found: DatabaseDrop): Promise<DroppedDatabase> {
  return withDatabase(url, undefined, async (database) => {
    const roles = found.mark === null ? [] : await rolesOfMark(database, found.mark);
    try {
      await database.exclusively(async (client) => {
        const companies = await executorOver(client).run<{ name: string }>(listCompanySchemas, []);
        const names = companies.map(({ name }) => name);
        for (const sql of emptyDatabaseCommands(names, roles)) await client.query(sql);
      });
      return { ...found, roles: await dropRolesOfMark(database, roles), result: 'emptied' };
    } catch (error) {
      if (classifyFailure(error).code !== '42501') throw error;
      const text = 'The database login may drop neither the database nor what is in it.';
      throw new NightshiftError('DATABASE_RIGHTS', text, { field: 'database.url', cause: error });
    }
  });
}
