import { statement } from '../database/index.ts';

// Only an instance that lives can answer. $2 is the place in the upper bits of the session's id.
export const requestLog = statement(
  'log_request',
  `with asked as (
    insert into nightshift.log_request (id, epoch, session_id, unique_id, seen, last_at)
    select $1, epoch, $3, $4, $5, $6
    from nightshift.server_instance where place = $2 and ended_at is null
    returning epoch
  )
  select pg_notify($7, epoch::text) from asked`,
);

export const openLogRequests = statement(
  'log_requests_open',
  `select id, session_id, unique_id, seen, last_at from nightshift.log_request
  where epoch = $1 and not answered
  order by id limit 100`,
);

export const answerLog = statement(
  'log_request_answer',
  'update nightshift.log_request set answered = true, answer = $2::jsonb where id = $1',
);

export const takeLogAnswer = statement(
  'log_request_take',
  'delete from nightshift.log_request where id = $1 and answered returning answer',
);

export const withdrawLogRequest = statement(
  'log_request_withdraw',
  'delete from nightshift.log_request where id = $1',
);

// Of whoever has died while he waited.
export const deleteOldLogRequests = statement(
  'log_requests_delete_old',
  `delete from nightshift.log_request
  where asked_at < coalesce($1::timestamptz, clock_timestamp()) - interval '1 day'`,
);
