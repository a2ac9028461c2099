import { type Statement, statement } from '../database/index.ts';

/** In which order entries are listed. */
export const ENTRY_SORTS = ['entryNo', '-entryNo', 'earliestStart', '-statusSince'] as const;

/** An order of entries. `-`: the greatest first. */
export type EntrySort = (typeof ENTRY_SORTS)[number];

/** Entries are counted up to this many. */
export const ENTRIES_COUNTED_MAX = 10_000;

const NOW = 'coalesce($3::timestamptz, clock_timestamp())';

// $1: company. $2: the user who asks. $3: now, or null. $4: only of this user. $5 to $13: filters, null for none. Users are not
// joined here: that would be done for every entry, where a page shows few.
const FROM = `from nightshift.job_queue_entry e
  where e.company_no = $1 and ($4::integer is null or $4 in (e.created_by, e.run_as))
    and ($5::uuid[] is null or e.id = any($5))
    and ($6::text[] is null or e.status = any($6))
    and ($7::text is null or e.object = $7)
    and ($8::text is null or e.category_code = $8)
    and ($9::text is null or e.run_as = (select no from nightshift.app_user where name = $9))
    and ($10::text is null or $10 = any(e.tags))
    and ($11::text is null or strpos(lower(concat_ws(' ', e.entry_no, e.object, e.description, e.parameter_string)),
      lower($11)) > 0)
    and ($12::boolean is not true
      or e.run_as in (select no from nightshift.app_user where state = 'disabled' or valid_until <= ${NOW}))
    and ($13::uuid is null or e.task_id = $13)`;

/** What entries are sorted by. */
interface SortKey {
  readonly of: string;
  /** As a whole number in a text, so that a place in the list is exact; and back, of `$14`. */
  readonly told: string;
  readonly given: string;
}

function pageBy(name: string, { of, told, given }: SortKey, way: 'asc' | 'desc'): Statement {
  const behind = way === 'asc' ? '>' : '<';
  // What is sorted is narrow, however many entries there are; whole rows are read of one page.
  // $14: the key of the last row of the answer before; $15: its number. $16: how many rows.
  return statement(
    `entries_page_${name}`,
    `with page as materialized (
      select e.id, e.entry_no, ${of} as key
      ${FROM} and ($14::text is null or (${of}, e.entry_no) ${behind} (${given}, $15::bigint))
      order by ${of} ${way}, e.entry_no ${way}
      limit $16)
    select e.*, ${NOW} as now, r.name as run_as_name, c.name as created_by_name,
      r.state = 'disabled' or coalesce(r.valid_until <= ${NOW}, false) as run_as_gone,
      (${told})::text as sort_key,
      exists (select from nightshift.scheduled_task t where t.id = e.task_id and t.claim is not null) as is_running,
      exists (select from nightshift.approval_request a where a.entry_id = e.id and a.status = 'Open') as has_request,
      exists (select from nightshift.approval_request a
        where a.entry_id = e.id and a.status = 'Open' and a.asked_user_no = $2) as asks_caller
    from page
    join nightshift.job_queue_entry e on e.id = page.id
    join nightshift.app_user r on r.no = e.run_as
    join nightshift.app_user c on c.no = e.created_by
    order by page.key ${way}, page.entry_no ${way}`,
  );
}

const NUMBER: SortKey = { of: 'e.entry_no', told: 'page.key', given: '$14::bigint' };

/** An instant, told in whole microseconds. */
function instant(of: string): SortKey {
  return {
    of,
    told: '(extract(epoch from page.key) * 1000000)::bigint',
    // In two parts, each of which a double holds exactly.
    given: `(timestamptz 'epoch' + $14::bigint / 1000000 * interval '1 second'
        + $14::bigint % 1000000 * interval '1 microsecond')`,
  };
}

/** One page of entries, by order. */
export const entriesPage: Readonly<Record<EntrySort, Statement>> = {
  entryNo: pageBy('by_number', NUMBER, 'asc'),
  '-entryNo': pageBy('by_number_down', NUMBER, 'desc'),
  earliestStart: pageBy('by_start', instant("coalesce(e.earliest_start, timestamptz 'epoch')"), 'asc'),
  '-statusSince': pageBy('by_change', instant('e.status_since'), 'desc'),
};

// $2 is not used, so that the values are those of a page.
export const countEntries = statement(
  'entries_counted',
  `select count(*)::integer as count from (
    select $2::integer ${FROM} limit ${ENTRIES_COUNTED_MAX + 1}
  ) counted`,
);

// Those that are to run before $3. $2: only of this user, or null. $4: how many.
export const readPlannedEntries = statement(
  'entries_planned',
  `select e.* from nightshift.job_queue_entry e
  where e.company_no = $1 and ($2::integer is null or $2 in (e.created_by, e.run_as))
    and e.status in ('Ready', 'Waiting', 'In Process', 'On Hold with Inactivity Timeout')
    and (e.earliest_start is null or e.earliest_start < $3)
  order by e.entry_no
  limit $4`,
);

// Of company $1, those behind the tasks $2; $3: only of this user.
export const readEntriesOfTasks = statement(
  'entries_of_tasks',
  `select task_id as behind, id, entry_no::float8 as "entryNo", description, object from nightshift.job_queue_entry
  where company_no = $1 and task_id = any($2::uuid[]) and ($3::integer is null or $3 in (created_by, run_as))
  order by id`,
);

// Of sessions, by their unique ids; those that have ended have none.
export const readEntriesOfSessions = statement(
  'entries_of_sessions',
  `select l.session_unique_id as behind, e.id, e.entry_no::float8 as "entryNo", e.description, e.object
  from nightshift.job_queue_log_entry l join nightshift.job_queue_entry e on e.id = l.entry_id
  where l.company_no = $1 and l.status = 'In Process' and l.session_unique_id = any($2::uuid[])
    and ($3::integer is null or $3 in (e.created_by, e.run_as))
  order by l.no`,
);
