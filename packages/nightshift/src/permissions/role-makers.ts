import type { Executor } from '../database/index.ts';
import { type RoleNames, roleOfName } from './role-names.ts';
import type { FoundMembership, RoleDifference } from './role-state.ts';
import {
  createdRole,
  createMaker,
  createMakerFunction,
  readAdministrators,
  readMakers,
  readOwnRole,
  selfGrant,
  throughMaker,
} from './roles.sql.ts';

/**
 * Users whose roles in one company one maker makes. When a slot changes its user, PostgreSQL walks through all of them and what
 * they are members of: with more that takes longer. With fewer there are more makers, and making one walks through all of those.
 */
const USERS_A_MAKER = 4;

/** Where the functions of makers are, each with the name of its maker. */
export const MAKERS_SCHEMA = 'nightshift_roles';

/** Who makes roles, and changes their members, for a login that is no superuser. */
export interface Makers {
  /** Those that exist of the ones that are needed, and whether they have their function. */
  readonly ready: ReadonlyMap<string, boolean>;
  /** The makers of roles that exist. Not there: our login made the role. */
  readonly administrators: ReadonlyMap<string, string>;
  /** Ours. */
  readonly login: string;
}

/** Roles that are to be made, with their comments. */
export type MissingRoles = readonly { readonly role: string; readonly comment: string }[];

/** Finds who carries out differences; null: our login does, as a superuser, which walks through nothing. */
export async function makersFor(
  tx: Executor,
  names: RoleNames,
  differences: readonly RoleDifference[],
): Promise<Makers | null> {
  const missing = differences.filter(({ kind }) => kind === 'role-missing').map(({ role }) => role);
  const needed = new Set(missing.flatMap((role) => makerOf(names, role) ?? []));
  const changed = new Set(differences.flatMap((each) => changedRole(each) ?? []));
  if (needed.size + changed.size === 0) return null;
  const [own] = await tx.run<{ login: string; isSuperuser: boolean }>(readOwnRole, []);
  if (own === undefined || own.isSuperuser) return null;
  const found = await tx.run<{ name: string; works: boolean }>(readMakers, [[...needed]]);
  const rows = await tx.run<{ role: string; maker: string }>(readAdministrators, [[...changed]]);
  return {
    ready: new Map(found.map(({ name, works }) => [name, works])),
    administrators: new Map(rows.map(({ role, maker }) => [role, maker])),
    login: own.login,
  };
}

/** Whose members are changed. */
function changedRole(difference: RoleDifference): string | null {
  if ('of' in difference) return difference.of;
  return ['role-extra', 'role-owns'].includes(difference.kind) ? difference.role : null;
}

/** The maker of a role; null: our login makes it. */
function makerOf(names: RoleNames, role: string): string | null {
  const part = roleOfName(role)?.part;
  switch (part?.kind) {
    case 'user':
      return names.maker(Math.floor(part.userNo / USERS_A_MAKER), part.companyNo);
    case 'company':
    case 'set':
    case 'lent':
      return names.maker(null, part.companyNo);
    default:
      return null;
  }
}

/** Those that our login makes itself. */
export function madeByLogin(names: RoleNames, makers: Makers | null, missing: MissingRoles): MissingRoles {
  return makers === null ? missing : missing.filter(({ role }) => makerOf(names, role) === null);
}

/**
 * The commands by which makers make roles; with those that make the makers that are missing. All makers come first, then what they
 * are given: PostgreSQL remembers what our login may become until the next role is made.
 */
export function commandsOfMakers(
  names: RoleNames,
  makers: Makers | null,
  missing: MissingRoles,
): readonly string[] {
  if (makers === null) return [];
  const groups = [...Map.groupBy(missing, ({ role }) => makerOf(names, role))].flatMap(([maker, roles]) =>
    maker === null ? [] : [{ maker, roles, works: makers.ready.get(maker) ?? null }],
  );
  if (groups.length === 0) return [];
  return [
    // Our login may become a maker, and so give it its function.
    selfGrant('set'),
    ...groups.filter(({ works }) => works === null).map(({ maker }) => createMaker(maker)),
    ...groups.filter(({ works }) => works !== true).flatMap(({ maker }) => createMakerFunction(maker)),
    selfGrant(''),
    ...groups.map(({ maker, roles }) =>
      throughMaker(maker, roles.map(({ role, comment }) => createdRole(role, comment)).join(';\n')),
    ),
    selfGrant(null),
  ];
}

/**
 * Has a command that changes the members of a role carried out by whoever administers it; what somebody else granted, by our login.
 * @param missing roles that are made before it
 */
export function byAdministrator(
  names: RoleNames,
  makers: Makers | null,
  missing: MissingRoles,
): (role: string, command: string, grantor?: string) => string {
  const made = new Set(missing.map(({ role }) => role));
  return (role, command, grantor) => {
    if (makers === null) return command;
    const maker = made.has(role) ? makerOf(names, role) : (makers.administrators.get(role) ?? null);
    return maker === null || maker !== (grantor ?? maker) ? command : throughMaker(maker, command);
  };
}

/** The makers among roles that are without the function that they ought to have, or whose function others may call. */
export async function makersWithoutFunction(
  tx: Executor,
  roles: readonly string[],
): Promise<readonly RoleDifference[]> {
  const makers = roles.filter(isMaker);
  if (makers.length === 0) return [];
  const found = await tx.run<{ name: string; works: boolean }>(readMakers, [makers]);
  return found.filter(({ works }) => !works).map(({ name }) => ({ kind: 'maker-function', role: name }));
}

/** Whether that is how a maker came to administer a role, which PostgreSQL sees to. */
export function isDueToMaker({ member, role, way }: FoundMembership, names: RoleNames): boolean {
  return way === 'administers' && makerOf(names, role) === member;
}

/** Whether a role is a maker. */
export function isMaker(role: string): boolean {
  return roleOfName(role)?.part.kind === 'maker';
}

/** In the order in which roles can be dropped: who administers others goes after them. */
export function makersLast(roles: readonly string[]): readonly string[] {
  return [...roles.filter((role) => !isMaker(role)), ...roles.filter(isMaker)];
}
