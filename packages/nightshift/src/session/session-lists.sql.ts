import { statement } from '../database/index.ts';
import type { EventTable } from './session-events.sql.ts';

const WHO_AND_WHERE = `u.name as user_name, c.name as company_name, i.place, i.host, i.process_id`;

// $1: the company's name, $2: the user's; null: all. $3: the companies whose sessions the caller may see; null: all. $4:
// those of which he, $5, may see his own. $6: their numbers; null: all.
export const activeSessions = statement(
  'sessions_active',
  `select a.session_id, a.unique_id, a.client_type, a.origin, a.codeunit, a.isolation, a.parent_unique_id,
    coalesce(a.correlation_id, a.unique_id) as correlation_id, a.started_at, a.state, a.stopping_at, a.killed_at,
    a.comment, ${WHO_AND_WHERE}
  from nightshift.active_session a
  join nightshift.server_instance i on i.epoch = a.epoch
  left join nightshift.app_user u on u.no = a.user_no
  left join nightshift.company c on c.no = a.company_no
  where i.ended_at is null and ($1::text is null or c.name = $1) and ($2::text is null or u.name = $2)
    and ($6::integer[] is null or a.session_id = any($6))
    and ($3::integer[] is null or a.company_no = any($3) or (a.company_no = any($4::integer[]) and a.user_no = $5))
  order by a.started_at, a.session_id, a.epoch`,
);

/** Which events a statement lists: those of all sessions, or of the one with a unique id. */
type Of = 'all' | 'one';
/** Newest first, or oldest first. */
type Way = 'desc' | 'asc';

// What is common to all sessions of a bundle, for rows of either kind. $13: the companies whose sessions the caller may see;
// null: all. $14: those of which he, $15, may see his own.
const COMMON = `($1::text[] is null or b.type = any($1)) and ($4::text is null or b.codeunit = $4)
    and ($5::text is null or b.company_no = (select no from nightshift.company where name = $5))
    and ($6::text is null or b.user_no = (select no from nightshift.app_user where name = $6))
    and ($7::text[] is null or b.client_type = any($7))
    and ($13::integer[] is null or b.company_no = any($13)
      or (b.company_no = any($14::integer[]) and b.user_no = $15::integer))`;
const BEFORE = `coalesce($9::timestamptz, 'infinity')`;
const SINCE = `coalesce($8::timestamptz, '-infinity')`;

/** Whether a row of one session is that of the wanted one. Without "or" where it can be, so that an index serves. */
const ROW_OF: Readonly<Record<Of, string>> = {
  all: '$3::uuid is null and $12::timestamptz is null and ($2::integer is null or b.session_id = $2)',
  one: 'b.unique_id = $3::uuid and ($2::integer is null or b.session_id = $2)',
};
// Sessions in bundles ended well: whoever asks for other events need not look there.
const ANY_BUNDLE = `b.bundle_first_at is not null and ($1::text[] is null or $1 && '{Stop,Logoff}')`;

/** Whether a bundle holds the wanted one: opened only when the id lies between the lowest and the highest. */
const BUNDLE_OF: Readonly<Record<Of, string>> = {
  all: `${ANY_BUNDLE} and ($2::integer is null or b.bundle_low_session <= $2
      and b.bundle_high_session >= $2 and $2 = any(b.bundle_session_ids))`,
  one: `${ANY_BUNDLE} and b.at >= coalesce($12::timestamptz, '-infinity') and b.bundle_low <= $3::uuid
      and b.bundle_high >= $3 and $3 = any(b.bundle_unique_ids)`,
};

// The first bundles that lie in the range with all their ends; each has so many of the wanted events, or more.
function firstBundlesIn(table: EventTable, way: Way): string {
  return `(select b.at, b.id, b.bundle_first_at as first_at, case when $2::integer is null then b.bundle_size else 1 end as events
      from nightshift.${table} b
      where ${BUNDLE_OF.all} and ${COMMON} and b.at >= ${SINCE} and b.bundle_first_at >= ${SINCE} and b.at < ${BEFORE}
      order by b.at ${way}, b.id ${way} limit $11)`;
}

/**
 * CTEs: `span`, the range of time in which all wanted events lie. As soon as the first bundles together have as many events
 * as are wanted, nothing beyond the farthest of those can be among the first; so not more than a few bundles are opened.
 */
const SPAN: Readonly<Record<Of, Readonly<Record<Way, string>>>> = {
  all: {
    desc: spanOf('desc', `greatest(${SINCE}, min(first_at)) as floor, ${BEFORE} as ceiling`),
    asc: spanOf('asc', `${SINCE} as floor, least(${BEFORE}, max(at)) as ceiling`),
  },
  one: {
    desc: `with span as materialized (select ${SINCE} as floor, ${BEFORE} as ceiling)`,
    asc: `with span as materialized (select ${SINCE} as floor, ${BEFORE} as ceiling)`,
  },
};

function spanOf(way: Way, range: string): string {
  return `with first_bundle as materialized (
    ${firstBundlesIn('background_session_event', way)} union all ${firstBundlesIn('session_event', way)}
  ), counted as materialized (
    select at, first_at, events, sum(events) over (order by at ${way}, id ${way} rows unbounded preceding) as reached
    from first_bundle
  ), span as materialized (
    select ${range} from counted
    where reached - events < $11 and (select max(reached) from counted) >= $11
  )`;
}

const FLOOR = '(select floor from span)';
const CEILING = '(select ceiling from span)';
const COLUMNS = `b.type, b.epoch, b.client_type, b.origin, b.user_no, b.company_no, b.codeunit, b.isolation`;

// Rows of one session each.
function rowsIn(table: EventTable, of: Of, way: Way): string {
  return `(select b.at, b.id, ${COLUMNS}, b.session_id, b.unique_id, b.parent_unique_id, b.correlation_id, b.started_at,
      b.stopping_at, b.killed_at, b.comment, b.error, b.lines, b.progress
    from nightshift.${table} b
    where b.bundle_first_at is null and ${ROW_OF[of]} and ${COMMON} and b.at >= ${FLOOR} and b.at <= ${CEILING}
      and ($9::timestamptz is null or (b.at, b.id) < ($9, $10::uuid))
    order by b.at ${way}, b.id ${way} limit $11)`;
}

// The sessions of bundles. No bundle is longer than 10 s.
function bundledIn(table: EventTable, of: Of, way: Way): string {
  return `(select e.at, e.id, ${COLUMNS}, s.session_id, s.unique_id, null::uuid, s.correlation_id,
      e.at - s.duration * interval '1 millisecond', null::timestamptz, null::timestamptz, null::text, null::jsonb,
      null::jsonb, null::jsonb
    from nightshift.${table} b
    cross join lateral unnest(b.bundle_ats, b.bundle_durations, b.bundle_session_ids, b.bundle_unique_ids,
      b.bundle_correlation_ids) as s(after, duration, session_id, unique_id, correlation_id)
    cross join lateral (select b.bundle_first_at + s.after * interval '1 millisecond' as at, s.unique_id as id) e
    where ${BUNDLE_OF[of]} and ${COMMON} and b.at >= ${FLOOR} and b.at <= ${CEILING} + interval '10 seconds'
      and b.bundle_first_at <= ${CEILING} and e.at >= ${FLOOR} and e.at <= ${CEILING}
      and ($2::integer is null or s.session_id = $2) and ($3::uuid is null or s.unique_id = $3)
      and ($9::timestamptz is null or (e.at, e.id) < ($9, $10::uuid))
    order by e.at ${way}, e.id ${way} limit $11)`;
}

function eventsOf(of: Of, way: Way): string {
  return `${SPAN[of][way]}
  select e.at, e.id, e.type, e.session_id, e.unique_id, e.client_type, e.origin, e.codeunit, e.isolation,
    e.parent_unique_id, coalesce(e.correlation_id, e.unique_id) as correlation_id, e.started_at, e.stopping_at,
    e.killed_at, e.comment, e.error, e.lines, e.progress, ${WHO_AND_WHERE}
  from (
    ${rowsIn('background_session_event', of, way)}
    union all ${rowsIn('session_event', of, way)}
    union all ${bundledIn('background_session_event', of, way)}
    union all ${bundledIn('session_event', of, way)}
  ) e
  left join nightshift.server_instance i on i.epoch = e.epoch
  left join nightshift.app_user u on u.no = e.user_no
  left join nightshift.company c on c.no = e.company_no
  order by e.at ${way}, e.id ${way} limit $11`;
}

/** Events of all sessions, or of the session with a unique id: it is found by its own index, or in the bundles since $12. */
export const sessionEventsNewestFirst: Readonly<Record<Of, ReturnType<typeof statement>>> = {
  all: statement('session_events_newest_first', eventsOf('all', 'desc')),
  one: statement('session_events_of_one_newest_first', eventsOf('one', 'desc')),
};

export const sessionEventsOldestFirst: Readonly<Record<Of, ReturnType<typeof statement>>> = {
  all: statement('session_events_oldest_first', eventsOf('all', 'asc')),
  one: statement('session_events_of_one_oldest_first', eventsOf('one', 'asc')),
};
