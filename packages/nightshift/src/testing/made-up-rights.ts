import type {
  CompanyCard,
  Directory,
  RunnableObject,
  StoredPermissionSet,
  UserCard,
} from '../permissions/index.ts';
import { checkDefinition, directoryOf, type PermissionSetDefinition } from '../permissions/index.ts';

/** When tests of rights take place. */
export const NOW = new Date('2026-08-01T08:00:00Z');
/** The company of tests of rights. */
export const CRONUS: CompanyCard = { no: 1, name: 'CRONUS', timeZone: 'UTC', state: 'open', version: 1 };
/** The user of tests of rights. */
export const CLERK: UserCard = {
  no: 2,
  name: 'CLERK',
  language: 'en-US',
  timeZone: 'UTC',
  fullName: '',
  state: 'enabled',
  kind: 'person',
  canSchedule: true,
  isDelegated: false,
  validUntil: null,
  version: 1,
};
export const SUPER = 'SUPER';

type Definition = Partial<PermissionSetDefinition>;

function sets(definitions: Readonly<Record<string, Definition>>): readonly StoredPermissionSet[] {
  const common = { description: '', isObsolete: false, version: 1 };
  const own = Object.entries(definitions).map(([name, definition], at) => ({
    ...common,
    no: at + 100,
    name,
    source: 'administrator' as const,
    application: null,
    definition: checkDefinition(definition),
  }));
  const builtIn = ['SUPER', 'Job Queue Run', 'Job Queue Admin'].map((name, at) => ({
    ...common,
    no: at + 1,
    name,
    source: 'built-in' as const,
    application: null,
    definition: checkDefinition({}),
  }));
  return [...builtIn, ...own];
}

/** A directory in which CLERK has some of these sets in CRONUS, and those codeunits are lent these rights. */
export function directoryWith(
  definitions: Readonly<Record<string, Definition>>,
  has: readonly string[],
  lent: Readonly<Record<string, Readonly<Record<string, string>>>> = {},
): Directory {
  const permissionSets = sets(definitions);
  return directoryOf({
    companies: [CRONUS],
    users: [CLERK],
    permissionSets,
    assignments: permissionSets
      .filter(({ name }) => has.includes(name))
      .map(({ no }) => ({ userNo: CLERK.no, setNo: no, companyNo: CRONUS.no })),
    inherentPermissions: Object.entries(lent).map(([codeunit, tables], no) => ({ no, codeunit, tables })),
  });
}

/** A codeunit, as far as rights are concerned. */
export function runnable(name: string, tables?: Readonly<Record<string, string>>): RunnableObject {
  return {
    objectType: 'codeunit',
    name,
    permissions: tables === undefined ? {} : { tables },
    onRunPrivileged: null,
  };
}
