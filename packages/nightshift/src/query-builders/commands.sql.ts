import { statement } from '../database/index.ts';
import { NightshiftError } from '../foundation/index.ts';

export const cursorIsOpen = statement(
  'query_builder_cursor_is_open',
  'select from pg_catalog.pg_cursors where name = $1',
);

// Commands on cursors and savepoints take no parameters. Names of cursors are made here, of a number.
const CURSOR = /^ns_cursor_\d+$/;

function safe(name: string): string {
  if (!CURSOR.test(name)) throw new Error(`not a name made by us: ${name}`);
  return name;
}

/** `query` is user code's with its parameters; a statement travels alone, and DECLARE takes nothing but a query. */
export function declareCursor(name: string, query: string): string {
  return `declare ${safe(name)} no scroll cursor for ${query}`;
}

/** @throws NightshiftError VALIDATION unless `rows` is a whole number of at least 1 */
export function fetchFromCursor(name: string, rows: number): string {
  if (!Number.isSafeInteger(rows) || rows < 1) {
    throw new NightshiftError('VALIDATION', 'A chunk has a whole number of rows, at least 1.', {
      field: 'chunkSize',
    });
  }
  return `fetch forward ${rows} from ${safe(name)}`;
}

export function closeCursor(name: string): string {
  return `close ${safe(name)}`;
}

export function setSavepoint(name: string): string {
  return `savepoint ${identifier(name)}`;
}

export function rollbackToSavepoint(name: string): string {
  return `rollback to savepoint ${identifier(name)}`;
}

export function releaseSavepoint(name: string): string {
  return `release savepoint ${identifier(name)}`;
}

function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
