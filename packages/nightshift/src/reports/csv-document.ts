import { csvText } from '../foundation/index.ts';
import { digitsOf } from './column-values.ts';
import { plainText } from './plain-text.ts';
import type { FullColumn, ReadTable } from './report-table.ts';

/** Tells Excel that it is UTF-8. */
const BYTE_ORDER_MARK = '\uFEFF';

/** A table as CSV, for programs: captions, then rows as they are; sums are left to whoever reads it. */
export function csvDocument({ columns, rows }: ReadTable): Buffer {
  const lines = [
    columns.map(({ caption }) => csvText(caption)).join(','),
    ...rows.map((row) => columns.map((column) => cellOf(column, row[column.name])).join(',')),
  ];
  return Buffer.from(`${BYTE_ORDER_MARK}${lines.join('\r\n')}\r\n`);
}

function cellOf({ type }: FullColumn, value: unknown): string {
  // A negative number is not the beginning of a formula.
  const digits = type === 'number' ? digitsOf(value) : null;
  return digits ?? csvText(plainText(value));
}
