import type { Migration } from '../database/index.ts';
import { NightshiftError } from '../foundation/index.ts';
import type { PermissionSet } from '../permissions/index.ts';
import type { AnyCodeunit } from '../session/index.ts';

/** What an application module exports by default. */
export interface Application {
  readonly name: string;
  readonly codeunits: readonly AnyCodeunit[];
  readonly migrations: readonly Migration[];
  readonly permissionSets: readonly PermissionSet[];
}

/** What `defineApp` takes. */
export interface ApplicationDefinition {
  /** 1 to 100 characters; names the application's migrations in the database. */
  readonly name: string;
  /** What can be run. Default: nothing. */
  readonly codeunits?: readonly AnyCodeunit[];
  /** The application's tables, forward only; each is run once per company, in that company's schema. Default: none. */
  readonly migrations?: readonly Migration[];
  /** Named rights that administrators give to users. Default: none. */
  readonly permissionSets?: readonly PermissionSet[];
}

const MIGRATION_NAME = /^\d{4}_[a-z0-9_]{1,80}$/;

/**
 * Declares an application, for `nightshift serve --app` and for `createPlatform`.
 * @throws NightshiftError APPLICATION_INVALID with the field
 */
export function defineApp(definition: ApplicationDefinition): Application {
  const { name, codeunits = [], migrations = [], permissionSets = [] } = definition;
  if (typeof name !== 'string' || name === '' || name.length > 100) {
    throw invalid('name', 'An application has a name of 1 to 100 characters.');
  }
  const names = new Set<string>();
  for (const migration of migrations) {
    if (!MIGRATION_NAME.test(migration.name)) {
      throw invalid('migrations', `"${migration.name}" is no name for a migration; write 0001_what_it_does.`);
    }
    if (names.has(migration.name))
      throw invalid('migrations', `Two migrations are named "${migration.name}".`);
    names.add(migration.name);
  }
  const sorted = [...migrations].sort((one, other) => (one.name < other.name ? -1 : 1));
  return Object.freeze({
    name,
    codeunits: Object.freeze([...codeunits]),
    migrations: Object.freeze(sorted),
    permissionSets: Object.freeze([...permissionSets]),
  });
}

/** Whether a module's export is an application. By its shape, since it may come from another copy of this package. */
export function isApplication(value: unknown): value is Application {
  if (typeof value !== 'object' || value === null) return false;
  const { name, codeunits, migrations } = value as Readonly<Record<string, unknown>>;
  return typeof name === 'string' && Array.isArray(codeunits) && Array.isArray(migrations);
}

function invalid(field: string, text: string): NightshiftError {
  return new NightshiftError('APPLICATION_INVALID', text, { field });
}
