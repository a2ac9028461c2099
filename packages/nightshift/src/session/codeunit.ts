import type { z } from 'zod';
import { isNightshiftError, NightshiftError } from '../foundation/index.ts';
import { checkTables, EVERY } from '../permissions/index.ts';
import type { Codeunit, CodeunitPermissions, Isolation, PrivilegedSession, Session } from './session.ts';

/** Longest name of a codeunit, in characters. */
export const CODEUNIT_NAME_LENGTH_MAX = 100;
const VERSION_LENGTH_MAX = 100;
/** Most tables that wake an entry of a codeunit. */
const WAKE_ON_MAX = 20;
/** As PostgreSQL has it. */
const TABLE_NAME_BYTES_MAX = 63;
/** Most tasks that share a transaction. */
export const SHARED_TRANSACTION_SIZE_MAX = 500;

/** What `codeunit()` takes. */
export interface CodeunitDefinition<In, Out> {
  /** Unique in the application; 1 to 100 characters. */
  readonly name: string;
  /** A number of 1 to 2,147,483,647. Default: none. */
  readonly id?: number;
  /** Of its code, 1 to 100 characters: log entries say which one ran. Default: that of the application. */
  readonly version?: string;
  /** Default: the codeunit takes no record. */
  readonly record?: z.ZodType<Out, In>;
  /** What it needs on the tables of the company; whoever schedules it must have that. Default: none stated. */
  readonly permissions?: CodeunitPermissions;
  /**
   * Rights to tables that it is lent while it runs, on top of those of whoever runs it: `{ tables: { number_series: 'RM' } }`.
   * Every table is named; not together with `sharedTransaction`. They are listed and audited. Default: none.
   */
  readonly inherentPermissions?: CodeunitPermissions;
  /**
   * Where it runs when a session without a person behind it is started for it: in the main thread of the server
   * instance, in a thread, or in a process of its own. Default: `main`.
   */
  readonly isolation?: Isolation;
  /** Tasks of it that run at the same time on a server instance: 1 to 100. Default: as many as there are places. */
  readonly maximumConcurrent?: number;
  /**
   * For small, quick tasks: up to so many of them, of the same user in the same company, run one after another in one
   * transaction, each behind a savepoint of its own. 2 to 500; with `isolation: 'main'` only. A task of it may neither
   * `commit()` nor start sessions nor change job queue entries, and has at most 5 s. Default: each has its own.
   */
  readonly sharedTransaction?: number;
  /**
   * Tables of the company where its work comes from. A job queue entry that runs it, and rests because it found nothing to do
   * (`session.reportNothingToDo()`), is woken within seconds when rows are inserted or updated there, whoever does it, and
   * after that is committed. Up to 20 tables. Default: none; an entry rests for its inactivity timeout then.
   */
  readonly wakeOn?: readonly string[];
  onRun(session: Session, record: Out): unknown;
}

/**
 * Declares a codeunit.
 * @throws NightshiftError VALIDATION for a bad name, number, permission, isolation, limit or share, with the field
 */
export function codeunit(
  definition: CodeunitDefinition<undefined, undefined>,
): Codeunit<undefined, undefined>;
export function codeunit<In, Out>(
  definition: CodeunitDefinition<In, Out> & { readonly record: z.ZodType<Out, In> },
): Codeunit<In, Out>;
export function codeunit<In, Out>(definition: CodeunitDefinition<In, Out>): Codeunit<In, Out> {
  const { isolation = 'main', maximumConcurrent, sharedTransaction } = definition;
  checkIdentity(definition.name, definition.id);
  checkVersion(definition.name, definition.version);
  checkIsolation(definition.name, isolation);
  checkMaximumConcurrent(definition.name, maximumConcurrent);
  checkSharedTransaction(definition.name, isolation, sharedTransaction);
  const inherentPermissions = checkInherent(definition);
  return Object.freeze({
    objectType: 'codeunit' as const,
    name: definition.name,
    id: definition.id ?? null,
    version: definition.version ?? null,
    record: definition.record ?? null,
    permissions: checkPermissions(definition.name, 'permissions', definition.permissions),
    inherentPermissions,
    isolation,
    maximumConcurrent: maximumConcurrent ?? null,
    sharedTransaction: sharedTransaction ?? null,
    outputTypes: Object.freeze([]),
    wakeOn: checkWakeOn(definition.name, definition.wakeOn),
    onRun: (session: Session, record: Out) => definition.onRun(session, record),
    onRunPrivileged: null,
  });
}

/** What `platformCodeunit()` takes: as a codeunit, but `onRun` is also handed the privileged session. */
export interface PlatformCodeunitDefinition<In, Out> {
  readonly name: string;
  readonly record: z.ZodType<Out, In>;
  onRun(session: Session, record: Out, privileged: PrivilegedSession): unknown;
}

/**
 * Declares a codeunit of the platform itself. It may write what user code may not (the outcome of its own task), so it
 * is available to the floors of this package only; the package's door does not export it.
 */
export function platformCodeunit<In, Out>(
  definition: PlatformCodeunitDefinition<In, Out>,
): Codeunit<In, Out> {
  checkIdentity(definition.name, undefined);
  return Object.freeze({
    objectType: 'codeunit' as const,
    name: definition.name,
    id: null,
    version: null,
    record: definition.record,
    permissions: {},
    inherentPermissions: null,
    isolation: 'main' as const,
    maximumConcurrent: null,
    sharedTransaction: null,
    outputTypes: Object.freeze([]),
    wakeOn: Object.freeze([]),
    onRun: () => {
      throw new NightshiftError('PERMISSION_DENIED', `${definition.name} is run by the task scheduler only.`);
    },
    onRunPrivileged: (session: Session, record: Out, privileged: PrivilegedSession) =>
      definition.onRun(session, record, privileged),
  });
}

function checkIdentity(name: string, id: number | undefined): void {
  const length = typeof name === 'string' ? [...name].length : 0;
  if (length === 0 || length > CODEUNIT_NAME_LENGTH_MAX || name.includes('\0') || !name.isWellFormed()) {
    throw new NightshiftError(
      'VALIDATION',
      `The name of a codeunit is text of 1 to ${CODEUNIT_NAME_LENGTH_MAX} characters.`,
      { field: 'name' },
    );
  }
  if (id !== undefined && (!Number.isInteger(id) || id < 1 || id > 2_147_483_647)) {
    throw new NightshiftError('VALIDATION', `Codeunit "${name}": the id is a whole number from 1 up.`, {
      field: 'id',
    });
  }
}

function checkVersion(name: string, version: string | undefined): void {
  if (version === undefined || isVersion(version)) return;
  const text = `Codeunit "${name}": the version is text of 1 to ${VERSION_LENGTH_MAX} characters.`;
  throw new NightshiftError('VALIDATION', text, { field: 'version' });
}

/** Whether it can stand for a version of code. */
export function isVersion(version: unknown): boolean {
  if (typeof version !== 'string' || version === '' || version.length > VERSION_LENGTH_MAX) return false;
  return !version.includes('\0') && version.isWellFormed();
}

function checkPermissions(
  name: string,
  at: 'permissions' | 'inherentPermissions',
  permissions: CodeunitPermissions = {},
): CodeunitPermissions {
  const { tables, ...rest } = permissions;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) {
    const text = `Codeunit "${name}": ${at} has tables only, no "${unknown}".`;
    throw new NightshiftError('VALIDATION', text, { field: `${at}.${unknown}` });
  }
  if (tables === undefined) return Object.freeze({});
  try {
    return Object.freeze({ tables: checkTables(`${at}.tables`, tables) });
  } catch (error) {
    if (!isNightshiftError(error)) throw error;
    const field = error.field ?? `${at}.tables`;
    throw new NightshiftError('VALIDATION', `Codeunit "${name}": ${error.message}`, { field, cause: error });
  }
}

/** The tables of which rights are lent; null: none. */
function checkInherent({
  name,
  inherentPermissions,
  sharedTransaction,
}: Pick<CodeunitDefinition<unknown, unknown>, 'name' | 'inherentPermissions' | 'sharedTransaction'>) {
  const { tables = {} } = checkPermissions(name, 'inherentPermissions', inherentPermissions);
  if (Object.keys(tables).length === 0) return null;
  const field = 'inherentPermissions';
  if (Object.hasOwn(tables, EVERY)) {
    const text = `Codeunit "${name}": ${field} name every table of which rights are lent, not "${EVERY}".`;
    throw new NightshiftError('VALIDATION', text, { field: `${field}.tables.${EVERY}` });
  }
  if (sharedTransaction === undefined) return tables;
  const text = `Codeunit "${name}": ${field} and sharedTransaction exclude each other: the rights of a shared transaction are those of the user.`;
  throw new NightshiftError('VALIDATION', text, { field });
}

const ISOLATIONS: readonly unknown[] = ['main', 'thread', 'process'] satisfies readonly Isolation[];

function checkIsolation(name: string, isolation: Isolation): void {
  if (ISOLATIONS.includes(isolation)) return;
  throw new NightshiftError('VALIDATION', `Codeunit "${name}": the isolation is main, thread or process.`, {
    field: 'isolation',
  });
}

function checkMaximumConcurrent(name: string, maximum: number | undefined): void {
  if (maximum === undefined || (Number.isInteger(maximum) && maximum >= 1 && maximum <= 100)) return;
  throw new NightshiftError(
    'VALIDATION',
    `Codeunit "${name}": the maximum of concurrent tasks is a whole number from 1 to 100.`,
    { field: 'maximumConcurrent' },
  );
}

function checkSharedTransaction(name: string, isolation: Isolation, size: number | undefined): void {
  if (size === undefined) return;
  const field = 'sharedTransaction';
  if (!Number.isInteger(size) || size < 2 || size > SHARED_TRANSACTION_SIZE_MAX) {
    const text = `Codeunit "${name}": ${field} is a whole number from 2 to ${SHARED_TRANSACTION_SIZE_MAX}.`;
    throw new NightshiftError('VALIDATION', text, { field });
  }
  if (isolation === 'main') return;
  const text = `Codeunit "${name}": ${field} is for codeunits of the main thread, not for isolation ${isolation}.`;
  throw new NightshiftError('VALIDATION', text, { field });
}

function checkWakeOn(name: string, tables: readonly string[] = []): readonly string[] {
  const isList =
    Array.isArray(tables) && tables.length <= WAKE_ON_MAX && new Set(tables).size === tables.length;
  if (isList && tables.every((table) => typeof table === 'string' && isTableName(table)))
    return Object.freeze([...tables]);
  const text = `Codeunit "${name}": wakeOn is a list of up to ${WAKE_ON_MAX} names of tables, each named once.`;
  throw new NightshiftError('VALIDATION', text, { field: 'wakeOn' });
}

function isTableName(table: string): boolean {
  const isText = table !== '' && table !== EVERY && table.isWellFormed() && !/\p{Cc}/u.test(table);
  return isText && Buffer.byteLength(table) <= TABLE_NAME_BYTES_MAX;
}

/**
 * Puts a record through a codeunit's schema.
 * @throws NightshiftError RECORD_INVALID with the path of the first offence
 */
export function parseRecord<In, Out>(target: Codeunit<In, Out>, record: unknown): Out {
  if (target.record === null) {
    if (record !== undefined && record !== null) {
      throw new NightshiftError(
        'RECORD_INVALID',
        `${target.objectType === 'report' ? 'Report' : 'Codeunit'} "${target.name}" takes no record.`,
        {
          field: 'record',
        },
      );
    }
    return undefined as Out;
  }
  const parsed = target.record.safeParse(record);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const field = ['record', ...(issue?.path ?? [])].map(String).join('.');
  throw new NightshiftError(
    'RECORD_INVALID',
    `The record for ${target.objectType} "${target.name}" does not fit: ${field}: ${issue?.message ?? 'invalid'}.`,
    { field, cause: parsed.error },
  );
}
