import { Readable } from 'node:stream';
import { PAGE_SIZE_MAX } from '../contract/wire.ts';
import { csvText } from '../foundation/index.ts';

/** Rows of a file, at most. */
const ROWS_MAX = 100_000;
/** Tells Excel that it is UTF-8. */
const BYTE_ORDER_MARK = '\uFEFF';

type Row = Readonly<Record<string, unknown>>;

/** A page of a list, as routes answer it. */
export interface CsvPage {
  readonly items: readonly Row[];
  readonly page: { readonly next: string | null };
}

/** How many rows each page of a file is read with. */
export const CSV_PAGE_SIZE = PAGE_SIZE_MAX;

/**
 * A list as a file for spreadsheets: the first page is there, the others are read while the file is fetched.
 * @param more reads the page behind a place
 */
export function csvOf(
  first: CsvPage,
  columns: readonly string[],
  more: (after: string) => Promise<CsvPage>,
): Readable {
  return Readable.from(linesOf(first, columns, more));
}

async function* linesOf(
  first: CsvPage,
  columns: readonly string[],
  more: (after: string) => Promise<CsvPage>,
) {
  yield `${BYTE_ORDER_MARK}${columns.join(',')}\r\n`;
  let rows = 0;
  for (let page = first; ; page = await more(page.page.next)) {
    const lines = page.items
      .slice(0, ROWS_MAX - rows)
      .map((row) => columns.map((column) => cellOf(row[column])).join(','));
    if (lines.length > 0) yield `${lines.join('\r\n')}\r\n`;
    rows += lines.length;
    if (page.page.next === null || rows >= ROWS_MAX) return;
  }
}

/** A value as a cell. Text that would be a formula becomes text again. */
export function cellOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return csvText(textOf(value));
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value) && value.every((part) => typeof part === 'string')) return value.join(', ');
  const { message } = Object(value) as { message?: unknown };
  return typeof message === 'string' ? message : JSON.stringify(value);
}
