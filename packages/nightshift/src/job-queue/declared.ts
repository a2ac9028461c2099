import type { Executor } from '../database/index.ts';
import type { CompanyCard } from '../permissions/index.ts';
import { audited, type Caller, type CallerDoor } from '../session/index.ts';
import { type OnceCaller, readingCaller } from './at-once.ts';
import { declareEntry, readDeclaration } from './declared.sql.ts';
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
  const { reader } = door.service(JOB_QUEUE);
  const code = await codeOf(once, entry);
  const columns = code === null ? null : JSON.stringify(declaredColumns(code, await zoneOf(once)));
  const [row] = await reader.run<DeclarationRow>(readDeclaration, [door.company.no, entry.id, columns]);
  if (row === undefined) return null;
  const isDeclared = code !== null && row.declared_by === door.service(JOB_QUEUE).declarations.application;
  return {
    application: row.declared_by,
    name: row.declared_name,
    isDeclared,
    changedByPeople: fieldsOf(row.changed_by_people),
    changedInCode: isDeclared ? fieldsOf(row.changed_in_code) : [],
  };
}

interface DeclarationRow {
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
  return door.transaction(async (tx) => {
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
async function codeOf({ door }: OnceCaller, entry: JobQueueEntry): Promise<DeclaredEntry | null> {
  const { declarations, reader } = door.service(JOB_QUEUE);
  if (entry.declaredName === null) return null;
  const [row] = await reader.run<DeclarationRow>(readDeclaration, [door.company.no, entry.id, null]);
  if (row?.declared_by !== declarations.application) return null;
  return declarations.entries.find(({ name }) => name === entry.declaredName) ?? null;
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
