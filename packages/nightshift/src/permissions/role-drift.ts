import { classifyFailure, type Database, type Transaction } from '../database/index.ts';
import { type Clock, uuidV7 } from '../foundation/index.ts';
import { addAuditRows } from './audit-log.sql.ts';
import { readDirectory } from './directory.ts';
import { enforcementOf } from './enforcement.ts';
import { EVERY } from './name-set.ts';
import { lockEnvironment } from './permissions.sql.ts';
import { findDifferences } from './role-align.ts';
import { relationsIn } from './role-catalog.ts';
import { commandsOf, messagesOf } from './role-commands.ts';
import { makersFor } from './role-makers.ts';
import { companySchema, type RoleNames, roleNames } from './role-names.ts';
import { ownMark } from './role-orphans.ts';
import type { GrantObject, RoleDifference } from './role-state.ts';
import { SHARED_SCHEMA } from './role-wanted.ts';

// A word of the language and not a matter of rights: one state of everything, and nothing written.
const SNAPSHOT = 'set transaction isolation level repeatable read, read only';

/** Differences that the audit log names one by one. */
export const DIFFERENCES_NAMED_MAX = 100;

/**
 * What roles and grants of this database are not as the tables of rights say. Changes nothing, and waits for nobody.
 * @throws the database's error
 */
export async function roleDrift(database: Database, names: RoleNames): Promise<readonly RoleDifference[]> {
  const differences = await database.transaction(async (tx) => {
    await tx.command(SNAPSHOT);
    return findDifferences(tx, names, {});
  });
  return differences.filter(isDrift);
}

/** What people are told of: an old name in a comment does no harm. */
function isDrift({ kind }: RoleDifference): boolean {
  return kind !== 'role-comment';
}

/** How the roles of a database are, for those who look at it without a platform. */
export interface RoleHealth {
  /** Sentences about what is not as it ought to be. */
  readonly drift: readonly string[];
  readonly unknownTables: readonly UnknownTable[];
}

/** @returns null where there are no roles of its own to compare: codeunits enforce, or no platform has opened it yet */
export async function readRoleHealth(database: Database): Promise<RoleHealth | null> {
  if ((await enforcementOf(database)) !== 'database') return null;
  const mark = await ownMark(database);
  if (mark === null) return null;
  const drift = await roleDrift(database, roleNames(mark));
  return { drift: drift.map(describeDifference), unknownTables: await unknownTables(database) };
}

/** What a repair did. */
export interface RoleRepair {
  readonly repaired: readonly RoleDifference[];
  /** What our login may not put right, such as what a superuser has granted. */
  readonly remaining: readonly RoleDifference[];
}

/**
 * Repairs whatever is not as it ought to be, as far as our login may.
 * @throws the database's error
 */
export async function repairRoles(tx: Transaction, names: RoleNames): Promise<RoleRepair> {
  await tx.run(lockEnvironment, []);
  const differences = await findDifferences(tx, names, {});
  const commands = commandsOf(names, differences, await makersFor(tx, names, differences));
  if (await isAllowed(tx, messagesOf(commands)))
    return { repaired: differences.filter(isDrift), remaining: [] };
  for (const command of commands) await isAllowed(tx, [command]);
  const remaining = (await findDifferences(tx, names, {})).filter(isDrift);
  const left = new Set(remaining.map(describeDifference));
  return {
    repaired: differences.filter((each) => isDrift(each) && !left.has(describeDifference(each))),
    remaining,
  };
}

/** Sends commands, all or none of which take effect. @returns false when our login may not */
async function isAllowed(tx: Transaction, commands: readonly string[]): Promise<boolean> {
  await tx.command('savepoint repair');
  try {
    for (const command of commands) await tx.command(command);
    return true;
  } catch (error) {
    if (classifyFailure(error).code !== '42501') throw error;
    await tx.command('rollback to savepoint repair');
    return false;
  } finally {
    await tx.command('release savepoint repair').catch(() => undefined);
  }
}

/**
 * Repairs, when a platform starts, what has changed behind its back: grants by hand, a restored cluster, users who have
 * expired. Whatever it finds is in the audit log.
 */
export async function alignAtStart(database: Database, names: RoleNames, clock: Clock): Promise<void> {
  if ((await roleDrift(database, names)).length === 0) return;
  await database.transaction(async (tx) => {
    const { repaired, remaining } = await repairRoles(tx, names);
    if (repaired.length > 0)
      await tx.run(addAuditRows, [JSON.stringify([driftRow(repaired, remaining, clock.now())])]);
  });
}

/** Nobody did it: what happened is written down, and who is not known. */
function driftRow(
  repaired: readonly RoleDifference[],
  remaining: readonly RoleDifference[],
  now: Date,
): Readonly<Record<string, unknown>> {
  return {
    id: uuidV7(now),
    user_name: '',
    verb: 'rights.drift',
    object_kind: 'roles',
    before: repaired.slice(0, DIFFERENCES_NAMED_MAX).map(describeDifference),
    after: { repaired: repaired.length, remaining: remaining.length },
    result: 'allowed',
  };
}

/** A permission set that names a table which is nowhere. */
export interface UnknownTable {
  readonly permissionSet: string;
  readonly table: string;
}

/** Tables that permission sets name and that no company has: misspelt, or not made yet. */
export async function unknownTables(database: Database): Promise<readonly UnknownTable[]> {
  const { companies, permissionSets } = await readDirectory(database);
  const schemas = [...companies.map(({ no }) => companySchema(no)), SHARED_SCHEMA];
  const known = new Set((await relationsIn(database, schemas)).map(({ name }) => name));
  return permissionSets.flatMap(({ name, definition }) =>
    Object.keys(definition.tables)
      .filter((table) => table !== EVERY && !known.has(table))
      .map((table) => ({ permissionSet: name, table })),
  );
}

/** One sentence about a difference, as it is before it is repaired. */
export function describeDifference(difference: RoleDifference): string {
  const { role } = difference;
  switch (difference.kind) {
    case 'role-missing':
      return `Role ${role} is missing.`;
    case 'role-extra':
      return `Role ${role} belongs to no company, user or permission set that there is.`;
    case 'role-owns':
      return `Role ${role} owns something, and must not.`;
    case 'role-powers':
      return `Role ${role} has ${difference.powers.join(', ')}, and must not.`;
    case 'maker-function':
      return `The function of role ${role} is missing, or others may call it.`;
    case 'role-comment':
      return `The comment on role ${role} is out of date.`;
    case 'membership-missing':
      return `Role ${role} is no member of ${difference.of}, and should be.`;
    case 'membership-extra':
      return `Role ${role} is a member of ${difference.of} in a way that it should not be.`;
    case 'grant-missing':
      return `Role ${role} lacks ${difference.privileges.join(', ')} on ${objectText(difference.on)}.`;
    case 'grant-extra':
      return `Role ${role} has ${difference.privileges.join(', ')} on ${objectText(difference.on)}, and must not.`;
    case 'grant-option':
      return `Role ${role} may pass on rights on ${objectText(difference.on)}, and must not.`;
  }
}

function objectText({ kind, schema, name, column }: GrantObject): string {
  switch (kind) {
    case 'schema':
      return `schema ${schema}`;
    case 'tables to come':
    case 'sequences to come':
      return `${kind} in schema ${schema}`;
    case 'column':
      return `column ${column} of ${schema}.${name}`;
    default:
      return `${kind} ${schema}.${name}`;
  }
}
