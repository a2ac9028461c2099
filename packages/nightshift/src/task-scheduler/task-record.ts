import { classifyFailure } from '../database/index.ts';
import { isNightshiftError, NightshiftError } from '../foundation/index.ts';
import {
  type AnyCodeunit,
  demandRun,
  doorOf,
  enterCodeunit,
  type RunningSession,
  type Session,
} from '../session/index.ts';
import type { ClaimedTask } from './scheduled-task.ts';
import { selectRow } from './task-record.sql.ts';

/** Most columns of a key. */
const KEY_COLUMNS_MAX = 32;
/** Longest name of a table or a column, in bytes: PostgreSQL cuts longer ones. */
const NAME_BYTES_MAX = 63;
/** Longest value of a key, in characters. */
const KEY_VALUE_LENGTH_MAX = 1_000;
const NAME = /^[\p{L}_][\p{L}\p{N}_$]*$/u;

/** What a column of a key may be compared with. */
export type KeyValue = string | number | bigint | boolean | Date;

/** A row of a table, to be read when it is wanted. Made by `rowOf`. */
export class RowReference {
  readonly table: string;
  /** What is stored: each value as text, a number or a boolean. */
  readonly key: Readonly<Record<string, string | number | boolean>>;
  /** Only `rowOf` makes one, so that its names are checked. */
  readonly #checked = true;

  constructor(table: string, key: Readonly<Record<string, KeyValue>>) {
    checkName(table, 'record.table');
    this.table = table;
    this.key = Object.freeze(storedKey(key));
    Object.freeze(this);
  }

  static is(value: unknown): value is RowReference {
    return typeof value === 'object' && value !== null && #checked in value;
  }

  /** For people: `sales_order (no = "1001")`. */
  toString(): string {
    return describe(this.table, this.key);
  }
}

/**
 * A row as the record of a task: `createTask(session, post, { record: rowOf('sales_order', { no: '1001' }) })`. It is read
 * when the task runs, each time, as the task's user and in the company of the task, and handed to the codeunit's schema as
 * `session.db.query` returns it: bigint and numeric as text, instants as `Date`, days as text.
 * When the row is gone the main codeunit fails with RECORD_NOT_FOUND, and a failure codeunit gets `undefined`.
 * @param table of the company's schema or of `app_shared`; names are case-sensitive, at most 63 bytes
 * @param key 1 to 32 columns and their values, which together fit one row only
 * @throws NightshiftError VALIDATION with the field
 */
export function rowOf(table: string, key: Readonly<Record<string, KeyValue>>): RowReference {
  return new RowReference(table, key);
}

function checkName(name: unknown, field: string): void {
  if (typeof name === 'string' && NAME.test(name) && Buffer.byteLength(name) <= NAME_BYTES_MAX) return;
  throw refused(field, `is a name of letters, digits, _ and $, of at most ${NAME_BYTES_MAX} bytes`);
}

function storedKey(key: unknown): Record<string, string | number | boolean> {
  if (typeof key !== 'object' || key === null || Array.isArray(key)) {
    throw refused('record.key', 'is an object: columns and their values');
  }
  const entries = Object.entries(key);
  if (entries.length === 0 || entries.length > KEY_COLUMNS_MAX) {
    throw refused('record.key', `has 1 to ${KEY_COLUMNS_MAX} columns`);
  }
  return Object.fromEntries(
    entries.map(([column, value]) => {
      checkName(column, 'record.key');
      return [column, storedValue(value, `record.key.${column}`)] as const;
    }),
  );
}

function storedValue(value: unknown, field: string): string | number | boolean {
  if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) return value;
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Date && !Number.isNaN(value.getTime())) return value.toISOString();
  const isText = typeof value === 'string' && value.isWellFormed() && !value.includes('\0');
  if (isText && value.length <= KEY_VALUE_LENGTH_MAX) return value;
  throw refused(
    field,
    `is text of at most ${KEY_VALUE_LENGTH_MAX} characters, a number, a bigint, a boolean or a Date`,
  );
}

function refused(field: string, rule: string): NightshiftError {
  return new NightshiftError('VALIDATION', `${field} ${rule}.`, { field });
}

function describe(table: string, key: Readonly<Record<string, unknown>>): string {
  const values = Object.entries(key).map(([column, value]) => `${column} = ${JSON.stringify(value)}`);
  return `${table} (${values.join(', ')})`;
}

/** What is asked of a task about its record. */
type TaskWithRecord = Pick<ClaimedTask, 'failing' | 'record' | 'recordTable'>;

/**
 * Runs the codeunit of a task in its session, with the record as it is now, if the user may.
 * @throws as `demandRun`, `enterCodeunit` and `recordOf`
 */
export function enterWithRecord(session: RunningSession, target: AnyCodeunit, task: TaskWithRecord): unknown {
  const waits = demandRun(doorOf(session), target);
  return waits === null
    ? enterAllowed(session, target, task)
    : waits.then(() => enterAllowed(session, target, task));
}

function enterAllowed(session: RunningSession, target: AnyCodeunit, task: TaskWithRecord): unknown {
  const { failing, record, recordTable } = task;
  // A failure codeunit may take the record of the main one, or none.
  if (failing && target.record === null) return enterCodeunit(session, target, undefined);
  if (recordTable === null) return enterCodeunit(session, target, record);
  return recordOf(session, target, { failing, record, recordTable }).then((row) =>
    enterCodeunit(session, target, row),
  );
}

/**
 * The row that a task's record refers to. A failure codeunit gets `undefined` when there is no such row, or none that it
 * takes: it must run whatever made the main one fail.
 * @throws NightshiftError RECORD_NOT_FOUND, RECORD_INVALID (several rows, no such table or column), PERMISSION_DENIED
 */
async function recordOf(
  session: Session,
  target: AnyCodeunit,
  { failing, record, recordTable }: TaskWithRecord & { readonly recordTable: string },
): Promise<unknown> {
  if (!failing) return readRow(session, storedReference(recordTable, record));
  try {
    const reference = storedReference(recordTable, record);
    const row = await session.savepoint(() => readRow(session, reference));
    return target.record?.safeParse(row).success === true ? row : undefined;
  } catch (error) {
    if (isNightshiftError(error, 'RECORD_NOT_FOUND', 'RECORD_INVALID', 'PERMISSION_DENIED')) return undefined;
    throw error;
  }
}

/** User code can write tasks without `rowOf`, by SQL. */
function storedReference(table: string, key: unknown): RowReference {
  try {
    return new RowReference(table, key as Readonly<Record<string, KeyValue>>);
  } catch (cause) {
    throw new NightshiftError('RECORD_INVALID', 'The record of this task is no reference to a row.', {
      field: 'record',
      cause,
    });
  }
}

async function readRow(session: Session, reference: RowReference): Promise<unknown> {
  const { table, key } = reference;
  const text = selectRow(table, Object.keys(key));
  const answer = await session.db.query(text, Object.values(key).map(String)).catch((error: unknown) => {
    throw explained(error, reference);
  });
  const [row] = answer.rows;
  const details = { table, key };
  if (row === undefined) {
    const message = `The record of this task is gone: there is no row ${reference}.`;
    throw new NightshiftError('RECORD_NOT_FOUND', message, { field: 'record', details });
  }
  if (answer.rows.length === 1) return row;
  throw new NightshiftError(
    'RECORD_INVALID',
    `The record of this task must be one row; several fit ${reference}.`,
    { field: 'record', details },
  );
}

/** What PostgreSQL refuses about the reference is told with the reference; everything else is none of its business. */
function explained(error: unknown, reference: RowReference): unknown {
  const { kind, code } = classifyFailure(error);
  const isOurs = kind === 'refused' && (code?.startsWith('42') === true || code?.startsWith('22') === true);
  if (!isOurs || isNightshiftError(error)) return error;
  const { table, key } = reference;
  return new NightshiftError(
    code === '42501' ? 'PERMISSION_DENIED' : 'RECORD_INVALID',
    `The record of this task, row ${reference}, cannot be read: ${(error as Error).message}.`,
    { field: 'record', details: { table, key }, cause: error },
  );
}
