import pg from 'pg';
import { classifyFailure, type Database, executorOver } from '../database/index.ts';
import { NightshiftError, randomSecret } from '../foundation/index.ts';
import type { Directory } from './directory.ts';
import { readLogin } from './enforcement.sql.ts';
import {
  adoptApplication,
  type Enforcement,
  type EnforcementWish,
  settleEnforcement,
} from './enforcement.ts';
import {
  commonGrants,
  existingRoles,
  forgetInstances,
  lockEnvironment,
  ownSchema,
  readEnvironment,
  renewMakersSchema,
  takeOver,
  writeEnvironment,
} from './permissions.sql.ts';
import { isMaker } from './role-makers.ts';
import { companySchema, type RoleNames, roleNames } from './role-names.ts';
import { createRole, readRolesByName } from './roles.sql.ts';

const MARK_BYTES = 3;

/**
 * Sees to it that this database has its mark, the roles on which all others rest, and the schemas of its companies;
 * harmless when they are there. A copied database gets a mark of its own, so that it shares no role with its origin.
 * The roles of users and permission sets are made when they are first needed: see `roleForIdentity`. Where codeunits
 * enforce there are no roles, and what the application has belongs to our login.
 * @param wish Default: as the database is set up
 * @throws NightshiftError DATABASE_RIGHTS when the login may not create roles; CONFLICT as `settleEnforcement`
 */
export async function ensureRoles(
  database: Database,
  directory: Directory,
  wish: EnforcementWish = { enforcement: null, mayChange: true },
): Promise<RoleNames> {
  return database.exclusively(async (client) => {
    const tx = executorOver(client);
    let enforcement: Enforcement = 'database';
    await client.query('begin');
    try {
      await client.query(lockEnvironment.text);
      const { mark, originMark } = await ensureMark(client);
      const settled = await settleEnforcement(tx, wish);
      enforcement = settled.enforcement;
      const login = await loginOf(client);
      const isCodeunit = enforcement === 'codeunit';
      const names = roleNames(mark, isCodeunit ? pg.escapeIdentifier(login) : null);
      const commands = isCodeunit ? schemas(names, directory) : await steps(client, names, directory);
      for (const sql of commands) await client.query(sql);
      if (originMark !== null) {
        await closeToOrigin(client, names, originMark);
        for (const sql of renewMakersSchema()) await client.query(sql);
      }
      if (settled.isChanged) await adoptApplication(tx, isCodeunit ? login : names.app);
      await client.query('commit');
      return names;
    } catch (error) {
      await client.query('rollback').catch(() => undefined);
      if (classifyFailure(error).code !== '42501') throw error;
      throw lacksRights(enforcement, error);
    }
  });
}

function lacksRights(enforcement: Enforcement, cause: unknown): NightshiftError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const text =
    enforcement === 'database'
      ? `The database login may not create roles, with which PostgreSQL enforces the rights of users (${reason}). Give it CREATEROLE; or do without ("nightshift migrate --enforcement codeunit"): rights are then checked before a codeunit runs, and not by PostgreSQL.`
      : `The database login may not create or own the schemas of the application: ${reason}.`;
  return new NightshiftError('DATABASE_RIGHTS', text, { field: 'database.url', cause });
}

async function loginOf(client: pg.ClientBase): Promise<string> {
  const [row] = await executorOver(client).run<{ login: string }>(readLogin, []);
  if (row === undefined) throw new NightshiftError('INTERNAL', 'The database does not say who we are.');
  return row.login;
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
  for (const sql of takeOver(origin.app, names.app, roles, roles.filter(isMaker))) await client.query(sql);
}

/** The commands that make what is missing; grants are repeated, since a repeat is harmless. */
async function steps(
  client: pg.ClientBase,
  names: RoleNames,
  directory: Directory,
): Promise<readonly string[]> {
  const basic = [names.app, names.session];
  const rows = await executorOver(client).run<{ name: string }>(readRolesByName, [basic]);
  const present = new Set(rows.map(({ name }) => name));
  return [
    ...basic.filter((name) => !present.has(name)).map(createRole),
    ...commonGrants(names.app, names.session),
    ...schemas(names, directory),
  ];
}

function schemas(names: RoleNames, directory: Directory): readonly string[] {
  const all = ['app_shared', ...directory.companies.map(({ no }) => companySchema(no))];
  return all.flatMap((schema) => ownSchema(schema, names.app));
}
