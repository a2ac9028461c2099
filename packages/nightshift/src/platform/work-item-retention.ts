import { workAsOwner } from '../administration/index.ts';
import type { Database } from '../database/index.ts';
import type { Clock, Service } from '../foundation/index.ts';
import { type CompanyCard, companySchema, type LiveDirectory, type RoleNames } from '../permissions/index.ts';
import { type SystemTaskHours, systemTaskOf } from '../task-scheduler/index.ts';
import type { Telemetry } from '../telemetry/index.ts';
import { type AnyWorkItems, partitionLabel } from '../work-items/index.ts';
import { deleteOldOthers, dropMonth, forgetMonth, readOldMonths } from './work-item-retention.sql.ts';

/** What is removed by what. */
export interface ItemRetentionParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly directory: LiveDirectory;
  readonly names: RoleNames;
  /** When housekeeping may run. */
  readonly options: SystemTaskHours;
  /** The name of the application, and what it declares. */
  readonly application: string;
  readonly declared: readonly AnyWorkItems[];
}

/** Every instance removes the months of work items that are done for longer than their declaration says. */
export function itemRetentionOf(parts: ItemRetentionParts): Service {
  return systemTaskOf('retention of work items', parts, {
    round: (signal) => removeOldMonths(parts, signal),
    onFailed: (reason) => parts.telemetry.emit('NS0073', { reason }),
  });
}

/**
 * One round: each old month is dropped with its table, in a transaction of its own. Nothing is read for that, however many rows
 * it has.
 * @returns the tables dropped, as `company: table`
 * @throws the database's error, such as a lock that nobody let go of; what was removed until then stays so
 */
export async function removeOldMonths(
  parts: ItemRetentionParts,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const { directory, declared } = parts;
  const dropped: string[] = [];
  const kept = declared.filter(({ keepDoneMonths }) => keepDoneMonths !== null);
  if (kept.length === 0) return dropped;
  const { companies } = await directory.fresh();
  for (const company of companies.filter(({ state }) => state === 'open')) {
    for (const items of kept) {
      if (signal?.aborted === true) return dropped;
      for (const table of await removeOldOf(parts, company, items)) dropped.push(`${company.name}: ${table}`);
    }
  }
  if (dropped.length > 0) parts.telemetry.emit('NS0072', { tables: dropped.join(', ') });
  return dropped;
}

async function removeOldOf(
  { database, clock, names, application }: ItemRetentionParts,
  company: CompanyCard,
  { name, keepDoneMonths }: AnyWorkItems,
): Promise<readonly string[]> {
  const now = clock.now();
  const oldest = now.getUTCMonth() - (keepDoneMonths ?? 0);
  const label = partitionLabel(now.getUTCFullYear(), oldest);
  const before = new Date(Date.UTC(now.getUTCFullYear(), oldest, 1));
  const months = await database.run<{ label: string }>(readOldMonths, [company.no, application, name, label]);
  const own = workAsOwner(names.app, companySchema(company.no));
  for (const month of months) {
    await database.transaction(async (tx) => {
      await tx.command(own);
      await tx.command(dropMonth(name, month.label));
      await tx.command('reset role');
      await tx.run(forgetMonth, [company.no, application, `0000_items:${name}:month:${month.label}`]);
    });
  }
  await database.transaction(async (tx) => {
    await tx.command(own);
    await tx.command(deleteOldOthers(name, before));
  });
  return months.map((month) => `${name}_done_${month.label}`);
}
