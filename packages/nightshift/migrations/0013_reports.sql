-- Reports: codeunits that yield a document, and the inbox where it lands.

create domain nightshift.report_output_type as text check (value in ('PDF', 'XLSX', 'CSV', 'HTML'));

alter table nightshift.job_queue_entry
  -- What its report yields; None: it only runs. Null: it runs a codeunit.
  add column report_output_type text check (report_output_type in ('PDF', 'XLSX', 'CSV', 'HTML', 'None'));

-- As before, and what a report yields.
create or replace function nightshift_session.entry_create(p_user integer, p_company integer, p_fields jsonb)
returns setof nightshift.job_queue_entry language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  v nightshift.job_queue_entry := jsonb_populate_record(null::nightshift.job_queue_entry, p_fields);
begin
  perform nightshift.check_caller(p_user, p_company);
  if current_setting('role') <> 'none'
      and not nightshift.has_set(p_user, p_company, '{SUPER,Job Queue Admin,Job Queue Run}') then
    raise exception 'user % may not create job queue entries', p_user using errcode = 'NS002';
  end if;
  perform nightshift.ensure_category(p_company, v.category_code);
  return query insert into nightshift.job_queue_entry (id, company_no, object_type, object, parameter_string, parameters,
    record_table, record_key, description, earliest_start, expiration, run_on_mondays, run_on_tuesdays, run_on_wednesdays,
    run_on_thursdays, run_on_fridays, run_on_saturdays, run_on_sundays, starting_time, ending_time, minutes_between_runs,
    next_run_date_formula, cron, interval_from, missed_runs, after_final_error, time_zone, language, maximum_attempts,
    rerun_delay_seconds, timeout_ms, inactivity_timeout_minutes, manual_recurrence, category_code, priority,
    notify_on_success, expected_duration_ms, keep_log_days, tags, owner_no, declared_by, declared_name, declared_as, run_as,
    created_by, status_by, report_output_type)
  values (v.id, p_company, v.object_type, v.object, v.parameter_string, v.parameters,
    v.record_table, v.record_key, v.description, v.earliest_start, v.expiration, v.run_on_mondays, v.run_on_tuesdays,
    v.run_on_wednesdays, v.run_on_thursdays, v.run_on_fridays, v.run_on_saturdays, v.run_on_sundays, v.starting_time,
    v.ending_time, v.minutes_between_runs, v.next_run_date_formula, v.cron, v.interval_from, v.missed_runs,
    v.after_final_error, v.time_zone, v.language, v.maximum_attempts, v.rerun_delay_seconds, v.timeout_ms,
    v.inactivity_timeout_minutes, v.manual_recurrence, v.category_code, v.priority, v.notify_on_success,
    v.expected_duration_ms, v.keep_log_days, v.tags, v.owner_no, v.declared_by, v.declared_name, v.declared_as, p_user, p_user, p_user,
    v.report_output_type)
  returning *;
end
$$;

create or replace function nightshift_session.entry_modify(p_user integer, p_company integer, p_entry uuid, p_version integer,
  p_fields jsonb)
returns setof nightshift.job_queue_entry language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  e nightshift.job_queue_entry;
  v nightshift.job_queue_entry;
begin
  perform nightshift.check_caller(p_user, p_company);
  if not nightshift.may_change_entry(p_user, p_company, p_entry) then
    raise exception 'user % may not change this job queue entry', p_user using errcode = 'NS002';
  end if;
  e := nightshift.lock_entry(p_company, p_entry);
  if e.id is null or e.status <> 'On Hold' or e.task_id is not null or e.version <> coalesce(p_version, e.version) then
    return;
  end if;
  v := jsonb_populate_record(e, p_fields);
  perform nightshift.ensure_category(p_company, v.category_code);
  return query update nightshift.job_queue_entry set object_type = v.object_type, object = v.object,
    parameter_string = v.parameter_string, parameters = v.parameters, record_table = v.record_table,
    record_key = v.record_key, description = v.description, earliest_start = v.earliest_start, expiration = v.expiration,
    run_on_mondays = v.run_on_mondays, run_on_tuesdays = v.run_on_tuesdays, run_on_wednesdays = v.run_on_wednesdays,
    run_on_thursdays = v.run_on_thursdays, run_on_fridays = v.run_on_fridays, run_on_saturdays = v.run_on_saturdays,
    run_on_sundays = v.run_on_sundays, starting_time = v.starting_time, ending_time = v.ending_time,
    minutes_between_runs = v.minutes_between_runs, next_run_date_formula = v.next_run_date_formula, cron = v.cron,
    interval_from = v.interval_from, missed_runs = v.missed_runs, after_final_error = v.after_final_error,
    time_zone = v.time_zone, maximum_attempts = v.maximum_attempts, rerun_delay_seconds = v.rerun_delay_seconds,
    timeout_ms = v.timeout_ms, inactivity_timeout_minutes = v.inactivity_timeout_minutes,
    manual_recurrence = v.manual_recurrence, category_code = v.category_code, priority = v.priority,
    notify_on_success = v.notify_on_success, expected_duration_ms = v.expected_duration_ms, tags = v.tags,
    keep_log_days = v.keep_log_days, keep_log_changed = e.keep_log_changed or v.keep_log_days is distinct from e.keep_log_days,
    owner_no = v.owner_no, report_output_type = v.report_output_type, declared_as = v.declared_as, attempts = 0, last_ready_at = null,
    -- Whoever changes what runs is whom it runs as, until somebody sets it Ready.
    run_as = case when (v.object_type, v.object, v.parameter_string, v.parameters, v.record_table, v.record_key)
        is distinct from (e.object_type, e.object, e.parameter_string, e.parameters, e.record_table, e.record_key)
      then p_user else e.run_as end,
    version = e.version + 1
  where id = p_entry
  returning *;
end
$$;

create or replace function nightshift_session.entry_find_same(p_user integer, p_company integer, p_fields jsonb, p_recurring boolean)
returns uuid language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  v nightshift.job_queue_entry := jsonb_populate_record(null::nightshift.job_queue_entry, p_fields);
  found_id uuid;
begin
  perform nightshift.check_caller(p_user, p_company);
  perform pg_advisory_xact_lock(hashtextextended(jsonb_build_array('nightshift enqueue', p_company, v.object,
    v.parameter_string, v.parameters, v.report_output_type, v.record_table, v.record_key)::text, 0));
  select e.id into found_id from nightshift.job_queue_entry e
  where e.company_no = p_company and e.object = v.object and e.parameter_string = v.parameter_string
    and nullif(e.parameters, 'null') is not distinct from nullif(v.parameters, 'null')
    and e.report_output_type is not distinct from v.report_output_type
    and (e.record_table, nullif(e.record_key, 'null')) is not distinct from (v.record_table, nullif(v.record_key, 'null'))
    and p_recurring = (e.run_on_mondays or e.run_on_tuesdays or e.run_on_wednesdays or e.run_on_thursdays
      or e.run_on_fridays or e.run_on_saturdays or e.run_on_sundays or e.next_run_date_formula is not null
      or e.cron is not null)
    and not (p_recurring and e.status = 'Finished')
  order by e.status = 'Finished', e.entry_no limit 1;
  return found_id;
end
$$;

-- Documents that reports have yielded, each for the user as whom its report ran.
create table nightshift.report_inbox (
  no bigint generated always as identity primary key,
  company_no integer not null references nightshift.company on delete cascade,
  user_no integer not null references nightshift.app_user,
  report text not null check (char_length(report) between 1 and 100),
  description text not null check (char_length(description) <= 250),
  output_type nightshift.report_output_type not null,
  file_name text not null check (char_length(file_name) between 1 and 200),
  content bytea not null check (octet_length(content) <= 26214400),
  size integer not null generated always as (octet_length(content)) stored,
  created_at timestamptz not null,
  -- The entry whose run it was; null: none.
  entry_id uuid,
  entry_no bigint,
  session_unique_id uuid not null,
  -- When its user fetched it first, or said so.
  read_at timestamptz
);
create index report_inbox_of_user on nightshift.report_inbox (company_no, user_no, no desc);
create index report_inbox_of_company on nightshift.report_inbox (company_no, no desc);
create index report_inbox_of_session on nightshift.report_inbox (session_unique_id);
create index report_inbox_old on nightshift.report_inbox (created_at, no);

-- Puts a document into the inbox of whoever calls: p_facts has its columns but the content.
create function nightshift_session.report_file(p_user integer, p_company integer, p_facts jsonb, p_content bytea,
  p_now timestamptz) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  v nightshift.report_inbox := jsonb_populate_record(null::nightshift.report_inbox, p_facts);
  v_no bigint;
begin
  perform nightshift.check_caller(p_user, p_company);
  insert into nightshift.report_inbox (company_no, user_no, report, description, output_type, file_name, content, created_at,
    entry_id, entry_no, session_unique_id)
  values (p_company, p_user, v.report, v.description, v.output_type, v.file_name, p_content,
    coalesce(p_now, clock_timestamp()), v.entry_id, v.entry_no, v.session_unique_id)
  returning no into v_no;
  return v_no;
end
$$;
revoke all on function nightshift_session.report_file(integer, integer, jsonb, bytea, timestamptz) from public;
