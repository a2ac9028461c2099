import { statement } from '../database/index.ts';

// Over the platform's own connections only. What makes work run with somebody's rights is out of the reach of SQL that a
// session can send.

// $2: the requests, $3: its status, $4: the user who asks or is asked. Null: any.
export const readApprovals = statement(
  'approvals_read',
  `select r.id, r.entry_id, e.entry_no, e.object, e.description, e.parameter_string, e.status as entry_status,
    exists (select from nightshift.scheduled_task t where t.id = e.task_id and t.claim is not null) as entry_runs,
    r.requested_by as requested_by_no, rb.name as requested_by, r.requested_at, r.comment,
    r.asked_user_no, asked.name as asked_user, r.status, db.name as decided_by, r.decided_at, r.decision_comment
  from nightshift.approval_request r
  join nightshift.job_queue_entry e on e.id = r.entry_id
  join nightshift.app_user rb on rb.no = r.requested_by
  left join nightshift.app_user asked on asked.no = r.asked_user_no
  left join nightshift.app_user db on db.no = r.decided_by
  where r.company_no = $1 and ($2::uuid[] is null or r.id = any($2)) and ($3::text is null or r.status = $3)
    and ($4::integer is null or $4 in (r.requested_by, r.asked_user_no))
  order by r.requested_at desc, r.id desc
  limit $5`,
);

// The one that is open of an entry whose row is locked.
export const openApproval = statement(
  'approval_open',
  `select id from nightshift.approval_request where entry_id = $1 and status = 'Open'`,
);

export const addApproval = statement(
  'approval_add',
  `insert into nightshift.approval_request (id, company_no, entry_id, requested_by, comment, asked_user_no, requested_at)
  values ($1, $2, $3, $4, $5, $6, coalesce($7::timestamptz, clock_timestamp()))
  returning id`,
);

export const decideApproval = statement(
  'approval_decide',
  `update nightshift.approval_request
  set status = $2, decided_by = $3, decision_comment = $4, decided_at = coalesce($5::timestamptz, clock_timestamp())
  where id = $1 and status = 'Open'
  returning id`,
);

export const noteOfEntry = statement(
  'entry_note',
  'update nightshift.job_queue_entry set note = $2 where id = $1 returning id',
);
