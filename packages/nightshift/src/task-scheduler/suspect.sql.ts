import { statement } from '../database/index.ts';
import { CLAIMED_COLUMNS } from './claimed-columns.ts';

// $4: places that are free now. $5: whether one of those that must be alone may be among them; the others go first, so
// that innocent ones are gone before a probable culprit runs. $8: with more losses it is poison. $9: users that are left
// out. The index holds nothing but suspects.
export const claimSuspects = statement(
  'tasks_claim_suspects',
  `with first as materialized (
    select id from nightshift.scheduled_task
    where lane = any($1::integer[]) and ready and claim is null and suspect = 1
      and due <= coalesce($2::timestamptz, now())
      and (case when failing then failure_codeunit else codeunit end) = any($3::text[])
      and user_no <> all($9::integer[])
      and (not exists (select from nightshift.upgrade)
          or not exists (select from nightshift.upgrade_in_progress where company_no in (0, lane)))
    order by due, id
    limit $4
    for update skip locked
  ), alone as materialized (
    select id from nightshift.scheduled_task
    where lane = any($1::integer[]) and ready and claim is null and suspect between 2 and $8
      and due <= coalesce($2::timestamptz, now())
      and (case when failing then failure_codeunit else codeunit end) = any($3::text[])
      and user_no <> all($9::integer[])
      and (not exists (select from nightshift.upgrade)
          or not exists (select from nightshift.upgrade_in_progress where company_no in (0, lane)))
    order by due, id
    limit case when $5 and (select count(*) from first) < $4 then 1 else 0 end
    for update skip locked
  )
  update nightshift.scheduled_task set claim = $6, claimed_by = $7
  where id = any(array(select id from first union all select id from alone))
  returning ${CLAIMED_COLUMNS}`,
);

export const readPoison = statement(
  'tasks_read_poison',
  `select ${CLAIMED_COLUMNS}
  from nightshift.scheduled_task
  where ready and claim is null and suspect > $1
  order by due, id
  limit 100`,
);

// No row: somebody else was faster, or it was cancelled.
export const poisonTask = statement(
  'task_poison',
  `with gone as (
    delete from nightshift.scheduled_task where id = $1 and claim is null and suspect > $2
    returning id, lane, user_no, codeunit, failure_codeunit, due, record, record_table, attempt, timeout_ms, language,
      time_zone, correlation_id, idempotency_key, created_at
  )
  insert into nightshift.failed_task
    (id, lane, user_no, codeunit, failure_codeunit, due, record, record_table, attempt, timeout_ms, language, time_zone,
    correlation_id, idempotency_key, error, created_at, failed_at, state)
  select id, lane, user_no, codeunit, failure_codeunit, due, record, record_table, attempt, timeout_ms, language,
    time_zone, correlation_id, idempotency_key, $3, created_at, coalesce($4::timestamptz, clock_timestamp()), 'Poison'
  from gone
  returning id`,
);
