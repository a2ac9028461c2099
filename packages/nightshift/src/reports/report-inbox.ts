import type { Verb } from '../contract/permissions.ts';
import type { ReportOutputType } from '../contract/report-output-type.ts';
import { isUuid, NightshiftError } from '../foundation/index.ts';
import { AUTHORITY, actorOf, audited, type Caller, type CallerDoor, doorOf } from '../session/index.ts';
import { DOCUMENT_TYPES } from './document-types.ts';
import { REPORTS, type ReportsApart } from './report-service.ts';
import {
  countDocuments,
  DOCUMENTS_COUNTED_MAX,
  deleteDocuments as deleteNamed,
  fetchDocument as fetchOne,
  markDocuments as markNamed,
  pageOfDocuments,
  readDocument,
} from './reports.sql.ts';

const PAGE_SIZE_MAX = 500;
const PAGE_SIZE_DEFAULT = 50;
const NUMBERS_MAX = 1_000;

/** A document in the report inbox. */
export interface InboxDocument {
  readonly no: number;
  readonly report: string;
  readonly description: string;
  readonly outputType: ReportOutputType;
  readonly fileName: string;
  /** Bytes. */
  readonly size: number;
  readonly createdAt: Date;
  /** Whose inbox it is in: as whom the report ran. */
  readonly user: string;
  /** The job queue entry that the report ran for; null: none. */
  readonly entryId: string | null;
  readonly entryNo: number | null;
  /** The log entry of that run; null: none, or it is gone. */
  readonly logNo: number | null;
  readonly sessionUniqueId: string;
  /** When its user fetched it first, or marked it as read; null: not yet. */
  readonly readAt: Date | null;
}

/** Which documents are wanted, and from where on. Default: the newest 50 of the caller's own. */
export interface InboxQuery {
  readonly report?: string;
  /** Only those that were not read. Default: false. */
  readonly unread?: boolean;
  /** Those of everybody; for whoever may do everything. Default: false. */
  readonly everyone?: boolean;
  /** Those of this session. */
  readonly sessionUniqueId?: string;
  /** Those of this job queue entry. */
  readonly entryId?: string;
  /** Older than the document with this number: `next` of the page before. */
  readonly before?: number;
  /** 1 to 500. Default: 50. */
  readonly limit?: number;
}

/** One page of documents. */
export interface InboxPage {
  readonly documents: readonly InboxDocument[];
  /** Null: there are no more. */
  readonly next: number | null;
  /** How many there are; counted up to 1,000. */
  readonly total: { readonly value: number; readonly isExact: boolean };
}

/** A document as a file. */
export interface DocumentFile {
  readonly fileName: string;
  /** Its media type. */
  readonly contentType: string;
  readonly content: Buffer;
}

/**
 * One page of the caller's report inbox, the newest first. Not for sessions in a thread or process of their own.
 * @throws NightshiftError VALIDATION with the field; PERMISSION_DENIED, USER_DISABLED
 */
export async function listDocuments(caller: Caller, query: InboxQuery = {}): Promise<InboxPage> {
  const { report = null, unread = false, everyone = false, before = null, limit = PAGE_SIZE_DEFAULT } = query;
  const { sessionUniqueId = null, entryId = null } = query;
  if (!Number.isInteger(limit) || limit < 1 || limit > PAGE_SIZE_MAX)
    throw refused('limit', `is a whole number from 1 to ${PAGE_SIZE_MAX}`);
  if (before !== null && !Number.isSafeInteger(before))
    throw refused('before', 'is `next` of the page before');
  for (const [field, id] of Object.entries({ sessionUniqueId, entryId }))
    if (id !== null && !isUuid(id)) throw refused(field, 'is a UUID');
  const { door, apart, reach } = await admitted(caller, 'document.read', 'reportInbox.list');
  if (everyone && reach !== 'any') throw onlyOwn(door);
  const filters = [door.company.no, everyone ? null : door.user.no, report, unread, sessionUniqueId, entryId];
  const [rows, [counted]] = await Promise.all([
    apart.run<DocumentRow>(pageOfDocuments, [...filters, before, limit + 1]),
    apart.run<{ count: number }>(countDocuments, filters),
  ]);
  const found = counted?.count ?? 0;
  const documents = rows.slice(0, limit).map(documentOf);
  return {
    documents,
    next: rows.length <= limit ? null : (documents.at(-1)?.no ?? null),
    total: { value: Math.min(found, DOCUMENTS_COUNTED_MAX), isExact: found <= DOCUMENTS_COUNTED_MAX },
  };
}

/**
 * What is known of one document. What is somebody else's does not exist for who may not see everybody's.
 * @throws NightshiftError DOCUMENT_UNKNOWN, VALIDATION, PERMISSION_DENIED, USER_DISABLED
 */
export async function getDocument(caller: Caller, no: number): Promise<InboxDocument> {
  const { door, apart, whose } = await admitted(caller, 'document.read', 'reportInbox.get', checkedNo(no));
  const [row] = await apart.run<DocumentRow>(readDocument, [door.company.no, whose, no]);
  if (row === undefined) throw documentUnknown(no);
  return documentOf(row);
}

/**
 * One document as a file. Of the caller's own it is noted that he has read it.
 * @throws NightshiftError as `getDocument`
 */
export async function fetchDocument(caller: Caller, no: number): Promise<DocumentFile> {
  const { door, apart, whose, now } = await admitted(
    caller,
    'document.read',
    'reportInbox.fetch',
    checkedNo(no),
  );
  const values = [door.company.no, whose, no, door.user.no, now];
  const [row] = await apart.run<FileRow>(fetchOne, values);
  if (row === undefined) throw documentUnknown(no);
  const { contentType } = DOCUMENT_TYPES[row.output_type];
  return { fileName: row.file_name, contentType, content: row.content };
}

/**
 * Marks documents as read, or as not read. Commits at once.
 * @returns how many that changed
 * @throws NightshiftError VALIDATION, PERMISSION_DENIED, USER_DISABLED
 */
export async function markDocuments(
  caller: Caller,
  { numbers, read }: { readonly numbers: readonly number[]; readonly read: boolean },
): Promise<number> {
  checkNumbers(numbers);
  if (typeof read !== 'boolean') throw refused('read', 'is true or false');
  const { door, apart, whose, now } = await admitted(caller, 'document.read', 'reportInbox.mark');
  return (await apart.run(markNamed, [door.company.no, whose, numbers, read, now])).length;
}

/**
 * Deletes documents. Commits at once; the audit log keeps which.
 * @returns how many there were
 * @throws NightshiftError VALIDATION, PERMISSION_DENIED, USER_DISABLED
 */
export async function deleteDocuments(
  caller: Caller,
  { numbers }: { readonly numbers: readonly number[] },
): Promise<number> {
  checkNumbers(numbers);
  const { door, apart, whose } = await admitted(caller, 'document.delete', 'reportInbox.delete');
  return apart.transaction(async (tx) => {
    const gone = await tx.run<GoneRow>(deleteNamed, [door.company.no, whose, numbers]);
    for (const { no, report, file_name: fileName } of gone) {
      const object = { kind: 'document', id: String(no), name: fileName };
      await audited(tx, door, { verb: 'document.delete', object, before: { report, fileName } });
    }
    return gone.length;
  });
}

interface DocumentRow {
  readonly no: number;
  readonly report: string;
  readonly description: string;
  readonly output_type: ReportOutputType;
  readonly file_name: string;
  readonly size: number;
  readonly created_at: Date;
  readonly user_name: string;
  readonly entry_id: string | null;
  readonly entry_no: number | null;
  readonly log_no: number | null;
  readonly session_unique_id: string;
  readonly read_at: Date | null;
}

interface FileRow {
  readonly file_name: string;
  readonly output_type: ReportOutputType;
  readonly content: Buffer;
}

interface GoneRow {
  readonly no: number;
  readonly report: string;
  readonly file_name: string;
}

function documentOf(row: DocumentRow): InboxDocument {
  return {
    no: row.no,
    report: row.report,
    description: row.description,
    outputType: row.output_type,
    fileName: row.file_name,
    size: row.size,
    createdAt: row.created_at,
    user: row.user_name,
    entryId: row.entry_id,
    entryNo: row.entry_no,
    logNo: row.log_no,
    sessionUniqueId: row.session_unique_id,
    readAt: row.read_at,
  };
}

/** Lets the caller use a verb. `whose`: only of this user; null: of anybody. */
async function admitted(caller: Caller, verb: Verb, what: string, no: number | null = null) {
  const door = doorOf(caller);
  const { apart, clock } = door.service(REPORTS);
  const wish = { kind: 'document', id: no === null ? null : String(no) };
  const reach = await door.service(AUTHORITY).demand(actorOf(door), verb, wish);
  if (apart === null)
    throw new NightshiftError('PERMISSION_DENIED', `${what} is called from codeunits that are not isolated.`);
  return {
    door,
    apart: apart as ReportsApart,
    reach,
    whose: reach === 'any' ? null : door.user.no,
    now: clock.pinned(),
  };
}

function onlyOwn({ user, company }: CallerDoor): NightshiftError {
  const text = `User ${user.name} may see his own report inbox in company ${company.name}, not everybody's; that takes SUPER.`;
  return new NightshiftError('PERMISSION_DENIED', text, { field: 'everyone' });
}

function checkedNo(no: number): number {
  if (Number.isSafeInteger(no) && no > 0) return no;
  throw refused('no', 'is the number of a document');
}

function checkNumbers(numbers: readonly number[]): void {
  const isList = Array.isArray(numbers) && numbers.length > 0 && numbers.length <= NUMBERS_MAX;
  if (!isList || !numbers.every(Number.isSafeInteger))
    throw refused('numbers', `are 1 to ${NUMBERS_MAX} numbers of documents`);
}

function documentUnknown(no: number): NightshiftError {
  return new NightshiftError('DOCUMENT_UNKNOWN', `There is no document ${no} in your report inbox.`, {
    field: 'no',
  });
}

function refused(field: string, rule: string): NightshiftError {
  return new NightshiftError('VALIDATION', `${field} ${rule}.`, { field });
}
