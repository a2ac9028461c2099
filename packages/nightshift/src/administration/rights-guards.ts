import { NightshiftError } from '../foundation/index.ts';
import {
  type Actor,
  type Directory,
  directoryOf,
  isGone,
  type Rights,
  type UserCard,
} from '../permissions/index.ts';

/** Everybody's rights before and after a change, which is not committed yet. */
export interface RightsChange {
  readonly before: Directory;
  readonly after: Directory;
  readonly actor: Actor;
  readonly now: Date;
}

/**
 * What holds for every change of rights, whichever verb makes it: an administrator remains; SUPER is given and taken by those
 * who have it; nobody changes his own rights, except whoever has SUPER.
 * @throws NightshiftError CONFLICT with the reason LAST_ADMINISTRATOR, PERMISSION_DENIED, OWN_RIGHTS
 */
export function guardRights(change: RightsChange): void {
  guardLastAdministrator(change);
  const { before, actor } = change;
  if (hasSuper(before.rightsEverywhere(actor.user.no))) return;
  guardSuper(change);
  guardOwnRights(change);
}

/**
 * Why a user does not get into another state, as whoever would bring him there is told; null: `guardRights` lets it pass.
 * Whether the actor may change users at all is for the authority to say.
 */
export function stateRefusal(
  { before, actor, now }: Omit<RightsChange, 'after'>,
  { no }: Pick<UserCard, 'no'>,
  state: UserCard['state'],
): NightshiftError | null {
  // Of nobody else a state is anything that the guards look at.
  if (no !== actor.user.no && !superAssignments(before).some(({ userNo }) => userNo === no)) return null;
  const users = before.users.map((user) => (user.no === no ? { ...user, state } : user));
  try {
    guardRights({ before, after: directoryOf({ ...before, users }), actor, now });
    return null;
  } catch (error) {
    if (error instanceof NightshiftError) return error;
    throw error;
  }
}

/** Whether rights are all rights. */
export function hasSuper(rights: Rights): boolean {
  return rights.builtIn.has('SUPER');
}

function guardLastAdministrator({ before, after, now }: RightsChange): void {
  const had = administrators(before, now);
  const has = administrators(after, now);
  if (had.now === 0 || (has.now > 0 && (has.forGood > 0 || had.forGood === 0))) return;
  throw new NightshiftError(
    'CONFLICT',
    'After that nobody would administer this database: one enabled user without an end keeps SUPER for all companies.',
    { details: { reason: 'LAST_ADMINISTRATOR' } },
  );
}

/** How many users have SUPER for all companies: today, and without an end. */
function administrators(directory: Directory, now: Date): { readonly now: number; readonly forGood: number } {
  const numbers = new Set(
    superAssignments(directory).flatMap(({ userNo, companyNo }) => (companyNo === null ? [userNo] : [])),
  );
  const users = directory.users.filter((user) => numbers.has(user.no) && !isGone(user, now));
  return { now: users.length, forGood: users.filter(({ validUntil }) => validUntil === null).length };
}

function superAssignments(directory: Directory) {
  const sets = new Set(
    directory.permissionSets.filter(({ name }) => hasSuper(directory.rightsOfSet(name))).map(({ no }) => no),
  );
  return directory.assignments.filter(({ setNo }) => sets.has(setNo));
}

/** Users with SUPER, what is set of them, and sets that are or contain SUPER stay as they are. */
function guardSuper({ before, after, actor }: RightsChange): void {
  const mayIn = (companyNo: number | null) =>
    companyNo !== null && hasSuper(before.rightsOf(actor.user.no, companyNo));
  const keys = (directory: Directory) =>
    new Map(superAssignments(directory).map((each) => [`${each.userNo} ${each.companyNo}`, each.companyNo]));
  const there = keys(before);
  const then = keys(after);
  const moved = [
    ...[...there].filter(([key]) => !then.has(key)),
    ...[...then].filter(([key]) => !there.has(key)),
  ];
  if (moved.every(([, companyNo]) => mayIn(companyNo)) && superText(before) === superText(after, before))
    return;
  throw new NightshiftError(
    'PERMISSION_DENIED',
    `User ${actor.user.name} may not give or take SUPER, change who has it, or what contains it; that takes SUPER.`,
    { details: { user: actor.user.name, sets: ['SUPER'] } },
  );
}

/** Which sets contain SUPER, and what is set of those who have it, or have had it `before`. */
function superText(directory: Directory, before = directory): string {
  const holders = new Set(superAssignments(before).map(({ userNo }) => userNo));
  const names = directory.permissionSets.map(({ name }) => name);
  return JSON.stringify([
    names.filter((name) => hasSuper(directory.rightsOfSet(name))),
    directory.users.filter(({ no }) => holders.has(no)).map((user) => [user.name, flagsText(user)]),
  ]);
}

function guardOwnRights({ before, after, actor }: RightsChange): void {
  const { no, name } = actor.user;
  if (ownText(before, no) === ownText(after, no)) return;
  throw ownRights(name);
}

/** The refusal of whoever would change his own rights. */
export function ownRights(name: string): NightshiftError {
  return new NightshiftError('OWN_RIGHTS', `User ${name} may not change his own rights.`, {
    details: { user: name },
  });
}

/** All that decides what a user may do, as text. */
function ownText(directory: Directory, userNo: number): string {
  const assigned = directory.assignments.filter((assignment) => assignment.userNo === userNo);
  const numbers = new Set(assigned.map(({ setNo }) => setNo));
  const sets = directory.permissionSets.filter((set) => numbers.has(set.no));
  return JSON.stringify([
    flagsText(directory.userByNo(userNo)),
    assigned.map(({ setNo, companyNo }) => `${setNo} ${companyNo}`).sort(),
    sets.map(({ name }) => rightsText(directory.rightsOfSet(name))),
  ]);
}

function flagsText({ state, kind, canSchedule, isDelegated, validUntil }: UserCard): string {
  return JSON.stringify({ state, kind, canSchedule, isDelegated, validUntil });
}

function rightsText({ codeunits, reports, tables, builtIn }: Rights): string {
  const lists = [codeunits, reports, tables.R, tables.I, tables.M, tables.D];
  return JSON.stringify([
    [...builtIn].sort(),
    ...lists.map(({ allBut, names }) => [allBut, ...[...names].sort()]),
  ]);
}
