import type { Executor } from '../database/index.ts';
import { NightshiftError } from '../foundation/index.ts';
import type { CompanyCard } from '../permissions/index.ts';
import type { AnyCodeunit, PrivilegedSession } from '../session/index.ts';
import { claimOf } from './run-outcome.ts';
import { declareWakesOf, markChanges, sawAll, watchTables } from './table-wake.sql.ts';

// An entry that rests, because its object found nothing to do, is woken by a change of the tables that the object declares.
// A trigger counts the changes of each such table; a run notes the counts before it looks, and who rests is woken as soon as
// they are others. So nothing is lost, however a change and a run overlap: what the object may not have seen has been counted
// since, or was not committed when it began, and then it does not rest.

/** What of an application wakes entries. */
export interface WakingApplication {
  readonly name: string;
  readonly codeunits: readonly Pick<AnyCodeunit, 'name' | 'wakeOn'>[];
}

/**
 * Has the changes of the tables counted that wake the codeunits of an application.
 * @throws NightshiftError APPLICATION_INVALID when a company does not have one of the tables
 */
export async function declareWakes(
  database: Executor,
  { name: application, codeunits }: WakingApplication,
  companies: readonly Pick<CompanyCard, 'no' | 'name'>[],
): Promise<void> {
  const wakes = codeunits.flatMap(({ name: object, wakeOn = [] }) =>
    wakeOn.map((table) => ({ application, object, table_name: table })),
  );
  await database.run(declareWakesOf, [application, JSON.stringify(wakes)]);
  for (const { no, name } of companies) {
    const [row] = await database.run<{ missing: readonly string[] }>(watchTables, [no]);
    const lacking = wakes.find(({ table_name }) => row?.missing.includes(table_name));
    if (lacking === undefined) continue;
    const text = `Codeunit "${lacking.object}" is woken by changes of table ${lacking.table_name}, which company ${name} does not have.`;
    throw new NightshiftError('APPLICATION_INVALID', text, { field: 'wakeOn' });
  }
}

/** Notes how often the tables of an object were changed, before it looks at them. */
export async function noteChanges(
  privileged: PrivilegedSession,
  entryId: string,
  { wakeOn = [] }: Pick<AnyCodeunit, 'wakeOn'>,
): Promise<void> {
  if (wakeOn.length === 0) return;
  const { taskId, nonce } = claimOf(privileged);
  await privileged.run(markChanges, [taskId, nonce, entryId, wakeOn]);
}

/** Whether an object has seen all there is in the tables that wake it: only then it may rest. */
export async function hasSeenAll(
  privileged: PrivilegedSession,
  entryId: string,
  { wakeOn = [] }: Pick<AnyCodeunit, 'wakeOn'>,
): Promise<boolean> {
  if (wakeOn.length === 0) return true;
  const { taskId, nonce } = claimOf(privileged);
  const [row] = await privileged.run<{ saw: boolean }>(sawAll, [taskId, nonce, entryId]);
  return row?.saw === true;
}
