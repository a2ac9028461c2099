-- Work items: rows of business data that wait to be processed, each with a status of its own. An application declares their
-- tables (src/work-items/items-tables.sql.ts makes them in the schema of each company): <name> holds the open ones, and stays
-- small; <name>_done, partitioned by month, what has ended; <name>_key every external id that was ever staged, with the
-- version of it that is known and the number of its last item; <name>_call the calls to systems outside. The functions below work on the tables of any
-- declaration, by its name. Who calls them in a session needs rights to <name> only.

-- The schema of a table of work items, for a caller who may do there what p_right says: SELECT, INSERT or UPDATE.
create function nightshift.items_schema(p_user integer, p_company integer, p_items text, p_right text) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
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
$$;

-- Columns of the application itself, as parts of statements: for an insert, for what is inserted, and for an update.
create function nightshift.items_columns(p_schema text, p_items text, p_columns text[],
  out names text, out given text, out changed text)
language sql stable set search_path = pg_catalog, pg_temp as $$
  select coalesce(string_agg(format(', %I', a.attname), '' order by a.attnum), ''),
    coalesce(string_agg(', ' || a.value, '' order by a.attnum), ''),
    coalesce(string_agg(format(', %I = %s', a.attname, a.value), '' order by a.attnum), '')
  from (select *, format('(i.m -> ''c'' ->> %L)::%s', attname, format_type(atttypid, atttypmod)) as value
    from pg_attribute) a
  where a.attrelid = to_regclass(format('%I.%I', p_schema, p_items)) and a.attnum > 0 and not a.attisdropped
    and a.attname = any(p_columns)
$$;

-- Stages rows: external ids and payloads, in the order of the rows; and of each what few have, null or {v: version,
-- k: concurrency key, r: correlation ids, c: columns}; p_more is null when none has any. What is not newer than what is known
-- stays as it is. A newer version of an item that is being processed is processed after that.
create function nightshift_session.items_stage(p_user integer, p_company integer, p_items text, p_ids text[],
  p_payloads jsonb[], p_more jsonb[], p_columns text[], p_now timestamptz)
returns table (staged integer, updated integer)
language plpgsql security definer set search_path = pg_catalog, pg_temp
set enable_seqscan = off as $$
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
$$;

-- The lock that whoever processes a claim holds for as long as it lives.
create function nightshift.items_lock_key(p_claim text) returns bigint
language sql immutable set search_path = pg_catalog, pg_temp as $$
  select hashtextextended('nightshift work items ' || p_claim, 0)
$$;

-- Takes back what was claimed by whoever is no more: it costs an attempt, and so many times make poison.
create function nightshift.items_recover(p_schema text, p_items text, p_losses_max integer, p_now timestamptz) returns void
language plpgsql set search_path = pg_catalog, pg_temp
set enable_seqscan = off as $$
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
$$;

-- Chooses items that are due and locks them: those that were never lost, or one that was. p_keyed: of one concurrency key an
-- item waits until those before it have ended, or are chosen with it; p_heads: only until they have ended.
create function nightshift.items_pick(p_schema text, p_items text, p_limit integer, p_suspect boolean, p_keyed boolean,
  p_heads boolean, p_newest boolean, p_now timestamptz)
returns bigint[] language plpgsql set search_path = pg_catalog, pg_temp
-- Whatever the planner knows of a table that was filled a moment ago: by the index, from what is due first.
set enable_seqscan = off set enable_bitmapscan = off set enable_sort = off as $$
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
$$;

-- Claims items that are due: so many, or one that was lost before. Such a one is claimed by itself, and only one at a time on
-- a server instance, so that no others are blamed for what it does.
create function nightshift_session.items_claim(p_user integer, p_company integer, p_items text, p_limit integer,
  p_keyed boolean, p_newest boolean, p_claim uuid, p_claimed_by uuid, p_session uuid, p_lease_ms bigint, p_losses_max integer,
  p_now timestamptz)
returns table (id bigint, external_id text, attempts integer, losses integer, concurrency_key text, payload jsonb,
  version numeric, correlation_ids jsonb, staged_at timestamptz, error_code text, error_text text)
language plpgsql security definer set search_path = pg_catalog, pg_temp
set enable_seqscan = off as $$
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
$$;

-- Begins to process a claim, in the transaction that will write what becomes of it: as long as that lives, nobody takes the
-- items back. Answers with those that are still claimed.
create function nightshift_session.items_begin(p_user integer, p_company integer, p_items text, p_claim uuid)
returns setof bigint language plpgsql security definer set search_path = pg_catalog, pg_temp
set enable_seqscan = off as $$
declare
  v_schema text := nightshift.items_schema(p_user, p_company, p_items, 'UPDATE');
begin
  perform pg_advisory_xact_lock(nightshift.items_lock_key(p_claim::text));
  return query execute format('select id from %I.%I where claim = $1 and status = ''Processing'' order by id', v_schema, p_items) using p_claim;
end
$$;

-- Moves items that end in p_status, with a note for all or, by their numbers, for some. Of a claim those that it still holds
-- and of which no newer version came; null: all of them.
create function nightshift.items_end(p_schema text, p_items text, p_ids bigint[], p_status text, p_note text, p_notes jsonb,
  p_claim uuid, p_by integer, p_now timestamptz)
returns integer language plpgsql set search_path = pg_catalog, pg_temp
set enable_seqscan = off set enable_bitmapscan = off as $$
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
$$;

-- Writes what has become of claimed items: the numbers of those that are Processed; those that were Skipped, each number with
-- its note; and the others, {id, status, after_ms, code, text, stack, fingerprint} each: Failed, Pending to be tried again
-- after a while, or Released untried. Raises when one of them is not claimed any more.
create function nightshift_session.items_finish(p_user integer, p_company integer, p_items text, p_claim uuid,
  p_processed bigint[], p_skipped jsonb, p_rows json, p_now timestamptz)
returns void language plpgsql security definer set search_path = pg_catalog, pg_temp
set enable_seqscan = off as $$
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
$$;

-- Hands back a claim whose session has come to nothing without dying: that is not the fault of its items, and costs no attempt.
create function nightshift_session.items_release(p_user integer, p_company integer, p_items text, p_claim uuid)
returns void language plpgsql security definer set search_path = pg_catalog, pg_temp
set enable_seqscan = off as $$
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
$$;

-- Whether there is more to do now, and when the next item is due.
create function nightshift_session.items_remaining(p_user integer, p_company integer, p_items text, p_now timestamptz)
returns table (is_due boolean, next_due timestamptz)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_schema text := nightshift.items_schema(p_user, p_company, p_items, 'SELECT');
begin
  return query execute format($q$
    select coalesce(min(t.next_attempt_at) <= $1, false), min(t.next_attempt_at) from %I.%I t where t.status = 'Pending'
  $q$, v_schema, p_items) using coalesce(p_now, clock_timestamp());
end
$$;

-- Calls to systems outside. Each is written down before it is made, and its answer after that.

-- Answers with what is known of a call; 'new' when nothing was, and it may be made now.
create function nightshift_session.items_call_begin(p_user integer, p_company integer, p_items text, p_external_id text,
  p_key text, p_idempotency_key uuid, p_session uuid, p_now timestamptz)
returns table (state text, answer jsonb, intent_at timestamptz)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
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
$$;

-- Writes down the answer; null: the call has certainly had no effect, and may be made again.
create function nightshift_session.items_call_end(p_user integer, p_company integer, p_items text, p_external_id text,
  p_key text, p_answer jsonb, p_now timestamptz)
returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
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
$$;

-- What people do with items. Whether they may is for the platform to say before it calls these functions; what a session
-- calls by itself is held to its rights to the table.

-- Items as JSON, the latest first, without what is long: of these states, null for all.
-- p_filter: {fingerprint, before, externalId, assignedTo (a number), unassigned, sessionUniqueId}.
create function nightshift_session.items_list(p_user integer, p_company integer, p_items text, p_statuses text[],
  p_filter jsonb, p_limit integer)
returns setof jsonb language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
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
$$;

create function nightshift.items_short_columns() returns text
language sql immutable set search_path = pg_catalog, pg_temp as $$
  select 't.id, t.external_id, t.status, t.attempts, t.losses, t.next_attempt_at, t.concurrency_key, t.version,
    t.correlation_ids, t.error_code, t.error_text, t.error_fingerprint, t.failed_at, t.assigned_to, t.note, t.staged_at,
    t.modified_at, t.started_at, t.finished_at, t.session_unique_id'
$$;

-- One item whole: the open one, else the last that has ended, with its calls.
create function nightshift_session.items_get(p_user integer, p_company integer, p_items text, p_id bigint, p_external_id text)
returns setof jsonb language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
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
$$;

-- Failed items, by what is wrong with them.
create function nightshift_session.items_groups(p_user integer, p_company integer, p_items text)
returns table (fingerprint text, code text, message text, items bigint, unassigned bigint, first_at timestamptz,
  last_at timestamptz)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_schema text := nightshift.items_schema(p_user, p_company, p_items, 'SELECT');
begin
  return query execute format($q$
    select t.error_fingerprint, max(t.error_code), max(t.error_text), count(*), count(*) filter (where t.assigned_to is null),
      min(t.failed_at), max(t.failed_at)
    from %I.%I t where t.status = 'Failed' group by t.error_fingerprint order by count(*) desc, t.error_fingerprint
  $q$, v_schema, p_items);
end
$$;

-- Retries, skips, resolves or assigns items that are not being processed: those of the ids, or the Failed ones of a
-- fingerprint, at most 10,000 at a time. p_args: {text, user}. Answers with how each was before.
create function nightshift_session.items_change(p_user integer, p_company integer, p_items text, p_change text,
  p_ids bigint[], p_fingerprint text, p_args jsonb, p_now timestamptz)
returns table (id bigint, external_id text, status text, assigned_to integer)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
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
$$;

-- Replaces the payload of an item that is not being processed; p_more as in items_stage. Answers with what it was.
create function nightshift_session.items_edit(p_user integer, p_company integer, p_items text, p_id bigint, p_payload jsonb,
  p_more jsonb, p_columns text[], p_now timestamptz)
returns table (external_id text, payload jsonb)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
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
$$;

revoke all on function nightshift.items_schema(integer, integer, text, text),
  nightshift.items_columns(text, text, text[]), nightshift.items_lock_key(text),
  nightshift.items_recover(text, text, integer, timestamptz), nightshift.items_short_columns(),
  nightshift.items_pick(text, text, integer, boolean, boolean, boolean, boolean, timestamptz),
  nightshift.items_end(text, text, bigint[], text, text, jsonb, uuid, integer, timestamptz) from public;

-- What sessions may call is for the role of sessions only.
revoke all on all functions in schema nightshift_session from public;

-- What the HTTP interface shows of items.

-- How many items are in which state. Counting stops at 10,000 of a state; beyond that, of those that are Processed PostgreSQL's
-- own estimate is taken.
create function nightshift_session.items_counts(p_user integer, p_company integer, p_items text)
returns table (status text, items bigint, relation text, oldest_at timestamptz)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
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
$$;

revoke all on function nightshift_session.items_list(integer, integer, text, text[], jsonb, integer),
  nightshift_session.items_counts(integer, integer, text) from public;

-- Tells of items that have failed for good, by what went wrong: {text, fingerprint} each. Of the same error of the same table once
-- a day.
create function nightshift.tell_of_items(p_company integer, p_items text, p_rows json, p_now timestamptz) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
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
$$;

-- Ends what is told of items of which none is failed any more: people have had them tried again, or settled them. What a chunk is
-- just telling anew is left to the next look.
create function nightshift.end_alerts_of_items(p_now timestamptz) returns setof bigint
language plpgsql set search_path = pg_catalog, pg_temp as $$
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
$$;
revoke all on function nightshift.tell_of_items(integer, text, json, timestamptz),
  nightshift.end_alerts_of_items(timestamptz) from public;

-- Live updates: the rows of work items by the transaction that wrote them. For the platform itself: it asks for nobody's rights.

create function nightshift.live_item_tables(p_company integer) returns table (items text)
language sql stable set search_path = pg_catalog, pg_temp as $$
  select c.relname::text from pg_class c
  where c.relnamespace = to_regnamespace('co_' || p_company) and c.relkind = 'r'
    and obj_description(c.oid, 'pg_class') = 'work items'
  order by 1
$$;

-- All that are open, p_limit at most, and of each table the p_ended newest that have ended: what comes and ends between two looks
-- is among those.
create function nightshift.live_items(p_company integer, p_limit integer, p_ended integer)
returns table (id text, status text, at xid, is_open boolean)
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
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
$$;

-- Some of them, as "table/number", whether they are open or have ended.
create function nightshift.live_items_named(p_company integer, p_ids text[])
returns table (id text, status text, at xid)
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
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
$$;

revoke all on function nightshift.live_item_tables(integer), nightshift.live_items(integer, integer, integer),
  nightshift.live_items_named(integer, text[]) from public;
