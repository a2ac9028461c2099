import { statement } from '../database/index.ts';

// Chunks, each a transaction of its own. A row that another instance works on, or somebody at all, is left to the next round.

// Log entries that do not know yet how long their entry wants them kept: those of one entry. Answers with how many it took;
// null: there is no such entry.
export const applyKeepLogDays = statement(
  'log_entries_keep_days',
  `with changed as materialized (
    select id, keep_log_days from nightshift.job_queue_entry
    where keep_log_changed order by entry_no limit 1 for no key update skip locked
  ), picked as materialized (
    select l.no from changed e cross join lateral (
      select no from nightshift.job_queue_log_entry
      where entry_id = e.id and keep_days is distinct from e.keep_log_days order by no desc limit $1
    ) l
  ), written as (
    update nightshift.job_queue_log_entry set keep_days = (select keep_log_days from changed)
    where no = any(array(select no from picked))
  ), done as (
    update nightshift.job_queue_entry set keep_log_changed = false
    where id = (select id from changed) and (select count(*) from picked) < $1
  )
  select (select count(*) from picked)::int as taken from changed order by id`,
);

// $2: the days of log entries that say nothing else, $3: the most of a chunk. A run that is under way has no end.
export const deleteOldLogEntries = statement(
  'log_entries_delete_old',
  `delete from nightshift.job_queue_log_entry
  where no = any(array(
    select no from nightshift.job_queue_log_entry
    where keep_days is null and ended_at < coalesce($1::timestamptz, clock_timestamp()) - $2 * interval '1 day'
      and status <> 'In Process'
    order by ended_at, no
    limit $3
    for update skip locked
  ))
  returning no`,
);

// Those that say it themselves.
export const deleteOldLogEntriesOfTheirOwn = statement(
  'log_entries_delete_old_own',
  `delete from nightshift.job_queue_log_entry
  where no = any(array(
    select no from nightshift.job_queue_log_entry
    where keep_days is not null and ended_at is not null and status <> 'In Process'
      and timezone('UTC', ended_at) + keep_days * interval '1 day'
        < timezone('UTC', coalesce($1::timestamptz, clock_timestamp()))
    order by timezone('UTC', ended_at) + keep_days * interval '1 day', no
    limit $2
    for update skip locked
  ))
  returning no`,
);

// Nothing of them runs, and they hold no place of their category: no other lock is needed.
export const deleteOldFinishedEntries = statement(
  'entries_delete_old',
  `delete from nightshift.job_queue_entry
  where id = any(array(
    select id from nightshift.job_queue_entry
    where status = 'Finished' and keep_log_days is null and task_id is null and category_slot is null
      and status_since < coalesce($1::timestamptz, clock_timestamp()) - $2 * interval '1 day'
    order by status_since, entry_no
    limit $3
    for update skip locked
  ))
  returning id`,
);

export const deleteOldFinishedEntriesOfTheirOwn = statement(
  'entries_delete_old_own',
  `delete from nightshift.job_queue_entry
  where id = any(array(
    select id from nightshift.job_queue_entry
    where status = 'Finished' and keep_log_days is not null and task_id is null and category_slot is null
      and timezone('UTC', status_since) + keep_log_days * interval '1 day'
        < timezone('UTC', coalesce($1::timestamptz, clock_timestamp()))
    order by timezone('UTC', status_since) + keep_log_days * interval '1 day', entry_no
    limit $2
    for update skip locked
  ))
  returning id`,
);

// What the statements above would remove of company $2, at most $5 of each kind, if $4 days held; $3: only of this user, or null.
export const countOld = statement(
  'retention_counted',
  `select
    (select count(*)::integer from nightshift.job_queue_entry e
      where e.company_no = $2 and e.keep_log_days is not null
        and ($3::integer is null or $3 in (e.created_by, e.run_as))) as own_days_entries,
    (select count(*)::integer from (
      (select 1 from nightshift.job_queue_log_entry
        where company_no = $2 and keep_days is null and status <> 'In Process' and ($3::integer is null or user_no = $3)
          and ended_at < coalesce($1::timestamptz, clock_timestamp()) - $4 * interval '1 day'
        limit $5)
      union all
      (select 1 from nightshift.job_queue_log_entry
        where company_no = $2 and keep_days is not null and ended_at is not null and status <> 'In Process'
          and ($3::integer is null or user_no = $3)
          and timezone('UTC', ended_at) + keep_days * interval '1 day'
            < timezone('UTC', coalesce($1::timestamptz, clock_timestamp()))
        limit $5)
      limit $5) old) as log_entries,
    (select count(*)::integer from (
      select 1 from nightshift.job_queue_entry e
      where e.company_no = $2 and e.status = 'Finished' and e.task_id is null and e.category_slot is null
        and ($3::integer is null or $3 in (e.created_by, e.run_as))
        and case when e.keep_log_days is null
          then e.status_since < coalesce($1::timestamptz, clock_timestamp()) - $4 * interval '1 day'
          else timezone('UTC', e.status_since) + e.keep_log_days * interval '1 day'
            < timezone('UTC', coalesce($1::timestamptz, clock_timestamp()))
        end
      limit $5) old) as finished_entries`,
);
