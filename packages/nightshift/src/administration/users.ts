import { NightshiftError } from '../foundation/index.ts';
import { isGone, type UserCard } from '../permissions/index.ts';
import type { Caller } from '../session/index.ts';
import { admit, type ChangeContext } from './administrate.ts';
import { differences } from './differences.ts';
import { changeRightsAs, type RightsChanged } from './rights-change.ts';
import { addUser, assignmentsOfUser, changeUser } from './user.sql.ts';
import { USER_STATES } from './user-actions.ts';
import {
  checkNewUser,
  checkUserChanges,
  foldedName,
  nameIn,
  objectOf,
  refused,
  type UserChanges,
  type UserFields,
  type UserInput,
} from './user-input.ts';

/** A user as people see him. */
export interface ListedUser extends UserCard {
  /** Disabled, or his time is over: what would run as him does not. */
  readonly isGone: boolean;
}

/** A permission set that a user has. */
export interface UserAssignment {
  readonly permissionSet: string;
  /** Null: in all companies. */
  readonly company: string | null;
  /** Null: nobody's doing, or that of somebody who is no longer known. */
  readonly assignedBy: string | null;
  readonly assignedAt: Date;
}

/** A user with what he is assigned. */
export interface UserDetails extends ListedUser {
  /** By the name of the set, those for all companies in front. */
  readonly assignments: readonly UserAssignment[];
}

/** Which users are meant. Default: all. */
export interface UserFilter {
  /** True: only those who are gone; false: only those who are not. */
  readonly isGone?: boolean;
  readonly kind?: UserCard['kind'];
}

/**
 * Creates a user, who has no permission set yet.
 * @throws NightshiftError VALIDATION with the field; CONFLICT when the name is taken; PERMISSION_DENIED
 */
export async function createUser(caller: Caller, input: UserInput): Promise<ListedUser> {
  const wish = { verb: 'user.create', kind: 'user', id: null, name: nameIn(input) } as const;
  const administrator = await admit(caller, wish.verb, wish);
  const now = administrator.service.clock.now();
  const fields = checkNewUser(input, now);
  return changeRightsAs(administrator, wish, async ({ tx, directory }) => {
    refuseTakenName(directory.users, fields.name, null);
    const [row] = await tx.run<Pick<UserCard, 'no' | 'version'>>(addUser, [
      JSON.stringify(columnsOf(fields)),
    ]);
    if (row === undefined) throw new NightshiftError('INTERNAL', 'The user was not stored.');
    const user: UserCard = { ...fields, state: 'enabled', no: row.no, version: row.version };
    return { value: listedUser(user, now), object: objectOfUser(user), after: fields, roles: null };
  });
}

/**
 * The users by name; a caller who may not see them all sees himself.
 * @throws NightshiftError VALIDATION with the field; PERMISSION_DENIED
 */
export async function listUsers(caller: Caller, filter: UserFilter = {}): Promise<readonly ListedUser[]> {
  const wanted = checkFilter(filter);
  const { service, actor, reach } = await admit(caller, 'user.read', { kind: 'user', id: null });
  const now = service.clock.now();
  const { users } = await service.authority.directory();
  return users
    .filter((user) => reach === 'any' || user.no === actor.user.no)
    .map((user) => listedUser(user, now))
    .filter((user) => wanted.isGone === undefined || user.isGone === wanted.isGone)
    .filter((user) => wanted.kind === undefined || user.kind === wanted.kind)
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** One user, with what he is assigned. @throws NightshiftError USER_UNKNOWN, PERMISSION_DENIED */
export async function getUser(caller: Caller, name: string): Promise<UserDetails> {
  const isOwn = name === caller.user;
  const wish = { kind: 'user', id: null, name: String(name), isOwn };
  const { service } = await admit(caller, 'user.read', wish);
  const user = (await service.authority.directory()).user(name);
  const rows = await service.database.run<AssignmentRow>(assignmentsOfUser, [user.no]);
  return {
    ...listedUser(user, service.clock.now()),
    assignments: rows.map((row) => ({
      permissionSet: row.permission_set,
      company: row.company,
      assignedBy: row.assigned_by,
      assignedAt: row.assigned_at,
    })),
  };
}

interface AssignmentRow {
  readonly permission_set: string;
  readonly company: string | null;
  readonly assigned_by: string | null;
  readonly assigned_at: Date;
}

/**
 * Changes what is set of a user; what is not named stays. What runs as him goes on under the same number.
 * @throws NightshiftError VALIDATION with the field; USER_UNKNOWN; CONFLICT with the current state when he has changed since
 *   `version`, with the reason LAST_ADMINISTRATOR when nobody would administer the database after it; OWN_RIGHTS,
 *   PERMISSION_DENIED
 */
export async function modifyUser(caller: Caller, name: string, changes: UserChanges): Promise<ListedUser> {
  return change(caller, name, () => {
    const { version, ...fields } = checkUserChanges(changes);
    return (user, { directory }) => {
      if (fields.name !== undefined) refuseTakenName(directory.users, fields.name, user.no);
      if (version !== undefined && version !== user.version) throw changedSince(user);
      return { ...user, ...fields };
    };
  });
}

/**
 * Disables a user, at once: his sessions begin no more, and his roles give nothing. Users are never deleted, since tasks, logs
 * and the audit log name them.
 * @throws NightshiftError USER_UNKNOWN, CONFLICT with the reason LAST_ADMINISTRATOR, OWN_RIGHTS, PERMISSION_DENIED
 */
export async function disableUser(caller: Caller, name: string): Promise<ListedUser> {
  return change(caller, name, () => (user) => ({ ...user, state: USER_STATES.disable }));
}

/**
 * Enables a user again; one whose time is over stays gone until `validUntil` is moved.
 * @throws NightshiftError USER_UNKNOWN, OWN_RIGHTS, PERMISSION_DENIED
 */
export async function enableUser(caller: Caller, name: string): Promise<ListedUser> {
  return change(caller, name, () => (user) => ({ ...user, state: USER_STATES.enable }));
}

type UserChange = (user: UserCard, context: ChangeContext) => UserCard;

/** @param changeOf looks at the input, of somebody who may change users */
async function change(caller: Caller, name: string, changeOf: () => UserChange): Promise<ListedUser> {
  const wish = { verb: 'user.modify', kind: 'user', id: null, name: String(name) } as const;
  const administrator = await admit(caller, wish.verb, wish);
  const to = changeOf();
  return changeRightsAs(administrator, wish, async (context): Promise<RightsChanged<ListedUser>> => {
    const now = context.service.clock.now();
    const user = context.directory.user(name);
    const wanted = to(user, context);
    const difference = differences(user, wanted);
    if (difference === null) return { value: listedUser(user, now), isChange: false, roles: null };
    const values = [user.no, JSON.stringify({ ...columnsOf(wanted), state: wanted.state })];
    const [row] = await context.tx.run<{ version: number }>(changeUser, values);
    const version = row?.version ?? user.version;
    const value = listedUser({ ...wanted, version }, now);
    return { value, object: objectOfUser(user), ...difference, roles: { userNo: user.no } };
  });
}

function listedUser(user: UserCard, now: Date): ListedUser {
  return { ...user, isGone: isGone(user, now) };
}

function objectOfUser({ no, name }: Pick<UserCard, 'no' | 'name'>) {
  return { kind: 'user', id: String(no), name };
}

function columnsOf(fields: UserFields): Readonly<Record<string, unknown>> {
  return {
    name: fields.name,
    full_name: fields.fullName,
    language: fields.language,
    time_zone: fields.timeZone,
    kind: fields.kind,
    can_schedule: fields.canSchedule,
    is_delegated: fields.isDelegated,
    valid_until: fields.validUntil,
  };
}

function refuseTakenName(users: readonly UserCard[], name: string, ownNo: number | null): void {
  const folded = foldedName(name);
  const other = users.find((user) => user.no !== ownNo && foldedName(user.name) === folded);
  if (other === undefined) return;
  const text =
    other.name === name
      ? `There is a user ${JSON.stringify(name)} already.`
      : `User ${JSON.stringify(other.name)} has the same name, but for case or for what nobody sees.`;
  throw new NightshiftError('CONFLICT', text, { field: 'name', details: { user: other.name } });
}

function changedSince(user: UserCard): NightshiftError {
  return new NightshiftError(
    'CONFLICT',
    `User ${user.name} has changed since: it is version ${user.version}.`,
    {
      field: 'version',
      details: { current: user },
    },
  );
}

function checkFilter(filter: UserFilter): UserFilter {
  const { isGone: gone, kind, ...others } = objectOf(filter, 'filter') as UserFilter;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw refused(unknown, `There is no filter "${unknown}" of users.`);
  if (gone !== undefined && typeof gone !== 'boolean') throw refused('isGone', 'isGone is true or false.');
  if (kind !== undefined && kind !== 'person' && kind !== 'application')
    throw refused('kind', 'kind is "person" or "application".');
  return filter;
}
