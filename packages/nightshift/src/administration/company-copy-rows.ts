import type { Statement } from '../database/index.ts';
import { NightshiftError } from '../foundation/index.ts';
import { type Company, companySchema } from '../permissions/index.ts';
import { quoted } from './company.ts';
import {
  AS_PLATFORM,
  copyAsOwner,
  copyCalendar,
  copyEntries,
  emptyCommand,
  lockTables,
  objectsOf,
  obstacleCommands,
  refreshCommands,
  rowCommands,
  sequenceCommands,
  tablesOf,
} from './company-copy.sql.ts';
import type { CompanyWork, LongTransaction } from './company-work.ts';

/** Differences that a sentence lists; its details list all. */
const DIFFERENCES_IN_TEXT_MAX = 8;

/** How far a copy is. */
export interface CopyProgress {
  /** The table whose rows were copied last. */
  readonly table: string;
  /** Tables that are done, and tables in all. */
  readonly done: number;
  readonly total: number;
  /** Rows so far. */
  readonly rows: number;
}

/** What a copy took along, and what it left. */
export interface CopiedRows {
  readonly tables: number;
  readonly rows: number;
  /** Job queue entries, and how many of them were set On Hold. */
  readonly entries: number;
  readonly held: number;
  /** Indexes that are not from the application's migrations: the copy does without. */
  readonly leftOut: readonly string[];
}

/** Whose rows go where. */
export interface RowsToCopy {
  /** The role that owns the tables. */
  readonly owner: string;
  readonly source: Company;
  readonly target: Company;
  readonly onProgress: (progress: CopyProgress) => void;
}

/**
 * Copies all that a company has into another one whose tables are there, in a transaction that has one snapshot.
 * @throws NightshiftError CONFLICT with `details.differences`
 */
export async function copyRows(work: CompanyWork, plan: RowsToCopy): Promise<CopiedRows> {
  const listTables = async (tx: LongTransaction) => {
    const rows = await tx.run<{ name: string }>(tablesOf, [companySchema(plan.source.no)]);
    return rows.map(({ name }) => name);
  };
  // By itself: the snapshot of the copy must not be older than its locks.
  const tables = await work.transaction(listTables);
  return work.transaction(async (tx) => {
    if (tables.length > 0) await tx.command(lockTables(tables));
    if ((await listTables(tx)).join() === tables.join()) return copyAll(tx, plan);
    const text = `The tables of company ${quoted(plan.source.name)} are being changed.`;
    throw new NightshiftError('CONFLICT', text);
  }, 'begin isolation level repeatable read');
}

async function copyAll(tx: LongTransaction, plan: RowsToCopy): Promise<CopiedRows> {
  const { owner, source, target } = plan;
  const [from, to] = [companySchema(source.no), companySchema(target.no)];
  const leftOut = await compare(tx, source, { from, to });
  await tx.command(copyAsOwner(owner, to));
  const { tables, rows } = await fillTables(tx, plan, { from, to });
  await tx.command(AS_PLATFORM);
  await tx.run(copyCalendar, [source.no, target.no]);
  const note = `Copied from company ${quoted(source.name)}, where it was to run.`;
  const [entries] = await tx.run<{ entries: number; held: number }>(copyEntries, [
    source.no,
    target.no,
    note,
  ]);
  return { tables, rows, entries: entries?.entries ?? 0, held: entries?.held ?? 0, leftOut };
}

/** The names of two schemas. */
interface Schemas {
  readonly from: string;
  readonly to: string;
}

async function fillTables(tx: LongTransaction, { onProgress }: RowsToCopy, { from, to }: Schemas) {
  const commands = async (statement: Statement, values: readonly string[]) =>
    (await tx.run<{ command: string }>(statement, values)).map(({ command }) => command);
  const obstacles = await tx.run<{ before: string; after: string }>(obstacleCommands, [to]);
  for (const { before } of obstacles) await tx.command(before);
  // What migrations have put there is in the other company as well, or was removed from it.
  for (const command of await commands(emptyCommand, [to])) await tx.command(command);
  const tables = await tx.run<{ name: string; command: string }>(rowCommands, [from, to]);
  let rows = 0;
  for (const [at, { name, command }] of tables.entries()) {
    rows += await tx.changed(command);
    onProgress({ table: name, done: at + 1, total: tables.length, rows });
  }
  for (const { after } of obstacles) await tx.command(after);
  for (const command of await commands(sequenceCommands, [from, to])) await tx.command(command);
  for (const command of await commands(refreshCommands, [from, to])) await tx.command(command);
  return { tables: tables.length, rows };
}

interface SchemaObject {
  readonly kind: string;
  readonly name: string;
  /** Works without it, too. */
  readonly is_optional: boolean;
}

/** Holds what a company is made of against what migrations make. @returns indexes that only the company has */
async function compare(
  tx: LongTransaction,
  source: Company,
  { from, to }: Schemas,
): Promise<readonly string[]> {
  const [theirs, made] = [
    await tx.run<SchemaObject>(objectsOf, [from]),
    await tx.run<SchemaObject>(objectsOf, [to]),
  ];
  const line = ({ kind, name }: SchemaObject) => `${kind} ${name}`;
  const [known, wanted] = [new Set(made.map(line)), new Set(theirs.map(line))];
  const extra = theirs.filter((object) => !known.has(line(object)));
  const missing = made.filter((object) => !wanted.has(line(object)) && !object.is_optional).map(line);
  const strange = extra.filter(({ is_optional: isOptional }) => !isOptional).map(line);
  if (strange.length + missing.length > 0) throw notFromMigrations(source, strange, missing);
  return extra.map(({ name }) => name);
}

function notFromMigrations(
  { name }: Company,
  strange: readonly string[],
  missing: readonly string[],
): NightshiftError {
  const list = (what: readonly string[]) =>
    what.slice(0, DIFFERENCES_IN_TEXT_MAX).join('; ') + (what.length > DIFFERENCES_IN_TEXT_MAX ? ' …' : '');
  const text = [
    ...(strange.length === 0 ? [] : [`It has what no migration makes: ${list(strange)}.`]),
    ...(missing.length === 0 ? [] : [`It lacks what migrations make: ${list(missing)}.`]),
  ].join(' ');
  return new NightshiftError('CONFLICT', `Company ${quoted(name)} cannot be copied. ${text}`, {
    details: { differences: { strange, missing } },
  });
}
