-- Short sessions that ended well have nothing to tell but who they were and when: up to 2,000 of them share one row, a
-- bundle, in arrays of the same order. It lies in the same tables, so that partitions and retention stay as they are.
-- A row of a single session has none of these columns. What is common to all of a bundle is in the columns that there were;
-- `at`, `session_id`, `unique_id` and `started_at` of the row are those of the last of them. `id` is the bundle's own.
alter table nightshift.session_event
  -- When the first of them ended; never more than 10 s before `at`. Null: no bundle.
  add column bundle_first_at timestamptz,
  add column bundle_size integer,
  -- What they lie between, so that a session is found without opening every bundle.
  add column bundle_low uuid,
  add column bundle_high uuid,
  add column bundle_low_session integer,
  add column bundle_high_session integer,
  -- Milliseconds after bundle_first_at when each of them ended, and how many each of them took.
  add column bundle_ats integer[],
  add column bundle_durations integer[],
  add column bundle_session_ids integer[],
  -- Random for the most part: to compress them is work for nothing.
  add column bundle_unique_ids uuid[] storage external,
  -- Null when each is the session's own unique id.
  add column bundle_correlation_ids uuid[] storage external;
create index session_event_bundle on nightshift.session_event (at, id) where bundle_first_at is not null;

alter table nightshift.background_session_event
  add column bundle_first_at timestamptz,
  add column bundle_size integer,
  add column bundle_low uuid,
  add column bundle_high uuid,
  add column bundle_low_session integer,
  add column bundle_high_session integer,
  add column bundle_ats integer[],
  add column bundle_durations integer[],
  add column bundle_session_ids integer[],
  add column bundle_unique_ids uuid[] storage external,
  add column bundle_correlation_ids uuid[] storage external;
create index background_session_event_bundle on nightshift.background_session_event (at, id)
  where bundle_first_at is not null;

-- Each session of a bundle is an event of its own here, under its unique id. To be read whole: it opens every bundle.
create or replace view nightshift.every_session_event as
  select at, id, type, epoch, session_id, unique_id, client_type, origin, user_no, company_no, codeunit, isolation,
    parent_unique_id, correlation_id, started_at, stopping_at, killed_at, comment, error, lines, progress
  from nightshift.session_event where bundle_first_at is null
  union all
  select at, id, type, epoch, session_id, unique_id, client_type, origin, user_no, company_no, codeunit, isolation,
    parent_unique_id, correlation_id, started_at, stopping_at, killed_at, comment, error, lines, progress
  from nightshift.background_session_event where bundle_first_at is null
  union all
  select e.at, s.unique_id, b.type, b.epoch, s.session_id, s.unique_id, b.client_type, b.origin, b.user_no, b.company_no,
    b.codeunit, b.isolation, null, s.correlation_id, e.at - s.duration * interval '1 millisecond', null, null, null, null,
    null, null
  from (
    select * from nightshift.session_event where bundle_first_at is not null
    union all
    select * from nightshift.background_session_event where bundle_first_at is not null
  ) b
  cross join lateral unnest(b.bundle_ats, b.bundle_durations, b.bundle_session_ids, b.bundle_unique_ids,
    b.bundle_correlation_ids) as s(after, duration, session_id, unique_id, correlation_id)
  cross join lateral (select b.bundle_first_at + s.after * interval '1 millisecond' as at) e;

-- Whether one of these background sessions is in a bundle. An id of version 7 says when it was made; clocks may differ.
create function nightshift.is_in_bundle(p_unique_ids uuid[]) returns boolean
language sql stable set search_path = pg_catalog, pg_temp as $$
  select exists (
    select from (
      select id, case when substr(id::text, 15, 1) = '7' then to_timestamp(
        ('x' || substr(replace(id::text, '-', ''), 1, 12))::bit(48)::bigint / 1000.0) - interval '1 hour'
        else '-infinity' end as since
      from unnest(p_unique_ids) as given(id)
    ) wanted
    join nightshift.background_session_event b
      on b.at >= wanted.since and b.bundle_low <= wanted.id and b.bundle_high >= wanted.id
    where b.bundle_first_at is not null and wanted.id = any(b.bundle_unique_ids)
  )
$$;

revoke all on all functions in schema nightshift, nightshift_session from public;
