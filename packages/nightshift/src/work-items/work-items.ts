import type { z } from 'zod';
import { NightshiftError } from '../foundation/index.ts';
import { type RetryPolicy, retryDelay } from '../task-scheduler/index.ts';
import { COLUMN_TYPES, type ItemColumn } from './item-columns.ts';

/** What tells whether a staged row is newer than what is known: the greater it is, the newer. */
export type ItemVersion = number | bigint | Date;

/** What `workItems` takes. */
export interface WorkItemsDefinition<In, Payload> {
  /** The name of the table: 1 to 40 lower-case letters, digits and `_`, a letter first. */
  readonly name: string;
  /** What a row carries. Rows that do not fit are rejected when they are staged. */
  readonly payload: z.ZodType<Payload, In>;
  /** What the other system calls the row: 1 to 300 characters. It is staged once, however often it comes. */
  readonly externalId: (payload: Payload) => string;
  /** Names under which other systems know what belongs to the row. Default: none. */
  readonly correlationIds?: (payload: Payload) => Readonly<Record<string, string>>;
  /**
   * A number or an instant that grows with every change of the row: what is not newer changes nothing. Default: every
   * difference counts as newer.
   */
  readonly version?: (payload: Payload) => ItemVersion;
  /** Items with the same key are processed one after another, in the order in which they were first staged. Null: none. */
  readonly concurrencyKey?: (payload: Payload) => string | null;
  /**
   * When what has failed is tried again. `never`: not by itself, not even when whoever processed it has died; people decide.
   * Default: after 1, 5, 15 and 60 minutes, then no more.
   */
  readonly retryPolicy?: RetryPolicy | 'never';
  /**
   * Whether an error may be gone the next time. When it says no, the item is Failed at once: it would fail again with the same
   * data. What it throws counts as yes. Default: every error may.
   */
  readonly isRetriable?: (error: unknown) => boolean;
  /** Columns of your own, by their names. Default: none. */
  readonly columns?: Readonly<Record<string, ItemColumn<Payload>>>;
  /**
   * For how many whole months, besides the present one, what has ended is kept: 1 to 1,200. Then it is removed, its external id
   * stays known. Default: for ever.
   */
  readonly keepDoneMonths?: number;
}

/** A declared table of work items. */
export interface WorkItems<Payload = unknown, In = unknown> {
  readonly name: string;
  readonly payload: z.ZodType<Payload, In>;
  externalId(payload: Payload): string;
  correlationIds(payload: Payload): Readonly<Record<string, string>>;
  /** Null: it has none. */
  version(payload: Payload): ItemVersion | null;
  concurrencyKey(payload: Payload): string | null;
  /** Whether items wait for others of the same concurrency key. */
  readonly isKeyed: boolean;
  readonly retryPolicy: RetryPolicy;
  isRetriable(error: unknown): boolean;
  readonly columns: Readonly<Record<string, ItemColumn<Payload>>>;
  /** Null: for ever. */
  readonly keepDoneMonths: number | null;
}

/** Work items of any payload. */
export type AnyWorkItems = WorkItems<unknown, unknown>;

const NAME = /^[a-z][a-z0-9_]{0,39}$/;
const COLUMN_NAME = /^[a-z][a-z0-9_]{0,39}$/;
const COLUMNS_MAX = 30;
const MONTHS_MAX = 1_200;
/** Ends of the names of the tables that belong to one of work items. */
const COMPANIONS = ['_done', '_key', '_call'];
const MINUTE_MS = 60_000;

/** Columns that every table of work items has. */
const TAKEN = new Set(
  `id external_id status attempts losses next_attempt_at claim claimed_by session_unique_id lease_until concurrency_key
  payload version restaged correlation_ids error_code error_text error_stack error_fingerprint failed_at assigned_to note
  staged_at modified_at started_at finished_at finished_by`.split(/\s+/),
);

export const DEFAULT_RETRY_POLICY: RetryPolicy = Object.freeze({
  delaysMs: Object.freeze([1, 5, 15, 60].map((minutes) => minutes * MINUTE_MS)),
  maximumRetries: 4,
});

/** Nothing is tried again but by a person. */
const NEVER: RetryPolicy = Object.freeze({ delaysMs: Object.freeze([]), maximumRetries: 0 });

/**
 * Declares a table of work items: rows from another system, each processed for itself, none twice and none lost. Name it in
 * `defineApp({ workItems: [...] })`; every company has one then.
 * @throws NightshiftError VALIDATION with the field
 */
export function workItems<In, Payload>(definition: WorkItemsDefinition<In, Payload>): WorkItems<Payload, In> {
  const { name, payload, externalId, columns = {} } = definition;
  const { correlationIds, version, concurrencyKey, isRetriable, keepDoneMonths = null } = definition;
  const retryPolicy =
    definition.retryPolicy === 'never' ? NEVER : (definition.retryPolicy ?? DEFAULT_RETRY_POLICY);
  if (typeof name !== 'string' || !NAME.test(name)) {
    throw invalid('name', 'name is 1 to 40 lower-case letters, digits and _, a letter first');
  }
  if (typeof payload?.safeParse !== 'function') throw invalid('payload', 'payload is a zod schema');
  if (typeof externalId !== 'function') throw invalid('externalId', 'externalId is a function');
  checkFunctions({ correlationIds, version, concurrencyKey, isRetriable });
  retryDelay(retryPolicy, 1);
  checkColumns(columns);
  checkMonths(keepDoneMonths);
  return Object.freeze({
    name,
    payload,
    externalId,
    correlationIds: correlationIds ?? (() => ({})),
    version: version ?? (() => null),
    concurrencyKey: concurrencyKey ?? (() => null),
    isKeyed: concurrencyKey !== undefined,
    retryPolicy,
    isRetriable: isRetriable ?? (() => true),
    columns: Object.freeze({ ...columns }),
    keepDoneMonths,
  });
}

/** @throws NightshiftError VALIDATION when two have one name, or one is no declaration */
export function checkWorkItems(all: readonly AnyWorkItems[]): void {
  const names = new Set<string>();
  for (const items of all) {
    if (!NAME.test(items?.name)) throw invalid('workItems', 'workItems lists what workItems() has made');
    if (names.has(items.name)) throw invalid('workItems', `Two tables of work items are named ${items.name}`);
    names.add(items.name);
  }
  for (const name of names) {
    const besides = COMPANIONS.map((end) => `${name}${end}`).find((other) => names.has(other));
    if (besides !== undefined)
      throw invalid('workItems', `The table ${besides} is a part of the work items ${name}`);
  }
}

function checkFunctions(functions: Readonly<Record<string, unknown>>): void {
  for (const [field, value] of Object.entries(functions)) {
    if (value !== undefined && typeof value !== 'function') throw invalid(field, `${field} is a function`);
  }
}

function checkMonths(months: number | null): void {
  if (months === null || (Number.isInteger(months) && months >= 1 && months <= MONTHS_MAX)) return;
  throw invalid('keepDoneMonths', `keepDoneMonths is a whole number from 1 to ${MONTHS_MAX}`);
}

function checkColumns(columns: Readonly<Record<string, ItemColumn<never>>>): void {
  const names = Object.keys(columns);
  if (names.length > COLUMNS_MAX) throw invalid('columns', `columns are at most ${COLUMNS_MAX}`);
  for (const name of names) {
    if (!COLUMN_NAME.test(name)) {
      throw invalid(`columns.${name}`, `${name} is no name of a column: lower-case letters, digits and _`);
    }
    if (TAKEN.has(name)) throw invalid(`columns.${name}`, `Every table of work items has a column ${name}`);
    const { type, value } = columns[name] ?? {};
    if (!COLUMN_TYPES.some((known) => known === type)) {
      throw invalid(`columns.${name}.type`, `The type is one of ${COLUMN_TYPES.join(', ')}`);
    }
    if (typeof value !== 'function') throw invalid(`columns.${name}.value`, 'value is a function');
  }
}

function invalid(field: string, text: string): NightshiftError {
  return new NightshiftError('VALIDATION', `${text}.`, { field });
}
