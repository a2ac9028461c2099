import { NightshiftError } from '../foundation/index.ts';
import type { PermissionSetDefinition } from '../permissions/index.ts';

/** What `permission-set create` and `permission-set modify` take. */
export interface PermissionSetOptions {
  readonly description?: string;
  readonly codeunits?: string;
  readonly reports?: string;
  readonly tables?: string;
  readonly includes?: string;
  readonly excludes?: string;
}

/** The fields that were given. @throws NightshiftError VALIDATION with the field */
export function permissionSetFields(
  options: PermissionSetOptions,
): Partial<PermissionSetDefinition> & { readonly description?: string } {
  const { description, codeunits, reports, tables, includes, excludes } = options;
  return {
    ...(description === undefined ? {} : { description }),
    ...(codeunits === undefined ? {} : { codeunits: namesOf('codeunits', codeunits) }),
    ...(reports === undefined ? {} : { reports: namesOf('reports', reports) }),
    ...(tables === undefined ? {} : { tables: tablesOf(tables) }),
    ...(includes === undefined ? {} : { includes: namesOf('includes', includes) }),
    ...(excludes === undefined ? {} : { excludes: namesOf('excludes', excludes) }),
  };
}

/** `A, B`, or a JSON list for names with commas; nothing between them is an empty list. */
export function namesOf(field: string, text: string): readonly string[] {
  if (text.trim().startsWith('[')) return json(field, text) as readonly string[];
  return partsOf(text);
}

/** `sales_order=RIMD, customer=R`, or a JSON object for names with commas. */
export function tablesOf(text: string): Readonly<Record<string, string>> {
  if (text.trim().startsWith('{')) return json('tables', text) as Readonly<Record<string, string>>;
  const pairs = partsOf(text).map((part) => {
    const at = part.lastIndexOf('=');
    if (at > 0)
      return [
        part.slice(0, at).trim(),
        part
          .slice(at + 1)
          .trim()
          .toUpperCase(),
      ];
    throw refused('tables', `"${part}" is no table with rights; write sales_order=RIMD.`);
  });
  return Object.fromEntries(pairs) as Readonly<Record<string, string>>;
}

function partsOf(text: string): readonly string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function json(field: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw refused(field, `${field} begins like JSON and is none.`, cause);
  }
}

function refused(field: string, text: string, cause?: unknown): NightshiftError {
  return new NightshiftError('VALIDATION', text, { field, cause });
}
