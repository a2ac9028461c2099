import type { Executor } from '../database/index.ts';
import { EVERY, type PermissionSetDefinition } from '../permissions/index.ts';
import type { AdministeredApplication } from './administration-service.ts';
import { knownCodeunits, knownTables } from './permission-set.sql.ts';

/**
 * What is odd about a definition, in sentences. It is allowed: tables and codeunits may come later than the permission set.
 */
export async function hintsOf(
  tx: Executor,
  application: AdministeredApplication,
  { codeunits, reports, tables }: PermissionSetDefinition,
): Promise<readonly string[]> {
  const own = new Map(application.codeunits.map(({ name, objectType }) => [name, objectType ?? 'codeunit']));
  const named = [...codeunits, ...reports].filter((name) => name !== EVERY && !own.has(name));
  const runnable = [
    ...codeunits.map((name) => ({ objectType: 'codeunit', name })),
    ...reports.map((name) => ({ objectType: 'report', name })),
  ];
  const tableNames = Object.keys(tables).filter((name) => name !== EVERY);
  const elsewhere = await namesOf(tx, knownCodeunits, named);
  const present = await namesOf(tx, knownTables, tableNames);
  return [
    ...runnable
      .filter(({ name }) => named.includes(name) && !elsewhere.has(name))
      .map(
        ({ objectType, name }) =>
          `No ${objectType} ${JSON.stringify(name)} is known, here or on a running server instance.`,
      ),
    ...runnable
      .filter(({ objectType, name }) => (own.get(name) ?? objectType) !== objectType)
      .map(
        ({ name }) =>
          `${JSON.stringify(name)} is a ${own.get(name)}: it belongs among the ${own.get(name)}s.`,
      ),
    ...tableNames
      .filter((name) => !present.has(name))
      .map((name) => `No company has a table ${JSON.stringify(name)}, nor has app_shared.`),
  ];
}

async function namesOf(
  tx: Executor,
  statement: typeof knownTables,
  wanted: readonly string[],
): Promise<ReadonlySet<string>> {
  if (wanted.length === 0) return new Set();
  const rows = await tx.run<{ name: string }>(statement, [wanted]);
  return new Set(rows.map(({ name }) => name));
}
