import { statement } from '../database/index.ts';

/** Runs with an error of one kind are counted up to this many. */
export const SAME_ERROR_COUNTED_MAX = 10_000;

const SHORT = `l.no::float8 as no, l.entry_no::float8 as entry_no, l.object, l.status, l.attempt, l.planned_at, l.started_at,
  l.ended_at`;

// The attempts that belong together with log entry $2 of company $1: from the last first attempt until before the next one.
export const readAttempts = statement(
  'run_attempts',
  `select ${SHORT} from nightshift.job_queue_log_entry this
  join nightshift.job_queue_log_entry l on l.entry_id = this.entry_id and l.company_no = this.company_no
  where this.company_no = $1 and this.no = $2
    and l.no >= coalesce((select max(f.no) from nightshift.job_queue_log_entry f
      where f.entry_id = this.entry_id and f.no <= this.no and f.attempt = 0), this.no)
    and l.no < coalesce((select min(f.no) from nightshift.job_queue_log_entry f
      where f.entry_id = this.entry_id and f.no > this.no and f.attempt = 0), this.no + 1000000)
  order by l.no limit 50`,
);

// Other runs of company $1 that failed as log entry $2; $3: only of this user, or of entries of his.
const SAME = `from nightshift.job_queue_log_entry this
  join nightshift.job_queue_log_entry l on l.company_no = this.company_no and l.fingerprint = this.fingerprint
    and l.no <> this.no
  where this.company_no = $1 and this.no = $2
    and ($3::integer is null or l.user_no = $3 or exists (
      select from nightshift.job_queue_entry e where e.id = l.entry_id and $3 in (e.created_by, e.run_as)
    ))`;

export const readSameError = statement(
  'run_same_error',
  `select ${SHORT} ${SAME} order by l.no desc limit 20`,
);

export const countSameError = statement(
  'run_same_error_count',
  `select count(*)::integer as runs from (select ${SAME} limit ${SAME_ERROR_COUNTED_MAX}) counted`,
);

// What else is known of log entry $2 of company $1, and of its entry while that is there.
export const readRunSurroundings = statement(
  'run_surroundings',
  `select l.session_unique_id, l.user_no, e.id is not null as entry_exists, e.last_ready_at,
    case when e.status in ('Ready', 'Waiting') then e.earliest_start end as next_at,
    not exists (select from nightshift.job_queue_log_entry n where n.entry_id = l.entry_id and n.no > l.no) as is_last
  from nightshift.job_queue_log_entry l left join nightshift.job_queue_entry e on e.id = l.entry_id
  where l.company_no = $1 and l.no = $2`,
);
