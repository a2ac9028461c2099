import type { Directory } from './directory.ts';
import {
  mayRun,
  type NamedObject,
  type Rights,
  type StoredPermissionSet,
  tableRights,
} from './effective-rights.ts';
import { EVERY } from './name-set.ts';
import type { PermissionSetDefinition } from './permission-set.ts';

/** A single right, as it is asked for in sets. */
export interface SoughtRight {
  /** Whether rights have it. */
  readonly isIn: (rights: Rights) => boolean;
  /** Whether a set names it itself. */
  readonly isNamedIn: (definition: PermissionSetDefinition) => boolean;
}

/** Where a user has a right from, or what became of it. */
export interface RightTrace {
  /** The sets, from the one that he is assigned down to the one that names it; each includes the next. */
  readonly path: readonly string[];
  /** Where he has the first one: the name of the company; null: in all companies. */
  readonly company: string | null;
  /** Null: it gives the right. Else the set of the path that excludes what it takes away, and the set that it excludes. */
  readonly takenAway: { readonly by: string; readonly excluding: string } | null;
}

/** The right to run a codeunit or a report. */
export function rightToRun(object: NamedObject): SoughtRight {
  return {
    isIn: (rights) => mayRun(rights, object),
    isNamedIn: ({ codeunits, reports }) => {
      const named = object.objectType === 'codeunit' ? codeunits : reports;
      return named.includes(object.name) || named.includes(EVERY);
    },
  };
}

/** One right to a table. @param letter one of R, I, M and D */
export function rightToTable(table: string, letter: string): SoughtRight {
  return {
    isIn: (rights) => tableRights(rights, table).includes(letter),
    isNamedIn: ({ tables }) =>
      Object.entries(tables).some(
        ([name, letters]) => (name === table || name === EVERY) && letters.includes(letter),
      ),
  };
}

/**
 * By which of his sets a user has a right in a company, and by which he would have it if nothing took it away. What gives it
 * comes first. Empty: none of his sets has to do with it.
 */
export function tracesOf(
  directory: Directory,
  at: { readonly userNo: number; readonly companyNo: number },
  sought: SoughtRight,
): readonly RightTrace[] {
  const { userNo, companyNo } = at;
  const company = directory.companyByNo(companyNo).name;
  const traces = directory.setsOf(userNo, companyNo).flatMap((set) => {
    const everywhere = directory.assignments.some(
      (one) => one.userNo === userNo && one.setNo === set.no && one.companyNo === null,
    );
    const found = traceIn(directory, sought, set.name, new Set());
    return found === null ? [] : { ...found, company: everywhere ? null : company };
  });
  return traces.toSorted((one, other) => Number(one.takenAway !== null) - Number(other.takenAway !== null));
}

type TraceInSet = Omit<RightTrace, 'company'>;

function traceIn(
  directory: Directory,
  sought: SoughtRight,
  name: string,
  above: ReadonlySet<string>,
): TraceInSet | null {
  const set = directory.permissionSets.find((one) => one.name === name);
  if (set === undefined || above.has(name)) return null;
  const inside = new Set(above).add(name);
  const has = (one: string) => sought.isIn(directory.rightsOfSet(one));
  if (namesIt(set, sought)) return endOf(set, [name], has);
  let best: TraceInSet | null = null;
  for (const included of set.definition.includes) {
    const found = traceIn(directory, sought, included, inside);
    if (found === null) continue;
    const path = [name, ...found.path];
    const trace = found.takenAway === null ? endOf(set, path, has) : { ...found, path };
    if (trace.takenAway === null) return trace;
    best ??= trace;
  }
  return best;
}

function namesIt({ name, source, definition }: StoredPermissionSet, sought: SoughtRight): boolean {
  return source === 'built-in' ? name === 'SUPER' : sought.isNamedIn(definition);
}

/** Whether what has come to a set so far leaves it. */
function endOf(
  { name, definition }: StoredPermissionSet,
  path: readonly string[],
  has: (set: string) => boolean,
): TraceInSet {
  const excluding = definition.excludes.find(has);
  return { path, takenAway: excluding === undefined || has(name) ? null : { by: name, excluding } };
}

/** `Order Entry (in all companies), which includes Order Basics`. */
export function traceText({ path, company, takenAway }: RightTrace): string {
  const [first, ...rest] = path;
  const where = company === null ? 'in all companies' : `in company ${company}`;
  const way = [`${first} (assigned ${where})`, ...rest].join(', which includes ');
  return takenAway === null
    ? way
    : `${way}; but ${takenAway.by} excludes ${takenAway.excluding}, which takes it away`;
}
