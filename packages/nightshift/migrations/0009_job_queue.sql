-- The whole of the job queue: categories, every field of an entry, a log that answers questions.

-- Of the entries of one category at most `parallelism` run at a time. Its row is the lock of all that comes into In Process
-- or Waiting or leaves them: category first, then entries by number, then tasks.
create table nightshift.job_queue_category (
  company_no integer not null references nightshift.company on delete cascade,
  code text not null check (char_length(code) between 1 and 20),
  description text not null default '' check (char_length(description) <= 100),
  parallelism integer not null default 1 check (parallelism between 1 and 100),
  version integer not null default 1,
  primary key (company_no, code)
);

-- What the columns of entries and log entries may hold. As domains, because PostgreSQL reads each check of a table anew for every
-- statement that changes a row, whichever columns it changes; a domain is looked at when one of its values is given.
create domain nightshift.text_250 as text check (char_length(value) <= 250);
create domain nightshift.entry_status as text check (value in ('On Hold', 'Ready', 'In Process', 'Waiting',
  'On Hold with Inactivity Timeout', 'Error', 'Finished'));
create domain nightshift.object_type as text check (value in ('codeunit', 'report'));
create domain nightshift.interval_from as text check (value in ('starting-time', 'end-of-run'));
create domain nightshift.cron_expression as text check (char_length(value) <= 100);
create domain nightshift.missed_runs as text check (value in ('skip', 'run-once'));
create domain nightshift.after_final_error as text check (value in ('stop', 'continue-schedule'));
create domain nightshift.minutes_between_runs as integer check (value >= 0);
create domain nightshift.attempts_max as integer check (value between 0 and 10);
create domain nightshift.rerun_delay_seconds as integer check (value between 0 and 3600);
create domain nightshift.inactivity_timeout_minutes as integer check (value between 5 and 525600);
-- The lower the sooner: High 1000, Normal 2000, Low 3000.
create domain nightshift.entry_priority as smallint check (value in (1000, 2000, 3000));
create domain nightshift.duration_ms as bigint check (value > 0);
create domain nightshift.entry_parameters as jsonb check (octet_length(value::text) <= 8192);
create domain nightshift.table_name as text check (char_length(value) <= 63);
create domain nightshift.record_key as jsonb check (octet_length(value::text) <= 2048);
create domain nightshift.tags as text[] check (cardinality(value) <= 20);
create domain nightshift.keep_days as integer check (value between 1 and 3650);
create domain nightshift.run_status as text check (value in ('In Process', 'Success', 'Error', 'Skipped', 'Stopped', 'Killed',
  'Timeout', 'Lost'));
create domain nightshift.run_phase as text check (value in ('before start', 'in the object', 'at commit', 'in the error handler'));
create domain nightshift.run_trigger as text check (value in ('schedule', 'person', 'API', 'retry'));

alter table nightshift.job_queue_entry
  drop constraint job_queue_entry_parameter_string_check,
  drop constraint job_queue_entry_description_check,
  drop constraint job_queue_entry_status_check,
  drop constraint job_queue_entry_minutes_between_runs_check,
  drop constraint job_queue_entry_interval_from_check,
  drop constraint job_queue_entry_maximum_attempts_check,
  drop constraint job_queue_entry_rerun_delay_seconds_check,
  alter column parameter_string type nightshift.text_250,
  alter column description type nightshift.text_250,
  alter column status type nightshift.entry_status,
  alter column minutes_between_runs type nightshift.minutes_between_runs,
  alter column interval_from type nightshift.interval_from,
  alter column maximum_attempts type nightshift.attempts_max,
  alter column rerun_delay_seconds type nightshift.rerun_delay_seconds;

alter table nightshift.job_queue_entry
  add column object_type nightshift.object_type not null default 'codeunit',
  -- Besides the parameter string: by the codeunit's own schema.
  add column parameters nightshift.entry_parameters,
  -- A row of the application that the run is about: its table and key.
  add column record_table nightshift.table_name,
  add column record_key nightshift.record_key,
  add column cron nightshift.cron_expression,
  add column missed_runs nightshift.missed_runs not null default 'run-once',
  add column after_final_error nightshift.after_final_error not null default 'stop',
  -- How long it rests after a run that found nothing to do.
  add column inactivity_timeout_minutes nightshift.inactivity_timeout_minutes not null default 5,
  -- Its object plans the next run itself.
  add column manual_recurrence boolean not null default false,
  add column category_code text,
  add column priority nightshift.entry_priority not null default 2000,
  add column notify_on_success boolean not null default false,
  -- Longer than this, and somebody should look; null: three times the median of its runs.
  add column expected_duration_ms nightshift.duration_ms,
  add column tags nightshift.tags not null default '{}',
  -- Who answers for it; null: nobody in particular.
  add column owner_no integer references nightshift.app_user,
  -- Its place in its category while it runs, whatever its status says.
  add column category_slot smallint,
  add column waiting_since timestamptz,
  -- Of the run that is under way.
  add column session_id integer,
  add column session_unique_id uuid,
  add column session_started_at timestamptz,
  -- Since when it has its status, and who gave it; null: nobody did.
  add column status_since timestamptz not null default clock_timestamp(),
  add column status_by integer references nightshift.app_user,
  -- Declared in the code of an application under this name; people own it from then on.
  add column declared_by text,
  add column declared_name text,
  -- What the code said when the entry was created or reset to code.
  add column declared_as jsonb,
  -- Days after which its log entries are removed, and the entry itself when it is Finished; null: as the installation says.
  add column keep_log_days nightshift.keep_days,
  -- Its log entries do not say so yet.
  add column keep_log_changed boolean not null default false,
  add constraint job_queue_entry_category foreign key (company_no, category_code)
    references nightshift.job_queue_category on update cascade,
  add constraint job_queue_entry_slot_of_category check (category_slot is null or category_code is not null),
  -- The end of its task frees it.
  add constraint job_queue_entry_slot_of_task check (category_slot is null or task_id is not null),
  add constraint job_queue_entry_declared check ((declared_by is null) = (declared_name is null));

-- No two runs at one place of a category.
create unique index job_queue_entry_slot on nightshift.job_queue_entry (company_no, category_code, category_slot)
  where category_slot is not null;
create index job_queue_entry_waiting on nightshift.job_queue_entry (company_no, category_code, priority, entry_no)
  where status = 'Waiting';
create unique index job_queue_entry_declaration
  on nightshift.job_queue_entry (company_no, declared_by, declared_name) where declared_by is not null;
-- What should have run and did not.
create index job_queue_entry_planned on nightshift.job_queue_entry (earliest_start, entry_no)
  where status in ('Ready', 'On Hold with Inactivity Timeout');

alter table nightshift.job_queue_log_entry
  drop constraint job_queue_log_entry_status_check,
  alter column status type nightshift.run_status,
  -- When the run was planned for; what passed until started_at it waited.
  add column planned_at timestamptz,
  -- Where a run failed.
  add column phase nightshift.run_phase,
  -- What set the run off.
  add column trigger nightshift.run_trigger not null default 'schedule',
  add column category_code text,
  add column instance_epoch uuid,
  add column instance_name text,
  add column codeunit_version text,
  add column parameters jsonb,
  -- The same for errors of one kind.
  add column fingerprint text,
  -- So many errors the run has reported, those that were not kept included.
  add column error_messages integer not null default 0,
  add column items_done bigint,
  add column items_total bigint,
  add column correlation_id uuid,
  -- As its entry says, which it may outlive.
  add column keep_days integer;
create index job_queue_log_entry_fingerprint on nightshift.job_queue_log_entry (company_no, fingerprint, no desc)
  where fingerprint is not null;

-- The register: the errors that a run has reported, in their order; gone with its log entry.
create table nightshift.job_queue_error_message (
  log_no bigint not null references nightshift.job_queue_log_entry on delete cascade,
  no integer not null,
  at timestamptz not null,
  codeunit text not null,
  code text,
  text text not null,
  record_table text,
  record_key jsonb,
  field text,
  details jsonb,
  primary key (log_no, no)
);

-- What a run has reported, as p_log says; of most there is nothing.
create function nightshift.error_messages_of(p_log_no bigint, p_log jsonb)
returns setof nightshift.job_queue_error_message
language sql stable set search_path = pg_catalog, pg_temp as $$
  select p_log_no, m.no::integer, (m.it ->> 'at')::timestamptz, m.it ->> 'codeunit', m.it ->> 'code', m.it ->> 'text',
    m.it -> 'context' ->> 'table', nullif(m.it -> 'context' -> 'key', 'null'), m.it ->> 'field',
    nullif(m.it -> 'details', 'null')
  from jsonb_array_elements(case jsonb_typeof(p_log -> 'messages') when 'array' then p_log -> 'messages' end)
    with ordinality m(it, no)
$$;
revoke all on function nightshift.error_messages_of(bigint, jsonb) from public;

-- What an entry runs, and when: the columns that people fill in. Of v, into a new or a present entry.
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
    created_by, status_by)
  values (v.id, p_company, v.object_type, v.object, v.parameter_string, v.parameters,
    v.record_table, v.record_key, v.description, v.earliest_start, v.expiration, v.run_on_mondays, v.run_on_tuesdays,
    v.run_on_wednesdays, v.run_on_thursdays, v.run_on_fridays, v.run_on_saturdays, v.run_on_sundays, v.starting_time,
    v.ending_time, v.minutes_between_runs, v.next_run_date_formula, v.cron, v.interval_from, v.missed_runs,
    v.after_final_error, v.time_zone, v.language, v.maximum_attempts, v.rerun_delay_seconds, v.timeout_ms,
    v.inactivity_timeout_minutes, v.manual_recurrence, v.category_code, v.priority, v.notify_on_success,
    v.expected_duration_ms, v.keep_log_days, v.tags, v.owner_no, v.declared_by, v.declared_name, v.declared_as, p_user, p_user, p_user)
  returning *;
end
$$;

-- A category that an entry names and that is not there yet comes into being with it.
create function nightshift.ensure_category(p_company integer, p_code text) returns void
language sql set search_path = pg_catalog, pg_temp as $$
  insert into nightshift.job_queue_category (company_no, code) select p_company, p_code where p_code is not null
  on conflict do nothing
$$;

-- Changes what an entry runs and when, while it is On Hold and nothing of it runs. p_version: what the caller has seen, null
-- for whatever there is. Answers with the entry as it is then; with none when it is not as p_version says or not On Hold.
create function nightshift_session.entry_modify(p_user integer, p_company integer, p_entry uuid, p_version integer,
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
    owner_no = v.owner_no, declared_as = v.declared_as, attempts = 0, last_ready_at = null,
    -- Whoever changes what runs is whom it runs as, until somebody sets it Ready.
    run_as = case when (v.object_type, v.object, v.parameter_string, v.parameters, v.record_table, v.record_key)
        is distinct from (e.object_type, e.object, e.parameter_string, e.parameters, e.record_table, e.record_key)
      then p_user else e.run_as end,
    version = e.version + 1
  where id = p_entry
  returning *;
end
$$;

-- Whatever changes the status notes when, unless it says so itself.
create function nightshift.entry_status_changed() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if new.status_since = old.status_since then
    new.status_since := clock_timestamp();
  end if;
  new.waiting_since := case new.status when 'Waiting' then new.status_since end;
  if new.status = 'In Process' then
    new.change_mark := null;
    new.changes_of := null;
  end if;
  return new;
end
$$;
create trigger status_changed before update of status on nightshift.job_queue_entry
  for each row when (old.status is distinct from new.status) execute function nightshift.entry_status_changed();

revoke all on function nightshift.ensure_category(integer, text), nightshift.entry_status_changed(),
  nightshift_session.entry_modify(integer, integer, uuid, integer, jsonb) from public;

-- Verbs of entries.

-- Deletes an entry of which nothing runs and whose plan was taken back. Its log entries stay, they hold what it was. A place
-- that it held all the same, because its task was lost, goes to the next. Answers whether it did, and with whom it is for.
create function nightshift_session.entry_delete(p_user integer, p_company integer, p_entry uuid)
returns table (deleted boolean, activated uuid, category text)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  e nightshift.job_queue_entry;
begin
  perform nightshift.check_caller(p_user, p_company);
  if not nightshift.may_change_entry(p_user, p_company, p_entry) then
    raise exception 'user % may not delete this job queue entry', p_user using errcode = 'NS002';
  end if;
  e := nightshift.lock_entry(p_company, p_entry);
  if e.id is null or exists (select from nightshift.scheduled_task where id = e.task_id) then
    return;
  end if;
  delete from nightshift.job_queue_entry where id = p_entry;
  return query select true, null::uuid, null::text;
  if e.category_slot is not null then
    return query select true, a.activated, a.category from nightshift.activate_category(e.company_no, e.category_code) a;
  end if;
end
$$;

-- A new entry, On Hold, with what people have filled in of another one.
create function nightshift_session.entry_copy(p_user integer, p_company integer, p_entry uuid, p_id uuid)
returns setof nightshift.job_queue_entry language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_fields jsonb;
begin
  perform nightshift.check_caller(p_user, p_company);
  if not nightshift.may_change_entry(p_user, p_company, p_entry) then
    raise exception 'user % may not copy this job queue entry', p_user using errcode = 'NS002';
  end if;
  select to_jsonb(e) || jsonb_build_object('id', p_id, 'declared_by', null, 'declared_name', null, 'declared_as', null)
  into v_fields from nightshift.job_queue_entry e where id = p_entry and company_no = p_company;
  if found then
    return query select * from nightshift_session.entry_create(p_user, p_company, v_fields);
  end if;
end
$$;

-- How soon an entry is taken that waits in its category. None while it runs.
create function nightshift_session.entry_set_priority(p_user integer, p_company integer, p_entry uuid, p_priority smallint)
returns setof nightshift.job_queue_entry language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform nightshift.check_caller(p_user, p_company);
  if not nightshift.may_change_entry(p_user, p_company, p_entry) then
    raise exception 'user % may not change this job queue entry', p_user using errcode = 'NS002';
  end if;
  perform nightshift.lock_entry(p_company, p_entry);
  return query update nightshift.job_queue_entry e set priority = p_priority, version = version + 1
  where id = p_entry and company_no = p_company and status <> 'In Process'
    and not exists (select from nightshift.scheduled_task t where t.id = e.task_id and t.claim is not null)
  returning *;
end
$$;

revoke all on function nightshift_session.entry_delete(integer, integer, uuid),
  nightshift_session.entry_copy(integer, integer, uuid, uuid),
  nightshift_session.entry_set_priority(integer, integer, uuid, smallint) from public;

-- Categories: at most so many of one run at a time, the others wait for their turn.

-- Locks an entry that may come into a place of its category or leave one: first the category, then the entry. Of any company
-- where p_company is null. An entry that changed its category while it was waited for is not for this transaction.
create function nightshift.lock_entry(p_company integer, p_entry uuid) returns nightshift.job_queue_entry
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v record;
  e nightshift.job_queue_entry;
begin
  select company_no, category_code into v from nightshift.job_queue_entry
  where id = p_entry and company_no = coalesce(p_company, company_no);
  if not found then
    return null;
  end if;
  if v.category_code is not null then
    -- Entries may be created meanwhile, which looks at the category.
    perform from nightshift.job_queue_category where company_no = v.company_no and code = v.category_code
    for no key update;
  end if;
  select * into e from nightshift.job_queue_entry where id = p_entry for update;
  if e.id is not null and e.category_code is distinct from v.category_code then
    raise exception 'the category of entry % changed meanwhile', e.entry_no using errcode = 'serialization_failure';
  end if;
  return e;
end
$$;

-- As before, with the lock of its category before that of the entry.
create or replace function nightshift_session.entry_read(p_user integer, p_company integer, p_entry uuid, p_lock boolean)
returns setof nightshift.job_queue_entry language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  e nightshift.job_queue_entry;
begin
  perform nightshift.check_caller(p_user, p_company);
  if p_lock then
    e := nightshift.lock_entry(p_company, p_entry);
    if e.id is not null then
      return next e;
    end if;
  else
    return query select * from nightshift.job_queue_entry where id = p_entry and company_no = p_company;
  end if;
end
$$;

-- The smallest free place of a category whose row is locked; null: as many as may be are held. Counted, because a category
-- that was narrowed still has runs at places beyond.
create function nightshift.free_slot(p_company integer, p_code text) returns smallint
language sql set search_path = pg_catalog, pg_temp as $$
  with held as materialized (
    select category_slot from nightshift.job_queue_entry
    where company_no = p_company and category_code = p_code and category_slot is not null
  )
  select min(slot)::smallint
  from nightshift.job_queue_category c cross join lateral generate_series(1, c.parallelism) slot
  where c.company_no = p_company and c.code = p_code and (select count(*) from held) < c.parallelism
    and slot not in (select category_slot from held)
$$;

-- Gives the free places of a category to those that wait for one, and sets their tasks ready: whoever frees a place calls this
-- last, in the same transaction. From then on an entry holds its place, so that nobody overtakes it before it begins. Answers
-- with those whose tasks can be claimed after the commit.
create function nightshift.activate_category(p_company integer, p_code text)
returns table (activated uuid, category text)
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_slot smallint;
  v record;
begin
  if p_code is null then
    return;
  end if;
  perform from nightshift.job_queue_category where company_no = p_company and code = p_code for no key update;
  loop
    select e.id, e.task_id into v from nightshift.job_queue_entry e
    where e.company_no = p_company and e.category_code = p_code and e.status = 'Waiting'
    order by e.priority, e.entry_no limit 1;
    exit when not found;
    v_slot := nightshift.free_slot(p_company, p_code);
    exit when v_slot is null;
    update nightshift.job_queue_entry e set status = 'Ready', category_slot = v_slot
    where e.id = v.id and e.status = 'Waiting';
    continue when not found;
    update nightshift.scheduled_task t set ready = true where t.id = v.task_id;
    if found then
      activated := v.id;
      category := p_code;
      return next;
    else
      update nightshift.job_queue_entry e set status = 'Error', category_slot = null, task_id = null,
        error = '{"code": "TASK_UNKNOWN", "name": "NightshiftError", "message": "Its task was not found.",
          "stack": null, "field": null, "causes": []}'
      where e.id = v.id;
    end if;
  end loop;
end
$$;

-- Adds a log entry with all that is known of it: what the entry says itself is taken from there.
create function nightshift.add_log_entry(e nightshift.job_queue_entry, p_task uuid, p_user integer, p_log jsonb)
returns bigint language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v nightshift.job_queue_log_entry := jsonb_populate_record(null::nightshift.job_queue_log_entry, p_log);
  v_no bigint;
begin
  insert into nightshift.job_queue_log_entry (company_no, entry_id, entry_no, task_id, session_id, session_unique_id,
    user_no, object, parameter_string, description, status, attempt, started_at, ended_at, note, error, lines, progress,
    planned_at, phase, trigger, category_code, instance_epoch, instance_name, codeunit_version, parameters,
    fingerprint, error_messages, items_done, items_total, correlation_id, keep_days)
  values (e.company_no, e.id, e.entry_no, p_task, v.session_id, v.session_unique_id,
    p_user, e.object, e.parameter_string, e.description, v.status, v.attempt, v.started_at, v.ended_at, v.note, v.error,
    coalesce(v.lines, '[]'), v.progress,
    v.planned_at, v.phase, coalesce(v.trigger, 'schedule'), e.category_code, v.instance_epoch, v.instance_name,
    v.codeunit_version, e.parameters, v.fingerprint, coalesce(v.error_messages, 0), v.items_done, v.items_total,
    v.correlation_id, e.keep_log_days)
  returning no into v_no;
  if p_log ? 'messages' then
    insert into nightshift.job_queue_error_message select m.* from nightshift.error_messages_of(v_no, p_log) m;
  end if;
  return v_no;
end
$$;

-- Writes into the open log entries of a task what p_log says; the other columns stay.
create function nightshift.close_log_entries(p_task uuid, p_log jsonb) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_no bigint;
begin
  for v_no in
    update nightshift.job_queue_log_entry l
    set (status, ended_at, note, error, lines, progress, planned_at, phase, trigger, instance_epoch, instance_name,
        codeunit_version, fingerprint, error_messages, items_done, items_total, correlation_id) =
      (select v.status, v.ended_at, v.note, v.error, coalesce(v.lines, l.lines), v.progress, v.planned_at, v.phase,
        coalesce(v.trigger, l.trigger), v.instance_epoch, v.instance_name, v.codeunit_version, v.fingerprint,
        coalesce(v.error_messages, l.error_messages), v.items_done, v.items_total, v.correlation_id
      from jsonb_populate_record(l, p_log) v)
    where l.task_id = p_task and l.status = 'In Process'
    returning no
  loop
    if p_log ? 'messages' then
      insert into nightshift.job_queue_error_message select m.* from nightshift.error_messages_of(v_no, p_log) m;
    end if;
  end loop;
end
$$;

-- As before: takes a place of the entry's category, unless it holds one already, notes the session, and opens the log entry
-- with all that p_log says. Answers with its number, and with what run_end is told when nobody was to change the entry
-- meanwhile; with nothing when the category is full: nothing was written then.
drop function nightshift_session.run_begin(uuid, uuid, uuid, jsonb, jsonb);
create function nightshift_session.run_begin(p_task uuid, p_claim uuid, p_entry uuid, p_log jsonb, p_lost jsonb)
returns table (no bigint, seen xid) language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  e nightshift.job_queue_entry := nightshift.lock_entry(null, p_entry);
begin
  perform nightshift.demand_claim(p_task, p_claim);
  if e.category_code is not null and e.category_slot is null then
    e.category_slot := nightshift.free_slot(e.company_no, e.category_code);
    if e.category_slot is null then
      return;
    end if;
  end if;
  -- Like the claim: when the server crashes before the disk has it, the run has lost its connection, and begins anew.
  perform set_config('synchronous_commit', 'off', true);
  if exists (select from nightshift.job_queue_log_entry l where l.task_id = p_task and l.status = 'In Process') then
    perform nightshift.close_log_entries(p_task, p_lost || jsonb_build_object('ended_at', p_log -> 'started_at'));
  end if;
  update nightshift.job_queue_entry set status = 'In Process', error = null, category_slot = e.category_slot,
    session_id = (p_log ->> 'session_id')::integer, session_unique_id = (p_log ->> 'session_unique_id')::uuid,
    session_started_at = (p_log ->> 'started_at')::timestamptz
  where id = p_entry
  returning xmin into seen;
  no := nightshift.add_log_entry(e, p_task, e.run_as, p_log || '{"status": "In Process"}');
  return next;
end
$$;

-- The category is full: the entry waits with a task that is not ready, until a place is given to it.
create function nightshift_session.run_wait(p_task uuid, p_claim uuid, p_entry uuid, p_next uuid) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform nightshift.lock_entry(null, p_entry);
  perform nightshift.demand_claim(p_task, p_claim);
  update nightshift.job_queue_entry set status = 'Waiting', task_id = p_next where id = p_entry and task_id = p_task;
end
$$;

-- As before, with all columns of the log. A run that was the entry's own frees its place, for those that it answers with.
-- p_seen: of run_begin, when p_fields rest on the entry as it was then; if it was changed since, nothing is done, which a row
-- with `changed` says. p_next: the task of the next run, as p_user.
drop function nightshift_session.run_end(uuid, uuid, uuid, jsonb, jsonb);
create function nightshift_session.run_end(p_task uuid, p_claim uuid, p_entry uuid, p_log jsonb, p_fields jsonb,
  p_seen xid default null, p_user integer default null, p_next jsonb default null, p_now timestamptz default null)
returns table (activated uuid, category text, changed boolean)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  e nightshift.job_queue_entry := nightshift.lock_entry(null, p_entry);
  v nightshift.job_queue_entry;
  v_is_own boolean := e.task_id is not distinct from p_task;
begin
  perform nightshift.demand_claim(p_task, p_claim);
  if p_seen is not null and not exists (
    select from nightshift.job_queue_entry where id = p_entry and xmin = p_seen
  ) then
    return query select null::uuid, null, true;
    return;
  end if;
  perform nightshift.close_log_entries(p_task, p_log);
  if e.id is null then
    return;
  end if;
  v := jsonb_populate_record(e, p_fields);
  if v_is_own then
    v.category_slot := null;
    v.session_id := null;
    v.session_unique_id := null;
    v.session_started_at := null;
    if not p_fields ? 'task_id' then
      v.task_id := null;
    end if;
  end if;
  if p_next is not null then
    perform from nightshift_session.create_tasks(p_user, e.company_no, p_next, p_now);
  end if;
  update nightshift.job_queue_entry set status = v.status, earliest_start = v.earliest_start, attempts = v.attempts,
    error = v.error, task_id = v.task_id, category_slot = v.category_slot, session_id = v.session_id,
    session_unique_id = v.session_unique_id, session_started_at = v.session_started_at,
    status_since = case v.status when e.status then e.status_since
      else coalesce((p_log ->> 'ended_at')::timestamptz, clock_timestamp()) end
  where id = p_entry;
  if v_is_own and (p_fields ? 'alert'
      or (p_log ->> 'status' = 'Success' and (e.failing_since is not null or e.notify_on_success))) then
    perform nightshift.tell_of_run(e, p_log, p_fields ->> 'alert');
  end if;
  if v_is_own then
    return query select a.*, false from nightshift.activate_category(e.company_no, e.category_code) a;
  end if;
end
$$;

-- As before, with all columns of the log.
create or replace function nightshift_session.log_add(p_user integer, p_company integer, p_entry uuid, p_log jsonb)
returns bigint language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  e nightshift.job_queue_entry;
begin
  perform nightshift.check_caller(p_user, p_company);
  select * into e from nightshift.job_queue_entry where id = p_entry and company_no = p_company;
  if not found then
    return null;
  end if;
  return nightshift.add_log_entry(e, null, p_user, p_log);
end
$$;

-- Locks the entry whose plan a task is, before the task itself is locked.
create function nightshift.lock_entry_of_task(p_task uuid) returns nightshift.job_queue_entry
language sql set search_path = pg_catalog, pg_temp as $$
  select nightshift.lock_entry(null, (select id from nightshift.job_queue_entry where task_id = p_task))
$$;

-- As before. Where the task was the plan of an entry, that is locked first.
create or replace function nightshift_session.cancel_task(p_user integer, p_company integer, p_task uuid,
  p_own_only boolean default true)
returns table (answer text, codeunit text, user_no integer)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_task record;
begin
  perform nightshift.check_caller(p_user, p_company);
  perform nightshift.lock_entry_of_task(p_task);
  select t.user_no, t.codeunit into v_task from nightshift.scheduled_task t
  where t.id = p_task and t.lane = p_company and t.claim is null
  for update;
  if not found then
    return;
  elsif v_task.user_no <> p_user and (p_own_only
      or not nightshift.reaches_task(p_user, p_company, p_task, '{SUPER,Task Admin}')) then
    return query select 'foreign', v_task.codeunit, v_task.user_no;
    return;
  end if;
  -- Of a run that waited for its next try the task has what it has left behind.
  perform nightshift.close_log_entries(t.id, jsonb_build_object('lines', t.last_error -> 'lines',
    'error_messages', t.last_error -> 'errors' -> 'count', 'messages', t.last_error -> 'errors' -> 'kept'))
  from nightshift.scheduled_task t where t.id = p_task and t.last_error is not null;
  delete from nightshift.scheduled_task t where t.id = p_task;
  return query select 'done', v_task.codeunit, v_task.user_no;
end
$$;

-- As before. The entry may have held a place: one that had begun and waited for its next try, or one that a place had been
-- given to.
drop function nightshift_session.entry_task_cancelled(integer, integer, uuid);
create function nightshift_session.entry_task_cancelled(p_user integer, p_company integer, p_task uuid)
returns table (activated uuid, category text)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  e nightshift.job_queue_entry;
begin
  perform nightshift.check_caller(p_user, p_company);
  if exists (select from nightshift.scheduled_task where id = p_task) then
    raise exception 'task % was not cancelled', p_task using errcode = 'NS002';
  end if;
  e := nightshift.lock_entry_of_task(p_task);
  -- A run that waited for its next try has its log entry open still.
  update nightshift.job_queue_log_entry
  set status = 'Stopped', ended_at = clock_timestamp(), note = 'its task was removed before it ran again'
  where task_id = p_task and company_no = p_company and status = 'In Process';
  if e.company_no = p_company then
    update nightshift.job_queue_entry set status = 'On Hold', task_id = null, category_slot = null, session_id = null,
      session_unique_id = null, session_started_at = null
    where id = e.id;
    return query select * from nightshift.activate_category(e.company_no, e.category_code);
  end if;
end
$$;

-- The last resort, in the transaction that records a task's failure: its error handler failed too, or there was nobody as
-- whom it could run. A run that did not even begin leaves a log entry as well.
create function nightshift.fail_entry_of_task(p_task uuid, p_status text, p_error jsonb, p_now timestamptz, p_more jsonb)
returns table (activated uuid, category text)
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  e nightshift.job_queue_entry := nightshift.lock_entry_of_task(p_task);
  v_now timestamptz := coalesce(p_now, clock_timestamp());
  v_closes boolean := exists (
    select from nightshift.job_queue_log_entry where task_id = p_task and job_queue_log_entry.status = 'In Process');
  v_failed boolean := e.status in ('Ready', 'In Process', 'Waiting', 'On Hold with Inactivity Timeout');
begin
  perform nightshift.close_log_entries(p_task,
    p_more || jsonb_build_object('status', p_status, 'ended_at', v_now, 'error', p_error));
  if e.id is null then
    return;
  end if;
  if v_failed and not v_closes then
    perform nightshift.add_log_entry(e, p_task, e.run_as, p_more || jsonb_build_object('session_id', 0, 'session_unique_id', p_task,
      'status', p_status, 'attempt', e.attempts, 'started_at', v_now, 'ended_at', v_now, 'note', 'did not begin',
      'error', p_error, 'phase', 'before start', 'planned_at', e.earliest_start));
  end if;
  update nightshift.job_queue_entry j set status = case when v_failed then 'Error' else j.status end,
    error = case when v_failed then p_error else j.error end, task_id = null, category_slot = null, session_id = null,
    session_unique_id = null, session_started_at = null, status_since = case when v_failed then v_now else j.status_since end
  where j.id = e.id;
  -- Whoever has stopped it knows.
  if v_failed and p_status <> 'Stopped' then
    perform nightshift.tell_of_run(e, p_more || jsonb_build_object('ended_at', v_now, 'error', p_error), 'failed');
  end if;
  return query select * from nightshift.activate_category(e.company_no, e.category_code);
end
$$;

-- What may be done to the categories of a company, by those who may do it. p_fields: description and parallelism.
create function nightshift.check_categories(p_user integer, p_company integer) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  perform nightshift.check_caller(p_user, p_company);
  if current_setting('role') <> 'none' and not nightshift.has_set(p_user, p_company, '{SUPER,Job Queue Admin}') then
    raise exception 'user % may not change categories', p_user using errcode = 'NS002';
  end if;
end
$$;

-- Answers with no row when there is one of this code.
create function nightshift_session.category_create(p_user integer, p_company integer, p_code text, p_fields jsonb)
returns setof nightshift.job_queue_category
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform nightshift.check_categories(p_user, p_company);
  return query insert into nightshift.job_queue_category (company_no, code, description, parallelism)
  select p_company, p_code, v.description, v.parallelism
  from jsonb_populate_record(null::nightshift.job_queue_category, p_fields) v
  on conflict do nothing
  returning *;
end
$$;

-- The row of a category, locked: for a change of its code, too.
create function nightshift_session.category_lock(p_user integer, p_company integer, p_code text)
returns setof nightshift.job_queue_category
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform nightshift.check_categories(p_user, p_company);
  return query select * from nightshift.job_queue_category where company_no = p_company and code = p_code for update;
end
$$;

-- Of a category that is locked. A new code goes on to its entries, new places to those that wait.
create function nightshift_session.category_modify(p_user integer, p_company integer, p_code text, p_fields jsonb)
returns table (activated uuid, category text)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  v nightshift.job_queue_category;
begin
  perform nightshift.check_categories(p_user, p_company);
  select (jsonb_populate_record(c, p_fields)).* into v
  from nightshift.job_queue_category c where company_no = p_company and code = p_code for update;
  if not found then
    return;
  end if;
  update nightshift.job_queue_category c set code = v.code, description = v.description, parallelism = v.parallelism,
    version = c.version + 1
  where company_no = p_company and code = p_code;
  return query select * from nightshift.activate_category(p_company, v.code);
end
$$;

-- Answers with how many entries name it: none, and it is gone.
create function nightshift_session.category_delete(p_user integer, p_company integer, p_code text) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_entries bigint;
begin
  perform nightshift.check_categories(p_user, p_company);
  perform from nightshift.job_queue_category where company_no = p_company and code = p_code for update;
  select count(*) into v_entries from nightshift.job_queue_entry where company_no = p_company and category_code = p_code;
  if v_entries = 0 then
    delete from nightshift.job_queue_category where company_no = p_company and code = p_code;
  end if;
  return v_entries;
end
$$;

revoke all on function nightshift.lock_entry(integer, uuid), nightshift.free_slot(integer, text),
  nightshift.activate_category(integer, text), nightshift.lock_entry_of_task(uuid),
  nightshift.add_log_entry(nightshift.job_queue_entry, uuid, integer, jsonb),
  nightshift.close_log_entries(uuid, jsonb), nightshift.fail_entry_of_task(uuid, text, jsonb, timestamptz, jsonb),
  nightshift.check_categories(integer, integer),
  nightshift_session.run_begin(uuid, uuid, uuid, jsonb, jsonb), nightshift_session.run_wait(uuid, uuid, uuid, uuid),
  nightshift_session.run_end(uuid, uuid, uuid, jsonb, jsonb, xid, integer, jsonb, timestamptz),
  nightshift_session.entry_task_cancelled(integer, integer, uuid),
  nightshift_session.category_create(integer, integer, text, jsonb),
  nightshift_session.category_lock(integer, integer, text),
  nightshift_session.category_modify(integer, integer, text, jsonb),
  nightshift_session.category_delete(integer, integer, text) from public;

-- Runs.

-- As before. Also what waits for its place, and what rests because there was nothing to do, goes on to its next run.
create or replace function nightshift_session.create_tasks(p_user integer, p_company integer, p_tasks jsonb, p_now timestamptz)
returns table (wanted uuid, present uuid, present_codeunit text)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform nightshift.check_caller(p_user, p_company);
  if not nightshift.may_schedule(p_user) and exists (
    select from jsonb_array_elements(p_tasks) as t(task)
    where t.task ->> 'codeunit' <> 'Job Queue Dispatcher' or not exists (
      select from nightshift.job_queue_entry e
      where e.id = (t.task -> 'record' ->> 'entryId')::uuid and e.company_no = p_company and e.run_as = p_user
        and e.status in ('Ready', 'In Process', 'Waiting', 'On Hold with Inactivity Timeout')
    )
  ) then
    perform nightshift.check_schedules(p_user);
  end if;
  return query select * from nightshift.insert_tasks(p_user, p_company, p_tasks, p_now);
end
$$;

-- An entry that rests because there was nothing to do runs now, as the user that it ran as before. Answers with the entry as
-- it is then; with none when it does not rest.
create function nightshift_session.entry_wake(p_user integer, p_company integer, p_entry uuid, p_now timestamptz)
returns setof nightshift.job_queue_entry language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  e nightshift.job_queue_entry;
begin
  perform nightshift.check_caller(p_user, p_company);
  if not nightshift.may_change_entry(p_user, p_company, p_entry) then
    raise exception 'user % may not wake this job queue entry', p_user using errcode = 'NS002';
  end if;
  e := nightshift.lock_entry(p_company, p_entry);
  if e.id is null or e.status <> 'On Hold with Inactivity Timeout' then
    return;
  end if;
  return query select * from nightshift.end_rest(e, p_now);
end
$$;
revoke all on function nightshift_session.entry_wake(integer, integer, uuid, timestamptz) from public;

-- Enqueuing: work that is asked for twice is one entry.
create index job_queue_entry_object on nightshift.job_queue_entry (company_no, object);

-- The entry with the same work as p_fields, the oldest of those that are not Finished first; null: there is none. Whoever asks
-- for the same waits until the transaction ends, and then finds what it has made. A recurring entry that is Finished is over.
create function nightshift_session.entry_find_same(p_user integer, p_company integer, p_fields jsonb, p_recurring boolean)
returns uuid language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  v nightshift.job_queue_entry := jsonb_populate_record(null::nightshift.job_queue_entry, p_fields);
  found_id uuid;
begin
  perform nightshift.check_caller(p_user, p_company);
  perform pg_advisory_xact_lock(hashtextextended(jsonb_build_array('nightshift enqueue', p_company, v.object,
    v.parameter_string, v.parameters, v.record_table, v.record_key)::text, 0));
  select e.id into found_id from nightshift.job_queue_entry e
  where e.company_no = p_company and e.object = v.object and e.parameter_string = v.parameter_string
    and nullif(e.parameters, 'null') is not distinct from nullif(v.parameters, 'null')
    and (e.record_table, nullif(e.record_key, 'null')) is not distinct from (v.record_table, nullif(v.record_key, 'null'))
    and p_recurring = (e.run_on_mondays or e.run_on_tuesdays or e.run_on_wednesdays or e.run_on_thursdays
      or e.run_on_fridays or e.run_on_saturdays or e.run_on_sundays or e.next_run_date_formula is not null
      or e.cron is not null)
    and not (p_recurring and e.status = 'Finished')
  order by e.status = 'Finished', e.entry_no limit 1;
  return found_id;
end
$$;
revoke all on function nightshift_session.entry_find_same(integer, integer, jsonb, boolean) from public;

-- Entries declared in code. What an application has declared in a company: an entry that people delete does not come back.
create table nightshift.job_queue_declaration (
  company_no integer not null references nightshift.company on delete cascade,
  application text not null,
  name text not null,
  primary key (company_no, application, name)
);

-- Creates an entry that an application declares, On Hold, if it never did; in the name of the first user.
create function nightshift.declare_entry(p_company integer, p_application text, p_name text, p_columns jsonb) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  u nightshift.app_user;
begin
  insert into nightshift.job_queue_declaration values (p_company, p_application, p_name) on conflict do nothing;
  if not found then
    return;
  end if;
  select * into u from nightshift.app_user order by no limit 1;
  perform nightshift.ensure_category(p_company, p_columns->>'category_code');
  insert into nightshift.job_queue_entry overriding user value
  select (jsonb_populate_record(null::nightshift.job_queue_entry, jsonb_build_object('id', gen_random_uuid(),
    'company_no', p_company, 'status', 'On Hold', 'attempts', 0, 'version', 1, 'language', u.language, 'run_as', u.no,
    'created_by', u.no, 'status_since', clock_timestamp(), 'created_at', clock_timestamp(), 'declared_by', p_application,
    'declared_name', p_name, 'declared_as', p_columns, 'keep_log_changed', false) || p_columns)).*
  on conflict do nothing;
end
$$;
revoke all on function nightshift.declare_entry(integer, text, text, jsonb) from public;

-- Retention and watch.

-- What is too old, without a look at what is kept: by the days of the installation, and by its own. Of what runs there is no
-- end. An instant is the same in every time zone, so that an index may hold it as one of UTC.
create index job_queue_log_entry_old on nightshift.job_queue_log_entry (ended_at, no)
  where keep_days is null and ended_at is not null;
create index job_queue_log_entry_old_own on nightshift.job_queue_log_entry
  ((timezone('UTC', ended_at) + keep_days * interval '1 day'), no) where keep_days is not null and ended_at is not null;
create index job_queue_entry_finished on nightshift.job_queue_entry (status_since, entry_no)
  where status = 'Finished' and keep_log_days is null;
create index job_queue_entry_finished_own on nightshift.job_queue_entry
  ((timezone('UTC', status_since) + keep_log_days * interval '1 day'), entry_no)
  where status = 'Finished' and keep_log_days is not null;
create index job_queue_entry_keep_log_changed on nightshift.job_queue_entry (entry_no) where keep_log_changed;

-- What the watch over entries has told already: whichever server instance looks, each case is told once.
create table nightshift.job_queue_watch (
  no integer primary key check (no = 1),
  looked_at timestamptz,
  looks bigint not null default 0,
  told text[] not null default '{}'
);
insert into nightshift.job_queue_watch (no) values (1);

-- Hooks of the application.

-- The task whose run the hook beforeRun is done for: a run that is taken up again does not do it once more.
alter table nightshift.job_queue_entry add column hooked_task uuid;

create function nightshift_session.run_hook_marked(p_task uuid, p_claim uuid, p_entry uuid) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform nightshift.demand_claim(p_task, p_claim);
  return exists (select from nightshift.job_queue_entry where id = p_entry and hooked_task = p_task);
end
$$;

create function nightshift_session.run_hook_mark(p_task uuid, p_claim uuid, p_entry uuid) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform from nightshift.job_queue_entry where id = p_entry for update;
  perform nightshift.demand_claim(p_task, p_claim);
  update nightshift.job_queue_entry set hooked_task = p_task where id = p_entry and task_id = p_task;
end
$$;

-- Adds to the note of the log entry of a run.
create function nightshift_session.log_note(p_task uuid, p_claim uuid, p_entry uuid, p_note text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform nightshift.demand_claim(p_task, p_claim);
  update nightshift.job_queue_log_entry set note = concat_ws('; ', note, p_note)
  where no = (select max(no) from nightshift.job_queue_log_entry where task_id = p_task and entry_id = p_entry);
end
$$;

revoke all on function nightshift_session.run_hook_marked(uuid, uuid, uuid),
  nightshift_session.run_hook_mark(uuid, uuid, uuid),
  nightshift_session.log_note(uuid, uuid, uuid, text) from public;

-- Lists by pages: all, those of one status, and those that are not Finished, which may be few of many.
create index job_queue_entry_status on nightshift.job_queue_entry (company_no, status, entry_no);
create index job_queue_entry_unfinished on nightshift.job_queue_entry (company_no, entry_no) where status <> 'Finished';

-- Plans of functions are kept for the life of a connection, also those made while a table was nearly empty.
alter function nightshift.free_slot(integer, text) set enable_seqscan = off;
alter function nightshift.activate_category(integer, text) set enable_seqscan = off;
alter function nightshift.lock_entry(integer, uuid) set enable_seqscan = off;
alter function nightshift.lock_entry_of_task(uuid) set enable_seqscan = off;

-- Places and locks: what changes the status takes the category before the entry, like all that runs and waits.

-- As before. A plan whose task was lost is none: a place that it held goes to the next.
create or replace function nightshift_session.entry_set_status(p_user integer, p_company integer, p_entry uuid, p_status text,
  p_fields jsonb, p_now timestamptz)
returns setof nightshift.job_queue_entry language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  e nightshift.job_queue_entry;
  v nightshift.job_queue_entry;
  v_freed boolean;
begin
  perform nightshift.check_caller(p_user, p_company);
  if p_status not in ('Ready', 'On Hold') then
    raise exception 'a caller may not set status %', p_status using errcode = 'NS002';
  end if;
  if not nightshift.may_change_entry(p_user, p_company, p_entry) then
    raise exception 'user % may not change this job queue entry', p_user using errcode = 'NS002';
  end if;
  if p_status = 'Ready' and not exists (
    select from nightshift.app_user
    where no = p_user and state = 'enabled' and can_schedule and not is_delegated
      and (valid_until is null or valid_until > coalesce(p_now, clock_timestamp()))
  ) then
    raise exception 'user % may start no unattended work', p_user using errcode = 'NS002';
  end if;
  e := nightshift.lock_entry(p_company, p_entry);
  if e.id is null then
    return;
  end if;
  v := jsonb_populate_record(e, p_fields);
  if not exists (select from nightshift.scheduled_task t where t.id = v.task_id) then
    v.task_id := null;
  end if;
  v_freed := e.category_slot is not null and v.task_id is distinct from e.task_id;
  if v_freed then
    v.category_slot := null;
    v.session_id := null;
    v.session_unique_id := null;
    v.session_started_at := null;
  end if;
  perform nightshift.settle_approval(p_entry, p_user, p_status = 'Ready', p_now);
  return query update nightshift.job_queue_entry set status = p_status, earliest_start = v.earliest_start,
    attempts = v.attempts, error = v.error, task_id = v.task_id, category_slot = case when not v_freed then e.category_slot end,
    session_id = v.session_id, session_unique_id = v.session_unique_id, session_started_at = v.session_started_at,
    last_ready_at = v.last_ready_at,
    note = case p_status when 'Ready' then null else v.note end,
    run_as = case p_status when 'Ready' then p_user else run_as end, version = version + 1
  where id = p_entry and company_no = p_company
  returning *;
  if v_freed then
    -- Their tasks are due, and found by the next look.
    perform nightshift.activate_category(e.company_no, e.category_code);
  end if;
end
$$;

-- Tables whose changes wake entries that rest.

-- Which objects of an application are woken by changes of which tables, in every company.
create table nightshift.wake_declaration (
  application text not null,
  object text not null,
  table_name text not null,
  primary key (application, object, table_name)
);

-- A table of a company whose changes are counted, by the sequence nightshift.change_<no>. A sequence, since it counts what is
-- not committed too, is seen at once whatever snapshot somebody has, holds nobody up and leaves no rows behind.
create table nightshift.watched_table (
  no integer primary key generated always as identity,
  company_no integer not null references nightshift.company on delete cascade,
  name text not null,
  unique (company_no, name)
);

create function nightshift.watched_table_gone() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  execute format('drop sequence if exists nightshift.change_%s', old.no);
  return null;
end
$$;
create trigger gone after delete on nightshift.watched_table for each row execute function nightshift.watched_table_gone();

-- The counters of an entry's tables as they were when its run began, summed; null: somebody was changing one of them then, or
-- not all of them are counted.
alter table nightshift.job_queue_entry add column change_mark numeric, add column changes_of integer[];
create index job_queue_entry_resting on nightshift.job_queue_entry (id)
  where status = 'On Hold with Inactivity Timeout' and change_mark is not null;

-- Runs for whoever writes, with the rights of the platform. That a change cannot be counted must not keep it from being made.
create function nightshift.table_changed() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if exists (select from changed) then
    perform nextval(('nightshift.change_' || tg_argv[0])::regclass);
  end if;
  return null;
exception when others then
  raise warning 'Nightshift could not count a change of %.%: %', tg_table_schema, tg_table_name, sqlerrm;
  return null;
end
$$;

-- Whether all changes of a table are counted by a number.
create function nightshift.is_watched(p_table oid, p_no integer) returns boolean
language sql stable set search_path = pg_catalog, pg_temp as $$
  select count(*) = 2 from pg_trigger t
  where t.tgrelid = p_table and t.tgname in ('nightshift_inserted', 'nightshift_updated') and t.tgenabled = 'A'
    and t.tgfoid = 'nightshift.table_changed'::regproc and t.tgargs = convert_to(p_no::text, 'UTF8') || '\x00'::bytea
$$;

-- Has the changes of the declared tables of a company counted, and of no others. Answers with those that it does not have.
create function nightshift.watch_tables(p_company integer) returns text[]
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_schema text := 'co_' || p_company;
  v_table oid;
  v_name text;
  v_no integer;
  v_missing text[] := '{}';
begin
  perform pg_advisory_xact_lock(hashtextextended('nightshift watch tables', p_company));
  for v_no, v_name in
    delete from nightshift.watched_table w where w.company_no = p_company
      and not exists (select from nightshift.wake_declaration d where d.table_name = w.name)
    returning no, name
  loop
    for v_table in
      select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = v_schema and nightshift.is_watched(c.oid, v_no)
    loop
      execute format('drop trigger nightshift_inserted on %s; drop trigger nightshift_updated on %1$s', v_table::regclass);
    end loop;
  end loop;
  for v_name in select distinct table_name from nightshift.wake_declaration order by 1 loop
    select c.oid into v_table from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = v_schema and c.relname = v_name and c.relkind in ('r', 'p');
    if not found then
      v_missing := v_missing || v_name;
      continue;
    end if;
    insert into nightshift.watched_table (company_no, name) values (p_company, v_name) on conflict do nothing;
    select no into v_no from nightshift.watched_table where company_no = p_company and name = v_name;
    if to_regclass('nightshift.change_' || v_no) is null then
      execute format('create sequence nightshift.change_%s', v_no);
    end if;
    continue when nightshift.is_watched(v_table, v_no);
    execute format($sql$
      create or replace trigger nightshift_inserted after insert on %1$s referencing new table as changed
        for each statement execute function nightshift.table_changed(%2$L);
      create or replace trigger nightshift_updated after update on %1$s referencing new table as changed
        for each statement execute function nightshift.table_changed(%2$L);
      alter table only %1$s enable always trigger nightshift_inserted, enable always trigger nightshift_updated
    $sql$, v_table::regclass, v_no);
  end loop;
  return v_missing;
end
$$;

-- What an application declares, in place of what it had declared. p_wakes: [{object, table_name}].
create function nightshift.declare_wakes(p_application text, p_wakes jsonb) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  delete from nightshift.wake_declaration d where d.application = p_application and not exists (
    select from jsonb_populate_recordset(null::nightshift.wake_declaration, p_wakes) v
    where v.object = d.object and v.table_name = d.table_name);
  insert into nightshift.wake_declaration
  select p_application, v.object, v.table_name from jsonb_populate_recordset(null::nightshift.wake_declaration, p_wakes) v
  on conflict do nothing;
end
$$;

-- How often the tables were changed, all together. One that is counted no more counts as never changed.
create function nightshift.changes(p_tables integer[]) returns numeric
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  return (
    select coalesce(sum(coalesce(pg_sequence_last_value(s.id), 0)), 0)
    from unnest(p_tables) as t(no) cross join to_regclass('nightshift.change_' || t.no) as s(id) where s.id is not null);
end
$$;

-- Before the object of an entry looks at its tables. Whoever changes one of them from now on moves its counter; who had
-- changed one before and has not committed yet holds a lock on it. The counters are read first: whoever moves one between
-- the two holds the lock, or has committed.
create function nightshift_session.run_mark_changes(p_task uuid, p_claim uuid, p_entry uuid, p_tables text[]) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_tables oid[];
  v_nos integer[];
  v_mark numeric;
begin
  perform nightshift.demand_claim(p_task, p_claim);
  select array_agg(w.no), array_agg(c.oid) into v_nos, v_tables
  from nightshift.job_queue_entry e
  join nightshift.watched_table w on w.company_no = e.company_no and w.name = any(p_tables)
  join pg_namespace n on n.nspname = 'co_' || e.company_no
  join pg_class c on c.relnamespace = n.oid and c.relname = w.name
  where e.id = p_entry and nightshift.is_watched(c.oid, w.no);
  if cardinality(v_nos) = cardinality(p_tables) then
    v_mark := nightshift.changes(v_nos);
    if exists (
      select from pg_locks l
      where l.locktype = 'relation' and l.mode = 'RowExclusiveLock' and l.granted and l.relation = any(v_tables)
        and l.database = (select oid from pg_database where datname = current_database())
        and l.pid is distinct from pg_backend_pid()
    ) then
      v_mark := null;
    end if;
  end if;
  update nightshift.job_queue_entry set change_mark = v_mark, changes_of = v_nos where id = p_entry;
end
$$;

-- Whether the object of an entry has seen all there is in its tables.
create function nightshift_session.run_saw_all(p_task uuid, p_claim uuid, p_entry uuid) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform nightshift.demand_claim(p_task, p_claim);
  return coalesce((
    select e.change_mark = nightshift.changes(e.changes_of) from nightshift.job_queue_entry e where e.id = p_entry), false);
end
$$;

-- Ends the rest of an entry.
create function nightshift.end_rest(e nightshift.job_queue_entry, p_now timestamptz)
returns setof nightshift.job_queue_entry language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_now timestamptz := coalesce(p_now, clock_timestamp());
begin
  -- One that runs already has been claimed: it finds its entry Ready.
  update nightshift.scheduled_task set due = v_now where id = e.task_id and claim is null;
  return query update nightshift.job_queue_entry set status = 'Ready', earliest_start = v_now where id = e.id returning *;
end
$$;

-- Ends the rest of an entry if one of its tables was changed since its run began.
create function nightshift.wake_changed(p_entry uuid, p_now timestamptz)
returns setof nightshift.job_queue_entry language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  e nightshift.job_queue_entry := nightshift.lock_entry(null, p_entry);
begin
  if e.status = 'On Hold with Inactivity Timeout' and e.change_mark <> nightshift.changes(e.changes_of) then
    return query select * from nightshift.end_rest(e, p_now);
  end if;
end
$$;

revoke all on function nightshift.watched_table_gone(), nightshift.table_changed(), nightshift.is_watched(oid, integer),
  nightshift.watch_tables(integer), nightshift.declare_wakes(text, jsonb), nightshift.changes(integer[]),
  nightshift_session.run_mark_changes(uuid, uuid, uuid, text[]), nightshift_session.run_saw_all(uuid, uuid, uuid),
  nightshift.end_rest(nightshift.job_queue_entry, timestamptz), nightshift.wake_changed(uuid, timestamptz) from public;

-- What the HTTP interface asks of the log: what failed lately, and what is not as it should be, among a million good runs.
create index job_queue_log_entry_failed on nightshift.job_queue_log_entry (company_no, started_at desc)
  where fingerprint is not null;
create index job_queue_log_entry_unwell on nightshift.job_queue_log_entry (company_no, status, no desc)
  where status not in ('Success', 'In Process');
create index job_queue_log_entry_object on nightshift.job_queue_log_entry (company_no, object, no desc);

-- Alerts: what somebody should be told who does not look. Whatever is so for a while is one row as long as it is so, however
-- often it is noticed; what happened in a moment is over at once.

create table nightshift.alert (
  no bigint generated always as identity primary key,
  company_no integer not null references nightshift.company on delete cascade,
  kind text not null check (kind in ('retries', 'failed', 'recovered', 'succeeded', 'overdue', 'overrun', 'nothing-ran',
    'user-gone', 'approval', 'items-failed')),
  -- Of two alerts with the same one only one is not over.
  key text not null,
  entry_id uuid,
  entry_no bigint,
  -- What the entry is called, or the table of work items.
  subject text not null,
  log_no bigint,
  fingerprint text,
  -- The error, the comment of a request, the user who is gone.
  message text,
  -- How much later than expected, or longer.
  by_ms bigint,
  since timestamptz not null,
  last_at timestamptz not null,
  times integer not null default 1,
  over_at timestamptz,
  -- Whom it concerns, beside those who see all of the company.
  for_users integer[] not null,
  -- It asks an application, for which those answer who may have work run as one.
  asks_application boolean not null default false,
  -- Who knows already.
  not_for integer
);
create unique index alert_present on nightshift.alert (key) where over_at is null;
create index alert_list on nightshift.alert (company_no, no desc);
create index alert_of_entry on nightshift.alert (entry_id) where entry_id is not null;
create index alert_old on nightshift.alert (last_at, no);

create table nightshift.alert_seen (
  alert_no bigint not null references nightshift.alert on delete cascade,
  user_no integer not null references nightshift.app_user,
  primary key (alert_no, user_no)
);

-- Of an entry and of what runs now.
alter table nightshift.job_queue_entry
  -- Since its runs fail; null: they do not.
  add column failing_since timestamptz;

-- Tells of something, or that it is so still.
create function nightshift.tell_alert(a nightshift.alert) returns void
language sql set search_path = pg_catalog, pg_temp as $$
  insert into nightshift.alert as t (company_no, kind, key, entry_id, entry_no, subject, log_no, fingerprint, message, by_ms,
    since, last_at, times, over_at, for_users, not_for, asks_application)
  values (a.company_no, a.kind, a.key, a.entry_id, a.entry_no, a.subject, a.log_no, a.fingerprint, left(a.message, 1000),
    a.by_ms, a.since, coalesce(a.last_at, a.since), coalesce(a.times, 1), a.over_at, coalesce(a.for_users, '{}'), a.not_for,
    coalesce(a.asks_application, false))
  on conflict (key) where over_at is null
  do update set times = t.times + excluded.times, last_at = excluded.last_at, log_no = excluded.log_no,
    message = excluded.message
$$;

-- What every alert about an entry says.
create function nightshift.alert_of_entry(e nightshift.job_queue_entry) returns nightshift.alert
language sql stable set search_path = pg_catalog, pg_temp as $$
  select jsonb_populate_record(null::nightshift.alert, jsonb_build_object('company_no', e.company_no, 'entry_id', e.id,
    'entry_no', e.entry_no, 'subject', coalesce(nullif(e.description, ''), e.object),
    'for_users', (select array_agg(distinct u) from unnest(array[e.owner_no, e.run_as, e.created_by]) u where u is not null)))
$$;

-- Tells how a run of an entry has ended that was its own; e: as it was before. p_kind: retries or failed; null: it went well.
create function nightshift.tell_of_run(e nightshift.job_queue_entry, p_log jsonb, p_kind text) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_at timestamptz := coalesce((p_log ->> 'ended_at')::timestamptz, clock_timestamp());
  a nightshift.alert := nightshift.alert_of_entry(e);
begin
  a.kind := coalesce(p_kind, case when e.failing_since is null then 'succeeded' else 'recovered' end);
  a.fingerprint := p_log ->> 'fingerprint';
  a.key := concat_ws(' ', a.kind, e.id, a.fingerprint);
  a.message := p_log -> 'error' ->> 'message';
  a.log_no := (select max(no) from nightshift.job_queue_log_entry where entry_id = e.id);
  a.since := v_at;
  if p_kind is null then
    a.since := coalesce(e.failing_since, v_at);
    a.last_at := v_at;
    a.over_at := v_at;
    delete from nightshift.alert where entry_id = e.id and kind = 'succeeded';
  end if;
  -- What it failed with before somebody set it Ready is told again if it comes back.
  update nightshift.alert set over_at = v_at
  where entry_id = e.id and kind in ('retries', 'failed') and over_at is null
    and (key <> a.key or last_at < e.last_ready_at);
  update nightshift.job_queue_entry set failing_since = case when p_kind is not null then coalesce(failing_since, v_at) end
  where id = e.id;
  perform nightshift.tell_alert(a);
end
$$;

-- A request for approval waits for somebody until it is decided, whatever decides it.
create function nightshift.tell_of_approval() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  a nightshift.alert;
begin
  if new.status <> 'Open' then
    update nightshift.alert set over_at = new.decided_at where key = 'approval ' || new.id and over_at is null;
    return null;
  end if;
  select m.* into a
  from nightshift.job_queue_entry e cross join lateral nightshift.alert_of_entry(e) m where e.id = new.entry_id;
  a.kind := 'approval';
  a.key := 'approval ' || new.id;
  a.message := nullif(new.comment, '');
  a.since := new.requested_at;
  a.for_users := array_remove(array[new.asked_user_no], null);
  a.not_for := new.requested_by;
  a.asks_application := exists (select from nightshift.app_user where no = new.asked_user_no and kind = 'application');
  perform nightshift.tell_alert(a);
  return null;
end
$$;
create trigger told after insert or update of status on nightshift.approval_request
  for each row execute function nightshift.tell_of_approval();

-- An entry that is no more fails no more.
create function nightshift.end_alerts_of_entry() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  update nightshift.alert set over_at = greatest(clock_timestamp(), since) where entry_id = old.id and over_at is null;
  return null;
end
$$;
create trigger gone after delete on nightshift.job_queue_entry
  for each row when (old.failing_since is not null) execute function nightshift.end_alerts_of_entry();

revoke all on function nightshift.end_alerts_of_entry(), nightshift.tell_alert(nightshift.alert), nightshift.alert_of_entry(nightshift.job_queue_entry),
  nightshift.tell_of_run(nightshift.job_queue_entry, jsonb, text), nightshift.tell_of_approval() from public;

-- From which numbers on cues are to be looked at, and need attention: as a user has set it for himself, or, for those who have
-- not, somebody for the company (user_no null).
create table nightshift.cue_thresholds (
  company_no integer not null references nightshift.company on delete cascade,
  user_no integer references nightshift.app_user,
  thresholds jsonb not null,
  unique nulls not distinct (company_no, user_no)
);
