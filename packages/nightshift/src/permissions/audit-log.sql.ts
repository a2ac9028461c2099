import { statement } from '../database/index.ts';

export const addAuditRows = statement(
  'audit_add',
  `insert into nightshift.audit_log (id, user_no, user_name, company_no, company_name, verb, object_kind, object_id,
    object_name, before, after, result, error_code, reason, session_unique_id, correlation_id)
  select id, user_no, user_name, company_no, company_name, verb, object_kind, object_id,
    object_name, before, after, result, error_code, reason, session_unique_id, correlation_id
  from jsonb_populate_recordset(null::nightshift.audit_log, $1)`,
);
