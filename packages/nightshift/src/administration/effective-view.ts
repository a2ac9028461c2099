import { type BuiltInSet, VERBS, type Verb } from '../contract/permissions.ts';
import { EVERY, type Rights, reachOfRights, tableRights } from '../permissions/index.ts';

/** A list of names, or all but those of the list. */
export interface NameList {
  readonly allBut: boolean;
  readonly names: readonly string[];
}

/** What a permission set gives in the end, with all that it includes and without what it excludes. */
export interface EffectiveRights {
  readonly codeunits: NameList;
  readonly reports: NameList;
  /** Rights by table, some of RIMD in this order; `*`: to all tables that are not named. Blank: none, in spite of `*`. */
  readonly tables: Readonly<Record<string, string>>;
  /** The built-in sets in it. */
  readonly builtInSets: readonly BuiltInSet[];
  /** The verbs that may be used by these, beyond what everybody may. */
  readonly verbs: readonly Verb[];
}

/** Rights in a form for people and programs. */
export function effectiveRights(rights: Rights): EffectiveRights {
  const { tables } = rights;
  const named = new Set([tables.R, tables.I, tables.M, tables.D].flatMap(({ names }) => [...names]));
  const others = tableRights(rights, EVERY);
  const each = [...named].sort().map((table): [string, string] => [table, tableRights(rights, table)]);
  return {
    codeunits: nameList(rights.codeunits),
    reports: nameList(rights.reports),
    tables: Object.fromEntries([
      ...(others === '' ? [] : [[EVERY, others]]),
      ...each.filter(([, letters]) => letters !== others),
    ]),
    builtInSets: [...rights.builtIn].sort(),
    verbs: (Object.keys(VERBS) as Verb[]).filter(
      (verb) => reachOfRights(rights, verb) !== VERBS[verb].everyone,
    ),
  };
}

function nameList({ allBut, names }: Rights['codeunits']): NameList {
  return { allBut, names: [...names].sort() };
}
