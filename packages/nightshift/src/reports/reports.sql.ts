import { statement } from '../database/index.ts';

/** Documents are counted up to this many. */
export const DOCUMENTS_COUNTED_MAX = 1_000;

// $1 user, $2 company, $3 what is known of the document, $4 the document.
export const fileReport = statement(
  'report_file',
  'select nightshift_session.report_file($1, $2, $3::jsonb, $4, $5) as no',
);

const FACTS = `d.no::float8 as no, d.report, d.description, d.output_type, d.file_name, d.size, d.created_at, d.entry_id,
  d.entry_no::float8 as entry_no, d.session_unique_id, d.read_at, u.name as user_name,
  (select l.no::float8 from nightshift.job_queue_log_entry l
    where d.entry_id is not null and l.entry_id = d.entry_id and l.session_unique_id = d.session_unique_id
    order by l.no desc limit 1) as log_no`;

// Of company $1, of user $2 or of all (null); $3 of this report, $4 only what was not read, $5 of this session, $6 of this entry;
// null: any.
const WANTED = `from nightshift.report_inbox d join nightshift.app_user u on u.no = d.user_no
  where d.company_no = $1 and ($2::integer is null or d.user_no = $2) and ($3::text is null or d.report = $3)
    and (not $4 or d.read_at is null) and ($5::uuid is null or d.session_unique_id = $5)
    and ($6::uuid is null or d.entry_id = $6)`;

// $7: older than the document with this number; null: from the newest on. $8: how many.
export const pageOfDocuments = statement(
  'report_inbox_page',
  `select ${FACTS} ${WANTED} and ($7::bigint is null or d.no < $7) order by d.no desc limit $8`,
);

export const countDocuments = statement(
  'report_inbox_counted',
  `select count(*)::integer as count from (select ${WANTED} limit ${DOCUMENTS_COUNTED_MAX + 1}) counted`,
);

// Document $3 of company $1, of user $2 or of anybody (null).
const ONE = `nightshift.report_inbox d where d.company_no = $1 and ($2::integer is null or d.user_no = $2) and d.no = $3`;

export const readDocument = statement(
  'report_inbox_read',
  `select ${FACTS} from (select * from ${ONE}) d join nightshift.app_user u on u.no = d.user_no order by d.no`,
);

// Whoever fetches what is his own has read it. $4: who fetches it.
export const fetchDocument = statement(
  'report_inbox_fetch',
  `with found as materialized (select d.no, d.user_no, d.file_name, d.output_type, d.content from ${ONE}),
  noted as (
    update nightshift.report_inbox t set read_at = coalesce(t.read_at, $5::timestamptz, clock_timestamp())
    from found where t.no = found.no and found.user_no = $4 and t.read_at is null
  )
  select file_name, output_type, content from found order by no`,
);

// $4: whether they count as read. Numbers $3.
export const markDocuments = statement(
  'report_inbox_mark',
  `update nightshift.report_inbox d
  set read_at = case when $4 then coalesce(d.read_at, $5::timestamptz, clock_timestamp()) end
  where d.company_no = $1 and ($2::integer is null or d.user_no = $2) and d.no = any($3::bigint[])
    and (d.read_at is null) = $4
  returning d.no::float8 as no`,
);

export const deleteDocuments = statement(
  'report_inbox_delete',
  `delete from nightshift.report_inbox d
  where d.company_no = $1 and ($2::integer is null or d.user_no = $2) and d.no = any($3::bigint[])
  returning d.no::float8 as no, d.report, d.file_name`,
);

// $2 days, $3 the most of a chunk.
export const deleteOldDocuments = statement(
  'report_inbox_delete_old',
  `delete from nightshift.report_inbox
  where no = any(array(
    select no from nightshift.report_inbox
    where created_at < coalesce($1::timestamptz, clock_timestamp()) - $2 * interval '1 day'
    order by created_at, no limit $3 for update skip locked
  ))
  returning no`,
);
