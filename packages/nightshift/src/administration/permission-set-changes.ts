import { NightshiftError } from '../foundation/index.ts';
import type { Directory, PermissionSetInput, StoredPermissionSet } from '../permissions/index.ts';
import type { Caller } from '../session/index.ts';
import { admit } from './administrate.ts';
import { differences } from './differences.ts';
import { addPermissionSet, changePermissionSet, removePermissionSet } from './permission-set.sql.ts';
import { hintsOf } from './permission-set-hints.ts';
import {
  checkNewSet,
  checkReferences,
  checkSetChanges,
  type PermissionSetChanges,
} from './permission-set-input.ts';
import { type ListedPermissionSet, listedSet, usersWith } from './permission-sets.ts';
import { changeRightsAs } from './rights-change.ts';
import { checkVersion, foldedName, nameIn, objectOf, refused } from './user-input.ts';

/** A permission set that was created or changed. */
export interface ChangedPermissionSet extends ListedPermissionSet {
  /** What is odd about it, in sentences: codeunits and tables that nobody knows. */
  readonly hints: readonly string[];
}

/** How a permission set is deleted. */
export interface DeletePermissionSetOptions {
  /** Takes it from all who have it. Default: false, refuses when somebody has it. */
  readonly unassign?: boolean;
  /** The version that was read; if the set has changed since, CONFLICT. Default: whatever it is. */
  readonly version?: number;
}

/**
 * Creates a permission set of the administrators; nobody has it yet.
 * @throws NightshiftError VALIDATION with the field, also for names of sets that are none and for circles; CONFLICT when the
 *   name is taken; PERMISSION_DENIED, also when it contains SUPER and the caller has not
 */
export async function createPermissionSet(
  caller: Caller,
  input: PermissionSetInput,
): Promise<ChangedPermissionSet> {
  const wish = {
    verb: 'permissionSet.create',
    kind: 'permissionSet',
    id: null,
    name: nameIn(input),
  } as const;
  const administrator = await admit(caller, wish.verb, wish);
  const set = checkNewSet(input);
  return changeRightsAs(administrator, wish, async ({ tx, directory, service }) => {
    refuseTakenName(directory, set.name);
    checkReferences(set, directory);
    const { name, description, definition } = set;
    const values = [name, null, description, JSON.stringify(definition)];
    const [row] = await tx.run<{ no: number; version: number }>(addPermissionSet, values);
    if (row === undefined) throw new NightshiftError('INTERNAL', 'The permission set was not stored.');
    const stored = { ...set, ...row, source: 'administrator', application: null, isObsolete: false } as const;
    const hints = await hintsOf(tx, service.application, definition);
    return {
      value: { ...listedSet(stored, 0), hints },
      object: objectOfSet(stored),
      after: { description, ...definition },
      roles: null,
    };
  });
}

/**
 * Changes a permission set of the administrators, or one that its application declares no more; what is not named stays. It
 * counts at once for all who have it.
 * @throws NightshiftError VALIDATION with the field; PERMISSION_SET_UNKNOWN; CONFLICT with the current state when it has
 *   changed since `version`, and for sets that code declares; OWN_RIGHTS, PERMISSION_DENIED
 */
export async function modifyPermissionSet(
  caller: Caller,
  name: string,
  changes: PermissionSetChanges,
): Promise<ChangedPermissionSet> {
  const wish = { verb: 'permissionSet.modify', kind: 'permissionSet', id: null, name: String(name) } as const;
  const administrator = await admit(caller, wish.verb, wish);
  const changed = checkSetChanges(changes);
  return changeRightsAs(administrator, wish, async ({ tx, directory, service }) => {
    const set = directory.permissionSet(name);
    refuseDeclared(set);
    refuseChangedSince(set, changes.version);
    const wanted = changed(set);
    checkReferences(wanted, directory);
    const hints = await hintsOf(tx, service.application, wanted.definition);
    const users = usersWith(directory, set.no);
    const difference = differences(facts(set), facts(wanted));
    if (difference === null)
      return { value: { ...listedSet(set, users), hints }, isChange: false, roles: null };
    const { application, isObsolete } = set;
    const definition = JSON.stringify(wanted.definition);
    const values = [set.no, application, wanted.description, definition, isObsolete];
    const [row] = await tx.run<{ version: number }>(changePermissionSet, values);
    const value = { ...listedSet({ ...set, ...wanted, ...row }, users), hints };
    return { value, object: objectOfSet(set), ...difference, roles: { setNo: set.no } };
  });
}

/**
 * Deletes a permission set of the administrators, or one that its application declares no more.
 * @throws NightshiftError PERMISSION_SET_UNKNOWN; VALIDATION with the field; CONFLICT for sets that code declares, that other
 *   sets name, that somebody has, and when it has changed since `version`; OWN_RIGHTS, PERMISSION_DENIED
 */
export async function deletePermissionSet(
  caller: Caller,
  name: string,
  options: DeletePermissionSetOptions = {},
): Promise<void> {
  const wish = { verb: 'permissionSet.delete', kind: 'permissionSet', id: null, name: String(name) } as const;
  const administrator = await admit(caller, wish.verb, wish);
  const { unassign, version } = checkDeletion(options);
  await changeRightsAs(administrator, wish, async ({ tx, directory }) => {
    const set = directory.permissionSet(name);
    refuseDeclared(set);
    refuseChangedSince(set, version);
    refuseNamed(directory, set);
    const assignments = assignedTo(directory, set);
    if (assignments.length > 0 && !unassign) throw inUse(set, assignments);
    await tx.run(removePermissionSet, [set.no]);
    const told = { object: objectOfSet(set), before: { ...facts(set), assignments } };
    return { value: undefined, ...told, roles: { setNo: set.no } };
  });
}

function checkDeletion(options: DeletePermissionSetOptions): DeletePermissionSetOptions {
  const { unassign = false, version, ...others } = objectOf(options, 'options') as DeletePermissionSetOptions;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw refused(unknown, `There is no option "${unknown}".`);
  if (typeof unassign !== 'boolean') throw refused('unassign', 'unassign is true or false.');
  checkVersion(version);
  return { unassign, ...(version === undefined ? {} : { version }) };
}

function facts({ description, definition }: Pick<StoredPermissionSet, 'description' | 'definition'>) {
  return { description, ...definition };
}

function objectOfSet({ no, name }: Pick<StoredPermissionSet, 'no' | 'name'>) {
  return { kind: 'permissionSet', id: String(no), name };
}

function refuseTakenName({ permissionSets }: Directory, name: string): void {
  const folded = foldedName(name);
  const other = permissionSets.find((set) => foldedName(set.name) === folded);
  if (other === undefined) return;
  const text =
    other.name === name
      ? `There is a permission set ${JSON.stringify(name)} already.`
      : `Permission set ${JSON.stringify(other.name)} has the same name, but for case or for what nobody sees.`;
  throw new NightshiftError('CONFLICT', text, { field: 'name', details: { permissionSet: other.name } });
}

function refuseDeclared({ name, source, application, isObsolete }: StoredPermissionSet): void {
  if (source === 'administrator' || (source === 'application' && isObsolete)) return;
  const text =
    source === 'built-in'
      ? `Permission set ${name} is built in.`
      : `Permission set ${name} is declared in the code of application ${application}; create one that includes it instead.`;
  throw new NightshiftError('CONFLICT', text, { details: { source, application } });
}

function refuseChangedSince(set: StoredPermissionSet, version: number | undefined): void {
  if (version === undefined || version === set.version) return;
  throw new NightshiftError(
    'CONFLICT',
    `Permission set ${set.name} has changed since: it is version ${set.version}.`,
    { field: 'version', details: { current: listedSet(set, 0) } },
  );
}

function refuseNamed({ permissionSets }: Directory, { name }: StoredPermissionSet): void {
  const by = permissionSets
    .filter(({ definition }) => definition.includes.includes(name) || definition.excludes.includes(name))
    .map((set) => set.name);
  if (by.length === 0) return;
  throw new NightshiftError(
    'CONFLICT',
    `Permission set ${name} is included or excluded by ${by.join(', ')}.`,
    { details: { by } },
  );
}

/** Who has a set, as the audit log keeps it. */
function assignedTo(directory: Directory, { no }: StoredPermissionSet) {
  return directory.assignments
    .filter(({ setNo }) => setNo === no)
    .map(({ userNo, companyNo }) => ({
      user: directory.userByNo(userNo).name,
      company: companyNo === null ? null : directory.companyByNo(companyNo).name,
    }));
}

function inUse({ name }: StoredPermissionSet, assignments: readonly { readonly user: string }[]) {
  const users = new Set(assignments.map(({ user }) => user)).size;
  return new NightshiftError(
    'CONFLICT',
    `${users === 1 ? 'One user has' : `${users} users have`} permission set ${name}; take it from them first.`,
    { details: { users } },
  );
}
