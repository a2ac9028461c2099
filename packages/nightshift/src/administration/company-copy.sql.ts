import { statement } from '../database/index.ts';

/** Before anything else in a transaction with one snapshot: from then on the tables stay as they are. */
export function lockTables(tables: readonly string[]): string {
  return `lock table ${tables.join(', ')} in access share mode`;
}

// What row-level security would hide from a copy makes it fail instead.
export function copyAsOwner(owner: string, schema: string): string {
  return `set local role ${owner}; set local search_path to ${schema}, app_shared; set local row_security to off;
    set constraints all immediate`;
}

export const AS_PLATFORM = 'reset role; reset search_path';

export const tablesOf = statement(
  'company_tables',
  `select format('%I.%I', n.nspname, c.relname) as name
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = $1 and c.relkind in ('r', 'p')
  order by c.oid`,
);

// All that makes up a schema, one line each, without its name: what two companies ought to have in common. Not-null
// constraints are in the columns; objects of extensions come with those.
export const objectsOf = statement(
  'company_objects',
  `with schema as (select to_regnamespace($1) as oid),
  relation as (
    select c.oid, c.relname, c.relkind, c.relispartition from pg_class c, schema s where c.relnamespace = s.oid
  ),
  line as (
    select case relkind when 'r' then 'table' when 'p' then 'table' when 'v' then 'view'
        when 'm' then 'materialized view' when 'S' then 'sequence' when 'f' then 'foreign table'
        when 'c' then 'type' else 'index' end as kind,
      relname::text as name,
      relkind in ('i', 'I') and not exists (
        select from pg_index x where x.indexrelid = r.oid and (x.indisunique or x.indisexclusion)) as is_optional
    from relation r
    where relkind in ('r', 'p', 'v', 'm', 'S', 'f', 'c', 'i', 'I')
    union all
    select 'column', format('%s.%s %s%s%s', r.relname, a.attname, format_type(a.atttypid, a.atttypmod),
        case a.attgenerated when '' then '' else ' generated' end, case a.attidentity when '' then '' else ' identity' end),
      false
    from relation r join pg_attribute a on a.attrelid = r.oid
    where r.relkind in ('r', 'p', 'f', 'c') and a.attnum > 0 and not a.attisdropped
    union all
    select 'constraint', r.relname || '.' || k.conname, false
    from relation r join pg_constraint k on k.conrelid = r.oid
    where k.contype in ('c', 'f', 'p', 'u', 'x') and k.conparentid = 0
    union all
    select 'trigger', r.relname || '.' || t.tgname, false
    from relation r join pg_trigger t on t.tgrelid = r.oid
    where not t.tgisinternal and t.tgparentid = 0 and t.tgfoid <> 'nightshift.table_changed'::regproc
    union all
    select 'policy', r.relname || '.' || p.polname, false from relation r join pg_policy p on p.polrelid = r.oid
    union all
    select 'rule', r.relname || '.' || w.rulename, false
    from relation r join pg_rewrite w on w.ev_class = r.oid where w.rulename <> '_RETURN'
    union all
    select case p.prokind when 'p' then 'procedure' when 'a' then 'aggregate' else 'function' end,
      format('%s(%s)', p.proname, pg_get_function_identity_arguments(p.oid)), false
    from pg_proc p, schema s
    where p.pronamespace = s.oid and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass
      and d.objid = p.oid and d.deptype in ('e', 'i'))
    union all
    select 'type', t.typname || coalesce(' (' || (
        select string_agg(quote_literal(e.enumlabel), ', ' order by e.enumsortorder) from pg_enum e
        where e.enumtypid = t.oid) || ')', ''), false
    from pg_type t, schema s
    where t.typnamespace = s.oid and t.typtype in ('e', 'd', 'r')
  )
  select kind, replace(name, $1 || '.', '') as name, is_optional
  from line order by kind, name`,
);

// $1: where the rows come from, $2: where they go. A value of a type that lies in the company's schema goes as text, since
// each company has a type of its own.
export const rowCommands = statement(
  'company_row_commands',
  `select c.relname as name, format('insert into %I.%I%s select %s from only %I.%I', $2::text, c.relname,
    coalesce(' (' || string_agg(format('%I', a.attname), ', ' order by a.attnum) filter (where a.attnum is not null) || ') overriding system value', ''),
    coalesce(string_agg(case when t.typnamespace = c.relnamespace
      then format('%I::text::%s', a.attname, replace(format_type(a.atttypid, a.atttypmod), $1 || '.', ''))
      else format('%I', a.attname) end, ', ' order by a.attnum) filter (where a.attnum is not null), ''),
    $1::text, c.relname) as command
  from pg_class c
  left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
  left join pg_type t on t.oid = a.atttypid
  where c.relnamespace = to_regnamespace($1) and c.relkind = 'r'
  group by c.oid, c.relname
  order by c.oid`,
);

// What stands in the way of rows that come in any order, and how it is put back. Keys to tables elsewhere stay: what they
// refer to is there. Constraints that partitions have from their table go with that.
export const obstacleCommands = statement(
  'company_obstacle_commands',
  `with relation as (
    select c.oid, format('%I.%I', $1::text, c.relname) as name from pg_class c
    where c.relnamespace = to_regnamespace($1) and c.relkind in ('r', 'p')
  )
  select format('alter table %s drop constraint %I', r.name, k.conname) as before,
    format('alter table %s add constraint %I %s', r.name, k.conname, pg_get_constraintdef(k.oid)) as after,
    1 as step, k.oid
  from relation r join pg_constraint k on k.conrelid = r.oid
  where k.contype = 'f' and k.conparentid = 0 and exists (select from relation f where f.oid = k.confrelid)
  union all
  select format('alter table only %s disable trigger %I', r.name, t.tgname),
    format('alter table only %s enable %s trigger %I', r.name,
      case t.tgenabled when 'A' then 'always' else '' end, t.tgname), 2, t.oid
  from relation r join pg_trigger t on t.tgrelid = r.oid
  where not t.tgisinternal and t.tgenabled in ('O', 'A')
  union all
  select format('alter table only %s disable rule %I', r.name, w.rulename),
    format('alter table only %s enable %s rule %I', r.name,
      case w.ev_enabled when 'A' then 'always' else '' end, w.rulename), 2, w.oid
  from relation r join pg_rewrite w on w.ev_class = r.oid
  where w.ev_enabled in ('O', 'A')
  order by step, oid`,
);

export const emptyCommand = statement(
  'company_empty_command',
  `select 'truncate only ' || string_agg(format('%I.%I', $1::text, relname), ', only ' order by oid) as command
  from pg_class where relnamespace = to_regnamespace($1) and relkind = 'r' having count(*) > 0`,
);

// After the rows: a sequence stands outside of every snapshot, and must not be behind them.
export const sequenceCommands = statement(
  'company_sequence_commands',
  `select format('select setval(%L, last_value, is_called) from %I.%I',
    format('%I.%I', $2::text, relname), $1::text, relname) as command
  from pg_class where relnamespace = to_regnamespace($1) and relkind = 'S' order by oid`,
);

// One that is made from another was made after it.
export const refreshCommands = statement(
  'company_refresh_commands',
  `select format('refresh materialized view %I.%I %s', $2::text, relname,
    case when relispopulated then 'with data' else 'with no data' end) as command
  from pg_class where relnamespace = to_regnamespace($1) and relkind = 'm' order by oid`,
);

export const copyCalendar = statement(
  'company_copy_calendar',
  `with hours as (
    insert into nightshift.company_working_hours (company_no, weekday, starting_time, ending_time)
    select $2, weekday, starting_time, ending_time from nightshift.company_working_hours where company_no = $1
  )
  insert into nightshift.company_holiday (company_no, day, name)
  select $2, day, name from nightshift.company_holiday where company_no = $1`,
);

// Whatever columns an entry has. Those that would run are On Hold; the others stay as they are.
export const copyEntries = statement(
  'company_copy_entries',
  `with categories as (
    insert into nightshift.job_queue_category (company_no, code, description, parallelism)
    select $2, code, description, parallelism from nightshift.job_queue_category where company_no = $1
  ), copied as (
    insert into nightshift.job_queue_entry overriding user value
    select (jsonb_populate_record(e, jsonb_build_object('id', gen_random_uuid(), 'company_no', $2::integer,
      'task_id', null, 'version', 1, 'category_slot', null, 'waiting_since', null, 'session_id', null,
      'session_unique_id', null, 'session_started_at', null) || case when e.status in ('On Hold', 'Error', 'Finished') then '{}'::jsonb
      else jsonb_build_object('status', 'On Hold', 'attempts', 0, 'error', null, 'note', $3::text) end)).*
    from nightshift.job_queue_entry e where e.company_no = $1 order by e.entry_no
  )
  select count(*)::int as entries,
    (count(*) filter (where status not in ('On Hold', 'Error', 'Finished')))::int as held
  from nightshift.job_queue_entry where company_no = $1`,
);
