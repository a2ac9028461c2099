import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commandsOf } from './role-commands.ts';
import { nameOfRole, type RolePart, roleNames, roleOfName } from './role-names.ts';
import {
  differencesOf,
  type FoundGrant,
  type FoundMembership,
  type FoundRole,
  type FoundState,
  type GrantObject,
  grantKey,
  type RoleDifference,
  type WantedState,
} from './role-state.ts';

const ROLES = ['a', 'b', 'c', 'd'] as const;
const name = fc.constantFrom(...ROLES);
const way = fc.constantFrom('inherits' as const, 'becomes' as const);
const object: fc.Arbitrary<GrantObject> = fc.record({
  kind: fc.constantFrom('schema', 'table', 'sequence', 'column', 'tables to come'),
  schema: fc.constantFrom('co_1', 'app_shared'),
  name: fc.constantFrom('Sales "Order"', 'note'),
  column: fc.constantFrom('', 'price'),
});
const privileges = fc.uniqueArray(fc.constantFrom('SELECT', 'INSERT', 'UPDATE', 'DELETE'), { minLength: 1 });
const grant = fc.record({ role: name, on: object, privileges });

const wantedStates: fc.Arbitrary<WantedState> = fc.record({
  roles: fc.uniqueArray(fc.record({ name, comment: fc.string() }), { selector: (role) => role.name }),
  memberships: fc.uniqueArray(fc.record({ member: name, role: name, way }), {
    selector: ({ member, role }) => `${member} ${role}`,
  }),
  grants: fc.uniqueArray(grant, { selector: ({ role, on }) => grantKey(role, on) }),
});
const foundStates: fc.Arbitrary<FoundState> = fc.record({
  roles: fc.uniqueArray(
    fc.record({
      name,
      comment: fc.string(),
      owns: fc.boolean(),
      powers: fc.uniqueArray(fc.constantFrom('SUPERUSER', 'LOGIN', 'CREATEROLE')),
    }),
    { selector: (role) => role.name },
  ),
  // The same membership may have been given by several.
  memberships: fc.uniqueArray(
    fc.record({ member: name, role: name, way: fc.option(way), grantor: fc.constantFrom('p', 'q') }),
    { selector: ({ member, role, grantor }) => `${member} ${role} ${grantor}` },
  ),
  grants: fc.uniqueArray(
    grant.chain((each) => fc.record({ ...constants(each), isGrantable: fc.boolean() })),
    { selector: ({ role, on }) => grantKey(role, on) },
  ),
});

function constants<T extends object>(value: T): { [Key in keyof T]: fc.Arbitrary<T[Key]> } {
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, fc.constant(each)])) as never;
}

/** What PostgreSQL makes of a difference that is undone. */
function applied(state: FoundState, difference: RoleDifference): FoundState {
  const { roles, memberships, grants } = state;
  const { role } = difference;
  switch (difference.kind) {
    case 'role-missing':
      return {
        ...state,
        roles: [...roles, { name: role, comment: difference.comment, powers: [], owns: false }],
      };
    case 'role-extra':
      return { ...state, roles: roles.filter((each) => each.name !== role) };
    case 'role-owns':
      return { ...state, roles: roles.map((each) => changed(each, role, { owns: false })) };
    case 'role-powers':
      return { ...state, roles: roles.map((each) => changed(each, role, { powers: [] })) };
    case 'role-comment':
      return { ...state, roles: roles.map((each) => changed(each, role, { comment: difference.comment })) };
    case 'membership-missing':
      return {
        ...state,
        memberships: [
          ...memberships,
          { member: role, role: difference.of, way: difference.way, grantor: 'new' },
        ],
      };
    case 'membership-extra':
      return {
        ...state,
        memberships: memberships.filter(
          (each) =>
            each.member !== role || each.role !== difference.of || each.grantor !== difference.grantor,
        ),
      };
    case 'maker-function':
      return state;
    default:
      return { ...state, grants: grantsAfter(grants, difference) };
  }
}

function changed(role: FoundRole, wanted: string, change: Partial<FoundRole>): FoundRole {
  return role.name === wanted ? { ...role, ...change } : role;
}

function grantsAfter(
  grants: readonly FoundGrant[],
  difference: Extract<RoleDifference, { on: GrantObject }>,
): readonly FoundGrant[] {
  const key = grantKey(difference.role, difference.on);
  const present = grants.find((each) => grantKey(each.role, each.on) === key);
  const rest = grants.filter((each) => each !== present);
  const { kind, role, on } = difference;
  if (kind === 'grant-option')
    return present === undefined ? rest : [...rest, { ...present, isGrantable: false }];
  const held = new Set(present?.privileges ?? []);
  const after = held[kind === 'grant-missing' ? 'union' : 'difference'](new Set(difference.privileges));
  if (after.size === 0) return rest;
  return [...rest, { role, on, isGrantable: present?.isGrantable ?? false, privileges: [...after] }];
}

describe('differences between what is wanted and what is found', () => {
  it('are none any more when all are undone', () => {
    fc.assert(
      fc.property(wantedStates, foundStates, (wanted, found) => {
        const after = differencesOf(wanted, found).reduce(applied, found);
        expect(differencesOf(wanted, after)).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('are none between a state and itself', () => {
    fc.assert(
      fc.property(wantedStates, (wanted) => {
        const found: FoundState = {
          roles: wanted.roles.map((role) => ({ ...role, powers: [], owns: false })),
          memberships: wanted.memberships.map((each): FoundMembership => ({ ...each, grantor: 'p' })),
          grants: wanted.grants.map((each) => ({ ...each, isGrantable: false })),
        };
        expect(differencesOf(wanted, found)).toEqual([]);
      }),
    );
  });
});

describe('the names of roles', () => {
  const numbers = fc.integer({ min: 1, max: 2 ** 31 - 1 });
  const part: fc.Arbitrary<RolePart> = fc.oneof(
    fc.record({ kind: fc.constant('slot' as const), slotNo: numbers }),
    fc.record({ kind: fc.constant('company' as const), companyNo: numbers }),
    fc.record({ kind: fc.constant('set' as const), setNo: numbers, companyNo: numbers }),
    fc.record({ kind: fc.constant('lent' as const), lentNo: numbers, companyNo: numbers }),
    fc.record({ kind: fc.constant('maker' as const), group: fc.option(numbers), companyNo: numbers }),
    fc.record({
      kind: fc.constant('user' as const),
      userNo: numbers,
      companyNo: numbers,
      lentNo: fc.option(numbers),
    }),
    fc.record({ kind: fc.constantFrom('app' as const, 'session' as const) }) as fc.Arbitrary<RolePart>,
  );

  it('tell what they are for, and are short enough for PostgreSQL', () => {
    fc.assert(
      fc.property(part, (each) => {
        const made = nameOfRole(roleNames('0a1b2c'), each);
        expect(roleOfName(made)).toEqual({ mark: '0a1b2c', part: each });
        expect(made.length).toBeLessThanOrEqual(63);
      }),
    );
  });

  it.each([
    'ns_0a1b2c_',
    'ns_0a1b2c_u1',
    'ns_0a1b2c_u1_c1_i',
    'ns_0a1b2c_apps',
    'ns_0A1B2C_app',
    'xns_0a1b2c_app',
  ])('of others are none of ours: %s', (other) => expect(roleOfName(other)).toBeNull());
});

it('names of every kind are quoted in commands', () => {
  const names = roleNames('0a1b2c');
  const role = names.setInCompany(1, 1);
  const on = (kind: GrantObject['kind'], column = ''): GrantObject => ({
    kind,
    schema: 'co_1',
    name: 'Sales "Order"',
    column,
  });
  const commands = commandsOf(
    names,
    [
      { kind: 'role-missing', role, comment: "O'BRIEN \\ 😀" },
      { kind: 'membership-extra', role, of: 'pg_read_all_data', grantor: 'po"st' },
      { kind: 'grant-missing', role, on: on('table'), privileges: ['SELECT'] },
      { kind: 'grant-extra', role: 'public', on: on('column', 'unit price'), privileges: ['SELECT'] },
      { kind: 'grant-option', role, on: on('tables to come'), privileges: ['INSERT'] },
    ],
    null,
  );
  expect(commands).toEqual([
    `create role "${role}" nologin`,
    `comment on role "${role}" is  E'O''BRIEN \\\\ 😀'`,
    `revoke "pg_read_all_data" from "${role}" granted by "po""st" cascade`,
    `alter default privileges for role "ns_0a1b2c_app" in schema "co_1" revoke grant option for INSERT on tables from "${role}" cascade`,
    `revoke SELECT ("unit price") on table "co_1"."Sales ""Order""" from public cascade`,
    `grant SELECT on table "co_1"."Sales ""Order""" to "${role}"`,
  ]);
});
