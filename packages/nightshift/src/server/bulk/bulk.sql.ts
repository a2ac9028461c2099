import { statement } from '../../database/index.ts';

// $10: the rows, as [{id, name, code, reason}]; one with a code is refused from the start. $11: what ended before is forgotten.
export const addOperation = statement(
  'bulk_add',
  `with forgotten as (
    delete from nightshift.bulk_operation where ended_at < $11
  ), made as (
    insert into nightshift.bulk_operation (id, company_no, user_no, target, items, action, arguments, status, total, created_at,
      correlation_id)
    values ($1, $2, $3, $4, $5, $6, $7, 'Running', jsonb_array_length($10::jsonb), $8, $9) returning id
  )
  insert into nightshift.bulk_operation_row (operation_id, no, target_id, name, outcome, code, reason)
  select made.id, r.no::integer, r.row ->> 'id', r.row ->> 'name', case when r.row ->> 'code' is not null then 'Refused' end,
    r.row ->> 'code', r.row ->> 'reason'
  from made cross join jsonb_array_elements($10::jsonb) with ordinality r(row, no)`,
);

// $1: the worker. $2: now. $3: whoever has given no sign since is dead. $4: only this one; null: any.
export const claimOperation = statement(
  'bulk_claim',
  `with open as (
    select id from nightshift.bulk_operation
    where status in ('Running', 'Aborting') and (worker is null or beat_at < $3) and ($4::uuid is null or id = $4)
    order by id limit 1 for update skip locked
  ), unknown as (
    update nightshift.bulk_operation_row r set outcome = 'Unknown', code = 'OUTCOME_UNKNOWN',
      reason = 'The server ended while it was done to this one: look how it stands.'
    from open where r.operation_id = open.id and r.outcome = 'Begun'
  )
  update nightshift.bulk_operation o set worker = $1, beat_at = $2
  from open, nightshift.app_user u, nightshift.company c
  where o.id = open.id and u.no = o.user_no and c.no = o.company_no
  returning o.id, u.name as user_name, c.name as company_name, o.target, o.items, o.action, o.arguments, o.correlation_id`,
);

// The next row whose turn has come; none when it is over, aborted, or somebody else's by now. $2: the worker. $3: now.
export const beginRow = statement(
  'bulk_begin_row',
  `with mine as (
    update nightshift.bulk_operation set beat_at = $3 where id = $1 and worker = $2 and status = 'Running' returning id
  )
  update nightshift.bulk_operation_row set outcome = 'Begun'
  where operation_id = (select id from mine)
    and no = (select no from nightshift.bulk_operation_row where operation_id = $1 and outcome is null order by no limit 1)
  returning no, target_id`,
);

export const endRow = statement(
  'bulk_end_row',
  `update nightshift.bulk_operation_row set outcome = $3, code = $4, reason = $5
  where operation_id = $1 and no = $2 and outcome = 'Begun'`,
);

// Over: all rows had their turn, or it was aborted. $2: the worker. $3: now.
export const endOperation = statement(
  'bulk_end',
  `update nightshift.bulk_operation o
  set status = case when o.status = 'Aborting' then 'Aborted' else 'Done' end, ended_at = $3, worker = null, beat_at = null
  where o.id = $1 and o.worker = $2 and (o.status = 'Aborting' or not exists (
    select from nightshift.bulk_operation_row r where r.operation_id = o.id and r.outcome is null))`,
);

// Whoever stops lets others go on at once.
export const leaveOperation = statement(
  'bulk_leave',
  `update nightshift.bulk_operation set worker = null, beat_at = null where id = $1 and worker = $2`,
);

// Of company $1 those of user $2, null: of everybody; $3: only this one. Older than $4. $5: how many.
export const listOperations = statement(
  'bulk_list',
  `select o.id, u.name as user_name, o.target, o.items, o.action, o.arguments, o.status, o.total, o.created_at, o.ended_at,
    o.correlation_id, r.done, r.refused, r.unknown
  from nightshift.bulk_operation o join nightshift.app_user u on u.no = o.user_no
  cross join lateral (
    select count(*) filter (where outcome = 'Done')::integer as done,
      count(*) filter (where outcome = 'Refused')::integer as refused,
      count(*) filter (where outcome = 'Unknown')::integer as unknown
    from nightshift.bulk_operation_row where operation_id = o.id
  ) r
  where o.company_no = $1 and ($2::integer is null or o.user_no = $2) and ($3::uuid is null or o.id = $3)
    and ($4::uuid is null or o.id < $4)
  order by o.id desc limit $5`,
);

// Rows behind number $2; $3: only with these outcomes, 'Open' for those whose turn has not come; null: all.
export const listRows = statement(
  'bulk_rows',
  `select no, target_id as id, name, coalesce(outcome, 'Open') as outcome, code, reason
  from nightshift.bulk_operation_row
  where operation_id = $1 and no > $2 and ($3::text[] is null or coalesce(outcome, 'Open') = any($3))
  order by no limit $4`,
);

// $2: whose it is. What no server works on is taken up by the next that looks, and ended.
export const abortOperation = statement(
  'bulk_abort',
  `update nightshift.bulk_operation set status = 'Aborting' where id = $1 and user_no = $2 and status = 'Running' returning id`,
);
