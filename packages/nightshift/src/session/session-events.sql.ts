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

// One short session that ended well: its event has its unique id.
function endPlainlyIn(table: EventTable) {
  return statement(
    `${table}_end_plainly`,
    `insert into nightshift.${table} (epoch, type, client_type, origin, user_no, company_no, codeunit, isolation, at,
      started_at, session_id, unique_id, correlation_id, id)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $12)
    on conflict (at, id) do nothing`,
  );
}

// Many of them that have all in common but who they were and when: a row of their own each cost the server four times
// as much, and its log ten times.
function endBundleIn(table: EventTable) {
  return statement(
    `${table}_end_bundle`,
    `insert into nightshift.${table} (epoch, type, client_type, origin, user_no, company_no, codeunit, isolation, at,
      started_at, session_id, unique_id, correlation_id, id, bundle_first_at, bundle_size, bundle_low, bundle_high,
      bundle_low_session, bundle_high_session, bundle_ats, bundle_durations, bundle_session_ids, bundle_unique_ids,
      bundle_correlation_ids)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24,
      $25)
    on conflict (at, id) do nothing`,
  );
}

export const endPlainly: Readonly<Record<EventTable, ReturnType<typeof statement>>> = {
  background_session_event: endPlainlyIn('background_session_event'),
  session_event: endPlainlyIn('session_event'),
};

export const endBundle: Readonly<Record<EventTable, ReturnType<typeof statement>>> = {
  background_session_event: endBundleIn('background_session_event'),
  session_event: endBundleIn('session_event'),
};

// Sessions of instances that have ended: nobody else will ever tell their end. $1 is the time that a test has set.
function loseSessionsIn(table: EventTable) {
  return statement(
    `${table}_lose`,
    `with gone as (
      delete from nightshift.active_session a using nightshift.server_instance i
      where i.epoch = a.epoch and i.ended_at is not null
        and (a.client_type in ('background', 'child')) = ${table === 'background_session_event'}
      returning a.*, i.host, i.process_id, i.end_reason, i.blocked_by ->> 'codeunit' as blocked_by
    )
    insert into nightshift.${table} (at, id, type, epoch, ${SESSION_COLUMNS}, stopping_at, killed_at, comment)
    select date_trunc('milliseconds', coalesce($1::timestamptz, clock_timestamp())), gen_random_uuid(),
      -- One that lingers has had its end; its code has ended with its process.
      case when state = 'Lingering' then 'Close' else 'Lost' end, epoch, ${SESSION_COLUMNS}, stopping_at, killed_at,
      format('the server instance %s, process %s, %s', host, process_id,
        case when end_reason = 'stopped' then 'has stopped' else 'was lost' end)
        || coalesce('; its main thread had been blocked by codeunit ' || blocked_by, '')
        || coalesce('; it was to stop: ' || nullif(comment, ''), '')
    from gone returning unique_id`,
  );
}

export const loseSessions: Readonly<Record<EventTable, ReturnType<typeof statement>>> = {
  background_session_event: loseSessionsIn('background_session_event'),
  session_event: loseSessionsIn('session_event'),
};
