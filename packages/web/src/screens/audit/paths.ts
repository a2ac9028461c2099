/** Where the audit log is. */
export const AUDIT_PATH = '/audit-log';
