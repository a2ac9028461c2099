import type { ReportOutputType } from '../contract/report-output-type.ts';
import { describeBytes, NightshiftError } from '../foundation/index.ts';
import { doorOf, type Session } from '../session/index.ts';
import type { DocumentOrder } from './document-order.ts';
import { makeDocumentFor } from './document-thread.ts';
import { DOCUMENT_TYPES } from './document-types.ts';
import { REPORTS } from './report-service.ts';
import { isFile, type ReadTable, type ReportFile, type ReportTable, readTable } from './report-table.ts';
import { fileReport } from './reports.sql.ts';

/** Largest document, in bytes. */
export const DOCUMENT_BYTES_MAX = 25 * 1_048_576;
const ROWS_MAX = 100_000;
const PDF_ROWS_MAX = 10_000;
const FILE_NAME_LENGTH_MAX = 200;
const DESCRIPTION_LENGTH_MAX = 250;

/** What is known of a document before it is made. */
interface DocumentFacts {
  readonly name: string;
  readonly description: string;
  readonly outputType: ReportOutputType;
  /** The job queue entry that the report ran for. */
  readonly id?: string | undefined;
  readonly entryNo?: number | undefined;
}

/**
 * Makes the document of a report and puts it into the inbox of the session's user, in the transaction of the session.
 * @throws NightshiftError VALIDATION for what is no table and no file; DOCUMENT_TOO_LARGE
 */
export async function fileDocument(
  session: Session,
  facts: DocumentFacts,
  made: ReportTable | ReportFile | undefined,
): Promise<void> {
  const { name, outputType, description } = facts;
  if (made === undefined || made === null) {
    session.log.info(`Report "${name}" had nothing to tell: there is no document.`);
    return;
  }
  if (typeof made !== 'object')
    throw new NightshiftError('VALIDATION', `Report "${name}" returned neither a table nor a file.`);
  const door = doorOf(session);
  const { clock, telemetry } = door.service(REPORTS);
  const content = isFile(made)
    ? bytesOf(name, made)
    : await makeDocumentFor(
        session,
        orderOf(session, await readTable(name, made, rowsMaxOf(outputType)), outputType, clock.now()),
      );
  if (content.length > DOCUMENT_BYTES_MAX) throw tooLarge(name, content.length);
  const given = isFile(made) ? made.fileName : undefined;
  const fileName = fileNameOf(given ?? `${name} ${dayOf(session, clock.now())}`, outputType);
  const columns = {
    report: name,
    description: [...description].slice(0, DESCRIPTION_LENGTH_MAX).join(''),
    output_type: outputType,
    file_name: fileName,
    entry_id: facts.id ?? null,
    entry_no: facts.entryNo ?? null,
    session_unique_id: session.uniqueId,
  };
  const values = [door.user.no, door.company.no, JSON.stringify(columns), content, clock.pinned()];
  await door.transaction((tx) => tx.run(fileReport, values));
  const told = {
    report: name,
    outputType,
    fileName,
    bytes: content.length,
    user: session.user,
    company: session.company,
  };
  door.afterCommit(() => telemetry.emit('NS0076', { ...told, entryNo: facts.entryNo ?? null }));
  session.log.info(
    `"${fileName}" (${describeBytes(content.length)}) is in the report inbox of ${session.user}.`,
  );
}

function rowsMaxOf(outputType: ReportOutputType): number {
  return outputType === 'PDF' ? PDF_ROWS_MAX : ROWS_MAX;
}

/** What a table is made a document of, in the language and the time zone of the session. */
function orderOf(session: Session, table: ReadTable, outputType: ReportOutputType, now: Date): DocumentOrder {
  const { language, timeZone, company, user } = session;
  const when = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short', timeZone });
  const footer = `${company} · ${user} · ${when.format(now)} (${timeZone})`;
  return { table, outputType, locale: { language, timeZone }, footer, createdAt: now };
}

function bytesOf(name: string, { content }: ReportFile): Buffer {
  if (typeof content === 'string') return Buffer.from(content);
  if (content instanceof Uint8Array)
    return Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  throw new NightshiftError('VALIDATION', `What report "${name}" returned: content is text or bytes.`, {
    field: 'content',
  });
}

/** The day in the session's time zone, as files are sorted by it. */
function dayOf({ timeZone }: Session, now: Date): string {
  return new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeZone }).format(now);
}

/** A name that every file system takes, with the extension of the kind. */
export function fileNameOf(wanted: unknown, outputType: ReportOutputType): string {
  const { extension } = DOCUMENT_TYPES[outputType];
  const plain = String(wanted)
    .toWellFormed()
    .replace(/[\p{Cc}<>:"/\\|?*]/gu, ' ')
    .replace(/\s+/g, ' ')
    .replace(/^[. ]+|[. ]+$/g, '');
  const end = `.${extension}`;
  const stem = plain.toLowerCase().endsWith(end) ? plain.slice(0, -end.length) : plain;
  const short = [...(stem === '' ? 'report' : stem)].slice(0, FILE_NAME_LENGTH_MAX - end.length).join('');
  return `${short.trimEnd()}${end}`;
}

function tooLarge(name: string, bytes: number): NightshiftError {
  const text = `The document of report "${name}" has ${describeBytes(bytes)}; ${describeBytes(DOCUMENT_BYTES_MAX)} is the most.`;
  return new NightshiftError('DOCUMENT_TOO_LARGE', text, { details: { bytes } });
}
