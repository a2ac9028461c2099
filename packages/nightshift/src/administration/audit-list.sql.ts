import { statement } from '../database/index.ts';

const ROWS = `select id, at, user_no, user_name, company_name, verb, object_kind, object_id, object_name, before, after,
    result, error_code, reason, session_unique_id, correlation_id
  from nightshift.audit_log`;

// $1 companies, $2 and $3 the user by name and by number, $4 verbs, $5 kind of object, $6 its id or name, $7 result, $8 from,
// $9 to, $10 correlation id, $11 the last row of the answer before; bounds of time come first, so that the index serves them.
export const auditNewestFirst = statement(
  'audit_newest_first',
  `${ROWS}
  where at >= coalesce($8::timestamptz, '-infinity') and at < coalesce($9::timestamptz, 'infinity')
    and at <= coalesce((select l.at from nightshift.audit_log l where l.id = $11), 'infinity')
    and ($11::uuid is null or (at, id) < (select l.at, l.id from nightshift.audit_log l where l.id = $11))
    and ($1::integer[] is null or company_no = any($1))
    and ($2::text is null or user_name = $2 or user_no = $3::integer)
    and ($4::text[] is null or verb = any($4))
    and ($5::text is null or object_kind = $5)
    and ($6::text is null or object_id = $6 or object_name = $6)
    and ($7::text is null or result = $7)
    and ($10::uuid is null or correlation_id = $10)
  order by at desc, id desc
  limit $12`,
);
