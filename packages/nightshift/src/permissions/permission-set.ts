import { NightshiftError } from '../foundation/index.ts';

/** Longest name of a permission set, in characters. */
export const PERMISSION_SET_NAME_LENGTH_MAX = 60;
/** Most names in one list of a permission set. */
const NAMES_MAX = 1_000;
/** PostgreSQL cuts longer names. */
const TABLE_NAME_BYTES_MAX = 63;

/** The rights to a table: read, insert, modify, delete. */
export const TABLE_RIGHTS = Object.freeze(['R', 'I', 'M', 'D'] as const);
export type TableRight = (typeof TABLE_RIGHTS)[number];

/** What a permission set names itself. Stored as JSON. */
export interface PermissionSetDefinition {
  /** Codeunits that may be run, by name; `*`: all. */
  readonly codeunits: readonly string[];
  /** Reports, likewise. */
  readonly reports: readonly string[];
  /**
   * Rights per table of the company or of `app_shared`: some of `R` (read), `I` (insert), `M` (modify), `D` (delete).
   * `*`: every table.
   */
  readonly tables: Readonly<Record<string, string>>;
  /** Permission sets whose rights it has too. */
  readonly includes: readonly string[];
  /** Permission sets whose rights are taken away from what it names and includes. */
  readonly excludes: readonly string[];
}

/** A permission set as the code of an application declares it. */
export interface PermissionSet {
  readonly name: string;
  readonly description: string;
  readonly definition: PermissionSetDefinition;
}

/** What `permissionSet()` takes. */
export interface PermissionSetInput extends Partial<PermissionSetDefinition> {
  /** Unique in the database; 1 to 60 characters. */
  readonly name: string;
  /** Default: none. */
  readonly description?: string;
}

/**
 * Declares a permission set of an application.
 * @throws NightshiftError VALIDATION with the field
 */
export function permissionSet(input: PermissionSetInput): PermissionSet {
  const { name, description = '' } = input;
  checkText('name', name, 1, PERMISSION_SET_NAME_LENGTH_MAX);
  checkText('description', description, 0, 250);
  return Object.freeze({ name, description, definition: checkDefinition(input) });
}

/** Checks and completes a definition, from whomever it comes. @throws NightshiftError VALIDATION with the field */
export function checkDefinition(input: Partial<PermissionSetDefinition>): PermissionSetDefinition {
  const { codeunits = [], reports = [], tables = {}, includes = [], excludes = [] } = input;
  return Object.freeze({
    codeunits: checkNames('codeunits', codeunits),
    reports: checkNames('reports', reports),
    tables: checkTables('tables', tables),
    includes: checkNames('includes', includes),
    excludes: checkNames('excludes', excludes),
  });
}

/**
 * Checks rights per table.
 * @returns the same, with the rights in the order RIMD
 * @throws NightshiftError VALIDATION with the field
 */
export function checkTables(field: string, tables: unknown): Readonly<Record<string, string>> {
  if (typeof tables !== 'object' || tables === null || Array.isArray(tables)) {
    throw invalid(field, 'Tables are given as { sales_order: "RIMD" }.');
  }
  const entries = Object.entries(tables as Record<string, unknown>);
  if (entries.length > NAMES_MAX) throw invalid(field, `At most ${NAMES_MAX} tables are named.`);
  return Object.freeze(
    Object.fromEntries(
      entries.map(([table, rights]) => {
        const at = `${field}.${table}`;
        checkText(at, table, 1, TABLE_NAME_BYTES_MAX);
        if (Buffer.byteLength(table) > TABLE_NAME_BYTES_MAX) {
          throw invalid(at, `The name of a table has at most ${TABLE_NAME_BYTES_MAX} bytes.`);
        }
        if (typeof rights !== 'string' || !/^[RIMD]{1,4}$/.test(rights)) {
          const indirect = typeof rights === 'string' && /^[rimdRIMD]+$/.test(rights);
          const more = indirect
            ? ' There are no indirect rights; see inherentPermissions of a codeunit.'
            : '';
          throw invalid(at, `The rights to a table are some of the letters R, I, M and D.${more}`);
        }
        return [table, TABLE_RIGHTS.filter((right) => rights.includes(right)).join('')];
      }),
    ),
  );
}

function checkNames(field: string, names: unknown): readonly string[] {
  if (!Array.isArray(names)) throw invalid(field, `${field} is a list of names.`);
  if (names.length > NAMES_MAX) throw invalid(field, `At most ${NAMES_MAX} names are listed.`);
  for (const name of names) checkText(field, name, 1, 100);
  return Object.freeze([...new Set(names as string[])]);
}

/** @throws NightshiftError VALIDATION with the field */
export function checkText(field: string, text: unknown, least: number, most: number): asserts text is string {
  const length = typeof text === 'string' ? [...text].length : -1;
  if (length < least || length > most) {
    throw invalid(field, `${field} is text of ${least} to ${most} characters.`);
  }
  const whole = text as string;
  if (!whole.isWellFormed() || /\p{Cc}/u.test(whole)) {
    throw invalid(field, `${field} holds a control character or half of one.`);
  }
  if (whole !== whole.trim()) throw invalid(field, `${field} begins or ends with a space.`);
}

function invalid(field: string, text: string): NightshiftError {
  return new NightshiftError('VALIDATION', text, { field });
}
