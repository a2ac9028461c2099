-- Sessions that run now: those that outlive half a second, and every session of StartSession before its first line of
-- user code. What an instance that died leaves here becomes an event of type Lost.
create table nightshift.active_session (
  epoch uuid not null references nightshift.server_instance,
  session_id integer not null,
  unique_id uuid not null,
  client_type text not null check (client_type in ('web', 'api', 'background', 'child', 'management')),
  -- What began it: a task, StartSession, a caller.
  origin text not null,
  user_no integer not null,
  company_no integer not null,
  codeunit text not null,
  isolation text not null check (isolation in ('main', 'thread', 'process')),
  -- The session that started it.
  parent_unique_id uuid,
  -- The same for everything that one piece of work has set off; null when it is the session's own unique id.
  correlation_id uuid,
  started_at timestamptz not null,
  state text not null check (state in ('Queued', 'Running', 'Stopping', 'Lingering')),
  stopping_at timestamptz,
  killed_at timestamptz,
  comment text,
  primary key (epoch, session_id)
) with (fillfactor = 70, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0.1);
create index active_session_session on nightshift.active_session (session_id);

-- What happened to sessions: one row when one ends, and one when it starts if it was listed as active. Two tables,
-- because the many events of background sessions are kept for days and the few others for months. A day is a partition
-- (made ahead, dropped when its time is over); what no partition takes lands in the default one.
create table nightshift.session_event (
  at timestamptz not null,
  -- Made by the instance, so that a batch whose answer was lost can be written again.
  id uuid not null,
  type text not null check (type in ('Logon', 'Logoff', 'Start', 'Stop', 'Close', 'Error', 'Timeout', 'Stopped',
    'Killed', 'Lost')),
  epoch uuid not null,
  session_id integer not null,
  unique_id uuid not null,
  client_type text not null,
  origin text not null,
  user_no integer not null,
  company_no integer not null,
  codeunit text not null,
  isolation text not null,
  parent_unique_id uuid,
  correlation_id uuid,
  started_at timestamptz not null,
  stopping_at timestamptz,
  killed_at timestamptz,
  -- Whole, never cut: why it was stopped, or the text of its error.
  comment text,
  error jsonb,
  lines jsonb,
  progress jsonb,
  primary key (at, id)
) partition by range (at);
create index session_event_unique on nightshift.session_event (unique_id);
create table nightshift.session_event_default partition of nightshift.session_event default;

create table nightshift.background_session_event (like nightshift.session_event including all)
  partition by range (at);
create table nightshift.background_session_event_default partition of nightshift.background_session_event default;

create view nightshift.every_session_event as
  select * from nightshift.session_event union all select * from nightshift.background_session_event;

-- Stops that a caller on another instance, or without one, has asked for; the owner of the session answers.
create table nightshift.stop_request (
  id uuid primary key,
  epoch uuid not null references nightshift.server_instance,
  session_id integer not null,
  comment text not null,
  user_no integer not null,
  requested_at timestamptz not null default clock_timestamp(),
  answer boolean,
  answered_at timestamptz
);
create index stop_request_open on nightshift.stop_request (epoch) where answered_at is null;

-- A task's session knows what set it off.
alter table nightshift.scheduled_task add column correlation_id uuid;

create or replace function nightshift_session.create_tasks(p_user integer, p_company integer, p_tasks jsonb,
  p_now timestamptz)
returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform nightshift.check_caller(p_user, p_company);
  insert into nightshift.scheduled_task
    (id, lane, user_no, codeunit, failure_codeunit, ready, due, record, timeout_ms, correlation_id)
  select t.id, p_company, p_user, t.codeunit, t.failure_codeunit, t.ready,
    coalesce(t.due, p_now, clock_timestamp()), t.record, t.timeout_ms, t.correlation_id
  from jsonb_to_recordset(p_tasks) as t(id uuid, codeunit text, failure_codeunit text, ready boolean,
    due timestamptz, record jsonb, timeout_ms bigint, correlation_id uuid)
  on conflict (id) do nothing;
end
$$;

revoke all on all functions in schema nightshift, nightshift_session from public;
