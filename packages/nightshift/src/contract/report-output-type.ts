/** What a report can yield. */
export const REPORT_OUTPUT_TYPES = ['PDF', 'XLSX', 'CSV', 'HTML'] as const;

/** A kind of document. */
export type ReportOutputType = (typeof REPORT_OUTPUT_TYPES)[number];

/** What a job queue entry can have a report yield: `None` runs it only. */
export const ENTRY_OUTPUT_TYPES = [...REPORT_OUTPUT_TYPES, 'None'] as const;

/** What a job queue entry has its report yield. */
export type EntryOutputType = (typeof ENTRY_OUTPUT_TYPES)[number];
