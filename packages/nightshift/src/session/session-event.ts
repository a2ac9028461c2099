import type { StoredError } from '../foundation/index.ts';
import type { LogLine, Progress } from './log-line.ts';
import type { ClientType } from './session.ts';

/** What can happen to a session; the words of Business Central's table, and those it lacks. */
export const SESSION_EVENT_TYPES = [
  'Logon',
  'Logoff',
  'Start',
  'Stop',
  'Close',
  'Error',
  'Timeout',
  'Stopped',
  'Killed',
  'Lost',
] as const;
/**
 * `Start` and `Stop` are the ends of a background or child session, `Logon` and `Logoff` those of all others; `Close`:
 * the server instance ended it; `Lost`: the server instance itself was lost.
 */
export type SessionEventType = (typeof SESSION_EVENT_TYPES)[number];

/**
 * What began a session. `job-queue` is a task of the job queue, which keeps its runs in log entries; `page` is a background
 * task of a page, which leaves no events.
 */
export type SessionOrigin = 'task' | 'job-queue' | 'start-session' | 'open' | 'page';

/**
 * Where a session stands. `Queued`: accepted, waits for a place; `Stopping`: was told to stop; `Lingering`: was ended
 * from outside, but its code on the main thread still runs; nothing of it can commit any more.
 */
export type SessionState = 'Queued' | 'Running' | 'Stopping' | 'Lingering';

/** How a session ended. */
export interface SessionEnd {
  readonly type: SessionEventType;
  /** Whole: the reason why it was stopped, or the text of its error; null when there is nothing to say. */
  readonly comment: string | null;
  readonly error: StoredError | null;
  readonly lines: readonly LogLine[];
  readonly progress: Progress | null;
}

/** Whether sessions of a client type run without a person or program that waits for them. */
export function isBackground(clientType: ClientType): boolean {
  return clientType === 'background' || clientType === 'child';
}

/** The event type of a session that begins. */
export function beginningOf(clientType: ClientType): SessionEventType {
  return isBackground(clientType) ? 'Start' : 'Logon';
}

/** The event type of a session that ended as it should. */
export function endingOf(clientType: ClientType): SessionEventType {
  return isBackground(clientType) ? 'Stop' : 'Logoff';
}
