import type pg from 'pg';
import { classifyFailure, type Database, executorOver } from '../database/index.ts';
import { NightshiftError, randomSecret } from '../foundation/index.ts';
import type { Directory } from './directory.ts';
import {
  commonGrants,
  createRole,
  existingRoles,
  forgetInstances,
  grantAllIn,
  grantRole,
  lockEnvironment,
  ownSchema,
  readEnvironment,
  takeOver,
  writeEnvironment,
} from './permissions.sql.ts';

const MARK_BYTES = 3;

/** The names of this database's roles and schemas. All are made of the mark and numbers, so they need no quoting. */
export interface RoleNames {
  readonly mark: string;
  readonly app: string;
  readonly session: string;
  readonly userInCompany: (userNo: number, companyNo: number) => string;
  readonly slot: (number: number) => string;
}

/** Names by mark. */
export function roleNames(mark: string): RoleNames {
  return {
    mark,
    app: `ns_${mark}_app`,
    session: `ns_${mark}_session`,
    userInCompany: (userNo, companyNo) => `ns_${mark}_u${userNo}_c${companyNo}`,
    slot: (number) => `ns_${mark}_s${number}`,
  };
}

/** The schema of a company's tables. */
export function companySchema(companyNo: number): string {
  return `co_${companyNo}`;
}

/**
 * Sees to it that this database has its mark, roles, schemas and grants; harmless when they are there. A copied
 * database gets a mark of its own, so that it shares no role with its origin.
 * @throws NightshiftError DATABASE_RIGHTS when the login may not create roles
 */
export async function ensureRoles(database: Database, directory: Directory): Promise<RoleNames> {
  return database.exclusively(async (client) => {
    await client.query('begin');
    try {
      await client.query(lockEnvironment.text);
      const { mark, originMark } = await ensureMark(client);
      const names = roleNames(mark);
      for (const sql of await steps(client, names, directory)) await client.query(sql);
      if (originMark !== null) await closeToOrigin(client, names, originMark);
      await client.query('commit');
      return names;
    } catch (error) {
      await client.query('rollback').catch(() => undefined);
      if (classifyFailure(error).code !== '42501') throw error;
      throw new NightshiftError(
        'DATABASE_RIGHTS',
        'The database login may not create roles, which keep user code apart from the platform.',
        { field: 'database.url', cause: error },
      );
    }
  });
}

interface Marks {
  readonly mark: string;
  /** The mark of the database that this one was copied from a moment ago; else null. */
  readonly originMark: string | null;
}

async function ensureMark(client: pg.ClientBase): Promise<Marks> {
  const executor = executorOver(client);
  const [row] = await executor.run<{
    mark: string | null;
    database_oid: number | null;
    system_identifier: string | null;
    present_oid: number;
    present_identifier: string;
  }>(readEnvironment, []);
  if (row === undefined) throw new NightshiftError('INTERNAL', 'pg_database lacks the current database.');
  const same = row.database_oid === row.present_oid && row.system_identifier === row.present_identifier;
  if (row.mark !== null && same) return { mark: row.mark, originMark: null };
  const mark = randomSecret(MARK_BYTES);
  if (row.mark !== null) await executor.run(forgetInstances, []);
  await executor.run(writeEnvironment, [mark]);
  return { mark, originMark: row.mark };
}

/** A copy comes with the owner and the grants of its origin, whose roles live on in the same cluster. */
async function closeToOrigin(client: pg.ClientBase, names: RoleNames, originMark: string): Promise<void> {
  const origin = roleNames(originMark);
  const rows = await executorOver(client).run<{ rolname: string }>(existingRoles, [`ns_${originMark}_`]);
  const roles = rows.map(({ rolname }) => rolname);
  if (!roles.includes(origin.app)) return; // copied to another cluster
  for (const sql of takeOver(origin.app, names.app, roles)) await client.query(sql);
}

/** The commands that bring the roles to what they should be; grants are repeated, since a repeat is harmless. */
async function steps(
  client: pg.ClientBase,
  names: RoleNames,
  directory: Directory,
): Promise<readonly string[]> {
  const rows = await executorOver(client).run<{ rolname: string }>(existingRoles, [`ns_${names.mark}_`]);
  const present = new Set(rows.map(({ rolname }) => rolname));
  const create = (name: string) => (present.has(name) ? [] : [createRole(name)]);
  const commands = [
    ...create(names.app),
    ...create(names.session),
    ...commonGrants(names.app, names.session),
  ];
  for (const company of directory.companies) {
    const schema = companySchema(company.no);
    commands.push(...ownSchema(schema, names.app));
    for (const user of directory.users) {
      const role = names.userInCompany(user.no, company.no);
      commands.push(...create(role), grantRole(names.session, role));
      // Until permission sets exist, every user may do everything with the data of every company.
      for (const where of [schema, 'app_shared']) commands.push(...grantAllIn(where, names.app, role));
    }
  }
  return commands;
}
