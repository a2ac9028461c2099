import type { Database } from './job-session.ts';
import { stageRows } from './staging.sql.ts';
import type { StagingTable } from './staging-tables.ts';
import type { ShopRow } from './woocommerce-types.ts';

/** What staging one page did. */
export interface StagedCounts {
  /** Seen for the first time. */
  readonly added: number;
  /** A newer version than the one we had. */
  readonly renewed: number;
  /** Known, in this version or a newer one. */
  readonly unchanged: number;
}

/**
 * Stages rows. Idempotent: a version that is known, or older than the known one, changes nothing; a newer one replaces
 * the payload and makes the row Pending again, except a Resolved one, because a person has settled that by hand.
 */
export async function stage(
  db: Database,
  table: StagingTable,
  rows: readonly ShopRow[],
  correlationId: string,
): Promise<StagedCounts> {
  if (rows.length === 0) return { added: 0, renewed: 0, unchanged: 0 };
  const versions = await stageRows(db, table, toJson(rows), correlationId);
  const added = versions.filter((version) => version === 1).length;
  const renewed = versions.length - added;
  return { added, renewed, unchanged: rows.length - versions.length };
}

/** PostgreSQL's jsonb takes neither NUL nor half a surrogate pair; one such name must not stop a whole page. */
function toJson(rows: readonly ShopRow[]): string {
  return JSON.stringify(rows, (_key, value: unknown) =>
    typeof value === 'string' ? value.replaceAll('\0', '').toWellFormed() : value,
  );
}
