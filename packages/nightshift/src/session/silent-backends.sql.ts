import { statement } from '../database/index.ts';

// It has nothing to do, or it has begun to read a message or to write an answer and waits for the rest to pass. What it
// works on, and every wait for a lock, is something else.
const WAITS_FOR_CLIENT = `(a.state like 'idle%' or a.wait_event_type = 'Client'
    and a.wait_event in ('ClientRead', 'ClientWrite'))`;

// Changes with each message that the backend takes, and with the backend itself.
const STANDING = `concat_ws(' ', a.backend_start, a.query_start, a.state_change)`;

// Without a row: the backend is gone. What nobody may see, or the server does not track, does not wait for us.
export const backendStandings = statement(
  'backend_standings',
  `select a.pid, a.usename as login, coalesce(${WAITS_FOR_CLIENT}, false) as waits, ${STANDING} as standing
  from unnest($1::integer[], $2::text[]) as w (pid, login)
  join pg_stat_activity a on a.pid = w.pid and a.usename = w.login
  order by a.pid`,
);

// Only while it stands where it stood: what has arrived meanwhile is left alone.
export const endWaitingBackend = statement(
  'backend_end_waiting',
  `select pg_terminate_backend(a.pid) as done from pg_stat_activity a
  where a.pid = $1 and a.usename = $2 and ${STANDING} = $3 and ${WAITS_FOR_CLIENT}`,
);
