-- The schema of Nightshift after all migrations. Made by "npm run schema"; do not edit.
-- To be read, not to be run. Who is not named by a "grant" has no rights, except the owner.
-- MARK stands for the random mark of a database in the names of its roles.

create schema nightshift;

create schema nightshift_auth;

create schema nightshift_roles;

create schema nightshift_session;
grant usage on schema nightshift_session to ns_MARK_session;

create domain nightshift.after_final_error as text CHECK ((VALUE = ANY (ARRAY['stop'::text, 'continue-schedule'::text])));

create domain nightshift.attempts_max as integer CHECK (((VALUE >= 0) AND (VALUE <= 10)));

create domain nightshift.cron_expression as text CHECK ((char_length(VALUE) <= 100));

create domain nightshift.duration_ms as bigint CHECK ((VALUE > 0));

create domain nightshift.entry_parameters as jsonb CHECK ((octet_length((VALUE)::text) <= 8192));

create domain nightshift.entry_priority as smallint CHECK ((VALUE = ANY (ARRAY[1000, 2000, 3000])));

create domain nightshift.entry_status as text CHECK ((VALUE = ANY (ARRAY['On Hold'::text, 'Ready'::text, 'In Process'::text, 'Waiting'::text, 'On Hold with Inactivity Timeout'::text, 'Error'::text, 'Finished'::text])));

create domain nightshift.inactivity_timeout_minutes as integer CHECK (((VALUE >= 5) AND (VALUE <= 525600)));

create domain nightshift.interval_from as text CHECK ((VALUE = ANY (ARRAY['starting-time'::text, 'end-of-run'::text])));

create domain nightshift.keep_days as integer CHECK (((VALUE >= 1) AND (VALUE <= 3650)));

create domain nightshift.minutes_between_runs as integer CHECK ((VALUE >= 0));

create domain nightshift.missed_runs as text CHECK ((VALUE = ANY (ARRAY['skip'::text, 'run-once'::text])));

create domain nightshift.object_type as text CHECK ((VALUE = ANY (ARRAY['codeunit'::text, 'report'::text])));

create domain nightshift.record_key as jsonb CHECK ((octet_length((VALUE)::text) <= 2048));

create domain nightshift.report_output_type as text CHECK ((VALUE = ANY (ARRAY['PDF'::text, 'XLSX'::text, 'CSV'::text, 'HTML'::text])));

create domain nightshift.rerun_delay_seconds as integer CHECK (((VALUE >= 0) AND (VALUE <= 3600)));

create domain nightshift.run_phase as text CHECK ((VALUE = ANY (ARRAY['before start'::text, 'in the object'::text, 'at commit'::text, 'in the error handler'::text])));

create domain nightshift.run_status as text CHECK ((VALUE = ANY (ARRAY['In Process'::text, 'Success'::text, 'Error'::text, 'Skipped'::text, 'Stopped'::text, 'Killed'::text, 'Timeout'::text, 'Lost'::text])));

create domain nightshift.run_trigger as text CHECK ((VALUE = ANY (ARRAY['schedule'::text, 'person'::text, 'API'::text, 'retry'::text])));

create domain nightshift.table_name as text CHECK ((char_length(VALUE) <= 63));

create domain nightshift.tags as text[] CHECK ((cardinality(VALUE) <= 20));

create domain nightshift.text_250 as text CHECK ((char_length(VALUE) <= 250));

create table nightshift.active_session (
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
  started_at timestamp with time zone not null,
  state text not null,
  stopping_at timestamp with time zone,
  killed_at timestamp with time zone,
  comment text,
  constraint active_session_pkey PRIMARY KEY (epoch, session_id),
  constraint active_session_client_type_check CHECK ((client_type = ANY (ARRAY['web'::text, 'api'::text, 'background'::text, 'child'::text, 'management'::text]))),
  constraint active_session_isolation_check CHECK ((isolation = ANY (ARRAY['main'::text, 'thread'::text, 'process'::text]))),
  constraint active_session_state_check CHECK ((state = ANY (ARRAY['Queued'::text, 'Running'::text, 'Stopping'::text, 'Lingering'::text]))),
  constraint active_session_epoch_fkey FOREIGN KEY (epoch) REFERENCES nightshift.server_instance(epoch)
) with (autovacuum_vacuum_scale_factor=0.1, autovacuum_vacuum_threshold=500, fillfactor=70);
CREATE INDEX active_session_session ON nightshift.active_session USING btree (session_id);

create table nightshift.alert (
  no bigint not null generated always as identity,
  company_no integer not null,
  kind text not null,
  key text not null,
  entry_id uuid,
  entry_no bigint,
  subject text not null,
  log_no bigint,
  fingerprint text,
  message text,
  by_ms bigint,
  since timestamp with time zone not null,
  last_at timestamp with time zone not null,
  times integer not null default 1,
  over_at timestamp with time zone,
  for_users integer[] not null,
  asks_application boolean not null default false,
  not_for integer,
  constraint alert_pkey PRIMARY KEY (no),
  constraint alert_kind_check CHECK ((kind = ANY (ARRAY['retries'::text, 'failed'::text, 'recovered'::text, 'succeeded'::text, 'overdue'::text, 'overrun'::text, 'nothing-ran'::text, 'user-gone'::text, 'approval'::text, 'items-failed'::text]))),
  constraint alert_company_no_fkey FOREIGN KEY (company_no) REFERENCES nightshift.company(no) ON DELETE CASCADE
);
CREATE INDEX alert_list ON nightshift.alert USING btree (company_no, no DESC);
CREATE INDEX alert_of_entry ON nightshift.alert USING btree (entry_id) WHERE (entry_id IS NOT NULL);
CREATE INDEX alert_old ON nightshift.alert USING btree (last_at, no);
CREATE UNIQUE INDEX alert_present ON nightshift.alert USING btree (key) WHERE (over_at IS NULL);

create table nightshift.alert_seen (
  alert_no bigint not null,
  user_no integer not null,
  constraint alert_seen_pkey PRIMARY KEY (alert_no, user_no),
  constraint alert_seen_alert_no_fkey FOREIGN KEY (alert_no) REFERENCES nightshift.alert(no) ON DELETE CASCADE,
  constraint alert_seen_user_no_fkey FOREIGN KEY (user_no) REFERENCES nightshift.app_user(no)
);

create table nightshift.api_key (
  id uuid not null,
  name text not null,
  user_no integer not null,
  company_no integer not null,
  scopes text[] not null,
  digest bytea not null,
  created_by integer not null,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  last_used_at timestamp with time zone,
  revoked_at timestamp with time zone,
  constraint api_key_pkey PRIMARY KEY (id),
  constraint api_key_check CHECK ((expires_at > created_at)),
  constraint api_key_digest_check CHECK ((octet_length(digest) = 32)),
  constraint api_key_name_check CHECK (((char_length(name) >= 1) AND (char_length(name) <= 100))),
  constraint api_key_scopes_check CHECK ((cardinality(scopes) > 0)),
  constraint api_key_company_no_fkey FOREIGN KEY (company_no) REFERENCES nightshift.company(no) ON DELETE CASCADE,
  constraint api_key_created_by_fkey FOREIGN KEY (created_by) REFERENCES nightshift.app_user(no),
  constraint api_key_user_no_fkey FOREIGN KEY (user_no) REFERENCES nightshift.app_user(no)
);
CREATE INDEX api_key_list ON nightshift.api_key USING btree (company_no, id);

create table nightshift.app_user (
  no integer not null generated by default as identity,
  name text not null,
  language text not null default 'en-US'::text,
  time_zone text not null default 'UTC'::text,
  created_at timestamp with time zone not null default clock_timestamp(),
  full_name text not null default ''::text,
  state text not null default 'enabled'::text,
  kind text not null default 'person'::text,
  can_schedule boolean not null default true,
  is_delegated boolean not null default false,
  valid_until timestamp with time zone,
  version integer not null default 1,
  constraint app_user_pkey PRIMARY KEY (no),
  constraint app_user_name_key UNIQUE (name),
  constraint app_user_full_name_check CHECK ((char_length(full_name) <= 100)),
  constraint app_user_kind_check CHECK ((kind = ANY (ARRAY['person'::text, 'application'::text]))),
  constraint app_user_name_check CHECK (((char_length(name) >= 1) AND (char_length(name) <= 65))),
  constraint app_user_state_check CHECK ((state = ANY (ARRAY['enabled'::text, 'disabled'::text])))
);
CREATE TRIGGER rights_changed AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON nightshift.app_user FOR EACH STATEMENT EXECUTE FUNCTION nightshift.rights_changed();
CREATE TRIGGER sign_out_disabled AFTER UPDATE ON nightshift.app_user FOR EACH ROW WHEN (((old.state <> 'disabled'::text) AND (new.state = 'disabled'::text))) EXECUTE FUNCTION nightshift_auth.sign_out();

create table nightshift.application_migration (
  company_no integer not null,
  application text not null,
  name text not null,
  digest text not null,
  applied_at timestamp with time zone not null default clock_timestamp(),
  constraint application_migration_pkey PRIMARY KEY (company_no, application, name),
  constraint application_migration_company_no_fkey FOREIGN KEY (company_no) REFERENCES nightshift.company(no)
);

create table nightshift.approval_request (
  id uuid not null,
  company_no integer not null,
  entry_id uuid not null,
  requested_by integer not null,
  requested_at timestamp with time zone not null default clock_timestamp(),
  comment text not null default ''::text,
  asked_user_no integer,
  status text not null default 'Open'::text,
  decided_by integer,
  decided_at timestamp with time zone,
  decision_comment text,
  constraint approval_request_pkey PRIMARY KEY (id),
  constraint approval_request_check CHECK (((status = 'Open'::text) = (decided_at IS NULL))),
  constraint approval_request_comment_check CHECK ((char_length(comment) <= 1000)),
  constraint approval_request_decision_comment_check CHECK ((char_length(decision_comment) <= 1000)),
  constraint approval_request_status_check CHECK ((status = ANY (ARRAY['Open'::text, 'Approved'::text, 'Rejected'::text, 'Withdrawn'::text]))),
  constraint approval_request_asked_user_no_fkey FOREIGN KEY (asked_user_no) REFERENCES nightshift.app_user(no),
  constraint approval_request_company_no_fkey FOREIGN KEY (company_no) REFERENCES nightshift.company(no) ON DELETE CASCADE,
  constraint approval_request_decided_by_fkey FOREIGN KEY (decided_by) REFERENCES nightshift.app_user(no),
  constraint approval_request_entry_id_fkey FOREIGN KEY (entry_id) REFERENCES nightshift.job_queue_entry(id) ON DELETE CASCADE,
  constraint approval_request_requested_by_fkey FOREIGN KEY (requested_by) REFERENCES nightshift.app_user(no)
);
CREATE INDEX approval_request_list ON nightshift.approval_request USING btree (company_no, status, requested_at);
CREATE TRIGGER told AFTER INSERT OR UPDATE OF status ON nightshift.approval_request FOR EACH ROW EXECUTE FUNCTION nightshift.tell_of_approval();
CREATE UNIQUE INDEX approval_request_open ON nightshift.approval_request USING btree (entry_id) WHERE (status = 'Open'::text);

create table nightshift.audit_log (
  id uuid not null,
  at timestamp with time zone not null default clock_timestamp(),
  user_no integer,
  user_name text not null,
  company_no integer,
  company_name text,
  verb text not null,
  object_kind text not null,
  object_id text,
  object_name text,
  before jsonb,
  after jsonb,
  result text not null,
  error_code text,
  reason text,
  session_unique_id uuid,
  correlation_id uuid,
  constraint audit_log_pkey PRIMARY KEY (id),
  constraint audit_log_result_check CHECK ((result = ANY (ARRAY['allowed'::text, 'denied'::text])))
);
CREATE INDEX audit_log_at ON nightshift.audit_log USING btree (at, id);
CREATE INDEX audit_log_object ON nightshift.audit_log USING btree (object_kind, object_id, at);
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON nightshift.audit_log FOR EACH STATEMENT EXECUTE FUNCTION nightshift.audit_is_append_only();

create table nightshift.background_session_event (
  at timestamp with time zone not null,
  id uuid not null,
  type text not null,
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
  started_at timestamp with time zone not null,
  stopping_at timestamp with time zone,
  killed_at timestamp with time zone,
  comment text,
  error jsonb,
  lines jsonb,
  progress jsonb,
  bundle_first_at timestamp with time zone,
  bundle_size integer,
  bundle_low uuid,
  bundle_high uuid,
  bundle_low_session integer,
  bundle_high_session integer,
  bundle_ats integer[],
  bundle_durations integer[],
  bundle_session_ids integer[],
  bundle_unique_ids uuid[],
  bundle_correlation_ids uuid[],
  constraint background_session_event_pkey PRIMARY KEY (at, id),
  constraint session_event_type_check CHECK ((type = ANY (ARRAY['Logon'::text, 'Logoff'::text, 'Start'::text, 'Stop'::text, 'Close'::text, 'Error'::text, 'Timeout'::text, 'Stopped'::text, 'Killed'::text, 'Lost'::text])))
) partition by RANGE (at);
CREATE INDEX background_session_event_bundle ON ONLY nightshift.background_session_event USING btree (at, id) WHERE (bundle_first_at IS NOT NULL);
CREATE INDEX background_session_event_unique_id_idx ON ONLY nightshift.background_session_event USING btree (unique_id);

create table nightshift.background_session_event_default (
  at timestamp with time zone not null,
  id uuid not null,
  type text not null,
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
  started_at timestamp with time zone not null,
  stopping_at timestamp with time zone,
  killed_at timestamp with time zone,
  comment text,
  error jsonb,
  lines jsonb,
  progress jsonb,
  bundle_first_at timestamp with time zone,
  bundle_size integer,
  bundle_low uuid,
  bundle_high uuid,
  bundle_low_session integer,
  bundle_high_session integer,
  bundle_ats integer[],
  bundle_durations integer[],
  bundle_session_ids integer[],
  bundle_unique_ids uuid[],
  bundle_correlation_ids uuid[],
  constraint background_session_event_default_pkey PRIMARY KEY (at, id),
  constraint session_event_type_check CHECK ((type = ANY (ARRAY['Logon'::text, 'Logoff'::text, 'Start'::text, 'Stop'::text, 'Close'::text, 'Error'::text, 'Timeout'::text, 'Stopped'::text, 'Killed'::text, 'Lost'::text])))
);
CREATE INDEX background_session_event_default_at_id_idx ON nightshift.background_session_event_default USING btree (at, id) WHERE (bundle_first_at IS NOT NULL);
CREATE INDEX background_session_event_default_unique_id_idx ON nightshift.background_session_event_default USING btree (unique_id);
alter table nightshift.background_session_event attach partition nightshift.background_session_event_default DEFAULT;

create table nightshift.bulk_operation (
  id uuid not null,
  company_no integer not null,
  user_no integer not null,
  target text not null,
  items text,
  action text not null,
  arguments jsonb not null,
  status text not null,
  total integer not null,
  created_at timestamp with time zone not null,
  ended_at timestamp with time zone,
  worker uuid,
  beat_at timestamp with time zone,
  correlation_id uuid,
  constraint bulk_operation_pkey PRIMARY KEY (id),
  constraint bulk_operation_status_check CHECK ((status = ANY (ARRAY['Running'::text, 'Aborting'::text, 'Done'::text, 'Aborted'::text]))),
  constraint bulk_operation_company_no_fkey FOREIGN KEY (company_no) REFERENCES nightshift.company(no) ON DELETE CASCADE,
  constraint bulk_operation_user_no_fkey FOREIGN KEY (user_no) REFERENCES nightshift.app_user(no)
);
CREATE INDEX bulk_operation_list ON nightshift.bulk_operation USING btree (company_no, id);
CREATE INDEX bulk_operation_open ON nightshift.bulk_operation USING btree (id) WHERE (status = ANY (ARRAY['Running'::text, 'Aborting'::text]));

create table nightshift.bulk_operation_row (
  operation_id uuid not null,
  no integer not null,
  target_id text not null,
  name text not null,
  outcome text,
  code text,
  reason text,
  constraint bulk_operation_row_pkey PRIMARY KEY (operation_id, no),
  constraint bulk_operation_row_outcome_check CHECK ((outcome = ANY (ARRAY['Begun'::text, 'Done'::text, 'Refused'::text, 'Unknown'::text]))),
  constraint bulk_operation_row_operation_id_fkey FOREIGN KEY (operation_id) REFERENCES nightshift.bulk_operation(id) ON DELETE CASCADE
);
CREATE INDEX bulk_operation_row_next ON nightshift.bulk_operation_row USING btree (operation_id, no) WHERE (outcome IS NULL);

create table nightshift.company (
  no integer not null generated by default as identity,
  name text not null,
  created_at timestamp with time zone not null default clock_timestamp(),
  time_zone text not null default 'UTC'::text,
  state text not null default 'open'::text,
  version integer not null default 1,
  constraint company_pkey PRIMARY KEY (no),
  constraint company_name_key UNIQUE (name),
  constraint company_name_check CHECK (((char_length(name) >= 1) AND (char_length(name) <= 30))),
  constraint company_state_check CHECK ((state = ANY (ARRAY['creating'::text, 'open'::text, 'deleting'::text])))
);
CREATE TRIGGER rights_changed AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON nightshift.company FOR EACH STATEMENT EXECUTE FUNCTION nightshift.rights_changed();

create table nightshift.company_holiday (
  company_no integer not null,
  day date not null,
  name text not null,
  constraint company_holiday_pkey PRIMARY KEY (company_no, day),
  constraint company_holiday_name_check CHECK (((char_length(name) >= 1) AND (char_length(name) <= 100))),
  constraint company_holiday_company_no_fkey FOREIGN KEY (company_no) REFERENCES nightshift.company(no) ON DELETE CASCADE
);

create table nightshift.company_working_hours (
  company_no integer not null,
  weekday smallint not null,
  starting_time time without time zone not null,
  ending_time time without time zone not null,
  constraint company_working_hours_pkey PRIMARY KEY (company_no, weekday, starting_time),
  constraint company_working_hours_check CHECK ((starting_time < ending_time)),
  constraint company_working_hours_weekday_check CHECK (((weekday >= 1) AND (weekday <= 7))),
  constraint company_working_hours_company_no_fkey FOREIGN KEY (company_no) REFERENCES nightshift.company(no) ON DELETE CASCADE
);

create table nightshift.cue_thresholds (
  company_no integer not null,
  user_no integer,
  thresholds jsonb not null,
  constraint cue_thresholds_company_no_user_no_key UNIQUE NULLS NOT DISTINCT (company_no, user_no),
  constraint cue_thresholds_company_no_fkey FOREIGN KEY (company_no) REFERENCES nightshift.company(no) ON DELETE CASCADE,
  constraint cue_thresholds_user_no_fkey FOREIGN KEY (user_no) REFERENCES nightshift.app_user(no)
);

create table nightshift.environment (
  only_row boolean not null default true,
  mark text not null,
  database_oid oid not null,
  system_identifier bigint not null,
  name text,
  approved_oid oid,
  approved_system_identifier bigint,
  enforcement text,
  constraint environment_pkey PRIMARY KEY (only_row),
  constraint environment_enforcement_check CHECK ((enforcement = ANY (ARRAY['database'::text, 'codeunit'::text]))),
  constraint environment_mark_check CHECK ((mark ~ '^[0-9a-f]{6}$'::text)),
  constraint environment_only_row_check CHECK (only_row)
);

create table nightshift.failed_task (
  id uuid not null,
  lane integer not null,
  user_no integer not null,
  codeunit text not null,
  failure_codeunit text,
  due timestamp with time zone not null,
  record jsonb,
  attempt integer not null,
  error jsonb not null,
  created_at timestamp with time zone not null,
  failed_at timestamp with time zone not null default clock_timestamp(),
  state text not null default 'Failed'::text,
  timeout_ms bigint,
  language text,
  time_zone text,
  record_table text,
  correlation_id uuid,
  idempotency_key text,
  constraint failed_task_pkey PRIMARY KEY (id),
  constraint failed_task_state_check CHECK ((state = ANY (ARRAY['Failed'::text, 'Poison'::text])))
);
CREATE INDEX failed_task_age ON nightshift.failed_task USING btree (failed_at, id);
CREATE INDEX failed_task_failed ON nightshift.failed_task USING btree (lane, failed_at DESC, id DESC);

create table nightshift.idempotent_request (
  user_no integer not null,
  key text not null,
  digest bytea not null,
  begun_at timestamp with time zone not null,
  status integer,
  answer jsonb,
  constraint idempotent_request_pkey PRIMARY KEY (user_no, key),
  constraint idempotent_request_key_check CHECK (((char_length(key) >= 1) AND (char_length(key) <= 200))),
  constraint idempotent_request_user_no_fkey FOREIGN KEY (user_no) REFERENCES nightshift.app_user(no)
);
CREATE INDEX idempotent_request_begun ON nightshift.idempotent_request USING btree (begun_at);

create table nightshift.inherent_permission (
  no integer not null generated by default as identity,
  codeunit text not null,
  application text not null,
  tables jsonb not null,
  is_obsolete boolean not null default false,
  constraint inherent_permission_pkey PRIMARY KEY (no),
  constraint inherent_permission_codeunit_key UNIQUE (codeunit)
);
CREATE TRIGGER rights_changed AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON nightshift.inherent_permission FOR EACH STATEMENT EXECUTE FUNCTION nightshift.rights_changed();

create table nightshift.job_queue_category (
  company_no integer not null,
  code text not null,
  description text not null default ''::text,
  parallelism integer not null default 1,
  version integer not null default 1,
  constraint job_queue_category_pkey PRIMARY KEY (company_no, code),
  constraint job_queue_category_code_check CHECK (((char_length(code) >= 1) AND (char_length(code) <= 20))),
  constraint job_queue_category_description_check CHECK ((char_length(description) <= 100)),
  constraint job_queue_category_parallelism_check CHECK (((parallelism >= 1) AND (parallelism <= 100))),
  constraint job_queue_category_company_no_fkey FOREIGN KEY (company_no) REFERENCES nightshift.company(no) ON DELETE CASCADE
);

create table nightshift.job_queue_declaration (
  company_no integer not null,
  application text not null,
  name text not null,
  constraint job_queue_declaration_pkey PRIMARY KEY (company_no, application, name),
  constraint job_queue_declaration_company_no_fkey FOREIGN KEY (company_no) REFERENCES nightshift.company(no) ON DELETE CASCADE
);

create table nightshift.job_queue_entry (
  id uuid not null,
  entry_no bigint not null generated always as identity,
  company_no integer not null,
  object text not null,
  parameter_string nightshift.text_250 not null default ''::text,
  description nightshift.text_250 not null default ''::text,
  status nightshift.entry_status not null default 'On Hold'::text,
  earliest_start timestamp with time zone,
  expiration timestamp with time zone,
  run_on_mondays boolean not null default false,
  run_on_tuesdays boolean not null default false,
  run_on_wednesdays boolean not null default false,
  run_on_thursdays boolean not null default false,
  run_on_fridays boolean not null default false,
  run_on_saturdays boolean not null default false,
  run_on_sundays boolean not null default false,
  starting_time time without time zone,
  ending_time time without time zone,
  minutes_between_runs nightshift.minutes_between_runs not null default 0,
  next_run_date_formula text,
  interval_from nightshift.interval_from not null default 'end-of-run'::text,
  time_zone text not null,
  language text not null,
  maximum_attempts nightshift.attempts_max not null default 0,
  attempts integer not null default 0,
  rerun_delay_seconds nightshift.rerun_delay_seconds not null default 0,
  timeout_ms bigint not null,
  run_as integer not null,
  last_ready_at timestamp with time zone,
  error jsonb,
  task_id uuid,
  version integer not null default 1,
  created_by integer not null,
  created_at timestamp with time zone not null default clock_timestamp(),
  note text,
  object_type nightshift.object_type not null default 'codeunit'::text,
  parameters nightshift.entry_parameters,
  record_table nightshift.table_name,
  record_key nightshift.record_key,
  cron nightshift.cron_expression,
  missed_runs nightshift.missed_runs not null default 'run-once'::text,
  after_final_error nightshift.after_final_error not null default 'stop'::text,
  inactivity_timeout_minutes nightshift.inactivity_timeout_minutes not null default 5,
  manual_recurrence boolean not null default false,
  category_code text,
  priority nightshift.entry_priority not null default 2000,
  notify_on_success boolean not null default false,
  expected_duration_ms nightshift.duration_ms,
  tags nightshift.tags not null default '{}'::text[],
  owner_no integer,
  category_slot smallint,
  waiting_since timestamp with time zone,
  session_id integer,
  session_unique_id uuid,
  session_started_at timestamp with time zone,
  status_since timestamp with time zone not null default clock_timestamp(),
  status_by integer,
  declared_by text,
  declared_name text,
  declared_as jsonb,
  keep_log_days nightshift.keep_days,
  keep_log_changed boolean not null default false,
  hooked_task uuid,
  change_mark numeric,
  changes_of integer[],
  failing_since timestamp with time zone,
  report_output_type text,
  constraint job_queue_entry_pkey PRIMARY KEY (id),
  constraint job_queue_entry_entry_no_key UNIQUE (entry_no),
  constraint job_queue_entry_declared CHECK (((declared_by IS NULL) = (declared_name IS NULL))),
  constraint job_queue_entry_report_output_type_check CHECK ((report_output_type = ANY (ARRAY['PDF'::text, 'XLSX'::text, 'CSV'::text, 'HTML'::text, 'None'::text]))),
  constraint job_queue_entry_slot_of_category CHECK (((category_slot IS NULL) OR (category_code IS NOT NULL))),
  constraint job_queue_entry_slot_of_task CHECK (((category_slot IS NULL) OR (task_id IS NOT NULL))),
  constraint job_queue_entry_category FOREIGN KEY (company_no, category_code) REFERENCES nightshift.job_queue_category(company_no, code) ON UPDATE CASCADE,
  constraint job_queue_entry_company_no_fkey FOREIGN KEY (company_no) REFERENCES nightshift.company(no),
  constraint job_queue_entry_created_by_fkey FOREIGN KEY (created_by) REFERENCES nightshift.app_user(no),
  constraint job_queue_entry_owner_no_fkey FOREIGN KEY (owner_no) REFERENCES nightshift.app_user(no),
  constraint job_queue_entry_run_as_fkey FOREIGN KEY (run_as) REFERENCES nightshift.app_user(no),
  constraint job_queue_entry_status_by_fkey FOREIGN KEY (status_by) REFERENCES nightshift.app_user(no)
);
CREATE INDEX job_queue_entry_company ON nightshift.job_queue_entry USING btree (company_no, entry_no);
CREATE INDEX job_queue_entry_finished ON nightshift.job_queue_entry USING btree (status_since, entry_no) WHERE (((status)::text = 'Finished'::text) AND (keep_log_days IS NULL));
CREATE INDEX job_queue_entry_finished_own ON nightshift.job_queue_entry USING btree (((timezone('UTC'::text, status_since) + ((keep_log_days)::double precision * '1 day'::interval))), entry_no) WHERE (((status)::text = 'Finished'::text) AND (keep_log_days IS NOT NULL));
CREATE INDEX job_queue_entry_keep_log_changed ON nightshift.job_queue_entry USING btree (entry_no) WHERE keep_log_changed;
CREATE INDEX job_queue_entry_object ON nightshift.job_queue_entry USING btree (company_no, object);
CREATE INDEX job_queue_entry_planned ON nightshift.job_queue_entry USING btree (earliest_start, entry_no) WHERE ((status)::text = ANY (ARRAY['Ready'::text, 'On Hold with Inactivity Timeout'::text]));
CREATE INDEX job_queue_entry_resting ON nightshift.job_queue_entry USING btree (id) WHERE (((status)::text = 'On Hold with Inactivity Timeout'::text) AND (change_mark IS NOT NULL));
CREATE INDEX job_queue_entry_status ON nightshift.job_queue_entry USING btree (company_no, status, entry_no);
CREATE INDEX job_queue_entry_task ON nightshift.job_queue_entry USING btree (task_id) WHERE (task_id IS NOT NULL);
CREATE INDEX job_queue_entry_unfinished ON nightshift.job_queue_entry USING btree (company_no, entry_no) WHERE ((status)::text <> 'Finished'::text);
CREATE INDEX job_queue_entry_waiting ON nightshift.job_queue_entry USING btree (company_no, category_code, priority, entry_no) WHERE ((status)::text = 'Waiting'::text);
CREATE TRIGGER gone AFTER DELETE ON nightshift.job_queue_entry FOR EACH ROW WHEN ((old.failing_since IS NOT NULL)) EXECUTE FUNCTION nightshift.end_alerts_of_entry();
CREATE TRIGGER status_changed BEFORE UPDATE OF status ON nightshift.job_queue_entry FOR EACH ROW WHEN (((old.status)::text IS DISTINCT FROM (new.status)::text)) EXECUTE FUNCTION nightshift.entry_status_changed();
CREATE UNIQUE INDEX job_queue_entry_declaration ON nightshift.job_queue_entry USING btree (company_no, declared_by, declared_name) WHERE (declared_by IS NOT NULL);
CREATE UNIQUE INDEX job_queue_entry_slot ON nightshift.job_queue_entry USING btree (company_no, category_code, category_slot) WHERE (category_slot IS NOT NULL);

create table nightshift.job_queue_error_message (
  log_no bigint not null,
  no integer not null,
  at timestamp with time zone not null,
  codeunit text not null,
  code text,
  text text not null,
  record_table text,
  record_key jsonb,
  field text,
  details jsonb,
  constraint job_queue_error_message_pkey PRIMARY KEY (log_no, no),
  constraint job_queue_error_message_log_no_fkey FOREIGN KEY (log_no) REFERENCES nightshift.job_queue_log_entry(no) ON DELETE CASCADE
);

create table nightshift.job_queue_log_entry (
  no bigint not null generated always as identity,
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
  status nightshift.run_status not null,
  attempt integer not null,
  started_at timestamp with time zone not null,
  ended_at timestamp with time zone,
  note text,
  error jsonb,
  lines jsonb not null default '[]'::jsonb,
  progress jsonb,
  planned_at timestamp with time zone,
  phase nightshift.run_phase,
  trigger nightshift.run_trigger not null default 'schedule'::text,
  category_code text,
  instance_epoch uuid,
  instance_name text,
  codeunit_version text,
  parameters jsonb,
  fingerprint text,
  error_messages integer not null default 0,
  items_done bigint,
  items_total bigint,
  correlation_id uuid,
  keep_days integer,
  constraint job_queue_log_entry_pkey PRIMARY KEY (no)
);
CREATE INDEX job_queue_log_entry_company ON nightshift.job_queue_log_entry USING btree (company_no, no DESC);
CREATE INDEX job_queue_log_entry_entry ON nightshift.job_queue_log_entry USING btree (entry_id, no DESC);
CREATE INDEX job_queue_log_entry_failed ON nightshift.job_queue_log_entry USING btree (company_no, started_at DESC) WHERE (fingerprint IS NOT NULL);
CREATE INDEX job_queue_log_entry_fingerprint ON nightshift.job_queue_log_entry USING btree (company_no, fingerprint, no DESC) WHERE (fingerprint IS NOT NULL);
CREATE INDEX job_queue_log_entry_object ON nightshift.job_queue_log_entry USING btree (company_no, object, no DESC);
CREATE INDEX job_queue_log_entry_old ON nightshift.job_queue_log_entry USING btree (ended_at, no) WHERE ((keep_days IS NULL) AND (ended_at IS NOT NULL));
CREATE INDEX job_queue_log_entry_old_own ON nightshift.job_queue_log_entry USING btree (((timezone('UTC'::text, ended_at) + ((keep_days)::double precision * '1 day'::interval))), no) WHERE ((keep_days IS NOT NULL) AND (ended_at IS NOT NULL));
CREATE INDEX job_queue_log_entry_open ON nightshift.job_queue_log_entry USING btree (task_id) WHERE ((status)::text = 'In Process'::text);
CREATE INDEX job_queue_log_entry_unwell ON nightshift.job_queue_log_entry USING btree (company_no, status, no DESC) WHERE ((status)::text <> ALL (ARRAY['Success'::text, 'In Process'::text]));

create table nightshift.job_queue_watch (
  no integer not null,
  looked_at timestamp with time zone,
  looks bigint not null default 0,
  told text[] not null default '{}'::text[],
  constraint job_queue_watch_pkey PRIMARY KEY (no),
  constraint job_queue_watch_no_check CHECK ((no = 1))
);

create table nightshift.log_request (
  id uuid not null,
  epoch uuid not null,
  session_id integer not null,
  unique_id uuid not null,
  seen integer not null,
  last_at text,
  asked_at timestamp with time zone not null default clock_timestamp(),
  answered boolean not null default false,
  answer jsonb,
  constraint log_request_pkey PRIMARY KEY (id),
  constraint log_request_epoch_fkey FOREIGN KEY (epoch) REFERENCES nightshift.server_instance(epoch)
);
CREATE INDEX log_request_open ON nightshift.log_request USING btree (epoch) WHERE (NOT answered);

create table nightshift.migration (
  name text not null,
  digest text not null,
  applied_at timestamp with time zone not null default clock_timestamp(),
  constraint migration_pkey PRIMARY KEY (name)
);

create table nightshift.permission_assignment (
  user_no integer not null,
  set_no integer not null,
  company_no integer,
  assigned_by integer,
  assigned_at timestamp with time zone not null default clock_timestamp(),
  constraint permission_assignment_user_no_set_no_company_no_key UNIQUE NULLS NOT DISTINCT (user_no, set_no, company_no),
  constraint permission_assignment_assigned_by_fkey FOREIGN KEY (assigned_by) REFERENCES nightshift.app_user(no),
  constraint permission_assignment_company_no_fkey FOREIGN KEY (company_no) REFERENCES nightshift.company(no) ON DELETE CASCADE,
  constraint permission_assignment_set_no_fkey FOREIGN KEY (set_no) REFERENCES nightshift.permission_set(no) ON DELETE CASCADE,
  constraint permission_assignment_user_no_fkey FOREIGN KEY (user_no) REFERENCES nightshift.app_user(no)
);
CREATE TRIGGER rights_changed AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON nightshift.permission_assignment FOR EACH STATEMENT EXECUTE FUNCTION nightshift.rights_changed();

create table nightshift.permission_set (
  no integer not null generated by default as identity,
  name text not null,
  source text not null,
  application text,
  description text not null default ''::text,
  definition jsonb not null default '{}'::jsonb,
  is_obsolete boolean not null default false,
  version integer not null default 1,
  also_declared_by text,
  constraint permission_set_pkey PRIMARY KEY (no),
  constraint permission_set_name_key UNIQUE (name),
  constraint permission_set_check CHECK (((source = 'application'::text) = (application IS NOT NULL))),
  constraint permission_set_name_check CHECK (((char_length(name) >= 1) AND (char_length(name) <= 60))),
  constraint permission_set_source_check CHECK ((source = ANY (ARRAY['built-in'::text, 'application'::text, 'administrator'::text])))
);
CREATE TRIGGER rights_changed AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON nightshift.permission_set FOR EACH STATEMENT EXECUTE FUNCTION nightshift.rights_changed();

create table nightshift.report_inbox (
  no bigint not null generated always as identity,
  company_no integer not null,
  user_no integer not null,
  report text not null,
  description text not null,
  output_type nightshift.report_output_type not null,
  file_name text not null,
  content bytea not null,
  size integer not null generated always as (octet_length(content)) stored,
  created_at timestamp with time zone not null,
  entry_id uuid,
  entry_no bigint,
  session_unique_id uuid not null,
  read_at timestamp with time zone,
  constraint report_inbox_pkey PRIMARY KEY (no),
  constraint report_inbox_content_check CHECK ((octet_length(content) <= 26214400)),
  constraint report_inbox_description_check CHECK ((char_length(description) <= 250)),
  constraint report_inbox_file_name_check CHECK (((char_length(file_name) >= 1) AND (char_length(file_name) <= 200))),
  constraint report_inbox_report_check CHECK (((char_length(report) >= 1) AND (char_length(report) <= 100))),
  constraint report_inbox_company_no_fkey FOREIGN KEY (company_no) REFERENCES nightshift.company(no) ON DELETE CASCADE,
  constraint report_inbox_user_no_fkey FOREIGN KEY (user_no) REFERENCES nightshift.app_user(no)
);
CREATE INDEX report_inbox_of_company ON nightshift.report_inbox USING btree (company_no, no DESC);
CREATE INDEX report_inbox_of_session ON nightshift.report_inbox USING btree (session_unique_id);
CREATE INDEX report_inbox_of_user ON nightshift.report_inbox USING btree (company_no, user_no, no DESC);
CREATE INDEX report_inbox_old ON nightshift.report_inbox USING btree (created_at, no);

create table nightshift.rights_version (
  only_row boolean not null default true,
  version bigint not null,
  constraint rights_version_pkey PRIMARY KEY (only_row),
  constraint rights_version_only_row_check CHECK (only_row)
);

create table nightshift.saved_view (
  id uuid not null,
  company_no integer not null,
  user_no integer not null,
  list text not null,
  name text not null,
  query text not null,
  shared boolean not null,
  version integer not null default 1,
  changed_at timestamp with time zone not null,
  constraint saved_view_pkey PRIMARY KEY (id),
  constraint saved_view_company_no_user_no_list_name_key UNIQUE (company_no, user_no, list, name),
  constraint saved_view_list_check CHECK (((char_length(list) >= 1) AND (char_length(list) <= 100))),
  constraint saved_view_name_check CHECK (((char_length(name) >= 1) AND (char_length(name) <= 100))),
  constraint saved_view_query_check CHECK ((char_length(query) <= 4000)),
  constraint saved_view_company_no_fkey FOREIGN KEY (company_no) REFERENCES nightshift.company(no) ON DELETE CASCADE,
  constraint saved_view_user_no_fkey FOREIGN KEY (user_no) REFERENCES nightshift.app_user(no)
);
CREATE INDEX saved_view_list ON nightshift.saved_view USING btree (company_no, list, id);

create table nightshift.scheduled_task (
  id uuid not null,
  lane integer not null,
  user_no integer not null,
  codeunit text not null,
  failure_codeunit text,
  ready boolean not null,
  failing boolean not null default false,
  due timestamp with time zone not null,
  record jsonb,
  timeout_ms bigint not null,
  attempt integer not null default 0,
  commit_number integer not null default 0,
  losses integer not null default 0,
  last_error jsonb,
  claim uuid,
  claimed_by uuid,
  created_at timestamp with time zone not null default clock_timestamp(),
  correlation_id uuid,
  language text,
  time_zone text,
  record_table text,
  idempotency_key text,
  suspect smallint not null default 0,
  reassigned_by integer,
  constraint scheduled_task_pkey PRIMARY KEY (id),
  constraint scheduled_task_idempotency_key_check CHECK (((char_length(idempotency_key) >= 1) AND (char_length(idempotency_key) <= 200)))
) with (autovacuum_vacuum_cost_delay=0, autovacuum_vacuum_scale_factor=0.02, autovacuum_vacuum_threshold=2000, fillfactor=45);
CREATE INDEX scheduled_task_due ON nightshift.scheduled_task USING btree (lane, due, id) WHERE (ready AND (suspect = 0));
CREATE INDEX scheduled_task_suspect ON nightshift.scheduled_task USING btree (lane, due, id) WHERE (ready AND (suspect > 0));
CREATE UNIQUE INDEX scheduled_task_idempotency ON nightshift.scheduled_task USING btree (lane, idempotency_key) WHERE (idempotency_key IS NOT NULL);

create table nightshift.server_instance (
  epoch uuid not null,
  place integer not null,
  host text not null,
  process_id integer not null,
  version text not null,
  codeunits text[] not null,
  runs_tasks boolean not null,
  started_at timestamp with time zone not null default clock_timestamp(),
  beat_at timestamp with time zone not null default clock_timestamp(),
  ended_at timestamp with time zone,
  end_reason text,
  blocked_since timestamp with time zone,
  blocked_by jsonb,
  environment text,
  held text,
  newer_migration text,
  constraint server_instance_pkey PRIMARY KEY (epoch),
  constraint server_instance_place_check CHECK (((place >= 1) AND (place <= 2047)))
) with (fillfactor=50);
CREATE UNIQUE INDEX server_instance_place ON nightshift.server_instance USING btree (place) WHERE (ended_at IS NULL);

create table nightshift.session_event (
  at timestamp with time zone not null,
  id uuid not null,
  type text not null,
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
  started_at timestamp with time zone not null,
  stopping_at timestamp with time zone,
  killed_at timestamp with time zone,
  comment text,
  error jsonb,
  lines jsonb,
  progress jsonb,
  bundle_first_at timestamp with time zone,
  bundle_size integer,
  bundle_low uuid,
  bundle_high uuid,
  bundle_low_session integer,
  bundle_high_session integer,
  bundle_ats integer[],
  bundle_durations integer[],
  bundle_session_ids integer[],
  bundle_unique_ids uuid[],
  bundle_correlation_ids uuid[],
  constraint session_event_pkey PRIMARY KEY (at, id),
  constraint session_event_type_check CHECK ((type = ANY (ARRAY['Logon'::text, 'Logoff'::text, 'Start'::text, 'Stop'::text, 'Close'::text, 'Error'::text, 'Timeout'::text, 'Stopped'::text, 'Killed'::text, 'Lost'::text])))
) partition by RANGE (at);
CREATE INDEX session_event_bundle ON ONLY nightshift.session_event USING btree (at, id) WHERE (bundle_first_at IS NOT NULL);
CREATE INDEX session_event_unique ON ONLY nightshift.session_event USING btree (unique_id);

create table nightshift.session_event_default (
  at timestamp with time zone not null,
  id uuid not null,
  type text not null,
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
  started_at timestamp with time zone not null,
  stopping_at timestamp with time zone,
  killed_at timestamp with time zone,
  comment text,
  error jsonb,
  lines jsonb,
  progress jsonb,
  bundle_first_at timestamp with time zone,
  bundle_size integer,
  bundle_low uuid,
  bundle_high uuid,
  bundle_low_session integer,
  bundle_high_session integer,
  bundle_ats integer[],
  bundle_durations integer[],
  bundle_session_ids integer[],
  bundle_unique_ids uuid[],
  bundle_correlation_ids uuid[],
  constraint session_event_default_pkey PRIMARY KEY (at, id),
  constraint session_event_type_check CHECK ((type = ANY (ARRAY['Logon'::text, 'Logoff'::text, 'Start'::text, 'Stop'::text, 'Close'::text, 'Error'::text, 'Timeout'::text, 'Stopped'::text, 'Killed'::text, 'Lost'::text])))
);
CREATE INDEX session_event_default_at_id_idx ON nightshift.session_event_default USING btree (at, id) WHERE (bundle_first_at IS NOT NULL);
CREATE INDEX session_event_default_unique_id_idx ON nightshift.session_event_default USING btree (unique_id);
alter table nightshift.session_event attach partition nightshift.session_event_default DEFAULT;

create table nightshift.slot (
  number integer not null,
  epoch uuid,
  user_no integer,
  company_no integer,
  lent_no integer,
  backend integer,
  backend_start timestamp with time zone,
  constraint slot_pkey PRIMARY KEY (number),
  constraint slot_epoch_fkey FOREIGN KEY (epoch) REFERENCES nightshift.server_instance(epoch)
);

create table nightshift.stop_request (
  id uuid not null,
  epoch uuid not null,
  session_id integer not null,
  comment text not null,
  user_no integer not null,
  requested_at timestamp with time zone not null default clock_timestamp(),
  answer boolean,
  answered_at timestamp with time zone,
  any_companies integer[],
  own_companies integer[] not null default '{}'::integer[],
  foreign_company_no integer,
  deed text not null default 'stop'::text,
  found_state text,
  constraint stop_request_pkey PRIMARY KEY (id),
  constraint stop_request_deed_check CHECK ((deed = ANY (ARRAY['stop'::text, 'kill'::text]))),
  constraint stop_request_epoch_fkey FOREIGN KEY (epoch) REFERENCES nightshift.server_instance(epoch)
);
CREATE INDEX stop_request_open ON nightshift.stop_request USING btree (epoch) WHERE (answered_at IS NULL);

create table nightshift.upgrade (
  backend integer not null,
  company_no integer not null,
  what text not null,
  started_at timestamp with time zone not null default clock_timestamp(),
  constraint upgrade_pkey PRIMARY KEY (backend, company_no)
);

create table nightshift.wake_declaration (
  application text not null,
  object text not null,
  table_name text not null,
  constraint wake_declaration_pkey PRIMARY KEY (application, object, table_name)
);

create table nightshift.watched_table (
  no integer not null generated always as identity,
  company_no integer not null,
  name text not null,
  constraint watched_table_pkey PRIMARY KEY (no),
  constraint watched_table_company_no_name_key UNIQUE (company_no, name),
  constraint watched_table_company_no_fkey FOREIGN KEY (company_no) REFERENCES nightshift.company(no) ON DELETE CASCADE
);
CREATE TRIGGER gone AFTER DELETE ON nightshift.watched_table FOR EACH ROW EXECUTE FUNCTION nightshift.watched_table_gone();

create table nightshift_auth."twoFactor" (
  id text not null,
  secret text not null,
  "backupCodes" text not null,
  "userId" text not null,
  verified boolean,
  "failedVerificationCount" integer,
  "lockedUntil" timestamp with time zone,
  constraint "twoFactor_pkey" PRIMARY KEY (id),
  constraint "twoFactor_userId_fkey" FOREIGN KEY ("userId") REFERENCES nightshift_auth."user"(id) ON DELETE CASCADE
);
CREATE INDEX two_factor_of_user ON nightshift_auth."twoFactor" USING btree ("userId");

create table nightshift_auth."user" (
  id text not null,
  name text not null,
  email text not null,
  "emailVerified" boolean not null,
  image text,
  "createdAt" timestamp with time zone not null,
  "updatedAt" timestamp with time zone not null,
  "twoFactorEnabled" boolean,
  constraint user_pkey PRIMARY KEY (id),
  constraint user_email_key UNIQUE (email)
);

create table nightshift_auth.account (
  id text not null,
  "accountId" text not null,
  "providerId" text not null,
  "userId" text not null,
  "accessToken" text,
  "refreshToken" text,
  "idToken" text,
  "accessTokenExpiresAt" timestamp with time zone,
  "refreshTokenExpiresAt" timestamp with time zone,
  scope text,
  password text,
  "createdAt" timestamp with time zone not null,
  "updatedAt" timestamp with time zone not null,
  constraint account_pkey PRIMARY KEY (id),
  constraint "account_userId_fkey" FOREIGN KEY ("userId") REFERENCES nightshift_auth."user"(id) ON DELETE CASCADE
);
CREATE INDEX account_of_user ON nightshift_auth.account USING btree ("userId");
CREATE UNIQUE INDEX account_of_subject ON nightshift_auth.account USING btree ("providerId", "accountId") WHERE ("providerId" = 'oidc'::text);

create table nightshift_auth.secret (
  one boolean not null default true,
  value text not null,
  constraint secret_pkey PRIMARY KEY (one),
  constraint secret_one_check CHECK (one)
);

create table nightshift_auth.session (
  id text not null,
  token text not null,
  "userId" text not null,
  "expiresAt" timestamp with time zone not null,
  "createdAt" timestamp with time zone not null,
  "updatedAt" timestamp with time zone not null,
  "ipAddress" text,
  "userAgent" text,
  "signedInBy" text,
  constraint session_pkey PRIMARY KEY (id),
  constraint session_token_key UNIQUE (token),
  constraint "session_userId_fkey" FOREIGN KEY ("userId") REFERENCES nightshift_auth."user"(id) ON DELETE CASCADE
);
CREATE INDEX session_of_user ON nightshift_auth.session USING btree ("userId");

create table nightshift_auth.verification (
  id text not null,
  identifier text not null,
  value text not null,
  "expiresAt" timestamp with time zone not null,
  "createdAt" timestamp with time zone not null,
  "updatedAt" timestamp with time zone not null,
  constraint verification_pkey PRIMARY KEY (id)
);
CREATE INDEX verification_by_identifier ON nightshift_auth.verification USING btree (identifier);

create view nightshift.every_session_event as
 SELECT session_event.at,
    session_event.id,
    session_event.type,
    session_event.epoch,
    session_event.session_id,
    session_event.unique_id,
    session_event.client_type,
    session_event.origin,
    session_event.user_no,
    session_event.company_no,
    session_event.codeunit,
    session_event.isolation,
    session_event.parent_unique_id,
    session_event.correlation_id,
    session_event.started_at,
    session_event.stopping_at,
    session_event.killed_at,
    session_event.comment,
    session_event.error,
    session_event.lines,
    session_event.progress
   FROM nightshift.session_event
  WHERE (session_event.bundle_first_at IS NULL)
UNION ALL
 SELECT background_session_event.at,
    background_session_event.id,
    background_session_event.type,
    background_session_event.epoch,
    background_session_event.session_id,
    background_session_event.unique_id,
    background_session_event.client_type,
    background_session_event.origin,
    background_session_event.user_no,
    background_session_event.company_no,
    background_session_event.codeunit,
    background_session_event.isolation,
    background_session_event.parent_unique_id,
    background_session_event.correlation_id,
    background_session_event.started_at,
    background_session_event.stopping_at,
    background_session_event.killed_at,
    background_session_event.comment,
    background_session_event.error,
    background_session_event.lines,
    background_session_event.progress
   FROM nightshift.background_session_event
  WHERE (background_session_event.bundle_first_at IS NULL)
UNION ALL
 SELECT e.at,
    s.unique_id AS id,
    b.type,
    b.epoch,
    s.session_id,
    s.unique_id,
    b.client_type,
    b.origin,
    b.user_no,
    b.company_no,
    b.codeunit,
    b.isolation,
    NULL::uuid AS parent_unique_id,
    s.correlation_id,
    (e.at - ((s.duration)::double precision * '00:00:00.001'::interval)) AS started_at,
    NULL::timestamp with time zone AS stopping_at,
    NULL::timestamp with time zone AS killed_at,
    NULL::text AS comment,
    NULL::jsonb AS error,
    NULL::jsonb AS lines,
    NULL::jsonb AS progress
   FROM ((( SELECT session_event.at,
            session_event.id,
            session_event.type,
            session_event.epoch,
            session_event.session_id,
            session_event.unique_id,
            session_event.client_type,
            session_event.origin,
            session_event.user_no,
            session_event.company_no,
            session_event.codeunit,
            session_event.isolation,
            session_event.parent_unique_id,
            session_event.correlation_id,
            session_event.started_at,
            session_event.stopping_at,
            session_event.killed_at,
            session_event.comment,
            session_event.error,
            session_event.lines,
            session_event.progress,
            session_event.bundle_first_at,
            session_event.bundle_size,
            session_event.bundle_low,
            session_event.bundle_high,
            session_event.bundle_low_session,
            session_event.bundle_high_session,
            session_event.bundle_ats,
            session_event.bundle_durations,
            session_event.bundle_session_ids,
            session_event.bundle_unique_ids,
            session_event.bundle_correlation_ids
           FROM nightshift.session_event
          WHERE (session_event.bundle_first_at IS NOT NULL)
        UNION ALL
         SELECT background_session_event.at,
            background_session_event.id,
            background_session_event.type,
            background_session_event.epoch,
            background_session_event.session_id,
            background_session_event.unique_id,
            background_session_event.client_type,
            background_session_event.origin,
            background_session_event.user_no,
            background_session_event.company_no,
            background_session_event.codeunit,
            background_session_event.isolation,
            background_session_event.parent_unique_id,
            background_session_event.correlation_id,
            background_session_event.started_at,
            background_session_event.stopping_at,
            background_session_event.killed_at,
            background_session_event.comment,
            background_session_event.error,
            background_session_event.lines,
            background_session_event.progress,
            background_session_event.bundle_first_at,
            background_session_event.bundle_size,
            background_session_event.bundle_low,
            background_session_event.bundle_high,
            background_session_event.bundle_low_session,
            background_session_event.bundle_high_session,
            background_session_event.bundle_ats,
            background_session_event.bundle_durations,
            background_session_event.bundle_session_ids,
            background_session_event.bundle_unique_ids,
            background_session_event.bundle_correlation_ids
           FROM nightshift.background_session_event
          WHERE (background_session_event.bundle_first_at IS NOT NULL)) b
     CROSS JOIN LATERAL UNNEST(b.bundle_ats, b.bundle_durations, b.bundle_session_ids, b.bundle_unique_ids, b.bundle_correlation_ids) s(after, duration, session_id, unique_id, correlation_id))
     CROSS JOIN LATERAL ( SELECT (b.bundle_first_at + ((s.after)::double precision * '00:00:00.001'::interval)) AS at) e);

create view nightshift.every_task as
 SELECT scheduled_task.id,
    scheduled_task.lane,
    scheduled_task.user_no,
    scheduled_task.codeunit,
    scheduled_task.failure_codeunit,
    scheduled_task.failing,
        CASE
            WHEN (NOT scheduled_task.ready) THEN 'Not Ready'::text
            WHEN (scheduled_task.claim IS NOT NULL) THEN 'Running'::text
            WHEN ((scheduled_task.attempt > 0) OR (scheduled_task.losses > 0)) THEN 'Retrying'::text
            ELSE 'Pending'::text
        END AS state,
    scheduled_task.due,
    scheduled_task.attempt,
    scheduled_task.losses,
    scheduled_task.suspect,
    scheduled_task.record,
    scheduled_task.record_table,
    scheduled_task.timeout_ms,
    scheduled_task.language,
    scheduled_task.time_zone,
    scheduled_task.last_error AS error,
    scheduled_task.claimed_by,
    scheduled_task.correlation_id,
    scheduled_task.idempotency_key,
    scheduled_task.created_at,
    NULL::timestamp with time zone AS failed_at,
    scheduled_task.reassigned_by
   FROM nightshift.scheduled_task
UNION ALL
 SELECT failed_task.id,
    failed_task.lane,
    failed_task.user_no,
    failed_task.codeunit,
    failed_task.failure_codeunit,
    false AS failing,
    failed_task.state,
    failed_task.due,
    failed_task.attempt,
    0 AS losses,
    (0)::smallint AS suspect,
    failed_task.record,
    failed_task.record_table,
    failed_task.timeout_ms,
    failed_task.language,
    failed_task.time_zone,
    failed_task.error,
    NULL::uuid AS claimed_by,
    failed_task.correlation_id,
    failed_task.idempotency_key,
    failed_task.created_at,
    failed_task.failed_at,
    NULL::integer AS reassigned_by
   FROM nightshift.failed_task;

create view nightshift.upgrade_in_progress as
 SELECT backend,
    company_no,
    what,
    started_at
   FROM nightshift.upgrade
  WHERE nightshift.holds_upgrade(backend);

CREATE OR REPLACE FUNCTION nightshift.activate_category(p_company integer, p_code text)
 RETURNS TABLE(activated uuid, category text)
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $function$
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
$function$;

CREATE OR REPLACE FUNCTION nightshift.add_log_entry(e nightshift.job_queue_entry, p_task uuid, p_user integer, p_log jsonb)
 RETURNS bigint
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
$function$;

CREATE OR REPLACE FUNCTION nightshift.adopt_application(p_owner text)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
declare
  v_object record;
begin
  for v_object in
    with owned as (
      select 1 as step, 'pg_class'::regclass as class, oid, relnamespace as schema, relowner as owner from pg_class
      where relkind in ('r', 'p', 'v', 'm', 'f')
        or relkind = 'S' and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass
          and d.objid = pg_class.oid and d.refclassid = 'pg_class'::regclass and d.deptype in ('a', 'i'))
      union all select 2, 'pg_type'::regclass, oid, typnamespace, typowner from pg_type
      where typtype in ('e', 'd', 'r')
        or typtype = 'c' and exists (select from pg_class c where c.oid = typrelid and c.relkind = 'c')
      union all select 2, 'pg_proc'::regclass, oid, pronamespace, proowner from pg_proc
      union all select 2, 'pg_collation'::regclass, oid, collnamespace, collowner from pg_collation
      union all select 2, 'pg_conversion'::regclass, oid, connamespace, conowner from pg_conversion
      union all select 2, 'pg_operator'::regclass, oid, oprnamespace, oprowner from pg_operator
      union all select 2, 'pg_opclass'::regclass, oid, opcnamespace, opcowner from pg_opclass
      union all select 2, 'pg_opfamily'::regclass, oid, opfnamespace, opfowner from pg_opfamily
      union all select 2, 'pg_statistic_ext'::regclass, oid, stxnamespace, stxowner from pg_statistic_ext
      union all select 2, 'pg_ts_config'::regclass, oid, cfgnamespace, cfgowner from pg_ts_config
      union all select 2, 'pg_ts_dict'::regclass, oid, dictnamespace, dictowner from pg_ts_dict
    )
    select replace(i.type, 'statistics object', 'statistics') as type, i.identity
    from owned o join pg_namespace n on n.oid = o.schema cross join pg_identify_object(o.class, o.oid, 0) i
    where n.nspname ~ '^(app_shared|co_[0-9]+)$' and pg_get_userbyid(o.owner) <> p_owner
      and not exists (select from pg_depend d where d.classid = o.class and d.objid = o.oid and d.deptype = 'e')
    order by o.step, i.identity
  loop
    execute format('alter %s %s owner to %I', v_object.type, v_object.identity, p_owner);
  end loop;
end
$function$;

CREATE OR REPLACE FUNCTION nightshift.alert_of_entry(e nightshift.job_queue_entry)
 RETURNS nightshift.alert
 LANGUAGE sql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
  select jsonb_populate_record(null::nightshift.alert, jsonb_build_object('company_no', e.company_no, 'entry_id', e.id,
    'entry_no', e.entry_no, 'subject', coalesce(nullif(e.description, ''), e.object),
    'for_users', (select array_agg(distinct u) from unnest(array[e.owner_no, e.run_as, e.created_by]) u where u is not null)))
$function$;

CREATE OR REPLACE FUNCTION nightshift.audit_is_append_only()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
  raise exception 'rows of the audit log are added, never changed or removed' using errcode = 'NS003';
end
$function$;

CREATE OR REPLACE FUNCTION nightshift.changes(p_tables integer[])
 RETURNS numeric
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
  return (
    select coalesce(sum(coalesce(pg_sequence_last_value(s.id), 0)), 0)
    from unnest(p_tables) as t(no) cross join to_regclass('nightshift.change_' || t.no) as s(id) where s.id is not null);
end
$function$;

CREATE OR REPLACE FUNCTION nightshift.check_caller(p_user integer, p_company integer)
 RETURNS void
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
  if not nightshift.is_caller(p_user, p_company) then
    raise exception 'this session may not act as user % in company %', p_user, p_company using errcode = 'NS002';
  end if;
end
$function$;

CREATE OR REPLACE FUNCTION nightshift.check_categories(p_user integer, p_company integer)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
  perform nightshift.check_caller(p_user, p_company);
  if current_setting('role') <> 'none' and not nightshift.has_set(p_user, p_company, '{SUPER,Job Queue Admin}') then
    raise exception 'user % may not change categories', p_user using errcode = 'NS002';
  end if;
end
$function$;

CREATE OR REPLACE FUNCTION nightshift.check_schedules(p_user integer)
 RETURNS void
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
  if not nightshift.may_schedule(p_user) then
    raise exception 'user % may not schedule work', p_user using errcode = 'NS002';
  end if;
end
$function$;

CREATE OR REPLACE FUNCTION nightshift.close_log_entries(p_task uuid, p_log jsonb)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
$function$;

CREATE OR REPLACE FUNCTION nightshift.declare_entry(p_company integer, p_application text, p_name text, p_columns jsonb)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
$function$;

CREATE OR REPLACE FUNCTION nightshift.declare_wakes(p_application text, p_wakes jsonb)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
  delete from nightshift.wake_declaration d where d.application = p_application and not exists (
    select from jsonb_populate_recordset(null::nightshift.wake_declaration, p_wakes) v
    where v.object = d.object and v.table_name = d.table_name);
  insert into nightshift.wake_declaration
  select p_application, v.object, v.table_name from jsonb_populate_recordset(null::nightshift.wake_declaration, p_wakes) v
  on conflict do nothing;
end
$function$;

CREATE OR REPLACE FUNCTION nightshift.demand_claim(p_task uuid, p_claim uuid)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $function$
begin
  perform from nightshift.scheduled_task where id = p_task and claim = p_claim for update;
  if not found then
    raise exception 'the claim on task % is lost', p_task using errcode = 'NS001';
  end if;
end
$function$;

CREATE OR REPLACE FUNCTION nightshift.end_alerts_of_entry()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
  update nightshift.alert set over_at = greatest(clock_timestamp(), since) where entry_id = old.id and over_at is null;
  return null;
end
$function$;

CREATE OR REPLACE FUNCTION nightshift.end_alerts_of_items(p_now timestamp with time zone)
 RETURNS SETOF bigint
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
declare
  a record;
  v_schema text;
  v_is_so boolean;
begin
  for a in
    select no, company_no, subject, fingerprint from nightshift.alert
    where kind = 'items-failed' and over_at is null order by no for update skip locked
  loop
    v_schema := 'co_' || a.company_no;
    v_is_so := false;
    if to_regclass(format('%I.%I', v_schema, a.subject)) is not null then
      execute format($q$ select exists (select from %I.%I where status = 'Failed' and error_fingerprint = $1) $q$,
        v_schema, a.subject) into v_is_so using a.fingerprint;
    end if;
    if not v_is_so then
      update nightshift.alert set over_at = coalesce(p_now, clock_timestamp()) where no = a.no;
      return next a.no;
    end if;
  end loop;
end
$function$;

CREATE OR REPLACE FUNCTION nightshift.end_rest(e nightshift.job_queue_entry, p_now timestamp with time zone)
 RETURNS SETOF nightshift.job_queue_entry
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
declare
  v_now timestamptz := coalesce(p_now, clock_timestamp());
begin
  -- One that runs already has been claimed: it finds its entry Ready.
  update nightshift.scheduled_task set due = v_now where id = e.task_id and claim is null;
  return query update nightshift.job_queue_entry set status = 'Ready', earliest_start = v_now where id = e.id returning *;
end
$function$;

CREATE OR REPLACE FUNCTION nightshift.ensure_category(p_company integer, p_code text)
 RETURNS void
 LANGUAGE sql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
  insert into nightshift.job_queue_category (company_no, code) select p_company, p_code where p_code is not null
  on conflict do nothing
$function$;

CREATE OR REPLACE FUNCTION nightshift.entry_status_changed()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
$function$;

CREATE OR REPLACE FUNCTION nightshift.error_messages_of(p_log_no bigint, p_log jsonb)
 RETURNS SETOF nightshift.job_queue_error_message
 LANGUAGE sql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
  select p_log_no, m.no::integer, (m.it ->> 'at')::timestamptz, m.it ->> 'codeunit', m.it ->> 'code', m.it ->> 'text',
    m.it -> 'context' ->> 'table', nullif(m.it -> 'context' -> 'key', 'null'), m.it ->> 'field',
    nullif(m.it -> 'details', 'null')
  from jsonb_array_elements(case jsonb_typeof(p_log -> 'messages') when 'array' then p_log -> 'messages' end)
    with ordinality m(it, no)
$function$;

CREATE OR REPLACE FUNCTION nightshift.fail_entry_of_task(p_task uuid, p_status text, p_error jsonb, p_now timestamp with time zone, p_more jsonb)
 RETURNS TABLE(activated uuid, category text)
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
$function$;

CREATE OR REPLACE FUNCTION nightshift.free_slot(p_company integer, p_code text)
 RETURNS smallint
 LANGUAGE sql
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $function$
  with held as materialized (
    select category_slot from nightshift.job_queue_entry
    where company_no = p_company and category_code = p_code and category_slot is not null
  )
  select min(slot)::smallint
  from nightshift.job_queue_category c cross join lateral generate_series(1, c.parallelism) slot
  where c.company_no = p_company and c.code = p_code and (select count(*) from held) < c.parallelism
    and slot not in (select category_slot from held)
$function$;

CREATE OR REPLACE FUNCTION nightshift.has_set(p_user integer, p_company integer, p_sets text[])
 RETURNS boolean
 LANGUAGE sql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
  with recursive had as (
    select s.name, s.definition
    from nightshift.permission_assignment a join nightshift.permission_set s on s.no = a.set_no
    where a.user_no = p_user and (a.company_no is null or a.company_no = p_company)
    union
    select s.name, s.definition
    from had
    cross join lateral jsonb_array_elements_text(had.definition -> 'includes') as included(name)
    join nightshift.permission_set s on s.name = included.name
  )
  select exists (select from had where name = any(p_sets))
$function$;

CREATE OR REPLACE FUNCTION nightshift.holds_upgrade(p_backend integer)
 RETURNS boolean
 LANGUAGE plpgsql
 STABLE COST 10000
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
  return exists (
    select from pg_locks l
    where l.locktype = 'relation' and l.relation = 'nightshift.upgrade'::regclass and l.mode = 'RowShareLock'
      and l.database = (select oid from pg_database where datname = current_database())
      and l.pid = p_backend and l.granted
  );
end
$function$;

CREATE OR REPLACE FUNCTION nightshift.insert_keyed_tasks(p_tasks jsonb, p_now timestamp with time zone)
 RETURNS TABLE(wanted uuid, present uuid, present_codeunit text)
 LANGUAGE sql
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET lock_timeout TO '250ms'
AS $function$
  select * from nightshift.insert_tasks(null, null, p_tasks, p_now)
$function$;

CREATE OR REPLACE FUNCTION nightshift.insert_tasks(p_user integer, p_company integer, p_tasks jsonb, p_now timestamp with time zone)
 RETURNS TABLE(wanted uuid, present uuid, present_codeunit text)
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $function$
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
$function$;

CREATE OR REPLACE FUNCTION nightshift.is_caller(p_user integer, p_company integer)
 RETURNS boolean
 LANGUAGE sql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
  select case current_setting('role')
    when 'none' then pg_has_role(session_user, current_user, 'USAGE')
    else regexp_replace(current_setting('role'), '_i[0-9]+$', '')
      = format('ns_%s_u%s_c%s', (select mark from nightshift.environment), p_user, p_company)
      or pg_has_role(current_setting('role'), current_user, 'USAGE')
  end
$function$;

CREATE OR REPLACE FUNCTION nightshift.is_in_bundle(p_unique_ids uuid[])
 RETURNS boolean
 LANGUAGE sql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
$function$;

CREATE OR REPLACE FUNCTION nightshift.is_watched(p_table oid, p_no integer)
 RETURNS boolean
 LANGUAGE sql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
  select count(*) = 2 from pg_trigger t
  where t.tgrelid = p_table and t.tgname in ('nightshift_inserted', 'nightshift_updated') and t.tgenabled = 'A'
    and t.tgfoid = 'nightshift.table_changed'::regproc and t.tgargs = convert_to(p_no::text, 'UTF8') || '\x00'::bytea
$function$;

CREATE OR REPLACE FUNCTION nightshift.items_columns(p_schema text, p_items text, p_columns text[], OUT names text, OUT given text, OUT changed text)
 RETURNS record
 LANGUAGE sql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
  select coalesce(string_agg(format(', %I', a.attname), '' order by a.attnum), ''),
    coalesce(string_agg(', ' || a.value, '' order by a.attnum), ''),
    coalesce(string_agg(format(', %I = %s', a.attname, a.value), '' order by a.attnum), '')
  from (select *, format('(i.m -> ''c'' ->> %L)::%s', attname, format_type(atttypid, atttypmod)) as value
    from pg_attribute) a
  where a.attrelid = to_regclass(format('%I.%I', p_schema, p_items)) and a.attnum > 0 and not a.attisdropped
    and a.attname = any(p_columns)
$function$;

CREATE OR REPLACE FUNCTION nightshift.items_end(p_schema text, p_items text, p_ids bigint[], p_status text, p_note text, p_notes jsonb, p_claim uuid, p_by integer, p_now timestamp with time zone)
 RETURNS integer
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
AS $function$
declare
  v_columns text;
  v_moved integer;
begin
  select string_agg(format('t.%I', a.attname), ', ' order by a.attnum) into v_columns
  from pg_attribute a
  where a.attrelid = to_regclass(format('%I.%I', p_schema, p_items)) and a.attnum > 0 and not a.attisdropped
    and a.attname not in ('status', 'note', 'finished_at', 'finished_by', 'claim', 'lease_until', 'restaged');
  execute format($q$
    with gone as (
      delete from %1$I.%2$I t where t.id = any ($1) and ($5 is null or t.claim = $5 and not t.restaged)
      returning %3$s, coalesce($4 ->> t.id::text, $3, t.note) as note
    )
    insert into %1$I.%4$I (%5$s, note, status, finished_at, finished_by) select gone.*, $2, $6, $7 from gone
  $q$, p_schema, p_items, v_columns, p_items || '_done', replace(v_columns, 't.', ''))
  using p_ids, p_status, p_note, p_notes, p_claim, p_now, p_by;
  get diagnostics v_moved = row_count;
  return v_moved;
end
$function$;

CREATE OR REPLACE FUNCTION nightshift.items_lock_key(p_claim text)
 RETURNS bigint
 LANGUAGE sql
 IMMUTABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
  select hashtextextended('nightshift work items ' || p_claim, 0)
$function$;

CREATE OR REPLACE FUNCTION nightshift.items_pick(p_schema text, p_items text, p_limit integer, p_suspect boolean, p_keyed boolean, p_heads boolean, p_newest boolean, p_now timestamp with time zone)
 RETURNS bigint[]
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
 SET enable_sort TO 'off'
AS $function$
declare
  v_found bigint[];
  v_unblocked text := '';
  v_ready text := '';
begin
  if p_keyed then
    v_unblocked := format($q$ and (t.concurrency_key is null or not exists (
      select from %I.%I e where e.concurrency_key = t.concurrency_key and e.id < t.id %s)) $q$, p_schema, p_items,
      case when not p_heads and not p_suspect
        then 'and (e.status <> ''Pending'' or e.losses > 0 or e.next_attempt_at > $1)' else '' end);
    v_ready := format($q$ where p.concurrency_key is null or not exists (
      select from %I.%I e where e.concurrency_key = p.concurrency_key and e.id < p.id
        and not exists (select from picked q where q.id = e.id)) $q$, p_schema, p_items);
  end if;
  execute format($q$
    with picked as materialized (
      select t.id, t.concurrency_key from %1$I.%2$I t
      where t.status = 'Pending' and t.next_attempt_at <= $1 and t.losses %3$s 0 %4$s
      order by t.next_attempt_at %5$s, t.id %5$s limit $2 for update of t skip locked
    )
    select array_agg(p.id) from picked p %6$s
  $q$, p_schema, p_items, case when p_suspect then '>' else '=' end, v_unblocked,
    case when p_newest then 'desc' else 'asc' end, v_ready)
  into v_found using p_now, case when p_suspect then 1 else p_limit end;
  return v_found;
end
$function$;

CREATE OR REPLACE FUNCTION nightshift.items_recover(p_schema text, p_items text, p_losses_max integer, p_now timestamp with time zone)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $function$
declare
  v_claim uuid;
  v_failed json;
begin
  for v_claim in execute format($q$
    select t.claim from %I.%I t
    where t.status = 'Processing' and (t.lease_until <= $1 or (t.claimed_by is not null and not exists (
      select from nightshift.server_instance s where s.epoch = t.claimed_by and s.ended_at is null)))
    group by t.claim order by t.claim limit 20
  $q$, p_schema, p_items) using p_now
  loop
    continue when not pg_try_advisory_xact_lock(nightshift.items_lock_key(v_claim::text));
    execute format($q$
      with taken as (
      update %I.%I t set claim = null, claimed_by = null, lease_until = null, restaged = false,
        losses = case when t.restaged then 0 else t.losses + 1 end,
        attempts = case when t.restaged then 0 else t.attempts end,
        status = case when t.restaged or t.losses + 1 < $3 then 'Pending' else 'Failed' end,
        error_code = case when t.losses + 1 < $3 then t.error_code else 'ITEM_POISON' end,
        error_text = case when t.losses + 1 < $3 then t.error_text
          when $3 = 1 then 'Whoever processed it has come to a sudden end, and it is not tried again by itself.'
          else 'Whoever processed it has come to a sudden end three times.' end,
        error_stack = case when t.losses + 1 < $3 then t.error_stack end,
        error_fingerprint = case when t.losses + 1 < $3 then t.error_fingerprint else 'poison' end,
        failed_at = $2
      where t.claim = $1 and t.status = 'Processing'
      returning t.status, t.error_text as text, t.error_fingerprint as fingerprint
      )
      select json_agg(w) from taken w where status = 'Failed'
    $q$, p_schema, p_items) into v_failed using v_claim, p_now, p_losses_max;
    if v_failed is not null then
      perform nightshift.tell_of_items(replace(p_schema, 'co_', '')::integer, p_items, v_failed, p_now);
    end if;
  end loop;
end
$function$;

CREATE OR REPLACE FUNCTION nightshift.items_schema(p_user integer, p_company integer, p_items text, p_right text)
 RETURNS text
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
declare
  v_schema text := 'co_' || p_company;
  v_table oid := to_regclass(format('%I.%I', v_schema, p_items));
begin
  perform nightshift.check_caller(p_user, p_company);
  if v_table is null or obj_description(v_table, 'pg_class') is distinct from 'work items' then
    raise exception 'there are no work items "%"', p_items using errcode = '42P01';
  end if;
  if not has_table_privilege(coalesce(nullif(current_setting('role'), 'none'), session_user), v_table, p_right) then
    raise exception 'permission denied for table %', p_items using errcode = '42501',
      detail = case p_right when 'INSERT' then 'insert into ' when 'UPDATE' then 'update ' else 'select from ' end || p_items;
  end if;
  return v_schema;
end
$function$;

CREATE OR REPLACE FUNCTION nightshift.items_short_columns()
 RETURNS text
 LANGUAGE sql
 IMMUTABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
  select 't.id, t.external_id, t.status, t.attempts, t.losses, t.next_attempt_at, t.concurrency_key, t.version,
    t.correlation_ids, t.error_code, t.error_text, t.error_fingerprint, t.failed_at, t.assigned_to, t.note, t.staged_at,
    t.modified_at, t.started_at, t.finished_at, t.session_unique_id'
$function$;

CREATE OR REPLACE FUNCTION nightshift.join_slot(p_epoch uuid, p_number integer, p_login text, p_role text, p_user integer, p_company integer, p_lent integer, p_waits boolean)
 RETURNS text
 LANGUAGE plpgsql
AS $function$
declare
  v_role oid;
  v_membership record;
  v_fits boolean := false;
  v_maker constant text := '^ns_[0-9a-f]{6}_m[0-9]*_c[0-9]+$';
  v_by text;
  v_command text;
begin
  -- Whoever believes in the membership has a connection to this server. When the server crashes and forgets the change, it
  -- ends that connection too, and with it the belief.
  perform set_config('synchronous_commit', 'off', true), set_config('lock_timeout', '4s', true);
  if p_waits then
    perform from nightshift.environment for update;
  else
    perform from nightshift.environment for update skip locked;
    if not found then
      return 'busy';
    end if;
  end if;
  v_role := to_regrole(p_role);
  if v_role is null then
    return (select 'no role' from nightshift.slot where number = p_number and epoch = p_epoch);
  end if;
  update nightshift.slot set user_no = p_user, company_no = p_company, lent_no = p_lent
  where number = p_number and epoch = p_epoch
  returning (select pg_get_userbyid(a.member) from pg_auth_members a where a.roleid = v_role and a.admin_option
    order by a.member desc limit 1) into v_by;
  if not found then
    return null;
  end if;
  for v_membership in
    select roleid, grantor, set_option and not inherit_option and not admin_option as is_ours
    from pg_auth_members where member = to_regrole(p_login) order by roleid, grantor
  loop
    if v_membership.roleid = v_role and v_membership.is_ours and not v_fits then
      v_fits := true;
    else
      v_command := format('revoke %I from %I granted by %I cascade', pg_get_userbyid(v_membership.roleid), p_login,
        pg_get_userbyid(v_membership.grantor));
      if pg_get_userbyid(v_membership.grantor) ~ v_maker then
        execute format('select nightshift_roles.%I($1)', pg_get_userbyid(v_membership.grantor)) using v_command;
      else
        execute v_command;
      end if;
    end if;
  end loop;
  if not v_fits then
    v_command := format('grant %I to %I with inherit false, set true', p_role, p_login);
    if v_by ~ v_maker then
      execute format('select nightshift_roles.%I($1)', v_by) using v_command;
    else
      execute v_command;
    end if;
  end if;
  return case when exists (select from pg_extension where extname not in ('plpgsql', 'amcheck', 'bloom', 'btree_gin',
    'btree_gist', 'citext', 'cube', 'dict_int', 'earthdistance', 'file_fdw', 'fuzzystrmatch', 'hstore', 'intarray', 'isn',
    'lo', 'ltree', 'pageinspect', 'pg_buffercache', 'pg_freespacemap', 'pg_prewarm', 'pg_stat_statements', 'pg_trgm',
    'pg_visibility', 'pgcrypto', 'pgrowlocks', 'pgstattuple', 'postgis', 'postgres_fdw', 'seg', 'tablefunc', 'unaccent',
    'uuid-ossp', 'vector')) then 'reconnect' else 'joined' end;
end
$function$;

CREATE OR REPLACE FUNCTION nightshift.live_item_tables(p_company integer)
 RETURNS TABLE(items text)
 LANGUAGE sql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
  select c.relname::text from pg_class c
  where c.relnamespace = to_regnamespace('co_' || p_company) and c.relkind = 'r'
    and obj_description(c.oid, 'pg_class') = 'work items'
  order by 1
$function$;

CREATE OR REPLACE FUNCTION nightshift.live_items(p_company integer, p_limit integer, p_ended integer)
 RETURNS TABLE(id text, status text, at xid, is_open boolean)
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
declare
  v_items text;
  v_left integer := p_limit;
  v_found integer;
begin
  for v_items in select * from nightshift.live_item_tables(p_company) loop
    return query execute format($q$
      select %1$L || '/' || t.id, t.status, t.xmin, true from %2$I.%3$I t limit %4$s
    $q$, v_items, 'co_' || p_company, v_items, v_left);
    get diagnostics v_found = row_count;
    v_left := v_left - v_found;
    return query execute format($q$
      select %1$L || '/' || t.id, t.status, t.xmin, false
      from (select id, status, xmin from %2$I.%3$I order by id desc limit %4$s) t
    $q$, v_items, 'co_' || p_company, v_items || '_done', p_ended);
  end loop;
end
$function$;

CREATE OR REPLACE FUNCTION nightshift.live_items_named(p_company integer, p_ids text[])
 RETURNS TABLE(id text, status text, at xid)
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
declare
  v_items text;
  v_ids bigint[];
begin
  for v_items in select * from nightshift.live_item_tables(p_company) loop
    select array_agg(split_part(g, '/', 2)::bigint) into v_ids from unnest(p_ids) g where split_part(g, '/', 1) = v_items;
    continue when v_ids is null;
    -- The moment between the two tables is no end: a look sees one snapshot.
    return query execute format($q$
      select %1$L || '/' || t.id, t.status, t.xmin from %2$I.%3$I t where t.id = any($1)
      union all
      select %1$L || '/' || t.id, t.status, t.xmin from %2$I.%4$I t where t.id = any($1)
    $q$, v_items, 'co_' || p_company, v_items, v_items || '_done') using v_ids;
  end loop;
end
$function$;

CREATE OR REPLACE FUNCTION nightshift.lock_entry(p_company integer, p_entry uuid)
 RETURNS nightshift.job_queue_entry
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $function$
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
$function$;

CREATE OR REPLACE FUNCTION nightshift.lock_entry_of_task(p_task uuid)
 RETURNS nightshift.job_queue_entry
 LANGUAGE sql
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $function$
  select nightshift.lock_entry(null, (select id from nightshift.job_queue_entry where task_id = p_task))
$function$;

CREATE OR REPLACE FUNCTION nightshift.may_change_entry(p_user integer, p_company integer, p_entry uuid)
 RETURNS boolean
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
  return current_setting('role') = 'none' or nightshift.has_set(p_user, p_company, '{SUPER,Job Queue Admin}')
    or (nightshift.has_set(p_user, p_company, '{Job Queue Run}') and (
      exists (
        select from nightshift.job_queue_entry
        where id = p_entry and company_no = p_company and p_user in (created_by, run_as)
      ) or exists (
        select from nightshift.approval_request
        where entry_id = p_entry and company_no = p_company and status = 'Open' and asked_user_no = p_user
      )
    ));
end
$function$;

CREATE OR REPLACE FUNCTION nightshift.may_schedule(p_user integer)
 RETURNS boolean
 LANGUAGE sql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
  select current_setting('role') = 'none' or exists (
    select from nightshift.app_user where no = p_user and can_schedule and not is_delegated and state = 'enabled'
  )
$function$;

CREATE OR REPLACE FUNCTION nightshift.reaches_task(p_user integer, p_company integer, p_task uuid, p_sets text[])
 RETURNS boolean
 LANGUAGE sql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
  select current_setting('role') = 'none' or nightshift.has_set(p_user, p_company, p_sets)
    or exists (
      select from nightshift.job_queue_entry e
      where e.task_id = p_task and e.company_no = p_company
        and (p_user in (e.created_by, e.run_as)
          or nightshift.has_set(p_user, p_company, '{SUPER,Job Queue Admin}'))
    )
$function$;

CREATE OR REPLACE FUNCTION nightshift.revive_task(p_failed nightshift.failed_task, p_user integer, p_reassigned_by integer, p_timeout_ms bigint, p_now timestamp with time zone)
 RETURNS text
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
  insert into nightshift.scheduled_task (id, lane, user_no, codeunit, failure_codeunit, ready, due, record, record_table,
    timeout_ms, language, time_zone, correlation_id, idempotency_key, created_at, reassigned_by)
  values (p_failed.id, p_failed.lane, p_user, p_failed.codeunit, p_failed.failure_codeunit, p_reassigned_by is null,
    coalesce(p_now, clock_timestamp()), p_failed.record, p_failed.record_table,
    -- Tasks that failed before it was kept.
    coalesce(p_failed.timeout_ms, p_timeout_ms), p_failed.language, p_failed.time_zone, p_failed.correlation_id,
    p_failed.idempotency_key, p_failed.created_at, p_reassigned_by)
  on conflict do nothing;
  if not found then
    return 'key';
  end if;
  delete from nightshift.failed_task where id = p_failed.id;
  return 'done';
end
$function$;

CREATE OR REPLACE FUNCTION nightshift.rights_changed()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
  update nightshift.rights_version set version = version + 1;
  perform pg_notify('nightshift_rights', '');
  return null;
end
$function$;

CREATE OR REPLACE FUNCTION nightshift.settle_approval(p_entry uuid, p_user integer, p_ready boolean, p_now timestamp with time zone)
 RETURNS void
 LANGUAGE sql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
  update nightshift.approval_request
  set status = case when p_ready and requested_by <> p_user and coalesce(asked_user_no, p_user) = p_user then 'Approved'
      else 'Withdrawn' end,
    decided_by = p_user, decided_at = coalesce(p_now, clock_timestamp()),
    decision_comment = case when p_ready then 'The entry was set Ready.' else 'The entry was put On Hold.' end
  where entry_id = p_entry and status = 'Open';
$function$;

CREATE OR REPLACE FUNCTION nightshift.table_changed()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
  if exists (select from changed) then
    perform nextval(('nightshift.change_' || tg_argv[0])::regclass);
  end if;
  return null;
exception when others then
  raise warning 'Nightshift could not count a change of %.%: %', tg_table_schema, tg_table_name, sqlerrm;
  return null;
end
$function$;

CREATE OR REPLACE FUNCTION nightshift.tell_alert(a nightshift.alert)
 RETURNS void
 LANGUAGE sql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
  insert into nightshift.alert as t (company_no, kind, key, entry_id, entry_no, subject, log_no, fingerprint, message, by_ms,
    since, last_at, times, over_at, for_users, not_for, asks_application)
  values (a.company_no, a.kind, a.key, a.entry_id, a.entry_no, a.subject, a.log_no, a.fingerprint, left(a.message, 1000),
    a.by_ms, a.since, coalesce(a.last_at, a.since), coalesce(a.times, 1), a.over_at, coalesce(a.for_users, '{}'), a.not_for,
    coalesce(a.asks_application, false))
  on conflict (key) where over_at is null
  do update set times = t.times + excluded.times, last_at = excluded.last_at, log_no = excluded.log_no,
    message = excluded.message
$function$;

CREATE OR REPLACE FUNCTION nightshift.tell_of_approval()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
$function$;

CREATE OR REPLACE FUNCTION nightshift.tell_of_items(p_company integer, p_items text, p_rows json, p_now timestamp with time zone)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
declare
  v record;
  a nightshift.alert;
begin
  for v in
    select r.fingerprint, count(*)::integer as items, min(r.text) as text
    from json_to_recordset(p_rows) as r(text text, fingerprint text)
    group by r.fingerprint order by r.fingerprint
  loop
    a := jsonb_populate_record(null::nightshift.alert, jsonb_build_object('company_no', p_company, 'kind', 'items-failed',
      'key', concat_ws(' ', 'items-failed', p_company, p_items, v.fingerprint), 'subject', p_items,
      'fingerprint', v.fingerprint, 'message', v.text, 'since', p_now, 'times', v.items));
    update nightshift.alert set over_at = p_now
    where key = a.key and over_at is null and since < p_now - interval '1 day';
    perform nightshift.tell_alert(a);
  end loop;
end
$function$;

CREATE OR REPLACE FUNCTION nightshift.tell_of_run(e nightshift.job_queue_entry, p_log jsonb, p_kind text)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
$function$;

CREATE OR REPLACE FUNCTION nightshift.wake_changed(p_entry uuid, p_now timestamp with time zone)
 RETURNS SETOF nightshift.job_queue_entry
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
declare
  e nightshift.job_queue_entry := nightshift.lock_entry(null, p_entry);
begin
  if e.status = 'On Hold with Inactivity Timeout' and e.change_mark <> nightshift.changes(e.changes_of) then
    return query select * from nightshift.end_rest(e, p_now);
  end if;
end
$function$;

CREATE OR REPLACE FUNCTION nightshift.watch_tables(p_company integer)
 RETURNS text[]
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
$function$;

CREATE OR REPLACE FUNCTION nightshift.watched_table_gone()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
  execute format('drop sequence if exists nightshift.change_%s', old.no);
  return null;
end
$function$;

CREATE OR REPLACE FUNCTION nightshift_auth.sign_out()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
  delete from nightshift_auth.session where "userId" = new.no::text;
  return null;
end
$function$;

CREATE OR REPLACE FUNCTION nightshift_session.audit_add(p_user integer, p_company integer, p_row jsonb)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
  perform nightshift.check_caller(p_user, p_company);
  insert into nightshift.audit_log (id, user_no, user_name, company_no, company_name, verb, object_kind, object_id,
    object_name, before, after, result, session_unique_id, correlation_id)
  select r.id, p_user, (select name from nightshift.app_user where no = p_user), p_company,
    (select name from nightshift.company where no = p_company), r.verb, r.object_kind, r.object_id, r.object_name,
    r.before, r.after, 'allowed', r.session_unique_id, r.correlation_id
  from jsonb_populate_record(null::nightshift.audit_log, p_row) r;
end
$function$;
grant execute on function nightshift_session.audit_add(integer,integer,jsonb) to ns_MARK_session;

CREATE OR REPLACE FUNCTION nightshift_session.cancel_task(p_user integer, p_company integer, p_task uuid, p_own_only boolean DEFAULT true)
 RETURNS TABLE(answer text, codeunit text, user_no integer)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
$function$;
grant execute on function nightshift_session.cancel_task(integer,integer,uuid,boolean) to ns_MARK_session;

CREATE OR REPLACE FUNCTION nightshift_session.category_create(p_user integer, p_company integer, p_code text, p_fields jsonb)
 RETURNS SETOF nightshift.job_queue_category
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
  perform nightshift.check_categories(p_user, p_company);
  return query insert into nightshift.job_queue_category (company_no, code, description, parallelism)
  select p_company, p_code, v.description, v.parallelism
  from jsonb_populate_record(null::nightshift.job_queue_category, p_fields) v
  on conflict do nothing
  returning *;
end
$function$;
grant execute on function nightshift_session.category_create(integer,integer,text,jsonb) to ns_MARK_session;

CREATE OR REPLACE FUNCTION nightshift_session.category_delete(p_user integer, p_company integer, p_code text)
 RETURNS bigint
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
$function$;
grant execute on function nightshift_session.category_delete(integer,integer,text) to ns_MARK_session;

CREATE OR REPLACE FUNCTION nightshift_session.category_lock(p_user integer, p_company integer, p_code text)
 RETURNS SETOF nightshift.job_queue_category
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
  perform nightshift.check_categories(p_user, p_company);
  return query select * from nightshift.job_queue_category where company_no = p_company and code = p_code for update;
end
$function$;
grant execute on function nightshift_session.category_lock(integer,integer,text) to ns_MARK_session;

CREATE OR REPLACE FUNCTION nightshift_session.category_modify(p_user integer, p_company integer, p_code text, p_fields jsonb)
 RETURNS TABLE(activated uuid, category text)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
$function$;
grant execute on function nightshift_session.category_modify(integer,integer,text,jsonb) to ns_MARK_session;

CREATE OR REPLACE FUNCTION nightshift_session.check_claim(p_task uuid, p_claim uuid)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $function$
begin
  update nightshift.scheduled_task set commit_number = commit_number + 1 where id = p_task and claim = p_claim;
  if not found then
    raise exception 'the claim on task % is lost', p_task using errcode = 'NS001';
  end if;
end
$function$;
grant execute on function nightshift_session.check_claim(uuid,uuid) to ns_MARK_session;

CREATE OR REPLACE FUNCTION nightshift_session.complete_task(p_task uuid, p_claim uuid)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $function$
begin
  delete from nightshift.scheduled_task where id = p_task and claim = p_claim;
  if not found then
    raise exception 'the claim on task % is lost', p_task using errcode = 'NS001';
  end if;
end
$function$;
grant execute on function nightshift_session.complete_task(uuid,uuid) to ns_MARK_session;

CREATE OR REPLACE FUNCTION nightshift_session.complete_tasks(p_tasks uuid[], p_claims uuid[])
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $function$
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
$function$;
grant execute on function nightshift_session.complete_tasks(uuid[],uuid[]) to ns_MARK_session;

CREATE OR REPLACE FUNCTION nightshift_session.create_tasks(p_user integer, p_company integer, p_tasks jsonb, p_now timestamp with time zone)
 RETURNS TABLE(wanted uuid, present uuid, present_codeunit text)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
$function$;
grant execute on function nightshift_session.create_tasks(integer,integer,jsonb,timestamp with time zone) to ns_MARK_session;

CREATE OR REPLACE FUNCTION nightshift_session.delete_failed_task(p_user integer, p_company integer, p_task uuid, p_own_only boolean DEFAULT true)
 RETURNS TABLE(answer text, codeunit text, user_no integer)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
declare
  v_failed record;
begin
  perform nightshift.check_caller(p_user, p_company);
  select f.user_no, f.codeunit into v_failed from nightshift.failed_task f
  where f.id = p_task and f.lane = p_company for update;
  if not found then
    return;
  elsif v_failed.user_no <> p_user and (p_own_only
      or not nightshift.reaches_task(p_user, p_company, p_task, '{SUPER,Task Admin}')) then
    return query select 'foreign', v_failed.codeunit, v_failed.user_no;
    return;
  end if;
  delete from nightshift.failed_task f where f.id = p_task;
  return query select 'done', v_failed.codeunit, v_failed.user_no;
end
$function$;
grant execute on function nightshift_session.delete_failed_task(integer,integer,uuid,boolean) to ns_MARK_session;

CREATE OR REPLACE FUNCTION nightshift_session.entry_asks_caller(p_user integer, p_company integer, p_entry uuid)
 RETURNS boolean
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
  perform nightshift.check_caller(p_user, p_company);
  return exists (
    select from nightshift.approval_request
    where entry_id = p_entry and company_no = p_company and status = 'Open' and asked_user_no = p_user
  );
end
$function$;
grant execute on function nightshift_session.entry_asks_caller(integer,integer,uuid) to ns_MARK_session;

CREATE OR REPLACE FUNCTION nightshift_session.entry_copy(p_user integer, p_company integer, p_entry uuid, p_id uuid)
 RETURNS SETOF nightshift.job_queue_entry
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
$function$;
grant execute on function nightshift_session.entry_copy(integer,integer,uuid,uuid) to ns_MARK_session;

CREATE OR REPLACE FUNCTION nightshift_session.entry_create(p_user integer, p_company integer, p_fields jsonb)
 RETURNS SETOF nightshift.job_queue_entry
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
$function$;
grant execute on function nightshift_session.entry_create(integer,integer,jsonb) to ns_MARK_session;

CREATE OR REPLACE FUNCTION nightshift_session.entry_delete(p_user integer, p_company integer, p_entry uuid)
 RETURNS TABLE(deleted boolean, activated uuid, category text)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
$function$;
grant execute on function nightshift_session.entry_delete(integer,integer,uuid) to ns_MARK_session;

CREATE OR REPLACE FUNCTION nightshift_session.entry_find_same(p_user integer, p_company integer, p_fields jsonb, p_recurring boolean)
 RETURNS uuid
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
$function$;
grant execute on function nightshift_session.entry_find_same(integer,integer,jsonb,boolean) to ns_MARK_session;

CREATE OR REPLACE FUNCTION nightshift_session.entry_modify(p_user integer, p_company integer, p_entry uuid, p_version integer, p_fields jsonb)
 RETURNS SETOF nightshift.job_queue_entry
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
$function$;
grant execute on function nightshift_session.entry_modify(integer,integer,uuid,integer,jsonb) to ns_MARK_session;

CREATE OR REPLACE FUNCTION nightshift_session.entry_read(p_user integer, p_company integer, p_entry uuid, p_lock boolean)
 RETURNS SETOF nightshift.job_queue_entry
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
$function$;
grant execute on function nightshift_session.entry_read(integer,integer,uuid,boolean) to ns_MARK_session;

CREATE OR REPLACE FUNCTION nightshift_session.entry_set_priority(p_user integer, p_company integer, p_entry uuid, p_priority smallint)
 RETURNS SETOF nightshift.job_queue_entry
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
$function$;
grant execute on function nightshift_session.entry_set_priority(integer,integer,uuid,smallint) to ns_MARK_session;

CREATE OR REPLACE FUNCTION nightshift_session.entry_set_status(p_user integer, p_company integer, p_entry uuid, p_status text, p_fields jsonb, p_now timestamp with time zone)
 RETURNS SETOF nightshift.job_queue_entry
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
$function$;
grant execute on function nightshift_session.entry_set_status(integer,integer,uuid,text,jsonb,timestamp with time zone) to ns_MARK_session;

CREATE OR REPLACE FUNCTION nightshift_session.entry_task_cancelled(p_user integer, p_company integer, p_task uuid)
 RETURNS TABLE(activated uuid, category text)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
$function$;
grant execute on function nightshift_session.entry_task_cancelled(integer,integer,uuid) to ns_MARK_session;

CREATE OR REPLACE FUNCTION nightshift_session.entry_wake(p_user integer, p_company integer, p_entry uuid, p_now timestamp with time zone)
 RETURNS SETOF nightshift.job_queue_entry
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
$function$;
grant execute on function nightshift_session.entry_wake(integer,integer,uuid,timestamp with time zone) to ns_MARK_session;

CREATE OR REPLACE FUNCTION nightshift_session.items_begin(p_user integer, p_company integer, p_items text, p_claim uuid)
 RETURNS SETOF bigint
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $function$
declare
  v_schema text := nightshift.items_schema(p_user, p_company, p_items, 'UPDATE');
begin
  perform pg_advisory_xact_lock(nightshift.items_lock_key(p_claim::text));
  return query execute format('select id from %I.%I where claim = $1 and status = ''Processing'' order by id', v_schema, p_items) using p_claim;
end
$function$;
grant execute on function nightshift_session.items_begin(integer,integer,text,uuid) to ns_MARK_session;

CREATE OR REPLACE FUNCTION nightshift_session.items_call_begin(p_user integer, p_company integer, p_items text, p_external_id text, p_key text, p_idempotency_key uuid, p_session uuid, p_now timestamp with time zone)
 RETURNS TABLE(state text, answer jsonb, intent_at timestamp with time zone)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
declare
  v_schema text := nightshift.items_schema(p_user, p_company, p_items, 'UPDATE');
  v_now timestamptz := coalesce(p_now, clock_timestamp());
begin
  return query execute format($q$
    with made as (
      insert into %1$I.%2$I (external_id, key, idempotency_key, session_unique_id, intent_at) values ($1, $2, $3, $4, $5)
      on conflict do nothing returning 'new'::text, null::jsonb, intent_at
    )
    select * from made
    union all
    select case when answered_at is null then 'unknown' else 'answered' end, answer, intent_at from %1$I.%2$I
    where external_id = $1 and key = $2 and not exists (select from made)
  $q$, v_schema, p_items || '_call') using p_external_id, p_key, p_idempotency_key, p_session, v_now;
end
$function$;
grant execute on function nightshift_session.items_call_begin(integer,integer,text,text,text,uuid,uuid,timestamp with time zone) to ns_MARK_session;

CREATE OR REPLACE FUNCTION nightshift_session.items_call_end(p_user integer, p_company integer, p_items text, p_external_id text, p_key text, p_answer jsonb, p_now timestamp with time zone)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
declare
  v_schema text := nightshift.items_schema(p_user, p_company, p_items, 'UPDATE');
begin
  if p_answer is null then
    execute format('delete from %I.%I where external_id = $1 and key = $2 and answered_at is null',
      v_schema, p_items || '_call') using p_external_id, p_key;
  else
    execute format('update %I.%I set answer = $3, answered_at = $4 where external_id = $1 and key = $2 and answered_at is null',
      v_schema, p_items || '_call') using p_external_id, p_key, p_answer, coalesce(p_now, clock_timestamp());
  end if;
end
$function$;
grant execute on function nightshift_session.items_call_end(integer,integer,text,text,text,jsonb,timestamp with time zone) to ns_MARK_session;

CREATE OR REPLACE FUNCTION nightshift_session.items_change(p_user integer, p_company integer, p_items text, p_change text, p_ids bigint[], p_fingerprint text, p_args jsonb, p_now timestamp with time zone)
 RETURNS TABLE(id bigint, external_id text, status text, assigned_to integer)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
declare
  v_schema text := nightshift.items_schema(p_user, p_company, p_items, 'UPDATE');
  v_now timestamptz := coalesce(p_now, clock_timestamp());
  v_found bigint[];
begin
  execute format($q$
    select array_agg(held.id) from (
      select t.id from %I.%I t
      where (t.id = any($1) and t.status in ('Pending', 'Failed'))
        or ($1 is null and t.status = 'Failed' and t.error_fingerprint = $2)
      order by t.id limit 10000 for update of t
    ) held $q$, v_schema, p_items) into v_found using p_ids, p_fingerprint;
  return query execute format('select t.id, t.external_id, t.status, t.assigned_to from %I.%I t where t.id = any($1)
    order by t.id', v_schema, p_items) using v_found;
  case p_change
    when 'retry' then
      execute format('update %I.%I set status = ''Pending'', attempts = 0, losses = 0, next_attempt_at = $2,
        note = coalesce($3, note) where id = any($1)', v_schema, p_items) using v_found, v_now, p_args ->> 'text';
    when 'assign' then
      execute format('update %I.%I set assigned_to = $2 where id = any($1)', v_schema, p_items)
      using v_found, (p_args ->> 'user')::integer;
    else
      perform nightshift.items_end(v_schema, p_items, v_found, case p_change when 'skip' then 'Skipped' else 'Resolved' end,
        p_args ->> 'text', null, null, p_user, v_now);
  end case;
end
$function$;
grant execute on function nightshift_session.items_change(integer,integer,text,text,bigint[],text,jsonb,timestamp with time zone) to ns_MARK_session;

CREATE OR REPLACE FUNCTION nightshift_session.items_claim(p_user integer, p_company integer, p_items text, p_limit integer, p_keyed boolean, p_newest boolean, p_claim uuid, p_claimed_by uuid, p_session uuid, p_lease_ms bigint, p_losses_max integer, p_now timestamp with time zone)
 RETURNS TABLE(id bigint, external_id text, attempts integer, losses integer, concurrency_key text, payload jsonb, version numeric, correlation_ids jsonb, staged_at timestamp with time zone, error_code text, error_text text)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $function$
declare
  v_schema text := nightshift.items_schema(p_user, p_company, p_items, 'UPDATE');
  v_now timestamptz := coalesce(p_now, clock_timestamp());
  v_found bigint[];
  v_busy boolean := true;
begin
  perform nightshift.items_recover(v_schema, p_items, p_losses_max, v_now);
  if pg_try_advisory_xact_lock(nightshift.items_lock_key(format('%s.%s %s', v_schema, p_items, p_claimed_by))) then
    execute format('select exists (select from %I.%I where status = ''Processing'' and losses > 0 and claimed_by = $1)',
      v_schema, p_items) into v_busy using p_claimed_by;
  end if;
  if not v_busy then
    v_found := nightshift.items_pick(v_schema, p_items, p_limit, true, p_keyed, false, p_newest, v_now);
  end if;
  v_found := coalesce(v_found,
    nightshift.items_pick(v_schema, p_items, p_limit, false, p_keyed, false, p_newest, v_now));
  if v_found is null and p_keyed then
    v_found := nightshift.items_pick(v_schema, p_items, p_limit, false, true, true, p_newest, v_now);
  end if;
  if v_found is null then
    return;
  end if;
  return query execute format($q$
    update %I.%I t set status = 'Processing', attempts = t.attempts + 1, claim = $2, claimed_by = $3, session_unique_id = $4,
      lease_until = $5, started_at = $6
    where t.id = any($1)
    returning t.id, t.external_id, t.attempts, t.losses, t.concurrency_key, t.payload, t.version, t.correlation_ids,
      t.staged_at, t.error_code, t.error_text
  $q$, v_schema, p_items)
  using v_found, p_claim, p_claimed_by, p_session, v_now + p_lease_ms * interval '1 millisecond', v_now;
end
$function$;
grant execute on function nightshift_session.items_claim(integer,integer,text,integer,boolean,boolean,uuid,uuid,uuid,bigint,integer,timestamp with time zone) to ns_MARK_session;

CREATE OR REPLACE FUNCTION nightshift_session.items_counts(p_user integer, p_company integer, p_items text)
 RETURNS TABLE(status text, items bigint, relation text, oldest_at timestamp with time zone)
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
declare
  v_schema text := nightshift.items_schema(p_user, p_company, p_items, 'SELECT');
  v_max constant integer := 10000;
  v_processed bigint;
begin
  return query execute format($q$
    select s, c.items, case when c.items > %3$s then 'gte' else 'eq' end, case when s = 'Pending' then (
      select min(t.staged_at) from (select staged_at from %1$I.%2$I where status = 'Pending'
        order by next_attempt_at, id limit 1000) t) end
    from unnest('{Pending,Processing,Failed}'::text[]) s,
      lateral (select count(*) as items from (select from %1$I.%2$I t where t.status = s limit %3$s + 1) few) c
    where c.items > 0
    union all
    select s, c.items, case when c.items > %3$s then 'gte' else 'eq' end, null
    from unnest('{Skipped,Resolved}'::text[]) s, lateral (select count(*) as items from (
      select from %1$I.%4$I t where t.status = s and t.status <> 'Processed' limit %3$s + 1) few) c
    where c.items > 0
  $q$, v_schema, p_items, v_max, p_items || '_done');
  execute format('select count(*) from (select from %I.%I t where t.status = ''Processed'' limit %s) few',
    v_schema, p_items || '_done', v_max + 1) into v_processed;
  if v_processed between 1 and v_max then
    return query select 'Processed', v_processed, 'eq', null::timestamptz;
  elsif v_processed > v_max then
    return query select 'Processed', greatest(v_max + 1, sum(c.reltuples)::bigint), 'about', null::timestamptz
      from pg_inherits i join pg_class c on c.oid = i.inhrelid
      where i.inhparent = to_regclass(format('%I.%I', v_schema, p_items || '_done'));
  end if;
end
$function$;
grant execute on function nightshift_session.items_counts(integer,integer,text) to ns_MARK_session;

CREATE OR REPLACE FUNCTION nightshift_session.items_edit(p_user integer, p_company integer, p_items text, p_id bigint, p_payload jsonb, p_more jsonb, p_columns text[], p_now timestamp with time zone)
 RETURNS TABLE(external_id text, payload jsonb)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
declare
  v_schema text := nightshift.items_schema(p_user, p_company, p_items, 'UPDATE');
  v_own record;
begin
  v_own := nightshift.items_columns(v_schema, p_items, p_columns);
  return query execute format($q$
    with old as (
      select t.id, t.external_id, t.payload from %1$I.%2$I t where t.id = $1 and t.status in ('Pending', 'Failed') for update
    ), changed as (
      update %1$I.%2$I t set (payload, concurrency_key, correlation_ids, modified_at %3$s) =
        (select $2, i.m ->> 'k', coalesce(i.m -> 'r', '{}'), $4 %4$s from (select $3 as m) i)
      from old where t.id = old.id
    )
    select old.external_id, old.payload from old
  $q$, v_schema, p_items, v_own.names, v_own.given) using p_id, p_payload, p_more, coalesce(p_now, clock_timestamp());
end
$function$;
grant execute on function nightshift_session.items_edit(integer,integer,text,bigint,jsonb,jsonb,text[],timestamp with time zone) to ns_MARK_session;

CREATE OR REPLACE FUNCTION nightshift_session.items_finish(p_user integer, p_company integer, p_items text, p_claim uuid, p_processed bigint[], p_skipped jsonb, p_rows json, p_now timestamp with time zone)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $function$
declare
  v_schema text := nightshift.items_schema(p_user, p_company, p_items, 'UPDATE');
  v_now timestamptz := coalesce(p_now, clock_timestamp());
  v_skipped bigint[] := array(select id::bigint from jsonb_object_keys(p_skipped) id);
  v_left integer := cardinality(p_processed) + cardinality(v_skipped) + json_array_length(p_rows);
  v_written integer;
  v_failed json;
begin
  -- In the order of their numbers, as whoever stages them anew meanwhile: each would wait for the other. A single statement takes
  -- them in that order by itself.
  if cardinality(v_skipped) > 0 or json_array_length(p_rows) > 0 then
    execute format('select from %I.%I where id = any ($1) and claim = $2 order by id for update', v_schema, p_items)
    using p_processed || v_skipped || array(select (r ->> 'id')::bigint from json_array_elements(p_rows) r), p_claim;
  end if;
  v_left := v_left - nightshift.items_end(v_schema, p_items, p_processed, 'Processed', null, null, p_claim, null, v_now);
  if cardinality(v_skipped) > 0 then
    v_left := v_left - nightshift.items_end(v_schema, p_items, v_skipped, 'Skipped', null, p_skipped, p_claim, null, v_now);
  end if;
  if v_left = 0 then
    return;
  end if;
  -- Those that are still there although they have ended have been staged anew meanwhile.
  execute format($q$
    with written as (
    update %I.%I t set claim = null, claimed_by = null, lease_until = null, restaged = false,
      status = case when t.restaged or r.status = 'Released' then 'Pending' else r.status end,
      attempts = case when t.restaged then 0 when r.status = 'Released' then t.attempts - 1 else t.attempts end,
      losses = case when t.restaged then 0 else t.losses end,
      next_attempt_at = case when t.restaged or r.status <> 'Pending' then t.next_attempt_at
        else $3 + r.after_ms * interval '1 millisecond' end,
      error_code = case when r.text is null then t.error_code else r.code end,
      error_text = coalesce(r.text, t.error_text),
      error_stack = case when r.text is null then t.error_stack else r.stack end,
      error_fingerprint = coalesce(r.fingerprint, t.error_fingerprint),
      failed_at = case when r.text is null then t.failed_at else $3 end
    from (
      select * from json_to_recordset($1) as r(id bigint, status text, after_ms bigint, code text, text text, stack text,
        fingerprint text)
      union all
      select id, 'Processed', null, null, null, null, null from unnest($4) id
    ) r
    where t.id = r.id and t.claim = $2
    returning t.status, t.error_text as text, t.error_fingerprint as fingerprint
    )
    select count(*), json_agg(w) filter (where status = 'Failed') from written w $q$, v_schema, p_items)
  into v_written, v_failed using p_rows, p_claim, v_now, p_processed || v_skipped;
  if v_written <> v_left then
    raise exception 'the work items of this chunk are claimed by somebody else' using errcode = 'NS001';
  end if;
  if v_failed is not null then
    perform nightshift.tell_of_items(p_company, p_items, v_failed, v_now);
  end if;
end
$function$;
grant execute on function nightshift_session.items_finish(integer,integer,text,uuid,bigint[],jsonb,json,timestamp with time zone) to ns_MARK_session;

CREATE OR REPLACE FUNCTION nightshift_session.items_get(p_user integer, p_company integer, p_items text, p_id bigint, p_external_id text)
 RETURNS SETOF jsonb
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
declare
  v_schema text := nightshift.items_schema(p_user, p_company, p_items, 'SELECT');
begin
  return query execute format($q$
    select found.item || jsonb_build_object('assignee', (
        select name from nightshift.app_user where no = (found.item ->> 'assigned_to')::integer),
      'calls', (select coalesce(jsonb_agg(to_jsonb(c) - 'external_id' order by c.intent_at, c.key), '[]')
        from %1$I.%4$I c where c.external_id = found.item ->> 'external_id'))
    from (
      (select to_jsonb(t) as item, t.id from %1$I.%2$I t
        where t.id = any (array[$1, (select k.item from %1$I.%5$I k where k.external_id = $2)]))
      union all
      (select to_jsonb(t), t.id from %1$I.%3$I t where t.id = $1 or t.external_id = $2 order by t.id desc limit 1)
    ) found order by found.id desc limit 1
  $q$, v_schema, p_items, p_items || '_done', p_items || '_call', p_items || '_key') using p_id, p_external_id;
end
$function$;
grant execute on function nightshift_session.items_get(integer,integer,text,bigint,text) to ns_MARK_session;

CREATE OR REPLACE FUNCTION nightshift_session.items_groups(p_user integer, p_company integer, p_items text)
 RETURNS TABLE(fingerprint text, code text, message text, items bigint, unassigned bigint, first_at timestamp with time zone, last_at timestamp with time zone)
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
declare
  v_schema text := nightshift.items_schema(p_user, p_company, p_items, 'SELECT');
begin
  return query execute format($q$
    select t.error_fingerprint, max(t.error_code), max(t.error_text), count(*), count(*) filter (where t.assigned_to is null),
      min(t.failed_at), max(t.failed_at)
    from %I.%I t where t.status = 'Failed' group by t.error_fingerprint order by count(*) desc, t.error_fingerprint
  $q$, v_schema, p_items);
end
$function$;
grant execute on function nightshift_session.items_groups(integer,integer,text) to ns_MARK_session;

CREATE OR REPLACE FUNCTION nightshift_session.items_list(p_user integer, p_company integer, p_items text, p_statuses text[], p_filter jsonb, p_limit integer)
 RETURNS SETOF jsonb
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
declare
  v_schema text := nightshift.items_schema(p_user, p_company, p_items, 'SELECT');
  v_open text[] := '{Pending,Processing,Failed}';
  v_where text := 'true';
  v_which text;
  v_parts text[];
begin
  if p_filter ->> 'before' is not null then
    v_where := v_where || ' and t.id < ($1 ->> ''before'')::bigint';
  end if;
  if p_filter ->> 'fingerprint' is not null then
    v_where := v_where || ' and t.error_fingerprint = $1 ->> ''fingerprint''';
  end if;
  if p_filter ->> 'externalId' is not null then
    v_where := v_where || ' and t.external_id = $1 ->> ''externalId''';
    v_which := format('and t.id = (select k.item from %I.%I k where k.external_id = $1 ->> ''externalId'')',
      v_schema, p_items || '_key');
  end if;
  if p_filter ->> 'assignedTo' is not null then
    v_where := v_where || ' and t.assigned_to = ($1 ->> ''assignedTo'')::integer';
  end if;
  if (p_filter ->> 'unassigned')::boolean then
    v_where := v_where || ' and t.assigned_to is null';
  end if;
  if p_filter ->> 'sessionUniqueId' is not null then
    v_where := v_where || ' and t.session_unique_id = ($1 ->> ''sessionUniqueId'')::uuid';
  end if;
  if p_statuses is not null then
    v_where := v_where || format(' and t.status = any(%L)', p_statuses);
  end if;
  -- Of the done ones, which may be millions, nothing is read that cannot be there.
  if p_statuses is null or p_statuses && v_open then
    v_parts := array[p_items];
  end if;
  if p_statuses is null or not p_statuses <@ v_open then
    v_parts := v_parts || (p_items || '_done');
    -- By its own index what is rare is found among them.
    if p_statuses is not null and not 'Processed' = any(p_statuses) then
      v_where := v_where || ' and t.status <> ''Processed''';
    end if;
  end if;
  return query execute format($q$
    select to_jsonb(found) || jsonb_build_object('assignee', (select name from nightshift.app_user where no = found.assigned_to))
    from (%s) found order by found.id desc limit $2
  $q$, (
    select string_agg(format('(select %s from %I.%I t where %s %s order by t.id desc limit $2)',
      nightshift.items_short_columns(), v_schema, part, v_where, case when part = p_items then v_which end), ' union all ')
    from unnest(v_parts) part
  )) using p_filter, p_limit;
end
$function$;
grant execute on function nightshift_session.items_list(integer,integer,text,text[],jsonb,integer) to ns_MARK_session;

CREATE OR REPLACE FUNCTION nightshift_session.items_release(p_user integer, p_company integer, p_items text, p_claim uuid)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $function$
declare
  v_schema text := nightshift.items_schema(p_user, p_company, p_items, 'UPDATE');
begin
  -- The session may take a moment to end; if it takes longer, the lease ends the claim.
  perform set_config('lock_timeout', '30s', true);
  perform pg_advisory_xact_lock(nightshift.items_lock_key(p_claim::text));
  execute format($q$
    update %I.%I t set claim = null, claimed_by = null, session_unique_id = null, lease_until = null, status = 'Pending',
      attempts = case when t.restaged then 0 else t.attempts - 1 end, restaged = false
    where t.claim = $1 and t.status = 'Processing' $q$, v_schema, p_items) using p_claim;
end
$function$;
grant execute on function nightshift_session.items_release(integer,integer,text,uuid) to ns_MARK_session;

CREATE OR REPLACE FUNCTION nightshift_session.items_remaining(p_user integer, p_company integer, p_items text, p_now timestamp with time zone)
 RETURNS TABLE(is_due boolean, next_due timestamp with time zone)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
declare
  v_schema text := nightshift.items_schema(p_user, p_company, p_items, 'SELECT');
begin
  return query execute format($q$
    select coalesce(min(t.next_attempt_at) <= $1, false), min(t.next_attempt_at) from %I.%I t where t.status = 'Pending'
  $q$, v_schema, p_items) using coalesce(p_now, clock_timestamp());
end
$function$;
grant execute on function nightshift_session.items_remaining(integer,integer,text,timestamp with time zone) to ns_MARK_session;

CREATE OR REPLACE FUNCTION nightshift_session.items_stage(p_user integer, p_company integer, p_items text, p_ids text[], p_payloads jsonb[], p_more jsonb[], p_columns text[], p_now timestamp with time zone)
 RETURNS TABLE(staged integer, updated integer)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $function$
declare
  v_schema text := nightshift.items_schema(p_user, p_company, p_items, 'INSERT');
  v_keys text := format('%I.%I', v_schema, p_items || '_key');
  v_open text := format('%I.%I', v_schema, p_items);
  v_numbers regclass := pg_get_serial_sequence(v_open, 'id');
  v_now timestamptz := coalesce(p_now, clock_timestamp());
  v_own record := nightshift.items_columns(v_schema, p_items, p_columns);
  -- Of two rows of one external id the newer one counts. Numbers grow with the rows.
  v_newest constant text := $q$
    given as materialized (
      select %s as id, a.e collate "C" as e, a.p, a.m, (a.m ->> 'v')::numeric as v
      from unnest($1, $2, $3) with ordinality as a(e, p, m, n)
    ), newest as materialized (
      select distinct on (e) *, md5(p::text)::uuid as d from given order by e, v desc nulls last, id desc
    ) $q$;
  v_numbered text := format(v_newest, 'nextval($4)');
  v_opened text := format($q$ insert into %s (id, external_id, next_attempt_at, staged_at, modified_at, concurrency_key,
      payload, version, correlation_ids %s)
    overriding system value
    select i.id, i.e, $5, $5, $5, i.m ->> 'k', i.p, i.v, coalesce(i.m -> 'r', '{}') %s $q$, v_open, v_own.names, v_own.given);
  v_newer constant text := $q$ case when w.v is null or k.version is null then w.d <> k.digest else w.v > k.version end $q$;
  v_known boolean;
  v_given integer;
  v_changed text[];
begin
  updated := 0;
  -- Most rows are new, as a rule. To ask for all of them first takes less than to ask for each when it is written.
  execute format('select exists (select from %s where external_id = any ((select $1)::text[]))', v_keys)
  into v_known using p_ids;
  if not v_known then
    begin
      execute format('with %s, keyed as (
          insert into %s (external_id, version, digest, item) select e, v, d, id from newest order by e
        ) %s from newest i order by i.id', v_numbered, v_keys, v_opened)
      using p_ids, p_payloads, p_more, v_numbers, v_now;
      get diagnostics staged = row_count;
      return next;
      return;
    exception when unique_violation then
      null; -- Somebody else has staged one of them at the same moment.
    end;
  end if;
  execute format('with %s, keyed as (
      insert into %s (external_id, version, digest, item) select e, v, d, id from newest order by e
      on conflict do nothing returning item
    ), opened as (%s from newest i where i.id in (select item from keyed) order by i.id)
    select (select count(*) from keyed)::integer, (select count(*) from newest)::integer', v_numbered, v_keys, v_opened)
  into staged, v_given using p_ids, p_payloads, p_more, v_numbers, v_now;
  if staged < v_given then
    -- The others are known. Which of them are newer: nobody else stages these from here on.
    execute format('with %s select array_agg(held.e) from (
        select w.e from newest w join %s k on k.external_id = w.e where %s order by w.e for no key update of k
      ) held', format(v_newest, 'a.n'), v_keys, v_newer)
    into v_changed using p_ids, p_payloads, p_more;
  end if;
  if v_changed is not null then
    -- What has ended, or ends at this moment, is opened anew.
    execute format($q$ with %1$s, i as materialized (
        select w.*, k.item from newest w join %2$s k on k.external_id = w.e where w.e = any ($6) order by k.item
      ), changed as (
        update %3$s t set payload = i.p, version = i.v, concurrency_key = i.m ->> 'k',
          correlation_ids = coalesce(i.m -> 'r', '{}'), modified_at = $5, restaged = t.status = 'Processing',
          status = case when t.status = 'Processing' then t.status else 'Pending' end,
          attempts = case when t.status = 'Processing' then t.attempts else 0 end,
          losses = case when t.status = 'Processing' then t.losses else 0 end,
          next_attempt_at = case when t.status = 'Processing' then t.next_attempt_at else $5 end %4$s
        from i where t.id = i.item returning t.id
      ), opened as (
        %5$s from i where not exists (select from changed c where c.id = i.item) order by i.id returning id, external_id
      ), noted as (
        update %2$s k set version = i.v, digest = i.d, item = coalesce(o.id, k.item)
        from i left join opened o on o.external_id = i.e where k.external_id = i.e
      )
      select count(*)::integer from i $q$, v_numbered, v_keys, v_open, v_own.changed, v_opened)
    into updated using p_ids, p_payloads, p_more, v_numbers, v_now, v_changed;
  end if;
  return next;
end
$function$;
grant execute on function nightshift_session.items_stage(integer,integer,text,text[],jsonb[],jsonb[],text[],timestamp with time zone) to ns_MARK_session;

CREATE OR REPLACE FUNCTION nightshift_session.log_add(p_user integer, p_company integer, p_entry uuid, p_log jsonb)
 RETURNS bigint
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
$function$;
grant execute on function nightshift_session.log_add(integer,integer,uuid,jsonb) to ns_MARK_session;

CREATE OR REPLACE FUNCTION nightshift_session.log_note(p_task uuid, p_claim uuid, p_entry uuid, p_note text)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
  perform nightshift.demand_claim(p_task, p_claim);
  update nightshift.job_queue_log_entry set note = concat_ws('; ', note, p_note)
  where no = (select max(no) from nightshift.job_queue_log_entry where task_id = p_task and entry_id = p_entry);
end
$function$;
grant execute on function nightshift_session.log_note(uuid,uuid,uuid,text) to ns_MARK_session;

CREATE OR REPLACE FUNCTION nightshift_session.reassign_task(p_user integer, p_company integer, p_task uuid, p_to integer, p_owned text[], p_timeout_ms bigint, p_now timestamp with time zone)
 RETURNS TABLE(answer text, codeunit text, user_no integer)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
declare
  v_task record;
  v_failed nightshift.failed_task;
begin
  perform nightshift.check_caller(p_user, p_company);
  if not nightshift.reaches_task(p_user, p_company, p_task, '{SUPER,Task Admin}') then
    raise exception 'user % may not reassign tasks', p_user using errcode = 'NS002';
  end if;
  select t.user_no, t.codeunit, t.claim into v_task from nightshift.scheduled_task t
  where t.id = p_task and t.lane = p_company for update;
  if found then
    if v_task.codeunit <> all(p_owned) and v_task.claim is null and v_task.user_no <> p_to then
      update nightshift.scheduled_task t set user_no = p_to, ready = false, attempt = 0, reassigned_by = p_user
      where t.id = p_task;
    end if;
    return query select case when v_task.codeunit = any(p_owned) then 'owned' when v_task.claim is not null then 'running'
      when v_task.user_no = p_to then 'same' else 'done' end, v_task.codeunit, v_task.user_no;
    return;
  end if;
  select * into v_failed from nightshift.failed_task f where f.id = p_task and f.lane = p_company for update;
  if found then
    return query select case when v_failed.codeunit = any(p_owned) then 'owned'
      when v_failed.user_no = p_to then 'same'
      else nightshift.revive_task(v_failed, p_to, p_user, p_timeout_ms, p_now) end, v_failed.codeunit, v_failed.user_no;
  end if;
end
$function$;
grant execute on function nightshift_session.reassign_task(integer,integer,uuid,integer,text[],bigint,timestamp with time zone) to ns_MARK_session;

CREATE OR REPLACE FUNCTION nightshift_session.report_file(p_user integer, p_company integer, p_facts jsonb, p_content bytea, p_now timestamp with time zone)
 RETURNS bigint
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
$function$;
grant execute on function nightshift_session.report_file(integer,integer,jsonb,bytea,timestamp with time zone) to ns_MARK_session;

CREATE OR REPLACE FUNCTION nightshift_session.rerun_failed_task(p_user integer, p_company integer, p_task uuid, p_owned text[], p_timeout_ms bigint, p_now timestamp with time zone, p_own_only boolean DEFAULT true)
 RETURNS TABLE(answer text, codeunit text, user_no integer)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
declare
  v_failed nightshift.failed_task;
begin
  perform nightshift.check_caller(p_user, p_company);
  perform nightshift.check_schedules(p_user);
  select * into v_failed from nightshift.failed_task f where f.id = p_task and f.lane = p_company for update;
  if not found then
    return;
  elsif v_failed.user_no <> p_user and (p_own_only
      or not nightshift.reaches_task(p_user, p_company, p_task, '{SUPER,Task Admin}')) then
    return query select 'foreign', v_failed.codeunit, v_failed.user_no;
  elsif v_failed.codeunit = any(p_owned) then
    return query select 'owned', v_failed.codeunit, v_failed.user_no;
  else
    return query select nightshift.revive_task(v_failed, v_failed.user_no, null, p_timeout_ms, p_now), v_failed.codeunit,
      v_failed.user_no;
  end if;
end
$function$;
grant execute on function nightshift_session.rerun_failed_task(integer,integer,uuid,text[],bigint,timestamp with time zone,boolean) to ns_MARK_session;

CREATE OR REPLACE FUNCTION nightshift_session.run_begin(p_task uuid, p_claim uuid, p_entry uuid, p_log jsonb, p_lost jsonb)
 RETURNS TABLE(no bigint, seen xid)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
$function$;
grant execute on function nightshift_session.run_begin(uuid,uuid,uuid,jsonb,jsonb) to ns_MARK_session;

CREATE OR REPLACE FUNCTION nightshift_session.run_end(p_task uuid, p_claim uuid, p_entry uuid, p_log jsonb, p_fields jsonb, p_seen xid DEFAULT NULL::xid, p_user integer DEFAULT NULL::integer, p_next jsonb DEFAULT NULL::jsonb, p_now timestamp with time zone DEFAULT NULL::timestamp with time zone)
 RETURNS TABLE(activated uuid, category text, changed boolean)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
$function$;
grant execute on function nightshift_session.run_end(uuid,uuid,uuid,jsonb,jsonb,xid,integer,jsonb,timestamp with time zone) to ns_MARK_session;

CREATE OR REPLACE FUNCTION nightshift_session.run_hook_mark(p_task uuid, p_claim uuid, p_entry uuid)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
  perform from nightshift.job_queue_entry where id = p_entry for update;
  perform nightshift.demand_claim(p_task, p_claim);
  update nightshift.job_queue_entry set hooked_task = p_task where id = p_entry and task_id = p_task;
end
$function$;
grant execute on function nightshift_session.run_hook_mark(uuid,uuid,uuid) to ns_MARK_session;

CREATE OR REPLACE FUNCTION nightshift_session.run_hook_marked(p_task uuid, p_claim uuid, p_entry uuid)
 RETURNS boolean
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
  perform nightshift.demand_claim(p_task, p_claim);
  return exists (select from nightshift.job_queue_entry where id = p_entry and hooked_task = p_task);
end
$function$;
grant execute on function nightshift_session.run_hook_marked(uuid,uuid,uuid) to ns_MARK_session;

CREATE OR REPLACE FUNCTION nightshift_session.run_mark_changes(p_task uuid, p_claim uuid, p_entry uuid, p_tables text[])
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
$function$;
grant execute on function nightshift_session.run_mark_changes(uuid,uuid,uuid,text[]) to ns_MARK_session;

CREATE OR REPLACE FUNCTION nightshift_session.run_saw_all(p_task uuid, p_claim uuid, p_entry uuid)
 RETURNS boolean
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
  perform nightshift.demand_claim(p_task, p_claim);
  return coalesce((
    select e.change_mark = nightshift.changes(e.changes_of) from nightshift.job_queue_entry e where e.id = p_entry), false);
end
$function$;
grant execute on function nightshift_session.run_saw_all(uuid,uuid,uuid) to ns_MARK_session;

CREATE OR REPLACE FUNCTION nightshift_session.run_wait(p_task uuid, p_claim uuid, p_entry uuid, p_next uuid)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
  perform nightshift.lock_entry(null, p_entry);
  perform nightshift.demand_claim(p_task, p_claim);
  update nightshift.job_queue_entry set status = 'Waiting', task_id = p_next where id = p_entry and task_id = p_task;
end
$function$;
grant execute on function nightshift_session.run_wait(uuid,uuid,uuid,uuid) to ns_MARK_session;

CREATE OR REPLACE FUNCTION nightshift_session.set_task_ready(p_user integer, p_company integer, p_task uuid, p_due timestamp with time zone, p_own_only boolean DEFAULT true, p_accepts boolean DEFAULT false)
 RETURNS text
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
declare
  v_task record;
begin
  perform nightshift.check_caller(p_user, p_company);
  perform nightshift.check_schedules(p_user);
  select t.user_no, t.reassigned_by is not null as is_given, u.kind = 'application' as is_application into v_task
  from nightshift.scheduled_task t left join nightshift.app_user u on u.no = t.user_no
  where t.id = p_task and t.lane = p_company and t.claim is null
  for update of t;
  if not found then
    return null;
  elsif v_task.user_no <> p_user then
    if v_task.is_given and v_task.is_application then
      if not p_accepts or not nightshift.reaches_task(p_user, p_company, p_task, '{SUPER,Security Admin}') then
        return 'reassigned';
      end if;
    elsif p_own_only or not nightshift.reaches_task(p_user, p_company, p_task, '{SUPER,Task Admin}') then
      return 'foreign';
    elsif v_task.is_given then
      return 'reassigned';
    end if;
  end if;
  update nightshift.scheduled_task set ready = true, due = coalesce(p_due, due), reassigned_by = null where id = p_task;
  return 'done';
end
$function$;
grant execute on function nightshift_session.set_task_ready(integer,integer,uuid,timestamp with time zone,boolean,boolean) to ns_MARK_session;

CREATE OR REPLACE FUNCTION nightshift_session.task_exists(p_user integer, p_company integer, p_task uuid, p_own_only boolean DEFAULT true)
 RETURNS boolean
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
  perform nightshift.check_caller(p_user, p_company);
  return exists (
    select from nightshift.scheduled_task where id = p_task and lane = p_company
      and (user_no = p_user or (not p_own_only
        and nightshift.reaches_task(p_user, p_company, p_task, '{SUPER,Task Admin,Session Admin,Auditor}')))
  );
end
$function$;
grant execute on function nightshift_session.task_exists(integer,integer,uuid,boolean) to ns_MARK_session;
