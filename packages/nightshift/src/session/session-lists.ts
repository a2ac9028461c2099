import type { Executor } from '../database/index.ts';
import { HOUR_MS, isUuid, NightshiftError, type StoredError } from '../foundation/index.ts';
import { AUTHORITY, actorOf } from './authority.ts';
import { type Caller, type CallerDoor, doorOf, type ServiceKey } from './caller.ts';
import type { LogLine, Progress } from './log-line.ts';
import type { ClientType, Isolation } from './session.ts';
import {
  SESSION_EVENT_TYPES,
  type SessionEventType,
  type SessionOrigin,
  type SessionState,
} from './session-event.ts';
import { activeSessions, sessionEventsNewestFirst, sessionEventsOldestFirst } from './session-lists.sql.ts';

/** What reads the tables of sessions; under this key `platform` registers it. */
export const SESSION_READER: ServiceKey<Executor> = { name: 'session reader' };

/** By how much the clocks of two server instances may differ, to be sure. */
const CLOCKS_MS = HOUR_MS;
/** Where a UUID has its version. */
const VERSION_AT = 14;

/** Most events of one answer. */
export const SESSION_EVENTS_MAX = 1_000;

/** Who ran what, and where. */
export interface SessionIdentity {
  readonly id: number;
  readonly uniqueId: string;
  readonly clientType: ClientType;
  readonly origin: SessionOrigin;
  /** Null when he has been deleted since. */
  readonly user: string | null;
  readonly company: string | null;
  readonly codeunit: string;
  readonly isolation: Isolation;
  /** The session that started it; null for one that no session started. */
  readonly parentUniqueId: string | null;
  readonly correlationId: string;
  /** The server instance; null when it is no longer known. */
  readonly instance: { readonly place: number; readonly host: string; readonly processId: number } | null;
  readonly startedAt: Date;
  /** When it was told to stop. */
  readonly stoppingAt: Date | null;
  /** When it was killed, because it did not stop within the grace. */
  readonly killedAt: Date | null;
  /** Whole: why it was stopped, or the text of its error. */
  readonly comment: string | null;
}

/** A session that runs now. */
export interface ListedSession extends SessionIdentity {
  readonly state: SessionState;
}

/** Something that happened to a session. */
export interface SessionEvent extends SessionIdentity {
  readonly at: Date;
  readonly eventId: string;
  readonly type: SessionEventType;
  readonly error: StoredError | null;
  readonly lines: readonly LogLine[];
  readonly progress: Progress | null;
}

/** Which active sessions are meant. Default: all. */
export interface SessionFilter {
  readonly ids?: readonly number[];
  readonly company?: string;
  readonly user?: string;
}

/** Which events are meant. Default: all, the newest first, 100 of them. */
export interface SessionEventFilter {
  readonly types?: readonly SessionEventType[];
  readonly sessionId?: number;
  readonly uniqueId?: string;
  readonly codeunit?: string;
  readonly company?: string;
  readonly user?: string;
  readonly clientTypes?: readonly ClientType[];
  /** Not older than this. */
  readonly since?: Date;
  /** Older than this event: the last one of the answer before. */
  readonly before?: { readonly at: Date; readonly eventId: string };
  /** Default: newest first. */
  readonly oldestFirst?: boolean;
  /** 1 to 1,000. Default: 100. */
  readonly limit?: number;
}

/**
 * The sessions of all server instances that run now, or wait for a place: those that have done so for half a second, and
 * every running one that startSession began. The oldest first. Of each company the caller sees what he may see there: his own
 * sessions, or everybody's.
 * @throws NightshiftError PERMISSION_DENIED, USER_DISABLED
 */
export async function listSessions(
  caller: Caller,
  filter: SessionFilter = {},
): Promise<readonly ListedSession[]> {
  const door = doorOf(caller);
  const reader = door.service(SESSION_READER);
  const rows = await reader.run<SessionRow & { readonly state: SessionState }>(activeSessions, [
    filter.company ?? null,
    filter.user ?? null,
    ...(await visibleTo(door)),
    filter.ids ?? null,
  ]);
  return rows.map((row) => ({ ...identityOf(row), state: row.state }));
}

/**
 * What happened to sessions. Events of background sessions are kept for 5 days, the others for 90. Of each company the
 * caller sees what he may see there: his own sessions, or everybody's.
 * @throws NightshiftError VALIDATION with the field; PERMISSION_DENIED, USER_DISABLED
 */
export async function sessionEvents(
  caller: Caller,
  filter: SessionEventFilter = {},
): Promise<readonly SessionEvent[]> {
  checkFilter(filter);
  const door = doorOf(caller);
  const reader = door.service(SESSION_READER);
  const values = [
    filter.types ?? null,
    filter.sessionId ?? null,
    filter.uniqueId ?? null,
    filter.codeunit ?? null,
    filter.company ?? null,
    filter.user ?? null,
    filter.clientTypes ?? null,
    filter.since ?? null,
    filter.before?.at ?? null,
    filter.before?.eventId ?? null,
    filter.limit ?? 100,
    filter.uniqueId === undefined ? null : earliestEnd(filter.uniqueId),
    ...(await visibleTo(door)),
  ];
  const texts = filter.oldestFirst === true ? sessionEventsOldestFirst : sessionEventsNewestFirst;
  const rows = await reader.run<EventRow>(filter.uniqueId === undefined ? texts.all : texts.one, values);
  return rows.map((row) => ({
    ...identityOf(row),
    at: row.at,
    eventId: row.id,
    type: row.type,
    error: row.error,
    lines: row.lines ?? [],
    progress: row.progress,
  }));
}

/** The last values of both statements: which companies' sessions the caller may see, in which his own, and who he is. */
async function visibleTo(door: CallerDoor): Promise<readonly unknown[]> {
  const authority = door.service(AUTHORITY);
  await authority.demand(actorOf(door), 'session.read', { kind: 'session', id: null });
  const { any, own } = await authority.reaches(actorOf(door), 'session.read');
  return [any, own, door.user.no];
}

/** Before this the session cannot have ended; null when its unique id does not say when it was made. */
function earliestEnd(uniqueId: string): Date | null {
  return uniqueId[VERSION_AT] === '7'
    ? new Date(Number.parseInt(uniqueId.replaceAll('-', '').slice(0, 12), 16) - CLOCKS_MS)
    : null;
}

function checkFilter(filter: SessionEventFilter): void {
  const { limit = 1, uniqueId, types = [], sessionId } = filter;
  if (!Number.isInteger(limit) || limit < 1 || limit > SESSION_EVENTS_MAX) {
    throw invalid('limit', `is a whole number from 1 to ${SESSION_EVENTS_MAX}`);
  }
  if (uniqueId !== undefined && !isUuid(uniqueId)) throw invalid('uniqueId', 'is a UUID');
  for (const [field, instant] of [
    ['since', filter.since],
    ['before', filter.before?.at],
  ] as const)
    if (instant !== undefined && Number.isNaN(instant.getTime())) throw invalid(field, 'is an instant');
  for (const field of ['codeunit', 'company', 'user'] as const)
    if (filter[field]?.includes('\0') === true) throw invalid(field, 'is a name');
  if (filter.before !== undefined && !isUuid(filter.before.eventId))
    throw invalid('before', 'is an event of an answer');
  if (sessionId !== undefined && (!Number.isInteger(sessionId) || sessionId < 0 || sessionId >= 2 ** 31)) {
    throw invalid('sessionId', 'is a session id');
  }
  const odd = types.find((type) => !SESSION_EVENT_TYPES.includes(type));
  if (odd !== undefined) throw invalid('types', `are of ${SESSION_EVENT_TYPES.join(', ')}`);
}

function invalid(field: string, rule: string): NightshiftError {
  return new NightshiftError('VALIDATION', `${field} ${rule}.`, { field });
}

interface SessionRow {
  readonly session_id: number;
  readonly unique_id: string;
  readonly client_type: ClientType;
  readonly origin: SessionOrigin;
  readonly user_name: string | null;
  readonly company_name: string | null;
  readonly codeunit: string;
  readonly isolation: Isolation;
  readonly parent_unique_id: string | null;
  readonly correlation_id: string;
  readonly place: number | null;
  readonly host: string | null;
  readonly process_id: number | null;
  readonly started_at: Date;
  readonly stopping_at: Date | null;
  readonly killed_at: Date | null;
  readonly comment: string | null;
}

interface EventRow extends SessionRow {
  readonly at: Date;
  readonly id: string;
  readonly type: SessionEventType;
  readonly error: StoredError | null;
  readonly lines: readonly LogLine[] | null;
  readonly progress: Progress | null;
}

function identityOf(row: SessionRow): SessionIdentity {
  const { place, host, process_id } = row;
  return {
    id: row.session_id,
    uniqueId: row.unique_id,
    clientType: row.client_type,
    origin: row.origin,
    user: row.user_name,
    company: row.company_name,
    codeunit: row.codeunit,
    isolation: row.isolation,
    parentUniqueId: row.parent_unique_id,
    correlationId: row.correlation_id,
    instance:
      place === null || host === null || process_id === null ? null : { place, host, processId: process_id },
    startedAt: row.started_at,
    stoppingAt: row.stopping_at,
    killedAt: row.killed_at,
    comment: row.comment,
  };
}

/**
 * The error for who wants something of a session that does not run: how the last one with its number ended, as far as he may
 * see that, else that there is none.
 * @param read the events that he may see, newest first
 */
export async function goneSession(
  id: number,
  read: (filter: SessionEventFilter) => Promise<readonly SessionEvent[]>,
): Promise<NightshiftError> {
  const [last] = await read({ sessionId: id, limit: 1 });
  if (last === undefined || last.type === 'Start' || last.type === 'Logon')
    return new NightshiftError('SESSION_UNKNOWN', `There is no session ${id} that runs.`);
  const details = { sessionId: id, type: last.type };
  return new NightshiftError('CONFLICT', `Session ${id} has ended: ${last.type}.`, { details });
}

/** Why a session in this state is not killed, in a sentence; null: it is. */
export function killRefusal(id: number, state: SessionState): string | null {
  switch (state) {
    case 'Stopping':
      return null;
    case 'Lingering':
      return `Session ${id} was killed already; it is ${state} while its code runs on.`;
    default:
      return `Session ${id} is ${state}: it has to be asked to stop first.`;
  }
}
