import { type Statement, statement } from '../database/index.ts';

/** Log entries are counted up to this many. */
export const LOG_ENTRIES_COUNTED_MAX = 10_000;

/** By what log entries are looked for first: each has an index that a general plan uses only when the filter is certain. */
const LOG_PATHS = ['all', 'entry', 'failed', 'object', 'fingerprint'] as const;

/** By what log entries are looked for first; `failed`: by states in which runs neither go well nor go on. */
export type LogPath = (typeof LOG_PATHS)[number];

// $2: only of this user, or of entries of his. $3 to $9: filters, null for none.
function from(path: LogPath): string {
  const filter = (by: LogPath, parameter: string, condition: string) =>
    path === by ? condition : `(${parameter} is null or ${condition})`;
  return `from nightshift.job_queue_log_entry l join nightshift.app_user u on u.no = l.user_no
  where l.company_no = $1
    and ($2::integer is null or l.user_no = $2 or exists (
      select from nightshift.job_queue_entry e where e.id = l.entry_id and $2 in (e.created_by, e.run_as)
    ))
    and ${filter('entry', '$3::uuid', 'l.entry_id = $3::uuid')}
    and ${filter('failed', '$4::text[]', 'l.status = any($4::text[])')}
    ${path === 'failed' ? "and l.status not in ('Success', 'In Process')" : ''}
    and ${filter('object', '$5::text', 'l.object = $5::text')}
    and ${filter('fingerprint', '$6::text', 'l.fingerprint = $6::text')}
    and ($7::uuid is null or l.correlation_id = $7)
    and ($8::timestamptz is null or l.started_at >= $8) and ($9::timestamptz is null or l.started_at < $9)`;
}

function each(make: (path: LogPath) => Statement): Readonly<Record<LogPath, Statement>> {
  return Object.fromEntries(LOG_PATHS.map((path) => [path, make(path)])) as Record<LogPath, Statement>;
}

// $10: older than the log entry with this number. $11: exactly that with this one. $12: how many rows.
export const pageOfLogEntries = each((path) =>
  statement(
    `log_entries_page_${path}`,
    `select l.*, u.name as user_name ${from(path)}
    and ($10::bigint is null or l.no < $10) and ($11::bigint is null or l.no = $11)
  order by l.no desc
  limit $12`,
  ),
);

export const countLogEntries = each((path) =>
  statement(
    `log_entries_counted_${path}`,
    `select count(*)::integer as count from (select ${from(path)} limit ${LOG_ENTRIES_COUNTED_MAX + 1}) counted`,
  ),
);
