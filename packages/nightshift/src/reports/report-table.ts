import { NightshiftError } from '../foundation/index.ts';
import { plainText } from './plain-text.ts';

/** What the values of a column are. Numbers may come as text, as PostgreSQL's `numeric` does; null and undefined are blank. */
export type ReportColumnType = 'text' | 'number' | 'date' | 'datetime' | 'boolean';

/** A column of a report. */
export interface ReportColumn {
  /** Under which a row has its value. */
  readonly name: string;
  /** What stands above it. Default: its name. */
  readonly caption?: string;
  /** Default: `text`. */
  readonly type?: ReportColumnType;
  /** Of a number: how many decimals are shown, 0 to 12. Default: as many as it has. */
  readonly decimals?: number;
  /** Of a number: whether the sum of all rows stands below it. Default: false. */
  readonly total?: boolean;
}

/** A row, by the names of the columns. */
export type ReportRow = Readonly<Record<string, unknown>>;

/** What a report tells, as a table. */
export interface ReportTable {
  /** Default: the name of the report. */
  readonly title?: string;
  /** What stands below the title, such as what the rows were chosen by. Default: nothing. */
  readonly subtitle?: string;
  /** 1 to 50 columns. */
  readonly columns: readonly ReportColumn[];
  /** At most 100,000; 10,000 in a PDF. */
  readonly rows: Iterable<ReportRow> | AsyncIterable<ReportRow>;
}

/** A document that the report has made itself. */
export interface ReportFile {
  /** At most 25 MB. Text is UTF-8. */
  readonly content: Uint8Array | string;
  /** Default: the name of the report and the day. */
  readonly fileName?: string;
}

/** A column, complete with its defaults. */
export type FullColumn = Required<Omit<ReportColumn, 'decimals'>> & { readonly decimals: number | null };

/** A table whose rows are all there. */
export interface ReadTable {
  readonly title: string;
  readonly subtitle: string;
  readonly columns: readonly FullColumn[];
  readonly rows: readonly ReportRow[];
}

const COLUMNS_MAX = 50;
const DECIMALS_MAX = 12;
const TYPES: readonly unknown[] = [
  'text',
  'number',
  'date',
  'datetime',
  'boolean',
] satisfies readonly ReportColumnType[];

/** Whether a report has made its document itself. */
export function isFile(made: ReportTable | ReportFile): made is ReportFile {
  return 'content' in made;
}

/**
 * Checks a table and reads its rows.
 * @throws NightshiftError VALIDATION with the field; DOCUMENT_TOO_LARGE for more rows than `rowsMax`; what reading them throws
 */
export async function readTable(report: string, table: ReportTable, rowsMax: number): Promise<ReadTable> {
  const { title = report, subtitle = '' } = table;
  if (typeof title !== 'string') throw refused(report, 'title', 'is text');
  if (typeof subtitle !== 'string') throw refused(report, 'subtitle', 'is text');
  const columns = checkedColumns(report, table.columns);
  const rows: ReportRow[] = [];
  if (!isIterable(table.rows)) throw refused(report, 'rows', 'is a list of rows');
  for await (const row of table.rows) {
    if (typeof row !== 'object' || row === null) throw refused(report, 'rows', 'are objects');
    if (rows.length === rowsMax) throw tooManyRows(report, rowsMax);
    rows.push(plainRow(columns, row));
  }
  return { title, subtitle, columns, rows };
}

function checkedColumns(report: string, columns: readonly ReportColumn[]): readonly FullColumn[] {
  if (!Array.isArray(columns) || columns.length === 0 || columns.length > COLUMNS_MAX)
    throw refused(report, 'columns', `is a list of 1 to ${COLUMNS_MAX} columns`);
  return columns.map((column: ReportColumn, index) => {
    const { name, caption = name, type = 'text', decimals = null, total = false } = column;
    const at = `columns.${index}`;
    if (typeof name !== 'string' || name === '') throw refused(report, `${at}.name`, 'is text');
    if (typeof caption !== 'string') throw refused(report, `${at}.caption`, 'is text');
    if (!TYPES.includes(type)) throw refused(report, `${at}.type`, `is one of ${TYPES.join(', ')}`);
    const isCount =
      decimals === null || (Number.isInteger(decimals) && decimals >= 0 && decimals <= DECIMALS_MAX);
    if (!isCount) throw refused(report, `${at}.decimals`, `is a whole number from 0 to ${DECIMALS_MAX}`);
    if (total && type !== 'number') throw refused(report, `${at}.total`, 'is for numbers');
    return { name, caption, type, decimals, total };
  });
}

/** Only what has a column, as plain data. */
function plainRow(columns: readonly FullColumn[], row: ReportRow): ReportRow {
  const plain: Record<string, unknown> = Object.create(null);
  for (const { name } of columns) {
    const value = row[name];
    plain[name] = isPlain(value) ? value : plainText(value);
  }
  return plain;
}

function isPlain(value: unknown): boolean {
  if (value === null || value === undefined || value instanceof Date) return true;
  return typeof value !== 'object' && typeof value !== 'function' && typeof value !== 'symbol';
}

function isIterable(rows: unknown): boolean {
  return (
    typeof rows === 'object' && rows !== null && (Symbol.iterator in rows || Symbol.asyncIterator in rows)
  );
}

function tooManyRows(report: string, rowsMax: number): NightshiftError {
  const text = `Report "${report}" has more than ${rowsMax.toLocaleString('en-US')} rows, which is the most of such a document.`;
  return new NightshiftError('DOCUMENT_TOO_LARGE', text, { details: { rowsMax } });
}

function refused(report: string, field: string, rule: string): NightshiftError {
  return new NightshiftError('VALIDATION', `What report "${report}" returned: ${field} ${rule}.`, { field });
}
