import { NightshiftError } from '../foundation/index.ts';
import { type CompanyCard, type Directory, isGone, type UserCard } from './directory.ts';
import { lackingTables, mayRun, type NamedObject } from './effective-rights.ts';
import { setsThatGive, setsThatRun } from './giving-sets.ts';
import { type MissingRight, missingText } from './missing-text.ts';
import { EVERY } from './name-set.ts';
import { TABLE_RIGHTS } from './permission-set.ts';
import { approvalNeeded, userGone } from './refusals.ts';

/** A codeunit or report, as far as rights are concerned. */
export interface RunnableObject extends NamedObject {
  /** What it declares that it needs. */
  readonly permissions: { readonly tables?: Readonly<Record<string, string>> };
  /** Set for the platform's own codeunits: everybody may run them. */
  readonly onRunPrivileged: unknown;
}

/** What is to run, as whom and where. */
export interface PlannedRun {
  readonly user: UserCard;
  readonly company: CompanyCard;
  /** What runs first, and what runs after a failure or beside it. */
  readonly objects: readonly RunnableObject[];
}

/** What somebody would lack if these objects ran as him in a company, unattended. Empty: nothing. */
export function missingRights(directory: Directory, run: PlannedRun): readonly MissingRight[] {
  const { user, company, objects } = run;
  const missing: MissingRight[] = [];
  if (!user.canSchedule) missing.push({ kind: 'schedule', name: user.name, right: 'canSchedule', sets: [] });
  if (directory.setsOf(user.no, company.no).length === 0) {
    missing.push({ kind: 'company', name: company.name, right: 'open', sets: [] });
  }
  const ours = objects.filter(({ onRunPrivileged }) => onRunPrivileged === null);
  const byName = new Map(ours.map((object) => [object.name, object]));
  for (const object of byName.values()) missing.push(...missingToRun(directory, run, object));
  return [...missing, ...missingTables(directory, run, ours)];
}

function missingToRun(
  directory: Directory,
  { user, company }: PlannedRun,
  object: NamedObject,
): MissingRight[] {
  if (mayRun(directory.rightsOf(user.no, company.no), object)) return [];
  const { objectType: kind, name } = object;
  return [{ kind, name, right: 'run', sets: setsThatRun(directory, object) }];
}

/** What two objects need of the same table is told once. */
function missingTables(
  directory: Directory,
  { user, company }: PlannedRun,
  objects: readonly RunnableObject[],
): MissingRight[] {
  const rights = directory.rightsOf(user.no, company.no);
  const lacking = new Map<string, string>();
  for (const { name, permissions } of objects) {
    const lent = lentTo(directory, name);
    for (const [table, letters] of Object.entries(lackingTables(rights, permissions.tables ?? {}))) {
      const left = [...letters].filter((right) => !lent(table).includes(right)).join('');
      if (left !== '') lacking.set(table, `${lacking.get(table) ?? ''}${left}`);
    }
  }
  return [...lacking]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .flatMap(([table, letters]) => missingIn(directory, table, inOrder(letters)));
}

/** Where no set but `SUPER` gives all of it, each right is told by itself: several sets may do together. */
function missingIn(directory: Directory, table: string, letters: string): MissingRight[] {
  const sets = setsThatGive(directory, table, letters);
  if (letters.length > 1 && sets.length < 2) {
    return [...letters].flatMap((right) => missingIn(directory, table, right));
  }
  return [{ kind: 'table', name: table, right: letters, sets }];
}

function inOrder(letters: string): string {
  return TABLE_RIGHTS.filter((right) => letters.includes(right)).join('');
}

/** The rights to a table that a codeunit is lent while it runs. */
export function lentTo(directory: Directory, codeunit: string): (table: string) => string {
  const lent = directory.inherentPermissions.find((one) => one.codeunit === codeunit);
  const tables = new Map(Object.entries(lent?.tables ?? {}));
  return (table) => inOrder(`${tables.get(table) ?? ''}${tables.get(EVERY) ?? ''}`);
}

/**
 * Whether a user could have codeunits run unattended: may he schedule, open the company, run them, touch the tables that
 * they declare? Looks at rights only, touches nothing.
 * @param now the time at which he must not be gone
 * @returns what to throw; null: nothing is missing. USER_DISABLED when he is gone, APPROVAL_NEEDED for a delegated
 *   administrator, else PERMISSION_DENIED with all that is missing in `details.missing`
 */
export function rehearse(directory: Directory, run: PlannedRun, now: Date): NightshiftError | null {
  const { user } = run;
  if (isGone(user, now)) return userGone(user);
  if (user.isDelegated) return approvalNeeded(user, 'task.create');
  const missing = missingRights(directory, run);
  return missing.length === 0 ? null : lacking(run, missing);
}

function lacking({ user, company, objects }: PlannedRun, missing: readonly MissingRight[]): NightshiftError {
  const what = objects.find(({ onRunPrivileged }) => onRunPrivileged === null);
  const whom = what === undefined ? 'work' : `${what.objectType} ${what.name}`;
  const text = `User ${user.name} cannot have ${whom} run in company ${company.name}. ${missingText(missing)}`;
  return new NightshiftError('PERMISSION_DENIED', text, {
    details: { user: user.name, company: company.name, missing },
  });
}
