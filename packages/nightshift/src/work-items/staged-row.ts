import { z } from 'zod';
import { isNightshiftError, jsonText, NightshiftError } from '../foundation/index.ts';
import { columnText } from './item-columns.ts';
import type { WorkItems } from './work-items.ts';

/** Longest external id and concurrency key, in characters. */
const KEY_LENGTH_MAX = 300;
const CORRELATION_IDS_MAX = 20;

/** A row that was not staged, and why. */
export interface RejectedRow {
  /** Which one, counted from 0. */
  readonly index: number;
  /** What the other system calls it; null when that could not be told. */
  readonly externalId: string | null;
  /** The field at fault, such as `payload.total`. */
  readonly field: string;
  readonly message: string;
}

/** A row as `items_stage` takes it. */
export interface StagedRow {
  readonly externalId: string;
  /** JSON. */
  readonly payload: string;
  /** JSON: {v: version, k: concurrency key, r: correlation ids, c: columns}, without those that it has not; null: none. */
  readonly more: string | null;
}

/** Schemas that cannot write what they have read: of their rows the payload stays as it came. */
const ONE_WAY = new WeakSet<z.ZodType>();

/** A row as it is stored. @throws NightshiftError VALIDATION or JSON_INVALID with the field */
export function stagedRow<Payload, In>(items: WorkItems<Payload, In>, row: unknown): StagedRow {
  const payload = parsedPayload(items, row);
  const externalId = keyText('externalId', items.externalId(payload));
  return { externalId, payload: payloadText(items.payload, row, payload), more: moreText(items, payload) };
}

/** The payload of a row, or of what is stored. @throws NightshiftError VALIDATION naming `payload.…` */
export function parsedPayload<Payload, In>(items: WorkItems<Payload, In>, row: unknown): Payload {
  const parsed = items.payload.safeParse(row);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = ['payload', ...(issue?.path ?? [])].map(String).join('.');
  throw new NightshiftError('VALIDATION', `${field}: ${issue?.message ?? 'invalid'}.`, { field });
}

function moreText<Payload, In>(items: WorkItems<Payload, In>, payload: Payload): string | null {
  const key = items.concurrencyKey(payload);
  const correlations = correlationText(items.correlationIds(payload));
  const version = versionText(items, payload);
  const columns = Object.entries(items.columns);
  const parts: string[] = [];
  if (version !== null) parts.push(`"v":${version}`);
  if (key !== null) parts.push(`"k":${JSON.stringify(keyText('concurrencyKey', key))}`);
  if (correlations !== '{}') parts.push(`"r":${correlations}`);
  if (columns.length > 0) {
    const values = columns.map(([name, { type, value }]) => [name, columnText(name, type, value(payload))]);
    parts.push(`"c":${JSON.stringify(Object.fromEntries(values))}`);
  }
  return parts.length === 0 ? null : `{${parts.join(',')}}`;
}

/** What the schema knows of the row, in the form in which it reads it again; else the row as it came. */
function payloadText(schema: z.ZodType, row: unknown, payload: unknown): string {
  if (ONE_WAY.has(schema)) return jsonText(row, 'payload');
  try {
    return jsonText(z.encode(schema, payload), 'payload');
  } catch {
    const text = jsonText(row, 'payload');
    ONE_WAY.add(schema);
    return text;
  }
}

function versionText<Payload, In>(items: WorkItems<Payload, In>, payload: Payload): string | null {
  const version = items.version(payload);
  if (version === null) return null;
  const value = version instanceof Date ? version.getTime() : version;
  if (typeof value === 'bigint' || Number.isFinite(value)) return String(value);
  throw new NightshiftError('VALIDATION', 'version is a number, a bigint or a Date.', { field: 'version' });
}

function correlationText(ids: Readonly<Record<string, string>>): string {
  const text = jsonText(ids, 'correlationIds');
  const values = Object.values(ids);
  if (
    values.length <= CORRELATION_IDS_MAX &&
    values.every((id) => typeof id === 'string' && id.length <= KEY_LENGTH_MAX)
  )
    return text;
  throw new NightshiftError(
    'VALIDATION',
    `correlationIds are at most ${CORRELATION_IDS_MAX} texts of at most ${KEY_LENGTH_MAX} characters.`,
    { field: 'correlationIds' },
  );
}

function keyText(field: string, value: unknown): string {
  if (
    typeof value === 'string' &&
    value !== '' &&
    value.length <= KEY_LENGTH_MAX &&
    !value.includes('\0') &&
    value.isWellFormed()
  )
    return value;
  throw new NightshiftError('VALIDATION', `${field} is a text of 1 to ${KEY_LENGTH_MAX} characters.`, {
    field,
  });
}

/** What is wrong with a row, whatever the application's functions have thrown over it. */
export function rejectedRow(index: number, externalId: string | null, error: unknown): RejectedRow {
  const message = error instanceof Error ? error.message : String(error);
  const field = isNightshiftError(error) ? error.field : null;
  return { index, externalId, field: field ?? 'payload', message };
}
