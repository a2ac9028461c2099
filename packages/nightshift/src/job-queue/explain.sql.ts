import { statement } from '../database/index.ts';
import { claimedTasks } from '../task-scheduler/index.ts';

// What stands around entry $2 of company $1. $3: the time that a test has set. $4: whether to count the tasks of its user.
// `status_by`: who was the last to give it a status, where that is the one it has.
export const readEntrySurroundings = statement(
  'entry_surroundings',
  `select coalesce($3::timestamptz, clock_timestamp()) as now, u.name as run_as,
    case
      when s.status is null and e.status = 'On Hold' then (select name from nightshift.app_user where no = e.created_by)
      when s.status = e.status then s.user_name
    end as status_by,
    (select jsonb_build_object('by', r.name, 'asked', a.name, 'at', q.requested_at)
      from nightshift.approval_request q join nightshift.app_user r on r.no = q.requested_by
      left join nightshift.app_user a on a.no = q.asked_user_no
      where q.entry_id = e.id and q.status = 'Open') as approval,
    (select jsonb_build_object('sessionId', l.session_id, 'startedAt', l.started_at)
      from nightshift.job_queue_log_entry l
      where l.entry_id = e.id and l.task_id = e.task_id and l.status = 'In Process' order by l.no desc limit 1) as running,
    coalesce((select jsonb_agg(jsonb_build_object('entryNo', o.entry_no, 'object', o.object, 'since', o.session_started_at)
        order by o.entry_no)
      from nightshift.job_queue_entry o
      where e.status = 'Waiting' and o.company_no = e.company_no and o.category_code = e.category_code
        and o.category_slot is not null and o.id <> e.id), '[]') as rivals,
    (select count(*)::integer from nightshift.job_queue_entry o
      where e.status = 'Waiting' and o.company_no = e.company_no and o.category_code = e.category_code
        and o.status = 'Waiting' and (o.priority, o.entry_no) < (e.priority, e.entry_no)) as ahead,
    case when $4 then (select min(held) from (
      select count(t.user_no)::integer as held
      from nightshift.server_instance i
      left join (${claimedTasks('coalesce($3::timestamptz, now())')}) t on t.claimed_by = i.epoch and t.user_no = e.run_as
      where i.ended_at is null and i.runs_tasks and i.held is null group by i.epoch
    ) h) end as held_by_user
  from nightshift.job_queue_entry e
  join nightshift.app_user u on u.no = e.run_as
  left join lateral (
    select user_name, after->>'status' as status from nightshift.audit_log
    where object_kind = 'entry' and object_id = e.id::text and result = 'allowed' and after ? 'status'
    order by at desc, id desc limit 1
  ) s on true
  where e.company_no = $1 and e.id = $2`,
);
