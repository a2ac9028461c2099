create table nightshift.job_queue_entry (
  id uuid primary key,
  -- Stable order, also for the order of locks.
  entry_no bigint generated always as identity unique,
  company_no integer not null references nightshift.company,
  object text not null,
  parameter_string text not null default '' check (char_length(parameter_string) <= 250),
  description text not null default '' check (char_length(description) <= 250),
  status text not null default 'On Hold' check (status in ('On Hold', 'Ready', 'In Process', 'Waiting',
    'On Hold with Inactivity Timeout', 'Error', 'Finished')),
  earliest_start timestamptz,
  expiration timestamptz,
  run_on_mondays boolean not null default false,
  run_on_tuesdays boolean not null default false,
  run_on_wednesdays boolean not null default false,
  run_on_thursdays boolean not null default false,
  run_on_fridays boolean not null default false,
  run_on_saturdays boolean not null default false,
  run_on_sundays boolean not null default false,
  -- Null is blank, which differs from midnight.
  starting_time time,
  ending_time time,
  minutes_between_runs integer not null default 0 check (minutes_between_runs >= 0),
  next_run_date_formula text,
  interval_from text not null default 'end-of-run' check (interval_from in ('starting-time', 'end-of-run')),
  time_zone text not null,
  language text not null,
  maximum_attempts integer not null default 0 check (maximum_attempts between 0 and 10),
  attempts integer not null default 0,
  rerun_delay_seconds integer not null default 0 check (rerun_delay_seconds between 0 and 3600),
  timeout_ms bigint not null,
  -- Who set it Ready: it runs as this user.
  run_as integer not null references nightshift.app_user (no),
  last_ready_at timestamptz,
  error jsonb,
  task_id uuid,
  -- Grows with every change by a person; a tick of the scheduler leaves it alone.
  version integer not null default 1,
  created_by integer not null references nightshift.app_user (no),
  created_at timestamptz not null default clock_timestamp()
);
create index job_queue_entry_company on nightshift.job_queue_entry (company_no, entry_no);
create index job_queue_entry_task on nightshift.job_queue_entry (task_id) where task_id is not null;

create table nightshift.job_queue_log_entry (
  no bigint generated always as identity primary key,
  company_no integer not null,
  entry_id uuid not null,
  entry_no bigint not null,
  task_id uuid,
  session_id integer not null,
  session_unique_id uuid not null,
  user_no integer not null,
  object text not null,
  parameter_string text not null,
  description text not null,
  status text not null check (status in ('In Process', 'Success', 'Error', 'Skipped', 'Stopped', 'Killed', 'Timeout',
    'Lost')),
  -- Which run of the entry's own attempts this is; 0 is the first.
  attempt integer not null,
  started_at timestamptz not null,
  ended_at timestamptz,
  note text,
  error jsonb,
  lines jsonb not null default '[]',
  progress jsonb
);
create index job_queue_log_entry_entry on nightshift.job_queue_log_entry (entry_id, no desc);
create index job_queue_log_entry_company on nightshift.job_queue_log_entry (company_no, no desc);
create index job_queue_log_entry_open on nightshift.job_queue_log_entry (task_id) where status = 'In Process';

create function nightshift_session.entry_read(p_user integer, p_company integer, p_entry uuid, p_lock boolean)
returns setof nightshift.job_queue_entry language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform nightshift.check_caller(p_user, p_company);
  if p_lock then
    return query select * from nightshift.job_queue_entry where id = p_entry and company_no = p_company for update;
  else
    return query select * from nightshift.job_queue_entry where id = p_entry and company_no = p_company;
  end if;
end
$$;

-- A new entry stands On Hold, whatever p_fields says.
create function nightshift_session.entry_create(p_user integer, p_company integer, p_fields jsonb)
returns setof nightshift.job_queue_entry language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  v nightshift.job_queue_entry := jsonb_populate_record(null::nightshift.job_queue_entry, p_fields);
begin
  perform nightshift.check_caller(p_user, p_company);
  return query insert into nightshift.job_queue_entry (id, company_no, object, parameter_string, description,
    earliest_start, expiration, run_on_mondays, run_on_tuesdays, run_on_wednesdays, run_on_thursdays, run_on_fridays,
    run_on_saturdays, run_on_sundays, starting_time, ending_time, minutes_between_runs, next_run_date_formula,
    interval_from, time_zone, language, maximum_attempts, rerun_delay_seconds, timeout_ms, run_as, created_by)
  values (v.id, p_company, v.object, v.parameter_string, v.description,
    v.earliest_start, v.expiration, v.run_on_mondays, v.run_on_tuesdays, v.run_on_wednesdays, v.run_on_thursdays,
    v.run_on_fridays, v.run_on_saturdays, v.run_on_sundays, v.starting_time, v.ending_time, v.minutes_between_runs,
    v.next_run_date_formula, v.interval_from, v.time_zone, v.language, v.maximum_attempts, v.rerun_delay_seconds,
    v.timeout_ms, p_user, p_user)
  returning *;
end
$$;

-- What a person may change: the plan of an entry and whether it is Ready. Runs and their outcomes are written by the
-- functions below, which demand a claim.
create function nightshift_session.entry_set_status(p_user integer, p_company integer, p_entry uuid, p_status text,
  p_fields jsonb)
returns setof nightshift.job_queue_entry language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  v nightshift.job_queue_entry;
begin
  perform nightshift.check_caller(p_user, p_company);
  if p_status not in ('Ready', 'On Hold') then
    raise exception 'a caller may not set status %', p_status using errcode = 'NS002';
  end if;
  select (jsonb_populate_record(e, p_fields)).* into v
  from nightshift.job_queue_entry e where id = p_entry and company_no = p_company;
  return query update nightshift.job_queue_entry set status = p_status, earliest_start = v.earliest_start,
    attempts = v.attempts, error = v.error, task_id = v.task_id, last_ready_at = v.last_ready_at,
    run_as = case p_status when 'Ready' then p_user else run_as end, version = version + 1
  where id = p_entry and company_no = p_company
  returning *;
end
$$;

-- A task that somebody removed was the plan of an entry: it stands On Hold then.
create function nightshift_session.entry_task_cancelled(p_user integer, p_company integer, p_task uuid)
returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform nightshift.check_caller(p_user, p_company);
  -- A run that waited for its next try has its log entry open still.
  update nightshift.job_queue_log_entry
  set status = 'Stopped', ended_at = clock_timestamp(), note = 'its task was removed before it ran again'
  where task_id = p_task and company_no = p_company and status = 'In Process';
  update nightshift.job_queue_entry set status = 'On Hold', task_id = null
  where task_id = p_task and company_no = p_company;
end
$$;

-- Proves that the caller runs the task now, and holds the proof until its transaction ends.
create function nightshift.demand_claim(p_task uuid, p_claim uuid) returns void
language plpgsql set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
begin
  perform from nightshift.scheduled_task where id = p_task and claim = p_claim for update;
  if not found then
    raise exception 'the claim on task % is lost', p_task using errcode = 'NS001';
  end if;
end
$$;

-- Opens the log entry of a run. Log entries that an earlier attempt of the same task left open are closed first.
create function nightshift_session.run_begin(p_task uuid, p_claim uuid, p_entry uuid, p_log jsonb, p_lost jsonb)
returns bigint language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  v nightshift.job_queue_log_entry := jsonb_populate_record(null::nightshift.job_queue_log_entry, p_log);
  v_no bigint;
begin
  perform nightshift.demand_claim(p_task, p_claim);
  update nightshift.job_queue_log_entry
  set status = p_lost ->> 'status', ended_at = v.started_at, error = p_lost -> 'error', note = p_lost ->> 'note'
  where task_id = p_task and status = 'In Process';
  update nightshift.job_queue_entry set status = 'In Process', error = null where id = p_entry;
  insert into nightshift.job_queue_log_entry (company_no, entry_id, entry_no, task_id, session_id, session_unique_id,
    user_no, object, parameter_string, description, status, attempt, started_at)
  select e.company_no, e.id, e.entry_no, p_task, v.session_id, v.session_unique_id,
    e.run_as, e.object, e.parameter_string, e.description, 'In Process', v.attempt, v.started_at
  from nightshift.job_queue_entry e where e.id = p_entry
  returning no into v_no;
  return v_no;
end
$$;

-- Writes the outcome of a run: the end of its open log entries, and what becomes of the entry.
create function nightshift_session.run_end(p_task uuid, p_claim uuid, p_entry uuid, p_log jsonb, p_fields jsonb)
returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  v nightshift.job_queue_entry;
begin
  perform nightshift.demand_claim(p_task, p_claim);
  update nightshift.job_queue_log_entry l set status = p_log ->> 'status', ended_at = (p_log ->> 'ended_at')::timestamptz,
    error = p_log -> 'error', note = p_log ->> 'note', lines = coalesce(p_log -> 'lines', l.lines),
    progress = p_log -> 'progress'
  where task_id = p_task and status = 'In Process';
  select (jsonb_populate_record(e, p_fields)).* into v from nightshift.job_queue_entry e where id = p_entry;
  update nightshift.job_queue_entry set status = v.status, earliest_start = v.earliest_start, attempts = v.attempts,
    error = v.error, task_id = v.task_id
  where id = p_entry;
end
$$;

-- A log entry without a run, or of a run in the foreground, which has no task.
create function nightshift_session.log_add(p_user integer, p_company integer, p_entry uuid, p_log jsonb)
returns bigint language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  v nightshift.job_queue_log_entry := jsonb_populate_record(null::nightshift.job_queue_log_entry, p_log);
  v_no bigint;
begin
  perform nightshift.check_caller(p_user, p_company);
  insert into nightshift.job_queue_log_entry (company_no, entry_id, entry_no, session_id, session_unique_id,
    user_no, object, parameter_string, description, status, attempt, started_at, ended_at, note, error, lines, progress)
  select e.company_no, e.id, e.entry_no, v.session_id, v.session_unique_id, p_user, e.object, e.parameter_string,
    e.description, v.status, v.attempt, v.started_at, v.ended_at, v.note, v.error, coalesce(v.lines, '[]'), v.progress
  from nightshift.job_queue_entry e where e.id = p_entry and e.company_no = p_company
  returning no into v_no;
  return v_no;
end
$$;

revoke all on all functions in schema nightshift, nightshift_session from public;
