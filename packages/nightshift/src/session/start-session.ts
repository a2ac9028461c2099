import { type JsonValue, jsonText, NightshiftError } from '../foundation/index.ts';
import { type Caller, type CallerDoor, doorOf, type ServiceKey } from './caller.ts';
import { parseRecord } from './codeunit.ts';
import type { Codeunit } from './session.ts';
import type { SessionEnd, SessionEventType } from './session-event.ts';

/** Longest time a session may be given. */
export const SESSION_TIMEOUT_MS_MAX = 48 * 60 * 60 * 1_000;

/** What `startSession` may be told besides the codeunit. `record` is required where the codeunit declares one. */
export type StartSessionOptions<In> = {
  /** The company to open. Default: the caller's. */
  readonly company?: string;
  /** Milliseconds that it may run, 1 to 48 h. Default: the platform's, 12 h. */
  readonly timeout?: number;
  /**
   * Starts it when the caller's transaction commits, and never if that rolls back: what the caller has written can be
   * read then. Default: false, at once.
   */
  readonly afterCommit?: boolean;
  /** Whether the database refuses every write of it. Default: false. */
  readonly readOnly?: boolean;
} & ([In] extends [undefined]
  ? { readonly record?: undefined }
  : undefined extends In
    ? { readonly record?: In }
    : { readonly record: In });

/** How a session ended, for whoever started it. Its errors never reach the caller by themselves. */
export interface SessionResult {
  /** `Stop` when it ended as it should, else what happened. */
  readonly type: SessionEventType;
  readonly succeeded: boolean;
  /** Why it was stopped, or the text of its error. */
  readonly comment: string | null;
  readonly error: SessionEnd['error'];
}

/** A session that was accepted. It is not durable: when this server instance ends, so does the session. */
export interface StartedSession {
  /** Unique while the session is active; reused over time. */
  readonly id: number;
  /** Never reused. */
  readonly uniqueId: string;
  /**
   * Resolves just before its first line of code; rejects when it never came to that. Awaiting it in an open transaction
   * while no place is free rejects with SESSION_START_WOULD_BLOCK.
   */
  readonly started: Promise<void>;
  /** Resolves when it has ended, however; never rejects but for the reason above. */
  readonly finished: Promise<SessionResult>;
}

/** A session that somebody wants to be started, with a record that is a copy already. */
export interface StartRequest {
  readonly codeunit: string;
  readonly record: JsonValue | undefined;
  readonly company: string | null;
  readonly timeoutMs: number | null;
  readonly afterCommit: boolean;
  readonly readOnly: boolean;
  /** The caller's. */
  readonly language: string;
  readonly timeZone: string;
}

/** What starts and stops sessions for callers. */
export interface SessionService {
  /** @throws NightshiftError CODEUNIT_UNKNOWN, COMPANY_UNKNOWN, SESSION_LIMIT_REACHED, SESSION_DEPTH_EXCEEDED, PLATFORM_NOT_STARTED */
  start(caller: CallerDoor, request: StartRequest): Promise<StartedSession>;
  /** @throws NightshiftError INSTANCE_UNRESPONSIVE */
  stop(caller: CallerDoor, id: number, comment: string): Promise<boolean>;
  /** @throws NightshiftError CONFLICT, INSTANCE_UNRESPONSIVE */
  kill(caller: CallerDoor, id: number): Promise<boolean>;
  isActive(caller: CallerDoor, id: number): Promise<boolean>;
}

/** Under this key `platform` registers it. */
export const SESSIONS: ServiceKey<SessionService> = { name: 'sessions' };

/**
 * Starts `target` now, in a new background session on this server instance, as the caller's user and in a transaction of
 * its own: it does not see what the caller has not committed, and neither undoes the other's work. For work that nobody
 * waits for and that may be lost; what must happen is a task (`taskScheduler.createTask`).
 * At most 10 run and 100 wait per server instance, each for at most 8 h.
 * @returns when it was accepted, with promises for its start and its end
 * @throws NightshiftError SESSION_LIMIT_REACHED, SESSION_DEPTH_EXCEEDED (more than 14 sessions that started each other),
 *   RECORD_INVALID, JSON_INVALID (with the path), CODEUNIT_UNKNOWN, COMPANY_UNKNOWN, VALIDATION, PLATFORM_NOT_STARTED,
 *   PERMISSION_DENIED, USER_DISABLED
 */
export async function startSession<In>(
  caller: Caller,
  target: Codeunit<In, unknown>,
  ...[options]: [In] extends [undefined]
    ? [options?: StartSessionOptions<In>]
    : undefined extends In
      ? [options?: StartSessionOptions<In>]
      : [options: StartSessionOptions<In>]
): Promise<StartedSession> {
  const door = doorOf(caller);
  door.refuseIfShared?.('startSession');
  const started = await door.service(SESSIONS).start(door, startRequest(caller, target as Codeunit, options));
  // A promise would be resolved by `return` if it were the answer itself; in an object it is handed on as it is.
  return started;
}

/**
 * Stops a session of any server instance: its signal is aborted, its statement cancelled, and what does not stop then is
 * killed. Nothing of it commits. The comment goes to the session event, whole.
 * @param comment at most 10,000 characters
 * @returns whether the session was active and was told to stop; false also for one that the caller may not see
 * @throws NightshiftError VALIDATION for the caller's own session, a bad id or comment; INSTANCE_UNRESPONSIVE when the
 *   session's server instance does not answer (it stops the session as soon as it does); PERMISSION_DENIED for a session of
 *   somebody else that he may only see, USER_DISABLED
 */
export async function stopSession(caller: Caller, id: number, comment = ''): Promise<boolean> {
  const door = doorOf(caller);
  checkStop(door, id, comment);
  return door.service(SESSIONS).stop(door, id, comment);
}

/**
 * Kills a session of any server instance that was asked to stop and has not ended yet, without waiting until its time for
 * that is over: its connection is ended, and its thread or process. Nothing of it commits; code on the main thread may run on
 * without its connection, as *Lingering*.
 * @returns whether the session was active and was killed; false also for one that the caller may not see
 * @throws NightshiftError CONFLICT with its state for a session that was not asked to stop, or was killed already; VALIDATION
 *   for the caller's own session or a bad id; INSTANCE_UNRESPONSIVE when the session's server instance does not answer (it
 *   kills the session as soon as it does); PERMISSION_DENIED for a session of somebody else that he may only see,
 *   USER_DISABLED
 */
export async function killSession(caller: Caller, id: number): Promise<boolean> {
  const door = doorOf(caller);
  checkStop(door, id, '');
  return door.service(SESSIONS).kill(door, id);
}

/** @throws NightshiftError VALIDATION for the caller's own session, a bad id or comment */
export function checkStop(door: CallerDoor, id: number, comment: string): void {
  checkId(id);
  checkComment(comment);
  if (door.lineage.at(-1)?.id === id) {
    throw new NightshiftError('VALIDATION', 'A session cannot stop itself: return from onRun, or throw.', {
      field: 'id',
    });
  }
}

/**
 * Whether a session waits or runs that the caller may see. Of other server instances it knows those that have run for half a
 * second, and every one that startSession began.
 * @throws NightshiftError VALIDATION for a bad id; PERMISSION_DENIED, USER_DISABLED
 */
export async function isSessionActive(caller: Caller, id: number): Promise<boolean> {
  checkId(id);
  const door = doorOf(caller);
  return door.service(SESSIONS).isActive(door, id);
}

function startRequest(
  caller: Caller,
  target: Codeunit,
  options: { readonly [Key in keyof StartSessionOptions<unknown>]?: unknown } = {},
): StartRequest {
  const { company, timeout, afterCommit = false, readOnly = false, record } = options;
  if (company !== undefined && typeof company !== 'string')
    throw invalid('company', 'is the name of a company');
  if (typeof afterCommit !== 'boolean') throw invalid('afterCommit', 'is true or false');
  if (typeof readOnly !== 'boolean') throw invalid('readOnly', 'is true or false');
  parseRecord(target, record);
  return {
    codeunit: target.name,
    // The copy: what the caller does to its record afterwards is no part of the session.
    record: record === undefined ? undefined : JSON.parse(jsonText(record, 'record')),
    company: company ?? null,
    timeoutMs: timeout === undefined ? null : sessionTimeout(timeout),
    afterCommit,
    readOnly,
    language: caller.language,
    timeZone: caller.timeZone,
  };
}

/** @throws NightshiftError VALIDATION naming `timeout` */
export function sessionTimeout(timeout: unknown): number {
  if (Number.isInteger(timeout) && Number(timeout) >= 1 && Number(timeout) <= SESSION_TIMEOUT_MS_MAX)
    return Number(timeout);
  throw invalid('timeout', `is a whole number of milliseconds from 1 to ${SESSION_TIMEOUT_MS_MAX}`);
}

function checkId(id: unknown): void {
  if (!Number.isInteger(id) || Number(id) < 0 || Number(id) >= 2 ** 31)
    throw invalid('id', 'is a session id');
}

const COMMENT_LENGTH_MAX = 10_000;

function checkComment(comment: unknown): void {
  if (
    typeof comment !== 'string' ||
    comment.length > COMMENT_LENGTH_MAX ||
    comment.includes('\0') ||
    !comment.isWellFormed()
  ) {
    throw invalid('comment', `is text of at most ${COMMENT_LENGTH_MAX} characters, without NUL`);
  }
}

function invalid(field: string, rule: string): NightshiftError {
  return new NightshiftError('VALIDATION', `${field} ${rule}.`, { field });
}
