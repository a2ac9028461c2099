import type { Executor } from '../database/index.ts';
import type { RoleNames } from './role-names.ts';
import type { FoundGrant, FoundMembership, FoundRole, GrantKind } from './role-state.ts';
import type { Relation } from './role-wanted.ts';
import {
  readGrants,
  readMemberships,
  readRelations,
  readRoles,
  readRolesByName,
  readSchemas,
} from './roles.sql.ts';

/** What comes after `_` in the order of names, so that a prefix is a range. */
const AFTER_UNDERSCORE = '`';

/** The roles of this database whose names go on like this, and fit a pattern. */
export function rolesBeginning(
  database: Executor,
  names: RoleNames,
  beginning = '',
  pattern: string | null = null,
): Promise<FoundRole[]> {
  const prefix = `ns_${names.mark}_${beginning}`;
  const end = prefix.endsWith('_')
    ? `${prefix.slice(0, -1)}${AFTER_UNDERSCORE}`
    : `${prefix}${AFTER_UNDERSCORE}`;
  return database.run<FoundRole>(readRoles, [prefix, end, pattern]);
}

/** Those of the given roles that exist. */
export function rolesNamed(database: Executor, names: readonly string[]): Promise<FoundRole[]> {
  return database.run<FoundRole>(readRolesByName, [names]);
}

interface MembershipRow {
  readonly member: string;
  readonly role: string;
  readonly grantor: string;
  readonly inherits: boolean;
  readonly becomes: boolean;
  readonly passes_on: boolean;
}

/** What the given roles are members of. */
export async function membershipsOf(
  database: Executor,
  members: readonly string[],
): Promise<readonly FoundMembership[]> {
  const rows = await database.run<MembershipRow>(readMemberships, [members]);
  return rows.map(({ member, role, grantor, inherits, becomes, passes_on }) => ({
    member,
    role,
    grantor,
    way: wayOf(inherits, becomes, passes_on),
  }));
}

function wayOf(inherits: boolean, becomes: boolean, passesOn: boolean): FoundMembership['way'] {
  if ([inherits, becomes, passesOn].filter(Boolean).length !== 1) return null;
  return passesOn ? 'administers' : inherits ? 'inherits' : 'becomes';
}

/** What is in the given schemas that our login may grant rights on. */
export function relationsIn(database: Executor, schemas: readonly string[]): Promise<Relation[]> {
  return database.run<Relation>(readRelations, [schemas]);
}

/** Those of the given schemas that exist. */
export async function schemasAmong(
  database: Executor,
  schemas: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await database.run<{ name: string }>(readSchemas, [schemas]);
  return new Set(rows.map(({ name }) => name));
}

interface GrantRow {
  readonly kind: GrantKind;
  readonly schema: string;
  readonly name: string;
  readonly column: string;
  readonly role: string;
  readonly privileges: readonly string[];
  readonly isGrantable: boolean;
}

/** Whose rights are asked about. */
export interface Grantees {
  readonly roles: readonly string[];
  /** Also what everybody may do. */
  readonly withPublic: boolean;
  /** Whose default privileges count. */
  readonly owner: string;
}

/** What roles may do in the given schemas. */
export async function grantsIn(
  database: Executor,
  { roles, withPublic, owner }: Grantees,
  schemas: readonly string[],
): Promise<readonly FoundGrant[]> {
  const rows = await database.run<GrantRow>(readGrants, [roles, schemas, owner, withPublic]);
  return rows.map(({ kind, schema, name, column, ...rest }) => ({
    ...rest,
    on: { kind, schema, name, column },
  }));
}
