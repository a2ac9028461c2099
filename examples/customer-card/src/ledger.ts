import { type Identity, type Platform, permissionSets, users } from 'nightshift';
import { fillTables, readSize } from './ledger.sql.ts';
import { customerCardUse } from './permission-sets.ts';
import { entriesSoFar, prepareForReading } from './progress.sql.ts';

const COMPANY = 'CRONUS';
/** Makes the data, and gives rights. */
const ADMINISTRATOR: Identity = { user: 'ADMIN', company: COMPANY };
/** Sits before the card. */
export const SALES: Identity = { user: 'DORA', company: COMPANY };

/** How much there is to look at. */
export interface LedgerSize {
  readonly customers: number;
  readonly entries: number;
}

/** Makes the customers, their ledger and the person who looks at them, unless they are there. */
export async function fillLedger(platform: Platform, { customers, entries }: LedgerSize): Promise<void> {
  if ((await sizeOfLedger(platform)) !== null) return;
  await platform.open(ADMINISTRATOR, ({ db }) => fillTables(db, customers, entries));
  // As autovacuum would do in a while: the planner knows the tables then, and the first reader does not pay for the writer.
  await platform.database.exclusively(prepareForReading);
  const admin = platform.as(ADMINISTRATOR);
  await users.create(admin, { name: SALES.user, fullName: 'Dora Sales' });
  await permissionSets.assign(admin, {
    user: SALES.user,
    permissionSet: customerCardUse.name,
    company: COMPANY,
  });
}

/** How large the ledger is; null: there is none yet. */
export function sizeOfLedger(platform: Platform): Promise<LedgerSize | null> {
  return platform.open(ADMINISTRATOR, ({ db }) => readSize(db));
}

/** How many ledger entries have been written, also while they are not committed. */
export function countWritten(platform: Platform): Promise<number> {
  return platform.database.exclusively(entriesSoFar);
}
