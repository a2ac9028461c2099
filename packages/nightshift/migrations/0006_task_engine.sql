-- The engine of the task scheduler: what a task keeps between its runs, and which database this is meant to be.

alter table nightshift.scheduled_task
  -- The session's when it was created; null: those of the user when it runs.
  add column language text,
  add column time_zone text,
  -- Where `record` is the key of a row in the company's schema, which is read when the task runs: the table's name.
  add column record_table text,
  -- Given by the creator: unique among the tasks of a company that have not ended.
  add column idempotency_key text check (char_length(idempotency_key) between 1 and 200),
  -- How many times in a row an instance was lost while it held this task; from 1 on it is claimed only when it can be
  -- started at once, so that its claim is the proof of its start; from 2 on it is the only such task of its instance.
  add column suspect smallint not null default 0;

create unique index scheduled_task_idempotency on nightshift.scheduled_task (lane, idempotency_key)
  where idempotency_key is not null;
-- What is claimed stays in these indexes: a claim that touches no index leaves the row on its page, which costs a third
-- less. Claims begin to read where the last one ended. Half of each page is for the claimed versions.
drop index nightshift.scheduled_task_due;
create index scheduled_task_due on nightshift.scheduled_task (lane, due, id) where ready and suspect = 0;
create index scheduled_task_suspect on nightshift.scheduled_task (lane, due, id) where ready and suspect > 0;
alter table nightshift.scheduled_task set (fillfactor = 45);

alter table nightshift.failed_task
  add column state text not null default 'Failed' check (state in ('Failed', 'Poison')),
  -- What it takes to run it again.
  add column timeout_ms bigint,
  add column language text,
  add column time_zone text,
  add column record_table text,
  add column correlation_id uuid,
  add column idempotency_key text;

alter table nightshift.environment
  -- What this database is called; an instance that is configured otherwise starts held. Null until the first one starts.
  add column name text,
  -- The database that a person, or the first start, has approved. Another one is a copy.
  add column approved_oid oid,
  add column approved_system_identifier bigint;

-- Whose mark and roles these are was approved by being in use. A copy that was made before this migration, and gets it
-- only now, is known by that.
update nightshift.environment set approved_oid = database_oid, approved_system_identifier = system_identifier
where database_oid <> 0;

alter table nightshift.server_instance
  add column environment text,
  -- Why it runs nothing until a person releases it; null when it is not held.
  add column held text;

-- Inserts tasks; doing so twice with the same ids inserts them once. Of several with the same idempotency key one is there
-- in the end; whoever inserted it may not have committed yet, and is waited for. Returns the task that stands for each one
-- that has a key: it, or the one that was there before. User or company null: each task says its own.
create function nightshift.insert_tasks(p_user integer, p_company integer, p_tasks jsonb, p_now timestamptz)
returns table (wanted uuid, present uuid, present_codeunit text)
language plpgsql set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
declare
  v_wanted uuid[];
  v_present uuid[];
  v_codeunit text[];
  v_complete boolean;
begin
  -- What stood in the way may have ended a moment later, and then there is room.
  for v_try in 1..100 loop
    insert into nightshift.scheduled_task (id, lane, user_no, codeunit, failure_codeunit, ready, due, record,
      record_table, timeout_ms, language, time_zone, correlation_id, idempotency_key)
    select t.id, coalesce(p_company, t.lane), coalesce(p_user, t.user_no), t.codeunit, t.failure_codeunit, t.ready,
      coalesce(t.due, p_now, clock_timestamp()), t.record, t.record_table, t.timeout_ms, t.language, t.time_zone,
      t.correlation_id, t.idempotency_key
    from jsonb_to_recordset(p_tasks) as t(id uuid, lane integer, user_no integer, codeunit text,
      failure_codeunit text, ready boolean, due timestamptz, record jsonb, record_table text, timeout_ms bigint,
      language text, time_zone text, correlation_id uuid, idempotency_key text)
    -- The same order everywhere, or two that insert the same keys would wait for each other.
    order by coalesce(p_company, t.lane), t.idempotency_key, t.id
    on conflict do nothing;
    exit when not p_tasks @? '$[*].idempotency_key ? (@ != null)';
    -- A statement of its own, so that it sees what a conflict has waited for. LIMIT keeps it one look by the index for
    -- each key, whatever the tables looked like when this was planned.
    select array_agg(t.id), array_agg(s.id), array_agg(s.codeunit), bool_and(s.id is not null)
    into v_wanted, v_present, v_codeunit, v_complete
    from jsonb_to_recordset(p_tasks) as t(id uuid, lane integer, idempotency_key text)
    left join lateral (
      select k.id, k.codeunit from nightshift.scheduled_task k
      where k.lane = coalesce(p_company, t.lane) and k.idempotency_key = t.idempotency_key
      limit 1
    ) s on true
    where t.idempotency_key is not null;
    exit when v_complete;
  end loop;
  return query
    select u.wanted, u.present, u.codeunit
    from unnest(v_wanted, v_present, v_codeunit) as u(wanted, present, codeunit);
end
$$;

-- As insert_tasks, from a connection that others need: a transaction that has taken a key and goes on is not waited for long.
create function nightshift.insert_keyed_tasks(p_tasks jsonb, p_now timestamptz)
returns table (wanted uuid, present uuid, present_codeunit text)
language sql set search_path = pg_catalog, pg_temp set lock_timeout = '250ms' as $$
  select * from nightshift.insert_tasks(null, null, p_tasks, p_now)
$$;

-- As insert_tasks, for a session: as its user, in its company.
drop function nightshift_session.create_tasks(integer, integer, jsonb, timestamptz);
create function nightshift_session.create_tasks(p_user integer, p_company integer, p_tasks jsonb, p_now timestamptz)
returns table (wanted uuid, present uuid, present_codeunit text)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform nightshift.check_caller(p_user, p_company);
  return query select * from nightshift.insert_tasks(p_user, p_company, p_tasks, p_now);
end
$$;

-- A failed task waits again as on its first day, with the user, the record and the settings that it had. Answers null when
-- there is none, 'owned' when it belongs to one of the codeunits whose tasks only their owner runs again, 'key' when another
-- task has taken its idempotency key, else 'done'.
create function nightshift_session.rerun_failed_task(p_user integer, p_company integer, p_task uuid, p_owned text[],
  p_timeout_ms bigint, p_now timestamptz)
returns text language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_failed nightshift.failed_task;
begin
  perform nightshift.check_caller(p_user, p_company);
  select * into v_failed from nightshift.failed_task where id = p_task and lane = p_company for update;
  if not found then
    return null;
  elsif v_failed.codeunit = any(p_owned) then
    return 'owned';
  end if;
  insert into nightshift.scheduled_task (id, lane, user_no, codeunit, failure_codeunit, ready, due, record, record_table,
    timeout_ms, language, time_zone, correlation_id, idempotency_key, created_at)
  values (v_failed.id, v_failed.lane, v_failed.user_no, v_failed.codeunit, v_failed.failure_codeunit, true,
    coalesce(p_now, clock_timestamp()), v_failed.record, v_failed.record_table,
    -- Tasks that failed before it was kept.
    coalesce(v_failed.timeout_ms, p_timeout_ms), v_failed.language, v_failed.time_zone, v_failed.correlation_id,
    v_failed.idempotency_key, v_failed.created_at)
  on conflict do nothing;
  if not found then
    return 'key';
  end if;
  delete from nightshift.failed_task where id = p_task;
  return 'done';
end
$$;

create function nightshift_session.delete_failed_task(p_user integer, p_company integer, p_task uuid)
returns boolean language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform nightshift.check_caller(p_user, p_company);
  delete from nightshift.failed_task where id = p_task and lane = p_company;
  return found;
end
$$;

-- Tasks as people see them: those that have not ended, and those that failed for good. The names of the states are those of
-- docs/states.md.
create view nightshift.every_task as
  select id, lane, user_no, codeunit, failure_codeunit, failing,
    case when not ready then 'Not Ready' when claim is not null then 'Running'
      when attempt > 0 or losses > 0 then 'Retrying' else 'Pending' end as state,
    due, attempt, losses, suspect, record, record_table, timeout_ms, language, time_zone, last_error as error, claimed_by,
    correlation_id, idempotency_key, created_at, null::timestamptz as failed_at
  from nightshift.scheduled_task
  union all
  select id, lane, user_no, codeunit, failure_codeunit, false, state, due, attempt, 0, 0::smallint, record, record_table,
    timeout_ms, language, time_zone, error, null::uuid, correlation_id, idempotency_key, created_at, failed_at
  from nightshift.failed_task;

-- As complete_task, for tasks that share a transaction: all of them, or none.
create function nightshift_session.complete_tasks(p_tasks uuid[], p_claims uuid[])
returns void language plpgsql security definer set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
declare
  v_gone integer;
begin
  delete from nightshift.scheduled_task t
  using unnest(p_tasks, p_claims) as done(id, claim)
  where t.id = done.id and t.claim = done.claim;
  get diagnostics v_gone = row_count;
  if v_gone <> cardinality(p_tasks) then
    raise exception 'the claim on % of % tasks is lost', cardinality(p_tasks) - v_gone, cardinality(p_tasks)
      using errcode = 'NS001';
  end if;
end
$$;

-- Upgrades: whoever changes the tables of a company, or of the platform (company 0), says so in a row that is committed
-- before the first change, and holds a lock on this table meanwhile. The row counts as long as its connection has the lock,
-- which PostgreSQL takes back when the process dies, and which user code has no right to take. No tasks are claimed there.
create table nightshift.upgrade (
  backend integer not null,
  company_no integer not null,
  what text not null,
  started_at timestamptz not null default clock_timestamp(),
  primary key (backend, company_no)
);
-- A function that is called for each row, and not a join, which a planner may begin with the locks: without a row nobody
-- looks at them, so asking with every claim costs next to nothing.
create function nightshift.holds_upgrade(p_backend integer) returns boolean
language plpgsql stable cost 10000 set search_path = pg_catalog, pg_temp as $$
begin
  return exists (
    select from pg_locks l
    where l.locktype = 'relation' and l.relation = 'nightshift.upgrade'::regclass and l.mode = 'RowShareLock'
      and l.database = (select oid from pg_database where datname = current_database())
      and l.pid = p_backend and l.granted
  );
end
$$;
create view nightshift.upgrade_in_progress as
select backend, company_no, what, started_at from nightshift.upgrade where nightshift.holds_upgrade(backend);

alter table nightshift.server_instance
  -- The platform's schema has this migration, which is newer than the instance's release: it claims nothing any more.
  add column newer_migration text;

-- For retention, which goes through all companies.
create index failed_task_age on nightshift.failed_task (failed_at, id);

revoke all on all functions in schema nightshift, nightshift_session from public;
