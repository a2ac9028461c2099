import { type BuiltInSet, type Reach, reachOf, VERBS, type Verb } from '../contract/permissions.ts';
import {
  ALL_NAMES,
  difference,
  EVERY,
  hasName,
  type NameSet,
  NO_NAMES,
  nameSetOf,
  union,
} from './name-set.ts';
import { type PermissionSetDefinition, TABLE_RIGHTS, type TableRight } from './permission-set.ts';

/** A permission set as the database has it. */
export interface StoredPermissionSet {
  readonly no: number;
  readonly name: string;
  readonly source: 'built-in' | 'application' | 'administrator';
  /** The application that declares it; null for the others. */
  readonly application: string | null;
  readonly description: string;
  readonly definition: PermissionSetDefinition;
  /** The code that declared it does so no more. */
  readonly isObsolete: boolean;
  readonly version: number;
}

/** What can be run. */
export type ObjectType = 'codeunit' | 'report';

/** Something that can be run, by its name: no codeunit and report of an application have the same one. */
export interface NamedObject {
  readonly objectType: ObjectType;
  readonly name: string;
}

/** What may be done: run codeunits and reports, touch tables, use verbs. */
export interface Rights {
  readonly codeunits: NameSet;
  readonly reports: NameSet;
  readonly tables: Readonly<Record<TableRight, NameSet>>;
  /** The built-in sets in it, which give rights to verbs. */
  readonly builtIn: ReadonlySet<BuiltInSet>;
}

export const NO_RIGHTS: Rights = Object.freeze({
  codeunits: NO_NAMES,
  reports: NO_NAMES,
  tables: Object.freeze({ R: NO_NAMES, I: NO_NAMES, M: NO_NAMES, D: NO_NAMES }),
  builtIn: new Set<BuiltInSet>(),
});

const SUPER_RIGHTS: Rights = Object.freeze({
  codeunits: ALL_NAMES,
  reports: ALL_NAMES,
  tables: Object.freeze({ R: ALL_NAMES, I: ALL_NAMES, M: ALL_NAMES, D: ALL_NAMES }),
  builtIn: new Set<BuiltInSet>(['SUPER']),
});

/** What both give together. */
export function bothRights(one: Rights, other: Rights): Rights {
  if (other === NO_RIGHTS) return one;
  return combined(one, other, union, one.builtIn.union(other.builtIn));
}

/** What the first gives and the second does not. */
function lessRights(one: Rights, other: Rights): Rights {
  return combined(one, other, difference, one.builtIn.difference(other.builtIn));
}

function combined(
  one: Rights,
  other: Rights,
  combine: (one: NameSet, other: NameSet) => NameSet,
  builtIn: ReadonlySet<BuiltInSet>,
): Rights {
  const table = (right: TableRight) => combine(one.tables[right], other.tables[right]);
  return {
    codeunits: combine(one.codeunits, other.codeunits),
    reports: combine(one.reports, other.reports),
    tables: { R: table('R'), I: table('I'), M: table('M'), D: table('D') },
    builtIn,
  };
}

/**
 * What each set gives, by name: what it names and what it includes, without all that the sets give which it excludes. A
 * name that is no set gives nothing, and a set gives nothing to itself.
 */
export function effectiveSets(sets: readonly StoredPermissionSet[]): ReadonlyMap<string, Rights> {
  const byName = new Map(sets.map((set) => [set.name, set]));
  const done = new Map<string, Rights>();
  const rightsOf = (name: string, above: ReadonlySet<string>): Rights => {
    const known = done.get(name);
    const set = byName.get(name);
    if (known !== undefined) return known;
    if (set === undefined || above.has(name)) return NO_RIGHTS;
    const inside = new Set(above).add(name);
    const all = (names: readonly string[]) =>
      names.reduce((sum, each) => bothRights(sum, rightsOf(each, inside)), NO_RIGHTS);
    const given = bothRights(named(set), all(set.definition.includes));
    const rights =
      set.definition.excludes.length === 0 ? given : lessRights(given, all(set.definition.excludes));
    // In a circle the answer depends on where it was entered; such sets are refused where they are made.
    done.set(name, rights);
    return rights;
  };
  for (const { name } of sets) rightsOf(name, new Set());
  return done;
}

/** What a set names itself. */
function named({ name, source, definition }: StoredPermissionSet): Rights {
  if (source === 'built-in') {
    return name === 'SUPER' ? SUPER_RIGHTS : { ...NO_RIGHTS, builtIn: new Set([name as BuiltInSet]) };
  }
  const table = (right: TableRight) =>
    nameSetOf(Object.keys(definition.tables).filter((each) => definition.tables[each]?.includes(right)));
  return {
    codeunits: nameSetOf(definition.codeunits),
    reports: nameSetOf(definition.reports),
    tables: { R: table('R'), I: table('I'), M: table('M'), D: table('D') },
    builtIn: new Set(),
  };
}

/** The names of sets that lead back to themselves by what they include and exclude, in order; empty when none does. */
export function circleOf(name: string, sets: readonly StoredPermissionSet[]): readonly string[] {
  const byName = new Map(sets.map((set) => [set.name, set]));
  const seen = new Set<string>();
  const search = (at: string, path: readonly string[]): readonly string[] => {
    const definition = byName.get(at)?.definition;
    if (definition === undefined) return [];
    for (const next of [...definition.includes, ...definition.excludes]) {
      if (next === name) return [...path, next];
      if (seen.has(next)) continue;
      seen.add(next);
      const found = search(next, [...path, next]);
      if (found.length > 0) return found;
    }
    return [];
  };
  return search(name, [name]);
}

export function mayRun(rights: Rights, { objectType, name }: NamedObject): boolean {
  return hasName(objectType === 'codeunit' ? rights.codeunits : rights.reports, name);
}

/** The rights to a table, in the order RIMD; those of `*`: to tables that nobody names. */
export function tableRights(rights: Rights, table: string): string {
  return TABLE_RIGHTS.filter((right) => hasName(rights.tables[right], table)).join('');
}

/** Of what is needed (`{ sales_order: 'RI' }`) what is lacking, in the same form. */
export function lackingTables(
  rights: Rights,
  needed: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const lacking: Record<string, string> = {};
  for (const [table, letters] of Object.entries(needed)) {
    const present = tableRights(rights, table === EVERY ? EVERY : table);
    const missing = [...letters].filter((right) => !present.includes(right)).join('');
    if (missing !== '') lacking[table] = missing;
  }
  return lacking;
}

/** How far the rights go for a verb; null: not at all. */
export function reachOfRights(rights: Rights, verb: Verb): Reach | null {
  const reaches = [...rights.builtIn].map((set) => reachOf(verb, set));
  if (reaches.includes('any')) return 'any';
  return reaches.includes('own') ? 'own' : VERBS[verb].everyone;
}
