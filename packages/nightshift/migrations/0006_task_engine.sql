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
drop index nightshift.scheduled_task_due;
create index scheduled_task_due on nightshift.scheduled_task (lane, due, id)
  where ready and claim is null and suspect = 0;
create index scheduled_task_suspect on nightshift.scheduled_task (lane, due, id)
  where ready and claim is null and suspect > 0;

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

alter table nightshift.server_instance
  add column environment text,
  -- Why it runs nothing until a person releases it; null when it is not held.
  add column held text;

drop function nightshift_session.create_tasks(integer, integer, jsonb, timestamptz);
-- Creates tasks; doing so twice with the same ids creates them once. Returns the task that stands for each one that has an
-- idempotency key: it, or the one that was there before.
create function nightshift_session.create_tasks(p_user integer, p_company integer, p_tasks jsonb, p_now timestamptz)
returns table (wanted uuid, present uuid)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform nightshift.check_caller(p_user, p_company);
  insert into nightshift.scheduled_task (id, lane, user_no, codeunit, failure_codeunit, ready, due, record, record_table,
    timeout_ms, language, time_zone, correlation_id, idempotency_key)
  select t.id, p_company, p_user, t.codeunit, t.failure_codeunit, t.ready,
    coalesce(t.due, p_now, clock_timestamp()), t.record, t.record_table, t.timeout_ms, t.language, t.time_zone,
    t.correlation_id, t.idempotency_key
  from jsonb_to_recordset(p_tasks) as t(id uuid, codeunit text, failure_codeunit text, ready boolean,
    due timestamptz, record jsonb, record_table text, timeout_ms bigint, language text, time_zone text,
    correlation_id uuid, idempotency_key text)
  order by t.idempotency_key, t.id
  on conflict do nothing;
  -- A statement of its own, so that it sees what a conflict has waited for.
  return query
    select t.id, s.id
    from jsonb_to_recordset(p_tasks) as t(id uuid, idempotency_key text)
    join nightshift.scheduled_task s on s.lane = p_company and s.idempotency_key = t.idempotency_key
    where t.idempotency_key is not null;
end
$$;

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

revoke all on all functions in schema nightshift, nightshift_session from public;
