import { NightshiftError } from '../foundation/index.ts';

/** The types that a column of your own may have; the names are PostgreSQL's. */
export const COLUMN_TYPES = [
  'text',
  'integer',
  'bigint',
  'numeric',
  'boolean',
  'date',
  'timestamptz',
  'uuid',
] as const;

export type ColumnType = (typeof COLUMN_TYPES)[number];

/** A value of such a column, before it is checked. */
export type ColumnValue = string | number | bigint | boolean | Date | null | undefined;

/** A column of your own in a table of work items: filled from the payload, to search and join by. */
export interface ItemColumn<Payload> {
  readonly type: ColumnType;
  /** Its value for a payload; null, or nothing: NULL. */
  value(payload: Payload): ColumnValue;
}

const TEXT_LENGTH_MAX = 10_000;
const INTEGER_MAX = 2 ** 31;
const BIGINT_MAX = 2n ** 63n;
const WHOLE = /^[+-]?\d{1,19}$/;
const DECIMAL = /^[+-]?\d{1,100}(?:\.\d{1,100})?$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Whether a value is one, and as which text PostgreSQL takes it. Null: it is none. */
const TEXT_OF: Readonly<Record<ColumnType, (value: NonNullable<ColumnValue>) => string | null>> = {
  text: (value) =>
    typeof value === 'string' &&
    value.length <= TEXT_LENGTH_MAX &&
    !value.includes('\0') &&
    value.isWellFormed()
      ? value
      : null,
  integer: (value) =>
    Number.isInteger(value) && Math.abs(Number(value)) < INTEGER_MAX ? String(value) : null,
  bigint: bigintText,
  numeric: decimalText,
  boolean: (value) => (typeof value === 'boolean' ? String(value) : null),
  date: (value) => (typeof value === 'string' && isDay(value) ? value : null),
  timestamptz: instantText,
  uuid: (value) => (typeof value === 'string' && UUID.test(value) ? value : null),
};

/** The text of a column's value. @throws NightshiftError VALIDATION with the column */
export function columnText(name: string, type: ColumnType, value: ColumnValue): string | null {
  if (value === null || value === undefined) return null;
  const text = TEXT_OF[type](value);
  if (text !== null) return text;
  throw new NightshiftError('VALIDATION', `Column ${name} takes no such value; it is of type ${type}.`, {
    field: name,
  });
}

function bigintText(value: NonNullable<ColumnValue>): string | null {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value) : null;
  if (typeof value === 'string' && !WHOLE.test(value)) return null;
  if (typeof value !== 'bigint' && typeof value !== 'string') return null;
  const number = BigInt(value);
  return number < BIGINT_MAX && number >= -BIGINT_MAX ? String(number) : null;
}

function decimalText(value: NonNullable<ColumnValue>): string | null {
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : null;
  if (typeof value === 'bigint') return String(value);
  return typeof value === 'string' && DECIMAL.test(value) ? value : null;
}

function isDay(text: string): boolean {
  const at = Date.parse(`${text}T00:00:00Z`);
  return DAY.test(text) && !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
}

function instantText(value: NonNullable<ColumnValue>): string | null {
  const at = value instanceof Date ? value : typeof value === 'string' ? new Date(value) : null;
  return at === null || Number.isNaN(at.getTime()) ? null : at.toISOString();
}
