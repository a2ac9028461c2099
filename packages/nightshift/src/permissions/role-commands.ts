import {
  byAdministrator,
  commandsOfMakers,
  isMaker,
  type Makers,
  madeByLogin,
  makersLast,
} from './role-makers.ts';
import type { RoleNames } from './role-names.ts';
import type { GrantObject, RoleDifference } from './role-state.ts';
import {
  addMembers,
  commentOnRole,
  createMakerFunction,
  createRole,
  dropMaker,
  dropRole,
  grantOn,
  joinRole,
  reassignOwned,
  removeMembers,
  revokeGrantOptionOn,
  revokeOn,
  takePowers,
} from './roles.sql.ts';

/** Members or objects in one command. */
const LISTED_MAX = 500;
/** Commands in one message. */
const COMMANDS_MAX = 200;

type Of<Kind extends RoleDifference['kind']> = Extract<RoleDifference, { kind: Kind }>;

/**
 * The commands that undo differences, in an order in which they can be done. Members of one role and objects of one kind share a command:
 * each costs a walk through everything that our login is a member of, which can be tens of thousands of roles.
 * @param makers who carries them out; null: our login
 */
export function commandsOf(
  names: RoleNames,
  differences: readonly RoleDifference[],
  makers: Makers | null,
): readonly string[] {
  const of = <Kind extends RoleDifference['kind']>(kind: Kind) =>
    differences.filter((difference): difference is Of<Kind> => difference.kind === kind);
  const missing = of('role-missing');
  const ours = madeByLogin(names, makers, missing);
  const by = byAdministrator(names, makers, missing);
  const joined = (role: string) => by(role, joinRole(role, makers?.login ?? null));
  return [
    ...ours.map(({ role }) => createRole(role)),
    ...commandsOfMakers(names, makers, missing),
    ...[...ours, ...of('role-comment')].map(({ role, comment }) => commentOnRole(role, comment)),
    ...of('role-owns').flatMap(({ role }) => [joined(role), reassignOwned(role, names.app)]),
    ...of('maker-function').flatMap(({ role }) => createMakerFunction(role)),
    ...of('role-powers').map(({ role, powers }) => takePowers(role, powers)),
    ...inGroups(of('membership-extra'), ({ of: role, grantor }) => [role, grantor]).map((group) =>
      by(group[0].of, removeMembers(group[0].of, members(group), group[0].grantor), group[0].grantor),
    ),
    ...grantCommands(of('grant-option'), names, revokeGrantOptionOn),
    ...grantCommands(of('grant-extra'), names, revokeOn),
    ...grantCommands(of('grant-missing'), names, grantOn),
    ...inGroups(of('membership-missing'), ({ of: role, way }) => [role, way]).map((group) =>
      by(group[0].of, addMembers(group[0].of, members(group), group[0].way)),
    ),
    ...makersLast(of('role-extra').map(({ role }) => role)).flatMap((role) =>
      isMaker(role) ? dropMaker(role) : [joined(role), ...dropRole(role, names.app)],
    ),
  ];
}

/** Commands as messages of several. */
export function messagesOf(commands: readonly string[]): readonly string[] {
  return chunks(commands, COMMANDS_MAX).map((chunk) => chunk.join(';\n'));
}

function members(group: readonly { readonly role: string }[]): readonly string[] {
  return group.map(({ role }) => role);
}

function grantCommands(
  differences: readonly Of<'grant-missing' | 'grant-extra' | 'grant-option'>[],
  names: RoleNames,
  command: (
    objects: readonly GrantObject[],
    privileges: readonly string[],
    role: string,
    owner: string,
  ) => string,
): readonly string[] {
  const isApart = ({ kind }: GrantObject) => !['schema', 'table', 'sequence', 'function'].includes(kind);
  const groups = inGroups(differences, ({ role, on, privileges }) => [
    role,
    privileges,
    on.kind,
    isApart(on) ? on : '',
  ]);
  return groups.map((group) =>
    command(
      group.map(({ on }) => on),
      group[0].privileges,
      group[0].role,
      names.app,
    ),
  );
}

/** Neighbours that are alike in what `key` says, none of the groups too long. */
function inGroups<T>(items: readonly T[], key: (item: T) => unknown): readonly (readonly [T, ...T[]])[] {
  const groups = Map.groupBy(items, (item) => JSON.stringify(key(item)));
  return [...groups.values()].flatMap((group) => chunks(group, LISTED_MAX));
}

function chunks<T>(items: readonly T[], size: number): readonly (readonly [T, ...T[]])[] {
  return Array.from(
    { length: Math.ceil(items.length / size) },
    (_, at) => items.slice(at * size, (at + 1) * size) as [T, ...T[]],
  );
}
