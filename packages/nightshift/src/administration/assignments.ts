import type { Verb } from '../contract/permissions.ts';
import { NightshiftError } from '../foundation/index.ts';
import {
  type Actor,
  type Directory,
  reachOfRights,
  type StoredPermissionSet,
  type UserCard,
} from '../permissions/index.ts';
import { actorOf, type Caller, doorOf } from '../session/index.ts';
import type { ChangeContext } from './administrate.ts';
import { administrationOf } from './administration-service.ts';
import { addAssignment, removeAssignment } from './assignment.sql.ts';
import { changeRightsAs } from './rights-change.ts';
import { hasSuper, ownRights } from './rights-guards.ts';
import { objectOf, refused } from './user-input.ts';

/** Which permission set a user gets or loses, and where. */
export interface AssignmentInput {
  readonly user: string;
  readonly permissionSet: string;
  /** Null: in all companies, also in those to come. */
  readonly company: string | null;
}

/** What came of it. */
export interface AssignmentResult {
  /** False: it was like that already. */
  readonly changed: boolean;
}

/**
 * Gives a permission set to a user; it counts at once. In a company that takes Security Admin in that company, for all
 * companies Security Admin for all; SUPER and sets that contain it are given by those who have SUPER there.
 * @throws NightshiftError VALIDATION with the field; USER_UNKNOWN, PERMISSION_SET_UNKNOWN, COMPANY_UNKNOWN; OWN_RIGHTS,
 *   PERMISSION_DENIED
 */
export function assignPermissionSet(caller: Caller, input: AssignmentInput): Promise<AssignmentResult> {
  return change(caller, 'permissionSet.assign', input, async ({ tx, actor }, { user, set, companyNo }) => {
    await tx.run(addAssignment, [user.no, set.no, companyNo, actor.user.no]);
  });
}

/**
 * Takes a permission set from a user; it counts at once, also for the next statement of sessions that run. One that he has for
 * all companies is taken for all companies only.
 * @throws NightshiftError as `assignPermissionSet`; CONFLICT with the reason LAST_ADMINISTRATOR when nobody would administer
 *   the database after it
 */
export function unassignPermissionSet(caller: Caller, input: AssignmentInput): Promise<AssignmentResult> {
  return change(caller, 'permissionSet.unassign', input, async ({ tx }, { user, set, companyNo }) => {
    await tx.run(removeAssignment, [user.no, set.no, companyNo]);
  });
}

interface Target {
  readonly user: UserCard;
  readonly set: StoredPermissionSet;
  readonly companyNo: number | null;
}

async function change(
  caller: Caller,
  verb: 'permissionSet.assign' | 'permissionSet.unassign',
  input: AssignmentInput,
  write: (context: ChangeContext, target: Target) => Promise<void>,
): Promise<AssignmentResult> {
  const door = doorOf(caller);
  door.refuseIfOver();
  const wanted = checkAssignment(input);
  const service = administrationOf(door);
  const known = await service.authority.directory();
  // Whether he may is asked of the company in which the user gets it, wherever the caller is.
  const company = wanted.company === null ? door.company : known.company(wanted.company);
  const actor = { ...actorOf(door), company };
  const wish = { verb, kind: 'user', id: null, name: wanted.user };
  const reach = await service.authority.demand(actor, verb, wish);
  return changeRightsAs<AssignmentResult>({ service, actor, reach }, wish, async (context) => {
    const { directory } = context;
    const target = targetOf(directory, wanted);
    const { user, set, companyNo } = target;
    if (companyNo === null) demandEverywhere(directory, actor, verb);
    refuseOwn(directory, actor, target);
    const has = directory.assignments.some(
      (each) => each.userNo === user.no && each.setNo === set.no && each.companyNo === companyNo,
    );
    const adds = verb === 'permissionSet.assign';
    const object = { kind: 'user', id: String(user.no), name: user.name };
    if (has === adds) return { value: { changed: false }, isChange: false, roles: null };
    await write(context, target);
    const fact = { permissionSet: set.name, company: wanted.company };
    const told = { object, ...(adds ? { after: fact } : { before: fact }) };
    return { value: { changed: true }, ...told, roles: { userNo: user.no } };
  });
}

function targetOf(directory: Directory, { user, permissionSet, company }: AssignmentInput): Target {
  return {
    user: directory.user(user),
    set: directory.permissionSet(permissionSet),
    companyNo: company === null ? null : directory.company(company).no,
  };
}

function demandEverywhere(directory: Directory, { user }: Actor, verb: Verb): void {
  if (reachOfRights(directory.rightsEverywhere(user.no), verb) === 'any') return;
  throw new NightshiftError(
    'PERMISSION_DENIED',
    `User ${user.name} may not change what somebody has in all companies; for all companies that takes one of: SUPER, Security Admin.`,
    { details: { user: user.name, verb, sets: ['SUPER', 'Security Admin'] } },
  );
}

/** Also what would change nothing in the end, such as a second set with the same rights. */
function refuseOwn(directory: Directory, { user }: Actor, target: Target): void {
  if (target.user.no !== user.no || hasSuper(directory.rightsEverywhere(user.no))) return;
  throw ownRights(user.name);
}

function checkAssignment(input: AssignmentInput): AssignmentInput {
  const { user, permissionSet, company, ...others } = objectOf(
    input,
    'assignment',
  ) as unknown as AssignmentInput;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw refused(unknown, `There is no field "${unknown}" of an assignment.`);
  if (typeof user !== 'string') throw refused('user', 'user is the name of a user.');
  if (typeof permissionSet !== 'string')
    throw refused('permissionSet', 'permissionSet is the name of a permission set.');
  if (company !== null && typeof company !== 'string')
    throw refused('company', 'company is the name of a company, or null for all companies.');
  return { user, permissionSet, company };
}
