/** What a grant is about. `to come` are default privileges: what the owner of the application makes later. */
export type GrantKind =
  | 'schema'
  | 'table'
  | 'sequence'
  | 'column'
  | 'function'
  | 'tables to come'
  | 'sequences to come';

/** Something on which rights are granted. */
export interface GrantObject {
  readonly kind: GrantKind;
  readonly schema: string;
  /** Of a function with its parameters; empty for a schema and for what is to come. */
  readonly name: string;
  /** Empty but for a column. */
  readonly column: string;
}

/** The rights of one role on one object. */
export interface RoleGrant {
  readonly role: string;
  readonly on: GrantObject;
  /** As PostgreSQL calls them: `SELECT`, `USAGE` … */
  readonly privileges: readonly string[];
}

/** The same, as found. */
export interface FoundGrant extends RoleGrant {
  /** Whether the role may pass any of them on. */
  readonly isGrantable: boolean;
}

/** How a member has a role: its rights as they are (`inherits`), or by SET ROLE (`becomes`). */
export type MembershipWay = 'inherits' | 'becomes';

/** That a role has the rights of another one. */
export interface RoleMembership {
  readonly member: string;
  readonly role: string;
  readonly way: MembershipWay;
}

/** The same, as found. */
export interface FoundMembership {
  readonly member: string;
  readonly role: string;
  /** `administers`: may pass it on and has nothing of it. Null: in a way that is none of ours, such as several. */
  readonly way: MembershipWay | 'administers' | null;
  readonly grantor: string;
}

/** A role that ought to exist, and what its comment says. */
export interface WantedRole {
  readonly name: string;
  readonly comment: string;
}

/** The same, as found. */
export interface FoundRole extends WantedRole {
  /** What it may do beyond its grants, as PostgreSQL calls it: `SUPERUSER`, `LOGIN` … */
  readonly powers: readonly string[];
  /** Whether anything in this database belongs to it. */
  readonly owns: boolean;
}

/** How roles and grants ought to be, in some scope. */
export interface WantedState {
  readonly roles: readonly WantedRole[];
  readonly memberships: readonly RoleMembership[];
  readonly grants: readonly RoleGrant[];
}

/** How they are. */
export interface FoundState {
  readonly roles: readonly FoundRole[];
  readonly memberships: readonly FoundMembership[];
  readonly grants: readonly FoundGrant[];
}

/** One thing that is not as it ought to be. */
export type RoleDifference =
  | { readonly kind: 'role-missing'; readonly role: string; readonly comment: string }
  | { readonly kind: 'role-extra'; readonly role: string }
  | { readonly kind: 'role-owns'; readonly role: string }
  | { readonly kind: 'role-powers'; readonly role: string; readonly powers: readonly string[] }
  /** A maker lacks its function, or others may call it. */
  | { readonly kind: 'maker-function'; readonly role: string }
  /** Its comment names a user, a company or a set as it is called no more. Harmless. */
  | { readonly kind: 'role-comment'; readonly role: string; readonly comment: string }
  | {
      readonly kind: 'membership-missing';
      readonly role: string;
      readonly of: string;
      readonly way: MembershipWay;
    }
  | {
      readonly kind: 'membership-extra';
      readonly role: string;
      readonly of: string;
      readonly grantor: string;
    }
  | {
      readonly kind: 'grant-missing';
      readonly role: string;
      readonly on: GrantObject;
      readonly privileges: readonly string[];
    }
  | {
      readonly kind: 'grant-extra';
      readonly role: string;
      readonly on: GrantObject;
      readonly privileges: readonly string[];
    }
  /** It may pass rights on, which nobody may. */
  | {
      readonly kind: 'grant-option';
      readonly role: string;
      readonly on: GrantObject;
      readonly privileges: readonly string[];
    };

/** What has to change so that `found` is as `wanted`; in an order in which it can be done. */
export function differencesOf(wanted: WantedState, found: FoundState): readonly RoleDifference[] {
  return [
    ...roleDifferences(wanted.roles, found.roles),
    ...membershipDifferences(wanted.memberships, found.memberships),
    ...grantDifferences(wanted.grants, found.grants),
    ...superfluousRoles(wanted.roles, found.roles),
  ];
}

function roleDifferences(wanted: readonly WantedRole[], found: readonly FoundRole[]): RoleDifference[] {
  const present = new Map(found.map((role) => [role.name, role]));
  return wanted.flatMap(({ name, comment }): RoleDifference[] => {
    const role = present.get(name);
    if (role === undefined) return [{ kind: 'role-missing', role: name, comment }];
    const { powers } = role;
    return [
      ...(role.owns ? [{ kind: 'role-owns', role: name } as const] : []),
      ...(powers.length === 0 ? [] : [{ kind: 'role-powers', role: name, powers } as const]),
      ...(role.comment === comment ? [] : [{ kind: 'role-comment', role: name, comment } as const]),
    ];
  });
}

function superfluousRoles(wanted: readonly WantedRole[], found: readonly FoundRole[]): RoleDifference[] {
  const due = new Set(wanted.map(({ name }) => name));
  return found.filter(({ name }) => !due.has(name)).map(({ name }) => ({ kind: 'role-extra', role: name }));
}

function membershipDifferences(
  wanted: readonly RoleMembership[],
  found: readonly FoundMembership[],
): RoleDifference[] {
  const key = ({ member, role, way }: Pick<FoundMembership, 'member' | 'role' | 'way'>) =>
    `${member} ${way} ${role}`;
  const due = new Set(wanted.map(key));
  const present = new Set(found.map(key));
  return [
    ...found
      .filter((membership) => !due.has(key(membership)))
      .map(({ member, role, grantor }) => ({
        kind: 'membership-extra' as const,
        role: member,
        of: role,
        grantor,
      })),
    ...wanted
      .filter((membership) => !present.has(key(membership)))
      .map(({ member, role, way }) => ({
        kind: 'membership-missing' as const,
        role: member,
        of: role,
        way,
      })),
  ];
}

function grantDifferences(wanted: readonly RoleGrant[], found: readonly FoundGrant[]): RoleDifference[] {
  const due = byKey(wanted);
  const present = byKey(found);
  const none: ReadonlySet<string> = new Set();
  const compared = (
    kind: 'grant-extra' | 'grant-missing',
    grants: readonly RoleGrant[],
    others: ReadonlyMap<string, ReadonlySet<string>>,
  ) =>
    grants.flatMap(({ role, on, privileges }) => {
      const other = others.get(grantKey(role, on)) ?? none;
      const rest = privileges.filter((privilege) => !other.has(privilege));
      return rest.length === 0 ? [] : [{ kind, role, on, privileges: rest }];
    });
  return [
    ...found
      .filter(({ isGrantable }) => isGrantable)
      .map(({ role, on, privileges }) => ({ kind: 'grant-option' as const, role, on, privileges })),
    ...compared('grant-extra', found, due),
    ...compared('grant-missing', wanted, present),
  ];
}

/** Tells roles and objects apart. */
export function grantKey(role: string, { kind, schema, name, column }: GrantObject): string {
  return JSON.stringify([role, kind, schema, name, column]);
}

function byKey(grants: readonly RoleGrant[]): ReadonlyMap<string, ReadonlySet<string>> {
  return new Map(grants.map(({ role, on, privileges }) => [grantKey(role, on), new Set(privileges)]));
}
