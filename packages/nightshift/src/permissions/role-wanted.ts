import { type Directory, isGone, type UserCard } from './directory.ts';
import { NO_RIGHTS, type Rights, tableRights } from './effective-rights.ts';
import { nameSetOf } from './name-set.ts';
import { TABLE_RIGHTS, type TableRight } from './permission-set.ts';
import { companySchema, nameOfRole, type RoleNames, type RolePart } from './role-names.ts';
import type { RoleGrant, RoleMembership, WantedRole, WantedState } from './role-state.ts';

/** Where the tables are that all companies share. */
export const SHARED_SCHEMA = 'app_shared';
/** The functions that sessions may call. */
export const SESSION_SCHEMA = 'nightshift_session';

/** A table, view, sequence or function that rights can be granted on. */
export interface Relation {
  readonly schema: string;
  /** Of a function with its parameters. */
  readonly name: string;
  readonly kind: 'table' | 'sequence' | 'function';
  /** Tables whose new rows take a number from this sequence. */
  readonly feeds: readonly string[];
}

/** Whom a slot works for, as the platform has noted it. */
export interface SlotNote {
  readonly slotNo: number;
  readonly userNo: number;
  readonly companyNo: number;
  readonly lentNo: number | null;
}

/** Everything from which it follows how roles ought to be. */
export interface RoleBasis {
  readonly names: RoleNames;
  readonly directory: Directory;
  /** By the database's clock. */
  readonly now: Date;
  /** Schemas that exist. */
  readonly schemas: ReadonlySet<string>;
  readonly relations: readonly Relation[];
  readonly slots: readonly SlotNote[];
}

const TABLE_PRIVILEGES: Readonly<Record<TableRight, string>> = {
  R: 'SELECT',
  I: 'INSERT',
  M: 'UPDATE',
  D: 'DELETE',
};
/** What the rights to a sequence mean that is named as a table is. */
const SEQUENCE_PRIVILEGES: Readonly<Record<TableRight, string | null>> = {
  R: 'SELECT',
  I: 'USAGE',
  M: 'UPDATE',
  D: null,
};

/**
 * How roles ought to be that exist, or are to exist. What belongs to a company, a user or a set that is no more is not
 * wanted; for those who are gone, roles are wanted that are members of nothing.
 * @param ungranted roles whose grants nobody asks about
 */
export function wantedState(
  basis: RoleBasis,
  parts: readonly RolePart[],
  ungranted: ReadonlySet<string> = new Set(),
): WantedState {
  const finder = new Finder(basis);
  const roles: WantedRole[] = [];
  const memberships: RoleMembership[] = [];
  const grants: RoleGrant[] = [];
  for (const part of parts) {
    const comment = finder.commentOn(part);
    if (comment === null) continue;
    const name = nameOfRole(basis.names, part);
    roles.push({ name, comment });
    memberships.push(...finder.membershipsOf(part, name));
    if (!ungranted.has(name)) grants.push(...finder.grantsOf(part, name));
  }
  return { roles, memberships, grants };
}

/** The roles that a role of a user gets its rights from, or the one that a slot becomes. */
export function sourcesOf(
  { directory, now, slots }: Pick<RoleBasis, 'directory' | 'now' | 'slots'>,
  part: RolePart,
): readonly RolePart[] {
  if (part.kind === 'slot') {
    const note = slots.find(({ slotNo }) => slotNo === part.slotNo);
    const isKnown =
      note !== undefined &&
      userOf(directory, note.userNo) !== null &&
      directory.companies.some(({ no }) => no === note.companyNo);
    return isKnown ? [{ ...note, kind: 'user' }] : [];
  }
  // By way of the company: a right that everybody has is given so often only as there are companies.
  if (part.kind === 'company') return [{ kind: 'session' }];
  if (part.kind !== 'user') return [];
  const { userNo, companyNo, lentNo } = part;
  const user = userOf(directory, userNo);
  if (user === null || isGone(user, now)) return [];
  if (lentNo !== null) {
    const isLent = directory.inherentPermissions.some(({ no }) => no === lentNo);
    return isLent
      ? [
          { ...part, lentNo: null },
          { kind: 'lent', lentNo, companyNo },
        ]
      : [];
  }
  const sets = directory.setsOf(userNo, companyNo);
  return [
    { kind: 'company', companyNo },
    ...sets.map(({ no }) => ({ kind: 'set', setNo: no, companyNo }) as const),
  ];
}

function userOf(directory: Directory, no: number): UserCard | null {
  try {
    return directory.userByNo(no);
  } catch {
    return null; // of a role that belongs to nobody
  }
}

/** Works out what each role is to have; what is looked up often it keeps. */
class Finder {
  readonly #basis: RoleBasis;
  readonly #companies: ReadonlyMap<number, string>;
  readonly #users: ReadonlyMap<number, string>;
  readonly #sets: ReadonlyMap<number, string>;
  readonly #lent: ReadonlyMap<number, Rights>;
  readonly #relations: ReadonlyMap<string, readonly Relation[]>;

  constructor(basis: RoleBasis) {
    const { directory, relations } = basis;
    this.#basis = basis;
    this.#companies = new Map(directory.companies.map(({ no, name }) => [no, name]));
    this.#users = new Map(directory.users.map(({ no, name }) => [no, name]));
    this.#sets = new Map(directory.permissionSets.map(({ no, name }) => [no, name]));
    this.#lent = new Map(directory.inherentPermissions.map(({ no, tables }) => [no, lentRights(tables)]));
    this.#relations = Map.groupBy(relations, ({ schema }) => schema);
  }

  /** What people call a role, for those who look at the database; null: nobody needs it any more. */
  commentOn(part: RolePart): string | null {
    if (part.kind === 'app') return 'Nightshift: owns the tables of the application';
    if (part.kind === 'session') return 'Nightshift: what every session may call';
    if (part.kind === 'slot') return `Nightshift: connection ${part.slotNo} for sessions`;
    const company = this.#companies.get(part.companyNo);
    if (company === undefined) return null;
    // A comment of its own would cost a walk through all roles; its function has one.
    if (part.kind === 'maker') return '';
    if (part.kind === 'company') return `Nightshift: company ${company}`;
    const what = this.#subjectOf(part);
    return what === null ? null : `Nightshift: ${what} in company ${company}`;
  }

  #subjectOf(part: Extract<RolePart, { kind: 'user' | 'set' | 'lent' }>): string | null {
    if (part.kind === 'lent') return `rights that codeunit no. ${part.lentNo} lends`;
    if (part.kind === 'set') {
      const set = this.#sets.get(part.setNo);
      return set === undefined ? null : `permission set ${set}`;
    }
    const user = this.#users.get(part.userNo);
    if (user === undefined) return null;
    return part.lentNo === null ? `user ${user}` : `user ${user} with what codeunit no. ${part.lentNo} lends`;
  }

  membershipsOf(part: RolePart, member: string): readonly RoleMembership[] {
    const { names } = this.#basis;
    const way = part.kind === 'slot' ? 'becomes' : 'inherits';
    return sourcesOf(this.#basis, part).map((source) => ({
      member,
      role: nameOfRole(names, source),
      way,
    }));
  }

  grantsOf(part: RolePart, role: string): readonly RoleGrant[] {
    if (part.kind === 'session') return this.#sessionGrants(role);
    if (part.kind === 'company') return this.#companyGrants(role, part.companyNo);
    if (part.kind !== 'set' && part.kind !== 'lent') return [];
    const rights =
      part.kind === 'lent'
        ? this.#lent.get(part.lentNo)
        : this.#basis.directory.rightsOfSet(this.#sets.get(part.setNo) ?? '');
    return [companySchema(part.companyNo), SHARED_SCHEMA].flatMap((schema) =>
      this.#schemaGrants(role, schema, rights ?? NO_RIGHTS),
    );
  }

  /** Apart from the rights to tables, so that a refusal names the table instead of saying that there is none. */
  #companyGrants(role: string, companyNo: number): readonly RoleGrant[] {
    return [companySchema(companyNo), SHARED_SCHEMA]
      .filter((schema) => this.#basis.schemas.has(schema))
      .map((schema) => ({
        role,
        on: { kind: 'schema', schema, name: '', column: '' },
        privileges: ['USAGE'],
      }));
  }

  #schemaGrants(role: string, schema: string, rights: Rights): readonly RoleGrant[] {
    if (!this.#basis.schemas.has(schema)) return [];
    const relations = this.#relations.get(schema) ?? [];
    const grants: RoleGrant[] = [];
    for (const { name, kind, feeds } of relations) {
      if (kind === 'function') continue;
      const privileges = kind === 'table' ? privilegesOnTable(rights, name) : onSequence(rights, name, feeds);
      if (privileges.length > 0) grants.push({ role, on: { kind, schema, name, column: '' }, privileges });
    }
    const toCome = (kind: 'tables to come' | 'sequences to come', privileges: readonly string[]) => {
      if (privileges.length > 0)
        grants.push({ role, on: { kind, schema, name: '', column: '' }, privileges });
    };
    // Only for who may touch whatever there is: the owner's next table may be one that a set excludes.
    const always = TABLE_RIGHTS.filter(
      (right) => rights.tables[right].allBut && rights.tables[right].names.size === 0,
    );
    toCome(
      'tables to come',
      always.map((right) => TABLE_PRIVILEGES[right]),
    );
    toCome(
      'sequences to come',
      always.flatMap((right) => SEQUENCE_PRIVILEGES[right] ?? []),
    );
    return grants;
  }

  #sessionGrants(role: string): readonly RoleGrant[] {
    const schema = SESSION_SCHEMA;
    if (!this.#basis.schemas.has(schema)) return [];
    const functions = (this.#relations.get(schema) ?? []).filter(({ kind }) => kind === 'function');
    return [
      { role, on: { kind: 'schema', schema, name: '', column: '' }, privileges: ['USAGE'] },
      ...functions.map(({ name }) => ({
        role,
        on: { kind: 'function', schema, name, column: '' } as const,
        privileges: ['EXECUTE'],
      })),
    ];
  }
}

function privilegesOnTable(rights: Rights, table: string): readonly string[] {
  return [...tableRights(rights, table)].map((right) => TABLE_PRIVILEGES[right as TableRight]);
}

function onSequence(rights: Rights, sequence: string, feeds: readonly string[]): readonly string[] {
  const own = [...tableRights(rights, sequence)].flatMap(
    (right) => SEQUENCE_PRIVILEGES[right as TableRight] ?? [],
  );
  const isDrawnFrom = feeds.some((table) => tableRights(rights, table).includes('I'));
  return isDrawnFrom && !own.includes('USAGE') ? [...own, 'USAGE'] : own;
}

function lentRights(tables: Readonly<Record<string, string>>): Rights {
  const table = (right: TableRight) =>
    nameSetOf(Object.keys(tables).filter((each) => tables[each]?.includes(right)));
  return { ...NO_RIGHTS, tables: { R: table('R'), I: table('I'), M: table('M'), D: table('D') } };
}
