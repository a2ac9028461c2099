import { Temporal } from 'temporal-polyfill';
import type { Row } from 'write-excel-file/node';
import { DAY, dateOf, digitsOf, totalsOf } from './column-values.ts';
import { plainText } from './plain-text.ts';
import type { FullColumn, ReadTable, ReportRow } from './report-table.ts';

/** Digits that a number of a spreadsheet keeps; longer ones stay text. */
const EXACT_DIGITS_MAX = 15;
/** Longest text of a cell, as Excel has it. */
const CELL_LENGTH_MAX = 32_767;
const SHEET_NAME_LENGTH_MAX = 31;
const WIDTH_MIN = 8;
const WIDTH_MAX = 60;
/** Rows whose lengths say how wide a column is. */
const SAMPLED_ROWS = 200;
/** What XML cannot hold. */
const UNPRINTABLE = /(?![\t\n\r])[\p{Cc}\uFFFE\uFFFF]/gu;

type Cell = Row[number];

/** A table as a workbook of one sheet: captions that stay in view, numbers and dates as such, sums as numbers. */
export async function xlsxDocument(table: ReadTable, timeZone: string): Promise<Buffer> {
  const { default: writeExcelFile } = await import('write-excel-file/node');
  const { columns, rows, title } = table;
  const totals = totalsOf(table);
  const data: Row[] = [
    columns.map(({ caption, type }) => ({
      ...cellOfText(caption),
      fontWeight: 'bold' as const,
      align: type === 'number' ? ('right' as const) : ('left' as const),
    })),
    ...rows.map((row) => columns.map((column) => cellOf(column, row[column.name], timeZone))),
    ...(totals === null ? [] : [totalRow(columns, totals, timeZone)]),
  ];
  const widths = columns.map((column) => ({ width: widthOf(column, rows) }));
  const options = { columns: widths, stickyRowsCount: 1, sheet: sheetName(title) };
  return writeExcelFile(data, options).toBuffer();
}

function totalRow(columns: readonly FullColumn[], totals: ReportRow, timeZone: string): Row {
  return columns.map((column) => {
    const cell = cellOf(column, totals[column.name], timeZone);
    return cell === null ? null : { ...(cell as object), fontWeight: 'bold' as const };
  }) as Row;
}

function cellOf({ type, decimals }: FullColumn, value: unknown, timeZone: string): Cell {
  if (value === null || value === undefined) return null;
  if (type === 'boolean' && typeof value === 'boolean') return { value, type: Boolean };
  if (type === 'number') {
    const digits = digitsOf(value);
    const isExact = digits !== null && digits.replace(/\D/g, '').length <= EXACT_DIGITS_MAX;
    if (isExact) return { value: Number(digits), type: Number, ...formatOf(decimals) };
  }
  if (type === 'date' || type === 'datetime') {
    const date = dateOf(value);
    const isDay = typeof value === 'string' && DAY.test(value);
    const format = type === 'date' ? 'yyyy-mm-dd' : 'yyyy-mm-dd hh:mm';
    if (date !== null) return { value: isDay ? date : wallClock(date, timeZone), type: Date, format };
  }
  return cellOfText(plainText(value));
}

/** Spreadsheets know no time zones: an instant is what the clock on the wall showed then. */
function wallClock(instant: Date, timeZone: string): Date {
  const there = Temporal.Instant.fromEpochMilliseconds(instant.getTime()).toZonedDateTimeISO(timeZone);
  return new Date(there.toPlainDateTime().toZonedDateTime('UTC').epochMilliseconds);
}

function formatOf(decimals: number | null): { readonly format?: string } {
  if (decimals === null) return {};
  return { format: decimals === 0 ? '#,##0' : `#,##0.${'0'.repeat(decimals)}` };
}

/** Text is never a formula here: a cell says what it holds. */
function cellOfText(text: string) {
  return { value: text.replace(UNPRINTABLE, '').slice(0, CELL_LENGTH_MAX), type: String };
}

function widthOf({ name, caption }: FullColumn, rows: readonly ReportRow[]): number {
  const lengths = rows.slice(0, SAMPLED_ROWS).map((row) => plainText(row[name]).length);
  return Math.min(Math.max(WIDTH_MIN, caption.length, ...lengths) + 2, WIDTH_MAX);
}

function sheetName(title: string): string {
  const name = title
    .replace(/[\\/?*[\]:]/g, ' ')
    .replace(UNPRINTABLE, '')
    .replace(/^'+|'+$/g, '')
    .slice(0, SHEET_NAME_LENGTH_MAX)
    .trim();
  return name === '' ? 'Report' : name;
}
