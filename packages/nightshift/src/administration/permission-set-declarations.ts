import { isDeepStrictEqual } from 'node:util';
import { BUILT_IN_SETS } from '../contract/permissions.ts';
import type { Database, Executor, Transaction } from '../database/index.ts';
import { type Clock, NightshiftError } from '../foundation/index.ts';
import {
  type AuditEntry,
  alignRoles,
  codeOf,
  lockEnvironment,
  type PermissionSet,
  type RoleNames,
  readDirectory,
  type StoredPermissionSet,
  writeAudit,
} from '../permissions/index.ts';
import type { AdministeredApplication } from './administration-service.ts';
import { differences } from './differences.ts';
import {
  addPermissionSet,
  changePermissionSet,
  markAlsoDeclared,
  obsoletePermissionSets,
  readDeclaredSets,
} from './permission-set.sql.ts';
import { circleIn } from './permission-set-input.ts';

/** A stored set that has to do with an application: it declares it, did so, or declares one of its name. */
export type KnownSet = Omit<StoredPermissionSet, 'version'> & {
  /** The application whose declaration does not count, since the name belongs to somebody else; null: none. */
  readonly alsoDeclaredBy: string | null;
};

/** What has to be done so that the rows say what the code says. */
export interface DeclarationPlan {
  readonly add: readonly PermissionSet[];
  readonly change: readonly { readonly from: KnownSet; readonly to: PermissionSet }[];
  /** Declared no more; they keep their rights until somebody deletes them. */
  readonly obsolete: readonly KnownSet[];
  /** Of administrators, of other applications: the name is taken, so the declaration does not count. */
  readonly shadow: readonly KnownSet[];
  /** The code declares none of that name any more. */
  readonly unshadow: readonly KnownSet[];
}

type Declaring = Pick<AdministeredApplication, 'name' | 'permissionSets'>;

/** What the code of an application asks for, among the sets that are known. Pure. */
export function planDeclarations(
  { name, permissionSets }: Declaring,
  known: readonly KnownSet[],
): DeclarationPlan {
  const byName = new Map(known.map((set) => [set.name, set]));
  const plan = {
    add: [] as PermissionSet[],
    change: [] as { from: KnownSet; to: PermissionSet }[],
    obsolete: known.filter((set) => set.application === name && !set.isObsolete),
    shadow: [] as KnownSet[],
    unshadow: known.filter(({ alsoDeclaredBy }) => alsoDeclaredBy === name),
  };
  for (const to of permissionSets) {
    const from = byName.get(to.name);
    if (from === undefined) plan.add.push(to);
    else if (from.application === name || (from.source === 'application' && from.isObsolete)) {
      plan.obsolete = plan.obsolete.filter((set) => set !== from);
      if (!isSame(from, to) || from.isObsolete || from.application !== name) plan.change.push({ from, to });
    } else {
      plan.unshadow = plan.unshadow.filter((set) => set !== from);
      if (from.alsoDeclaredBy !== name) plan.shadow.push(from);
    }
  }
  return plan;
}

function isSame(from: KnownSet, { description, definition }: PermissionSet): boolean {
  return from.description === description && isDeepStrictEqual({ ...from.definition }, { ...definition });
}

function isNothing(plan: DeclarationPlan): boolean {
  return Object.values(plan).every((list: readonly unknown[]) => list.length === 0);
}

/**
 * Brings the permission sets that an application declares into the database: those that are new or changed, and those that it
 * declares no more, which become obsolete. One whose name an administrator's set has does not count, and `doctor` says so.
 * @throws NightshiftError APPLICATION_INVALID for names of sets that are none, and for sets that lead back to themselves
 */
export async function declarePermissionSets(
  parts: { readonly database: Database; readonly names: RoleNames; readonly clock: Clock },
  application: Declaring,
): Promise<void> {
  const { database, names, clock } = parts;
  if (isNothing(planDeclarations(application, await knownSets(database, application)))) return;
  await database.transaction(async (tx) => {
    await tx.run(lockEnvironment, []);
    const plan = planDeclarations(application, await knownSets(tx, application));
    if (isNothing(plan)) return; // another instance was faster
    const entries = await carryOut(tx, application.name, plan);
    await checkTogether(tx, application);
    const [only] = plan.change;
    const isOne = only !== undefined && plan.change.length === 1;
    if (plan.change.length > 0) await alignRoles(tx, names, isOne ? { setNo: only.from.no } : {});
    await writeAudit(tx, entries, clock.now());
  });
}

async function knownSets(
  executor: Executor,
  { name, permissionSets }: Declaring,
): Promise<readonly KnownSet[]> {
  const names = permissionSets.map((set) => set.name);
  const rows = await executor.run<KnownRow>(readDeclaredSets, [name, names]);
  return rows.map(({ is_obsolete, also_declared_by, ...row }) => ({
    ...row,
    isObsolete: is_obsolete,
    alsoDeclaredBy: also_declared_by,
  }));
}

type KnownRow = Omit<KnownSet, 'isObsolete' | 'alsoDeclaredBy'> & {
  readonly is_obsolete: boolean;
  readonly also_declared_by: string | null;
};

async function carryOut(
  tx: Transaction,
  application: string,
  plan: DeclarationPlan,
): Promise<readonly AuditEntry[]> {
  const entry = (no: number, name: string, told: Pick<AuditEntry, 'before' | 'after'>): AuditEntry => ({
    actor: codeOf(application),
    verb: 'permissionSet.declare',
    object: { kind: 'permissionSet', id: String(no), name },
    ...told,
  });
  const entries: AuditEntry[] = [];
  for (const { name, description, definition } of plan.add) {
    const values = [name, application, description, JSON.stringify(definition)];
    const [row] = await tx.run<{ no: number }>(addPermissionSet, values);
    entries.push(entry(row?.no ?? 0, name, { after: { description, ...definition } }));
  }
  for (const { from, to } of plan.change) {
    const definition = JSON.stringify(to.definition);
    await tx.run(changePermissionSet, [from.no, application, to.description, definition, false]);
    const facts = (set: KnownSet | PermissionSet, owner: string | null, isObsolete: boolean) => ({
      description: set.description,
      ...set.definition,
      application: owner,
      isObsolete,
    });
    const told = differences(facts(from, from.application, from.isObsolete), facts(to, application, false));
    entries.push(entry(from.no, from.name, told ?? {}));
  }
  const numbers = (sets: readonly KnownSet[]) => sets.map(({ no }) => no);
  if (plan.obsolete.length > 0) await tx.run(obsoletePermissionSets, [numbers(plan.obsolete)]);
  for (const { no, name } of plan.obsolete)
    entries.push(entry(no, name, { before: { isObsolete: false }, after: { isObsolete: true } }));
  if (plan.shadow.length > 0) await tx.run(markAlsoDeclared, [numbers(plan.shadow), application]);
  if (plan.unshadow.length > 0) await tx.run(markAlsoDeclared, [numbers(plan.unshadow), null]);
  return entries;
}

/** Looks at all sets as they are now: also those of administrators may include the application's. */
async function checkTogether(
  tx: Transaction,
  { name: application, permissionSets }: Declaring,
): Promise<void> {
  const { permissionSets: stored } = await readDirectory(tx);
  const known = new Set(stored.map(({ name }) => name));
  for (const set of permissionSets) {
    for (const named of [...set.definition.includes, ...set.definition.excludes]) {
      if (known.has(named)) continue;
      throw invalid(
        `Permission set ${set.name} of ${application} names ${JSON.stringify(named)}, which is no permission set.`,
      );
    }
    const others = stored.filter(({ name }) => name !== set.name);
    const isOwn = stored.some((each) => each.name === set.name && each.application === application);
    const circle = isOwn ? circleIn(set, others) : [];
    if (circle.length > 0)
      throw invalid(
        `Permission set ${set.name} of ${application} leads back to itself: ${circle.join(' → ')}.`,
      );
  }
}

/**
 * Checks what is wrong with declared sets in every database.
 * @throws NightshiftError APPLICATION_INVALID for a name that is declared twice, or built in
 */
export function checkDeclarations(permissionSets: readonly PermissionSet[]): void {
  const names = new Set<string>();
  for (const { name } of permissionSets) {
    if (names.has(name)) throw invalid(`Two permission sets are named ${JSON.stringify(name)}.`);
    names.add(name);
    if (BUILT_IN_SETS.some((builtIn) => builtIn.toLowerCase() === name.toLowerCase())) {
      throw invalid(`Permission set ${JSON.stringify(name)} is built in; give yours another name.`);
    }
  }
}

function invalid(text: string): NightshiftError {
  return new NightshiftError('APPLICATION_INVALID', text, { field: 'permissionSets' });
}
