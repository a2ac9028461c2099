import type { ReportOutputType } from '../contract/report-output-type.ts';

/** What a kind of document is called where files are. */
export interface DocumentType {
  readonly extension: string;
  /** Its media type. */
  readonly contentType: string;
}

/** The kinds of documents. */
export const DOCUMENT_TYPES: Readonly<Record<ReportOutputType, DocumentType>> = Object.freeze({
  PDF: { extension: 'pdf', contentType: 'application/pdf' },
  XLSX: {
    extension: 'xlsx',
    contentType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  },
  CSV: { extension: 'csv', contentType: 'text/csv; charset=utf-8' },
  HTML: { extension: 'html', contentType: 'text/html; charset=utf-8' },
});
