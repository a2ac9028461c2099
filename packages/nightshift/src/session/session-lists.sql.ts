import { statement } from '../database/index.ts';

const WHO_AND_WHERE = `u.name as user_name, c.name as company_name, i.place, i.host, i.process_id`;

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
  order by a.started_at, a.session_id, a.epoch`,
);

const EVENT_FILTER = `($1::text[] is null or e.type = any($1))
    and ($2::integer is null or e.session_id = $2) and ($3::uuid is null or e.unique_id = $3)
    and ($4::text is null or e.codeunit = $4) and ($5::text is null or c.name = $5)
    and ($6::text is null or u.name = $6) and ($7::text[] is null or e.client_type = any($7))
    and ($8::timestamptz is null or e.at >= $8) and ($9::timestamptz is null or (e.at, e.id) < ($9, $10::uuid))`;

const EVENT_ROWS = `select e.at, e.id, e.type, e.session_id, e.unique_id, e.client_type, e.origin, e.codeunit, e.isolation,
    e.parent_unique_id, coalesce(e.correlation_id, e.unique_id) as correlation_id, e.started_at, e.stopping_at,
    e.killed_at, e.comment, e.error, e.lines, e.progress, ${WHO_AND_WHERE}
  from nightshift.every_session_event e
  left join nightshift.server_instance i on i.epoch = e.epoch
  left join nightshift.app_user u on u.no = e.user_no
  left join nightshift.company c on c.no = e.company_no
  where ${EVENT_FILTER}`;

export const sessionEventsNewestFirst = statement(
  'session_events_newest_first',
  `${EVENT_ROWS} order by e.at desc, e.id desc limit $11`,
);

export const sessionEventsOldestFirst = statement(
  'session_events_oldest_first',
  `${EVENT_ROWS} order by e.at, e.id limit $11`,
);
