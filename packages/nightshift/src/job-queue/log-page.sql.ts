import { statement } from '../database/index.ts';

/** Log entries are counted up to this many. */
export const LOG_ENTRIES_COUNTED_MAX = 10_000;

// $2: only of this user, or of entries of his. $3 to $9: filters, null for none.
const FROM = `from nightshift.job_queue_log_entry l join nightshift.app_user u on u.no = l.user_no
  where l.company_no = $1
    and ($2::integer is null or l.user_no = $2 or exists (
      select from nightshift.job_queue_entry e where e.id = l.entry_id and $2 in (e.created_by, e.run_as)
    ))
    and ($3::uuid is null or l.entry_id = $3) and ($4::text[] is null or l.status = any($4))
    and ($5::text is null or l.object = $5) and ($6::text is null or l.fingerprint = $6)
    and ($7::uuid is null or l.correlation_id = $7)
    and ($8::timestamptz is null or l.started_at >= $8) and ($9::timestamptz is null or l.started_at < $9)`;

// $10: older than the log entry with this number. $11: exactly that with this one. $12: how many rows.
export const pageOfLogEntries = statement(
  'log_entries_page',
  `select l.*, u.name as user_name ${FROM}
    and ($10::bigint is null or l.no < $10) and ($11::bigint is null or l.no = $11)
  order by l.no desc
  limit $12`,
);

export const countLogEntries = statement(
  'log_entries_counted',
  `select count(*)::integer as count from (select ${FROM} limit ${LOG_ENTRIES_COUNTED_MAX + 1}) counted`,
);
