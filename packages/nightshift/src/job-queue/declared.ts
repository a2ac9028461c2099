import type { Executor } from '../database/index.ts';
import type { CompanyCard } from '../permissions/index.ts';
import { audited, type Caller, type CallerDoor } from '../session/index.ts';
import { type OnceCaller, readingCaller } from './at-once.ts';
import { entryTransaction } from './category-turns.ts';
import { declareEntry, readDeclarations } from './declared.sql.ts';
import { type Declarations, type DeclaredEntry, declaredColumns } from './declared-entry.ts';
import { admitToEntry, auditedEntry } from './entry-access.ts';
import { entryConflict } from './entry-change.ts';
import { modifyEntry } from './job-queue.sql.ts';
import type { JobQueueEntry } from './job-queue-entry.ts';
import { type EntryRow, entryOf } from './job-queue-rows.ts';
import { JOB_QUEUE } from './job-queue-service.ts';

/** How an entry stands to the code that declares it. */
export interface EntryDeclaration {
  readonly application: string;
  readonly name: string;
  /** Whether the application that runs here still declares it. */
  readonly isDeclared: boolean;
  /** Fields that people have changed since it was created or reset to code. */
  readonly changedByPeople: readonly string[];
  /** Fields of which the code says something else since then. */
  readonly changedInCode: readonly string[];
}

/** Creates the entries that an application declares in companies in which it never did. Those that people deleted stay away. */
export async function declareEntries(
  database: Executor,
  { application, entries }: Declarations,
  companies: readonly Pick<CompanyCard, 'no' | 'timeZone'>[],
): Promise<void> {
  for (const { no, timeZone } of companies) {
    for (const entry of entries) {
      const columns = JSON.stringify(declaredColumns(entry, timeZone));
      await database.run(declareEntry, [no, application, entry.name, columns]);
    }
  }
}

/** How one entry of a list stands to the code that declares it. */
export interface ListedDeclaration extends EntryDeclaration {
  readonly entryId: string;
  readonly entryNo: number;
}

/**
 * How an entry stands to the code that declares it; null: no code ever did. Not for sessions in a thread or process of their
 * own.
 * @throws NightshiftError ENTRY_UNKNOWN, VALIDATION, PERMISSION_DENIED, USER_DISABLED
 */
export async function declaration(caller: Caller, entryId: string): Promise<EntryDeclaration | null> {
  const once = readingCaller(caller, 'jobQueue.declaration');
  const { door } = once;
  const admit = { entryId, lock: false };
  const { entry } = await door.transaction((tx) => admitToEntry(tx, door, 'entry.read', admit));
  const [found] = await readThem(once, { entryId: entry.id, userNo: null });
  if (found === undefined) return null;
  const { entryId: _id, entryNo: _no, ...rest } = found;
  return rest;
}

/**
 * The same of all entries that any code has declared and that the caller may see, by number.
 * @throws NightshiftError PERMISSION_DENIED, USER_DISABLED
 */
export async function declarations(caller: Caller): Promise<readonly ListedDeclaration[]> {
  const once = readingCaller(caller, 'jobQueue.declarations');
  const { authority, actor, door } = once;
  const reach = await authority.demand(actor, 'entry.read', { kind: 'entry', id: null });
  return readThem(once, { entryId: null, userNo: reach === 'any' ? null : door.user.no });
}

async function readThem(
  once: OnceCaller,
  which: { readonly entryId: string | null; readonly userNo: number | null },
): Promise<readonly ListedDeclaration[]> {
  const { door } = once;
  const { declarations: declared, reader } = door.service(JOB_QUEUE);
  const timeZone = await zoneOf(once);
  const columns = declared.entries.map((entry) => [entry.name, declaredColumns(entry, timeZone)]);
  const code = JSON.stringify(Object.fromEntries(columns));
  const values = [door.company.no, which.entryId, which.userNo, declared.application, code];
  const rows = await reader.run<DeclarationRow>(readDeclarations, values);
  return rows.map((row) => ({
    entryId: row.id,
    entryNo: Number(row.entry_no),
    application: row.declared_by,
    name: row.declared_name,
    isDeclared: row.is_declared,
    changedByPeople: fieldsOf(row.changed_by_people),
    changedInCode: fieldsOf(row.changed_in_code),
  }));
}

interface DeclarationRow {
  readonly id: string;
  readonly entry_no: string;
  readonly is_declared: boolean;
  readonly declared_by: string;
  readonly declared_name: string;
  readonly changed_by_people: readonly string[];
  readonly changed_in_code: readonly string[];
}

/**
 * Makes an entry that is On Hold again what the code says that declares it.
 * @throws NightshiftError CONFLICT when it is not On Hold, its last run is under way, or no code here declares it;
 *   ENTRY_UNKNOWN, VALIDATION, PERMISSION_DENIED, USER_DISABLED
 */
export async function resetToCode(caller: Caller, entryId: string): Promise<JobQueueEntry> {
  const once = readingCaller(caller, 'jobQueue.resetToCode');
  const { door } = once;
  door.refuseIfShared?.('jobQueue.resetToCode');
  const timeZone = await zoneOf(once);
  return entryTransaction(door, entryId, async (tx) => {
    const { entry } = await admitToEntry(tx, door, 'entry.modify', { entryId, lock: true });
    const code = await codeOf(once, entry);
    if (code === null) throw entryConflict(entry, 'no application here declares it');
    if (entry.status !== 'On Hold') throw entryConflict(entry, 'set it On Hold before you change it');
    if (entry.taskId !== null) throw entryConflict(entry, 'its last run is still under way');
    const columns = declaredColumns(code, timeZone);
    const [row] = await tx.run<EntryRow>(modifyEntry, valuesOf(door, entry, columns));
    if (row === undefined) throw entryConflict(entry, 'it was changed meanwhile');
    const after = entryOf(row);
    await audited(tx, door, { verb: 'entry.modify', object: auditedEntry(entry), after: columns });
    return after;
  });
}

function valuesOf(door: CallerDoor, entry: JobQueueEntry, columns: Readonly<Record<string, unknown>>) {
  const { clock } = door.service(JOB_QUEUE);
  const fields = JSON.stringify({ ...columns, declared_as: columns });
  return [door.user.no, door.company.no, entry.id, entry.version, fields, clock.pinned()];
}

/** What the code here says of an entry; null: nothing. */
async function codeOf(once: OnceCaller, { id }: JobQueueEntry): Promise<DeclaredEntry | null> {
  const [found] = await readThem(once, { entryId: id, userNo: null });
  if (found?.isDeclared !== true) return null;
  const { entries } = once.door.service(JOB_QUEUE).declarations;
  return entries.find(({ name }) => name === found.name) ?? null;
}

async function zoneOf({ authority, door }: OnceCaller): Promise<string> {
  return (await authority.directory()).companyByNo(door.company.no).timeZone;
}

const FIELDS: Readonly<Record<string, string>> = {
  category_code: 'category',
  timeout_ms: 'timeout',
  expected_duration_ms: 'expectedDuration',
  record_table: 'recordToProcess',
  record_key: 'recordToProcess',
};

/** As people know them. */
function fieldsOf(columns: readonly string[]): readonly string[] {
  const camel = (column: string) => column.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
  return [...new Set(columns.map((column) => FIELDS[column] ?? camel(column)))];
}
