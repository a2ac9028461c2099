import { type CompanyCard, type Directory, isGone, type UserCard } from './directory.ts';
import { lackingTables, mayRun, type ObjectType, type Rights } from './effective-rights.ts';
import { setsThatGive, setsThatRun } from './giving-sets.ts';
import { lentTo, type RunnableObject } from './rehearsal.ts';

/** Something that whoever runs a codeunit needs. */
export interface NeededRight {
  readonly kind: ObjectType | 'table';
  readonly name: string;
  /** `run`, or some of RIMD. */
  readonly right: string;
  /** The permission sets each of which gives it; `SUPER` is the last. */
  readonly sets: readonly string[];
}

/** Who may run a codeunit in a company. */
export interface EntitledUsers {
  readonly company: string;
  /** They may also schedule it. */
  readonly mayRun: readonly string[];
  /** Of those who may run it: they may not schedule, or are delegated administrators. */
  readonly mayNotSchedule: readonly string[];
}

/** What a codeunit needs, and who has it. */
export interface CodeunitOverview {
  readonly codeunit: string;
  readonly objectType: ObjectType;
  /** Whether it says which tables it touches; otherwise nobody knows before it runs. */
  readonly declaresTables: boolean;
  readonly needs: readonly NeededRight[];
  /** What it is lent while it runs, by table. */
  readonly lent: Readonly<Record<string, string>>;
  /** The permission sets each of which gives all of it; `SUPER` is the last. */
  readonly completeSets: readonly string[];
  /** Those that give some of it. */
  readonly partialSets: readonly string[];
  /** By company. */
  readonly users: readonly EntitledUsers[];
}

/** Rights per codeunit: what it takes to run it, and who may. */
export function rightsOverview(
  directory: Directory,
  objects: readonly RunnableObject[],
  companies: readonly CompanyCard[],
  now: Date,
): readonly CodeunitOverview[] {
  const present = directory.users.filter((user) => !isGone(user, now));
  return objects
    .filter(({ onRunPrivileged }) => onRunPrivileged === null)
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
    .map((object) => {
      const users = companies.map((company) => entitled(directory, object, company, present));
      return { ...overviewOf(directory, object), users };
    });
}

function overviewOf(directory: Directory, object: RunnableObject): Omit<CodeunitOverview, 'users'> {
  const { name, permissions, objectType: kind } = object;
  const lent = lentTo(directory, name);
  const tables = Object.entries(permissions.tables ?? {}).flatMap(([table, letters]): NeededRight[] => {
    const right = [...letters].filter((letter) => !lent(table).includes(letter)).join('');
    return right === ''
      ? []
      : [{ kind: 'table', name: table, right, sets: setsThatGive(directory, table, right) }];
  });
  const needs: readonly NeededRight[] = [
    { kind, name, right: 'run', sets: setsThatRun(directory, object) },
    ...tables,
  ];
  const [first, ...rest] = needs;
  const completeSets = (first?.sets ?? []).filter((set) => rest.every(({ sets }) => sets.includes(set)));
  const some = new Set(needs.flatMap(({ sets }) => sets));
  return {
    codeunit: name,
    objectType: kind,
    declaresTables: permissions.tables !== undefined,
    needs,
    lent: directory.inherentPermissions.find(({ codeunit }) => codeunit === name)?.tables ?? {},
    completeSets,
    partialSets: [...some].filter((set) => !completeSets.includes(set)).sort(),
  };
}

function entitled(
  directory: Directory,
  object: RunnableObject,
  company: CompanyCard,
  users: readonly UserCard[],
): EntitledUsers {
  const may = users.filter((user) => isEntitled(directory, object, directory.rightsOf(user.no, company.no)));
  const schedules = ({ canSchedule, isDelegated }: UserCard) => canSchedule && !isDelegated;
  const names = (some: readonly UserCard[]) => some.map(({ name }) => name).sort();
  return {
    company: company.name,
    mayRun: names(may.filter(schedules)),
    mayNotSchedule: names(may.filter((user) => !schedules(user))),
  };
}

function isEntitled(directory: Directory, object: RunnableObject, rights: Rights): boolean {
  if (!mayRun(rights, object)) return false;
  const { name, permissions } = object;
  const lent = lentTo(directory, name);
  return Object.entries(lackingTables(rights, permissions.tables ?? {})).every(([table, letters]) =>
    [...letters].every((letter) => lent(table).includes(letter)),
  );
}
