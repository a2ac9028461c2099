import type { Transaction } from '../database/index.ts';
import { NightshiftError } from '../foundation/index.ts';
import { type Directory, readDirectoryOf } from './directory.ts';
import { lockEnvironment, ownSchema } from './permissions.sql.ts';
import {
  grantsIn,
  membershipsOf,
  relationsIn,
  rolesBeginning,
  rolesNamed,
  schemasAmong,
} from './role-catalog.ts';
import { commandsOf, messagesOf } from './role-commands.ts';
import { isDueToMaker, isMaker, MAKERS_SCHEMA, makersFor, makersWithoutFunction } from './role-makers.ts';
import { companySchema, nameOfRole, type RoleNames, type RolePart, roleOfName } from './role-names.ts';
import { differencesOf, type FoundRole, type RoleDifference } from './role-state.ts';
import {
  type RoleBasis,
  SESSION_SCHEMA,
  SHARED_SCHEMA,
  type SlotNote,
  sourcesOf,
  wantedState,
} from './role-wanted.ts';
import { readDatabaseClock, readSlotNotes } from './roles.sql.ts';

/** Whom a slot works for. */
export interface RoleIdentity {
  readonly userNo: number;
  readonly companyNo: number;
  /** The rights that a codeunit lends him; null: none. */
  readonly lentNo: number | null;
}

/** Which roles a change of rights may have touched. Empty: all. */
export interface RoleScope {
  /** A user who was changed, or who was given or lost a permission set. */
  readonly userNo?: number;
  /** A company whose name or tables changed. */
  readonly companyNo?: number;
  /** A permission set that was changed, renamed or deleted; with it those that include or exclude it. */
  readonly setNo?: number;
  /** Rights that a codeunit lends. */
  readonly lentNo?: number;
}

/** What a comparison needs to know besides the roles. */
interface Scene {
  readonly tx: Transaction;
  readonly names: RoleNames;
  readonly directory: Directory;
  readonly now: Date;
}

/**
 * The role that a slot joins to work for somebody; makes it, with all that it is member of, when it is missing. One that
 * exists is as it ought to be, since every change of rights aligns the roles.
 *
 * The caller holds `lockEnvironment`.
 * @returns its name
 */
export async function roleForIdentity(
  tx: Transaction,
  names: RoleNames,
  identity: RoleIdentity,
): Promise<string> {
  const part: RolePart = { ...identity, kind: 'user' };
  const name = nameOfRole(names, part);
  const [present] = await rolesNamed(tx, [name]);
  if (present === undefined) await makeRoles(tx, names, [identity]);
  return name;
}

/** Makes the roles that are missing; the caller holds `lockEnvironment`. @returns what was changed */
export async function makeRoles(
  tx: Transaction,
  names: RoleNames,
  identities: readonly RoleIdentity[],
): Promise<readonly RoleDifference[]> {
  if (names.enforcement === 'codeunit') return [];
  const scene = await sceneOf(tx, names, [...new Set(identities.map(({ userNo }) => userNo))]);
  const parts = identities.flatMap((identity): RolePart[] => {
    const part = { ...identity, kind: 'user' } as const;
    return identity.lentNo === null ? [part] : [part, { ...part, lentNo: null }];
  });
  for (const companyNo of new Set(identities.map((identity) => identity.companyNo))) {
    // One that was added past all verbs.
    for (const sql of ownSchema(companySchema(companyNo), names.app)) await tx.command(sql);
  }
  const wanted = unique(names, parts);
  const found = await rolesNamed(tx, [...wanted.keys()]);
  const differences = await differencesIn(scene, found, [...wanted.values()], 'members');
  return applyDifferences(tx, names, differences);
}

/**
 * Brings the roles that exist exactly to what the tables say, in the transaction that changed them. Roles that nobody has
 * needed so far are not made, but for those of sets that a present role has to be member of.
 *
 * It takes `lockEnvironment`. A transaction that changes rights takes it before it touches their rows: one that takes the
 * two the other way round can end in a deadlock with those who lease slots or migrate.
 * @returns what was changed
 */
export async function alignRoles(
  tx: Transaction,
  names: RoleNames,
  scope: RoleScope = {},
): Promise<readonly RoleDifference[]> {
  await tx.run(lockEnvironment, []);
  const differences = await findDifferences(tx, names, scope);
  return applyDifferences(tx, names, differences);
}

/** What is not as it ought to be. Changes nothing, and locks nothing: for one state of it, in a snapshot. */
export async function findDifferences(
  tx: Transaction,
  names: RoleNames,
  scope: RoleScope,
): Promise<readonly RoleDifference[]> {
  // What roles an earlier time has left are of no use, and nobody joins them.
  if (names.enforcement === 'codeunit') return [];
  const scene = await sceneOf(tx, names, scope.userNo === undefined ? null : [scope.userNo]);
  const found = await rolesInScope(scene, scope);
  const parts = found.flatMap(({ name }) => roleOfName(name)?.part ?? []);
  const isAll = Object.values(scope).every((value) => value === undefined);
  const depth = isAll ? 'everything' : scope.userNo === undefined ? 'grants' : 'members';
  return differencesIn(scene, found, parts, depth);
}

/** Brings roles to what they ought to be. @returns the same differences */
async function applyDifferences(
  tx: Transaction,
  names: RoleNames,
  differences: readonly RoleDifference[],
): Promise<readonly RoleDifference[]> {
  const makers = await makersFor(tx, names, differences);
  for (const text of messagesOf(commandsOf(names, differences, makers))) await tx.command(text);
  return differences;
}

async function sceneOf(tx: Transaction, names: RoleNames, userNos: readonly number[] | null): Promise<Scene> {
  const directory = await readDirectoryOf(tx, userNos);
  const [clock] = await tx.run<{ now: Date }>(readDatabaseClock, []);
  if (clock === undefined) throw new NightshiftError('INTERNAL', 'The database does not tell the time.');
  return { tx, names, directory, now: clock.now };
}

function unique(names: RoleNames, parts: readonly RolePart[]): ReadonlyMap<string, RolePart> {
  return new Map(parts.map((part) => [nameOfRole(names, part), part]));
}

/** Roles that exist, as far as the scope goes. */
async function rolesInScope(scene: Scene, scope: RoleScope): Promise<readonly FoundRole[]> {
  const { tx, names, directory } = scene;
  const { userNo, companyNo, setNo, lentNo } = scope;
  const where = companyNo === undefined ? null : `_c${companyNo}(_i[0-9]+)?$`;
  if (userNo !== undefined) return rolesBeginning(tx, names, `u${userNo}_`, where);
  if (lentNo !== undefined) return rolesBeginning(tx, names, '', `_i${lentNo}(_c[0-9]+)?$`);
  const roles = await rolesBeginning(tx, names, setNo === undefined ? '' : 'p', where);
  const sets = setNo === undefined ? null : dependents(directory, setNo);
  return roles.filter(({ name }) => {
    const part = roleOfName(name)?.part;
    return part !== undefined && (sets === null || (part.kind === 'set' && sets(part.setNo)));
  });
}

/** Whether a set's rights follow from those of another one. Of one that is no more it is not known whose did. */
function dependents({ permissionSets }: Directory, setNo: number): (no: number) => boolean {
  const changed = permissionSets.find(({ no }) => no === setNo);
  if (changed === undefined) return () => true;
  const names = new Set([changed.name]);
  for (let size = 0; size < names.size; ) {
    size = names.size;
    for (const { name, definition } of permissionSets)
      if ([...definition.includes, ...definition.excludes].some((each) => names.has(each))) names.add(name);
  }
  const numbers = new Set(permissionSets.filter(({ name }) => names.has(name)).map(({ no }) => no));
  return (no) => numbers.has(no);
}

/**
 * How deep a comparison goes: `members` what the roles are members of, `grants` what they may do besides, `everything` what
 * everybody may do and what there is of the platform besides. A role that has to be made is compared in full.
 */
type Depth = 'members' | 'grants' | 'everything';

async function differencesIn(
  scene: Scene,
  found: readonly FoundRole[],
  given: readonly RolePart[],
  depth: Depth,
): Promise<readonly RoleDifference[]> {
  const { tx, names, directory, now } = scene;
  const slots = depth === 'everything' ? await tx.run<SlotNote>(readSlotNotes, []) : [];
  const parts = unique(
    names,
    depth === 'everything' ? [{ kind: 'app' }, { kind: 'session' }, ...given] : given,
  );
  const missing = await missingSources({ ...scene, slots }, parts);
  const compared = depth === 'members' ? missing : new Map([...parts, ...missing]);
  const schemas = schemasOf([...compared.values()], depth);
  const basis: RoleBasis = {
    names,
    directory,
    now,
    schemas: await schemasAmong(tx, schemas),
    relations: schemas.length === 0 ? [] : await relationsIn(tx, schemas),
    slots,
  };
  const ungranted = new Set(depth === 'members' ? parts.keys() : []);
  const present = found.map(({ name }) => name).filter((name) => name !== names.app);
  const granted = present.filter((name) => !isMaker(name));
  const grantees = { roles: granted, withPublic: depth === 'everything', owner: names.app };
  const differences = differencesOf(wantedState(basis, [...parts.values(), ...missing.values()], ungranted), {
    roles: found.map(withoutDue),
    memberships: (await membershipsOf(tx, present)).filter((each) => !isDueToMaker(each, names)),
    grants: depth === 'members' ? [] : await grantsIn(tx, grantees, schemas),
  });
  if (depth !== 'everything') return differences;
  const gone = new Set(differences.filter(({ kind }) => kind === 'role-extra').map(({ role }) => role));
  const living = present.filter((name) => !gone.has(name));
  return [...differences, ...(await makersWithoutFunction(tx, living))];
}

/** A slot may log in, a maker may make roles and own its function, the owner may own; nothing else may. */
function withoutDue(role: FoundRole): FoundRole {
  const kind = roleOfName(role.name)?.part.kind;
  const due = kind === 'slot' ? 'LOGIN' : kind === 'maker' ? 'CREATEROLE' : null;
  return {
    ...role,
    powers: role.powers.filter((power) => power !== due),
    owns: role.owns && kind !== 'app' && kind !== 'maker',
  };
}

/** What the given roles have to be members of, directly or not, and what is not there. */
async function missingSources(
  scene: Scene & { readonly slots: readonly SlotNote[] },
  parts: ReadonlyMap<string, RolePart>,
): Promise<ReadonlyMap<string, RolePart>> {
  const { tx, names } = scene;
  const sources = new Map<string, RolePart>();
  const follow = (part: RolePart): void => {
    for (const source of sourcesOf(scene, part)) {
      const name = nameOfRole(names, source);
      if (parts.has(name) || sources.has(name)) continue;
      sources.set(name, source);
      follow(source);
    }
  };
  for (const part of parts.values()) follow(part);
  for (const { name } of await rolesNamed(tx, [...sources.keys()])) sources.delete(name);
  return sources;
}

/** Where rights of these roles are looked for. */
function schemasOf(parts: readonly RolePart[], depth: Depth): readonly string[] {
  const companies = new Set(parts.flatMap((part) => ('companyNo' in part ? part.companyNo : [])));
  const isGranted = parts.some(({ kind }) => ['company', 'set', 'lent'].includes(kind));
  return [
    ...[...companies].map(companySchema),
    ...(isGranted || depth === 'everything' ? [SHARED_SCHEMA] : []),
    ...(depth === 'everything' ? ['nightshift', SESSION_SCHEMA, MAKERS_SCHEMA] : []),
  ];
}
