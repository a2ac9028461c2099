import { statement } from '../database/index.ts';

const SESSION_COLUMNS = `session_id, unique_id, client_type, origin, user_no, company_no, codeunit, isolation,
    parent_unique_id, correlation_id, started_at`;
const SESSION_TYPES = `session_id integer, unique_id uuid, client_type text, origin text, user_no integer,
    company_no integer, codeunit text, isolation text, parent_unique_id uuid, correlation_id uuid,
    started_at timestamptz, stopping_at timestamptz, killed_at timestamptz, comment text`;
const EVENT_COLUMNS = `at, id, type, epoch, ${SESSION_COLUMNS}, stopping_at, killed_at, comment, error, lines, progress`;

/** The two event tables: what runs in the background is kept for days, the rest for months. */
export type EventTable = 'background_session_event' | 'session_event';

function listSessionsIn(table: EventTable) {
  return statement(
    `${table}_list_active`,
    `with given as (
      select * from jsonb_to_recordset($2::jsonb) as g(state text, at timestamptz, id uuid, type text, ${SESSION_TYPES})
    ), listed as (
      insert into nightshift.active_session (epoch, ${SESSION_COLUMNS}, state, stopping_at, killed_at, comment)
      select $1, ${SESSION_COLUMNS}, state, stopping_at, killed_at, comment from given
      on conflict (epoch, session_id) do update set unique_id = excluded.unique_id, state = excluded.state,
        stopping_at = excluded.stopping_at, killed_at = excluded.killed_at, comment = excluded.comment,
        client_type = excluded.client_type, origin = excluded.origin, user_no = excluded.user_no,
        company_no = excluded.company_no, codeunit = excluded.codeunit, isolation = excluded.isolation,
        parent_unique_id = excluded.parent_unique_id, correlation_id = excluded.correlation_id,
        started_at = excluded.started_at
        -- That it runs may be told before that it waited.
        where excluded.state <> 'Queued' or active_session.unique_id <> excluded.unique_id
    )
    insert into nightshift.${table} (at, id, type, epoch, ${SESSION_COLUMNS})
    select at, id, type, $1, ${SESSION_COLUMNS} from given where type is not null
    on conflict (at, id) do nothing`,
  );
}

// A session that was listed gets one end: by us, who remove it from the list, or by the survivor who found it there.
function endSessionsIn(table: EventTable) {
  return statement(
    `${table}_end`,
    `with given as (
      select * from jsonb_to_recordset($2::jsonb) as g(at timestamptz, id uuid, type text, ${SESSION_TYPES},
        error jsonb, lines jsonb, progress jsonb, listed boolean, lingers boolean)
    ), gone as (
      delete from nightshift.active_session a using given g
      where a.epoch = $1 and a.session_id = g.session_id and a.unique_id = g.unique_id and not g.lingers
      returning a.session_id
    )
    insert into nightshift.${table} (${EVENT_COLUMNS})
    select at, id, type, $1, ${SESSION_COLUMNS}, stopping_at, killed_at, comment, error, lines, progress
    from given g where not listed or lingers or exists (select from gone where gone.session_id = g.session_id)
    on conflict (at, id) do nothing`,
  );
}

export const listSessions: Readonly<Record<EventTable, ReturnType<typeof statement>>> = {
  background_session_event: listSessionsIn('background_session_event'),
  session_event: listSessionsIn('session_event'),
};

export const endSessions: Readonly<Record<EventTable, ReturnType<typeof statement>>> = {
  background_session_event: endSessionsIn('background_session_event'),
  session_event: endSessionsIn('session_event'),
};

// The many short sessions that ended well: what they have in common comes once, and an event has its session's unique id.
// To look for conflicts costs the server a third of it, so only a write whose answer was lost is tried again with that.
function endPlainlyIn(table: EventTable, again: boolean) {
  return statement(
    `${table}_end_plainly${again ? '_again' : ''}`,
    `insert into nightshift.${table} (at, id, type, epoch, session_id, unique_id, client_type, origin, user_no,
      company_no, codeunit, isolation, correlation_id, started_at)
    select to_timestamp(e.at / 1000), e.unique_id, $2, $1, e.session_id, e.unique_id, $3, $4, $5, $6, $7, $8,
      e.correlation_id, to_timestamp(e.started / 1000)
    from unnest($9::float8[], $10::uuid[], $11::integer[], $12::uuid[], $13::float8[])
      as e(at, unique_id, session_id, correlation_id, started)
    ${again ? 'on conflict (at, id) do nothing' : ''}`,
  );
}

export const endPlainly: Readonly<Record<EventTable, ReturnType<typeof statement>>> = {
  background_session_event: endPlainlyIn('background_session_event', false),
  session_event: endPlainlyIn('session_event', false),
};

export const endPlainlyAgain: Readonly<Record<EventTable, ReturnType<typeof statement>>> = {
  background_session_event: endPlainlyIn('background_session_event', true),
  session_event: endPlainlyIn('session_event', true),
};

// Sessions of instances that have ended: nobody else will ever tell their end. $1 is the time that a test has set.
function loseSessionsIn(table: EventTable) {
  return statement(
    `${table}_lose`,
    `with gone as (
      delete from nightshift.active_session a using nightshift.server_instance i
      where i.epoch = a.epoch and i.ended_at is not null
        and (a.client_type in ('background', 'child')) = ${table === 'background_session_event'}
      returning a.*, i.host, i.process_id, i.end_reason
    )
    insert into nightshift.${table} (at, id, type, epoch, ${SESSION_COLUMNS}, stopping_at, killed_at, comment)
    select date_trunc('milliseconds', coalesce($1::timestamptz, clock_timestamp())), gen_random_uuid(),
      -- One that lingers has had its end; its code has ended with its process.
      case when state = 'Lingering' then 'Close' else 'Lost' end, epoch, ${SESSION_COLUMNS}, stopping_at, killed_at,
      format('the server instance %s, process %s, %s', host, process_id,
        case when end_reason = 'stopped' then 'has stopped' else 'was lost' end)
        || coalesce('; it was to stop: ' || nullif(comment, ''), '')
    from gone returning unique_id`,
  );
}

export const loseSessions: Readonly<Record<EventTable, ReturnType<typeof statement>>> = {
  background_session_event: loseSessionsIn('background_session_event'),
  session_event: loseSessionsIn('session_event'),
};
