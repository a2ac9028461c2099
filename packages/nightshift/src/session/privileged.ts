import type { Statement } from '../database/index.ts';
import type { Caller } from './caller.ts';
import type { LogLine } from './run-log.ts';
import type { Session } from './session.ts';

/** Progress as last reported. */
export interface Progress {
  readonly done: number;
  readonly total: number | null;
  readonly text: string;
}

/** The claim under which a session works for a scheduled task. */
export interface TaskClaim {
  readonly taskId: string;
  readonly nonce: string;
}

/**
 * What the platform's own codeunits are handed beside the session. `session.run` passes the plain session on, so user
 * code never sees it.
 */
export interface PrivilegedSession {
  /** The session as a caller of verbs. */
  readonly caller: Caller & Session;
  /** The claim of the task that runs; null in a session without a task. */
  readonly claim: TaskClaim | null;
  /** Runs a platform statement in the session's transaction. */
  run<Row>(target: Statement, values: readonly unknown[]): Promise<Row[]>;
  /** Undoes the open transaction, so that what follows begins another. */
  rollback(): Promise<void>;
  /** What the run has logged so far. */
  lines(): readonly LogLine[];
  progress(): Progress | null;
}
