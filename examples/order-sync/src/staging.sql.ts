import type { Database } from './job-session.ts';
import type { StagedRow, StagedStatus, StagingTable } from './staging-tables.ts';

/**
 * Stages rows given as JSON; answers the version numbers of those that were added or renewed. A row that appears twice,
 * because the pages of the shop overlapped, is staged once, in its newest version.
 */
export async function stageRows(
  db: Database,
  table: StagingTable,
  rowsJson: string,
  correlationId: string,
): Promise<number[]> {
  const { rows } = await db.query<{ version: number }>(stageRowsText(table), [rowsJson, correlationId]);
  return rows.map((row) => row.version);
}

/** The table's name comes from a closed list, never from input. */
function stageRowsText(table: StagingTable): string {
  return `
    insert into ${table} as staged (external_id, payload, modified_at, correlation_id)
    select distinct on (fresh."externalId") fresh."externalId", fresh.payload, fresh."modifiedAt", $2
      from jsonb_to_recordset($1::jsonb) as fresh ("externalId" text, payload jsonb, "modifiedAt" timestamptz)
     order by fresh."externalId", fresh."modifiedAt" desc
        on conflict (external_id) do update
       set payload = excluded.payload,
           modified_at = excluded.modified_at,
           correlation_id = excluded.correlation_id,
           version = staged.version + 1,
           staged_at = now(),
           -- Resolved is a person's word: the new version is kept for reference, nothing more.
           status          = case staged.status when 'Resolved' then staged.status else 'Pending' end,
           attempts        = case staged.status when 'Resolved' then staged.attempts else 0 end,
           next_attempt_at = now(),
           error_code      = case staged.status when 'Resolved' then staged.error_code end,
           error_text      = case staged.status when 'Resolved' then staged.error_text end,
           finished_at     = case staged.status when 'Resolved' then staged.finished_at end
     where excluded.modified_at > staged.modified_at
    returning staged.version`;
}

/** How many rows are Pending and due. */
export async function countDue(db: Database, table: StagingTable): Promise<number> {
  const { rows } = await db.query<{ due: number }>(countDueText(table));
  return rows[0]?.due ?? 0;
}

function countDueText(table: StagingTable): string {
  return `select count(*)::integer as due from ${table} where status = 'Pending' and next_attempt_at <= now()`;
}

/** Locks the next due rows until the transaction ends. Rows that another run works on are passed over. */
export async function lockDue(db: Database, table: StagingTable, limit: number): Promise<StagedRow[]> {
  const { rows } = await db.query<StagedRow>(lockDueText(table), [limit]);
  return rows;
}

function lockDueText(table: StagingTable): string {
  return `
    select external_id as "externalId", payload, attempts
      from ${table}
     where status = 'Pending' and next_attempt_at <= now()
     order by next_attempt_at, external_id
     limit $1
       for update skip locked`;
}

/** How a row ended: done, or not to be done. */
export interface Finish {
  readonly externalId: string;
  readonly status: StagedStatus;
  readonly errorCode: string | null;
  readonly errorText: string | null;
}

/** Ends a row for good, counting the attempt. */
export async function finishRow(db: Database, table: StagingTable, finish: Finish): Promise<void> {
  await db.query(finishRowText(table), [
    finish.externalId,
    finish.status,
    finish.errorCode,
    finish.errorText,
  ]);
}

function finishRowText(table: StagingTable): string {
  return `
    update ${table}
       set status = $2, error_code = $3, error_text = $4, attempts = attempts + 1, finished_at = now()
     where external_id = $1`;
}

/** What is to be tried again, and when. */
export interface Postponement {
  readonly externalId: string;
  readonly delaySeconds: number;
  readonly errorCode: string;
  readonly errorText: string;
}

/** Leaves a row Pending for later, counting the attempt. */
export async function postponeRow(db: Database, table: StagingTable, later: Postponement): Promise<void> {
  await db.query(postponeRowText(table), [
    later.externalId,
    later.delaySeconds,
    later.errorCode,
    later.errorText,
  ]);
}

function postponeRowText(table: StagingTable): string {
  return `
    update ${table}
       set attempts = attempts + 1, next_attempt_at = now() + $2 * interval '1 second',
           error_code = $3, error_text = $4
     where external_id = $1`;
}

/** Makes failed orders Pending again, all or those named; answers how many. The last error stays until it is overcome. */
export async function reopenFailedOrders(
  db: Database,
  externalIds: readonly string[] | null,
): Promise<number> {
  const { rowCount } = await db.query(
    `update staged_order
        set status = 'Pending', attempts = 0, next_attempt_at = now(), finished_at = null
      where status = 'Failed' and ($1::text[] is null or external_id = any ($1::text[]))`,
    [externalIds],
  );
  return rowCount;
}
