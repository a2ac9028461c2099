import type { Statement, Transaction } from '../database/index.ts';
import { companySchema, dropCompanyRoles, type RoleNames } from '../permissions/index.ts';
import {
  countTables,
  dropSchema,
  forgetMigrations,
  removeAssignments,
  removeCompanyRow,
  removeEntries,
  removeFailedTasks,
  removeLogEntries,
  removeTasks,
} from './company-removal.sql.ts';
import type { CompanyWork } from './company-work.ts';

/** Rows that are removed in one transaction. */
const BATCH = 5_000;

/** What went with a company. */
export interface RemovedWithCompany {
  /** Tables of the application, with all their rows. */
  readonly tables: number;
  readonly tasks: number;
  readonly failedTasks: number;
  readonly entries: number;
  readonly logEntries: number;
  readonly assignments: number;
}

/** Removes what a company has much of, a part at a time: nothing else waits for it long. */
export async function removeRows(
  work: CompanyWork,
  no: number,
): Promise<Omit<RemovedWithCompany, 'tables' | 'assignments'>> {
  const all = (statement: Statement) => removeAll(work, statement, no);
  return {
    tasks: await all(removeTasks),
    failedTasks: await all(removeFailedTasks),
    logEntries: await all(removeLogEntries),
    entries: await all(removeEntries),
  };
}

async function removeAll(work: CompanyWork, statement: Statement, no: number): Promise<number> {
  let total = 0;
  for (;;) {
    const [row] = await work.transaction((tx) => tx.run<{ rows: number }>(statement, [no, BATCH]));
    total += row?.rows ?? 0;
    if ((row?.rows ?? 0) < BATCH) return total;
  }
}

/**
 * Removes a company: its schema, its rows in the platform's tables, its roles. The caller holds the environment's lock.
 * @returns what else went with it
 */
export async function removeCompany(
  tx: Transaction,
  names: RoleNames,
  no: number,
): Promise<Pick<RemovedWithCompany, 'tables' | 'assignments'>> {
  const schema = companySchema(no);
  const count = async (statement: Statement, values: readonly unknown[]) =>
    (await tx.run<{ rows: number }>(statement, values))[0]?.rows ?? 0;
  const tables = await count(countTables, [schema]);
  await tx.command(dropSchema(schema));
  for (const statement of [removeTasks, removeFailedTasks, removeLogEntries, removeEntries])
    await tx.run(statement, [no, Number.MAX_SAFE_INTEGER]);
  const assignments = await count(removeAssignments, [no]);
  await tx.run(forgetMigrations, [no]);
  await tx.run(removeCompanyRow, [no]);
  await dropCompanyRoles(tx, names, no);
  return { tables, assignments };
}
