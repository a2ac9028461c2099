import type { RoleNames } from './role-names.ts';
import type { GrantObject, RoleDifference } from './role-state.ts';
import {
  addMembers,
  commentOnRole,
  createRole,
  dropRole,
  grantOn,
  removeMembers,
  revokeGrantOptionOn,
  revokeOn,
  takeOwnership,
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
 */
export function commandsOf(names: RoleNames, differences: readonly RoleDifference[]): readonly string[] {
  const of = <Kind extends RoleDifference['kind']>(kind: Kind) =>
    differences.filter((difference): difference is Of<Kind> => difference.kind === kind);
  return [
    ...of('role-missing').map(({ role }) => createRole(role)),
    ...[...of('role-missing'), ...of('role-comment')].map(({ role, comment }) =>
      commentOnRole(role, comment),
    ),
    ...of('role-owns').flatMap(({ role }) => takeOwnership(role, names.app)),
    ...of('role-powers').map(({ role, powers }) => takePowers(role, powers)),
    ...inGroups(of('membership-extra'), ({ of: role, grantor }) => [role, grantor]).map((group) =>
      removeMembers(group[0].of, members(group), group[0].grantor),
    ),
    ...grantCommands(of('grant-option'), names, revokeGrantOptionOn),
    ...grantCommands(of('grant-extra'), names, revokeOn),
    ...grantCommands(of('grant-missing'), names, grantOn),
    ...inGroups(of('membership-missing'), ({ of: role, way }) => [role, way]).map((group) =>
      addMembers(group[0].of, members(group), group[0].way),
    ),
    ...of('role-extra').flatMap(({ role }) => dropRole(role, names.app)),
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
