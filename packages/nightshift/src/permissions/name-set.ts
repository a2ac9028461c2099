/** Stands for every name in a list of names. */
export const EVERY = '*';

/** A set of names that may hold all but some. Immutable; closed under union and difference. */
export interface NameSet {
  /** Whether `names` are those that it lacks. */
  readonly allBut: boolean;
  readonly names: ReadonlySet<string>;
}

export const NO_NAMES: NameSet = Object.freeze({ allBut: false, names: new Set<string>() });
export const ALL_NAMES: NameSet = Object.freeze({ allBut: true, names: new Set<string>() });

/** The set of a list in which `*` stands for all. */
export function nameSetOf(names: Iterable<string>): NameSet {
  const listed = new Set(names);
  return listed.has(EVERY) ? ALL_NAMES : { allBut: false, names: listed };
}

export function hasName(set: NameSet, name: string): boolean {
  return set.names.has(name) !== set.allBut;
}

export function isEmptySet(set: NameSet): boolean {
  return !set.allBut && set.names.size === 0;
}

/** What is in one of them. */
export function union(one: NameSet, other: NameSet): NameSet {
  if (!one.allBut && !other.allBut) return { allBut: false, names: one.names.union(other.names) };
  if (one.allBut && other.allBut) return { allBut: true, names: one.names.intersection(other.names) };
  const [all, some] = one.allBut ? [one, other] : [other, one];
  return { allBut: true, names: all.names.difference(some.names) };
}

/** What is in the first and not in the second. */
export function difference(one: NameSet, other: NameSet): NameSet {
  if (!one.allBut && !other.allBut) return { allBut: false, names: one.names.difference(other.names) };
  if (!one.allBut) return { allBut: false, names: one.names.intersection(other.names) };
  if (!other.allBut) return { allBut: true, names: one.names.union(other.names) };
  return { allBut: false, names: other.names.difference(one.names) };
}
