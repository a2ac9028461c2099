import { isDeepStrictEqual } from 'node:util';
import type { Database, Executor, Transaction } from '../database/index.ts';
import { type Clock, NightshiftError } from '../foundation/index.ts';
import {
  type AuditEntry,
  alignRoles,
  codeOf,
  lockEnvironment,
  type RoleNames,
  writeAudit,
} from '../permissions/index.ts';
import type { AnyCodeunit, Caller } from '../session/index.ts';
import { admit } from './administrate.ts';
import {
  declareLending,
  obsoleteLending,
  readDeclaredLending,
  readLending,
} from './inherent-permission.sql.ts';

/** Rights that a codeunit is lent while it runs, as people see them. */
export interface LentRights {
  readonly codeunit: string;
  /** The application whose code declares them. */
  readonly application: string;
  /** Rights by table: `{ number_series: 'RM' }`. */
  readonly tables: Readonly<Record<string, string>>;
  /** The code declares them no more; nothing is lent. */
  readonly isObsolete: boolean;
}

/** All rights that codeunits are lent, by codeunit. @throws NightshiftError PERMISSION_DENIED, USER_DISABLED */
export async function listLentRights(caller: Caller): Promise<readonly LentRights[]> {
  const { service } = await admit(caller, 'permissionSet.read', { kind: 'codeunit', id: null });
  const rows = await service.database.run<StoredLending>(readLending, []);
  return rows.map(({ codeunit, application, tables, is_obsolete }) => ({
    codeunit,
    application,
    tables,
    isObsolete: is_obsolete,
  }));
}

interface StoredLending {
  readonly no: number;
  readonly codeunit: string;
  readonly application: string;
  readonly tables: Readonly<Record<string, string>>;
  readonly is_obsolete: boolean;
}

/** What of an application lends rights. */
export interface LendingApplication {
  readonly name: string;
  readonly codeunits: readonly Pick<AnyCodeunit, 'name' | 'inherentPermissions'>[];
}

interface Lender {
  readonly codeunit: string;
  readonly tables: Readonly<Record<string, string>>;
}

/**
 * Brings the rights that the code of an application lends to its codeunits into the database: those that are new or changed,
 * and those that it declares no more, which are lent to nobody. Each change is in the audit log.
 * @throws NightshiftError APPLICATION_INVALID when a codeunit of that name of another application is lent rights
 */
export async function declareInherentPermissions(
  parts: { readonly database: Database; readonly names: RoleNames; readonly clock: Clock },
  application: LendingApplication,
): Promise<void> {
  const { database, names, clock } = parts;
  const wanted = application.codeunits.flatMap(({ name, inherentPermissions }): Lender[] =>
    inherentPermissions === null ? [] : [{ codeunit: name, tables: inherentPermissions }],
  );
  if (isDone(application.name, await knownLending(database, application.name, wanted), wanted)) return;
  await database.transaction(async (tx) => {
    await tx.run(lockEnvironment, []);
    const known = await knownLending(tx, application.name, wanted);
    if (isDone(application.name, known, wanted)) return; // another instance was faster
    const entries = await carryOut(tx, application.name, known, wanted);
    for (const no of new Set(entries.map(({ object }) => Number(object.id))))
      await alignRoles(tx, names, { lentNo: no });
    await writeAudit(tx, entries, clock.now());
  });
}

function knownLending(
  executor: Executor,
  application: string,
  wanted: readonly Lender[],
): Promise<readonly StoredLending[]> {
  const codeunits = wanted.map(({ codeunit }) => codeunit);
  return executor.run<StoredLending>(readDeclaredLending, [application, codeunits]);
}

function isDone(application: string, known: readonly StoredLending[], wanted: readonly Lender[]): boolean {
  const live = known.filter(({ is_obsolete }) => !is_obsolete);
  const isWanted = (row: StoredLending) => wanted.some((lender) => isSame(row, lender));
  return (
    live.length === wanted.length && live.every((row) => row.application === application && isWanted(row))
  );
}

function isSame(row: StoredLending, { codeunit, tables }: Lender): boolean {
  return row.codeunit === codeunit && isDeepStrictEqual({ ...row.tables }, { ...tables });
}

async function carryOut(
  tx: Transaction,
  application: string,
  known: readonly StoredLending[],
  wanted: readonly Lender[],
): Promise<readonly AuditEntry[]> {
  const entries: AuditEntry[] = [];
  const note = (no: number, codeunit: string, told: Pick<AuditEntry, 'before' | 'after'>) =>
    entries.push({
      actor: codeOf(application),
      verb: 'codeunit.inherentPermissions',
      object: { kind: 'codeunit', id: String(no), name: codeunit },
      ...told,
    });
  const left = new Map(known.map((row) => [row.codeunit, row]));
  for (const { codeunit, tables } of wanted) {
    const row = left.get(codeunit);
    left.delete(codeunit);
    if (row !== undefined && row.application !== application && !row.is_obsolete)
      throw taken(row, application);
    if (row !== undefined && !row.is_obsolete && isSame(row, { codeunit, tables })) continue;
    const values = [codeunit, application, JSON.stringify(tables)];
    const [{ no }] = (await tx.run<{ no: number }>(declareLending, values)) as [{ no: number }];
    const before = row === undefined || row.is_obsolete ? {} : { before: { tables: row.tables } };
    note(no, codeunit, { ...before, after: { tables } });
  }
  for (const { no, codeunit, tables, is_obsolete } of left.values()) {
    if (is_obsolete) continue;
    await tx.run(obsoleteLending, [no]);
    note(no, codeunit, { before: { tables }, after: { isObsolete: true } });
  }
  return entries;
}

function taken({ codeunit, application: owner }: StoredLending, application: string): NightshiftError {
  const text = `Codeunit ${codeunit} of ${application} is lent rights, and so is one of that name of ${owner}: give one of them another name.`;
  return new NightshiftError('APPLICATION_INVALID', text, { field: 'codeunits' });
}
