import { type Directory, isGone, type StoredPermissionSet } from '../permissions/index.ts';
import type { Caller } from '../session/index.ts';
import { admit } from './administrate.ts';
import { type EffectiveRights, effectiveRights } from './effective-view.ts';
import { assignmentsOfSet, readAlsoDeclared } from './permission-set.sql.ts';

/** A permission set as people see it. */
export interface ListedPermissionSet extends Omit<StoredPermissionSet, 'no'> {
  /** How many users have it, in one company or in all, whether they are gone or not. */
  readonly users: number;
}

/** Who has a permission set. */
export interface SetAssignment {
  readonly user: string;
  /** Null: in all companies. */
  readonly company: string | null;
  /** The user is disabled or his time is over: it gives him nothing. */
  readonly isGone: boolean;
}

/** A permission set with what it gives, and who has it. */
export interface PermissionSetDetails extends ListedPermissionSet {
  readonly rights: EffectiveRights;
  /** An application whose code declares a set of the same name, which therefore does not count; null: none. */
  readonly alsoDeclaredBy: string | null;
  /** By user, those for all companies in front; only the caller's own when he may not see users. */
  readonly assignments: readonly SetAssignment[];
}

/** All permission sets by name. @throws NightshiftError PERMISSION_DENIED, USER_DISABLED */
export async function listPermissionSets(caller: Caller): Promise<readonly ListedPermissionSet[]> {
  const { service } = await admit(caller, 'permissionSet.read', { kind: 'permissionSet', id: null });
  const directory = await service.authority.directory();
  const users = Map.groupBy(directory.assignments, ({ setNo }) => setNo);
  return directory.permissionSets
    .map((set) => listedSet(set, new Set(users.get(set.no)?.map(({ userNo }) => userNo)).size))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** One permission set. @throws NightshiftError PERMISSION_SET_UNKNOWN, PERMISSION_DENIED, USER_DISABLED */
export async function getPermissionSet(caller: Caller, name: string): Promise<PermissionSetDetails> {
  const wish = { kind: 'permissionSet', id: null, name: String(name) };
  const { service, actor } = await admit(caller, 'permissionSet.read', wish);
  const directory = await service.authority.directory();
  const set = directory.permissionSet(name);
  const now = service.clock.now();
  const sees = service.authority.reach(directory, actor, 'user.read');
  const rows = await service.database.run<AssignmentRow>(assignmentsOfSet, [set.no]);
  const [declared] = await service.database.run<{ also_declared_by: string | null }>(readAlsoDeclared, [
    set.no,
  ]);
  return {
    ...listedSet(set, new Set(rows.map(({ user_no }) => user_no)).size),
    rights: effectiveRights(directory.rightsOfSet(name)),
    alsoDeclaredBy: declared?.also_declared_by ?? null,
    assignments: rows
      .filter(({ user_no }) => sees === 'any' || user_no === actor.user.no)
      .map((row) => ({
        user: row.user_name,
        company: row.company,
        isGone: isGone({ state: row.state, validUntil: row.valid_until }, now),
      })),
  };
}

interface AssignmentRow {
  readonly user_no: number;
  readonly user_name: string;
  readonly state: 'enabled' | 'disabled';
  readonly valid_until: Date | null;
  readonly company: string | null;
}

/** A set without its number, which nobody needs. */
export function listedSet({ no: _, ...set }: StoredPermissionSet, users: number): ListedPermissionSet {
  return { ...set, users };
}

/** How many users have a set. */
export function usersWith({ assignments }: Directory, setNo: number): number {
  return new Set(assignments.flatMap((each) => (each.setNo === setNo ? [each.userNo] : []))).size;
}
