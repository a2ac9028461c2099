import { statement } from '../database/index.ts';

/** Alerts are counted up to this many. */
export const ALERTS_COUNTED_MAX = 1_000;

// Of company $1 for user $2: what concerns him, or where $3 everything; where $4 also requests that ask applications. Good news is
// for those whom it concerns, and nobody is told of his own request.
const CONCERNS = `a.company_no = $1 and a.not_for is distinct from $2
    and ($2 = any(a.for_users) or ($3 and a.kind <> 'succeeded') or ($4 and a.asks_application))`;

// $5: of these kinds, $6: only what he has not seen, $7: only what is not over; null: any.
const VISIBLE = `from nightshift.alert a
  left join nightshift.alert_seen s on s.alert_no = a.no and s.user_no = $2
  where ${CONCERNS}
    and ($5::text[] is null or a.kind = any($5))
    and (not $6 or s.alert_no is null) and (not $7 or a.over_at is null)`;

// $8: older than the alert with this number; $9: exactly this one; null: any. $10: how many rows.
export const pageOfAlerts = statement(
  'alerts_page',
  `select a.*, s.alert_no is not null as is_seen ${VISIBLE}
    and ($8::bigint is null or a.no < $8) and ($9::bigint is null or a.no = $9)
  order by a.no desc
  limit $10`,
);

export const countAlerts = statement(
  'alerts_counted',
  `select count(*)::integer as count from (select ${VISIBLE} limit ${ALERTS_COUNTED_MAX + 1}) counted`,
);

// Of those that he sees: up to number $5, or these numbers $6.
export const markAlertsSeen = statement(
  'alerts_mark_seen',
  `insert into nightshift.alert_seen (alert_no, user_no)
  select a.no, $2 from nightshift.alert a
  where ${CONCERNS} and (a.no <= $5 or a.no = any($6::bigint[]))
    and not exists (select from nightshift.alert_seen s where s.alert_no = a.no and s.user_no = $2)
  order by a.no
  on conflict do nothing
  returning alert_no`,
);

// What the watch has found: {kind, key, entryId, since, byMs} each. What is told already stays as it is.
export const tellWatched = statement(
  'alerts_tell_watched',
  `with t as (select coalesce($2::timestamptz, clock_timestamp()) as now)
  insert into nightshift.alert (company_no, kind, key, entry_id, entry_no, subject, by_ms, since, last_at, for_users)
  select a.company_no, w.kind, w.key, a.entry_id, a.entry_no, a.subject, w."byMs", w.since, t.now, a.for_users
  from jsonb_to_recordset($1::jsonb) as w(kind text, key text, "entryId" uuid, since timestamptz, "byMs" bigint)
  join nightshift.job_queue_entry e on e.id = w."entryId"
  cross join lateral nightshift.alert_of_entry(e) a
  cross join t
  order by w.key
  on conflict (key) where over_at is null do nothing
  returning no`,
);

// What the watch does not find any more.
export const endWatched = statement(
  'alerts_end_watched',
  `update nightshift.alert set over_at = coalesce($2::timestamptz, clock_timestamp())
  where over_at is null and key = any($1::text[])
  returning no`,
);

// What was told of work items of which none is failed any more.
export const endAlertsOfItems = statement(
  'alerts_end_items',
  'select no from nightshift.end_alerts_of_items($1::timestamptz) as ended(no) order by no',
);

// Users who are disabled or whose time is over, and as whom entries are to run: for each company one alert that counts them. Where
// nobody is gone no entry is looked at. It concerns who owns or has made the entries.
export const tellOfGoneUsers = statement(
  'alerts_tell_gone_users',
  `with t as (select coalesce($1::timestamptz, clock_timestamp()) as now), gone as materialized (
    select e.company_no, u.name, 'user-gone ' || e.company_no || ' ' || u.no as key, count(distinct e.id)::integer as entries,
      array_agg(distinct c.no) filter (where c.no is not null and c.no <> u.no) as concerned
    from t cross join nightshift.app_user u join nightshift.job_queue_entry e on e.run_as = u.no
    cross join lateral unnest(array[e.owner_no, e.created_by]) as c(no)
    where (u.state = 'disabled' or u.valid_until <= t.now) and e.status <> 'Finished'
      and e.status in ('Ready', 'In Process', 'Waiting', 'On Hold with Inactivity Timeout')
    group by e.company_no, u.no, u.name
  ), back as (
    update nightshift.alert a set over_at = t.now from t
    where a.kind = 'user-gone' and a.over_at is null and a.key not in (select key from gone)
  )
  insert into nightshift.alert as a (company_no, kind, key, subject, since, last_at, times, for_users)
  select g.company_no, 'user-gone', g.key, g.name, t.now, t.now, g.entries, coalesce(g.concerned, '{}') from gone g cross join t
  order by g.key
  on conflict (key) where over_at is null
  do update set times = excluded.times, last_at = excluded.last_at where a.times <> excluded.times
  returning no`,
);

// Those that were noticed last more than $2 days ago, at most $3. A row that another instance works on is left to the next round.
export const deleteOldAlerts = statement(
  'alerts_delete_old',
  `delete from nightshift.alert
  where no = any(array(
    select no from nightshift.alert
    where last_at < coalesce($1::timestamptz, clock_timestamp()) - $2 * interval '1 day'
    order by last_at, no
    limit $3
    for update skip locked
  ))
  returning no`,
);
