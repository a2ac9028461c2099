import { statement } from '../database/index.ts';

// Only an instance that lives can answer. $2 is the place in the upper bits of the session's id. $6: the companies whose
// sessions the caller may stop; null: all. $7: those of which he may stop his own. $8: `stop` or `kill`.
export const requestStop = statement(
  'stop_request',
  `insert into nightshift.stop_request (id, epoch, session_id, comment, user_no, any_companies, own_companies, deed)
  select $1, epoch, $3, $4, $5, $6::integer[], $7::integer[], $8
  from nightshift.server_instance where place = $2 and ended_at is null
  returning epoch`,
);

export const notifyStop = statement('stop_request_notify', 'select pg_notify($1, $2)');

export const openStopRequests = statement(
  'stop_requests_open',
  `select id, session_id, deed, comment, user_no, any_companies, own_companies from nightshift.stop_request
  where epoch = $1 and answered_at is null
  order by requested_at, id`,
);

// $3: the company of a session that the caller may not stop; $4: the state for which it was not done; null otherwise.
export const answerStop = statement(
  'stop_request_answer',
  `update nightshift.stop_request set answer = $2, foreign_company_no = $3, found_state = $4, answered_at = clock_timestamp()
  where id = $1`,
);

export const stopAnswer = statement(
  'stop_request_read',
  `select r.answer, r.foreign_company_no, r.found_state, i.ended_at is not null as ended
  from nightshift.stop_request r join nightshift.server_instance i on i.epoch = r.epoch where r.id = $1`,
);

// $2: the companies whose sessions the caller may see; null: all. $3: those of which he, $4, may see his own.
export const sessionIsListed = statement(
  'session_is_listed',
  `select exists (
    select from nightshift.active_session a join nightshift.server_instance i on i.epoch = a.epoch
    where a.session_id = $1 and i.ended_at is null
      and ($2::integer[] is null or a.company_no = any($2) or (a.company_no = any($3::integer[]) and a.user_no = $4))
  ) as active`,
);

export const deleteOldStopRequests = statement(
  'stop_requests_delete_old',
  `delete from nightshift.stop_request
  where requested_at < coalesce($1::timestamptz, clock_timestamp()) - interval '1 day'`,
);
