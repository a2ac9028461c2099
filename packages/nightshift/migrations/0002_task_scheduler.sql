-- The hot table: narrow, and empty of history. A row leaves it in the transaction of the work that it stood for.
create table nightshift.scheduled_task (
  id uuid primary key,
  -- The company; claims take turns between lanes.
  lane integer not null,
  user_no integer not null,
  codeunit text not null,
  failure_codeunit text,
  ready boolean not null,
  -- The main codeunit has failed for good; the failure codeunit runs next.
  failing boolean not null default false,
  due timestamptz not null,
  record jsonb,
  timeout_ms bigint not null,
  attempt integer not null default 0,
  -- How many times code of this task committed in mid-run.
  commit_number integer not null default 0,
  -- How many times an instance died that held it.
  losses integer not null default 0,
  last_error jsonb,
  -- A random value of the claim that runs it now; null while it waits. Every write about the task names it.
  claim uuid,
  claimed_by uuid,
  created_at timestamptz not null default clock_timestamp()
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000,
        autovacuum_vacuum_cost_delay = 0);
create index scheduled_task_due on nightshift.scheduled_task (lane, due, id) where ready and claim is null;

-- Tasks that failed for good, until retention removes them.
create table nightshift.failed_task (
  id uuid primary key,
  lane integer not null,
  user_no integer not null,
  codeunit text not null,
  failure_codeunit text,
  due timestamptz not null,
  record jsonb,
  attempt integer not null,
  error jsonb not null,
  created_at timestamptz not null,
  failed_at timestamptz not null default clock_timestamp()
);
create index failed_task_failed on nightshift.failed_task (lane, failed_at desc, id desc);

-- Creates tasks; doing so twice with the same ids creates them once.
create function nightshift_session.create_tasks(p_user integer, p_company integer, p_tasks jsonb, p_now timestamptz)
returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform nightshift.check_caller(p_user, p_company);
  insert into nightshift.scheduled_task
    (id, lane, user_no, codeunit, failure_codeunit, ready, due, record, timeout_ms)
  select t.id, p_company, p_user, t.codeunit, t.failure_codeunit, t.ready,
    coalesce(t.due, p_now, clock_timestamp()), t.record, t.timeout_ms
  from jsonb_to_recordset(p_tasks) as t(id uuid, codeunit text, failure_codeunit text, ready boolean,
    due timestamptz, record jsonb, timeout_ms bigint)
  on conflict (id) do nothing;
end
$$;

create function nightshift_session.set_task_ready(p_user integer, p_company integer, p_task uuid, p_due timestamptz)
returns boolean language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform nightshift.check_caller(p_user, p_company);
  update nightshift.scheduled_task set ready = true, due = coalesce(p_due, due)
  where id = p_task and lane = p_company and claim is null;
  return found;
end
$$;

create function nightshift_session.task_exists(p_user integer, p_company integer, p_task uuid)
returns boolean language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform nightshift.check_caller(p_user, p_company);
  return exists (select from nightshift.scheduled_task where id = p_task and lane = p_company);
end
$$;

-- Pending tasks only: one that runs is stopped by stopping its session. Returns the codeunit of what was removed.
create function nightshift_session.cancel_task(p_user integer, p_company integer, p_task uuid)
returns text language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_codeunit text;
begin
  perform nightshift.check_caller(p_user, p_company);
  delete from nightshift.scheduled_task where id = p_task and lane = p_company and claim is null
  returning codeunit into v_codeunit;
  return v_codeunit;
end
$$;

-- The functions below are planned once per connection, perhaps while the table is empty; without enable_seqscan = off
-- that plan would read the whole backlog for one row.

-- Goes before every COMMIT in the middle of a run, in the same pipeline. It raises, because a row count would come
-- too late: the COMMIT behind it is already sent.
create function nightshift_session.check_claim(p_task uuid, p_claim uuid)
returns void language plpgsql security definer set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
begin
  update nightshift.scheduled_task set commit_number = commit_number + 1 where id = p_task and claim = p_claim;
  if not found then
    raise exception 'the claim on task % is lost', p_task using errcode = 'NS001';
  end if;
end
$$;

-- Goes before the last COMMIT: the work and the end of its task are one.
create function nightshift_session.complete_task(p_task uuid, p_claim uuid)
returns void language plpgsql security definer set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
begin
  delete from nightshift.scheduled_task where id = p_task and claim = p_claim;
  if not found then
    raise exception 'the claim on task % is lost', p_task using errcode = 'NS001';
  end if;
end
$$;

revoke all on all functions in schema nightshift, nightshift_session from public;
