import { statement } from '../database/index.ts';

// In the caller's own name only: for sessions, which have no rights on the table.
export const addAuditRow = statement(
  'audit_add_own',
  'select nightshift_session.audit_add($1, $2, $3::jsonb)',
);
