/** A staging table; each has the same columns. */
export type StagingTable = 'staged_order' | 'staged_item' | 'staged_customer';

/** Status of a staged row. */
export type StagedStatus = 'Pending' | 'Processed' | 'Failed' | 'Skipped' | 'Resolved';

/** A row that is to be processed. */
export interface StagedRow {
  readonly externalId: string;
  readonly payload: unknown;
  /** Attempts that failed before this one. */
  readonly attempts: number;
}
