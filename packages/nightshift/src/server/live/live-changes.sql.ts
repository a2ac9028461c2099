import type { LiveList } from '../../contract/live.ts';
import { type Statement, statement } from '../../database/index.ts';

// A row says by itself in which transaction it was written (xmin). So lists are looked at without anything being written down for it.
//
// `horizon` is the oldest transaction that was under way at the look: what is not seen yet will be written by that one or a later
// one. Also by a savepoint within it, whose number is greater; so that a row may be told twice, and never goes untold. `state` changes
// with every row that comes, goes or changes, `rows_there` with those that come or go: both are sums of hashes, the one of id and
// transaction, the other of ids.

/** Rows of a list that are looked at; of a longer one it is only told that it may have changed. */
export const ROWS_MAX = 20_000;
/** Log entries that are looked at: the newest. Older ones change only by ending, or by going. */
const LOG_ROWS_MAX = 1_000;
/** Changed rows that are named; of more it is only told that there are many. */
export const NAMED_MAX = 200;

/** What a look at a list saw. */
export interface SeenList {
  /** Transaction numbers, 64 bit. */
  readonly horizon: string;
  readonly rows: number;
  readonly state: string;
  readonly rows_there: string;
  /** How many were written since the horizon that was asked about. */
  readonly changed: number;
  /** Those, unless there are too many: id, version, status, and the transaction, 32 bit. */
  readonly named: readonly (readonly [
    id: string,
    version: number | null,
    status: string | null,
    at: string,
  ])[];
}

/** What a look at some rows saw. */
export interface SeenRow {
  readonly id: string;
  readonly version: number | null;
  readonly status: string | null;
  readonly at: string;
}

// $2: a transaction number, 32 bit; null: nothing is asked about. Ages are compared, since such numbers go round.
function listLook(name: string, rows: string): Statement {
  return statement(
    `live_look_${name}`,
    `with seen as materialized (${rows}),
    changed as materialized (select * from seen where $2::text is not null and age(at) <= age($2::text::xid))
    select pg_snapshot_xmin(pg_current_snapshot())::text as horizon, count(*)::int as rows,
      coalesce(sum(hashtextextended(id, at::text::bigint)), 0)::text as state,
      coalesce(sum(hashtextextended(id, 0)) filter (where counts), 0)::text as rows_there,
      (select count(*)::int from changed) as changed,
      coalesce((select jsonb_agg(jsonb_build_array(id, version, status, at::text) order by id) from changed
        where (select count(*) from changed) <= ${NAMED_MAX}), '[]') as named
    from seen`,
  );
}

// Above ROWS_MAX one more is read, which tells that there are too many.
const LIMIT = `limit ${ROWS_MAX} + 1`;

/** Look at all of a list: $1 the number of the company, $2 since when. */
export const LOOK_AT_LIST: Readonly<Record<LiveList, Statement>> = {
  jobQueueEntries: listLook(
    'entries',
    `select id::text, version, status, xmin as at, true as counts
    from nightshift.job_queue_entry where company_no = $1 ${LIMIT}`,
  ),
  // Below the newest ones: those that still run, and the oldest, since retention takes from that end.
  jobQueueLogEntries: listLook(
    'log',
    `select no::text as id, null::int as version, status, xmin as at, false as counts
    from (select no, status, xmin from nightshift.job_queue_log_entry where company_no = $1
      order by no desc limit ${LOG_ROWS_MAX}) newest
    union all
    select no::text, null, status, xmin, true from nightshift.job_queue_log_entry
    where company_no = $1 and status = 'In Process' and no < (select min(no) from
      (select no from nightshift.job_queue_log_entry where company_no = $1
        order by no desc limit ${LOG_ROWS_MAX}) newest)
    union all
    (select 'oldest ' || no, null, null, '3'::xid, true from nightshift.job_queue_log_entry where company_no = $1
      order by no limit 1)`,
  ),
  categories: listLook(
    'categories',
    `select code as id, version, null::text as status, xmin as at, true as counts
    from nightshift.job_queue_category where company_no = $1 ${LIMIT}`,
  ),
  scheduledTasks: listLook(
    'tasks',
    `select * from (
      (select id::text, null::int as version, null::text as status, xmin as at, true as counts
        from nightshift.scheduled_task where lane = $1 ${LIMIT})
      union all
      (select id::text, null, null, xmin, true from nightshift.failed_task where lane = $1
        order by failed_at desc, nightshift.failed_task.id desc limit ${LOG_ROWS_MAX})) tasks ${LIMIT}`,
  ),
  sessions: listLook(
    'sessions',
    `select unique_id::text as id, null::int as version, state as status, xmin as at, true as counts
    from nightshift.active_session where company_no = $1 ${LIMIT}`,
  ),
  approvals: listLook(
    'approvals',
    `select id::text, null::int as version, status, xmin as at, true as counts
    from nightshift.approval_request where company_no = $1 ${LIMIT}`,
  ),
  // The newest; that an older one is over is read with the next that comes.
  alerts: listLook(
    'alerts',
    `select no::text as id, times as version, null::text as status, xmin as at, true as counts
    from nightshift.alert where company_no = $1 order by no desc limit ${LOG_ROWS_MAX}`,
  ),
  // The newest; that an older one is gone is read with the next that comes.
  reportInbox: listLook(
    'documents',
    `select no::text as id, null::int as version, case when read_at is null then 'New' else 'Read' end as status,
      xmin as at, true as counts
    from nightshift.report_inbox where company_no = $1 order by no desc limit ${LOG_ROWS_MAX}`,
  ),
  // One list of all tables of a company. Which of those that have ended there are, is no matter: retention takes them.
  workItems: listLook(
    'items',
    `select id, null::int as version, status, at, is_open as counts
    from nightshift.live_items($1, ${ROWS_MAX} + 1, ${LOG_ROWS_MAX})`,
  ),
};

function rowLook(name: string, rows: string): Statement {
  return statement(`live_look_row_${name}`, `${rows} order by 1`);
}

/** Look at some rows of a list: $1 the number of the company, $2 their ids. */
export const LOOK_AT_ROWS: Readonly<Record<LiveList, Statement>> = {
  jobQueueEntries: rowLook(
    'entries',
    `select id::text, version, status, xmin::text as at from nightshift.job_queue_entry
    where company_no = $1 and id = any($2::uuid[])`,
  ),
  jobQueueLogEntries: rowLook(
    'log',
    `select no::text as id, null::int as version, status, xmin::text as at from nightshift.job_queue_log_entry
    where company_no = $1 and no = any($2::bigint[])`,
  ),
  categories: rowLook(
    'categories',
    `select code as id, version, null::text as status, xmin::text as at from nightshift.job_queue_category
    where company_no = $1 and code = any($2::text[])`,
  ),
  scheduledTasks: rowLook(
    'tasks',
    `select id::text, null::int as version, null::text as status, xmin::text as at from nightshift.scheduled_task
    where lane = $1 and id = any($2::uuid[])
    union all
    select id::text, null, null, xmin::text from nightshift.failed_task where lane = $1 and id = any($2::uuid[])`,
  ),
  sessions: rowLook(
    'sessions',
    `select unique_id::text as id, null::int as version, state as status, xmin::text as at
    from nightshift.active_session where company_no = $1 and unique_id = any($2::uuid[])`,
  ),
  approvals: rowLook(
    'approvals',
    `select id::text, null::int as version, status, xmin::text as at from nightshift.approval_request
    where company_no = $1 and id = any($2::uuid[])`,
  ),
  alerts: rowLook(
    'alerts',
    `select no::text as id, times as version, null::text as status, xmin::text as at from nightshift.alert
    where company_no = $1 and no = any($2::bigint[])`,
  ),
  reportInbox: rowLook(
    'documents',
    `select no::text as id, null::int as version, case when read_at is null then 'New' else 'Read' end as status,
      xmin::text as at
    from nightshift.report_inbox where company_no = $1 and no = any($2::bigint[])`,
  ),
  workItems: rowLook(
    'items',
    `select id, null::int as version, status, at::text from nightshift.live_items_named($1, $2::text[])`,
  ),
};

// Changes whenever a transaction that writes begins or ends, whatever it writes.
export const readSnapshot = statement(
  'live_snapshot',
  'select pg_current_snapshot()::text as snapshot, pg_snapshot_xmax(pg_current_snapshot())::text as head',
);

// A look is never worth a long wait.
export const limitLooks = statement(
  'live_limit_looks',
  `select set_config('statement_timeout', $1::text, false)`,
);
