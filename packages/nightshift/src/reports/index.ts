export {
  isReport,
  type Report,
  type ReportDefinition,
  type ReportRecord,
  type ReportRequest,
  report,
} from './report.ts';
export {
  type DocumentFile,
  deleteDocuments,
  fetchDocument,
  getDocument,
  type InboxDocument,
  type InboxPage,
  type InboxQuery,
  listDocuments,
  markDocuments,
} from './report-inbox.ts';
export { type ReportOptions, type ReportOptionsInput, reportOptions } from './report-options.ts';
export { reportRetentionOf } from './report-retention.ts';
export { REPORTS, type ReportService } from './report-service.ts';
export type { ReportColumn, ReportColumnType, ReportFile, ReportRow, ReportTable } from './report-table.ts';
