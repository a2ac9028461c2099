import type { ActiveSession } from './active-sessions.ts';
import { beginningOf, isBackground, type SessionEnd } from './session-event.ts';
import type { EventTable } from './session-events.sql.ts';

/** What the tables say of a session, by their columns; what is undefined is null there. */
export type EventRow = Readonly<Record<string, unknown>>;

/** Where the events of a session go. */
export function tableOf(session: ActiveSession): EventTable {
  return isBackground(session.spec.clientType) ? 'background_session_event' : 'session_event';
}

/** A session that is listed as active, and the event of its start unless that is written. */
export function activeRow(session: ActiveSession): EventRow {
  const { spec, state, startedAt } = session;
  // A session that waits in the queue has not started. The id is the same at every try, or a write whose answer was lost
  // would leave two events.
  const start = { type: beginningOf(spec.clientType), at: startedAt, id: spec.uniqueId };
  return { ...sessionRow(session), state, ...(session.listed || state === 'Queued' ? {} : start) };
}

/** What makes one event of an end: when and under which id, and whether the session's code still runs. */
export interface EndStamp {
  readonly at: Date;
  readonly id: string;
  readonly lingers: boolean;
}

/** The end of a session with all that is to be said of it. */
export function endRow(session: ActiveSession, end: SessionEnd, stamp: EndStamp): EventRow {
  return {
    ...sessionRow(session),
    type: end.type,
    ...(end.comment === null ? {} : { comment: end.comment }),
    error: end.error ?? undefined,
    lines: end.lines.length === 0 ? undefined : end.lines,
    progress: end.progress ?? undefined,
    ...stamp,
  };
}

/** The end of a session without what it left behind, which is too much or cannot be stored. */
export function bareEndRow(session: ActiveSession, end: SessionEnd, stamp: EndStamp): EventRow {
  const comment = 'what the session has left behind could not be stored';
  return { ...sessionRow(session), type: end.type, comment, ...stamp };
}

function sessionRow(session: ActiveSession): EventRow {
  const { spec } = session;
  return {
    session_id: session.id,
    unique_id: spec.uniqueId,
    client_type: spec.clientType,
    origin: spec.origin,
    user_no: spec.user.no,
    company_no: spec.company.no,
    codeunit: session.codeunit,
    isolation: spec.isolation,
    parent_unique_id: spec.lineage.at(-1)?.uniqueId,
    correlation_id: spec.correlationId === spec.uniqueId ? undefined : spec.correlationId,
    started_at: session.startedAt,
    stopping_at: session.stoppingAt ?? undefined,
    killed_at: session.killedAt ?? undefined,
    comment: session.comment ?? undefined,
  };
}
