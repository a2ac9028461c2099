/** Where the documents are that reports have yielded. */
export const REPORT_INBOX_PATH = '/report-inbox';
